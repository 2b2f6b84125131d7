from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatool.loader import BalancedLoader
from datatool.loader._mix import beta_quantile, cut
from tests.loader.plans import field, path_of, pixels

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


@pytest.mark.parametrize("alpha", [0.2, 0.4, 1.0, 2.0])
def test_quantiles_are_those_of_the_beta_distribution(alpha: float) -> None:
    """Against its first moments: mean 1/2 and variance 1 / (4 (2 alpha + 1))."""
    values = np.array([beta_quantile(alpha, probability) for probability in (np.arange(20_000) + 0.5) / 20_000])
    assert values.mean() == pytest.approx(0.5, abs=1e-6)
    assert values.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=2e-3)
    assert np.all(np.diff(values) >= 0)


def test_a_cut_stays_inside_the_picture() -> None:
    for share in (0.0, 0.3, 1.0):
        for place in (0.0, 0.5, 0.999):
            top, bottom, left, right = cut(share, place, 1 - place, 32)
            assert 0 <= top <= bottom <= 32
            assert 0 <= left <= right <= 32
