"""Names of augmentations are read whole or refused; nothing in them is cut, ignored or overwritten."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.pipelines import (
    Augment,
    Cutmix,
    Erase,
    Jitter,
    Mixup,
    RandAugment,
    Stream,
    TrivialAugment,
    parse_augment,
)
from datatool.pipelines.augmentations import EXTRAS
from tests.helpers.pictures import pixels
from tests.helpers.uniforms import uniforms

IMAGE = pixels(3, width=48, height=48)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crop-flip", Augment(crop="random", flip=0.5)),
        ("crop", Augment(crop="random")),
        ("eval", Augment(crop="center")),
        ("none", Augment(crop="none")),
        ("crop-flip+jitter", Augment(flip=0.5, extras=(Jitter(0.4),))),
        ("crop-flip+jitter=0.1+erase=0.5", Augment(flip=0.5, extras=(Jitter(0.1), Erase(0.5)))),
        ("crop-flip+randaugment", Augment(flip=0.5, extras=(RandAugment(2, 9),))),
        ("crop-flip+randaugment=3,15", Augment(flip=0.5, extras=(RandAugment(3, 15),))),
        ("crop-flip+randaugment=2.0, 9", Augment(flip=0.5, extras=(RandAugment(2, 9),))),
        ("crop+trivialaugment", Augment(extras=(TrivialAugment(),))),
        ("crop+mixup+cutmix=0.5", Augment(extras=(Mixup(0.2), Cutmix(0.5)))),
    ],
)
def test_names_are_read(text: str, expected: Augment) -> None:
    assert parse_augment(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("crop-filp", "did you mean 'crop-flip'"),
        ("", "augment must be made of"),
        ("crop-flip+", "got '' in 'crop-flip+'"),
        ("crop-flip=0.3", "got 'crop-flip=0.3'"),
        ("crop-flip + jitter", "got 'crop-flip ' in 'crop-flip + jitter'"),
        ("crop-flip+blur", "got 'blur' in 'crop-flip+blur'"),
        ("crop-flip+jiter", "did you mean 'jitter'"),
        ("crop-flip+jitter=2", "amount of augment 'jitter' must be a number from 0 to 1; got 2.0"),
        ("crop-flip+erase=2", "probability of augment 'erase' must be a number from 0 to 1; got 2.0"),
        ("crop-flip+erase=-1", "must be a number from 0 to 1; got -1.0"),
        ("crop-flip+mixup=-1", "alpha of augment 'mixup' must be a number from 0 to 8; got -1.0"),
        ("crop-flip+mixup=1e9", "must be a number from 0 to 8; got 1000000000.0"),
        ("crop-flip+erase=1e999", "must be a number from 0 to 1; got inf"),
        ("crop-flip+erase=nan", "augment 'erase' must have numbers for probability; got 'erase=nan'"),
        ("crop-flip+erase=inf", "got 'erase=inf'"),
        ("crop-flip+erase=x", "got 'erase=x'"),
        ("crop-flip+erase=0_1", "got 'erase=0_1'"),
        ("crop-flip+erase=", "augment 'erase' must have numbers for probability; got 'erase='"),
        ("crop-flip+jitter=0.1=0.2", "got 'jitter=0.1=0.2'"),
        ("crop-flip+jitter=amount=0.2", "got 'jitter=amount=0.2'"),
        ("crop-flip+jitter=0.1,0.2", "augment 'jitter' must have numbers for amount; got 'jitter=0.1,0.2'"),
        ("crop-flip+randaugment=2", "must have numbers for num_ops and magnitude; got 'randaugment=2'"),
        ("crop-flip+randaugment=2,9,", "got 'randaugment=2,9,'"),
        ("crop-flip+randaugment=9,9", "num_ops of augment 'randaugment' must be a whole number from 0 to 4; got 9"),
        (
            "crop-flip+randaugment=2,31",
            "magnitude of augment 'randaugment' must be a whole number from 0 to 30; got 31",
        ),
        ("crop-flip+randaugment=0.5,9", "num_ops of augment 'randaugment' must be a whole number from 0 to 4; got 0.5"),
        ("crop-flip+randaugment=1.9,9.7", "must be a whole number from 0 to 4; got 1.9"),
        ("crop-flip+randaugment=2,9.7", "must be a whole number from 0 to 30; got 9.7"),
        ("crop+trivialaugment=3", "augment 'trivialaugment' must have no number; got 'trivialaugment=3'"),
        ("crop+trivialaugment=", "must have no number; got 'trivialaugment='"),
        (
            "crop+randaugment+trivialaugment",
            "augment must have randaugment or trivialaugment at most once; got 'randaugment=2,9' and 'trivialaugment'",
        ),
        ("crop+trivialaugment+randaugment=0,9", "must have randaugment or trivialaugment at most once"),
        ("crop+jitter=0.1+jitter=0.4", "must have jitter at most once; got 'jitter=0.1' and 'jitter=0.4'"),
        ("crop+mixup+mixup", "must have mixup at most once"),
    ],
)
def test_what_would_be_cut_ignored_or_overwritten_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        parse_augment(text)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"crop": "centre"}, "crop must be one of random, center, none; got 'centre'"),
        ({"interpolation": "lanczos"}, "interpolation must be one of area"),
        ({"flip": 2.0}, "flip must be a probability from 0 to 1; got 2.0"),
        ({"flip": float("nan")}, "flip must be a probability"),
        ({"scale": (0.5, 1.5)}, "scale must be a range within 0 to 1; got (0.5, 1.5)"),
        ({"scale": (0.5, 0.1)}, "scale must be a range"),
        ({"ratio": (1.0, float("inf"))}, "ratio must be a range of positive numbers"),
        ({"resize": 256.5}, "resize must be at least 1 and a whole number; got 256.5"),
    ],
)
def test_an_object_is_refused_as_its_name_would_be(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        Augment(**options)


@pytest.mark.parametrize("value", [True, "0.1", float("nan")])
def test_an_extra_takes_numbers_only(value: Any) -> None:
    with pytest.raises(ConfigError, match="must be a number from 0 to 1"):
        Jitter(value)


@pytest.mark.parametrize("extra", EXTRAS.values())
def test_an_extra_is_read_back_from_its_text(extra: Any) -> None:
    assert extra.parse(str(extra())) == extra()


@pytest.mark.parametrize(
    ("text", "changes", "mixes"),
    [
        ("crop-flip", False, False),
        ("crop+jitter", True, False),
        ("crop+erase", True, False),
        ("crop+randaugment", True, False),
        ("crop+trivialaugment", True, False),
        ("crop+mixup", False, True),
        ("crop+cutmix", False, True),
        ("eval+mixup+cutmix", False, True),
        ("crop-flip+erase=0", False, False),
        ("crop+jitter=0+erase=0+randaugment=0,9+mixup=0+cutmix=0", False, False),
    ],
)
def test_every_extra_says_whether_it_changes_or_mixes_pixels(text: str, changes: bool, mixes: bool) -> None:
    augment = parse_augment(text)
    assert (augment.changes_pixels, augment.mixes) == (changes, mixes)


def test_extras_are_applied_in_one_order_however_they_were_written() -> None:
    first, second = parse_augment("crop+jitter+erase+randaugment"), parse_augment("crop+randaugment+erase+jitter")
    assert first == second
    assert [extra.name for extra in first.extras] == ["randaugment", "jitter", "erase"]


def test_of_two_that_mix_each_takes_its_half_of_the_places() -> None:
    augment = parse_augment("crop+mixup+cutmix")
    numbers = np.full(Stream.SIZE, 0.4)
    kinds = []
    for kind in (0.0, 0.499, 0.5, 0.999):
        numbers[Stream.MIX_KIND] = kind
        kinds.append(augment.mixture(numbers, 32).box is not None)
    assert kinds == [True, True, False, False]


def test_every_stream_has_columns_of_its_own() -> None:
    widths = {Stream.AREA: 10, Stream.RATIO: 10, Stream.OP: 4, Stream.OP_MAGNITUDE: 4, Stream.OP_SIGN: 4}
    taken = [
        column
        for stream in Stream
        if stream is not Stream.SIZE
        for column in range(stream, stream + widths.get(stream, 1))
    ]
    assert sorted(taken) == list(range(Stream.SIZE))


def test_another_scale_may_be_given_to_a_copy() -> None:
    assert dataclasses.replace(parse_augment("crop+erase"), scale=(0.5, 1.0)).extras == (Erase(),)


def test_changes_are_functions_of_their_numbers() -> None:
    augment = Augment(extras=(RandAugment(), Jitter(), Erase(0.5)))
    first, again, other = (IMAGE.copy() for _ in range(3))
    augment.change(first, uniforms(1))
    augment.change(again, uniforms(1))
    augment.change(other, uniforms(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
