"""The configuration that PaddleClas prints at the start of a log: which list, which weights, how many classes."""

from __future__ import annotations

import re
from typing import Final

_LINE: Final = re.compile(r"ppcls INFO: (?P<indent> *)(?P<key>[\w.-]+) : (?P<value>.*)$", re.MULTILINE)
_STEP: Final = 4  # blanks that it indents by
_MOST: Final = 2_000
_NONE: Final = ("", "None", "null", "False")

# What a command is filled in with -> keys that may hold it, the most telling first.
_MEANING: Final = {
    "LIST": ("DataLoader.Train.dataset.cls_label_path", "TRAIN.file_list"),
    "ROOT": ("DataLoader.Train.dataset.image_root", "TRAIN.data_dir"),
    "VAL": ("DataLoader.Eval.dataset.cls_label_path", "VALID.file_list"),
    "CLASS_NUM": ("Arch.class_num", "Arch.Head.class_num", "Global.class_num", "classes_num"),
    "WEIGHTS": ("Global.pretrained_model", "Global.checkpoints", "pretrained_model"),
}


class Settings:
    """Dotted keys and their values, as far as a log prints them."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._parents: list[str] = []

    def read(self, block: str, /) -> None:
        """Take what a block of the log prints of the configuration; of a second printing nothing is taken."""
        if "ppcls INFO: " not in block or len(self.values) >= _MOST:
            return
        for found in _LINE.finditer(block):
            depth = len(found["indent"]) // _STEP
            self._parents = [*self._parents[:depth], found["key"]]
            if found["value"].strip():
                self.values.setdefault(".".join(self._parents), found["value"].strip())

    def named(self) -> dict[str, str]:
        """What commands are filled in with, by the word that stands for it."""
        found = {}
        for word, keys in _MEANING.items():
            value = next((self.values[key] for key in keys if self.values.get(key, "") not in _NONE), None)
            if value is not None:
                found[word] = value
        return found
