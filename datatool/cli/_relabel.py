"""`datatool relabel`."""

from __future__ import annotations

from datatool.cli._dataset import (
    DatasetArgument,
    NamesOption,
    RootOption,
    SplitOption,
    SyntheticOption,
    dataset_from,
)
from datatool.cli._output import JsonOption
from datatool.cli._repaired import OutOption, tell


def relabel(
    out: OutOption,
    dataset: DatasetArgument = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    json: JsonOption = False,
) -> None:
    """Write a copy with dense class ids, from ids with gaps or from names; one map for all splits."""
    from datatool.audit.repair import relabel as run
    from datatool.rows import open_rows

    resolved = dataset_from(dataset, split=split, root=root, names=names, synthetic=synthetic)
    with open_rows(resolved) as rows:
        tell(run(rows, out=out), json=json)
