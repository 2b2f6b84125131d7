"""How files are told that have no magic number of their own, or one that text may begin with too."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from datatool.images import read_header
from datatool.rows._pictures import names_image
from datatool.rows.foreign._seen import Seen
from datatool.rows.names._file import NAMES_FILES
from datatool.rows.readers import HEAD
from datatool.rows.text._encoding import encoding_of
from datatool.rows.text._grammar import IMAGE_EXTENSIONS

_TAR_BLOCK: Final = 512
_CHECKSUM: Final = slice(148, 156)  # of a tar header, itself counted as blanks
_CRC32C: Final = 0x82F63B78  # Castagnoli's polynomial, reversed
_MASK: Final = 0xA282EAD8  # what TFRecord adds to a rotated checksum
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_BLANK: Final = b" \t\r\n\xef\xbb\xbf"
_NAME_LINE: Final = re.compile(r"\s*([0-9]{1,18})[\s,]+(\S.*)")
_IMAGE: Final = re.compile(rf"\.({'|'.join(IMAGE_EXTENSIONS)})\b", re.IGNORECASE)
_CONTROL: Final = bytes({*range(32), 127} - {*b"\t\n\r\f\x1b"})
_BINARY: Final = 0.02  # control characters among the first bytes; random bytes hold 11 %
_JSON: Final = re.compile(rb'\{\s*["}]|\[\s*[{"\[]')
_LISTED: Final = re.compile(  # a line of a list whose path begins as JSON does
    rf"[^\n]*\.(?:{'|'.join(IMAGE_EXTENSIONS)})[ \t,;]+[^\s{{}}\[\],\"]+\s*(?:\n|$)".encode(), re.IGNORECASE
)
_LINES: Final = tuple(f"{ending}{packed}" for ending in (".jsonl", ".ndjson", ".jsonlines") for packed in ("", ".gz"))
_COCO: Final = {"images", "annotations", "categories"}


def is_tar(seen: Seen, /) -> bool:
    """Whether the first header's checksum is right: the oldest tars have no magic number."""
    head = seen.head[:_TAR_BLOCK]
    if len(head) < _TAR_BLOCK or not head[0]:
        return False
    try:
        told = int(head[_CHECKSUM].strip(b" \0") or b"-1", 8)
    except ValueError:
        return False
    return told == sum(head) - sum(head[_CHECKSUM]) + 8 * ord(" ")


def is_tfrecord(seen: Seen, /) -> bool:
    """Whether the length of the first record carries its checksum (CRC-32C, rotated by 15 bits and shifted)."""
    if len(seen.head) < 12:
        return False
    crc = _crc32c(seen.head[:8])
    masked = ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
    return masked == int.from_bytes(seen.head[8:12], "little")


def _crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_CRC32C if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def is_hdf5(seen: Seen, /) -> bool:
    """HDF5 may begin after a block of the user's, at 512 bytes or a power of two above."""
    places = (0, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    return any(seen.head.startswith(_HDF5, at) for at in places)


def is_safetensors(seen: Seen, /) -> bool:
    """The length of a JSON header, and the header."""
    return len(seen.head) > 8 and seen.head[6:8] == b"\0\0" and seen.head[8:].lstrip(b" ").startswith(b'{"')


def is_picture(seen: Seen, /) -> bool:
    """A format that is read; `BM` and `P3` may begin a line of text, which holds no NUL."""
    return (b"\0" in seen.head or names_image(seen.name)) and read_header(seen.head).format != ""


def is_onnx(seen: Seen, /) -> bool:
    """A protocol buffer whose first fields are the version and the producer's name of an ONNX model."""
    begins = re.match(rb"\x08[\x01-\x1f]\x12([\x01-\x7f])", seen.head, re.DOTALL)
    if begins is None:
        return seen.name.lower().endswith(".onnx") and b"\0" in seen.head
    producer = seen.head[4 : 4 + begins[1][0]]
    return producer.isascii() and producer.decode("ascii").isprintable()


def is_json(seen: Seen, /) -> bool:
    """One JSON document, and not a JSON object on each line."""
    head = seen.head.lstrip(_BLANK)
    is_cut = seen.name.lower().endswith(_LINES) and len(seen.head) >= HEAD and b"\n" not in head
    return _JSON.match(head) is not None and not (is_cut or _LISTED.match(head) or _is_lines(head))


def _is_lines(head: bytes) -> bool:
    first, end, rest = head.partition(b"\n")
    told = _object(first)
    if told is None:  # broken, longer than the head, or the first line of a document that is printed in many
        return bool(end) and rest.lstrip(_BLANK).startswith(b'{"')
    return not _is_document(told) and rest.lstrip(_BLANK)[:1] in (b"", b"{")


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_document(told: dict[str, Any]) -> bool:
    """Whether an object is a data set of its own, not one row."""
    return str(told.get("schema", "")).startswith("datatool.") or any(
        isinstance(told.get(key), list | dict) for key in _COCO
    )


def is_coco(seen: Seen, /) -> bool:
    """A JSON document with annotations of images as COCO has them."""
    return is_json(seen) and re.search(rb'"(?:annotations|categories)"\s*:\s*\[', seen.head) is not None


def is_own_document(seen: Seen, /) -> bool:
    """A JSON document that datatool wrote: a plan, an audit, metrics."""
    return seen.head.lstrip(_BLANK)[:1] == b"{" and re.search(rb'"schema"\s*:\s*"datatool\.', seen.head) is not None


def is_names(seen: Seen, /) -> bool:
    """`id name` lines, from 0 or 1 without gaps, or one name each under a usual name; no images among them."""
    if b"\0" in seen.head or len(seen.head) < 3:
        return False
    lines = seen.head.decode(errors="replace").strip().splitlines()[:1_000]
    if _IMAGE.search(seen.head.decode(errors="replace")):
        return False
    found = [_NAME_LINE.fullmatch(line) for line in lines]
    ids = [int(match[1]) for match in found if match is not None]
    words = [match[2].strip() for match in found if match is not None]
    is_numbered = len(ids) == len(lines) and ids[:1] in ([0], [1]) and ids == list(range(ids[0], ids[0] + len(ids)))
    is_named = seen.path.name.lower() in NAMES_FILES
    if is_numbered:
        return not all(word.isdecimal() for word in words) and (is_named or len(set(words)) == len(words) > 1)
    return is_named and not any(re.search(r"\s-?[0-9]+\s*$", line) for line in lines)


def is_binary(seen: Seen, /) -> bool:
    """Bytes that are no text in any encoding: control characters, and no valid UTF-8."""
    head = seen.head
    if len(head) < 32 or encoding_of(head) is not None:
        return False
    control = len(head) - len(head.translate(None, _CONTROL))
    if control <= _BINARY * len(head):
        return False
    kept = head.decode(errors="ignore").encode()
    return len(head) - len(kept) > _BINARY * len(head) or head.count(b"\0") > len(head) // 4
