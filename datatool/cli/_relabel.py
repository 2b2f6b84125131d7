"""`datatool relabel`."""

from __future__ import annotations

from datatool.cli._dataset import (
    DatasetArgument,
    LabelColumnOption,
    NamesOption,
    PathColumnOption,
    RootOption,
    SourceColumnOption,
    SplitColumnOption,
    SplitOption,
    SyntheticOption,
    columns_from,
    dataset_from,
    say_reading,
)
from datatool.cli._output import JsonOption
from datatool.cli._repaired import DecisionsOption, OutOption, tell


def relabel(
    out: OutOption,
    dataset: DatasetArgument = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    path_column: PathColumnOption = None,
    label_column: LabelColumnOption = None,
    source_column: SourceColumnOption = None,
    split_column: SplitColumnOption = None,
    decisions: DecisionsOption = None,
    json: JsonOption = False,
) -> None:
    """Write a copy with dense class ids, or with decided classes; one map for all splits."""
    from datatool.audit.repair import read_decisions, relabel_decided
    from datatool.audit.repair import relabel as run
    from datatool.rows import open_rows

    columns = columns_from(path_column, label_column, source_column, split_column)
    resolved = dataset_from(dataset, split=split, root=root, names=names, synthetic=synthetic, columns=columns)
    with open_rows(resolved) as rows:
        say_reading(rows)
        if decisions is not None:
            tell(relabel_decided(rows, read_decisions(decisions), out=out), json=json)
            return
        tell(run(rows, out=out), json=json)
