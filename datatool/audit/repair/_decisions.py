"""Decisions of people about single pictures, found again by what the files hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from datatool.audit.images import Engine, scan
from datatool.rows import Rows
from datatool.schemas import AppliedDecisions, ConfigError, Decision, DecisionsDocument

Action = Literal["drop", "relabel"]
_MAX_CONFLICTS: Final = 1_000  # named; the count is exact


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What of the decisions concerns the rows.

    Attributes:
        places: (file, line) -> the decision to be carried out there.
        told: For the document of the command.
    """

    places: dict[tuple[str, int], Decision]
    told: AppliedDecisions


def read_decisions(file: Path, /) -> list[Decision]:
    """The decisions of a file that `review.html` saved.

    Raises:
        ConfigError: If it cannot be read, or is none.
    """
    try:
        value = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"--decisions must be a readable file; got '{error.strerror}'", file=file) from None
    except ValueError as error:
        raise ConfigError(f"--decisions must be JSON; got '{error}'", file=file) from None
    decisions = DecisionsDocument.parse(value, file=file).decisions
    for number, one in enumerate(decisions):
        if (one.action == "relabel") != (one.new_class is not None):
            raise ConfigError(
                f"a decision must have a new_class where it is relabel, and only there; got '{one.action}' and "
                f"{one.new_class} in decision {number}",
                file=file,
            )
    return decisions


def settle(
    rows: Rows,
    decisions: Sequence[Decision],
    /,
    *,
    action: Action,
    engine: Engine,
    cache: Path | str | None = "auto",
) -> Settled:
    """Find the rows of decisions by the digests of their files.

    A decision on a row whose class is no longer the one that was looked at, and decisions that contradict each other,
    are conflicts: they are listed, and nothing is done.

    Args:
        rows: The data set; every file of it is measured, unchanged ones not again.
        decisions: Of all actions.
        action: The one that is carried out; the others are counted as left.
        engine: Where files are read.
        cache: Of measurements, as `scan` has it.
    """
    agreed, conflicts = _agreed(decisions)
    connection = rows.read()
    scan(connection, engine=engine, cache=cache)
    listed = _listed(connection, sorted(agreed))
    places: dict[tuple[str, int], Decision] = {}
    found: set[str] = set()
    for file, line, path, label, digest in listed:
        decision = agreed[digest]
        found.add(digest)
        if label == decision.new_class:
            continue  # it was done before
        if label != decision.old_class:
            conflicts.append(
                f"{path} ({file}:{line}) has class {label}; the decision '{decision.action}' was about class "
                f"{decision.old_class}"
            )
        elif decision.action == action:
            places[file, line] = decision
    left = {name: sum(one.action == name for one in agreed.values()) for name in ("keep", "drop", "relabel")}
    return Settled(
        places=places,
        told=AppliedDecisions(
            rows=len(places),
            left={name: count for name, count in left.items() if count and name != action},
            not_found=len(agreed) - len(found),
            num_conflicts=len(conflicts),
            conflicts=conflicts[:_MAX_CONFLICTS],
        ),
    )


def _agreed(decisions: Sequence[Decision]) -> tuple[dict[str, Decision], list[str]]:
    """One decision for each digest, and sentences about those that contradict each other."""
    by_digest: dict[str, list[Decision]] = {}
    for one in decisions:
        by_digest.setdefault(one.digest, []).append(one)
    agreed, conflicts = {}, []
    for digest, some in by_digest.items():
        said = list(dict.fromkeys(_said(one) for one in some))
        if len(said) == 1:
            agreed[digest] = some[0]
        else:
            conflicts.append(f"{some[0].path} is decided in more than one way: {', '.join(said)}")
    return agreed, conflicts


def _said(one: Decision) -> str:
    target = "" if one.new_class is None else f" to {one.new_class}"
    return f"{one.action}{target} from class {one.old_class}"


def _listed(connection: Any, digests: list[str]) -> list[tuple[Any, ...]]:
    """Rows whose file holds one of the digests: file, line, path, label, digest."""
    import pyarrow as pa

    connection.register("digests", pa.table({"digest": pa.array(digests, pa.string())}))
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT list::VARCHAR, line, path, label, content FROM placed JOIN digests ON content = digest "
        "ORDER BY list, line"
    ).fetchall()
    connection.unregister("digests")
    return found
