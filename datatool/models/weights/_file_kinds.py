"""What a file given as weights is, told by its first bytes, and what to do where it is something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.errors import CheckpointError
from datatool.frameworks import LAYOUTS
from datatool.models.weights._saved_vars import is_saved_vars

_PADDLE: Final = LAYOUTS["paddle"].suffixes
_TORCH: Final = LAYOUTS["torch"].suffixes
_TAR: Final = (".tar",)
_SUFFIXES: Final = (".safetensors", *_PADDLE, *_TORCH)
_HEAD: Final = 512  # bytes, as long as the header of a tar archive
_LEGACY: Final = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch's magic number, pickled
_WEB: Final = (b"<!doctype", b"<html", b"<?xml", b"<head")
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"Rar!")
_ONNX: Final = (b"\x12", b"\x1a", b"\x3a", b"\x42")  # the field after the version: producer, domain, graph, opset
MAX_HEADER: Final = 100_000_000  # bytes; safetensors reads no larger one


def _is_text(head: bytes) -> bool:
    """Letters alone, with what is cut off at the end of the head."""
    if b"\x00" in head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(head) or len(head) < _HEAD:
            return False
        text = head[: error.start].decode("utf-8")
    return all(char.isprintable() or char.isspace() for char in text)


@dataclass(frozen=True, kw_only=True)
class _Other:
    """A kind of file that holds no weights for us.

    Attributes:
        what: As in "must be weights; got WHAT".
        remedy: One sentence, without a full stop.
        fits: Whether the first bytes are of this kind.
    """

    what: str
    remedy: str
    fits: Callable[[bytes], bool]


_OTHERS: Final = (
    _Other(
        what="a git-lfs pointer to them",
        remedy="run git lfs pull where the file comes from",
        fits=lambda head: head.startswith(b"version https://git-lfs.github.com/"),
    ),
    _Other(
        what="a web page",
        remedy="download the file itself: the link led to a page about it, or to a login",
        fits=lambda head: head.lstrip().lower().startswith(_WEB),
    ),
    _Other(
        what="an HDF5 file, as TensorFlow and Keras write them",
        remedy="give weights of the same backbone made with Paddle or PyTorch",
        fits=lambda head: head.startswith(b"\x89HDF\r\n\x1a\n"),
    ),
    _Other(
        what="a model of TensorFlow",
        remedy="give weights of the same backbone made with Paddle or PyTorch",
        fits=lambda head: head.startswith(b"\x08\x01\x12"),
    ),
    _Other(
        what="an ONNX graph",
        remedy="give the weights that the graph was exported from: a graph cannot be trained",
        fits=lambda head: head[:1] == b"\x08" and head[1:2] < b"\x20" and head[2:3] in _ONNX,
    ),
    _Other(
        what="a packed archive",
        remedy="unpack it, and give the weight file inside",
        fits=lambda head: head.startswith(_PACKED),
    ),
    _Other(
        what="a NumPy array",
        remedy="save a dict of the model's tensors as safetensors",
        fits=lambda head: head.startswith(b"\x93NUMPY"),
    ),
    _Other(
        what="a file of torch before 1.6",
        remedy="save it again with torch.save(torch.load(FILE, map_location='cpu'), NEW) where it was made",
        fits=lambda head: _LEGACY in head[:32],
    ),
    _Other(
        what="JSON text",
        remedy="give the weight file that belongs to it; the parts that an index lists are to be joined into one file",
        fits=lambda head: head.lstrip()[:1] in (b"{", b"[") and _is_text(head),
    ),
    _Other(
        what="plain text",
        remedy="download or copy the weight file itself",
        fits=_is_text,
    ),
)


def located(path: Path, /) -> Path:
    """The file that is meant: PaddleClas names its weights without their suffix."""
    whole = path.with_name(f"{path.name}.pdparams") if path.name else path
    return whole if not path.exists() and whole.is_file() else path


def is_tar(head: bytes, /) -> bool:
    """Whether a file of these first bytes is a tar that is not compressed."""
    return head[257:262] == b"ustar"


def check_kind(path: Path, /) -> None:
    """Look at the first bytes of a weight file.

    Raises:
        CheckpointError: If it is missing, a folder, empty, of another kind, or of a kind that its suffix does not say;
            with what to do.
    """
    if is_saved_vars(path):
        return
    if path.is_dir():
        raise CheckpointError(f"model.pretrained must be a file; got the folder '{path}'", hint=_inside(path))
    path = located(path)
    if not path.is_file():
        raise CheckpointError(f"model.pretrained must be a file; got '{path}'")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise CheckpointError(f"model.pretrained must be readable; got '{error.strerror}'", file=path) from None
    if not head:
        raise CheckpointError(
            "model.pretrained must hold weights; got an empty file", file=path, hint="copy or download it again"
        )
    fitting = _fitting(head)
    other = None if fitting else next((other for other in _OTHERS if other.fits(head)), None)
    if other is not None:
        raise CheckpointError(f"model.pretrained must hold weights; got {other.what}", file=path, hint=other.remedy)
    _check_suffix(path, fitting)


def _check_suffix(path: Path, fitting: tuple[str, ...]) -> None:
    """Kinds that we read, under a name that says another."""
    if path.suffix in (fitting or _SUFFIXES):
        return
    if fitting:
        raise CheckpointError(
            f"'{path.name}' must end in what it is, {' or '.join(fitting)}; got '{path.suffix}'",
            file=path,
            hint=f"rename it to '{path.stem}{fitting[0]}'",
        )
    raise CheckpointError(f"weights must be one of {', '.join(_SUFFIXES)}; got '{path.name}'", file=path)


def _fitting(head: bytes) -> tuple[str, ...]:
    """Those that a file of these first bytes may have; none where they do not tell."""
    if head.startswith(b"PK\x03\x04"):
        return _TORCH
    if is_tar(head):
        return _TAR
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= MAX_HEADER:
        return (".safetensors",)
    if head[:1] == b"\x80" and b"\x02" <= head[1:2] <= b"\x05" and _LEGACY not in head[:32]:
        return _PADDLE
    return ()


def _inside(folder: Path) -> str:
    """The weight file in a folder, where there is one."""
    inside = sorted(file.name for file in folder.iterdir() if file.suffix in _SUFFIXES)
    name = "model.safetensors" if "model.safetensors" in inside else next(iter(inside), None)
    if name is not None:
        return f"give '{folder / name}'"
    steps = folder / "checkpoints"
    if steps.is_dir():
        return f"give the model.safetensors of one of its steps, in '{steps}'"
    return "give the weight file itself"
