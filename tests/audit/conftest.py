"""Audits of small lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.audit import AuditOptions, audit
from datatool.rows import open_rows, resolve
from datatool.schemas import AuditDocument, Finding

Audit = Callable[..., AuditDocument]
Findings = Callable[..., dict[str, Finding]]


@pytest.fixture
def run_audit(tmp_path: Path) -> Audit:
    """Audit list texts: train first, others by split name; keywords are options of `resolve` or `AuditOptions`."""

    def run(
        train: str | bytes | None = None, *, val: str | None = None, test: str | None = None, **options: Any
    ) -> Any:
        splits = {}
        for split, text in (("train", train), ("val", val), ("test", test)):
            if text is not None:
                path = tmp_path / f"{split}.txt"
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
                splits[split] = str(path)
        resolving = {name: options.pop(name) for name in ("names", "synthetic", "root") if name in options}
        out = options.pop("out", None)
        with open_rows(resolve(None, splits=splits, **resolving)) as rows:
            return audit(rows, options=AuditOptions(**options), out=out)

    return run


@pytest.fixture
def find(run_audit: Audit) -> Findings:
    """Findings of `run_audit` by code."""

    def run(*texts: Any, **options: Any) -> dict[str, Finding]:
        return {finding.code: finding for finding in run_audit(*texts, **options).findings}

    return run


@pytest.fixture
def places() -> Callable[[Finding], list[tuple[str, int | None]]]:
    """(file name, line) of each example."""

    def of(finding: Finding) -> list[tuple[str, int | None]]:
        return [(Path(example.file).name, example.line) for example in finding.examples]

    return of
