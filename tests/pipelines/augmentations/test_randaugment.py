"""RandAugment takes its ops evenly and with one strength."""

from __future__ import annotations

from datatool.pipelines import RandAugment
from datatool.pipelines.augmentations._ops import OPS
from tests.helpers.uniforms import uniforms


def test_every_op_comes_about_as_often() -> None:
    found = [RandAugment(2, 9).ops(uniforms(seed)) for seed in range(1000)]
    names = [name for ops in found for name, _ in ops]
    assert {len(ops) for ops in found} == {2}
    assert all(90 < names.count(name) < 200 for name in OPS)
    assert {abs(strength) for ops in found for _, strength in ops} == {0.3}
