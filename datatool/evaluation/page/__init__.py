"""`report.html` of a run: what it learnt, where it errs, and how it does beside another run.

::

    _page.py       write_page: the page, put together
    _report.py     write_report: the page of a run that has ended, beside another run where that is asked for
    _curves.py     learning curves, the best and the last epoch
    _classes.py    recall with intervals, and tables of classes and cells
    _confusion.py  which class is taken for which
    _mistakes.py   misclassified pictures with the largest losses
    _against.py    before and after
"""

from __future__ import annotations

from datatool.evaluation.page._page import write_page
from datatool.evaluation.page._report import write_report

__all__ = ["write_page", "write_report"]
