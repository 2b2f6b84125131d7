"""Files that are no weights: each is called what it is, with what to do, before anything of it is read."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from datatool.errors import CheckpointError
from datatool.models import check_kind, read_weights
from tests.helpers.runs import Run

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 102530333\n"
WEIGHTS = {"fc.weight": np.ones((3, 2), np.float32)}


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=WEIGHTS["fc.weight"])
    return stream.getvalue()


def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("w.pdparams"))
    return stream.getvalue()


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return stream.getvalue()


OTHERS = {
    "pointer.pth": (POINTER.encode(), "git-lfs pointer", "git lfs pull"),
    "page.pdparams": (b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", "web page", "download the file itself"),
    "refused.safetensors": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "web page", "download"),
    "empty.pth": (b"", "empty file", "again"),
    "keras.h5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "HDF5", "Paddle or PyTorch"),
    "saved_model.pb": (b"\x08\x01\x12\x90\x04" + bytes(600), "TensorFlow", "Paddle or PyTorch"),
    "net.onnx": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0" + bytes(600), "ONNX", "exported from"),
    "w.pdparams": (gzip.compress(pickle.dumps(WEIGHTS)), "packed archive", "unpack it"),
    "w.tar": (tar(), r"cut short.* in a tar \(.*w\.tar\)", "again"),
    "array.pth": (b"\x93NUMPY\x01\x00" + bytes(100), "NumPy array", "dict of the model's tensors"),
    "notes.pth": (b"notes on the weights\n" * 90, "plain text", "itself"),
    "model.safetensors.index.json": (json.dumps({"weight_map": {}}).encode(), "JSON", "joined into one file"),
    "error.pth": (b'{"message": "Not Found"}', "JSON", "weight file that belongs to it"),
    "npz.pth": (npz(), "data.pkl; the archive has none", "unpack the archive"),
    "cut.pth": (archive(**{"a/data.pkl": pickle.dumps(WEIGHTS)})[:-30], "cut short", "again"),
    "cut.pdparams": (pickle.dumps(WEIGHTS, 4)[:-9], "cut short", "again"),
    "cut.safetensors": (save(WEIGHTS)[:-1], "cut short", "again"),
    "header_cut.safetensors": (save(WEIGHTS)[:30], "cut short", "again"),
    "list.pdparams": (pickle.dumps([1.0]), "dict of names; got list", r"state_dict\(\)"),
    "numbers.pdparams": (pickle.dumps({"epoch": 3}), "arrays by name; got none", r"state_dict\(\)"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_weights_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    """And the hint says what to do."""
    data, what, remedy = OTHERS[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CheckpointError, match=what) as caught:
        read_weights(tmp_path / name)
    assert caught.value.hint is not None
    caught.match(remedy)


def test_text_is_known_where_its_first_bytes_end_inside_a_letter(tmp_path: Path) -> None:
    """The letters of other languages take several bytes each."""
    for shift in range(3):
        (tmp_path / "t.pth").write_text("x" * shift + "\u732b" * 400, encoding="utf-8")
        with pytest.raises(CheckpointError, match="plain text"):
            check_kind(tmp_path / "t.pth")


@pytest.mark.parametrize(
    ("name", "data", "right"),
    [
        ("w.pth", save(WEIGHTS), "w.safetensors"),
        ("w.bin", archive(**{"a/data.pkl": b""}), "w.pth"),
        ("w.safetensors", pickle.dumps(WEIGHTS, 2), "w.pdparams"),
        ("w.pdparams", archive(**{"a/data.pkl": b""}), "w.pth"),
    ],
)
def test_weights_under_a_wrong_suffix_are_told_their_name(tmp_path: Path, name: str, data: bytes, right: str) -> None:
    """What a file is, its first bytes say."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CheckpointError, match=f"rename it to '{right}'"):
        read_weights(tmp_path / name)


def test_a_file_of_torch_before_its_archives_is_told_apart(tmp_path: Path) -> None:
    """With how to save it anew."""
    torch = pytest.importorskip("torch")
    torch.save({"a": torch.ones(2)}, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"torch before 1\.6.*torch\.save\(torch\.load"):
        read_weights(tmp_path / "w.pth")


def test_a_safetensors_header_that_begins_like_a_graph_is_read(tmp_path: Path) -> None:
    """Its first bytes are the header's length, 0x120808 here: those of an ONNX graph, and nothing else is."""
    bare = save(WEIGHTS)
    length, header = int.from_bytes(bare[:8], "little"), bare[8 : 8 + int.from_bytes(bare[:8], "little")]
    padded = header + b" " * (0x120808 - length)
    (tmp_path / "w.safetensors").write_bytes((0x120808).to_bytes(8, "little") + padded + bare[8 + length :])
    assert read_weights(tmp_path / "w.safetensors").arrays["fc.weight"].tolist() == [[1, 1]] * 3


def test_a_folder_is_answered_with_the_file_in_it(tmp_path: Path) -> None:
    """A checkpoint, an export, a run, and a folder without weights."""
    for folder, file in (("step_5", "model.safetensors"), ("export", "model.pdparams")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).touch()
        (tmp_path / folder / "optimizer.safetensors").touch()
        with pytest.raises(CheckpointError, match=f"got the folder .*give '.*{file}'"):
            check_kind(tmp_path / folder)
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"model\.safetensors of one of its steps"):
        check_kind(tmp_path / "run")
    (tmp_path / "none").mkdir()
    with pytest.raises(CheckpointError, match="give the weight file itself"):
        check_kind(tmp_path / "none")
    with pytest.raises(CheckpointError, match="must be a file; got"):
        check_kind(tmp_path / "absent.pth")


@pytest.mark.parametrize("name", ["pointer.pth", "cut.pdparams", "folder"])
def test_a_run_that_cannot_begin_for_its_weights_leaves_no_folder(home: Path, run: Run, name: str) -> None:
    """Whether the first bytes tell, or only reading the whole."""
    if name == "folder":
        (home / name).mkdir()
    else:
        (home / name).write_bytes(OTHERS[name][0])
    with pytest.raises(CheckpointError):
        run(model={"pretrained": name})
    assert not (home / "runs" / "r").exists()
