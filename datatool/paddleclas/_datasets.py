"""The data sets of PaddleClas: which ones are lists of path and label, and how each reads a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.schemas import LineRule

PROGRAM: Final = "PaddleClas"


@dataclass(frozen=True, kw_only=True)
class ListKind:
    """A data set that is a list of path and label.

    Attributes:
        delimiter: What it splits a line at where the YAML does not say; None is any run of blanks.
        takes_delimiter: Whether `delimiter` may be given.
        takes_relabel: Whether `relabel` may be given.
        retrieval: Whether it is made for retrieval: its lines are read, its identities are not compared.
    """

    delimiter: str | None = " "
    takes_delimiter: bool = False
    takes_relabel: bool = False
    retrieval: bool = False

    def rule(self, delimiter: str | None, /) -> LineRule:
        """How a line is read, with the `delimiter` of the YAML."""
        given = delimiter if self.takes_delimiter and delimiter is not None else self.delimiter
        return LineRule(reader=PROGRAM, delimiter=given)


_IMAGENET: Final = ListKind(takes_delimiter=True, takes_relabel=True)
LISTS: Final = {
    "ImageNetDataset": _IMAGENET,
    "ClsDataset": _IMAGENET,
    "ShiTuRecDataset": _IMAGENET,
    "MultiScaleDataset": ListKind(takes_delimiter=True),
    "ICartoonDataset": ListKind(delimiter="\t"),
    "VeriWild": ListKind(delimiter=None, takes_relabel=True, retrieval=True),
    "CompCars": ListKind(delimiter=None, retrieval=True),
}

OTHERS: Final = {
    "MultiLabelDataset": "multi-label: a line holds one 0 or 1 for each class, which is no class id",
    "MLClsDataset": "multi-label: a line holds one 0 or 1 for each class, which is no class id",
    "LogoDataset": "its ids start at 1 and its paths stand in the third column",
    "CustomLabelDataset": "a list of images without labels",
    "MixDataset": "several data sets joined; audit the lists of each",
    "Cifar10": "Cifar: images and labels come from pickled archives",
    "Cifar100": "Cifar: images and labels come from pickled archives",
    "Market1501": "retrieval: identities come from the names of files",
    "MSMT17": "retrieval: identities come from its own lists",
    "DukeMTMC": "retrieval: identities come from the names of files",
    "FiveValidationDataset": "faces: pairs of pictures from packed arrays",
    "AdaFaceDataset": "faces: class folders read by its own code",
}
UNKNOWN: Final = "a data set that datatool does not know"

SIX_SECTION_RULE: Final = LineRule(reader="PaddleClas 2.0", delimiter=" ", num_columns=2)
