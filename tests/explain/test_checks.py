"""`--check` looks at the list, the machine, the weights and the files that a log names, and says what remains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datatool.explain import explain
from datatool.schemas import ExplainMatch

LABEL = (
    "IndexError: (OutOfRange) label value should less than the shape of axis dimension when label value({0}) not equal "
    "to ignore_index(-100), But received label value as {0} and shape of axis dimension is {1}\n"
)


def _settings(**values: str) -> str:
    """What PaddleClas prints of a configuration; the list and the root by their keys."""
    lines = ["DataLoader : ", "    Train : ", "        dataset : "]
    lines += [f"            {key} : {value}" for key, value in values.items() if key != "pretrained_model"]
    lines += ["Global : ", *(f"    {key} : {value}" for key, value in values.items() if key == "pretrained_model")]
    return "".join(f"[2024/03/12 09:30:00] ppcls INFO: {line}\n" for line in lines)


def _checked(tmp_path: Path, text: str) -> ExplainMatch:
    (tmp_path / "run.log").write_text(text)
    cause = explain(tmp_path / "run.log", check=True, folder=tmp_path).cause
    assert cause is not None
    return cause


def _verdicts(cause: ExplainMatch) -> dict[str, str]:
    return {one.text.split()[0]: one.verdict for one in cause.causes}


@pytest.mark.parametrize(
    ("ids", "first"),
    [((1, 2, 3), "Ids start at 1"), ((0, 2, 3), "class_num is the number of ids"), ((0, 1, 2, 3), "class_num of the")],
)
def test_the_list_that_the_log_names_tells_the_causes_apart(tmp_path: Path, ids: tuple[int, ...], first: str) -> None:
    """The same line of the same log, three lists."""
    (tmp_path / "train.txt").write_text("".join(f"{number}.jpg {label}\n" for number, label in enumerate(ids)))
    cause = _checked(tmp_path, _settings(cls_label_path="./train.txt") + LABEL.format(3, 3))
    assert cause.causes[0].text.startswith(first)
    assert cause.causes[0].verdict == "confirmed"


def test_a_blank_line_is_told_from_a_tab(tmp_path: Path) -> None:
    failure = 'Traceback (most recent call last):\n  File "imagenet_dataset.py", line 71, in _load_anno\n    x\n'
    text = _settings(cls_label_path="./train.txt") + failure + "IndexError: list index out of range\n"
    (tmp_path / "train.txt").write_text("a.jpg 0\nb.jpg 1\n\n")
    assert _checked(tmp_path, text).causes[0].text.startswith("A blank line")
    (tmp_path / "train.txt").write_text("a.jpg\t0\nb.jpg\t1\n")
    assert _checked(tmp_path, text).causes[0].text.startswith("A tab or a comma")


def test_pictures_that_are_all_missing_are_told_from_one(tmp_path: Path) -> None:
    failure = 'Traceback (most recent call last):\n  File "imagenet_dataset.py", line 74, in _load_anno\n    x\n'
    text = _settings(cls_label_path="train.txt", image_root="images") + failure
    (tmp_path / "images").mkdir()
    (tmp_path / "train.txt").write_text("a.jpg 0\nb.jpg 1\n")
    cause = _checked(tmp_path, text + "AssertionError: path images/a.jpg does not exist.\n")
    assert ("image_root is wrong.", "confirmed") == (cause.causes[0].text, cause.causes[0].verdict)
    (tmp_path / "images" / "a.jpg").write_bytes(b"")
    cause = _checked(tmp_path, text + "AssertionError: path images/b.jpg does not exist.\n")
    assert ("This one file, or a few, are missing.", "confirmed") == (cause.causes[0].text, cause.causes[0].verdict)


def test_a_list_that_is_not_here_leaves_the_order_and_says_so(tmp_path: Path) -> None:
    cause = _checked(tmp_path, _settings(cls_label_path="gone.txt") + LABEL.format(3, 3))
    assert cause.causes[0].verdict == "likely"
    assert "gone.txt is not here" in cause.causes[0].found


def test_a_weights_file_is_told_from_a_folder_and_from_nothing(tmp_path: Path) -> None:
    text = "ValueError: Model pretrain path {} does not exists.\n"
    assert _verdicts(_checked(tmp_path, text.format("pre/net")))["The"] in ("confirmed", "unlikely", "ruled-out")
    (tmp_path / "old").mkdir()
    first = _checked(tmp_path, text.format("old.pdparams")).causes[0]
    assert ("The path is that of a folder", "confirmed") == (first.text[:28], first.verdict)


def test_a_headless_file_is_told_by_its_names(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"conv.weight": np.zeros((2, 2), "float32")}, tmp_path / "backbone.safetensors")
    skip = "UserWarning: Skip loading for {0}. {0} is not found in the provided dict.\n"
    text = _settings(pretrained_model="backbone.safetensors") + "".join(
        skip.format(name) for name in ("fc.weight", "fc.bias")
    )
    (tmp_path / "run.log").write_text(text)
    document = explain(tmp_path / "run.log", check=True, folder=tmp_path)
    assert document.cause is None
    assert ("confirmed", "backbone.safetensors has no head") == (
        document.harmless[0].causes[0].verdict,
        document.harmless[0].causes[0].found,
    )


def test_the_inference_model_of_the_other_version_is_seen_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "inference").mkdir()
    (tmp_path / "inference" / "inference.pdmodel").write_bytes(b"")
    said = "(NotFound) Cannot open file inference/inference.json, please confirm whether the file is normal."
    cause = _checked(tmp_path, f"RuntimeError: {said}\n")
    assert (cause.causes[0].text[:14], cause.causes[0].verdict) == ("Paddle 3 wants", "confirmed")
    assert cause.causes[1].verdict == "confirmed"


def test_memory_that_is_free_now_says_nothing_of_then(tmp_path: Path) -> None:
    cause = _checked(tmp_path, "RuntimeError: DataLoader worker (pid(s) 4711) exited unexpectedly\n")
    memory = next(one for one in cause.causes if "ran out of memory" in one.text)
    assert memory.verdict in ("possible", "confirmed")


def test_a_file_that_is_there_rules_out_that_it_is_missing(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("")
    line = "FileNotFoundError: [Errno 2] No such file or directory: '{}'\n"
    assert {one.verdict for one in _checked(tmp_path, line.format("here.txt")).causes} == {"ruled-out"}
    assert {one.verdict for one in _checked(tmp_path, line.format("gone.txt")).causes} == {"confirmed"}
