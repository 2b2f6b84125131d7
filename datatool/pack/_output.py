"""Where a pack goes: a folder, or a bucket, to which every finished file is sent from a folder of this machine."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from datatool.pack._shard import TABLES, Packed, read_packed, table_file
from datatool.pack._unpack import UNPACKED
from datatool.rows import refuse_odd_url
from datatool.schemas import (
    ConfigError,
    PackDocument,
    absolute_place,
    atomic_file,
    is_url,
    remove_abandoned,
    scratch_folder,
    sole_writer,
)
from datatool.storage import (
    check_writable,
    delete_objects,
    names_below,
    object_bytes,
    write_new_object,
    write_object,
)

PACK_FILE: Final = "pack.json"
_MANIFESTS: Final = "manifest-"  # how their names begin


class Output(Protocol):
    """Where a pack goes.

    Attributes:
        place: As people name it.
        folder: Of this machine, in which files are made.
    """

    place: str
    folder: Path

    def begun(self, new: PackDocument, /) -> PackDocument:
        """The document of an earlier run; else the one given, which is written.

        Raises:
            ConfigError: If something else is there.
        """
        ...

    def place_of(self, name: str, /) -> str:
        """Where a file of it is."""
        ...

    def finished(self, name: str, /) -> list[Packed] | None:
        """What an earlier run put into a shard; None where it did not finish it."""
        ...

    def add(self, name: str, /) -> None:
        """Take in a shard that was written in the folder, with its table."""
        ...

    def sizes(self, names: Collection[str], /) -> Mapping[str, int]:
        """Bytes of shards that are in place."""
        ...

    def end(self, document: PackDocument, shards: Collection[str], /) -> None:
        """Take in all other files of the folder, the document last; other shards are removed."""
        ...

    def tidy(self) -> None:
        """Remove what only an unfinished pack needs."""
        ...


@contextlib.contextmanager
def open_output(place: str | Path, /) -> Iterator[Output]:
    """The output at a place, held against other processes where it is a folder.

    Two processes that pack into one place of a bucket write the same bytes, or the later one is refused.

    Raises:
        ConfigError: If another process writes there, or this machine has no room for a shard on its way to a bucket.
        DatasetError: If it is a URL that nothing can be written to, or looks like one and is none.
    """
    refuse_odd_url(str(place))
    if not is_url(place):
        with sole_writer(Path(place)):
            yield FolderOutput(Path(place))
        return
    check_writable(str(place))
    with scratch_folder() as folder:
        try:
            yield BucketOutput(str(place), folder)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise ConfigError(
                f"a pack for a bucket must have room for a shard on this machine; got none left in '{folder.parent}'",
                hint="set TMPDIR to a folder on a larger disk, or give a smaller --shard-bytes",
            ) from None


def output_at(place: str, folder: Path, /) -> Output:
    """The output at a place that another process holds.

    Args:
        place: A folder or a URL.
        folder: Of this machine, where files for a bucket are made.
    """
    return BucketOutput(place, folder) if is_url(place) else FolderOutput(Path(place))


class FolderOutput:
    """A folder: what is written there is in place."""

    def __init__(self, folder: Path, /) -> None:
        self.place = str(folder)
        self.folder = folder

    def begun(self, new: PackDocument, /) -> PackDocument:
        """See `Output`."""
        file = self.folder / PACK_FILE
        if not self.folder.exists() or all(each.name == UNPACKED for each in self.folder.iterdir()):
            _write(file, new)
            return new
        if not file.is_file():
            raise _occupied("folder", self.place)
        old = _parsed(file.read_bytes(), self.place_of(PACK_FILE))
        if not old.complete:
            remove_abandoned(self.folder)
        return old

    def place_of(self, name: str, /) -> str:
        """See `Output`."""
        return str(self.folder / name)

    def finished(self, name: str, /) -> list[Packed] | None:
        """See `Output`."""
        return read_packed(self.folder, name) if (self.folder / name).is_file() else None

    def add(self, name: str, /) -> None:
        """See `Output`."""

    def sizes(self, names: Collection[str], /) -> Mapping[str, int]:
        """See `Output`."""
        return {name: (self.folder / name).stat().st_size for name in names}

    def end(self, document: PackDocument, shards: Collection[str], /) -> None:
        """See `Output`."""
        _write(self.folder / PACK_FILE, document)
        for file in self.folder.glob("*.tar"):
            if file.name not in shards:  # of an earlier run that could read fewer images
                file.unlink()

    def tidy(self) -> None:
        """See `Output`."""
        for folder in (TABLES, UNPACKED):
            shutil.rmtree(self.folder / folder, ignore_errors=True)


class BucketOutput:
    """A place on a bucket.

    A shard is there before its table, which says that it is whole; manifests are there after all else, and the document
    that says so is the last.

    Args:
        url: Of the place.
        folder: Of this machine, where each file is until it was sent.
    """

    def __init__(self, url: str, folder: Path, /) -> None:
        self.place = absolute_place(url)
        self.folder = folder
        self._sizes: dict[str, int] = {}  # name -> bytes of what is there
        self._is_listed = False

    def begun(self, new: PackDocument, /) -> PackDocument:
        """See `Output`."""
        self._sizes = dict(names_below(self.place))
        self._is_listed = True
        if PACK_FILE not in self._sizes:
            if self._sizes:
                raise _occupied("place", self.place)
            if write_new_object(self.place_of(PACK_FILE), new.to_json().encode()):
                return new
        return _parsed(self._read(PACK_FILE), self.place_of(PACK_FILE))

    def place_of(self, name: str, /) -> str:
        """See `Output`."""
        return f"{self.place}/{name}"

    def finished(self, name: str, /) -> list[Packed] | None:
        """See `Output`."""
        table = _table_name(name)
        if not {name, table} <= self._sizes.keys():
            return None
        with atomic_file(table_file(self.folder, name)) as temporary:
            temporary.write_bytes(self._read(table))
        return read_packed(self.folder, name)

    def add(self, name: str, /) -> None:
        """See `Output`."""
        table, file = _table_name(name), self.folder / name
        if table in self._sizes or not self._is_listed:  # it must not vouch for other bytes
            delete_objects([self.place_of(table)])
        self._sizes[name] = file.stat().st_size
        write_object(self.place_of(name), file)
        write_object(self.place_of(table), table_file(self.folder, name))
        file.unlink()

    def sizes(self, names: Collection[str], /) -> Mapping[str, int]:
        """See `Output`."""
        if any(name not in self._sizes for name in names):  # others wrote them
            self._sizes = dict(names_below(self.place))
        return {name: self._sizes[name] for name in names}

    def end(self, document: PackDocument, shards: Collection[str], /) -> None:
        """See `Output`."""
        files = [file for file in self.folder.iterdir() if file.is_file() and not file.name.startswith(".")]
        for file in sorted(files, key=lambda file: (file.name.startswith(_MANIFESTS), file.name)):
            write_object(self.place_of(file.name), file)
        write_object(self.place_of(PACK_FILE), document.to_json().encode())
        left = [name for name in self._sizes if name.endswith(".tar") and name not in shards]
        delete_objects(self.place_of(name) for name in left)

    def tidy(self) -> None:
        """See `Output`."""
        left = [f"{TABLES}/{name}" for name, _ in names_below(self.place_of(TABLES))]
        delete_objects(self.place_of(name) for name in left)

    def _read(self, name: str) -> bytes:
        found = object_bytes(self.place_of(name))
        assert found is not None  # without a bound on its size
        return found.data


def _table_name(shard: str) -> str:
    return f"{TABLES}/{shard}.arrow"


def _write(file: Path, document: PackDocument) -> None:
    with atomic_file(file) as temporary:
        temporary.write_text(document.to_json())


def _occupied(what: str, place: str) -> ConfigError:
    return ConfigError(f"the output {what} must be new or an earlier run's; got '{place}'", hint="choose another -o")


def _parsed(data: bytes, place: str) -> PackDocument:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ConfigError(f"{PACK_FILE} must be JSON; got '{error}'", file=place) from None
    return PackDocument.parse(found, file=place)
