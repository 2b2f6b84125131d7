"""The page of a run that has ended, made again; beside another run where that is asked for."""

from __future__ import annotations

from pathlib import Path

from datatool.errors import ConfigError
from datatool.evaluation._compare import compare
from datatool.evaluation.page._against import Against
from datatool.evaluation.page._page import write_page
from datatool.runs import EVAL, REPORT, TEST, RunFolder, read_run_recipe
from datatool.schemas import CompareDocument, EvalDocument, check_file


def write_report(
    run: Path | str,
    /,
    *,
    against: Path | str | None = None,
    list: str | None = None,  # noqa: A002 - the option's name
    out: Path | None = None,
) -> tuple[Path, CompareDocument | None]:
    """Make `report.html` again from what the run folder holds.

    Args:
        run: A run folder.
        against: An older run: the page then has before and after, both measured on the same rows.
        list: DATASET for that; default: `data.test` of the run, else its `data.val`.
        out: Where to write; default: `report.html` in the run folder.

    Returns:
        The file, and the comparison.

    Raises:
        ConfigError: If a folder is no run, or ``out`` is not given for a run that has not ended.
        DatasetError: If the runs cannot be measured on the list.
        CheckpointError: If a checkpoint is missing or torn.
    """
    folder = RunFolder(path=Path(run))
    recipe = read_run_recipe(folder.path)
    if out is None and not folder.finished():
        raise ConfigError(
            f"a run must have ended before its page is made; '{folder.path}' has not",
            hint="run datatool train with --resume, or give -o FILE",
        )
    if against is None and list is not None:
        raise ConfigError("--list must go with --against; got it alone", hint="give --against RUN")
    file = folder.path / REPORT if out is None else out
    check_file(file)
    before = None
    if against is not None:
        compared = compare(against, folder.path, list=list)
        before = Against(compared=compared, lines=RunFolder(path=Path(against)).metrics())
    results = [_read(folder.path / name) for name in (EVAL, TEST)]
    write_page(folder, recipe, *results, against=before, file=file)
    return file, None if before is None else before.compared


def _read(file: Path) -> EvalDocument | None:
    if not file.is_file():
        return None
    try:
        return EvalDocument.model_validate_json(file.read_bytes())
    except ValueError:
        raise ConfigError(
            f"results of a run must be a whole '{EVAL}'; got one that is damaged",
            file=file,
            hint="run datatool evaluate",
        ) from None
