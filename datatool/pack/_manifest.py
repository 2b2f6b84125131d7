"""What makes shards a data set: its rows under their own paths and in their own order, and where their bytes are."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from datatool.pack._shard import Packed
from datatool.rows import Rows, list_line, names_text, require_conserved, tsv_line
from datatool.schemas import REAL, DatasetFile, DatasetPart, atomic_file
from datatool.storage import MANIFEST_KEY

REJECTED: Final = "rejected.tsv"
NAMES: Final = "label_list.txt"
_FETCH: Final = 10_000
_ROWS: Final = (
    "SELECT r.path, r.label, r.source::VARCHAR, r.split::VARCHAR, r.root::VARCHAR, r.file::VARCHAR, r.line, "
    'p.shard, p.name, p."offset", p.length, p.digest, p.reason '
    "FROM rows r JOIN packed p ON p.split = r.split::VARCHAR AND p.root = r.root::VARCHAR AND p.path = r.path "
    "AND p.label = r.label ORDER BY r.split, r.source, r.file, r.line"
)


def write_tables(rows: Rows, folder: Path, packed: dict[str, list[Packed]], /) -> tuple[int, int]:
    """Write lists, names, `dataset.yaml`, `rejected.tsv`, and last the manifests; returns rows listed and left out.

    There is a list for each split, source and list of the data set, in the order that a plan has its rows in, and a
    manifest for each root, under whose name the paths of its lists are found.

    Args:
        rows: The data set.
        folder: Of the shards.
        packed: split -> its images.
    """
    _register(rows, packed)
    roots = list(dict.fromkeys(str(part.root) for part in rows.dataset.parts))
    manifests = {root: Manifest(folder / f"manifest-{number}.arrow") for number, root in enumerate(roots)}
    listed = left_out = 0
    lists: dict[tuple[str, str, str], tuple[DatasetPart, TextIO]] = {}
    with ExitStack() as stack:
        out = _text(stack, folder / REJECTED)
        out.write("file\tline\tcode\ttext\treason\n")
        for fault in _fetch(rows, "SELECT file, line, code, text, reason FROM faults"):
            left_out += 1
            out.write(tsv_line(fault))
        for path, label, source, split, root, file, line, *place, reason in _fetch(rows, _ROWS):
            if reason:
                left_out += 1
                out.write(tsv_line((file, line, "E402", f"{path} {label}", reason)))
                continue
            key = split, source, file
            if key not in lists:
                name = _list_name(split, source, {part.list for part, _ in lists.values()})
                part = DatasetPart(list=name, root=manifests[root].file.name, source=None if source == REAL else source)
                lists[key] = part, _text(stack, folder / name)
            lists[key][1].write(list_line(path, label))
            manifests[root].add((path, label, source, split, file, line, *place))
            listed += 1
    require_conserved(read=rows.num_lines, written=listed, left_out=left_out)
    _write_dataset(rows, folder, lists)
    for manifest in manifests.values():
        manifest.write()
    return listed, left_out


class Manifest:
    """The rows of one root: ``path, label, source, split, file, line`` and where their bytes are."""

    _COLUMNS: Final = ("path", "label", "source", "split", "file", "line", "container", "member", "offset", "length")

    def __init__(self, file: Path) -> None:
        self.file = file
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row: tuple[Any, ...], /) -> None:
        """Take a row in, its digest last."""
        self._rows.append(row)

    def write(self) -> None:
        """Write the file, which names each shard with its size; nothing where no row was taken in."""
        import pyarrow as pa

        if not self._rows:
            return
        texts = {"source", "split", "file", "container"}
        columns = dict(zip((*self._COLUMNS, "digest"), zip(*self._rows, strict=True), strict=True))
        table = pa.table(
            {name: _encoded(values) if name in texts else pa.array(values) for name, values in columns.items()}
        )
        shards = table.column("container").combine_chunks().dictionary.to_pylist()
        sizes = " ".join(str((self.file.parent / shard).stat().st_size) for shard in shards)
        schema = table.schema.with_metadata({MANIFEST_KEY: b"datatool.pack/1", b"datatool.sizes": sizes.encode()})
        with (
            atomic_file(self.file) as temporary,
            pa.OSFile(str(temporary), "wb") as sink,
            pa.ipc.new_file(sink, schema) as writer,
        ):
            writer.write_table(table.cast(schema))


def _encoded(values: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array(values).dictionary_encode()


def _register(rows: Rows, packed: dict[str, list[Packed]]) -> None:
    """Make the table ``packed`` in the database of the rows."""
    import pyarrow as pa

    named = [(split, *image) for split, images in packed.items() for image in images]
    columns = zip(*named, strict=True)
    table = pa.table(dict(zip(("split", *Packed._fields), map(list, columns), strict=True)))
    connection = rows.read()
    connection.register("given", table)
    connection.execute("CREATE OR REPLACE TABLE packed AS SELECT * FROM given")
    connection.unregister("given")


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


def _write_dataset(rows: Rows, folder: Path, lists: dict[tuple[str, str, str], tuple[DatasetPart, TextIO]]) -> None:
    """`dataset.yaml` and the names; those that were found beside a list are to be found again, not named."""
    import yaml

    if rows.names is not None:
        with atomic_file(folder / NAMES) as temporary:
            temporary.write_text(names_text(rows.names), encoding="utf-8")
    named = rows.names is not None and rows.dataset.found_names is None
    splits: dict[str, list[DatasetPart]] = {}
    for (split, _, _), (part, _) in lists.items():
        splits.setdefault(split, []).append(part)
    select = None if rows.dataset.select is None else list(rows.dataset.select)
    document = DatasetFile.parse({"names": NAMES if named else None, "select": select, **splits})
    with atomic_file(folder / "dataset.yaml") as temporary:
        temporary.write_text(yaml.safe_dump(document.model_dump(exclude_none=True, by_alias=True), sort_keys=False))
