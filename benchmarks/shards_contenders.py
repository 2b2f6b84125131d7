"""Loaders that draw ten classes equally often from shards in a bucket, each from its own format.

Every contender gets the same photographs, of which each carries its row and its class, and gives batches of crops of
224 pixels that were decoded and cut in the same way. Weights are given as its own documentation advises; that of a
contender says how.
"""

from __future__ import annotations

import os
import sys
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from buckets import BUCKET, SHARD_BYTES
from shards_task import BATCH, SIZE, Drawn, Row, Task, by_class, crops, drawn_of, in_batches

SHUFFLED: Final = 1000  # samples in WebDataset's buffer, as in its documentation


class Contender(ABC):
    """A loader, opened."""

    folder: ClassVar[str]  # in the bucket
    cannot_resume: ClassVar[str] = ""  # why, where it cannot
    passes = 0  # over its data, begun in an epoch before this one

    @staticmethod
    @abstractmethod
    def write(rows: Sequence[Row], folder: Path) -> None:
        """Write the shards by the contender's own writer."""

    @abstractmethod
    def epoch(self, number: int) -> Iterator[Drawn]:
        """Batches of as many draws as the plan has."""

    def rest(self) -> Iterator[Drawn]:
        """What is left after `load`."""
        return self.epoch(0)

    def leave_after(self, task: Task) -> int:
        """The batch after which the state is taken."""
        return task.epoch_size * 3 // 4 // BATCH

    def state(self) -> Any:
        """Where it is, after a batch of its first epoch."""
        raise NotImplementedError

    def load(self, state: Any) -> None:
        """Go on there."""
        raise NotImplementedError


class Datatool(Contender):
    """Ranges of the shards that `pack` writes, by a plan."""

    folder = "datatool"
    keeps: ClassVar[bool] = False

    @staticmethod
    def write(rows: Sequence[Row], folder: Path) -> None:
        """As tars."""
        from datatool.pack import PackOptions, pack
        from datatool.rows import open_rows, resolve

        listed = folder.parent / "rows.txt"
        listed.write_text("".join(f"{row.file} {row.label}\n" for row in rows))
        with open_rows(resolve(str(listed), root="/")) as opened:
            pack(opened, out=folder, options=PackOptions(shard_bytes=SHARD_BYTES))

    def __init__(self, task: Task) -> None:
        from datatool.loader import BalancedLoader

        kept = {} if task.keep_bytes is None else {"storage_cache_bytes": task.keep_bytes}
        cache: dict[str, Any] = {"storage_cache": str(task.work / "cache"), **kept} if self.keeps else {}
        self._loader = BalancedLoader(
            task.plan, batch_size=task.batch, rank=task.rank, world_size=task.world_size, image_size=SIZE,
            framework="numpy", output="uint8", cache=None, **cache,
        )  # fmt: skip

    def epoch(self, number: int) -> Iterator[Drawn]:
        """An epoch of the plan."""
        for batch in self._loader.epoch(number):
            yield Drawn(batch.rows.tolist(), np.asarray(batch.labels).tolist(), np.asarray(batch.images))

    def state(self) -> Any:
        """Of the loader."""
        return self._loader.state_dict()

    def load(self, state: Any) -> None:
        """Of the loader."""
        self._loader.load_state_dict(state)


class DatatoolKept(Datatool):
    """The same with a byte cache."""

    keeps = True


class WebDataset(Contender):
    """Shards split by class, resampled and mixed with equal odds: its maintainer's advice (webdataset issue 37)."""

    folder = "webdataset"
    cannot_resume = "pipelines have no state (issues 177, 234, 271)"
    keeps: ClassVar[bool] = False

    @staticmethod
    def write(rows: Sequence[Row], folder: Path) -> None:
        """By its ShardWriter."""
        import webdataset as library

        folder.mkdir(parents=True)
        for label, each in by_class(rows):
            with library.ShardWriter(f"{folder}/{label}-%05d.tar", maxsize=SHARD_BYTES, verbose=0) as out:
                for row in each:
                    out.write({"__key__": f"{row.number:06d}", "jpg": row.file.read_bytes(), "cls": row.label})

    def __init__(self, task: Task) -> None:
        import webdataset as library

        root = f"{task.url}/{BUCKET}/{self.folder}"
        cache = {"cache_dir": str(task.work / "cache")} if self.keeps else {}
        if self.keeps:
            (task.work / "cache").mkdir(parents=True)
        sources = [
            library.WebDataset(
                [f"{root}/{shard.name}" for shard in sorted(task.written.glob(f"{self.folder}/{label}-*.tar"))],
                resampled=True,
                shardshuffle=False,
                **cache,
            ).shuffle(SHUFFLED)
            for label in range(task.num_classes)
        ]
        self._mixed = library.DataPipeline(library.RandomMix(sources, [1.0] * len(sources))).with_epoch(task.epoch_size)

    def epoch(self, number: int) -> Iterator[Drawn]:
        """As many draws."""
        del number
        random = np.random.default_rng()
        for items in in_batches(self._mixed, BATCH):
            labels = [int(item["cls"]) for item in items]
            yield Drawn(
                [int(item["__key__"]) for item in items], labels, crops([item["jpg"] for item in items], random)
            )


class WebDatasetKept(WebDataset):
    """The same with whole shards kept on the local disk."""

    keeps = True


class Mosaic(Contender):
    """A stream of MDS shards for each class with `choose`, as its documentation mixes data sets."""

    folder = "mosaic"

    @staticmethod
    def write(rows: Sequence[Row], folder: Path) -> None:
        """By its MDSWriter."""
        library = _streaming()
        columns = {"number": "int", "label": "int", "image": "bytes"}
        for label, each in by_class(rows):
            with library.MDSWriter(out=f"{folder}/{label}", columns=columns, size_limit=SHARD_BYTES) as out:
                for row in each:
                    out.write({"number": row.number, "label": row.label, "image": row.file.read_bytes()})

    def __init__(self, task: Task) -> None:
        library = _streaming()
        streams = [
            library.Stream(
                remote=f"s3://{BUCKET}/{self.folder}/{label}",
                local=f"{task.work}/cache/{label}",
                choose=task.epoch_size // task.num_classes,
            )
            for label in range(task.num_classes)
        ]
        self._data = library.StreamingDataset(
            streams=streams, shuffle=True, batch_size=task.batch, cache_limit=task.keep_bytes, num_canonical_nodes=1
        )
        random = np.random.default_rng(task.rank)
        self._loader = library.StreamingDataLoader(
            self._data, batch_size=task.batch, num_workers=0, collate_fn=lambda items: drawn_of(items, random)
        )

    def epoch(self, number: int) -> Iterator[Drawn]:
        """The next."""
        del number
        return iter(self._loader)

    def state(self) -> Any:
        """Of the data loader."""
        return self._loader.state_dict()

    def load(self, state: Any) -> None:
        """Of the data loader."""
        self._loader.load_state_dict(state)


class LitData(Contender):
    """A data set for each class, drawn by weight: CombinedStreamingDataset.

    A pass ends where its smallest class does; passes follow each other until as many draws were made.
    """

    folder = "litdata"

    @staticmethod
    def write(rows: Sequence[Row], folder: Path) -> None:
        """By its BinaryWriter, which `optimize` writes with."""
        from litdata.streaming.writer import BinaryWriter

        for label, each in by_class(rows):
            out = BinaryWriter(f"{folder}/{label}", chunk_bytes=SHARD_BYTES)
            for index, row in enumerate(each):
                out[index] = {"number": row.number, "label": row.label, "image": row.file.read_bytes()}
            out.done()
            out.merge()

    def __init__(self, task: Task) -> None:
        os.environ |= {"WORLD_SIZE": str(task.world_size), "GLOBAL_RANK": str(task.rank)}
        import litdata as library
        from litdata.streaming import downloader

        downloader._OBSTORE_CLIENT_OPTIONS["allow_http"] = True  # the store on loopback has no certificate
        self._task = task
        data = [
            library.StreamingDataset(
                f"s3://{BUCKET}/{self.folder}/{label}",
                cache_dir=f"{task.work}/cache/{label}",
                shuffle=True,
                max_cache_size=None if task.keep_bytes is None else task.keep_bytes // task.num_classes,
            )
            for label in range(task.num_classes)
        ]
        self._loader = self._opened(library, data)

    def _opened(self, library: Any, data: list[Any]) -> Any:
        mixed = library.CombinedStreamingDataset(data, weights=[1.0] * len(data), iterate_over_all=False)
        return self._batches(library, mixed, self._task.batch)

    def _batches(self, library: Any, data: Any, batch: int) -> Any:
        random = np.random.default_rng(self._task.rank)
        return library.StreamingDataLoader(
            data, batch_size=batch, num_workers=0, collate_fn=lambda items: drawn_of(_flat(items), random)
        )

    def epoch(self, number: int) -> Iterator[Drawn]:
        """Passes."""
        del number
        left = self._task.epoch_size // self._task.world_size
        while left > 0:
            for batch in self._loader:
                yield Drawn(*(each[:left] for each in batch))
                left -= len(batch.rows)
                if left <= 0:
                    break
            self.passes += 1

    def rest(self) -> Iterator[Drawn]:
        """What is left of a pass."""
        return iter(self._loader)

    def leave_after(self, task: Task) -> int:
        """The first: a pass has two."""
        del task
        return 1

    def state(self) -> Any:
        """Of the data loader."""
        return self._loader.state_dict()

    def load(self, state: Any) -> None:
        """Of the data loader."""
        self._loader.load_state_dict(state)


class LitDataCycled(LitData):
    """A sample of every class at a time, each class in cycles: ParallelStreamingDataset, made for pairs."""

    def leave_after(self, task: Task) -> int:
        """As of the others: a pass is an epoch, in batches of as many images as fit."""
        return Contender.leave_after(self, task)

    def _opened(self, library: Any, data: list[Any]) -> Any:
        length = self._task.epoch_size // len(data)
        return self._batches(
            library, library.ParallelStreamingDataset(data, length=length), self._task.batch // len(data)
        )


def _flat(items: Sequence[Any]) -> list[Any]:
    return [each for item in items for each in (item if isinstance(item, tuple) else (item,))]


def _streaming() -> Any:
    """MosaicML Streaming without its ready-made data sets, which need torchvision."""
    for name in ("vision", "text", "multimodal"):
        sys.modules.setdefault(f"streaming.{name}", types.ModuleType(f"streaming.{name}"))
    import streaming

    return streaming


CONTENDERS: Final[dict[str, Callable[[Task], Contender]]] = {
    "datatool": Datatool,
    "datatool, byte cache": DatatoolKept,
    "WebDataset": WebDataset,
    "WebDataset, kept": WebDatasetKept,
    "MosaicML Streaming": Mosaic,
    "LitData, by weight": LitData,
    "LitData, in cycles": LitDataCycled,
}
