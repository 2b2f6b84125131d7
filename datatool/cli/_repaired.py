"""What relabel, clean and split say at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import emit_json, show

if TYPE_CHECKING:
    from datatool.schemas import RepairDocument

OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new folder.")]


def tell(document: RepairDocument, /, *, json: bool) -> None:
    """Print the document, or its summary and where to go on."""
    if json:
        emit_json(document)
        return
    splits = ", ".join(f"{name} {rows:,}" for name, rows in document.splits.items())
    show(f"{document.rows:,} rows ({splits}), class_num {document.class_num}")
    for code, count in document.rejected.items():
        show(f"left out {count:,} for {code}")
    for note in document.notes:
        show(f"note: {note}")
    show(f"wrote {document.out}; go on with datatool audit {document.out}/dataset.yaml")
