"""Loaders that do one and the same work: the crops of a plan, in its order, as uint8 (B, S, S, 3) or float32.

Every contender is a generator function of a `Work`; it yields (images, positions). Peers get an explicit crop box for
every position, an antialiased resize, and the decoder of their choice; a peer that cannot keep an order says by its
positions what it gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
STD = np.array([0.229, 0.224, 0.225], np.float32) * 255

Images = NDArray[Any]
Batches = Iterator[tuple[Images, NDArray[np.int64]]]


@dataclass(frozen=True, kw_only=True)
class Work:
    """An epoch: position p shows ``boxes[p]`` (x, y, width, height) of ``paths[p]``, mirrored if ``flips[p]``."""

    plan: Path
    paths: list[str]
    boxes: NDArray[np.int64]
    flips: NDArray[np.bool_]
    size: int
    batch: int
    threads: int
    output: str  # "uint8", or "float32": normalised NCHW
    cache_mib: int

    def positions(self) -> Iterator[NDArray[np.int64]]:
        """Positions of each batch."""
        for first in range(0, len(self.paths), self.batch):
            yield np.arange(first, min(first + self.batch, len(self.paths)))


def opencv(data: bytes, work: Work, position: int) -> Images:
    import cv2

    del work, position
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB))


def simplejpeg(data: bytes, work: Work, position: int) -> Images:
    import simplejpeg as library

    del work, position
    decoded: Images = library.decode_jpeg(data, "RGB", strict=False)
    return decoded


def sample(work: Work, position: int, decode: Callable[[bytes, Work, int], Images]) -> Images:
    """What a peer does for one image."""
    import cv2

    image = decode(Path(work.paths[position]).read_bytes(), work, position)
    x, y, width, height = work.boxes[position]
    shrinks = width >= work.size and height >= work.size
    out = cv2.resize(
        image[y : y + height, x : x + width],
        (work.size, work.size),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    if work.flips[position]:
        out = cv2.flip(out, 1)
    if work.output == "float32":
        return np.ascontiguousarray(((out - MEAN) / STD).transpose(2, 0, 1), np.float32)
    return np.asarray(out)


def bare(work: Work) -> Batches:
    """The same decoder, the same fraction of the DCT, one thread, no loader."""
    from datatool.images import decode, decode_scaled, read_header
    from datatool.pipelines import Augment
    from datatool.pipelines._geometry import Geometry, decode_scale
    from datatool.pipelines._render import render

    augment = Augment()
    for positions in work.positions():
        images = np.empty((len(positions), work.size, work.size, 3), np.uint8)
        for out, position in zip(images, positions.tolist(), strict=True):
            data = Path(work.paths[position]).read_bytes()
            x, y, width, height = work.boxes[position].tolist()
            shape = Geometry(x, y, width, height, work.size, work.size, 0, 0, bool(work.flips[position]))
            scale = decode_scale(augment, shape)
            pixels = decode_scaled(data, read_header(data), scale=scale)
            render(decode(data) if pixels is None else pixels, shape, scale, augment, out)
        yield images, positions


def datatool(work: Work, **options: Any) -> Batches:
    from datatool import BalancedLoader

    cache = work.cache_mib or None
    with BalancedLoader(
        work.plan,
        batch_size=work.batch,
        image_size=work.size,
        framework="numpy",
        output=work.output,  # type: ignore[arg-type]
        num_threads=work.threads,
        **{"cache": cache, **options},
    ) as loader:
        for batch in loader.epoch(0):
            yield np.asarray(batch.images), np.asarray(batch.positions)


def datatool_dali(work: Work) -> Batches:
    return datatool(work, engine="dali", cache=None)


def datatool_no_cache(work: Work) -> Batches:
    return datatool(work, cache=None)


def datatool_processes(work: Work) -> Batches:
    return datatool(work, workers="processes", cache=None)


class _Peer:
    """A dataset as paddle.io and torch know it."""

    def __init__(self, work: Work, decode: Callable[[bytes, Work, int], Images]) -> None:
        self.work = work
        self.decode = decode

    def __len__(self) -> int:
        return len(self.work.paths)

    def __getitem__(self, position: int) -> Images:
        return sample(self.work, position, self.decode)


def paddle(work: Work, *, shared: bool = True, decode: Callable[[bytes, Work, int], Images] = simplejpeg) -> Batches:
    from paddle.io import DataLoader

    loader = DataLoader(
        _Peer(work, decode),
        batch_size=work.batch,
        shuffle=False,
        num_workers=work.threads,
        use_shared_memory=shared,
        return_list=True,
    )
    for positions, images in zip(work.positions(), loader, strict=True):
        yield (images[0] if isinstance(images, list) else images).numpy(), positions


def paddle_no_shm(work: Work) -> Batches:
    return paddle(work, shared=False)


def paddle_opencv(work: Work) -> Batches:
    return paddle(work, decode=opencv)


def torch(work: Work, *, decode: Callable[[bytes, Work, int], Images] = simplejpeg) -> Batches:
    from torch.utils.data import DataLoader

    loader: Any = DataLoader(_Peer(work, decode), batch_size=work.batch, num_workers=work.threads)  # type: ignore[arg-type]
    for positions, images in zip(work.positions(), loader, strict=True):
        yield images.numpy(), positions


def torch_opencv(work: Work) -> Batches:
    return torch(work, decode=opencv)


def spdl(work: Work) -> Batches:
    from spdl.pipeline import PipelineBuilder

    pipeline = (
        PipelineBuilder()
        .add_source(range(len(work.paths)))
        .pipe(lambda position: sample(work, position, simplejpeg), concurrency=work.threads, output_order="input")
        .aggregate(work.batch)
        .pipe(np.stack)
        .add_sink(3)
        .build(num_threads=work.threads)
    )
    with pipeline.auto_stop():
        yield from zip(pipeline.get_iterator(), work.positions(), strict=True)


def grain(work: Work) -> Batches:
    import grain as library

    dataset = (
        library.MapDataset.source(range(len(work.paths)))
        .map(lambda position: sample(work, position, simplejpeg))
        .to_iter_dataset(library.ReadOptions(num_threads=work.threads, prefetch_buffer_size=4 * work.batch))
        .batch(work.batch)
    )
    yield from zip(dataset, work.positions(), strict=True)


def webdataset(work: Work) -> Batches:
    """Shards hold the epoch in its order (repeats included); workers take turns, so positions come along."""
    import webdataset as library

    folder = work.plan.parent / f"{work.plan.name}.shards"
    if not folder.exists():
        _write_shards(work, folder)

    def crop(item: dict[str, Any]) -> tuple[Images, int]:
        position = int(item["__key__"])
        return sample(work, position, lambda *_: simplejpeg(item["jpg"], work, position)), position

    shards = sorted(map(str, folder.glob("*.tar")))
    dataset = library.WebDataset(shards, shardshuffle=False, empty_check=False).map(crop).batched(work.batch)
    loader = library.WebLoader(dataset, num_workers=work.threads, batch_size=None)
    for images, positions in loader:
        yield np.asarray(images), np.asarray(positions)


def _write_shards(work: Work, folder: Path) -> None:
    import webdataset as library

    folder.mkdir()
    shards = 2 * work.threads
    each = -(-len(work.paths) // shards)
    for shard in range(shards):
        with library.TarWriter(str(folder / f"{shard}.tar")) as out:
            for position in range(shard * each, min((shard + 1) * each, len(work.paths))):
                out.write({"__key__": f"{position:08d}", "jpg": Path(work.paths[position]).read_bytes()})


def dali_memory(work: Work) -> Batches:
    """DALI fed from memory, nothing else: the bound for our engine."""
    data = {path: np.fromfile(path, np.uint8) for path in dict.fromkeys(work.paths)}
    return _dali(work, lambda positions: [data[work.paths[position]] for position in positions])


def dali(work: Work) -> Batches:
    """DALI as one would write it: encoded bytes read in the callback of an external source."""
    return _dali(work, lambda positions: [np.fromfile(work.paths[position], np.uint8) for position in positions])


def _dali(work: Work, read: Callable[[list[int]], list[Images]]) -> Batches:
    from nvidia.dali import fn, pipeline_def, types

    batches = list(work.positions())

    def feed(info: Any) -> Any:
        if info.iteration >= len(batches):
            raise StopIteration
        positions = batches[info.iteration]
        boxes = work.boxes[positions].astype(np.int32)
        return (
            read(positions.tolist()),
            np.ascontiguousarray(boxes[:, [1, 0]]),
            np.ascontiguousarray(boxes[:, [3, 2]]),
            work.flips[positions].astype(np.int32),
        )

    @pipeline_def(  # type: ignore[untyped-decorator]
        batch_size=work.batch, num_threads=work.threads, device_id=None, prefetch_queue_depth=2
    )
    def graph() -> Any:
        encoded, start, shape, mirror = fn.external_source(feed, num_outputs=4, batch=True, batch_info=True)
        images = fn.decoders.image_slice(encoded, start=start, shape=shape, axis_names="HW", output_type=types.RGB)
        images = fn.resize(images, size=[work.size] * 2, interp_type=types.INTERP_LINEAR, antialias=True)
        if work.output == "float32":
            return fn.crop_mirror_normalize(
                images, mirror=mirror, mean=MEAN.tolist(), std=STD.tolist(), output_layout="CHW"
            )
        return fn.flip(images, horizontal=mirror)

    pipe = graph()
    pipe.build()
    for positions in batches:
        (images,) = pipe.run()
        yield np.asarray(images.as_tensor()), positions


CONTENDERS: Final[dict[str, Callable[[Work], Batches]]] = {
    "bare loop": bare,
    "datatool threads": datatool,
    "datatool threads, no cache": datatool_no_cache,
    "datatool processes": datatool_processes,
    "datatool dali (CPU)": datatool_dali,
    "DALI from memory": dali_memory,
    "DALI": dali,
    "paddle.io": paddle,
    "paddle.io, no shared memory": paddle_no_shm,
    "paddle.io, OpenCV": paddle_opencv,
    "torch": torch,
    "torch, OpenCV": torch_opencv,
    "SPDL threads": spdl,
    "Grain threads": grain,
    "WebDataset": webdataset,
}
BOUNDS: Final = ("bare loop", "DALI from memory")
OURS: Final = tuple(name for name in CONTENDERS if name.startswith("datatool"))
PEERS: Final = tuple(name for name in CONTENDERS if name not in BOUNDS and name not in OURS)
