"""Formats of files that are no data set: how each is told, what it is called, and the way on.

In a way on, `{file}` is the file and `{folder}` a folder named after it, both as a shell takes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from datatool.rows.foreign._seen import Seen
from datatool.rows.foreign._tells import (
    is_binary,
    is_coco,
    is_hdf5,
    is_json,
    is_names,
    is_onnx,
    is_own_document,
    is_picture,
    is_safetensors,
    is_tar,
    is_tfrecord,
)

_LISTED: Final = "write its images as files, with a list of `path label` lines"
_GIVE: Final = "give the list or the folder of the images that it was trained on"
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05][^\x80]", re.DOTALL)
_SAVED: Final = "save its sheet as CSV with the columns path and label"


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """One format.

    Attributes:
        noun: What messages call it.
        tells: Whether a file is one.
        way_on: What to do instead.
        is_text: Whether a file of it is text all the same.
    """

    noun: str
    tells: Callable[[Seen], bool]
    way_on: str
    is_text: bool = False


def _begins(noun: str, pattern: bytes, way_on: str, *, is_text: bool = False) -> Foreign:
    """Told by a regular expression of the first bytes."""
    compiled = re.compile(pattern, re.DOTALL)
    return Foreign(noun=noun, tells=lambda seen: compiled.match(seen.head) is not None, way_on=way_on, is_text=is_text)


def _binary(noun: str, magic: bytes, way_on: str) -> Foreign:
    """Told by first bytes that a path may begin with too, and by a NUL, which no path holds."""
    return Foreign(noun=noun, tells=lambda seen: seen.head.startswith(magic) and b"\0" in seen.head, way_on=way_on)


def _zip(noun: str, member: str, way_on: str) -> Foreign:
    """A zip, told by a regular expression of the whole name of one of its members."""
    compiled = re.compile(member)
    return Foreign(
        noun=noun,
        tells=lambda seen: (
            seen.head.startswith(b"PK\x03\x04") and any(compiled.fullmatch(name) for name in seen.members)
        ),
        way_on=way_on,
    )


def _unpack(command: str) -> str:
    return f"mkdir {{folder}} && {command}, then datatool audit {{folder}}"


FOREIGN: Final = (
    _begins(
        "a Git LFS pointer, whose file was never fetched",
        rb"version https://git-lfs\.github\.com/spec/",
        "git lfs pull --include={file}",
        is_text=True,
    ),
    Foreign(noun="a tar archive", tells=is_tar, way_on=_unpack("tar -xf {file} -C {folder}")),
    _zip("a NumPy archive (npz)", r".*\.npy", _LISTED),
    _zip("weights of PyTorch", r".*/data\.pkl|data\.pkl", _GIVE),
    _zip("an Excel workbook", r"xl/workbook\..*", _SAVED),
    _zip("an OpenDocument file", r"content\.xml", _SAVED),
    _zip("a Word document", r"word/.*", "save its table as CSV with the columns path and label"),
    _begins("a zip archive", rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", _unpack("unzip {file} -d {folder}")),
    _begins("a 7z archive", rb"7z\xbc\xaf\x27\x1c", _unpack("7z x {file} -o{folder}")),
    _begins("a RAR archive", rb"Rar!\x1a\x07", _unpack("unrar x {file} {folder}/")),
    _begins("an xz file", rb"\xfd7zXZ\0", "unpack it with xz --decompress --keep {file}"),
    _begins("a bzip2 file", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "unpack it with bzip2 --decompress --keep {file}"),
    _begins("a Zstandard file", rb"\x28\xb5\x2f\xfd", "unpack it with zstd --decompress {file}"),
    _begins("an LZ4 file", rb"\x04\x22\x4d\x18", "unpack it with lz4 --decompress {file}"),
    _begins("a file of compress (.Z)", rb"\x1f\x9d", "unpack it with uncompress -k {file}"),
    Foreign(noun="a TFRecord file", tells=is_tfrecord, way_on=f"{_LISTED}, by tf.data.TFRecordDataset"),
    _begins("a RecordIO file of MXNet", rb"\x0a\x23\xd7\xce", f"{_LISTED}, by mxnet.recordio"),
    _begins(
        "an LMDB database", rb".{16}\xde\xc0\xef\xbe", f"{_LISTED}, by lmdb.open of the folder that data.mdb lies in"
    ),
    _begins("a MATLAB file", rb"MATLAB \d\.\d MAT-file", f"{_LISTED}, by scipy.io.loadmat, or by h5py from 7.3 on"),
    Foreign(noun="an HDF5 file", tells=is_hdf5, way_on=f"{_LISTED}, by h5py.File"),
    _begins("a NumPy array", rb"\x93NUMPY", f"{_LISTED}, by numpy.load"),
    _begins("a file of MNIST's kind (IDX)", rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]", _LISTED),
    _begins("weights of PyTorch", rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19", _GIVE),
    _begins("a CIFAR batch (pickle)", rb"\x80[\x02-\x05].{,65000}?(?:batch_label|fine_labels)", _LISTED),
    Foreign(
        noun="weights of Paddle",
        tells=lambda seen: _PICKLE.match(seen.head) is not None and seen.name.endswith((".pdparams", ".pdopt")),
        way_on=_GIVE,
    ),
    Foreign(noun="a pickle of Python", tells=lambda seen: _PICKLE.match(seen.head) is not None, way_on=_LISTED),
    _begins(
        "a pickle of Python",
        rb"\([ld](?:p\d+)?\r?\n|c[A-Za-z_][\w.]*\r?\n\w+\r?\np?\d*\r?\n?\(",
        _LISTED,
        is_text=True,
    ),
    Foreign(noun="weights in safetensors", tells=is_safetensors, way_on=_GIVE),
    Foreign(noun="an ONNX model", tells=is_onnx, way_on=_GIVE),
    _begins(
        "an SQLite database",
        rb"SQLite format 3\0",
        "export its table: sqlite3 -header -csv {file} 'SELECT path, label FROM TABLE' > labels.csv",
    ),
    _begins("a PDF document", rb"%PDF-", "give the list that it describes"),
    _begins("an Excel workbook or another old Office file", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _SAVED),
    _binary("Parquet", b"PAR1", "name it under the key parquet of a dataset file"),
    _binary("encrypted Parquet", b"PARE", "write it without encryption"),
    _binary("an Arrow file", b"ARROW1", "name it under the key arrow of a dataset file"),
    _binary("an ORC file", b"ORC", "write it as Parquet, by pyarrow.orc.read_table"),
    _binary("an Avro file", b"Obj\x01", "write it as Parquet or CSV"),
    _binary("a Feather file of version 1", b"FEA1", "write it as Parquet, by pyarrow.feather.read_table"),
    _begins("a file of R", rb"RD[AX][23]\n|[AX]\n\0\0\0[\x02\x03]", "write it as CSV with the columns path and label"),
    Foreign(
        noun="a picture",
        tells=is_picture,
        way_on="give a list that names it, or its class with datatool predict MODEL {file}",
    ),
    _begins(
        "a film",
        rb"....ftyp|....moov|\x1aE\xdf\xa3|RIFF....AVI ",
        "write its frames as files: ffmpeg -i {file} %06d.jpg",
    ),
    _begins("a program", rb"\x7fELF|MZ.{62,126}PE\0\0", "give a list, a table or class folders"),
    _begins(
        "an SVG drawing",
        rb"(?i)[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.{,2000}?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg",
        "give a list that names pictures of pixels",
        is_text=True,
    ),
    _begins(
        "an annotation of Pascal VOC (XML)",
        rb"(?i)[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?<annotation",
        "write a list of `path label` lines, with the one class of each picture",
        is_text=True,
    ),
    _begins(
        "a web page (HTML)",
        rb"(?i)[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.{,2000}?-->\s*)?<(?:!DOCTYPE html|html|head|body)\b",
        "download the file itself; this is perhaps what the server said instead",
        is_text=True,
    ),
    _begins(
        "an XML document",
        rb"[\s\xef\xbb\xbf]*<\?xml\s",
        "write a list of `path label` lines from it",
        is_text=True,
    ),
    Foreign(
        noun="a document that datatool wrote, not a data set",
        tells=is_own_document,
        way_on="give the list, table or folder that it was made from",
        is_text=True,
    ),
    Foreign(
        noun="a JSON document of COCO's kind",
        tells=is_coco,
        way_on="write a list of `path label` lines from its images and annotations, one class for each picture",
        is_text=True,
    ),
    Foreign(
        noun="a JSON document",
        tells=is_json,
        way_on='write one object a line, as {{"path": "a.jpg", "label": 0}}, or a list of `path label` lines',
        is_text=True,
    ),
    Foreign(
        noun="a file of class names",
        tells=is_names,
        way_on="give the list of the images, and the names with --names {file}",
        is_text=True,
    ),
    Foreign(
        noun="binary data of no format that is known here",
        tells=is_binary,
        way_on="give a list, a table or class folders",
    ),
)
"""The first that tells a file names it."""
