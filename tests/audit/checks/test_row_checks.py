"""When each check over rows speaks, where it points, and when it is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from datatool.schemas import Finding
from tests.helpers.lists import rows

Findings = Callable[..., dict[str, Finding]]
Places = Callable[[Finding], list[tuple[str, int | None]]]


def test_e105_names_each_input_without_a_usable_row(find: Findings, places: Places) -> None:
    found = find(rows({0: 20}), val="bad\n")
    assert places(found["E105"]) == [("val.txt", None)]
    assert "E105" not in find("a.jpg 0\n")


def test_e107_gives_the_command_that_maps_names(find: Findings, tmp_path: Any) -> None:
    found = find('"trash40.jpg" "trash"\n"x.jpg" "glass bottle"\n"y.jpg" 3\n')
    assert found["E107"].count == 2
    assert found["E107"].hint == f"datatool relabel --split train={tmp_path}/train.txt -o DIR"
    assert "'glass bottle'" in found["E107"].message
    assert [example.text for example in found["E107"].examples] == ['"trash40.jpg" "trash"', '"x.jpg" "glass bottle"']


@pytest.mark.parametrize("line", ["x.jpg mask.png", "x.jpg 1.0", "x.jpg masks/x"])
def test_e107_is_silent_where_labels_are_no_words(find: Findings, line: str) -> None:
    assert "E107" not in find(f"{line}\n" * 5)


def test_e107_needs_most_labels_to_be_words(find: Findings) -> None:
    assert "E107" not in find("a.jpg cat\nb.jpg 1\n")


@pytest.mark.parametrize("path", ["../a.jpg", "a/../b.jpg", "a/..", "/abs/a.jpg"])
def test_e108_judges_the_text_of_a_path(find: Findings, places: Places, path: str) -> None:
    text = f"ok/..not/a..b/x.jpg 0\n{path} 0\n"
    assert places(find(text)["E108"]) == [("train.txt", 2)]
    assert "E108" not in find(text, allow_outside_root=True)


def test_i109_counts_each_kind_of_untidiness(find: Findings) -> None:
    found = find(b"\xef\xbb\xbfa.jpg 0\r\n\r\nb.jpg 0 \nc.jpg\t0\n")["I109"]
    assert found.count == 6
    assert {example.reason.split(":")[0] for example in found.examples} == {
        "byte order mark",
        "CRLF line ends",
        "blank lines",
        "blanks at the ends",
        "mixed separators",
    }


def test_w110_points_at_every_line_with_a_further_column(find: Findings, places: Places) -> None:
    found = find("a.jpg 0\nb.jpg 0 9\nc d.jpg 1\ne.png,7 1\n")
    assert places(found["W110"]) == [("train.txt", 2), ("train.txt", 4)]


def test_w201_speaks_of_ids_that_start_above_zero_only(find: Findings) -> None:
    found = find("a.jpg 1\nb.jpg 2\nc.jpg 3\n")
    assert "class_num is 4 for 3 classes" in found["W201"].message
    assert "W202" not in found
    assert "W201" not in find("a.jpg 0\n")


def test_w202_names_the_gaps_and_counts_them_all(find: Findings) -> None:
    found = find("a.jpg 5\nb.jpg 7\nc.jpg 1000\n", feature_dim=9)["W202"]
    assert found.count == 1 + 992
    assert "6, 8-999" in found.message
    assert "9,930 weights" in found.message


def test_e203_and_i204_compare_class_num_with_the_ids(find: Findings, places: Places) -> None:
    text = "a.jpg 0\nb.jpg 1\nc.jpg 2\n"
    found = find(text, class_num=2)
    assert places(found["E203"]) == [("train.txt", 3)]
    assert "I204" not in found
    assert find(text, class_num=5)["I204"].count == 2
    assert not {"E203", "I204"} & find(text, class_num=3).keys()


def test_w205_speaks_above_a_hundred_mebibytes(find: Findings) -> None:
    limit = (100 << 20) // 4 // 2049
    assert "W205" not in find(f"a.jpg {limit - 1}\n")
    assert "narrower than" in find(f"a.jpg {limit}\n")["W205"].hint


def test_e301_points_at_the_rows_that_contradict_the_first(find: Findings, places: Places) -> None:
    found = find("a.jpg 0\nb.jpg 1\na.jpg 2\na.jpg 0\n", val="b.jpg 0\n")
    assert places(found["E301"]) == [("train.txt", 3), ("val.txt", 1)]
    assert found["E301"].examples[0].reason.endswith("train.txt:1")
    assert found["E301"].count == 2


def test_w302_points_at_the_row_that_came_again_in_its_split(find: Findings, places: Places) -> None:
    found = find("a.jpg 0\nb.jpg 1\na.jpg 0\na.jpg 0\n", val="b.jpg 1\n")
    assert places(found["W302"]) == [("train.txt", 3), ("train.txt", 4)]


def test_one_path_under_two_roots_is_two_images(tmp_path: Any) -> None:
    from datatool.audit import audit
    from datatool.rows import open_rows, resolve

    for folder, text in (("a", "x.jpg 0\ny/z.jpg 0\n"), ("b", "x.jpg 1\n"), ("a/y", "z.jpg 0\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "list.txt").write_text(text)
    path = tmp_path / "dataset.yaml"
    path.write_text("train: [{list: a/list.txt}, {list: b/list.txt}]\nval: [{list: a/y/list.txt}]\n")
    with open_rows(resolve(str(path))) as opened:
        found = {finding.code: finding for finding in audit(opened).findings}
    assert "E301" not in found
    assert found["E501"].count == 1


def test_e501_points_at_the_row_outside_train(find: Findings, places: Places) -> None:
    found = find("a.jpg 0\nb.jpg 0\n", val="b.jpg 0\nb.jpg 0\n", test="a.jpg 0\nc.jpg 0\n")
    assert places(found["E501"]) == [("val.txt", 1), ("test.txt", 1)]
    assert "also in train" in found["E501"].examples[0].reason
    assert "E501" not in find("a.jpg 0\na.jpg 0\n")


def test_e505_names_the_class_and_its_first_row(find: Findings, places: Places) -> None:
    found = find("a.jpg 0\n", val="b.jpg 0\nc.jpg 2\nd.jpg 2\n", test="e.jpg 1\n")
    assert places(found["E505"]) == [("test.txt", 1), ("val.txt", 2)]
    assert "E505" not in find(val="b.jpg 0\n", test="e.jpg 1\n")


SYNTHETIC = {"synthetic": ["synth/*"]}


def test_w601_needs_both_three_times_the_median_and_three_times_the_real_rows(find: Findings) -> None:
    base = rows({0: 10, 1: 10, 2: 10})
    assert "W601" in find(base + rows({2: 30}, folder="synth"), **SYNTHETIC)
    assert "W601" not in find(base + rows({2: 19}, folder="synth"), **SYNTHETIC)
    assert "W601" not in find(base + rows({2: 20}, start=99) + rows({2: 30}, folder="synth"), **SYNTHETIC)


def test_i602_speaks_only_where_other_classes_have_real_rows(find: Findings) -> None:
    assert find(rows({0: 20}) + rows({1: 20}, folder="synth"), **SYNTHETIC)["I602"].count == 1
    assert "I602" not in find(rows({0: 20, 1: 20}, folder="synth"), **SYNTHETIC)


def test_w603_needs_a_val_split_without_a_real_image_of_the_class(find: Findings) -> None:
    train = rows({0: 20}) + rows({1: 20}, folder="synth")
    assert "W603" not in find(train, **SYNTHETIC)
    assert "W603" not in find(train, val=rows({0: 2, 1: 2}, folder="v"), **SYNTHETIC)
    assert find(train, val=rows({0: 2}, folder="v"), **SYNTHETIC)["W603"].count == 1


def test_e604_points_at_synthetic_rows_in_val_and_test(find: Findings, places: Places) -> None:
    found = find("synth/a.jpg 0\n", val="b.jpg 0\nsynth/c.jpg 0\n", test="synth/d.jpg 0\n", **SYNTHETIC)
    assert places(found["E604"]) == [("val.txt", 2), ("test.txt", 1)]


def test_w701_speaks_above_ten_to_one(find: Findings) -> None:
    assert "W701" not in find(rows({0: 20, 1: 200}))
    assert "W701" in find(rows({0: 20, 1: 201}))


def test_i702_lists_classes_under_twenty_rows_smallest_first(find: Findings) -> None:
    found = find(rows({0: 20, 1: 19, 2: 3}))["I702"]
    assert found.count == 2
    assert found.message.endswith(": 2, 1")


def test_names_are_shown_beside_ids(find: Findings, tmp_path: Any) -> None:
    (tmp_path / "names.txt").write_text("0 cat\n1 dog\n")
    assert "1 (dog)" in find(rows({0: 20, 1: 3}), names=tmp_path / "names.txt")["I702"].message
