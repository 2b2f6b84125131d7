"""Pickles of weights: code never run, memory never the file's choice, arrays of numbers read as they were written."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError
from datatool.models.weights._unpickle import read_pdparams, read_pth


class Evil:
    """Would run a command when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return eval, (f"open({str(self.target)!r}, 'w')", {})


class System(Evil):
    def __reduce__(self) -> Any:
        import os

        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("kind", [Evil, System])
@pytest.mark.parametrize("suffix", [".pdparams", ".pth"])
def test_a_file_that_tries_to_run_code_is_refused(tmp_path: Path, kind: type[Evil], suffix: str) -> None:
    """Nothing is run, and the sentence says what was asked for."""
    path, target = tmp_path / f"evil{suffix}", tmp_path / "pwned"
    data = pickle.dumps({"a": kind(target)})
    if suffix == ".pth":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("w/data.pkl", data)
    else:
        path.write_bytes(data)
    with pytest.raises(CheckpointError):
        (read_pth if suffix == ".pth" else read_pdparams)(path)
    assert not target.exists()


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    """Its elements could be anything."""
    path = tmp_path / "o.pdparams"
    path.write_bytes(pickle.dumps({"a": np.array([io.BytesIO], dtype=object)}))
    with pytest.raises(CheckpointError):
        read_pdparams(path)


class Calls:
    """Pickled as a call, with a state to set on what it returns."""

    def __init__(self, function: Any, arguments: tuple[Any, ...], state: Any = None) -> None:
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> Any:
        return self.reduced


OBJECTS = (3, "|", None, None, None, -1, -1, 0)  # the state of a dtype whose flags hide that it holds pointers
FIELDS = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)
RECONSTRUCT, SCALAR = np.zeros(1).__reduce__()[0], np.float32(1).__reduce__()[0]
FROM_BUFFER = np.zeros(1).__reduce_ex__(5)[0]


@pytest.mark.parametrize(
    "crafted",
    [
        Calls(np.ndarray, ((2,), np.dtype("O"), b"A" * 16)),
        Calls(np.ndarray, ((2,), "O", b"A" * 16)),
        Calls(np.ndarray, ((4,), "f4", b"A" * 16, 0, (10**9,))),
        Calls(FROM_BUFFER, (b"A" * 16, Calls(np.dtype, ("O8", False, True), OBJECTS), (2,), "C")),
        Calls(FROM_BUFFER, (b"A" * 16, Calls(np.dtype, ("V8", False, True), FIELDS), (2,), "C")),
        Calls(SCALAR, (Calls(np.dtype, ("O8", False, True), OBJECTS), b"A" * 8)),
        Calls(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, (1 << 40,), np.dtype("f4"), False, b"")),
        Calls(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, (1,), np.dtype("O"), False, [io.BytesIO])),
    ],
)
def test_a_file_that_chooses_its_own_memory_is_refused(tmp_path: Path, crafted: Calls) -> None:
    """Pointers of the file's making, numbers of a size that is not there, strides past the end."""
    path = tmp_path / "o.pdparams"
    path.write_bytes(pickle.dumps({"a": crafted}))
    with pytest.raises(CheckpointError):
        read_pdparams(path)


def test_an_array_is_filled_once(tmp_path: Path) -> None:
    """What has been read from it would be freed."""
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\ntR"
    state = b"(K\x01K\x02\x85cnumpy\ndtype\n(X\x02\x00\x00\x00f8tR\x89C\x10" + b"A" * 16 + b"t"
    path = tmp_path / "o.pdparams"
    path.write_bytes(b"\x80\x04}X\x01\x00\x00\x00a" + made + state + b"bs.")
    assert read_pdparams(path)["a"].tolist() == np.frombuffer(b"A" * 16).tolist()
    path.write_bytes(b"\x80\x04}X\x01\x00\x00\x00a" + made + state + b"b" + state + b"bs.")
    with pytest.raises(CheckpointError, match="filled twice"):
        read_pdparams(path)


def test_a_tensor_past_its_storage_is_refused_whatever_integers_say_so(tmp_path: Path) -> None:
    """Sizes that wrap around in the arithmetic of numpy."""
    rebuild = pytest.importorskip("torch")._utils._rebuild_tensor_v2
    path = tmp_path / "w.pth"
    wrapping = (np.int8(127), np.int8(127)), (np.int8(1), np.int8(127))
    for size, stride in (((9,), (1,)), ((2,), (-1,)), wrapping):
        call = Calls(rebuild, (np.zeros(8, np.float32), 0, size, stride))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("w/data.pkl", pickle.dumps({"a": call}, 5))
        with pytest.raises(CheckpointError, match="past its storage"):
            read_pth(path)


ARRAYS = {
    **{
        kind: np.arange(6).reshape(2, 3).astype(kind)
        for kind in ("?", "i1", "u2", ">i4", "i8", "f2", "f4", ">f8", "c8")
    },
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(16.0).reshape(4, 4)[::2, ::3],
    "nothing": np.zeros((3, 0), np.float32),
    "point": np.array(3.5, np.float32),
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("core", ["numpy.core", "numpy._core"])
def test_arrays_of_numbers_are_read_as_any_numpy_wrote_them(tmp_path: Path, protocol: int, core: str) -> None:
    """Every dtype, byte order and layout, without values and without dimensions, and single numbers."""
    path = tmp_path / "w.pdparams"
    data = pickle.dumps({**ARRAYS, "single": np.float32(2.5)}, protocol)
    for module in (b"multiarray", b"numeric"):
        written, wanted = b"numpy._core." + module, core.encode() + b"." + module
        data = data.replace(b"\x8c" + bytes([len(written)]) + written, b"\x8c" + bytes([len(wanted)]) + wanted)
        data = data.replace(b"c" + written + b"\n", b"c" + wanted + b"\n")
    if protocol >= 4:
        data = pickle.dumps(None, protocol)[:2] + data[11:]  # without the frame, whose length changed
    path.write_bytes(data)
    found = read_pdparams(path)
    assert found.pop("single") == 2.5
    assert found.keys() == ARRAYS.keys()
    for name, expected in ARRAYS.items():
        assert found[name].dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
        assert found[name].shape == expected.shape
        assert np.array_equal(found[name], expected), name
