"""What `relabel`, `clean` and `split` write beside lists: the map of a relabelling, and their results as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from datatool.schemas._errors import ConfigError
from datatool.schemas.documents._base import Document


class MapStep(Document):
    """One relabelling of the history of a map."""

    added: dict[str, int] = Field(description="Old id or name -> new id, of those that were new.")
    merged: dict[str, str] = Field(default={}, description="Old id or name -> the one that it was joined to.")
    left: list[int] = Field(default=[], description="Ids without a row afterwards; they are given to no other class.")


class RelabelMap(Document):
    """`map.json`: old labels to dense ids, the same for all splits, and back."""

    schema_: Literal["datatool.map/1"] = Field(default="datatool.map/1", alias="schema")
    labels: Literal["ids", "names"] = Field(description="What the old labels were.")
    class_num: int
    map: dict[str, int] = Field(description="Old id or name -> new id.")
    inverse: dict[int, int | str] = Field(description="New id -> old id or name, those of classes that left included.")
    history: list[MapStep] = Field(default=[], description="How it came about, the first relabelling first.")


def load_map(file: Path, /) -> RelabelMap:
    """Read a `map.json`.

    Raises:
        ConfigError: If it cannot be read, or is something else.
    """
    try:
        return RelabelMap.parse(json.loads(file.read_text("utf-8")), file=file)
    except OSError as error:
        raise ConfigError(f"a map must be a readable map.json; got '{error.strerror}'", file=file) from None
    except ValueError as error:
        raise ConfigError(f"a map must be JSON as datatool relabel writes it; got '{error}'", file=file) from None


class SplitShares(Document):
    """How near a split came to the shares that were asked."""

    asked: dict[str, float] = Field(description="Split -> share of the rows of every class and source.")
    off: float = Field(description="Rows in another split than these shares have them in, fractions included.")
    least_off: float = Field(description="The least that rows which were settled before allow.")


class SettledRows(Document):
    """Rows of a split that an earlier one had settled, and those that followed them."""

    by_place: int = Field(description="Rows that the earlier split has at the same place.")
    by_content: int = Field(description="Rows elsewhere whose picture the earlier split has.")
    by_group: int = Field(description="New rows of a group that is settled.")
    by_look: int = Field(description="New rows nearly like a settled picture.")
    given: int = Field(description="New rows that the data set itself has in val or test.")
    overruled: int = Field(description="Rows that the data set has in another split than the earlier one.")
    torn_groups: int = Field(description="Groups that stand in several splits already.")
    drawn: int = Field(description="New rows that were drawn.")
    gone: int = Field(description="Rows of the earlier split that are not in the data set.")


class AppliedDecisions(Document):
    """What a command did with the decisions of people."""

    rows: int = Field(description="Rows that a decision was carried out on.")
    left: dict[str, int] = Field(description="Action -> decisions that this command does not carry out.")
    not_found: int = Field(description="Decisions on pictures that the data set does not have.")
    num_conflicts: int
    conflicts: list[str] = Field(description="Sentences; nothing is done where decisions or classes contradict.")


class RepairDocument(Document):
    """What a repair did, as `--json` prints it."""

    schema_: Literal["datatool.repair/1"] = Field(default="datatool.repair/1", alias="schema")
    command: Literal["relabel", "clean", "split"]
    out: str
    rows: int = Field(description="Rows written.")
    rejected: dict[str, int] = Field(default={}, description="Code -> lines and rows left out.")
    changed: int | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Rows with another class id; `relabel` only."
    )
    splits: dict[str, int] = Field(description="Split -> rows written.")
    class_num: int
    shares: SplitShares | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Of `split` only."
    )
    settled: SettledRows | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Of `split --from` only."
    )
    decisions: AppliedDecisions | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only with `--decisions`."
    )
    notes: list[str] = Field(default=[], description="What could not be met, and what was left as it was.")
