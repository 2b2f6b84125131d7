from __future__ import annotations

import re

import pytest

from datatool.errors import ConfigError
from datatool.pipelines import Augment, Stream, parse_augment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crop-flip", Augment(crop="random", flip=0.5)),
        ("crop", Augment(crop="random")),
        ("eval", Augment(crop="center")),
        ("none", Augment(crop="none")),
        ("crop-flip+jitter", Augment(flip=0.5, jitter=0.4)),
        ("crop-flip+jitter=0.1+erase=0.5", Augment(flip=0.5, jitter=0.1, erase=0.5)),
        ("crop-flip+randaugment", Augment(flip=0.5, num_ops=2, magnitude=9)),
        ("crop-flip+randaugment=3,15", Augment(flip=0.5, num_ops=3, magnitude=15)),
        ("crop+trivialaugment", Augment(trivial=True)),
        ("crop+mixup+cutmix=0.5", Augment(mixup=0.2, cutmix=0.5)),
    ],
)
def test_names_are_read(text: str, expected: Augment) -> None:
    assert parse_augment(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("crop-filp", "did you mean 'crop-flip'"),
        ("", "augment must be made of"),
        ("crop-flip+blur", "got 'blur' in 'crop-flip+blur'"),
        ("crop-flip+jiter", "did you mean 'jitter'"),
        ("crop-flip+jitter=2", "values in range; got 'jitter=2'"),
        ("crop-flip+erase=-1", "values in range"),
        ("crop-flip+erase=nan", "values in range"),
        ("crop-flip+randaugment=2", "must have 2 values"),
        ("crop-flip+randaugment=9,9", "at most 4 ops"),
        ("crop-flip+erase=x", "must have 1 values"),
        ("crop+trivialaugment=3", "must have 0 values"),
    ],
)
def test_what_is_not_known_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        parse_augment(text)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("crop-flip", False),
        ("eval+mixup+cutmix", False),
        ("crop-flip+erase=0", False),
        ("eval+jitter", True),
        ("eval+erase", True),
        ("eval+randaugment", True),
        ("eval+trivialaugment", True),
    ],
)
def test_each_change_after_the_crop_alone_changes_pixels(text: str, changes: bool) -> None:
    assert parse_augment(text).changes_pixels == changes


def test_every_stream_has_columns_of_its_own() -> None:
    widths = {Stream.AREA: 10, Stream.RATIO: 10, Stream.OP: 4, Stream.OP_MAGNITUDE: 4, Stream.OP_SIGN: 4}
    taken = [
        column
        for stream in Stream
        if stream is not Stream.SIZE
        for column in range(stream, stream + widths.get(stream, 1))
    ]
    assert sorted(taken) == list(range(Stream.SIZE))
