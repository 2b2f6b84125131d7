"""Files that are no data set, each written by the library that writes them in real life, else by hand."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Writer = Callable[[Path], object]


def picture(path: Path, kind: str = "JPEG") -> None:
    from PIL import Image

    Image.fromarray(np.arange(768, dtype=np.uint8).reshape(16, 16, 3)).save(path, kind)


def _picture_bytes(path: Path) -> bytes:
    picture(path)
    data = path.read_bytes()
    path.unlink()
    return data


def _tar(mode: str, form: int = tarfile.PAX_FORMAT) -> Writer:
    def write(path: Path) -> None:
        inside = path.with_suffix(".inside")
        picture(inside)
        with tarfile.open(path, mode, format=form) as archive:  # type: ignore[call-overload]
            archive.add(inside, "cat/a.jpg")
        inside.unlink()

    return write


def _without_magic(path: Path) -> None:
    """A tar as Unix wrote it before there was a standard: the same header without its magic number."""
    _tar("w", tarfile.USTAR_FORMAT)(path)
    data = bytearray(path.read_bytes())
    data[257:265] = bytes(8)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    path.write_bytes(data)


def _zip(*names: str) -> Writer:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "x")

    return write


def _torch(old: bool) -> Writer:
    def write(path: Path) -> None:
        torch = pytest.importorskip("torch", reason="PyTorch writes this file")
        torch.save({"head.weight": torch.zeros(3)}, path, _use_new_zipfile_serialization=not old)

    return write


def _paddle(path: Path) -> None:
    paddle = pytest.importorskip("paddle", reason="Paddle writes this file")
    paddle.save({"head.weight": paddle.zeros([3])}, str(path))


def _safetensors(path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"head.weight": np.zeros(3, np.float32)}, path)


def _onnx(path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx writes this file")
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph(
        [node], "g", [value], [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])]
    )
    onnx.save(onnx.helper.make_model(graph, producer_name="tests"), str(path))


def _pickled(value: Any, protocol: int) -> Writer:
    return lambda path: path.write_bytes(pickle.dumps(value, protocol=protocol))


def _packed(codec: str) -> Writer:
    def write(path: Path) -> None:
        import pyarrow as pa

        with pa.CompressedOutputStream(str(path), codec) as stream:
            stream.write(b"a.jpg 0\n" * 100)

    return write


def _hdf5(block: int) -> Writer:
    def write(path: Path) -> None:
        h5py = pytest.importorskip("h5py", reason="h5py writes this file")
        with h5py.File(path, "w", userblock_size=block) as file:
            file["images"] = np.zeros((2, 4, 4, 3), np.uint8)

    return write


def _matlab(path: Path) -> None:
    scipy = pytest.importorskip("scipy.io", reason="SciPy writes this file")
    scipy.savemat(path, {"labels": np.arange(3)})


def _lmdb(path: Path) -> None:
    lmdb = pytest.importorskip("lmdb", reason="lmdb writes this file")
    with lmdb.open(str(path), subdir=False, map_size=1 << 20) as store, store.begin(write=True) as writer:
        writer.put(b"0", b"x")
    path.with_name(f"{path.name}-lock").unlink()


def lmdb_folder(path: Path) -> None:
    """A page of LMDB's metadata, as version 0.9 lays it out, in a folder of its own."""
    path.mkdir()
    (path / "data.mdb").write_bytes(bytes(16) + struct.pack("<II", 0xBEEFC0DE, 1) + bytes(4072))


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE labels (path, label)")
    store.close()


def _crc32c(data: bytes) -> int:
    """CRC-32C from a table, as its definition has it."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 * (byte & 1))
        table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def tfrecord(path: Path) -> None:
    """Two records as TensorFlow lays them out: length, its masked checksum, bytes, their masked checksum."""
    assert _crc32c(b"123456789") == 0xE3069283  # the check value of the definition

    def masked(data: bytes) -> bytes:
        crc = _crc32c(data)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    with path.open("wb") as file:
        for record in (b"\n\x05hello", b"\n\x03two"):
            length = struct.pack("<Q", len(record))
            file.write(length + masked(length) + record + masked(record))


def _bytes(data: bytes) -> Writer:
    return lambda path: path.write_bytes(data)


def _coco(path: Path) -> None:
    images = [{"id": number, "file_name": f"{number}.jpg"} for number in range(3)]
    path.write_text(json.dumps({"info": {}, "images": images, "annotations": [], "categories": []}))


FILES: dict[str, tuple[Writer, str]] = {
    "a.tar": (_tar("w"), "a tar archive"),
    "gnu.tar": (_tar("w", tarfile.GNU_FORMAT), "a tar archive"),
    "old.tar": (_without_magic, "a tar archive"),
    "a.tar.gz": (_tar("w:gz"), "a tar archive, packed by gzip"),
    "tar named as a list.txt": (_tar("w"), "a tar archive"),
    "a.tar.xz": (_tar("w:xz"), "an xz file"),
    "a.tar.bz2": (_tar("w:bz2"), "a bzip2 file"),
    "notes.zip": (_zip("notes.md"), "a zip archive"),
    "a.xlsx": (_zip("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
    "workbook.csv": (_zip("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
    "a.ods": (_zip("mimetype", "content.xml"), "an OpenDocument file"),
    "a.docx": (_zip("word/document.xml"), "a Word document"),
    "a.xls": (_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)), "an Excel workbook or another old Office file"),
    "a.7z": (_bytes(bytes.fromhex("377abcaf271c0004") + bytes(24)), "a 7z archive"),
    "a.rar": (_bytes(b"Rar!\x1a\x07\x01\0" + bytes(24)), "a RAR archive"),
    "l.txt.xz": (lambda path: path.write_bytes(lzma.compress(b"a.jpg 0\n")), "an xz file"),
    "l.txt.bz2": (lambda path: path.write_bytes(bz2.compress(b"a.jpg 0\n")), "a bzip2 file"),
    "empty.bz2": (lambda path: path.write_bytes(bz2.compress(b"")), "a bzip2 file"),
    "l.txt.zst": (_packed("zstd"), "a Zstandard file"),
    "l.txt.lz4": (_packed("lz4"), "an LZ4 file"),
    "a.tfrecord": (tfrecord, "a TFRecord file"),
    "a.rec": (_bytes(struct.pack("<II", 0xCED7230A, 40) + bytes(40)), "a RecordIO file of MXNet"),
    "data.mdb": (_lmdb, "an LMDB database"),
    "a.h5": (_hdf5(0), "an HDF5 file"),
    "late.h5": (_hdf5(1024), "an HDF5 file"),
    "by hand.h5": (_bytes(b"\x89HDF\r\n\x1a\n" + bytes(504)), "an HDF5 file"),
    "a.mat": (_matlab, "a MATLAB file"),
    "a.npy": (lambda path: np.save(path, np.arange(9)), "a NumPy array"),
    "a.npz": (lambda path: np.savez(path, images=np.zeros((2, 4, 4, 3))), "a NumPy archive (npz)"),
    "train-images-idx3-ubyte": (_bytes(struct.pack(">IIII", 0x803, 1, 28, 28) + bytes(784)), "a file of MNIST's kind"),
    "zero.pkl": (_pickled(["a.jpg"], 0), "a pickle of Python"),
    "map.pkl": (_pickled({"a.jpg": 0}, 0), "a pickle of Python"),
    "array.pkl": (_pickled(np.zeros(3), 0), "a pickle of Python"),
    "two.pkl": (_pickled({"a.jpg": 0}, 2), "a pickle of Python"),
    "five.pkl": (_pickled({"a.jpg": 0}, 5), "a pickle of Python"),
    "data_batch_1": (_pickled({b"batch_label": b"one", b"labels": [3]}, 2), "a CIFAR batch (pickle)"),
    "a.pdparams": (_paddle, "weights of Paddle"),
    "a.pth": (_torch(old=False), "weights of PyTorch"),
    "old.pth": (_torch(old=True), "weights of PyTorch"),
    "a.safetensors": (_safetensors, "weights in safetensors"),
    "a.onnx": (_onnx, "an ONNX model"),
    "a.db": (_sqlite, "an SQLite database"),
    "a.pdf": (_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "a PDF document"),
    "a.html": (_bytes(b"\n<!doctype HTML>\n<html><body>404</body></html>\n"), "a web page (HTML)"),
    "list.txt": (_bytes(b"<html><head><title>Sign in</title></head></html>\n"), "a web page (HTML)"),
    "a.svg": (_bytes(b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>\n'), "an SVG drawing"),
    "a.xml": (_bytes(b"<annotation>\n<folder>x</folder>\n</annotation>\n"), "an annotation of Pascal VOC (XML)"),
    "feed.xml": (_bytes(b'\xef\xbb\xbf<?xml version="1.0"?>\n<rss/>\n'), "an XML document"),
    "pointer.csv": (
        _bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
        "a Git LFS pointer",
    ),
    "a.jpg": (picture, "a picture"),
    "without ending": (lambda path: picture(path, "PNG"), "a picture"),
    "a.bmp": (lambda path: picture(path, "BMP"), "a picture"),
    "a.webp": (lambda path: picture(path, "WEBP"), "a picture"),
    "a.jpg.gz": (lambda path: path.write_bytes(gzip.compress(_picture_bytes(path))), "a picture, packed by"),
    "a.mp4": (_bytes(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(99)), "a film"),
    "coco.json": (_coco, "a JSON document of COCO's kind"),
    "records.json": (lambda path: path.write_text('[{"path": "a.jpg", "label": 0}]'), "a JSON document"),
    "pretty.json": (
        lambda path: path.write_text(json.dumps({"a.jpg": 0, "b.jpg": 1}, indent=2)),
        "a JSON document",
    ),
    "audit.json": (_bytes(b'{"schema": "datatool.audit/1", "rows": 3}'), "a document that datatool wrote"),
    "names.txt": (_bytes(b"0 cat\n1 tree frog\n2 dog\n"), "a file of class names"),
    "from one.txt": (_bytes(b"1,cat\n2,dog\n"), "a file of class names"),
    "classes.txt": (_bytes(b"cat\ntree frog\n"), "a file of class names"),
    "a.bin": (_bytes(np.random.default_rng(0).bytes(5_000)), "binary data"),
    "a.bin.gz": (_bytes(gzip.compress(np.random.default_rng(0).bytes(5_000))), "binary data"),
    "parquet.txt": (_bytes(b"PARE" + bytes(40) + b"PARE"), "encrypted Parquet"),
}
"""Name -> who writes it, and how the message calls it."""
