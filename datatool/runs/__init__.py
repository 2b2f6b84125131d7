"""What a run is on disk: recipe, run folder, checkpoints, page.

::

    _recipe.py      a recipe read: file, then `-o`, each value with its origin
    _aliases.py     keys as PaddleClas users know them
    _clas_option.py `-o` of PaddleClas, as it is pasted
    _overrides.py   `-o key.path=value`
    _stages.py      each stage as a whole recipe
    _run_folder.py  made once, continued on request
    _checkpoint.py  whole or not there
    _cursor.py      where a run stands
    _run_info.py    `run.json`
    _same_data.py   what its stages train on
    _starter.py     what a recipe to begin with depends on
    _starter_text.py  its text
    _log.py         what a run says
"""

from __future__ import annotations

from datatool.runs._aliases import backbone_of, clas_name
from datatool.runs._checkpoint import (
    BEST,
    MODEL,
    Checkpoint,
    best,
    newest,
    prune,
    read_checkpoint,
    read_state,
    save_checkpoint,
)
from datatool.runs._clas_option import clas_option
from datatool.runs._cursor import Cursor
from datatool.runs._log import log
from datatool.runs._recipe import ResolvedRecipe, complete_recipe, flatten, plain_recipe, read_recipe
from datatool.runs._run_folder import (
    EVAL,
    LOADING,
    REPORT,
    TEST,
    RunFolder,
    check_new,
    open_run,
    read_run_recipe,
    run_path,
)
from datatool.runs._run_info import INFO, commit_of, note_feature_cache, read_run_info, write_run_info
from datatool.runs._same_data import check_same_data, data_of
from datatool.runs._stages import StageRecipe, stage_recipes
from datatool.runs._starter import Seen, see
from datatool.runs._starter_text import starter_text

__all__ = [
    "BEST",
    "EVAL",
    "INFO",
    "LOADING",
    "MODEL",
    "REPORT",
    "TEST",
    "Checkpoint",
    "Cursor",
    "ResolvedRecipe",
    "RunFolder",
    "Seen",
    "StageRecipe",
    "backbone_of",
    "best",
    "check_new",
    "check_same_data",
    "clas_name",
    "clas_option",
    "commit_of",
    "complete_recipe",
    "data_of",
    "flatten",
    "log",
    "newest",
    "note_feature_cache",
    "open_run",
    "plain_recipe",
    "prune",
    "read_checkpoint",
    "read_recipe",
    "read_run_info",
    "read_run_recipe",
    "read_state",
    "run_path",
    "save_checkpoint",
    "see",
    "stage_recipes",
    "starter_text",
    "write_run_info",
]
