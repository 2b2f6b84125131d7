"""What ways and shares are really worth: heads trained on a whole list, asked about every picture left out."""

from __future__ import annotations

import numpy as np
from frozen import SETTINGS, Photographs
from numpy.typing import NDArray

from datatool.advise._compare import recalls, value_of
from datatool.advise._cross import corrected
from datatool.advise._draws import Draws
from datatool.advise._sgd import first_head, train_heads
from datatool.advise._synthetic import share_weights
from datatool.advise._ways import parse_way
from datatool.probe import BackboneOptions, Design, Probe, open_probe, probe_rows, settle_backbone
from datatool.rows import open_rows, resolve

_SEEDS = (101, 102)
_PENALTY = 0.1
Floats = NDArray[np.float64]


def looked_at(photographs: Photographs, name: str, lines: list[str]) -> Probe:
    """Rows with their features, in the order of the lines."""
    backbone = settle_backbone(
        BackboneOptions(pretrained=str(photographs.weights), image_size=64, settings=tuple(SETTINGS[3::2]))
    )
    listed = photographs.written(name, lines)
    with open_rows(
        resolve(str(listed), synthetic=("*.made.jpg",) if any("made" in one for one in lines) else ())
    ) as rows:
        found = probe_rows(rows)
    with open_probe(found, backbone, home=photographs.features) as probe:
        return probe


class Truth:
    """Every picture of the three lists, looked at once."""

    def __init__(self, photographs: Photographs, /) -> None:
        self._lines = photographs.lines("train", "val", "test")
        self._train = photographs.lines("train")
        self._probe = looked_at(photographs, "whole", self._lines)
        self._place_of = {line: place for place, line in enumerate(self._lines)}
        self._num = len(self._probe.rows.classes)

    def alike(self, size: int, seed: int) -> list[str]:
        """Lines with as many rows of each class; the larger of two sizes holds the smaller."""
        random = np.random.default_rng([seed, 40])
        order = random.permutation(len(self._train)).tolist()
        found: dict[str, list[str]] = {}
        for place in order:
            line = self._train[place]
            mine = found.setdefault(line.split()[-1], [])
            if len(mine) < size:
                mine.append(line)
        return sorted(line for mine in found.values() for line in mine)

    def recalls(self, lines: list[str], ways: list[str]) -> dict[str, Floats]:
        """Recall of each class by way, mean of two seeds; natural and logit-adjust beside the named ones."""
        rows = np.array([self._place_of[line] for line in lines])
        left = np.setdiff1d(np.arange(len(self._lines)), rows)
        probe, place, num = self._probe, self._probe.rows.place, self._num
        even = np.full(num, 1 / num)
        sums = {way: np.zeros(num) for way in ("natural", *ways, "logit-adjust")}
        for seed in _SEEDS:
            draws = [
                Draws(parse_way(way), rows, place, probe.rows.source, num_classes=num, batch_size=32, seed=seed)
                for way in ("natural", *ways)
            ]
            start = first_head(probe.features.shape[1], num, seed=seed)
            heads = train_heads(probe.features, draws, probe.backbone.recipe, start=start)
            for way, draw, head in zip(("natural", *ways), draws, heads, strict=True):
                scores = {way: head.logits(probe.features[left])}
                if way == "natural":
                    [scores["logit-adjust"]] = corrected([scores[way]], [draw.prior], even)
                for name, found in scores.items():
                    hits = (found.argmax(axis=1) == place[left]).astype(np.float64)
                    sums[name] += recalls(hits, place[left], num_classes=num) / len(_SEEDS)
        return sums

    def values(self, found: dict[str, Floats], lines: list[str], objective: str) -> dict[str, float]:
        """Value of each way: every class alike, or by its share of the list."""
        counts = np.bincount([int(line.split()[-1]) for line in lines], minlength=self._num).astype(np.float64)
        worth = counts / counts.sum() if objective == "top1" else np.full(self._num, 1 / self._num)
        return {way: value_of(recall, worth) for way, recall in found.items()}


def share_values(
    photographs: Photographs, real: list[str], made: list[str], left: list[str], shares: list[float]
) -> dict[float, float]:
    """Macro recall on what is left out, of a head on all rows with each share of synthetic ones."""
    train, test = looked_at(photographs, "shares", [*real, *made]), looked_at(photographs, "left", left)
    num, place = len(train.rows.classes), train.rows.place
    design, found = Design(train.features), {}
    for share in shares:
        weights = share_weights(place, train.rows.synthetic, share=share, num_classes=num)
        head = design.fit(place, num_classes=num, penalty=_PENALTY, weights=weights)
        hits = (head.logits(test.features).argmax(axis=1) == test.rows.place).astype(np.float64)
        found[share] = value_of(recalls(hits, test.rows.place, num_classes=num), np.full(num, 1 / num))
    return found
