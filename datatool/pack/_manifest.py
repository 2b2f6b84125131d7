"""What makes shards a data set: its rows under their own paths and in their own order, and where their bytes are."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from datatool.pack._shard import read_table
from datatool.rows import Rows, list_line, names_text, require_conserved, tsv_line
from datatool.schemas import REAL, DatasetFile, DatasetPart, atomic_file
from datatool.storage import MANIFEST_KEY, SHRUNK_KEY, is_container, members_of

REJECTED: Final = "rejected.tsv"
NAMES: Final = "label_list.txt"
_FETCH: Final = 10_000
_ROWS: Final = (
    "SELECT r.path, r.label, r.source::VARCHAR, r.split::VARCHAR, r.root::VARCHAR, r.file::VARCHAR, r.line, "
    'p.shard, p.name, p."offset", p.length, p.digest, p.reason '
    "FROM rows r JOIN packed p ON p.split = r.split::VARCHAR AND p.root = r.root::VARCHAR AND p.path = r.path "
    "AND p.label = r.label ORDER BY r.split, r.source, r.file, r.line"
)


def register(rows: Rows, folder: Path, shards: Mapping[str, Sequence[str]], /) -> None:
    """Make the table ``packed`` in the database of the rows, which keeps on disk what memory has no room for.

    Args:
        rows: The data set.
        folder: Of the shards.
        shards: split -> its shards.
    """
    connection = rows.read()
    connection.execute(
        "CREATE OR REPLACE TABLE packed (split VARCHAR, root VARCHAR, path VARCHAR, label BIGINT, shard VARCHAR, "
        'name VARCHAR, "offset" BIGINT, length BIGINT, digest VARCHAR, reason VARCHAR)'
    )
    for split, names in shards.items():
        for name in names:
            connection.register("given", read_table(folder, name))
            connection.execute("INSERT INTO packed SELECT ?, * FROM given", [split])
            connection.unregister("given")


def write_tables(rows: Rows, folder: Path, sizes: Mapping[str, int], /, *, shrunk: str) -> tuple[int, int]:
    """Write lists, names, `dataset.yaml`, `rejected.tsv`, and last the manifests; returns rows listed and left out.

    There is a list for each split, source and list of the data set, in the order that a plan has its rows in, and a
    manifest for each root, under whose name the paths of its lists are found.

    Args:
        rows: The data set, with the table ``packed``.
        folder: Of the shards.
        sizes: Bytes of each shard.
        shrunk: How the pictures were made smaller; empty where they were not.
    """
    with ExitStack() as last:
        manifests = {
            root: Manifest(folder / name, _known(rows, root), sizes, last, shrunk=_all_shrunk(root, shrunk))
            for root, name in _roots(rows).items()
        }
        with ExitStack() as stack:
            lists = _Lists(folder, stack)
            for fault in _fetch(rows, "SELECT file, line, code, text, reason FROM faults"):
                lists.reject(fault)
            for path, label, source, split, root, file, line, *place, reason in _fetch(rows, _ROWS):
                if reason:
                    lists.reject((file, line, "E402", f"{path} {label}", reason))
                else:
                    lists.add((split, source, file), list_line(path, label), root=manifests[root].file.name)
                    manifests[root].add((path, label, source, split, file, line, *place))
        require_conserved(read=rows.num_lines, written=lists.listed, left_out=lists.rejected)
        _write_dataset(rows, folder, lists.parts)
        for manifest in manifests.values():
            manifest.close()
    return lists.listed, lists.rejected


def _roots(rows: Rows) -> dict[str, str]:
    """Root -> the name of its manifest."""
    roots = dict.fromkeys(str(part.root) for part in rows.dataset.parts)
    return {root: f"manifest-{number}.arrow" for number, root in enumerate(roots)}


class _Lists:
    """The lists of a pack, and what is in none of them.

    Attributes:
        parts: (split, source, file) -> a list as a part of the data set.
        listed: Rows in them.
        rejected: Rows left out.
    """

    def __init__(self, folder: Path, stack: ExitStack, /) -> None:
        self.parts: dict[tuple[str, str, str], DatasetPart] = {}
        self.listed = self.rejected = 0
        self._folder = folder
        self._stack = stack
        self._texts: dict[tuple[str, str, str], TextIO] = {}
        self._out = _text(stack, folder / REJECTED)
        self._out.write("file\tline\tcode\ttext\treason\n")

    def reject(self, fault: Sequence[object], /) -> None:
        """Name a row that is left out."""
        self.rejected += 1
        self._out.write(tsv_line(fault))

    def add(self, key: tuple[str, str, str], line: str, *, root: str) -> None:
        """Write a row to the list of its split, source and file."""
        if key not in self.parts:
            split, source, _ = key
            name = _list_name(split, source, {part.list for part in self.parts.values()})
            self.parts[key] = DatasetPart(list=name, root=root, source=None if source == REAL else source)
            self._texts[key] = _text(self._stack, self._folder / name)
        self._texts[key].write(line)
        self.listed += 1


class Manifest:
    """The rows of one root: ``path, label, source, split, file, line`` and where their bytes are.

    Nothing is written where no row is added.

    Args:
        file: The manifest, which names each shard with its size.
        known: What columns of text that repeats hold.
        sizes: Bytes of each shard.
        stack: At whose end the file is put in its place.
        shrunk: How the pictures were made smaller than those that the rows began with; empty where they were not.
    """

    _COLUMNS: Final = ("path", "label", "source", "split", "file", "line", "container", "member", "offset", "length")
    _HELD: Final = 50_000  # rows

    def __init__(
        self,
        file: Path,
        known: Mapping[str, list[str]],
        sizes: Mapping[str, int],
        stack: ExitStack,
        /,
        *,
        shrunk: str,
    ) -> None:
        self.file = file
        self._known = known
        self._sizes = sizes
        self._stack = stack
        self._shrunk = shrunk
        self._rows: list[tuple[Any, ...]] = []
        self._writer: Any = None
        self._schema: Any = None

    def add(self, row: tuple[Any, ...], /) -> None:
        """Take a row in, its digest last."""
        self._rows.append(row)
        if len(self._rows) == self._HELD:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        if self._rows:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = dict(zip((*self._COLUMNS, "digest"), zip(*self._rows, strict=True), strict=True))
        arrays = {name: self._array(name, values) for name, values in columns.items()}
        batch = pa.RecordBatch.from_pydict(arrays)
        if self._writer is None:
            self._writer = self._opened(batch.schema)
        self._writer.write_batch(batch.cast(self._schema))
        self._rows.clear()

    def _array(self, name: str, values: Sequence[Any]) -> Any:
        """One dictionary in all batches: the file format has no room for more."""
        import pyarrow as pa

        if name not in self._known:
            return pa.array(values)
        places = {text: place for place, text in enumerate(self._known[name])}
        codes = pa.array([places[value] for value in values], pa.int32())
        return pa.DictionaryArray.from_arrays(codes, pa.array(self._known[name], pa.string()))

    def _opened(self, schema: Any) -> Any:
        import pyarrow as pa

        sizes = " ".join(str(self._sizes[shard]) for shard in self._known["container"])
        metadata = {MANIFEST_KEY: b"datatool.pack/1", b"datatool.sizes": sizes.encode()}
        if self._shrunk:
            metadata[SHRUNK_KEY] = self._shrunk.encode()
        self._schema = schema.with_metadata(metadata)
        sink = self._stack.enter_context(pa.OSFile(str(self._stack.enter_context(atomic_file(self.file))), "wb"))
        return self._stack.enter_context(pa.ipc.new_file(sink, self._schema))


def _all_shrunk(root: str, shrunk: str) -> str:
    """What this pack and the packs that its rows come from did to the pictures, in that order."""
    before = members_of(root).shrunk if root.endswith(".arrow") and is_container(root) else ""
    return "; ".join(filter(None, (before, shrunk)))


def _known(rows: Rows, root: str) -> dict[str, list[str]]:
    """What the columns of text that repeats hold for the rows of a root."""
    query = rows.read().execute
    known = {
        name: query(
            f"SELECT DISTINCT {name}::VARCHAR FROM rows WHERE root::VARCHAR = ? ORDER BY 1",  # noqa: S608 - ours
            [root],
        ).fetchall()
        for name in ("source", "split", "file")
    }
    known["container"] = query(
        "SELECT DISTINCT shard FROM packed WHERE root = ? AND reason = '' ORDER BY 1", [root]
    ).fetchall()
    return {name: [text for (text,) in found] for name, found in known.items()}


def _list_name(split: str, source: str, taken: Collection[str | None]) -> str:
    stem = split if source == REAL else f"{split}.{_plain(source)}"
    names = itertools.chain([f"{stem}.txt"], (f"{stem}.{number}.txt" for number in itertools.count(1)))
    return next(name for name in names if name not in taken)


def _plain(source: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in source)


def _text(stack: ExitStack, path: Path) -> TextIO:
    temporary = stack.enter_context(atomic_file(path))
    return stack.enter_context(temporary.open("w", encoding="utf-8", newline="\n"))


def _fetch(rows: Rows, sql: str) -> Iterator[Any]:
    cursor = rows.read().cursor().execute(sql)
    while found := cursor.fetchmany(_FETCH):
        yield from found


def _write_dataset(rows: Rows, folder: Path, lists: Mapping[tuple[str, str, str], DatasetPart]) -> None:
    """`dataset.yaml` and the names; those that were found beside a list are to be found again, not named."""
    import yaml

    if rows.names is not None:
        with atomic_file(folder / NAMES) as temporary:
            temporary.write_text(names_text(rows.names), encoding="utf-8")
    named = rows.names is not None and rows.dataset.found_names is None
    splits: dict[str, list[DatasetPart]] = {}
    for (split, _, _), part in lists.items():
        splits.setdefault(split, []).append(part)
    select = None if rows.dataset.select is None else list(rows.dataset.select)
    document = DatasetFile.parse({"names": NAMES if named else None, "select": select, **splits})
    with atomic_file(folder / "dataset.yaml") as temporary:
        temporary.write_text(yaml.safe_dump(document.model_dump(exclude_none=True, by_alias=True), sort_keys=False))
