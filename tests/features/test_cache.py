"""A run on cached features is the run on images; where it would not be, the cache is not used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.evaluation import EvalRows
from datatool.features import FeatureCache
from datatool.models import AMP_TOLERANCE
from datatool.schemas import Plan
from datatool.trainers import ModuleTrainer, make_trainer
from tests.helpers.pixel_features import opened
from tests.helpers.runs import Run, document, figures, weights

ON: dict[str, Any] = {"epochs": 2, "feature_cache": "on"}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen layers are compiled, however few pictures there are."""
    monkeypatch.setattr(ModuleTrainer, "passes_to_compile", lambda *_: 0)


@pytest.mark.parametrize("compiles", [False, True])
def test_the_cache_gives_what_eager_training_gives(
    run: Run, home: Path, compiles: bool, request: pytest.FixtureRequest
) -> None:
    """Two fixed views: the same weights within rounding, the same decisions; a second run reads the stored features."""
    if compiles:
        request.getfixturevalue("compiled")
    frozen: dict[str, Any] = {"model": {"freeze": "until:relu2"}, "data": {"views": 2}, "run": {**ON, "epochs": 4}}
    cached, eager = run("cached", **frozen), run("eager", **{**frozen, "run": {"epochs": 4, "feature_cache": "off"}})
    for name, expected in weights(eager).items():
        np.testing.assert_allclose(weights(cached)[name], expected, rtol=1e-3, atol=1e-5, err_msg=name)
    assert document(cached).confusion == document(eager).confusion
    stores = list((home / "runs" / ".features").iterdir())
    assert len(stores) == 2, "one of the plan, one of the list to evaluate on"
    before = {store: (store / "features.npy").stat().st_mtime_ns for store in stores}
    run("again", **frozen)
    assert {store: (store / "features.npy").stat().st_mtime_ns for store in stores} == before


def test_the_cache_is_keyed_by_weights_transform_and_rows(run: Run, home: Path) -> None:
    """Each of them makes a store of its own; another strategy over the same rows makes none."""
    stores = home / "runs" / ".features"
    frozen: dict[str, Any] = {"model": {"freeze": "backbone"}, "run": {**ON, "epochs": 4}}
    (home / "half.txt").write_text("".join((home / "train.txt").read_text().splitlines(keepends=True)[::2]))
    seen = 0
    for name, data, seed, is_new in (
        ("a", {}, 0, True),
        ("b", {"image_size": 20}, 0, True),
        ("c", {"train": "over.plan"}, 0, False),
        ("d", {"train": "half.txt", "strategy": "natural"}, 0, True),
        ("e", {}, 1, True),
    ):
        run(name, data={"augment": "eval", "eval_resize": 24, **data}, **{**frozen, "global": {"seed": seed}})
        assert (len(list(stores.iterdir())) > seen) == is_new, name
        seen = len(list(stores.iterdir()))


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"model": {"freeze": "backbone"}}, "every draw has another picture"),
        ({"model": {"freeze": "backbone"}, "data": {"views": 3}}, "134 passes of the frozen layers and training"),
        ({"model": {"freeze": ["bn2"]}, "data": {"views": 1}, "run": ON}, "cannot be cut"),
        (
            {
                "model": {"freeze": "until:blocks.0", "backbone": "small_nets:paddle_vit"},
                "data": {"views": 1},
                "run": ON,
            },
            "cut",
        ),
    ],
)
def test_where_features_would_not_be_the_same_the_run_is_eager_and_says_so(
    run: Run, caplog: pytest.LogCaptureFixture, sections: dict[str, Any], reason: str
) -> None:
    """Moving pictures, more passes than without, a frozen part that is no prefix."""
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run(**sections)
    assert reason in caplog.text
    assert figures(folder)


def test_a_cache_is_tried_on_few_pictures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding the cut costs several eager passes of each, which a short run would not win back."""
    tried: list[int] = []
    real = ModuleTrainer.prefix

    def prefix(trainer: ModuleTrainer, images: Any, /) -> Any:
        tried.append(len(images))
        return real(trainer, images)

    monkeypatch.setattr(ModuleTrainer, "prefix", prefix)
    run(model={"freeze": "backbone"}, data={"augment": "eval", "batch_size": 16}, run=ON)
    assert tried == [4]


def test_a_transformer_is_cached_before_its_head(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """No chain of children, but everything in front of the head is a prefix."""
    with caplog.at_level("INFO", logger="datatool.training"):
        run(model={"backbone": "small_nets:paddle_vit", "freeze": "backbone"}, data={"augment": "eval"}, run=ON)
    assert "training on 36 cached features" in caplog.text


def test_unreadable_pictures_are_replaced_in_the_cache_too(
    run: Run, lists: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From their own cell: quotas hold, and the run ends."""
    drawn: list[int] = []
    real = FeatureCache.tensor

    def tensor(cache: FeatureCache, array: Any, /) -> Any:
        drawn.extend(array.tolist() if array.dtype == np.int64 else [])
        return real(cache, array)

    monkeypatch.setattr(FeatureCache, "tensor", tensor)
    pictures = home / "pictures"
    pictures.unlink()
    pictures.mkdir()
    for path in (lists / "pictures").iterdir():
        (pictures / path.name).write_bytes(b"" if path.name == "train_2_0.jpg" else path.read_bytes())
    plan = home / "bad.plan"
    from datatool.balance import make_plan
    from datatool.rows import open_rows, resolve

    (home / "own.txt").write_text(3 * (lists / "train.txt").read_text())  # of 108 rows one file may be unreadable
    with open_rows(resolve(str(home / "own.txt"))) as rows:
        make_plan(rows, strategy="natural", out=plan)
    run(
        model={"freeze": "backbone"},
        data={"augment": "eval", "train": "bad.plan", "val": None},
        run={**ON, "epochs": 1},
    )
    assert np.bincount(drawn).tolist() == [72, 24, 12]


@pytest.mark.parametrize(("trainer", "backbone"), [("paddle", "paddle_net"), ("torch", "torch_net")])
def test_mixed_precision_computes_cached_features_in_bfloat16(
    run: Run, home: Path, trainer: str, backbone: str
) -> None:
    """Under a key of their own, near those of full precision and not equal to them."""
    pytest.importorskip(trainer)
    made = make_trainer(trainer)
    assert isinstance(made, ModuleTrainer)
    if not made.kit.has_amp_inference:
        pytest.skip("this CPU has no bfloat16 instructions")
    found: list[Any] = []
    for amp in (False, True):
        run(
            f"amp_{amp}",
            model={"backbone": f"small_nets:{backbone}", "freeze": "until:relu2"},
            data={"augment": "eval", "val": None},
            optimizer={"amp": amp},
            run={"trainer": trainer, "epochs": 1, "feature_cache": "on"},
        )
        stores = sorted((home / "runs" / ".features").iterdir(), key=lambda store: store.stat().st_mtime_ns)
        assert len(stores) == len(found) + 1
        found.append(np.load(stores[-1] / "features.npy"))
    assert not np.array_equal(*found)
    np.testing.assert_allclose(found[1], found[0], atol=AMP_TOLERANCE * np.abs(found[0]).max())


def test_features_of_a_list_are_those_of_that_list_however_many_came_before(home: Path) -> None:
    """Lists that are gone leave their place in memory to others, and not their features."""
    cache, _ = opened(home, Plan.open(home / "nat.plan"), {"augment": "eval"})
    found = []
    for name in (f"val_{label}_{index}.jpg" for label in range(3) for index in range(6)):
        rows = EvalRows(
            path=[str(home / "pictures" / name)], label=np.zeros(1, np.int64), source=np.array(["real"]), file=""
        )
        features = cache.of_rows(rows)
        assert features is not None
        assert cache.of_rows(rows) is features
        found.append(features.array.tobytes())
    assert len(set(found)) == 18
