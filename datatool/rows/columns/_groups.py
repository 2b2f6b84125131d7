"""Which rows belong together, such as those of one patient, scene or burst: by a column or a pattern on the path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from datatool.rows.columns._further import FurtherColumn
from datatool.schemas import ConfigError

_TABLE: Final = "CREATE OR REPLACE TABLE row_groups (file VARCHAR, line BIGINT, name VARCHAR)"
_BETWEEN: Final = "' / '"  # what joins several captured texts of a pattern to one name


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """What rows are grouped by; at most one of the two.

    Attributes:
        column: Name of a column of the tables; a row whose cell is empty belongs to no group.
        pattern: Regular expression that is searched in the path as written. The group's name is what it captures, or
            where it captures nothing all that it matches; a path without a match belongs to no group.
    """

    column: str | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.column is not None and self.pattern is not None:
            raise ConfigError(
                f"rows must be grouped in one way; got --group-column {self.column} and --group '{self.pattern}'"
            )
        if self.pattern is not None:
            _captures(self.pattern)

    def __bool__(self) -> bool:
        return (self.column, self.pattern) != (None, None)

    @property
    def words(self) -> list[str]:
        """Its words on a command line."""
        if self.column is not None:
            return ["--group-column", self.column]
        return [] if self.pattern is None else ["--group", self.pattern]


NO_GROUPS: Final = Grouping()


def _captures(pattern: str) -> int:
    """How many groups a pattern captures.

    Raises:
        ConfigError: If it is no regular expression.
    """
    try:
        return re.compile(pattern).groups
    except re.error as error:
        raise ConfigError(f"--group must be a regular expression; got '{pattern}' ({error})") from None


def groups_by_pattern(connection: Any, pattern: str, /) -> None:
    """Make the table ``row_groups`` (file, line, name) from the paths of ``rows``.

    Raises:
        ConfigError: If the database does not understand the pattern (it has RE2, without look-around).
    """
    import duckdb

    numbers = range(1, _captures(pattern) + 1)
    captured = [f"regexp_extract(path, $pattern, {number})" for number in numbers] or [
        "regexp_extract(path, $pattern, 0)"
    ]
    name = f"concat_ws({_BETWEEN}, {', '.join(captured)})"
    connection.execute(_TABLE)
    try:
        connection.execute(
            f"INSERT INTO row_groups SELECT file::VARCHAR, line, {name} AS name FROM rows "  # noqa: S608 - numbers are ours
            "WHERE regexp_matches(path, $pattern) AND name <> ''",
            {"pattern": pattern},
        )
    except duckdb.Error as error:
        said = str(error).partition("\n")[0]
        raise ConfigError(f"--group must be a pattern that RE2 understands; got '{pattern}' ({said})") from None


def groups_by_column(connection: Any, column: FurtherColumn, /) -> None:
    """Make the table ``row_groups`` (file, line, name) from a column of the tables among the parts.

    Raises:
        DatasetError: If no part is a table, or one of them has no such column.
    """
    column.require(hint="group by a pattern on the path, with --group REGEX")
    column.load(connection, "row_groups", "name")
