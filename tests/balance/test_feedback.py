from __future__ import annotations

from pathlib import Path

import pytest

from datatool.balance._feedback import check_classes, feedback_advice, read_eval
from datatool.errors import ConfigError
from datatool.schemas import EvalDocument


def _eval(
    recalls: dict[int, float | None], support: int = 100, losses: tuple[float, float] | None = None
) -> EvalDocument:
    per_class = [
        {"class": label, "name": str(label), "support": support, "recall": recall, "precision": recall}
        for label, recall in recalls.items()
    ]
    cells = [] if losses is None else [
        {"class": 0, "source": source, "rows": 9, "loss": loss}
        for source, loss in zip(("real", "synthetic"), losses, strict=True)
    ]  # fmt: skip
    return EvalDocument.parse(
        {
            "top1": 0.5,
            "balanced_accuracy": 0.5,
            "per_class": per_class,
            "per_source": [],
            "confusion": [],
            "train_cells": cells,
        }
    )


def test_a_class_whose_recall_fell_is_flagged_with_both_remedies() -> None:
    before, after = _eval({0: 0.9, 1: 0.9, 2: 0.9}), _eval({0: 0.7, 1: 0.88, 2: 0.7})
    [advice] = feedback_advice(after, before, frozenset({0, 1}))

    assert (advice.rule, advice.label) == ("Q4.1 rule 3", 0)
    assert advice.numbers["recall_before"] == 0.9
    assert advice.numbers["recall_after"] == 0.7
    assert advice.numbers["factor"] == pytest.approx(3)  # error rates 0.3 and 0.1
    assert advice.options == ["--weight 0/synthetic=0.33", "--weight 0=3"]
    assert "noise, or hard samples" in advice.message


def test_a_fall_within_one_standard_error_is_not_flagged() -> None:
    before, after = _eval({0: 0.9}, support=5), _eval({0: 0.75}, support=5)

    assert feedback_advice(after, before, frozenset({0})) == []
    assert len(feedback_advice(_eval({0: 0.75}), _eval({0: 0.9}), frozenset({0}))) == 1


def test_the_factor_has_a_cap_and_the_worst_class_comes_first() -> None:
    before, after = _eval({0: 0.5, 1: 1.0}), _eval({0: 0.25, 1: 0.5})
    advice = feedback_advice(after, before, frozenset({0, 1}))

    assert [(one.label, one.numbers["factor"]) for one in advice] == [(1, 3.0), (0, 1.5)]


def test_classes_that_were_not_measured_are_left_out() -> None:
    assert feedback_advice(_eval({0: None, 2: 0.1}), _eval({0: 0.9, 1: 0.9}), frozenset({0, 1, 2})) == []


@pytest.mark.parametrize(("losses", "flagged"), [((0.5, 1.5), True), ((0.5, 0.9), False), ((0.0, 0.0), False)])
def test_one_run_is_judged_by_the_loss_of_its_sources(losses: tuple[float, float], flagged: bool) -> None:
    advice = feedback_advice(_eval({0: 0.9}, losses=losses), None, frozenset({0}))

    assert bool(advice) == flagged
    if flagged:
        assert advice[0].numbers == {"loss_synthetic": 1.5, "loss_real": 0.5, "factor": 3.0}


def test_one_run_without_losses_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"must hold its training loss per source .* Hint: give --before"):
        feedback_advice(_eval({0: 0.9}), None, frozenset({0}))


def test_what_is_not_an_eval_document_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "eval.json"
    with pytest.raises(ConfigError, match=r"feedback must be the eval\.json of a run"):
        read_eval(file)
    file.write_text("{")
    with pytest.raises(ConfigError, match="feedback must be JSON"):
        read_eval(file)
    file.write_text('{"top": 1}')
    with pytest.raises(ConfigError, match="top"):
        read_eval(file)


def test_feedback_of_other_classes_is_refused() -> None:
    """Where it has none of the rows' classes, or one of another name; a run without names has the ids for names."""
    document, file = _eval({0: 0.9, 1: 0.9}), Path("eval.json")
    check_classes(document, file, labels=[0, 1], names=None)
    check_classes(document, file, labels=[0, 1], names={0: "cat", 1: "dog"})
    check_classes(document, file, labels=[1, 2], names=None)
    with pytest.raises(ConfigError, match="the classes of the rows; it has none"):
        check_classes(document, file, labels=[2, 3], names=None)
    document.per_class[1] = document.per_class[1].model_copy(update={"name": "owl"})
    with pytest.raises(ConfigError, match="class 1 is 'dog' in the rows and 'owl' in the run"):
        check_classes(document, file, labels=[0, 1], names={0: "cat", 1: "dog"})


def test_a_plan_is_no_feedback(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"schema": "datatool.plan/1"}')
    with pytest.raises(ConfigError, match=r"eval\.json of a run; got a file of the kind 'datatool.plan/1'"):
        read_eval(file)
