from __future__ import annotations

import pytest

from datatool.rows.text._grammar import Fault, Parsed, is_word, parse_line


def read(line: str, separator: str = " ") -> object:
    """(path, label) of a row, the code of a fault, or None."""
    parsed = parse_line(line, separator=separator)
    if isinstance(parsed, Parsed):
        return parsed.path, parsed.label
    return parsed.code if isinstance(parsed, Fault) else None


@pytest.mark.parametrize(
    ("line", "separator", "expected"),
    [
        ("0.jpg 0", " ", ("0.jpg", 0)),
        ("0.jpg\t0", " ", ("0.jpg", 0)),
        ("a b/x y.jpg 5", " ", ("a b/x y.jpg", 5)),
        ("a b/x y.jpg\t5", "\t", ("a b/x y.jpg", 5)),
        ("0.jpg  0", " ", ("0.jpg", 0)),
        ("0.jpg, 0", ",", ("0.jpg", 0)),
        ("a,b.jpg,0", ",", ("a,b.jpg", 0)),
        ("0.jpg", " ", "E101"),
        ("0.jpg ", " ", "E101"),
        (" 7", " ", "E101"),
        (",7", ",", "E101"),
        ("0.jpg,", ",", "E101"),
        ("", " ", None),
        (" \t ", " ", None),
        ("x.jpg cat", " ", "E102"),
        ("x.jpg 1.0", " ", "E102"),
        ("x.jpg 1e3", " ", "E102"),
        ("x.jpg +1", " ", "E102"),
        ("x.jpg 1_0", " ", "E102"),
        ("x.jpg １", " ", "E102"),
        ("x.jpg ٣", " ", "E102"),
        ("x.jpg mask.png", " ", "E102"),
        ("x.jpg\t0,1,0", "\t", "E102"),
        ("x.jpg -1", " ", "E103"),
        ("x.jpg -0", " ", ("x.jpg", 0)),
        ("x.jpg 007", " ", ("x.jpg", 7)),
        ("x.jpg 2147483647", " ", ("x.jpg", 2**31 - 1)),
        ("x.jpg 2147483648", " ", "E104"),
        ("x.jpg 3000000000", " ", "E104"),
        ("x.jpg 1" + "0" * 5000, " ", "E104"),
        ('"a b.jpg" 5', " ", ("a b.jpg", 5)),
        ('"a.jpg" "5"', " ", ("a.jpg", 5)),
        ("x\0.jpg 5", " ", "E101"),
        ("a.jpg 0\rb.jpg 1", " ", "E101"),
    ],
)
def test_a_line_is_read_by_the_last_token_rule(line: str, separator: str, expected: object) -> None:
    assert read(line, separator) == expected


@pytest.mark.parametrize(
    "label", ['[{"transcription": "x", "points": [[1, 2], [3, 4]]}]', "{}", "4]]}]", "[0, 1]", '{"bbox": [1]}']
)
def test_json_annotations_are_no_class_names(label: str) -> None:
    parsed = parse_line(f"x.jpg\t{label}", separator="\t")
    assert isinstance(parsed, Fault)
    assert (parsed.code, parsed.word) == ("E102", None)
    assert "is JSON: a detection list" in parsed.reason


def test_a_class_name_may_hold_brackets_but_no_control_characters() -> None:
    assert [is_word(label) for label in ("cat [grey]", "a\u00a0b", "a\nb", "a\x1fb")] == [True, True, False, False]


def test_a_quoted_class_name_is_a_word_without_its_quotes() -> None:
    parsed = parse_line('"trash40.jpg" "trash can"', separator=" ")
    assert isinstance(parsed, Fault)
    assert (parsed.code, parsed.path, parsed.word) == ("E102", "trash40.jpg", "trash can")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("img.jpg mask.png", "segmentation"),
        ("img.jpg labels/img.xml", "detection"),
        ("some words.jpg img.jpg", "segmentation"),
        ("no label.jpg", "the label is missing"),
        ("img.jpg 1,2,3,4,0", "detection"),
        ("img.jpg", "no label"),
        ("img.jpg\u30005", "U+3000"),
        ("a.jpg 0\rb.jpg 1", "carriage return"),
    ],
)
def test_a_reason_says_in_words_what_kind_of_line_it_is(line: str, words: str) -> None:
    parsed = parse_line(line, separator=" ")
    assert isinstance(parsed, Fault)
    assert words in parsed.reason


def test_a_further_column_is_remarked_and_the_last_token_is_the_label() -> None:
    parsed = parse_line("x.jpg 0 9", separator=" ")
    assert isinstance(parsed, Parsed)
    assert (parsed.path, parsed.label, parsed.extra) == ("x.jpg 0", 9, "0")


@pytest.mark.parametrize("path", ["a.jpg b.jpg", "my pictures/a.JPEG", "no_extension here"])
def test_a_path_with_spaces_has_no_further_column(path: str) -> None:
    parsed = parse_line(f"{path} 3", separator=" ")
    assert isinstance(parsed, Parsed)
    assert parsed.extra is None


@pytest.mark.parametrize("label", ["", "1.0", "-5", "1_0", "a/b", "mask.png", "1,2", "٣", "x" * 300])
def test_numbers_paths_and_files_are_no_words(label: str) -> None:
    assert not is_word(label)


@pytest.mark.parametrize("line", [" " * 200_000 + "x", "x" + " " * 200_000 + "cat", "x.jpg " + "1" * 200_000 + "x"])
def test_a_very_long_line_is_read_in_linear_time(line: str) -> None:
    assert read(line) in ("E101", "E102")


@pytest.mark.parametrize(
    ("line", "separator", "path", "word"),
    [
        ("im0.jpg golden retriever", " ", "im0.jpg", "golden retriever"),
        ("a b/im 0.JPG  golden\tretriever ", " ", "a b/im 0.JPG", "golden\tretriever"),
        ("im0.jpg, golden retriever", ",", "im0.jpg", "golden retriever"),
        ("im 0.jpg\tgolden retriever", "\t", "im 0.jpg", "golden retriever"),
        ('"im 0.jpg" golden retriever', " ", "im 0.jpg", "golden retriever"),
        ("x.jpg y/im0.png golden retriever", " ", "x.jpg y/im0.png", "golden retriever"),
        ("im0.jpg n/a", " ", "im0.jpg", "n/a"),
    ],
)
def test_all_words_after_the_last_image_extension_are_one_class_name(
    line: str, separator: str, path: str, word: str
) -> None:
    parsed = parse_line(line, separator=separator)
    assert isinstance(parsed, Fault)
    expected = (path, word) if "\t" not in word else (None, None)  # a names file could not hold it
    assert (parsed.path, parsed.word) == expected


@pytest.mark.parametrize("line", ["im0.jpg golden retriever 3", "im0.jpg 7 3"])
def test_an_integer_as_last_token_is_the_label_whatever_stands_before_it(line: str) -> None:
    parsed = parse_line(line, separator=" ")
    assert isinstance(parsed, Parsed)
    assert (parsed.label, parsed.extra is not None) == (3, True)


def test_several_numbers_are_no_class_name() -> None:
    parsed = parse_line("im0.jpg 0.5 1 0.25", separator=" ")
    assert isinstance(parsed, Fault)
    assert (parsed.word, "several ids" in parsed.reason) == (None, True)
