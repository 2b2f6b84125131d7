"""TrivialAugment takes one op of any strength."""

from __future__ import annotations

from datatool.pipelines import TrivialAugment
from tests.helpers.uniforms import uniforms


def test_one_op_has_any_strength() -> None:
    strengths = [TrivialAugment().op(uniforms(seed))[1] for seed in range(300)]
    assert min(strengths) < -0.9
    assert max(strengths) > 0.9
