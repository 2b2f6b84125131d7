"""E506: one group in two splits."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


def _places(context: Context) -> str | None:
    if not context.options.grouping or len(context.census.cells) < 2:
        return None
    return """
        SELECT file, line, path || ' ' || label AS text,
               'group ' || name || ' also in ' || first.split || ': ' || first.path || ' (' || first.file || ':'
               || first.line || ')' AS reason, true AS drop
        FROM (SELECT r.*, g.name, first_value({split: r.split::VARCHAR, path: path, file: r.file::VARCHAR,
                                               line: r.line}) OVER (
                         PARTITION BY g.name
                         ORDER BY list_position(['train', 'val', 'test'], r.split::VARCHAR), r.file, r.line) AS first
              FROM rows r JOIN row_groups g ON g.file = r.file::VARCHAR AND g.line = r.line)
        WHERE split::VARCHAR <> first.split"""


def _describe(context: Context, count: int) -> tuple[str, str]:
    [(groups,)] = context.query(
        "SELECT count(*) FROM (SELECT g.name FROM rows r JOIN row_groups g ON g.file = r.file::VARCHAR "
        "AND g.line = r.line GROUP BY g.name HAVING count(DISTINCT r.split) > 1)"
    )
    return (
        f"{plural(groups, 'group')} in more than one split: {plural(count, 'row')} of which a score says too much",
        context.fix("clean", "--drop E506 -o DIR", grouped=True),
    )


GROUP_LEAK: Final = Check(
    code="E506",
    name="group-leak",
    when="with `--group-column` or `--group`, one group stands in two splits",
    text=(
        "Rows that belong together (one patient, one scene, one burst of a camera) stand in two splits: a model that "
        "knows the patient by sight scores better than it will on new ones. What belongs together is for you to say, "
        "with `--group-column NAME` for a column of a table, or `--group REGEX` for a pattern on the path: the group "
        "is what the pattern captures, or all that it matches. Rows without a group are left alone."
    ),
    example="train.txt:\npatient1_a.jpg 0\npatient2_a.jpg 1\nval.txt:\npatient1_b.jpg 0\n",
    fix=(
        "`datatool split DATASET --group REGEX --val 0.1 -o DIR` draws whole groups; `datatool clean DATASET --group "
        "REGEX --drop E506 -o DIR` drops such rows from the later split (train, val, test)."
    ),
    look=Lines(sql=_places, describe=_describe),
    example_options="--group 'patient[0-9]+'",
)
