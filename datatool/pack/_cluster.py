"""Shards that the workers of a cluster write, each a task of its own, with the bytes that one process would write.

Where a shard ends depends on the sizes of its images, so that these are asked for first, by the workers too. An image
whose size turns out to be another, since it cannot be read or changed meanwhile, may move the ends of the shards behind
it: those are planned and written again.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from datatool.audit.images import open_engine
from datatool.pack._images import Image, encoded, encoded_length
from datatool.pack._options import PackOptions
from datatool.pack._output import Output, output_at
from datatool.pack._shard import Packed, member_bytes, shard_name, write_shard, write_table
from datatool.schemas import DatatoolError, absolute_place, scratch_folder

_CHUNK: Final = 500  # images whose sizes are one task
_UNBOUNDED: Final = 1 << 62  # bytes: a planned shard takes every image it is given


class PlannedShard(NamedTuple):
    """A shard to write.

    Attributes:
        number: Among those of its split.
        name: Of the tar.
        first: Number of its first image in the split.
        images: In order.
    """

    number: int
    name: str
    first: int
    images: list[Image]


@dataclass(frozen=True, kw_only=True)
class SizeTask:
    """Images to the bytes that each will have in a shard; picklable."""

    options: PackOptions

    def __call__(self, images: list[Image], /) -> list[int] | DatatoolError:
        """Bytes, -1 of those that cannot be read; or what ends the pack."""
        try:
            return [encoded_length(image, self.options) for image in images]
        except DatatoolError as error:  # given back: raised, it would come with the worker's trace
            return error


@dataclass(frozen=True, kw_only=True)
class ShardTask:
    """A planned shard, written; picklable.

    Attributes:
        place: Of the pack, absolute.
        options: How shards are made.
    """

    place: str
    options: PackOptions

    def __call__(self, plan: PlannedShard, /) -> list[Packed] | DatatoolError:
        """What is in the shard; or what ends the pack."""
        try:
            with scratch_folder() as folder:
                output = output_at(self.place, folder)
                images = encoded(iter(plan.images), self.options)
                taken = write_shard(output.folder, plan.name, images, first=plan.first, size=_UNBOUNDED)
                output.add(plan.name)
                return taken
        except DatatoolError as error:
            return error


class ClusterSplit:
    """One split, packed by a cluster.

    Args:
        engine: As `--engine` names it.
        output: Where shards go.
        options: How they are made.
        split: Its name.
        images: Makes an iterator over all images of it, in order.
    """

    def __init__(
        self, engine: str, output: Output, options: PackOptions, split: str, images: Callable[[], Iterator[Image]]
    ) -> None:
        self._engine = open_engine(engine)
        self._output = output
        self._options = options
        self._split = split
        self._images = images
        self._known: dict[int, int] = {}  # number of an image -> its bytes, where they are not what was said first
        self._found: set[str] = set()  # shards of an earlier run that are as planned
        self._made: set[str] = set()  # those of this run
        self.kept = 0  # images in them

    def pack(self, on_image: Callable[[], None], /) -> tuple[int, int]:
        """Write every shard; returns how many there are, and their images.

        Args:
            on_image: Told of each image.

        Raises:
            DatatoolError: If a worker meets what ends the pack, or the cluster cannot be reached.
        """
        shards = images = 0
        is_done = False
        while not is_done:
            is_done = True
            for plan, taken, is_last in _with_last(self._written(shards, images)):
                if is_done and not self._ends_well(plan, taken, is_last=is_last):
                    is_done = False  # the others are waited for, lest they write later than those planned anew
                if is_done:
                    shards, images = shards + 1, images + len(taken)
                    self.kept += len(taken) if plan.name in self._found else 0
                    for _ in taken:
                        on_image()
        return shards, images

    def _ends_well(self, plan: PlannedShard, taken: Sequence[Packed], *, is_last: bool) -> bool:
        """Whether one process would have ended the shard here; where not, its sizes are known for the next plan."""
        sizes = [_size(image.length, image.label) for image in taken]
        is_full = sum(sizes) >= self._options.shard_bytes
        if sum(sizes[:-1]) < self._options.shard_bytes and (is_full or is_last):
            return True
        self._known |= {plan.first + number: image.length for number, image in enumerate(taken)}
        return False

    def _written(self, shards: int, images: int) -> Iterator[tuple[PlannedShard, list[Packed]]]:
        """Shards from a number on, in order, and what is in them."""
        pending: deque[tuple[PlannedShard, list[Packed] | None]] = deque()

        def todo() -> Iterator[PlannedShard]:
            for plan in self._planned(shards, images):
                done = self._finished(plan)
                pending.append((plan, done))
                if done is None:
                    yield plan

        task = ShardTask(place=absolute_place(self._output.place), options=self._options)
        with closing(self._each(task, todo())) as results:
            for result in results:
                yield from _leading(pending)
                plan, _ = pending.popleft()
                self._made.add(plan.name)
                self._found.discard(plan.name)
                write_table(self._output.folder, plan.name, result)  # also where the worker's folder is another
                yield plan, result
        yield from _leading(pending)

    def _finished(self, plan: PlannedShard) -> list[Packed] | None:
        """What an earlier run put into a shard, if it is what was planned."""
        done = self._output.finished(plan.name)
        if done is None or [image.image for image in done] != plan.images or any(image.reason for image in done):
            return None
        if not done[0].name.startswith(f"{plan.first:09d}."):
            return None
        if plan.name not in self._made:
            self._found.add(plan.name)
        return done

    def _planned(self, shards: int, images: int) -> Iterator[PlannedShard]:
        taken: list[Image] = []
        size, first, number = 0, images, shards
        for image, length in self._sized(images):
            taken.append(image)
            size += _size(length, image.label)
            if size >= self._options.shard_bytes:
                yield PlannedShard(number, shard_name(self._split, number), first, taken)
                size, first, number, taken = 0, first + len(taken), number + 1, []
        if taken:
            yield PlannedShard(number, shard_name(self._split, number), first, taken)

    def _sized(self, images: int) -> Iterator[tuple[Image, int]]:
        """Images from a number on, with their bytes."""
        given, asked = itertools.tee(itertools.islice(self._images(), images, None))
        with closing(self._each(SizeTask(options=self._options), _chunks(asked))) as sizes:
            lengths = itertools.chain.from_iterable(sizes)
            for number, (image, length) in enumerate(zip(given, lengths, strict=True), start=images):
                yield image, self._known.get(number, length)

    def _each(self, task: Any, chunks: Iterable[Any]) -> Generator[Any, None, None]:
        """What a task gives for each chunk; closed, it lets go of the cluster.

        Raises:
            DatatoolError: That a worker gave back.
        """
        for result in self._engine.map(task, chunks):
            if isinstance(result, DatatoolError):
                raise result
            yield result


def _size(length: int, label: int) -> int:
    """Bytes of a sample in a tar; none where its image could not be read."""
    return 0 if length < 0 else member_bytes(length) + member_bytes(len(str(label)))


def _leading(pending: deque[tuple[PlannedShard, list[Packed] | None]]) -> Iterator[tuple[PlannedShard, list[Packed]]]:
    """Those at the front that need not be waited for."""
    while pending and (done := pending[0][1]) is not None:
        yield pending.popleft()[0], done


def _chunks(images: Iterator[Image]) -> Iterator[list[Image]]:
    return iter(lambda: list(itertools.islice(images, _CHUNK)), [])


def _with_last(
    shards: Iterable[tuple[PlannedShard, list[Packed]]],
) -> Iterator[tuple[PlannedShard, list[Packed], bool]]:
    """Each with whether none follows."""
    held: tuple[PlannedShard, list[Packed]] | None = None
    for following in shards:
        if held is not None:
            yield *held, False
        held = following
    if held is not None:
        yield *held, True
