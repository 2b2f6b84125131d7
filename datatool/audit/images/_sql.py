"""Queries over measured images, in the columns of `datatool.audit._check.Lines`, those for galleries included."""

from __future__ import annotations

from typing import Final

# Splits in the order of their claim to an image: what stands in two is dropped from the later one.
RANK: Final = "coalesce(list_position(['train', 'val', 'test'], split::VARCHAR), 4)"
_PLACE: Final = "{split: split::VARCHAR, list: list::VARCHAR, line: line, path: path, file: file}"
_IDENTITY: Final = "coalesce(pixels, content)"
_AT: Final = "' (' || {0}.list || ':' || {0}.line || ')'"
# What no decoder reads has no content to compare: the same error page saved twice is no leak.
_COMPARED: Final = "placed WHERE content IS NOT NULL AND code IS DISTINCT FROM 'E402'"


def measured_as(code: str, /) -> str:
    """Rows whose file was measured with a code."""
    return (
        "SELECT list AS file, line, path || ' ' || label AS text, reason, true AS drop, "
        f"file AS image, NULL AS other FROM placed WHERE code = '{code}'"
    )


def leaks(column: str, said: str, /) -> str:
    """Rows whose ``column`` stands in an earlier split, other than by what the stricter comparison already found.

    Args:
        column: ``content`` (not the same path) or ``pixels`` (not the same content).
        said: How the reason begins.
    """
    stricter = {"content": "file", "pixels": "content"}[column]
    return f"""
        SELECT list AS file, line, path || ' ' || label AS text,
               CASE WHEN inside AND split::VARCHAR <> first.split
                    THEN '{said} ' || first.path || ' in ' || first.split || {_AT.format("first")}
               END AS reason, true AS drop, file AS image, first.file AS other
        FROM (SELECT *, first_value({_PLACE}) OVER (PARTITION BY {column} ORDER BY {RANK}, split, list, line) AS first,
                     {RANK} = min({RANK}) OVER (PARTITION BY {stricter}) AS inside
              FROM {_COMPARED} AND {column} IS NOT NULL)
        WHERE split::VARCHAR <> first.split AND inside"""


def near_duplicates() -> str:
    """Rows that look like a row of an earlier split with other pixels, and are no exact copy of one."""
    identity = _IDENTITY
    return f"""
        SELECT list AS file, line, path || ' ' || label AS text,
               bits || CASE bits WHEN 1 THEN ' bit' ELSE ' bits' END || ' from ' || other.path || ' in ' || other.split
               || {_AT.format("other")} AS reason, true AS drop,
               image, other.file AS other
        FROM (SELECT p.list, p.line, p.path, p.label, any_value(p.file) AS image,
                     arg_min(partner.place, (n.bits, partner.place)) AS other,
                     min(n.bits) AS bits
              FROM (SELECT *, {identity} AS identity, {RANK} = min({RANK}) OVER same AS inside
                    FROM {_COMPARED} AND look IS NOT NULL WINDOW same AS (PARTITION BY {identity})) p
              JOIN (SELECT first AS look, first_side AS side, second AS other, second_side AS other_side, bits
                    FROM near_looks
                    UNION ALL SELECT second, second_side, first, first_side, bits FROM near_looks) n
                ON p.look = n.look AND p.split = n.side
              JOIN (SELECT look, split, min({RANK}) AS rank, min({identity}) AS least, max({identity}) AS greatest,
                           min({_PLACE}) AS place
                    FROM {_COMPARED} AND look IS NOT NULL GROUP BY look, split) partner
                ON partner.look = n.other AND partner.split = n.other_side
              WHERE p.inside AND (partner.least <> p.identity OR partner.greatest <> p.identity)
                AND (partner.rank, partner.split) < ({RANK.replace("split", "p.split")}, p.split)
              GROUP BY p.list, p.line, p.path, p.label)"""


def conflicts() -> str:
    """Rows of files with one content and several labels; those of one path are E301.

    Where more than half of the files have one label, it stands: their rows are neither named nor to be dropped.
    """
    return f"""
        WITH conflicting AS (
            SELECT * FROM (SELECT *, min(label) OVER same <> max(label) OVER same
                                     AND min(file) OVER same <> max(file) OVER same AS conflicts
                           FROM (SELECT *, coalesce(pixels, content) AS identity FROM {_COMPARED})
                           WINDOW same AS (PARTITION BY identity)) WHERE conflicts),
        votes AS (SELECT identity, label, count(DISTINCT file) AS files FROM conflicting GROUP BY identity, label),
        standing AS (SELECT identity, label, files, cast_votes
                     FROM (SELECT *, sum(files) OVER (PARTITION BY identity) AS cast_votes FROM votes)
                     WHERE 2 * files > cast_votes)
        SELECT list AS file, line, path || ' ' || label AS text,
               CASE WHEN label <> first.label AND file <> first.file
                    THEN 'label ' || label || ' here, ' || first.label || ' for the same content in ' || first.path
                         || {_AT.format("first")}
                         || coalesce(', as for ' || files || ' of ' || cast_votes || ' copies', '')
               END AS reason, stands IS NOT true AS drop, file AS image, first.file AS other
        FROM (SELECT c.*, s.files, s.cast_votes, c.label = s.label AS stands,
                     first_value({{label: c.label, file: c.file, path: c.path, list: c.list::VARCHAR, line: c.line}})
                         OVER (PARTITION BY c.identity ORDER BY coalesce(c.label = s.label, false) DESC,
                               {RANK.replace("split", "c.split")}, c.split, c.list, c.line) AS first
              FROM conflicting c LEFT JOIN standing s USING (identity))"""


def same_content() -> str:
    """Rows whose content stands in their split with their label already, in another file."""
    return f"""
        SELECT list AS file, line, path || ' ' || label AS text,
               CASE WHEN file <> first.file THEN 'the same picture as ' || first.path || {_AT.format("first")} END
                   AS reason, file <> first.file AS drop, file AS image, first.file AS other
        FROM (SELECT *, first_value({_PLACE}) OVER (PARTITION BY {_IDENTITY}, split, label ORDER BY list, line) AS first
              FROM {_COMPARED})
        WHERE file <> first.file"""


def distinct_images() -> str:
    """Label, split, rows and distinct images of the classes that have fewer of the latter; most copies first."""
    return (
        f"SELECT label, split::VARCHAR, count(*), count(DISTINCT {_IDENTITY}) FROM {_COMPARED} GROUP BY label, split "
        f"HAVING count(*) > count(DISTINCT {_IDENTITY}) "
        f"ORDER BY count(*) - count(DISTINCT {_IDENTITY}) DESC, label, split"
    )
