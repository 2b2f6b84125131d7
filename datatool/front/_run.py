"""Run: a trained model, to be evaluated and exported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from datatool.errors import ConfigError
from datatool.front._data import Data
from datatool.front._home import Home
from datatool.front._tables import html_table
from datatool.schemas import NUM_VERIFIED, EvalDocument, framed, to_pandas

if TYPE_CHECKING:
    from datatool.deploy import Exported
    from datatool.schemas import ClassMetrics, Recipe

_REPORT: Final = "report.html"
_METRICS: Final = "metrics.jsonl"
_EVAL: Final = "eval.json"


class Run:
    """A run folder.

    Args:
        folder: That `datatool.train` or `datatool train` wrote.

    Attributes:
        folder: The folder.

    Raises:
        ConfigError: If it is no run.
    """

    def __init__(self, folder: str | os.PathLike[str], /) -> None:
        self.folder = Path(folder)
        if not (self.folder / "recipe.yaml").is_file():
            raise ConfigError(f"a run must be a folder that datatool train wrote; got '{self.folder}'")

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe with every key filled in."""
        from datatool.runs import read_run_recipe

        return read_run_recipe(self.folder)

    @property
    def eval(self) -> Evaluation | None:
        """Results on `data.val` at the end of training; None where there is no val."""
        file = self.folder / _EVAL
        return Evaluation(EvalDocument.model_validate_json(file.read_bytes())) if file.is_file() else None

    def evaluate(
        self,
        list: str | os.PathLike[str] | Data | None = None,  # noqa: A002 - the option's name
        *,
        checkpoint: str = "newest",
        names: str | os.PathLike[str] | None = None,
        by: str | Sequence[str] = (),
    ) -> Evaluation:
        """Measure the run on a data set: recall per class, balanced accuracy, confusion.

        Args:
            list: What to evaluate on; default: the recipe's `data.val`.
            checkpoint: `newest`, `best`, or `step_N`.
            names: Names of the list's classes: a file of `id name` lines.
            by: Columns, each value of which is measured apart, too.

        Raises:
            DatasetError: If the data set has classes or images that the run cannot be measured on.
            CheckpointError: If the checkpoint is missing or torn.
        """
        from datatool.evaluation import evaluate

        home = Home()
        given = None if list is None else _as_path(list, home)
        return Evaluation(evaluate(self.folder, list=given, checkpoint=checkpoint, names=_file(names), by=_columns(by)))

    def export(
        self,
        out: str | os.PathLike[str],
        *,
        format: str = "paddle",  # noqa: A002 - the option's name
        checkpoint: str = "newest",
        images: int = NUM_VERIFIED,
    ) -> Exported:
        """Export the model, and check on real images that it predicts as the run does.

        Args:
            out: Where the model is written.
            format: `paddle`, `onnx` or `pdparams`.
            checkpoint: `newest`, `best` or `step_N`.
            images: Real images to verify on.

        Raises:
            ConfigError: If the format or the folder cannot be used.
            CheckpointError: If the exported model predicts otherwise.
        """
        from datatool.deploy import export

        return export(self.folder, out=Path(out), format=format, checkpoint=checkpoint, num_images=images)

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` of the metrics, a row for each epoch."""
        import pyarrow.json

        return pyarrow.json.read_json(str(self.folder / _METRICS))

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def __repr__(self) -> str:
        results = self.eval
        return f"<Run: {self.folder}{'' if results is None else f'; {results.figures}'}>"

    def _repr_html_(self) -> str | None:
        file = self.folder / _REPORT
        return framed(file.read_text(encoding="utf-8"), title=f"Run {self.folder.name}") if file.is_file() else None


class Evaluation:
    """How a run does on a list.

    Attributes:
        document: What `eval.json` holds.
    """

    def __init__(self, document: EvalDocument, /) -> None:
        self.document = document

    @property
    def top1(self) -> float:
        """Share of the images whose class is predicted first."""
        return self.document.top1

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes that have rows."""
        return self.document.balanced_accuracy

    @property
    def per_class(self) -> list[ClassMetrics]:
        """`class_`, `name`, `support`, `recall` and `precision` of each class."""
        return self.document.per_class

    @property
    def figures(self) -> str:
        """The two figures in words."""
        return f"balanced accuracy {self.balanced_accuracy:.4f}, top-1 {self.top1:.4f}"

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` with a row for each class: class, name, support, recall, precision."""
        import pyarrow as pa

        return pa.Table.from_pylist([one.model_dump(by_alias=True) for one in self.per_class])

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def to_json(self) -> str:
        """What `eval.json` holds, as text."""
        return self.document.to_json()

    def save(self, folder: str | os.PathLike[str], /) -> Path:
        """Write eval.json and eval.csv to a folder."""
        from datatool.evaluation import write_eval

        Path(folder).mkdir(parents=True, exist_ok=True)
        write_eval(self.document, Path(folder))
        return Path(folder)

    def __repr__(self) -> str:
        return f"<Evaluation: {self.figures}>"

    def _repr_html_(self) -> str:
        return html_table(self.to_arrow(), caption=self.figures)


def _file(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _columns(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _as_path(given: str | os.PathLike[str] | Data, home: Home) -> str:
    if not isinstance(given, Data):
        return os.fspath(given)
    return given.as_path() or str(given.save(home.path / "list").given)
