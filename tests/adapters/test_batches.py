"""Batches under other people's loops: the same rows as the loader's own, after a resume too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool import BalancedLoader
from datatool.adapters import PlanBatches, paddle_batches, torch_batches
from datatool.errors import ConfigError, LoaderError
from tests.helpers.written_plans import write_pictures, write_plan

SIZES: dict[str, Any] = {"batch_size": 4, "image_size": 16, "num_threads": 1, "cache": None}
NAMES = {"images": "pixel_values", "labels": "labels", "rows": "rows", "positions": "positions"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """13 pictures in 2 classes, oversampled to 20 draws: 5 steps of 4."""
    home = tmp_path_factory.mktemp("plan")
    return write_plan(home / "train.plan", home / "pictures", write_pictures(home / "pictures", {0: 10, 1: 3}))


@pytest.fixture(scope="module")
def epochs(plan: Path) -> list[list[list[int]]]:
    """Rows of each step of three epochs."""
    with BalancedLoader(plan, framework="numpy", **SIZES) as loader:
        return [[batch.rows.tolist() for batch in loader.epoch(epoch)] for epoch in range(3)]


@pytest.fixture
def batches(plan: Path) -> Iterator[PlanBatches[dict[str, Any]]]:
    pytest.importorskip("torch")
    with torch_batches(plan, names=NAMES, **SIZES) as made:
        yield made


def rows(given: dict[str, Any]) -> list[int]:
    return [int(row) for row in given["rows"]]


def test_mappings_hold_the_fields_that_are_named(plan: Path, batches: PlanBatches[dict[str, Any]]) -> None:
    import torch

    first = next(iter(batches))
    assert ["pixel_values", "labels", "rows", "positions"] == list(first)
    assert (4, 3, 16, 16) == tuple(first["pixel_values"].shape)
    assert torch.int64 == first["labels"].dtype
    with torch_batches(plan, **SIZES) as plain:
        assert ["images", "labels", "weights"] == list(next(iter(plain)))
    with torch_batches(plan, augment="crop-flip+mixup", **SIZES) as mixed:
        assert ["images", "labels", "weights", "partner_labels", "shares"] == list(next(iter(mixed)))


def test_passes_are_epochs_or_those_that_were_chosen(
    batches: PlanBatches[dict[str, Any]], epochs: list[list[list[int]]]
) -> None:
    assert 5 == len(batches) == len(batches.batch_sampler)
    assert 20 == len(batches.dataset)
    assert epochs[:2] == [[rows(batch) for batch in batches] for _ in range(2)]
    batches.set_epoch(0)
    assert epochs[0] == [rows(batch) for batch in batches]
    batches.sampler.set_epoch(2)  # Lightning's count, which a resume may leave one ahead
    assert epochs[1] == [rows(batch) for batch in batches]


@pytest.mark.parametrize("step", [0, 2, 5])
def test_a_state_goes_on_in_the_middle_of_an_epoch(
    plan: Path, batches: PlanBatches[dict[str, Any]], epochs: list[list[list[int]]], step: int
) -> None:
    batches.set_epoch(1)
    begun = iter(batches)
    for _ in range(step):
        next(begun)
    state = json.loads(json.dumps(batches.state_dict()))

    with torch_batches(plan, names=NAMES, **SIZES) as other:
        other.load_state_dict(state)
        expected = epochs[1][step:] if step < 5 else epochs[2]
        assert expected == [rows(batch) for batch in other]


def test_a_data_loader_over_the_later_steps_skips_without_decoding(
    batches: PlanBatches[dict[str, Any]], epochs: list[list[list[int]]]
) -> None:
    """What `accelerate.skip_first_batches` makes of an object: a DataLoader over its data set and its batch sampler."""
    from torch.utils.data import DataLoader

    class Skip:
        batch_sampler = batches.batch_sampler

        def __iter__(self) -> Iterator[Any]:
            return (place for number, place in enumerate(self.batch_sampler) if number >= 3)

        def __len__(self) -> int:
            return 2

    later: Any = DataLoader(batches.dataset, batch_sampler=Skip(), collate_fn=batches.collate_fn)  # type: ignore[arg-type]
    Skip.batch_sampler.set_epoch(1)

    assert epochs[1][3:] == [rows(batch) for batch in later]
    assert 8 == batches.loader.stats()["images"]
    batches.set_epoch(2)
    assert epochs[2] == [rows(batch) for batch in batches]


def test_accelerate_skips_steps_of_these_batches(
    batches: PlanBatches[dict[str, Any]], epochs: list[list[list[int]]]
) -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not in the test group")
    later = accelerate.skip_first_batches(batches, 4)
    later.batch_sampler.batch_sampler.set_epoch(1)  # as the Trainer of Hugging Face says it
    assert epochs[1][4:] == [rows(batch) for batch in later]


def test_a_mapping_without_weights_needs_a_row_for_each_rank(plan: Path) -> None:
    pytest.importorskip("torch")
    options = {**SIZES, "batch_size": 3, "world_size": 3, "local_world_size": 1}
    with pytest.raises(ConfigError, match="the last batch must have a row for each of the 3 ranks; it has 2"):
        torch_batches(plan, names=NAMES, **options)
    with torch_batches(plan, rank=2, **options) as weighted:
        assert 0.0 == float([batch["weights"] for batch in weighted][-1].sum())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"names": {"image": "x"}}, ConfigError, "a field of a batch must be one of images, labels, .*; got 'image'"),
        ({"framework": "numpy"}, ConfigError, "framework must be left out: it is torch"),
        ({"batch_size": 0}, ConfigError, "batch_size must be"),
    ],
)
def test_what_cannot_be_is_said(plan: Path, options: dict[str, Any], error: type[Exception], message: str) -> None:
    pytest.importorskip("torch")
    with pytest.raises(error, match=message):
        torch_batches(plan, **{**SIZES, **options})


def test_a_state_of_another_plan_is_refused(batches: PlanBatches[dict[str, Any]]) -> None:
    with pytest.raises(LoaderError, match="must have the same fingerprint"):
        batches.load_state_dict({**batches.state_dict(), "fingerprint": "other"})


def test_lists_are_in_the_order_that_was_asked_for(plan: Path, epochs: list[list[list[int]]]) -> None:
    pytest.importorskip("paddle")
    with paddle_batches(plan, fields=("images", "labels", "rows"), **SIZES) as batches:
        found = list(batches)
    assert epochs[0] == [batch[2].numpy().tolist() if hasattr(batch[2], "numpy") else list(batch[2]) for batch in found]
    assert [4, 3, 16, 16] == list(found[0][0].shape)
    with paddle_batches(plan, **SIZES) as batches:
        assert 2 == len(next(iter(batches)))


def test_lightning_resumes_in_the_middle_of_an_epoch(plan: Path, tmp_path: Path, epochs: list[list[list[int]]]) -> None:
    pl = pytest.importorskip("lightning.pytorch", reason="Lightning is not in the test group")
    import torch

    class Seen(pl.LightningModule):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
            self.rows: list[list[int]] = []

        def training_step(self, batch: dict[str, Any], _: int) -> torch.Tensor:
            self.rows.append(rows(batch))
            loss: torch.Tensor = self.layer(torch.ones(1, 1)).sum()
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    def fit(max_steps: int, saved: Path | None) -> list[list[int]]:
        model = Seen()
        trainer = pl.Trainer(
            max_steps=max_steps,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            accelerator="cpu",
        )
        with torch_batches(plan, names=NAMES, **SIZES) as made:
            trainer.fit(model, made, ckpt_path=saved, weights_only=False)
            trainer.save_checkpoint(tmp_path / f"{max_steps}.ckpt")
        return model.rows

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice of Lightning's on loggers and workers
        first = fit(7, None)
        second = fit(13, tmp_path / "7.ckpt")

    assert [step for epoch in epochs for step in epoch][:13] == first + second


def test_the_trainer_of_hugging_face_resumes_in_the_middle_of_an_epoch(
    plan: Path, tmp_path: Path, epochs: list[list[list[int]]]
) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not in the test group")
    pytest.importorskip("accelerate", reason="accelerate is not in the test group")
    import torch

    class Seen(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
            self.rows: list[list[int]] = []

        def forward(self, **batch: Any) -> dict[str, torch.Tensor]:
            self.rows.append(rows(batch))
            return {"loss": self.layer(torch.ones(1, 1)).sum()}

    def fit(max_steps: int, resume: bool) -> list[list[int]]:
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"),
            max_steps=max_steps,
            save_steps=7,
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            per_device_train_batch_size=4,
        )
        with torch_batches(plan, names=NAMES, **SIZES) as made:

            class Balanced(transformers.Trainer):  # type: ignore[name-defined]
                def get_train_dataloader(self) -> Any:
                    return made

            model = Seen()
            Balanced(model=model, args=arguments).train(resume_from_checkpoint=resume)
        return model.rows

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch and transformers, on devices and their own future
        first = fit(7, resume=False)
        second = fit(13, resume=True)

    assert [step for epoch in epochs for step in epoch][:13] == first + second


def test_a_paddle_model_is_fitted_epoch_by_epoch(plan: Path, epochs: list[list[list[int]]]) -> None:
    paddle = pytest.importorskip("paddle")
    seen: list[list[int]] = []

    class Seen(paddle.nn.Layer):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = paddle.nn.Linear(1, 2)

        def forward(self, images: Any) -> Any:
            return self.layer(images.mean(axis=[1, 2, 3], keepdim=True).reshape([-1, 1]))

    class Loss(paddle.nn.Layer):  # type: ignore[name-defined]
        def forward(self, logits: Any, labels: Any, rows: Any) -> Any:
            seen.append(np.asarray(rows).astype(int).ravel().tolist())
            return paddle.nn.functional.cross_entropy(logits, labels)

    import warnings

    with warnings.catch_warnings(), paddle_batches(plan, fields=("images", "labels", "rows"), **SIZES) as batches:
        warnings.simplefilter("ignore")  # Paddle's, on copies of tensors
        model = paddle.Model(
            Seen(),
            inputs=[paddle.static.InputSpec([None, 3, 16, 16], "float32", "images")],
            labels=[
                paddle.static.InputSpec([None], "int64", "labels"),
                paddle.static.InputSpec([None], "int64", "rows"),
            ],
        )
        model.prepare(paddle.optimizer.SGD(0.1, parameters=model.parameters()), Loss())
        model.fit(batches, epochs=2, verbose=0)

    assert [step for epoch in epochs[:2] for step in epoch] == seen
