"""The stream and the table are two views of the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datatool.rows import Rows, open_rows, open_store, resolve

Write = Callable[[str, str | bytes], Path]


def test_a_scan_before_and_after_the_table_is_filled_sees_the_same(write: Write) -> None:
    train, val = write("a.txt", "x.jpg 0\nbad\ny.jpg 1\n"), write("v.txt", "z.jpg cat\nw.jpg 0\n")
    sql = "SELECT path, label, source::VARCHAR, split::VARCHAR, file::VARCHAR, line FROM $rows"
    with open_rows(resolve(str(train), splits={"val": str(val)})) as rows:
        streamed = [row for relation in rows.scan(sql) for row in relation.fetchall()]
        again = [row for relation in rows.scan(sql) for row in relation.fetchall()]
        assert rows.remarks.execute("SELECT count(*) FROM rows").fetchall() == [(0,)]
        rows.read()
        stored = [row for relation in rows.scan(sql) for row in relation.fetchall()]
        assert sorted(streamed) == sorted(again) == sorted(stored)
        assert len(stored) == 3
        assert rows.read().execute("SELECT code, line FROM faults ORDER BY code").fetchall() == [
            ("E101", 2),
            ("E102", 1),
        ]
        assert rows.read().execute("SELECT path, word, split FROM words").fetchall() == [("z.jpg", "cat", "val")]
        assert [(file.split, file.rows, file.separator) for file in rows.files] == [
            ("train", 2, "space"),
            ("val", 1, "space"),
        ]


def test_a_small_memory_limit_spills_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"  # its own: other processes come and go in the common one
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    path = tmp_path / "a.txt"
    path.write_text("".join(f"folder/of/images/{number:09d}.jpg {number % 7}\n" for number in range(400_000)))
    with open_rows(resolve(str(path)), memory_limit="32MiB") as rows:
        found = rows.read().execute("SELECT count(DISTINCT path), sum(line), sum(label) FROM rows").fetchall()
    assert found == [(400_000, 400_000 * 400_001 // 2, sum(number % 7 for number in range(400_000)))]
    assert list(temporary.iterdir()) == []


def test_nothing_is_read_by_looking_at_rows_and_only_once_by_reading_them(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[str] = []
    real = Rows.scan

    def counted(self: Rows, sql: str, **options: object) -> Iterator[object]:
        passes.append(sql)
        return real(self, sql, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Rows, "scan", counted)
    with open_rows(resolve(str(write("a.txt", "x.jpg 0\n")))) as rows:
        for look in ("files", "remarks"):
            with pytest.raises(AssertionError):
                getattr(rows, look)
        assert passes == []
        assert rows.read() is rows.read()
        assert len(passes) == 1
        assert [file.rows for file in rows.files] == [1]


def test_a_slow_query_draws_nothing_among_results() -> None:
    """DuckDB draws a bar on standard output once a query takes two seconds, whatever that is."""
    with open_store(memory_limit=None) as (connection, _):
        for each in (connection, connection.cursor()):
            assert each.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
