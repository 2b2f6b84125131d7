"""Lists with injected faults of every kind: each is named with its code and line, and clean lists have none."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.audit import CHECKS, AuditOptions
from datatool.audit._audit import document, open_context, run_checks
from datatool.rows import open_rows, resolve

SEPARATORS = (" ", "\t", ",")


def clean_lines(separator: str, extra: list[int]) -> list[bytes]:
    labels = [label for label in range(3) for _ in range(20)] + extra
    return [f"im ages/{number}.jpg{separator}{label}".encode() for number, label in enumerate(labels)]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A fault: how it changes a line, given the separator and a clean line from elsewhere."""

    code: str
    line: Callable[[bytes, str, bytes], bytes]


def path_of(line: bytes, separator: str) -> bytes:
    return line.rpartition(separator.encode())[0]


KINDS = (
    Kind(code="E101", line=lambda line, _, __: line.replace(b" ", b"").rpartition(b".")[0] + b".jpg"),
    Kind(code="E101", line=lambda line, mark, _: mark.encode() + line.rpartition(mark.encode())[2]),
    Kind(code="E101", line=lambda line, _, __: line.replace(b"/", b"/\0")),
    Kind(code="E102", line=lambda line, mark, _: path_of(line, mark) + f"{mark}cat".encode()),
    Kind(code="E102", line=lambda line, _, __: line + b".0"),
    Kind(code="E102", line=lambda line, mark, _: path_of(line, mark) + f"{mark}mask.png".encode()),
    Kind(code="E103", line=lambda line, mark, _: path_of(line, mark) + f"{mark}-1".encode()),
    Kind(code="E104", line=lambda line, mark, _: path_of(line, mark) + f"{mark}2147483648".encode()),
    Kind(code="E106", line=lambda line, _, __: b"\xff" + line),
    Kind(code="E108", line=lambda line, _, __: b"../" + line),
    Kind(code="E108", line=lambda line, _, __: b"/" + line),
    Kind(code="I109", line=lambda line, _, __: line + b"  "),
    Kind(code="I109", line=lambda line, _, __: line + b"\r"),
    Kind(code="I109", line=lambda _, __, ___: b""),
    Kind(code="W110", line=lambda line, mark, _: line + f"{mark}1".encode()),
    Kind(code="E301", line=lambda _, mark, other: path_of(other, mark) + f"{mark}1".encode()),
    Kind(code="W302", line=lambda _, __, other: other),
)


def audited(data: bytes, **options: Any) -> tuple[dict[str, Counter[int]], set[str]]:
    """Lines per code as the table of places has them, and the codes of the document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        path.write_bytes(data)
        with open_rows(resolve(str(path))) as rows:
            context = open_context(rows, options=AuditOptions(**options))
            findings = document(context, run_checks(context, CHECKS.values())).findings
            lines: dict[str, Counter[int]] = {}
            for finding in findings:
                sql = CHECKS[finding.code].lines(context)
                if sql is not None:
                    found = context.query(f"SELECT line FROM ({sql}) WHERE reason IS NOT NULL")
                    assert len(found) == finding.count
                    lines[finding.code] = Counter(line for (line,) in found)
                else:
                    lines[finding.code] = Counter(one.line for one in finding.examples if one.line is not None)
    return lines, {finding.code for finding in findings}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_injected_fault_is_named_with_its_code_and_line(data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(SEPARATORS))
    lines = clean_lines(mark, data.draw(st.lists(st.integers(0, 2), max_size=30)))
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=8))
    # Faults stand behind clean lines of every class, so that what a row repeats or contradicts comes before it.
    spare = [f"im ages/spare{number}.jpg{mark}0".encode() for number in range(20)]
    expected: dict[str, Counter[int]] = {}
    for number, kind in enumerate(kinds):
        lines.append(kind.line(spare[number], mark, lines[number]))
        expected.setdefault(kind.code, Counter())[len(lines)] += 1
    found, codes = audited(b"\n".join(lines) + b"\n")
    untidy = expected.pop("I109", Counter())
    assert {code: at for code, at in found.items() if code not in ("I109", "I702", "W701")} == expected
    assert ("I109" in codes) == bool(untidy)
    assert set(found.get("I109", ())) <= set(untidy)


@settings(max_examples=30, deadline=None)
@given(extra=st.lists(st.integers(0, 2), max_size=50), mark=st.sampled_from(SEPARATORS), final=st.booleans())
def test_a_clean_list_has_no_finding(extra: list[int], mark: str, final: bool) -> None:
    data = b"\n".join(clean_lines(mark, extra)) + b"\n" * final
    assert audited(data) == ({}, set())


@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, 3), gaps=st.sets(st.integers(1, 30), max_size=4), needed=st.integers(-2, 2))
def test_ids_that_start_late_or_have_gaps_are_named(start: int, gaps: set[int], needed: int) -> None:
    labels = [label + start for label in range(32) if label not in gaps]
    lines = [f"{label}/{number}.jpg {label}" for label in labels for number in range(20)]
    class_num = labels[-1] + 1 + needed
    found, codes = audited("\n".join(lines).encode(), class_num=class_num)
    expected = {"W201"} if start else set()
    expected |= {"W202"} if gaps else set()
    expected |= {"E203"} if needed < 0 else {"I204"} if needed > 0 else set()
    assert codes == expected
    assert sorted(found.get("E203", ())) == [
        number for number, line in enumerate(lines, start=1) if int(line.split()[1]) >= class_num
    ]
