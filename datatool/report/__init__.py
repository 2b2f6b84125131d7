"""HTML and SVG: one self-contained page that every report extends, and the pictures in it."""

from datatool.report._bars import BarRow, bar_chart
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
    "line_chart",
    "page",
    "thumbnail",
]
