"""Sizes, formats and modes of the images that were read."""

from __future__ import annotations

import math
from typing import Any

from datatool.audit.images._scan import ScanCounts
from datatool.schemas import ImageStatistics, SizeSpread


def image_statistics(connection: Any, counts: ScanCounts, /) -> ImageStatistics:
    """Statistics over distinct files, from the table ``measured``."""

    def tally(column: str) -> dict[str, int]:
        return dict(
            connection.execute(
                f"SELECT {column}, count(*) FROM measured WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY 2 DESC, 1"
            ).fetchall()
        )

    def spread(column: str) -> SizeSpread | None:
        [(low, middle, high)] = connection.execute(
            f"SELECT min({column}), quantile_disc({column}, 0.5), max({column}) FROM measured "
            f"WHERE {column} IS NOT NULL"
        ).fetchall()
        return None if low is None else SizeSpread(min=low, median=middle, max=high)

    [(size,)] = connection.execute("SELECT coalesce(sum(size), 0)::BIGINT FROM measured").fetchall()
    return ImageStatistics(
        files=counts.files,
        read=counts.read,
        bytes=size,
        formats=tally("format"),
        modes=tally("mode"),
        width=spread("width"),
        height=spread("height"),
        file_bytes=spread("size"),
        short_sides=_short_sides(connection),
    )


def _short_sides(connection: Any) -> dict[str, int]:
    """Files by shorter side, in bins of a quarter of an octave."""
    found = connection.execute(
        "SELECT floor(4 * log2(least(width, height)))::INTEGER AS bin, count(*) FROM measured "
        "WHERE least(width, height) > 0 GROUP BY bin ORDER BY bin"
    ).fetchall()
    return {f"{math.ceil(2 ** (at / 4))} to {math.ceil(2 ** ((at + 1) / 4)) - 1} px": files for at, files in found}
