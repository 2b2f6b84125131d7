"""`datatool advise` from a list to a recipe that trains, and everything that it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datatool.runs import read_recipe
from tests.helpers.frozen import frozen_recipe
from tests.helpers.program import Cli


@pytest.fixture
def frozen(home: Path) -> list[Any]:
    """Options that name a backbone and a place for features."""
    return ["--recipe", frozen_recipe(home), "--features", home / "features"]


def advised(cli: Cli, *arguments: Any, code: int = 0) -> Any:
    done = cli("advise", *arguments, "--json")
    assert done.code == code, done.err
    return json.loads(done.out)


@pytest.mark.slow
def test_advice_is_written_and_its_recipe_trains(cli: Cli, home: Path, frozen: list[Any]) -> None:
    out = home / "advice"
    told = advised(cli, home / "train.txt", *frozen, "--out", out)
    assert sorted(file.name for file in out.iterdir()) == ["advise.html", "advise.json", "recipe.yaml"]
    assert told == json.loads((out / "advise.json").read_text())
    assert [way["name"] for way in told["ways"]] == [
        "natural", "sqrt", "oversample", "weights:inverse", "logit-adjust"
    ]  # fmt: skip
    assert {way["verdict"] for way in told["ways"]} <= {"better", "worse", "no difference", "cannot tell"}
    assert told["same"] == [["logit-adjust", "corrected"]]
    assert told["classes"][2]["recall"] is None, "four rows: its recall is not told"
    assert any("under 5 real rows: 2" in said for said in told["refused"])
    assert told["recommended"] is not None
    words = told["command"].split()
    assert words[:3] == ["datatool", "balance", str(home / "train.txt")]
    assert cli(*words[1:]).code == 0
    recipe = read_recipe(out / "recipe.yaml").recipe
    assert recipe.model.freeze == "backbone"
    if told["recommended"] == "logit-adjust":
        assert recipe.loss.logit_adjust == 1.0
    assert "Copy the module of small_nets:paddle_net" in (out / "recipe.yaml").read_text()
    (out / "small_nets.py").write_text((home / "small_nets.py").read_text())
    done = cli("train", out / "recipe.yaml", "-o", "run.epochs=1")
    assert done.code == 0, done.err
    again = advised(cli, home / "train.txt", *frozen)
    assert again["ways"] == told["ways"], "the same list and seed give the same advice"


@pytest.mark.parametrize("each", [8, 3])
def test_a_balanced_list_says_so_without_training(
    cli: Cli, home: Path, frozen: list[Any], monkeypatch: pytest.MonkeyPatch, each: int
) -> None:
    """However few rows it has: nothing needs to be estimated."""
    lines = (home / "train.txt").read_text().splitlines()
    kept = [line for c in (0, 1) for line in [one for one in lines if one.endswith(f" {c}")][:each]]
    (home / "even.txt").write_text("".join(f"{line}\n" for line in kept))
    monkeypatch.setattr("datatool.probe._frozen.make_trainer", lambda _: pytest.fail("something was trained"))
    told = advised(cli, home / "even.txt", *frozen, "--out", home / "advice")
    assert (told["ways"], told["recommended"], told["command"], told["backbone"]) == ([], None, None, None)
    assert "balanced" in told["reason"]
    assert len(told["same"][0]) == 6
    assert sorted(file.name for file in (home / "advice").iterdir()) == ["advise.html", "advise.json"]


@pytest.mark.slow
def test_deployment_shares_are_an_objective(cli: Cli, home: Path, frozen: list[Any]) -> None:
    (home / "prior.json").write_text('{"0": 0.1, "1": 0.8, "2": 0.1}')
    told = advised(cli, home / "train.txt", *frozen, "--for", f"deploy:{home / 'prior.json'}", "--strategies", "sqrt")
    assert [way["name"] for way in told["ways"]] == ["natural", "sqrt", "logit-adjust", "corrected"]
    by_name = {way["name"]: way for way in told["ways"]}
    assert by_name["corrected"]["value"] >= by_name["natural"]["value"]
    assert not by_name["corrected"]["trained"]


@pytest.mark.slow
def test_synthetic_rows_get_a_share_and_parents(cli: Cli, home: Path, frozen: list[Any]) -> None:
    """Copies of a class's pictures under other names: their parents are found by look, and no copy is promised much."""
    lines = (home / "train.txt").read_text().splitlines()
    copies = []
    (home / "synth").mkdir()
    for line in [one for one in lines if one.endswith((" 1", " 2"))]:
        path, label = line.split()
        name = f"synth/{Path(path).stem}_v0.jpg"
        (home / name).write_bytes((home / path).read_bytes())
        copies.append(f"{name} {label}")
    (home / "both.txt").write_text("".join(f"{line}\n" for line in [*lines, *copies]))
    told = advised(cli, home / "both.txt", *frozen, "--synthetic", "synth/*")
    assert told["synthetic"]["parents"] == "hash"
    assert told["synthetic"]["num_parents"] == 12
    assert set(told["synthetic"]["tried"]) == {"0.1", "0.25", "0.5", "0.75"}
    told = advised(cli, home / "both.txt", *frozen, "--synthetic", "synth/*", "--parent", r"synth/(.+)_v\d")
    assert told["synthetic"]["parents"] == "pattern"
    assert told["synthetic"]["num_parents"] == 12


@pytest.mark.slow
def test_a_column_named_parent_says_what_a_row_was_made_from(cli: Cli, home: Path, frozen: list[Any]) -> None:
    lines = ["path,label,source,parent"]
    for line in (home / "train.txt").read_text().splitlines():
        path, label = line.split()
        lines.append(f"{path},{label},real,")
        if label == "1":
            (home / Path(path).name).write_bytes((home / path).read_bytes())
            lines.append(f"{Path(path).name},{label},synthetic,{path}")
    (home / "train.csv").write_text("".join(f"{line}\n" for line in lines))
    told = advised(cli, home / "train.csv", *frozen, "--strategies", "sqrt")
    assert (told["synthetic"]["parents"], told["synthetic"]["num_parents"]) == ("column", 8)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--for", "best"], "--for must be balanced, top1 or deploy:FILE"),
        (["--for", "deploy:"], "--for must be"),
        (
            ["--for", "deploy:nowhere.json"],
            "a prior must be a readable file; got 'No such file or directory' (nowhere.json)",
        ),
        (["--strategies", "weigths:inverse"], "strategy"),
        (["--set", "optimizer.lrr=1"], "key must be a known one"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_sentence(
    cli: Cli, home: Path, frozen: list[Any], options: list[str], said: str
) -> None:
    done = cli("advise", home / "train.txt", *frozen, *options, "--out", home / "advice")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (home / "advice").exists()


def test_a_backbone_without_weights_is_refused(cli: Cli, home: Path) -> None:
    done = cli("advise", home / "train.txt")
    assert done.code == 2
    assert "must have trained weights" in done.err
    assert "--pretrained" in done.err


def test_too_few_real_rows_are_refused(cli: Cli, home: Path, frozen: list[Any]) -> None:
    lines = (home / "train.txt").read_text().splitlines()
    kept = [line for line in lines if line.endswith(" 0")] + [line for line in lines if line.endswith(" 2")]
    (home / "few.txt").write_text("".join(f"{line}\n" for line in kept))
    done = cli("advise", home / "few.txt", *frozen)
    assert done.code == 2
    assert "two classes of 5 real rows" in done.err


def test_a_folder_of_something_else_is_not_replaced(cli: Cli, home: Path, frozen: list[Any]) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("x")
    done = cli("advise", home / "train.txt", *frozen, "--out", home / "mine")
    assert done.code == 2
    assert (home / "mine" / "thesis.txt").read_text() == "x"


@pytest.mark.slow
def test_a_backbone_that_was_trained_on_these_rows_is_refused(cli: Cli, home: Path, frozen: list[Any]) -> None:
    recipe = frozen[1]
    done = cli("train", recipe, "-o", "data.augment=eval", "-o", "model.freeze=backbone", "-o", "run.epochs=1")
    assert done.code == 0, done.err
    run = home / "runs" / recipe.stem
    for options in (["--backbone", run], ["--recipe", recipe, "--pretrained", next(run.rglob("model.safetensors"))]):
        done = cli("advise", home / "train.txt", *options, "--features", home / "features")
        assert done.code == 2
        assert "must not have been trained on these rows" in done.err
        assert "36 of 36" in done.err


def test_a_pattern_for_parents_that_no_row_needs_is_said_to_be_unused(cli: Cli, home: Path, frozen: list[Any]) -> None:
    lines = (home / "train.txt").read_text().splitlines()
    kept = [line for c in (0, 1) for line in [one for one in lines if one.endswith(f" {c}")][:8]]
    (home / "even.txt").write_text("".join(f"{line}\n" for line in kept))
    done = cli("advise", home / "even.txt", *frozen, "--parent", "(x)")
    assert (done.code, "--parent is left unused" in done.err) == (0, True)


def test_the_balance_line_keeps_what_was_said_about_faulty_rows(tmp_path: Path) -> None:
    from datatool.advise import AdviseOptions
    from datatool.advise._write import command_line
    from datatool.schemas import AdviseDocument

    document = AdviseDocument(
        objective="balanced", rows=9, classes=[], backbone=None, trainer=None, folds=5, repeats=2, ways=[], same=[],
        recommended="weights:inverse", reason="", command=None, synthetic=None, growth=None, refused=[],
    )  # fmt: skip
    options = AdviseOptions(skip_faulty=True, allow_outside_root=True)
    line = command_line(document, options, dataset="'a b.txt'", out=tmp_path / "o p")
    assert line == (
        "datatool balance 'a b.txt' --strategy natural --weights inverse --skip-faulty --allow-outside-root "
        f"--epoch-size 9 --out '{tmp_path}/o p/train.plan'"
    )
