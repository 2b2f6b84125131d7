"""`plan.json`: the document, its cells as arrays, and the fingerprint that ties it to its index."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, JsonValue, ValidationError

from datatool.schemas._errors import PlanError
from datatool.schemas.allocation import Cells
from datatool.schemas.documents._base import Document, explain
from datatool.schemas.documents._plan_cells import NO_CELLS, CellColumns
from datatool.schemas.documents._plan_layout import with_cells, without_cells

PLAN_FILE: Final = "plan.json"
INDEX_FILE: Final = "index.arrow"
PAGE_FILE: Final = "plan.html"
AGAIN: Final = "run datatool balance again"
_ZEROS: Final = "0" * 64  # stands for a digest of the text it stands in


class PlanContainer(Document):
    """A file or object that holds images of the plan, as it was when their places were found."""

    path: str = Field(description="Relative to the plan folder where both lie under one parent, else absolute; or URL.")
    size: int = Field(ge=0, description="Bytes.")
    mtime: int = Field(description="Modification time, nanoseconds.")
    etag: str = Field(default="", exclude_if=lambda value: not value, description="Of an object, from its store.")


class PlanStats(Document):
    """What an epoch of this plan looks like."""

    unique_per_epoch: int = Field(description="Rows seen at least once in epoch 0.")
    max_repeat: int = Field(description="Most often a row is drawn in epoch 0.")
    skipped_rows: int = Field(default=0, description="Rows left out as faulty or unreadable.")


class PlanDocument(Document):
    """`plan.json`."""

    schema_: Literal["datatool.plan/1"] = Field(default="datatool.plan/1", alias="schema")
    fingerprint: str = Field(description="BLAKE2b of rows and quotas, hexadecimal.")
    strategy: dict[str, JsonValue] = Field(description="`name`, and the options that shaped the quotas.")
    seed: int
    class_num: int
    names: dict[int, str] | None
    num_rows: int
    epoch_size: int
    cells: CellColumns
    prior: dict[int, float] = Field(description="class -> share of the epoch, classes with rows only.")
    stats: PlanStats
    containers: list[PlanContainer] = Field(
        default=[], exclude_if=lambda value: not value, description="In the order of the column `container`."
    )
    content_digest: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="BLAKE2b over class, source and content of all rows, sorted; absent where a content is not known.",
    )
    index_digest: str | None = Field(
        default=None,
        description="Of all bytes of `index.arrow`: SHA-256 behind `sha256:`; BLAKE2b or null in earlier plans.",
    )
    document_digest: str | None = Field(
        default=None, description="BLAKE2b of this file with zeros in place of this value; null as before."
    )

    def signed(self) -> str:
        """The document as JSON text that holds its own digest."""
        unsigned = self.model_copy(update={"document_digest": _ZEROS})
        bare = unsigned.model_copy(update={"cells": NO_CELLS})
        text = with_cells(bare.to_json(), self.cells) or unsigned.to_json()
        return text.replace(_ZEROS, hashlib.blake2b(text.encode(), digest_size=32).hexdigest())


def document_digest(file: Path, said: str, /) -> str:
    """What `document_digest` of a `plan.json` must be that says it is ``said``."""
    return hashlib.blake2b(file.read_bytes().replace(said.encode(), _ZEROS.encode()), digest_size=32).hexdigest()


def read_document(file: Path) -> PlanDocument:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise PlanError(
            f"a plan must be a folder with {PLAN_FILE} and {INDEX_FILE}; got '{file.parent}' ({error.strerror})",
            hint="make one with datatool balance DATASET --out DIR",
        ) from None
    try:
        return _document(text)
    except OverflowError:
        raise PlanError("numbers of cells must fit 64 bits; got one that is larger", file=file, hint=AGAIN) from None
    except ValidationError as fault:
        if fault.errors()[0]["type"] == "json_invalid":
            reason = fault.errors()[0]["msg"].removeprefix("Invalid JSON: ")
            raise PlanError(f"{PLAN_FILE} must be JSON; got '{reason}'", file=file, hint=AGAIN) from None
        raise explain(PlanDocument, fault, json.loads(text), file=file, error=PlanError) from None


def _document(text: bytes) -> PlanDocument:
    found = without_cells(text)
    if found is not None:
        with contextlib.suppress(ValidationError):  # the whole text tells the right line of a fault
            return PlanDocument.model_validate_json(found[0]).model_copy(update={"cells": found[1]})
    return PlanDocument.model_validate_json(text)


def check_totals(file: Path, document: PlanDocument, cells: Cells) -> None:
    """Numbers of the document that follow from one another."""
    if not len(cells.label):
        raise PlanError("a plan must have at least one cell; got none", file=file, hint=AGAIN)
    for name, said, found in (
        ("num_rows", document.num_rows, int(cells.num_rows.sum())),
        ("epoch_size", document.epoch_size, int(cells.quota.sum())),
    ):
        if said != found:
            raise PlanError(f"'{name}' must be the sum over cells, {found}; got {said}", file=file, hint=AGAIN)
    if document.class_num <= int(cells.label.max()):
        raise PlanError(
            f"'class_num' must be above the largest class, {cells.label.max()}; got {document.class_num}",
            file=file,
            hint=AGAIN,
        )


def plan_fingerprint(rows_digest: str, cells: Cells, /, *, strategy: dict[str, Any], seed: int, class_num: int) -> str:
    """BLAKE2b over rows, quotas and what decides later quotas, hexadecimal.

    Args:
        rows_digest: BLAKE2b of path, label and source of every row, hexadecimal; the index carries it.
        cells: In the order of the index.
        strategy: As in `plan.json`.
        seed: As in `plan.json`.
        class_num: As in `plan.json`.
    """
    digest = hashlib.blake2b(rows_digest.encode(), digest_size=32)
    for column in (cells.label, cells.num_rows, cells.quota):
        digest.update(column.astype("<i8").tobytes())
    digest.update(cells.weight.astype("<f8").tobytes())
    digest.update("\0".join(cells.source).encode())
    digest.update(json.dumps([strategy, seed, class_num], sort_keys=True).encode())
    return digest.hexdigest()
