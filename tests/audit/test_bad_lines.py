"""The table of bad lines in docs/audit.md: others' behaviour is written there, ours is tested here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from datatool.schemas import AuditDocument
from tests.helpers.program import REPOSITORY

Audit = Callable[..., AuditDocument]

TABLE: list[tuple[str, bytes, dict[str, int], int, Any]] = [
    # title in the page, the list, codes with counts (I702 aside), usable rows, class_num
    ("one space", b"0.jpg 0\n", {}, 1, 1),
    ("a tab instead of a space", b"0.jpg 0\n1.jpg\t0\n", {"I109": 1}, 2, 1),
    ("all tabs", b"0.jpg\t0\n1.jpg\t0\n", {}, 2, 1),
    ("spaces in the path", b"a b/x y.jpg 0\n", {}, 1, 1),
    ("two spaces", b"0.jpg  0\n", {}, 1, 1),
    ("no label", b"0.jpg 0\n1.jpg\n", {"E101": 1}, 1, 1),
    ("a blank line in the middle or at the end", b"0.jpg 0\n\n1.jpg 0\n\n", {"I109": 2}, 2, 1),
    ("CRLF", b"0.jpg 0\r\n1.jpg 0\r\n", {"I109": 2}, 2, 1),
    ("a UTF-8 byte order mark", b"\xef\xbb\xbf0.jpg 0\n", {"I109": 1}, 1, 1),
    ("`cat` as label", b"0.jpg 0\n1.jpg cat\n2.jpg 0\n", {"E102": 1}, 2, 1),
    ("`1.0` as label", b"0.jpg 0\n1.jpg 1.0\n", {"E102": 1}, 1, 1),
    ("`-1` as label", b"0.jpg 0\n1.jpg -1\n", {"E103": 1}, 1, 1),
    ("`3000000000` as label", b"0.jpg 0\n1.jpg 3000000000\n", {"E104": 1}, 1, 1),
    ("`1_0` as label", b"0.jpg 0\n1.jpg 1_0\n", {"E102": 1}, 1, 1),
    ("a full-width digit as label", "0.jpg 0\n1.jpg １\n".encode(), {"E102": 1}, 1, 1),
    ("a third column", b"0.jpg 0\n1.jpg 0 9\n", {"W110": 1, "W202": 8}, 2, 10),
    ("the same image with two labels", b"0.jpg 0\n0.jpg 1\n", {"E301": 1}, 2, 2),
    ("ids 1 to 3", b"1.jpg 1\n2.jpg 2\n3.jpg 3\n", {"W201": 1}, 3, 4),
    ("ids 0, 7, 1000", b"0.jpg 0\n7.jpg 7\n1000.jpg 1000\n", {"W202": 998}, 3, 1001),
    ("an empty file", b"", {"E105": 1}, 0, 0),
    ("a multi-label row of ids", b"0.jpg\t3,7\n1.jpg\t1,0,1\n", {"E102": 2, "E105": 1}, 0, 0),
]


@pytest.mark.parametrize(("title", "data", "codes", "rows", "class_num"), TABLE, ids=[case[0] for case in TABLE])
def test_a_bad_line_is_named_and_the_rest_is_read(
    run_audit: Audit, title: str, data: bytes, codes: dict[str, int], rows: int, class_num: int
) -> None:
    document = run_audit(data)
    found = {finding.code: finding.count for finding in document.findings if finding.code != "I702"}
    assert (found, document.rows, document.class_num) == (codes, rows, class_num)


def test_the_page_has_a_line_for_each_case() -> None:
    page = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
    titles = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [case[0] for case in TABLE if case[0] not in titles] == []
