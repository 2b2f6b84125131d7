"""One line of list text: the grammar, as a plain function.

    line  = path separator label
    label = the last token, -?[0-9]+ , 0 to 2^31 - 1; else the words after the last image extension, a class name

The vectorised reader in `_block.py` takes the lines that need no judgement; every other line comes here,
so this file is the definition.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

from datatool.schemas import MAX_LABEL

IMAGE_EXTENSIONS: Final = (
    *("jpg", "jpeg", "jfif", "png", "bmp", "gif", "tif", "tiff", "webp"),
    *("ppm", "pgm", "jp2", "avif"),
)
SEPARATOR_NAMES: Final = {" ": "space", "\t": "tab", ",": "comma"}

_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"(-?[0-9]+)\.0+", re.ASCII)
_IDS = re.compile(r"-?[0-9]+([,;|]-?[0-9]+)+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # would break the line of a names file
_JSON = re.compile(r"[\[{].*[\]}]|.*[\]}]{2}", re.DOTALL)  # whole, or its last token
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_IMAGE_END = re.compile(rf"\.({'|'.join(IMAGE_EXTENSIONS)})$", re.IGNORECASE)
_IMAGE_THEN_MORE = re.compile(rf"\.({'|'.join(IMAGE_EXTENSIONS)})\"?[ \t,]", re.IGNORECASE)
_MISSING: Final = frozenset({"n/a", "#n/a"})  # class names for want of one, though they look like paths
_INVISIBLE = re.compile("[\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]")
_BLANK = " \t"
_MAX_WORD: Final = 256  # longer labels are no class names, and patterns stay cheap


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """A usable row, and what was untidy or odd about its line."""

    path: str
    label: int
    untidy: tuple[str, ...] = ()
    extra: str | None = None  # the tokens between an image extension and the label


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A line that gives no row; ``path`` and ``word`` are set where the label is a word that a map could mend."""

    code: str
    reason: str
    path: str | None = None
    word: str | None = None


def parse_line(line: str, /, *, separator: str) -> Parsed | Fault | None:
    r"""Read one line without its end; None for a blank one.

    >>> parse_line("a b/x y.jpg 5", separator=" ")
    Parsed(path='a b/x y.jpg', label=5, untidy=(), extra=None)
    >>> parse_line("x.jpg cat", separator=" ")
    Fault(code='E102', reason="label 'cat' is a word", path='x.jpg', word='cat')
    """
    text = line.strip(_BLANK)
    if not text:
        return None
    fault = _control_characters(text)
    if fault is not None:
        return fault
    path, label, mixed = _split(text, separator)
    if label is not None and not _INTEGER.fullmatch(label):
        path, label = _named(text, separator) or (path, label)
    if label is None:
        return _one_token(path)
    if not path:
        return Fault(code="E101", reason="no path before the label")
    if not label:
        return Fault(code="E101", reason="no label after the path")
    value = read_label(label, path)
    if isinstance(value, Fault):
        return value
    marks = (len(text) != len(line), "blanks at the ends"), (mixed, "mixed separators")
    return Parsed(path=path, label=value, untidy=tuple(name for seen, name in marks if seen), extra=_extra(path))


def is_word(label: str, /) -> bool:
    """Whether a label is a class name: no slash, no file extension, not a number.

    >>> [is_word(label) for label in ("cat", "1.0", "mask.png", "a/b", "t-shirt")]
    [True, False, False, False, True]
    """
    if label.lower() in _MISSING:
        return True
    return not (
        not label
        or len(label) > _MAX_WORD
        or "/" in label
        or "\\" in label
        or _CONTROL.search(label)
        or _JSON.fullmatch(label)
        or _EXTENSION.search(label)
        or _NUMBER.fullmatch(label)
        or _several_numbers(label)
        or _IDS.fullmatch(label)
        or label.isnumeric()
    )


def is_name(label: str, /) -> bool:
    """Whether a label that stands in a column of its own is a class name: a word, or words with slashes.

    >>> [is_name(label) for label in ("cat", "T-shirt/top", "masks/1.png", "/a", "1.0", "3")]
    [True, True, False, False, False, False]
    """
    return is_word(label) or ("/" in label and label[0] not in "./" and is_word(label.replace("/", " ")))


def is_integer(label: str, /) -> bool:
    """Whether a label is `-?[0-9]+`."""
    return _INTEGER.fullmatch(label) is not None


def whole_decimal(label: str, /) -> str | None:
    """The integer that a decimal such as `3.0` is, as programs write it that hold ids as floats; None for others.

    >>> whole_decimal("3.0"), whole_decimal("3.5"), whole_decimal("3")
    ('3', None, None)
    """
    found = _WHOLE.fullmatch(label)
    return None if found is None else found[1]


def is_decimal(label: str, /) -> bool:
    """Whether a label is a number with a decimal point.

    >>> is_decimal("3.0"), is_decimal("3"), is_decimal("1e-3")
    (True, False, True)
    """
    return _NUMBER.fullmatch(label) is not None and not is_integer(label)


def _several_numbers(label: str) -> bool:
    if len(label) > _MAX_WORD:
        return False
    tokens = label.split()
    return len(tokens) > 1 and all(_NUMBER.fullmatch(token) for token in tokens)


def label_score(line: str, separator: str, /) -> int:
    """How well a line reads with a separator: 2 file name and integer, 1 text and integer, 0 otherwise."""
    if '"' not in line and not any(mark in line for mark in (" \t" if separator == " " else separator)):
        return 0
    text = line.strip(_BLANK)
    path, label, mixed = _split(text, separator)
    if mixed or not path or label is None or not _INTEGER.fullmatch(label):
        return 0
    if _IMAGE_END.search(path):
        return 2
    other = {",": " \t", "\t": "", " ": "\t"}[separator]
    return 0 if any(mark in path for mark in other) and _IMAGE_THEN_MORE.search(path) else 1


def ends_path(line: str, separator: str, /) -> bool:
    """Whether an image extension is followed by this separator."""
    return any(found.group().endswith(separator) for found in _IMAGE_THEN_MORE.finditer(line))


def _split(text: str, separator: str) -> tuple[str, str | None, bool]:
    """(path, label or None, whether another separator than the list's was used)."""
    for mark in (separator, *(other for other in ("\t", " ", ",") if other != separator)):
        found = _last_token(text, mark)
        if found is None:
            continue
        if mark == separator or _INTEGER.fullmatch(found[1]):
            return (*found, mark != separator or ("\t" in text and separator == " " and _tab_splits(text)))
    return text, None, False


def _named(text: str, separator: str) -> tuple[str, str] | None:
    """(path, all words after the last image extension), where the path ends at the list's separator or no other does.

    Quotes that stand around the label end the path by themselves.
    """
    if text.endswith('"'):
        return None
    *_, last = itertools.chain([None], _IMAGE_THEN_MORE.finditer(text))
    if last is None:
        return None
    rest = text[last.end() - 1 :]
    begins = rest[0] in (" \t" if separator == " " else separator)
    if not begins and separator in rest:
        return None
    label = rest[1:].strip(_BLANK)
    return (_unquote(text[: last.end() - 1].rstrip(_BLANK)), label) if label else None


def _tab_splits(text: str) -> bool:
    return text.rstrip("0123456789").endswith("\t")


def _last_token(text: str, separator: str) -> tuple[str, str] | None:
    """Cut at the last separator; quotes around either side are taken off."""
    if text.endswith('"') and text.count('"') % 2 == 0:
        start = text.rfind('"', 0, -1)
        head = text[:start].rstrip(_BLANK)
        if separator == "," and head.endswith(","):
            head = head[:-1].rstrip(_BLANK)
        if start and len(head) < start:
            return _unquote(head), text[start + 1 : -1]
    cut = max(text.rfind(" "), text.rfind("\t")) if separator == " " else text.rfind(separator)
    if cut < 0:
        return None
    return _unquote(text[:cut].rstrip(_BLANK)), text[cut + 1 :].strip(_BLANK)


def _unquote(token: str) -> str:
    return token[1:-1] if len(token) >= 2 and token[0] == token[-1] == '"' else token


def _control_characters(text: str) -> Fault | None:
    if "\0" in text:
        return Fault(code="E101", reason="a NUL byte stands in the line")
    if "\r" in text:
        return Fault(code="E101", reason="a carriage return stands in the line: old Mac line ends?")
    return None


def _one_token(text: str) -> Fault:
    if _INTEGER.fullmatch(text):
        return Fault(code="E101", reason="no path before the label")
    hidden = _INVISIBLE.search(text)
    if hidden is not None:
        return Fault(
            code="E101",
            reason=f"no label: an invisible U+{ord(hidden.group()):04X} stands where a separator may have been meant",
        )
    return Fault(code="E101", reason="no label after the path")


def read_label(label: str, path: str, /) -> int | Fault:
    """A label as a class id, or what is wrong with it."""
    if not _INTEGER.fullmatch(label):
        return _not_integer(label, path)
    if label.startswith("-") and label.strip("-0"):
        return Fault(code="E103", reason=f"label {_short(label)} is negative")
    digits = label.lstrip("-0") or "0"
    if len(digits) > len(str(MAX_LABEL)) or int(digits) > MAX_LABEL:
        return Fault(code="E104", reason=f"label {_short(label)} is above {MAX_LABEL}")
    return int(digits)


def _not_integer(label: str, path: str) -> Fault:
    shown = _short(label)
    if is_word(label):
        return Fault(code="E102", reason=f"label '{shown}' is a word", path=path, word=label)
    if _EXTENSION.search(label) or "/" in label or "\\" in label:
        return Fault(
            code="E102", reason=f"the last token '{shown}' is a path, not a label: {_second_path(label, path)}"
        )
    if _JSON.fullmatch(label):
        return Fault(code="E102", reason=f"label '{shown}' is JSON: a detection list pairs image and annotation")
    if _IDS.fullmatch(label) or _several_numbers(label):
        return Fault(code="E102", reason=f"label '{shown}' is several ids: a multi-label or detection list")
    return Fault(code="E102", reason=f"label '{shown}' is not an integer (-?[0-9]+)")


def _second_path(label: str, path: str) -> str:
    """What kind of list ends its lines in a path."""
    if not _IMAGE_END.search(path):
        return "the label is missing"
    if _IMAGE_END.search(label):
        return "a segmentation list pairs image and mask"
    if label.lower().endswith((".xml", ".json", ".txt")):
        return "a detection list pairs image and annotation"
    return "a list of pairs, not of image and class"


def _short(label: str) -> str:
    return label if len(label) <= 40 else f"{label[:37]}..."


def _extra(path: str) -> str | None:
    found = _IMAGE_THEN_MORE.search(path)
    return None if found is None or _IMAGE_END.search(path) else path[found.end() :]
