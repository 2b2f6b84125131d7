"""What `datatool predict` is pointed at, as a list of image files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from datatool.errors import DatasetError
from datatool.images import read_header
from datatool.rows import ListedPath, listed_paths, names_image, pictures_below, resolve
from datatool.schemas import check_url, is_url
from datatool.storage import is_file, read_head

_HEAD: Final = 1 << 16  # bytes in which every common format tells what it is


def image_paths(
    inputs: Sequence[str],
    /,
    *,
    root: str | None = None,
    on_fault: Callable[[ListedPath], None] | None = None,
) -> list[str]:
    """Image files, folders (every image below, sorted) and DATASETs, in the order given.

    A folder without an image below it, such as a pack or what ``split`` wrote, is a DATASET.

    Args:
        inputs: At least one. Labels of a list may be missing and are not looked at.
        root: Where the paths of a DATASET are opened; default: the folder of its list.
        on_fault: Called with each line of a list that cannot be read as a path; None raises at the first.

    Raises:
        DatasetError: If an input does not exist or brings no line.
    """
    found: list[str] = []
    for each in inputs:
        empty = True
        for line in _lines(each, root):
            empty = False
            if line.path is not None:
                found.append(line.path)
            elif on_fault is not None:
                on_fault(line)
            else:
                raise DatasetError(f"a line must name an image; {line.reason}", file=line.file, line=line.line)
        if empty:
            raise DatasetError(f"images to predict must be there; '{each}' brings none")
    return found


def _lines(given: str, root: str | None) -> Iterator[ListedPath]:
    if not given:
        raise DatasetError("images to predict must be named; got an empty name", hint="this folder is called '.'")
    path = Path(given)
    if is_url(given):
        yield from _url_lines(given, root)
    elif path.is_dir() and (pictures := pictures_below(path)):
        for number, picture in enumerate(pictures, start=1):
            yield ListedPath(file=given, line=number, path=picture)
    elif names_image(path) or _holds_image(path):
        yield ListedPath(file=given, line=1, path=given)
    else:
        yield from listed_paths(resolve(given, root=root))


def _url_lines(url: str, root: str | None) -> Iterator[ListedPath]:
    """An object by its name; a list, a container or a prefix by what it holds."""
    check_url(url)
    if names_image(url):
        yield ListedPath(file=url, line=1, path=url)
    else:
        yield from listed_paths(resolve(url, root=root))


def _holds_image(path: Path) -> bool:
    """Whether a file without an image's name is one; no list of paths holds a NUL."""
    if not is_file(str(path)):
        return False
    try:
        head = read_head(str(path), _HEAD)
    except OSError:
        return False
    return b"\0" in head and read_header(head).format != ""
