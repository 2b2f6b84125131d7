"""The front door: what people call from Python, and what each command of the program calls once.

::

    _read       read: paths, arrays, tables and Hugging Face data sets, as Data
    _memory     what is in memory, as a Parquet file for the readers
    _data       Data: a data set that can be audited, balanced, repaired and divided
    _repairs    its repaired and divided copies
    _data_base  where its rows come from, its splits, its rows as tables
    _report     Report: an audit
    _balance    rows to a plan, with everything that is said on the way
    _train      train: a recipe to a Run
    _recipe     a recipe of plain values and our own objects
    _run        Run: a trained model, to be evaluated and exported
    _tables     small tables of HTML, for notebooks
    _home       temporary folders that live as long as an object

`__init__.pyi` lists the exports. They load when they are first named: an audit needs no trainer.
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
