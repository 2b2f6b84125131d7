"""Results as tables for pandas and as parts of other pages, as notebooks show them."""

from __future__ import annotations

import html
from typing import Any

from datatool.schemas._errors import MissingDependencyError


def to_pandas(table: Any, /) -> Any:
    """An Arrow table as a `pandas.DataFrame`.

    Raises:
        MissingDependencyError: If pandas is not installed.
    """
    try:
        return table.to_pandas()
    except ModuleNotFoundError as error:
        if error.name != "pandas":
            raise
        raise MissingDependencyError(
            "a DataFrame must have the package 'pandas', which is not installed",
            hint="run pip install pandas, or take to_arrow()",
        ) from None


def framed(page: str, /, *, title: str) -> str:
    """A whole page as a part of another, in a frame of its own: its styles and scripts stay inside.

    >>> framed('<p class="a">', title="A").partition(" srcdoc=")[2]
    '"<p class=&quot;a&quot;>"></iframe>'
    """
    text = page.replace("&", "&amp;").replace('"', "&quot;")
    return (
        f'<iframe title="{html.escape(title)}" style="width: 100%; height: 45rem; border: 0" srcdoc="{text}"></iframe>'
    )
