"""`paddleclas balance`: lists, overrides that PaddleClas's rules lead back to the same rows, and the sampler."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError, DatasetError, FindingsError
from datatool.paddleclas import Balanced, balance_config, read_config
from datatool.runs import clas_option
from tests.helpers.clas_reader import applied, rows_of
from tests.helpers.clas_yaml import TRAIN, dataset, sections, six_section, write
from tests.helpers.program import Cli


def balanced(folder: Path, tree: dict[str, Any], /, *, strategy: str = "undersample", **options: Any) -> Balanced:
    """A YAML that runs in ``folder``, balanced into ``folder / "out"``."""
    lists = {name: options.pop(name) for name in ("train", "val") if name in options}
    file = write(folder, tree, **lists)
    given = options.pop("overrides", [])
    config = read_config(file, overrides=given, cwd=folder)
    return balance_config(config, strategy=strategy, out=folder / "out", overrides=given, **options)


def through_a_shell(text: str) -> list[str]:
    """The words that a shell makes of it."""
    script = f"printf '%s\\0' {' '.join(text.splitlines())}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    return os.fsdecode(done.stdout).split("\0")[:-1]


def test_overrides_lead_paddleclas_to_the_balanced_rows(tmp_path: Path) -> None:
    """Applied by an independent copy of its rules, through a real shell."""
    done = balanced(tmp_path, sections(), strategy="oversample")
    words = through_a_shell((tmp_path / "out" / "overrides.txt").read_text())
    assert shlex.split((tmp_path / "out" / "overrides.txt").read_text()) == words
    tree = applied(tmp_path / "clas.yaml", words[1::2])
    rows = rows_of(tree["DataLoader"]["Train"]["dataset"])
    assert {0: 12, 1: 12, 2: 12} == Counter(label for _, label in rows)
    assert all(path.startswith(str(tmp_path / "data" / "img")) for path, _ in rows)
    assert 3 == tree["Arch"]["class_num"]
    assert done.exported is not None
    assert 36 == done.exported.lines


@pytest.mark.parametrize("name", ["it's", "a b", "$HOME", '"', "`ls`", "back\\slash", "k=v", "bang!", "ü", "*;&|#"])
def test_overrides_are_safe_in_any_folder(tmp_path: Path, name: str) -> None:
    """Quotes, blanks, dollars, an equals sign: a shell and PaddleClas's evaluation give the path back."""
    folder = tmp_path / name
    folder.mkdir()
    done = balanced(folder, sections())
    words = through_a_shell((folder / "out" / "overrides.txt").read_text())
    rows = rows_of(applied(folder / "clas.yaml", words[1::2])["DataLoader"]["Train"]["dataset"])
    assert {0: 3, 1: 3, 2: 3} == Counter(label for _, label in rows)
    assert str(folder / "data") in rows[0][0]
    assert all(one.startswith('-o "') for one in done.overrides)


def test_a_literal_gives_any_text_back() -> None:
    """Every character below 0x250, and some beyond."""
    for char in [*map(chr, range(0x250)), "\u2028", "\U0001f600", "\udcff"]:
        if char == "\0":
            continue
        [_, word] = shlex.split(clas_option("k", f"a{char}b"))
        _, _, value = word.partition("=")
        assert "=" not in value
        assert f"a{char}b" == eval(value), hex(ord(char))


def test_several_epochs_reach_every_row(tmp_path: Path) -> None:
    """One epoch of undersampling leaves 12 of 21 rows out for good; four have them all, and train as long."""
    one = balanced(tmp_path, sections())
    assert one.exported is not None
    assert 12 == one.exported.unseen
    assert 4 == one.exported.epochs_for_all
    assert "12 of 21 rows are never seen" in one.exported.frozen()
    tree = sections(Optimizer__lr__warmup_epoch=2)
    four = balanced(tmp_path, tree, num_epochs=4)
    assert four.exported is not None
    assert 0 == four.exported.unseen
    lines = (tmp_path / "out" / "train_list.txt").read_text().splitlines()
    assert 36 == len(lines)
    assert 21 == len(set(lines))
    for epoch in range(4):
        part = [line.split()[1] for line in lines[9 * epoch : 9 * epoch + 9]]
        assert {"0": 3, "1": 3, "2": 3} == Counter(part)
    assert '-o "Global.epochs=2"' in four.overrides
    assert '-o "Optimizer.lr.warmup_epoch=0.5"' in four.overrides


def test_a_tab_list_stays_one(tmp_path: Path) -> None:
    """With the YAML's delimiter; paths with blanks are whole."""
    tree = sections()
    tree["DataLoader"]["Train"]["dataset"]["delimiter"] = "\t"
    train = "".join(f"a b/{n}.jpg\t{n % 2}\n" for n in range(6))
    done = balanced(tmp_path, tree, train=train, val="v.jpg 0\nw.jpg 1\n")
    assert """-o "DataLoader.Train.dataset.delimiter='\\t'\"""" in done.overrides
    config = applied(tmp_path / "clas.yaml", shlex.split("\n".join(done.overrides))[1::2])
    assert str(tmp_path / "data" / "a b") in rows_of(config["DataLoader"]["Train"]["dataset"])[0][0]


def test_a_relabelled_list_is_relabelled_no_more(tmp_path: Path) -> None:
    """In both lists, and class_num is raised to what the ids need."""
    tree = sections()
    for mode in ("Train", "Eval"):
        tree["DataLoader"][mode]["dataset"]["relabel"] = True
    done = balanced(tmp_path, tree, train="a.jpg 7\nb.jpg 7\nc.jpg 9\n", val="d.jpg 7\ne.jpg 9\n")
    assert '-o "DataLoader.Train.dataset.relabel=False"' in done.overrides
    assert '-o "DataLoader.Eval.dataset.relabel=False"' in done.overrides
    assert '-o "Arch.class_num=10"' in done.overrides
    assert done.ids_differ


def test_six_section_files_get_their_own_keys(tmp_path: Path) -> None:
    """Among them total_images, from which release 2.0 counts its steps."""
    done = balanced(tmp_path, six_section(), strategy="oversample")
    assert '-o "total_images=36"' in done.overrides
    tree = applied(tmp_path / "clas.yaml", shlex.split("\n".join(done.overrides))[1::2])
    assert 3 == tree["classes_num"]
    section = tree["TRAIN"]
    rows = rows_of(
        {"cls_label_path": section["file_list"], "image_root": section["data_dir"], "delimiter": section["delimiter"]}
    )
    assert {0: 12, 1: 12, 2: 12} == Counter(label for _, label in rows)


def test_class_num_goes_where_the_model_has_it(tmp_path: Path) -> None:
    """Into the head, into student and teacher, or where nothing said it."""
    head = {"name": "RecModel", "Backbone": {"name": "X"}, "Head": {"name": "FC", "class_num": 2}}
    assert '-o "Arch.Head.class_num=3"' in balanced(tmp_path, sections(Arch=head)).overrides
    models = [{"Teacher": {"name": "A", "class_num": 2}}, {"Student": {"name": "B", "class_num": 2}}]
    both = balanced(tmp_path, sections(Arch={"name": "DistillationModel", "models": models})).overrides
    assert '-o "Arch.models.0.Teacher.class_num=3"' in both
    assert '-o "Arch.models.1.Student.class_num=3"' in both
    assert '-o "Arch.class_num=3"' in balanced(tmp_path, sections(Arch__class_num=None)).overrides
    assert '-o "Arch.class_num=50"' in balanced(tmp_path, sections(Arch__class_num=50)).overrides, "larger is legal"


def test_the_users_own_overrides_stand_first(tmp_path: Path) -> None:
    """So that one paste holds everything."""
    done = balanced(tmp_path, sections(), overrides=["Arch.class_num=5", "Global.output_dir=it's"])
    words = through_a_shell("\n".join(done.overrides))
    assert ["Arch.class_num=5", "Global.output_dir=it's"] == words[1::2][:2]
    assert 5 == applied(tmp_path / "clas.yaml", words[1::2])["Arch"]["class_num"]


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (sections(Global__use_dali=True), "use_dali"),
        (sections(Loss={"Train": [{"TripletLossV2": {"weight": 1.0}}]}), "TripletLossV2"),
        (sections(DataLoader__Train__sampler={"name": "PKSampler", "batch_size": 4, "sample_per_id": 2}), "PKSampler"),
        (six_section(), "six sections"),
    ],
)
def test_the_sampler_is_refused_where_it_cannot_work(tmp_path: Path, tree: dict[str, Any], words: str) -> None:
    """Nothing is left behind; the list works all the same."""
    with pytest.raises(ConfigError, match=words):
        balanced(tmp_path, tree, sampler=True)
    assert not (tmp_path / "out").exists()
    assert balanced(tmp_path, tree).exported is not None


def test_what_cannot_be_balanced_leaves_nothing(tmp_path: Path) -> None:
    """A faulty line, a path that the delimiter would split, a set that is no list, another folder."""
    with pytest.raises(FindingsError, match="datatool paddleclas audit"):
        balanced(tmp_path, sections(), train=TRAIN + "x y.jpg 1\n")
    tree = sections(DataLoader__Train__dataset=dataset("data/train.txt", name="MultiLabelDataset"))
    with pytest.raises(ConfigError, match="multi-label"):
        balanced(tmp_path, tree)
    with pytest.raises(DatasetError, match="must be there"):
        balanced(tmp_path, sections(DataLoader__Train__dataset=dataset("none.txt")))
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("")
    with pytest.raises(ConfigError, match="new folder"):
        balanced(tmp_path, sections())
    assert ["mine.txt"] == os.listdir(tmp_path / "out")


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    """A list by the sampler, and back."""
    balanced(tmp_path, sections())
    balanced(tmp_path, sections(), sampler=True)
    assert {"plan", "overrides.txt"} == set(os.listdir(tmp_path / "out"))
    balanced(tmp_path, sections())
    assert {"plan", "overrides.txt", "train_list.txt"} == set(os.listdir(tmp_path / "out"))


def test_the_command_prints_a_line_to_paste(tmp_path: Path, cli: Cli) -> None:
    """And says that one epoch is frozen."""
    file = write(tmp_path, sections())
    done = cli("paddleclas", "balance", file, "--strategy", "undersample", "-o", tmp_path / "o", "--cwd", tmp_path)
    assert 0 == done.code, done.err
    assert "python3 tools/train.py -c" in done.out
    assert "12 of 21 rows are never seen" in done.err
    both = cli("paddleclas", "balance", file, "--strategy", "sqrt", "-o", tmp_path / "o", "--sampler", "--epochs", "3")
    assert 2 == both.code
