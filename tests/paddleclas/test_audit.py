"""`paddleclas audit`: every list of a YAML, as PaddleClas reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.paddleclas import audit_config, read_config
from datatool.schemas import PaddleClasAudit
from tests.helpers.clas_yaml import TRAIN, VAL, dataset, loader, sections, six_section, write
from tests.helpers.program import Cli

TRAIN_KEY = "DataLoader.Train.dataset.cls_label_path"


def audited(folder: Path, tree: dict[str, Any], **options: Any) -> PaddleClasAudit:
    """The audit of a YAML that runs in ``folder``."""
    lists = {name: options.pop(name) for name in ("train", "val") if name in options}
    return audit_config(read_config(write(folder, tree, **lists), cwd=folder), **options)


def codes(document: PaddleClasAudit) -> list[str]:
    return [finding.code for finding in document.findings]


def reasons(document: PaddleClasAudit, code: str) -> list[tuple[int | None, str]]:
    [finding] = [one for one in document.findings if one.code == code]
    return [(example.line, example.reason) for example in finding.examples]


def test_a_sound_yaml_has_nothing_to_mend(tmp_path: Path) -> None:
    """Both lists are read in one run, under their keys."""
    document = audited(tmp_path, sections())
    assert [] == [code for code in codes(document) if code != "I702"]
    assert (3, "Arch.class_num", 3) == (document.class_num, document.class_num_key, document.class_num_needed)
    assert [TRAIN_KEY, "DataLoader.Eval.dataset.cls_label_path"] == [one.key for one in document.lists]
    assert [21, 6] == [one.rows for one in document.lists]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("a.jpg\t0", "E101", "IndexError: list index out of range"),
        ("a b/x y.jpg 1", "E102", "ValueError: invalid literal for int() with base 10: 'b/x'"),
        ("a.jpg  1", "E102", "ValueError: invalid literal for int() with base 10: ''"),
        ("a.jpg", "E101", "IndexError"),
        ("", "E101", "IndexError"),
        ("a.jpg cat", "E102", "ValueError"),
        ("a.jpg 1.0", "E102", "ValueError"),
        ("a.jpg 1_0", "E102", "reads the label '1_0' as 10"),
        ("a.jpg -1", "E103", "accepts the label -1"),
        ("a.jpg 3000000000", "E104", "accepts the label 3000000000"),
        ("a.jpg 99999999999999999999", "E104", "OverflowError"),
    ],
)
def test_a_line_that_paddleclas_would_not_read_is_an_error_with_its_exception(
    tmp_path: Path, line: str, code: str, words: str
) -> None:
    """Several of these are fine for our own reader, which takes the last token for the label."""
    document = audited(tmp_path, sections(), train=TRAIN + line + "\n")
    [(number, reason)] = reasons(document, code)
    assert 22 == number
    assert words in reason
    [finding] = [one for one in document.findings if one.code == code]
    assert [TRAIN_KEY] == finding.keys
    assert "error" == finding.severity


def test_the_label_is_the_second_column(tmp_path: Path) -> None:
    """A third column is left alone by PaddleClas; for our own reader the last token would be the label."""
    document = audited(tmp_path, sections(), train="a.jpg 0 9\nb.jpg 1\nc.jpg 2\n")
    assert 3 == document.class_num_needed
    assert "the second column, 0" in reasons(document, "W110")[0][1]


def test_a_byte_order_mark_and_other_encodings(tmp_path: Path) -> None:
    """The mark becomes part of the first path; bytes that are not UTF-8 stop the whole list."""
    document = audited(tmp_path, sections(), train="\ufeff" + TRAIN)
    assert "byte order mark" in reasons(document, "E101")[0][1]
    write(tmp_path, sections())
    (tmp_path / "data" / "train.txt").write_bytes(b"a.jpg 0\n" + b"\xff.jpg 1\n")
    document = audit_config(read_config(tmp_path / "clas.yaml", cwd=tmp_path))
    assert "UnicodeDecodeError" in reasons(document, "E106")[0][1]


def test_delimiters_are_followed(tmp_path: Path) -> None:
    """A tab list is whole under its delimiter, paths with blanks included, and broken under the default."""
    tabs = "a b.jpg\t0\nc.jpg\t1\nd.jpg\t2\n"
    tree = sections()
    tree["DataLoader"]["Train"]["dataset"]["delimiter"] = "\t"
    document = audited(tmp_path, tree, train=tabs)
    assert "E102" not in codes(document)
    assert 3 == document.lists[0].rows
    assert "E102" in codes(audited(tmp_path, sections(), train=tabs))
    cartoon = sections()
    cartoon["DataLoader"]["Train"]["dataset"]["name"] = "ICartoonDataset"
    assert 3 == audited(tmp_path, cartoon, train=tabs).lists[0].rows


def test_class_num_too_small_names_the_key_that_says_it(tmp_path: Path) -> None:
    """In Arch, or where Global fills it in."""
    [finding] = [one for one in audited(tmp_path, sections(Arch__class_num=2)).findings if one.code == "E203"]
    assert ["Arch.class_num"] == finding.keys
    tree = sections(Arch__class_num=None, Global__class_num=2)
    document = audited(tmp_path, tree)
    assert "Global.class_num" == document.class_num_key
    assert "E203" in codes(document)
    ignored = audited(tmp_path, sections(Global__class_num=2))
    assert "Arch.class_num" == ignored.class_num_key
    assert "I955" in codes(ignored)


def test_the_default_class_num_is_stated(tmp_path: Path) -> None:
    """PaddleClas takes 1000."""
    document = audited(tmp_path, sections(Arch__class_num=None))
    assert (1000, None) == (document.class_num, document.class_num_key)
    assert "I955" in codes(document)


def test_a_neck_or_backbone_does_not_say_class_num(tmp_path: Path) -> None:
    """The neck's is a width, the backbone's is of its pretraining."""
    arch = {
        "name": "RecModel",
        "Backbone": {"name": "PPLCNet_x1_0", "class_num": 2},
        "Neck": {"name": "FC", "embedding_size": 1280, "class_num": 1},
        "Head": {"name": "FC", "embedding_size": 512, "class_num": 3},
    }
    document = audited(tmp_path, sections(Arch=arch))
    assert (3, "Arch.Head.class_num") == (document.class_num, document.class_num_key)
    assert "E203" not in codes(document)
    without = audited(tmp_path, sections(Arch={key: arch[key] for key in ("name", "Backbone", "Neck")}))
    assert without.class_num is None


def test_distillation_takes_the_students_class_num(tmp_path: Path) -> None:
    """Also inside its head; a teacher of another width is said."""
    arch = {
        "name": "DistillationModel",
        "class_num": 1000,
        "models": [
            {"Teacher": {"name": "ResNet50_vd", "class_num": 1000}},
            {"Student": {"name": "PPLCNet_x1_0", "class_num": 2}},
        ],
    }
    document = audited(tmp_path, sections(Arch=arch))
    assert (2, "Arch.models.1.Student.class_num") == (document.class_num, document.class_num_key)
    assert {"E203", "I955"} <= set(codes(document))


def test_relabel_over_lists_whose_ids_differ_is_an_error(tmp_path: Path) -> None:
    """Each list is numbered by itself, in the order of a set: one id becomes two classes."""
    tree = sections()
    for mode in ("Train", "Eval"):
        tree["DataLoader"][mode]["dataset"]["relabel"] = True
    train = "a.jpg 1000\nb.jpg 7\nc.jpg 64\n"
    document = audited(tmp_path, tree, train=train, val="d.jpg 7\ne.jpg 64\n")
    assert "E952" in codes(document)
    assert "absent" in str(reasons(document, "E952"))
    same = audited(tmp_path, tree, train=train, val="d.jpg 1000\ne.jpg 7\nf.jpg 64\n")
    assert "E952" not in codes(same)
    assert 3 == same.class_num_needed, "ids 7 to 1000 need three outputs once they are numbered anew"
    assert "W201" not in codes(same)
    tree["DataLoader"]["Eval"]["dataset"]["relabel"] = False
    assert "E952" in codes(audited(tmp_path, tree, train=train, val=train))


def test_nested_eval_lists_are_read_by_themselves(tmp_path: Path) -> None:
    """Ids of a gallery and its queries need not match those of Train, and need no outputs."""
    tree = sections()
    (tmp_path / "data").mkdir()
    for name in ("query", "gallery"):
        (tmp_path / "data" / f"{name}.txt").write_text(f"{name}.jpg 500\n{name}2.jpg\n")
    tree["DataLoader"]["Eval"] = {
        "Query": loader(dataset("data/query.txt")),
        "Gallery": loader(dataset("data/gallery.txt", name="VeriWild")),
    }
    document = audited(tmp_path, tree)
    assert ["DataLoader.Train", "DataLoader.Eval.Query", "DataLoader.Eval.Gallery"] == [
        one.key.removesuffix(".dataset.cls_label_path") for one in document.lists
    ]
    assert "E203" not in codes(document)
    assert 3 == document.class_num_needed
    keys = [finding.keys for finding in document.findings if finding.code == "E101"]
    assert [
        ["DataLoader.Eval.Query.dataset.cls_label_path"],
        ["DataLoader.Eval.Gallery.dataset.cls_label_path"],
    ] == keys


def test_unlabelled_lists_are_audited_too(tmp_path: Path) -> None:
    """UnLabelTrain reads a list like any other."""
    tree = sections()
    tree["DataLoader"]["UnLabelTrain"] = loader(dataset("data/more.txt"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "more.txt").write_text("x.jpg nothing\n")
    document = audited(tmp_path, tree)
    assert "DataLoader.UnLabelTrain.dataset.cls_label_path" in [one.key for one in document.lists]
    assert ["DataLoader.UnLabelTrain.dataset.cls_label_path"] in [
        finding.keys for finding in document.findings if finding.code == "E102"
    ]


@pytest.mark.parametrize("name", ["MultiLabelDataset", "Cifar10", "Market1501", "AdaFaceDataset", "MyOwn"])
def test_sets_that_are_no_lists_are_named(tmp_path: Path, name: str) -> None:
    """With the reason, and never as if they were sound."""
    tree = sections()
    tree["DataLoader"]["Train"]["dataset"]["name"] = name
    document = audited(tmp_path, tree)
    [other] = document.not_audited
    assert ("DataLoader.Train", name) == (other.key, other.dataset)
    assert "I956" in codes(document)
    assert ["DataLoader.Eval.dataset.cls_label_path"] == [one.key for one in document.lists]


def test_files_of_release_2_0_are_read(tmp_path: Path) -> None:
    """Six sections; a line must have two parts, else the reader shows another row in its place."""
    document = audited(tmp_path, six_section(), train=TRAIN + "a.jpg 0 1\n")
    assert "six-section" == document.form
    assert (3, "classes_num") == (document.class_num, document.class_num_key)
    assert ["TRAIN.file_list", "VALID.file_list"] == [one.key for one in document.lists]
    assert "too many values to unpack" in reasons(document, "E101")[0][1]
    assert "E203" in codes(audited(tmp_path, six_section(classes_num=2)))


def test_missing_places_are_named_with_their_key(tmp_path: Path) -> None:
    """Relative to the folder that PaddleClas runs in, never to the YAML."""
    file = write(tmp_path, sections())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    document = audit_config(read_config(file, cwd=elsewhere))
    assert ["E951", "E951"] == codes(document)
    assert TRAIN_KEY in document.findings[0].keys


def test_fewer_rows_than_a_batch_train_nothing(tmp_path: Path) -> None:
    """With drop_last PaddleClas ends with exit code 0 and no step."""
    tree = sections(DataLoader__Train=loader(dataset("data/train.txt"), batch_size=64, drop_last=True))
    assert "E953" in codes(audited(tmp_path, tree))
    assert "E953" not in codes(audited(tmp_path, sections()))


def test_the_file_of_names_is_read_as_there(tmp_path: Path) -> None:
    """A missing file, one without ids, and one of another data set cost the names or lie."""
    tree = sections(Infer__PostProcess={"name": "Topk", "class_id_map_file": "data/names.txt"})
    assert "W954" in codes(audited(tmp_path, tree))
    for text, code in (
        ("cat\ndog\ncow\n", "W954"),
        ("".join(f"{n} n{n}\n" for n in range(9)), "W954"),
        ("0 cat\n1 dog\n", "W206"),
    ):
        (tmp_path / "data" / "names.txt").write_text(text)
        assert code in codes(audited(tmp_path, tree)), text
    (tmp_path / "data" / "names.txt").write_text("0 cat\n1 dog\n2 cow\n")
    assert {"W954", "W206"}.isdisjoint(codes(audited(tmp_path, tree)))


def test_leaks_between_the_lists_are_found(tmp_path: Path) -> None:
    """The checks of every data set run over both lists."""
    document = audited(tmp_path, sections(), val=VAL + TRAIN.splitlines()[0] + "\n")
    [leak] = [one for one in document.findings if one.code == "E501"]
    assert "DataLoader.Eval.dataset.cls_label_path" in leak.keys


def test_codes_can_be_ignored(tmp_path: Path) -> None:
    """Ours and those of the audit; an unknown one is refused."""
    tree = sections(Arch__class_num=None)
    assert {"I955", "I204"}.isdisjoint(codes(audited(tmp_path, tree, ignore=frozenset({"I955", "I204"}))))
    with pytest.raises(ConfigError, match="known code"):
        audited(tmp_path, tree, ignore=frozenset({"E000"}))


def test_the_command_prints_the_document_and_its_exit_code(tmp_path: Path, cli: Cli) -> None:
    """0, 1 with errors, 2 for what is no YAML."""
    file = write(tmp_path, sections())
    good = cli("paddleclas", "audit", file, "--cwd", tmp_path, "--json")
    assert 0 == good.code, good.err
    assert "datatool.paddleclas-audit/1" == json.loads(good.out)["schema"]
    bad = cli("paddleclas", "audit", file, "--cwd", tmp_path, "-o", "Arch.class_num=2")
    assert 1 == bad.code
    assert "key: Arch.class_num" in bad.out
    assert 2 == cli("paddleclas", "audit", tmp_path / "none.yaml").code


def test_lines_agree_with_the_reader_of_paddleclas(tmp_path: Path) -> None:
    """An independent copy of its three lines: what it reads we read, and what it raises we call an error."""
    import random

    chance = random.Random(7)
    parts = ["a.jpg", "b c.jpg", " ", "\t", "0", "2", "x", "-", "1", "  ", "1.5", "\u00a0", "é.jpg"]
    lines = ["".join(chance.choices(parts, k=chance.randint(0, 5))) for _ in range(400)]
    for delimiter in (" ", "\t", ","):
        tree = sections()
        tree["DataLoader"]["Train"]["dataset"]["delimiter"] = delimiter
        document = audited(tmp_path, tree, train="\n".join(lines) + "\n")
        read = 0
        for line in lines:
            columns = line.strip().split(delimiter)
            try:
                read += int(columns[1]) >= 0 and bool(columns[0]) and columns[1].isascii() and columns[1].isdecimal()
            except (ValueError, IndexError):
                continue
        assert read == document.lists[0].rows


def test_a_section_without_a_data_set_is_refused(tmp_path: Path) -> None:
    """Rather than left out without a word."""
    with pytest.raises(ConfigError, match=r"DataLoader\.Train must have a section 'dataset'; got 5"):
        audited(tmp_path, sections(DataLoader__Train__dataset=5))


def test_imbalance_is_about_the_list_that_is_trained_on(tmp_path: Path) -> None:
    """With the command that balances the YAML."""
    train = TRAIN + "".join(f"more{place}.jpg 0\n" for place in range(60))
    [imbalance] = [one for one in audited(tmp_path, sections(), train=train).findings if one.code == "W701"]
    assert [TRAIN_KEY] == imbalance.keys
    assert "datatool paddleclas balance" in imbalance.hint


def test_other_commands_say_which_one_takes_the_yaml(tmp_path: Path, cli: Cli) -> None:
    """`audit` and `config show`, which read files of their own."""
    file = write(tmp_path, sections())
    for arguments in (("audit", file), ("config", "show", file), ("balance", file)):
        done = cli(*arguments)
        assert 2 == done.code
        assert "datatool paddleclas audit" in done.err
