"""Documents: a pydantic model for every file that is written or read, and for every `--json`.

    _base.py          what all have in common: closed, frozen, read with errors that name the place
    _dataset.py       a data set: splits, each a join of lists or folders
    _findings.py      `audit`
    _repair.py        `relabel`, `clean` and `split`, and `map.json`
    _diff.py          `diff`
    _plan.py          `plan.json`
    _plan_cells.py    its cells: a list there, columns in memory
    _plan_layout.py   the same as lines that columns can be cut out of
    _balance.py       `balance`
    _doctor.py        `doctor`
    _explain.py       `explain`, of a log and of a code
    _bench.py         `bench`
    _prepare.py       `prepare`
    _pack.py          `pack` and `index`
    _recipe.py        the recipe of `train`
    _run.py           `state.json`, `metrics.jsonl` and `run.json`
    _evaluation.py    `evaluate`
    _calibration.py   `calibrate`
    _compare.py       `compare`
    _model.py         `model.meta.json`
    _prior.py         class shares of `predict --estimate-prior`
    _profile.py       `profile`
    _demo.py          `demo`
    _paddleclas.py    `paddleclas audit`, `balance` and `check`
    _suspects.py      `suspects`, and decisions about them
    _advise.py        `advise`

`datatool.schemas` exports them; a command loads those that it reads or writes.
"""

from __future__ import annotations

__all__: list[str] = []
