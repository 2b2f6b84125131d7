"""Failures of lists, pictures and names, in readers that have the shape and the file names of PaddleClas's."""

from __future__ import annotations

from pathlib import Path

import cv2
from imagenet_dataset import ImageNetDataset
from record import main
from topk import names_of
from vehicle_dataset import load_anno


def _read(text: str, *, root: str = "images", encoding: str = "utf-8") -> ImageNetDataset:
    Path("images/a").mkdir(parents=True, exist_ok=True)
    for name in ("1.jpg", "2.jpg", "a/x"):
        Path("images", name).touch()
    Path("list.txt").write_text(text, encoding=encoding)
    return ImageNetDataset(root, "list.txt")


def tab_in_list() -> None:
    _read("1.jpg\t0\n")


def blank_line() -> None:
    _read("1.jpg 0\n\n")


def names_as_labels() -> None:
    _read("1.jpg 0\n2.jpg cat\n")


def decimal_labels() -> None:
    _read("1.jpg 0\n2.jpg 1.0\n")


def two_blanks() -> None:
    _read("1.jpg  0\n")


def blank_in_path() -> None:
    _read("a/x y/2.jpg 0\n")


def several_labels() -> None:
    _read("1.jpg 0,1,0\n")


def wrong_image_root() -> None:
    _read("1.jpg 0\n", root="pictures")


def folder_twice() -> None:
    _read("images/1.jpg 0\n")


def byte_order_mark() -> None:
    _read("\ufeff1.jpg 0\n")


def every_picture_fails() -> None:
    _read("1.jpg 0\n2.jpg 1\n")[0]


def list_of_two_columns() -> None:
    _read("1.jpg 0\n")
    load_anno(Path("list.txt"))


def model_of_1000_classes() -> None:
    names_of([3, 812], {number: f"class {number}" for number in range(102)})


def list_in_another_encoding() -> None:
    _read("1.jpg 0\nété.jpg 0\n", encoding="latin-1")


def picture_not_read() -> None:
    cv2.resize(cv2.imread("nowhere.jpg"), (224, 224))


if __name__ == "__main__":
    main(globals())
