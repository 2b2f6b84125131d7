from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.loader import BalancedLoader
from datatool.loader._mix import masks, mix
from datatool.loader._options import check_mixing
from datatool.pipelines import Stream, parse_augment
from tests.helpers.written_plans import field, path_of, pixels

Open = Callable[..., BalancedLoader]


@pytest.mark.parametrize("augment", ["crop-flip+mixup=1.0", "crop-flip+cutmix", "crop-flip+mixup+cutmix"])
def test_shares_and_partner_labels_describe_the_mixture(plan: Path, open_loader: Open, augment: str) -> None:
    batches = list(open_loader(plan, augment=augment).epoch(0))
    shares, partners = field(batches, "shares"), field(batches, "partner_labels")
    assert len(shares) == len(partners) == 36
    assert all(0 <= share <= 1 for share in shares)
    assert len(set(shares)) > 10
    assert set(partners) == {0, 1, 2}


def test_without_mixing_there_are_no_partners(plan: Path, open_loader: Open) -> None:
    batch = next(open_loader(plan).epoch(0))
    assert (batch.partner_labels, batch.shares) == (None, None)


def test_a_mixture_is_the_share_of_both_pictures(plan: Path, open_loader: Open) -> None:
    """The partner's picture is what is missing: it must look like a picture, inside the range of bytes."""
    plain = list(open_loader(plan).epoch(0))
    mixed = list(open_loader(plan, augment="crop-flip+mixup=8.0").epoch(0))
    shares = np.array(field(mixed, "shares"))[:, None, None, None]
    partner = (pixels(mixed) - shares * pixels(plain).astype(np.float64)) / (1 - shares)
    middle = np.abs(shares - 0.5) < 0.2
    assert middle.any()
    assert np.all((partner > -3) & (partner < 258) | ~middle)


def test_cutmix_pastes_a_box_whose_area_is_the_share(plan: Path, open_loader: Open) -> None:
    plain = list(open_loader(plan).epoch(0))
    mixed = list(open_loader(plan, augment="crop-flip+cutmix").epoch(0))
    kept = (pixels(plain) == pixels(mixed)).all(-1).mean((1, 2))
    shares = np.array(field(mixed, "shares"))
    assert np.all(kept >= shares - 1e-6)
    assert np.abs(kept - shares).mean() < 0.05


def test_mixtures_do_not_depend_on_threads(plan: Path, open_loader: Open) -> None:
    augment = "crop-flip+mixup+cutmix"
    one, many = (
        list(open_loader(plan, augment=augment, num_threads=threads, prefetch=threads).epoch(1)) for threads in (1, 4)
    )
    assert np.array_equal(pixels(one), pixels(many))
    assert field(one, "shares") == field(many, "shares")


def test_a_place_whose_partner_was_skipped_weighs_nothing(plan: Path, open_loader: Open) -> None:
    for row in (17, 18, 19):
        path_of(plan, row).write_bytes(b"")
    batches = list(open_loader(plan, augment="crop-flip+mixup", on_error="skip").epoch(0))
    labels, partners = field(batches, "labels"), field(batches, "partner_labels")
    weights = field(batches, "weights")
    assert [weight == 0 for weight in weights] == [2 in pair for pair in zip(labels, partners, strict=True)]


@pytest.mark.parametrize("names", ["mixup=1.0", "cutmix", "mixup+cutmix"])
def test_masks_on_a_device_make_the_mixture_that_bytes_make_on_the_host(names: str) -> None:
    random = np.random.default_rng(0)
    augment = parse_augment(f"crop+{names}")
    images, partners = (random.integers(0, 256, (20, 16, 16, 3), np.uint8) for _ in range(2))
    uniforms, filled = random.random((20, Stream.SIZE)), np.arange(20) % 5 > 0
    mask, shares = masks(16, augment, uniforms, filled)
    own, other = (each.transpose(0, 3, 1, 2).astype(np.float32) for each in (images, partners))
    expected = mix(images, partners, augment, uniforms, filled)
    assert np.array_equal(expected, shares)
    np.testing.assert_allclose(other + (own - other) * mask, images.transpose(0, 3, 1, 2), atol=0.51)


def test_bytes_are_not_mixed_on_a_gpu() -> None:
    with pytest.raises(ConfigError, match="must have output 'float32'; got 'uint8'"):
        check_mixing(parse_augment("crop+mixup"), device="gpu:0", output="uint8")
