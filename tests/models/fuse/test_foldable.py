"""A BatchNorm is folded only where nothing else sees what its convolution gives; the same in both frameworks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError
from datatool.models import fuse

Net = Callable[[SimpleNamespace], Any]


@pytest.fixture(params=["paddle", "torch"])
def kit(request: pytest.FixtureRequest) -> SimpleNamespace:
    """The names that the nets below are written in."""
    framework = pytest.importorskip(request.param)
    nn, is_paddle = framework.nn, request.param == "paddle"
    return SimpleNamespace(
        framework=framework,
        nn=nn,
        base=nn.Layer if is_paddle else nn.Module,
        conv=nn.Conv2D if is_paddle else nn.Conv2d,
        norm=nn.BatchNorm2D if is_paddle else nn.BatchNorm2d,
        instance_norm=(nn.InstanceNorm2D if is_paddle else nn.InstanceNorm2d)(4),
        relu=nn.functional.relu,
        relu_in_place=nn.functional.relu_ if is_paddle else lambda x: nn.functional.relu(x, inplace=True),
        mean=lambda x: x.mean(axis=[2, 3]) if is_paddle else x.mean(dim=(2, 3)),
        hook=lambda m, f: m.register_forward_post_hook(f) if is_paddle else m.register_forward_hook(f),
        tensor=framework.to_tensor if is_paddle else framework.from_numpy,
        num_norms=lambda m: sum(isinstance(each, nn.BatchNorm2D if is_paddle else nn.BatchNorm2d) for each in _all(m)),
    )


def _all(model: Any) -> list[Any]:
    return list(model.sublayers(include_self=True) if hasattr(model, "sublayers") else model.modules())


def net(kit: SimpleNamespace, forward: Callable[[Any, Any], Any], *, blocks: int = 1, seed: int = 0) -> Any:
    """`c0`, `b0`, `c1`, ... of random numbers, statistics too, used as ``forward(net, images)`` says."""

    class Net(kit.base):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            for index in range(blocks):
                setattr(self, f"c{index}", kit.conv(4 if index else 3, 4, 3, padding=1))
                setattr(self, f"b{index}", kit.norm(4))

        def forward(self, images: Any) -> Any:
            return forward(self, images)

    kit.framework.manual_seed(seed) if hasattr(kit.framework, "manual_seed") else kit.framework.seed(seed)
    made = Net()
    rng = np.random.default_rng(seed)
    for index in range(blocks):
        norm = getattr(made, f"b{index}")
        mean, variance = ("_mean", "_variance") if hasattr(norm, "_mean") else ("running_mean", "running_var")
        for name, low, high in ((mean, -2, 2), (variance, 0.05, 4), ("weight", -2, 2), ("bias", -1, 1)):
            tensor = getattr(norm, name)
            fresh = kit.tensor(rng.uniform(low, high, 4).astype(np.float32))
            tensor.set_value(fresh) if hasattr(tensor, "set_value") else tensor.data.copy_(fresh)
    made.eval()
    return made


def error(kit: SimpleNamespace, model: Any, fused: Any, *, scale: float = 1.0) -> float:
    """Largest relative difference on other, larger images than `fuse` looked at."""
    images = scale * np.random.default_rng(5).normal(size=(2, 3, 48, 48)).astype(np.float32)
    with kit.framework.no_grad():
        expected, actual = (each(kit.tensor(images)).numpy() for each in (model, fused))
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def elsewhere(use: Callable[[SimpleNamespace, Any], Any]) -> Net:
    """A net in which the convolution's output is used once more, by ``use``."""

    def make(kit: SimpleNamespace) -> Any:
        def forward(self: Any, images: Any) -> Any:
            made = self.c0(images)
            return kit.mean(self.b0(made) + use(kit, made))

        return net(kit, forward)

    return make


@pytest.mark.parametrize(
    "make",
    [
        elsewhere(lambda kit, y: kit.relu(y - 20)),
        elsewhere(lambda kit, y: kit.relu(-y - 20)),
        elsewhere(lambda kit, y: 1e-6 * y),
        elsewhere(lambda kit, y: kit.relu(kit.instance_norm(y))),
    ],
    ids=["above a threshold", "below a threshold", "a millionth", "normalised again"],
)
def test_another_use_is_seen_though_it_hardly_shows_on_small_images(kit: SimpleNamespace, make: Net) -> None:
    model = make(kit)

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 1
    assert error(kit, model, fused, scale=10) == 0


def test_many_small_uses_leave_their_pairs_alone_and_others_folded(kit: SimpleNamespace) -> None:
    def forward(self: Any, images: Any) -> Any:
        total, x = 0, images
        for index in range(6):
            made = getattr(self, f"c{index}")(x)
            x = getattr(self, f"b{index}")(made)
            total = total + x + (1e-5 * made if index % 2 else 0)
        return kit.mean(total)

    model = net(kit, forward, blocks=6)

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 3
    assert error(kit, model, fused) < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_random_weights_and_statistics_keep_outputs_within_a_hundred_thousandth(
    kit: SimpleNamespace, seed: int
) -> None:
    def forward(self: Any, images: Any) -> Any:
        x = kit.relu_in_place(self.b0(self.c0(images)))
        x = kit.relu_in_place(x + self.b1(self.c1(x)))
        return kit.mean(self.b2(self.c2(x)))

    model = net(kit, forward, blocks=3, seed=seed)

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 0
    assert error(kit, model, fused) < 1e-5


def test_what_is_changed_in_place_before_the_norm_is_left_alone(kit: SimpleNamespace) -> None:
    model = net(kit, lambda self, images: kit.mean(self.b0(kit.relu_in_place(self.c0(images)))))

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 1
    assert error(kit, model, fused) == 0


def test_a_convolution_that_a_hook_changes_is_left_alone_with_its_hook(kit: SimpleNamespace) -> None:
    model = net(kit, lambda self, images: kit.mean(self.b1(self.c1(self.b0(self.c0(images))))), blocks=2)
    kit.hook(model.c0, lambda _, __, output: 2 * output)

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 1
    assert error(kit, model, fused) < 1e-5


def test_two_norms_of_one_convolution_are_left_alone(kit: SimpleNamespace) -> None:
    def forward(self: Any, images: Any) -> Any:
        made = self.c0(images)
        return kit.mean(self.b0(made) + self.b1(made) + 0 * self.c1(made))

    fused = fuse(net(kit, forward, blocks=2), image_size=16)

    assert kit.num_norms(fused) == 2


def test_a_shared_weight_is_left_alone(kit: SimpleNamespace) -> None:
    model = net(
        kit, lambda self, images: kit.mean(self.b2(self.c2(self.b1(self.c1(self.b0(self.c0(images))))))), blocks=3
    )
    model.c2.weight = model.c1.weight

    fused = fuse(model, image_size=16)

    assert kit.num_norms(fused) == 2
    assert error(kit, model, fused) < 1e-5


def test_a_tolerance_that_rounding_passes_leaves_norms_rather_than_refusing(kit: SimpleNamespace) -> None:
    model = net(kit, lambda self, images: kit.mean(self.b1(self.c1(self.b0(self.c0(images))))), blocks=2)

    fused = fuse(model, image_size=16, tolerance=0.0)

    assert kit.num_norms(fused) > 0
    assert error(kit, model, fused) == 0


def test_a_model_without_finite_outputs_is_refused(kit: SimpleNamespace) -> None:
    model = net(kit, lambda self, images: kit.mean(self.b0(self.c0(images)) * float("nan")))

    with pytest.raises(CheckpointError, match="finite outputs"):
        fuse(model, image_size=16)


def test_a_model_with_another_output_at_each_call_is_refused(kit: SimpleNamespace) -> None:
    noise = np.random.default_rng(0)
    model = net(kit, lambda self, images: kit.mean(self.b0(self.c0(images)) * float(noise.normal())))

    with pytest.raises(CheckpointError, match="must give the same outputs"):
        fuse(model, image_size=16)
