"""Pages and pictures: HTML that is complete in itself, and SVG.

::

    _page.py       one page from a template, nothing fetched
    _kept_code.py  templates as they were compiled
    _table.py      tables that stay usable with 100,000 rows
    _deflated.py   what stands in a page for a large table
    _bars.py       horizontal bars
    _lines.py      line charts
    _intervals.py  points with intervals
    _matrix.py     confusion
    _strip.py      the id axis with its gaps
    _scale.py      axes
    _svg.py        places, text on an axis, legend
    _footer.py     what a page was made by, and when
    _thumbnail.py  small pictures as data URIs
"""

from datatool.report._bars import BarRow, bar_chart
from datatool.report._intervals import interval_chart
from datatool.report._lines import Series, line_chart
from datatool.report._matrix import heat_matrix
from datatool.report._page import embed_json, grouped, page
from datatool.report._strip import gap_strip
from datatool.report._table import Column, data_table
from datatool.report._thumbnail import thumbnail

__all__ = [
    "BarRow",
    "Column",
    "Series",
    "bar_chart",
    "data_table",
    "embed_json",
    "gap_strip",
    "grouped",
    "heat_matrix",
    "interval_chart",
    "line_chart",
    "page",
    "thumbnail",
]
