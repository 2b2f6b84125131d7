"""What may be said to a loader: each option once, with its default, its meaning and its rule."""

from __future__ import annotations

import dataclasses
import functools
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datatool.loader._handover import Handover, open_handover
from datatool.loader._ledger import OnError, error_limit
from datatool.loader._requests import RandomNumbers
from datatool.loader._resources import Resources
from datatool.pipelines import ENGINES, Augment, EngineSpec, parse_augment, resize_of
from datatool.schemas import (
    AUGMENT,
    IMAGE_SIZE,
    IMAGENET_MEAN,
    IMAGENET_STD,
    INTERPOLATION,
    IO_THREADS,
    MAX_ERRORS,
    MAX_PIXELS,
    ConfigError,
    EngineName,
    FrameworkName,
    Interpolation,
    Triple,
    nearest,
)
from datatool.storage import ReadAhead, open_cache

Output = Literal["float32", "uint8"]
WorkerKind = Literal["threads", "processes"]

_DEVICE: Final = re.compile(r"auto|cpu|gpu(:\d+)?")
_LARGEST: Final = 2**53  # exact in every type that such a number passes through


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureOptions:
    """What every loader may be told.

    Attributes:
        batch_size: Places per batch on this rank.
        image_size: S: pictures become S x S pixels.
        augment: A name such as ``crop-flip+jitter``, or an `Augment`. ``eval`` is the short side resized, then the
            middle; ``none`` the whole picture, squeezed.
        eval_resize: Short side before the central crop of ``augment="eval"``; None is image_size * 256 / 224.
        interpolation: ``area``, ``linear``, ``cubic`` or ``nearest``.
        framework: Whose tensors a batch holds.
        device: Where images, labels and weights go: ``cpu``, ``gpu``, ``gpu:N``, or ``auto``, the framework's current
            device.
        output: ``float32`` (B, 3, S, S) normalised, or ``uint8`` (B, S, S, 3).
        mean: Of each channel, in [0, 1].
        std: Of each channel, in [0, 1].
        num_threads: Workers; None is one per CPU that this rank may use.
        io_threads: Images in object stores that are asked for at once.
        max_errors: An int is a number of files, a float a share of the rows; past it the loader raises.
        max_pixels: Larger pictures are refused from their header.
        prefetch: Batches under way beside the one in use.
        timeout: Seconds without progress that a wait may last.
        image_timeout: Seconds that decoding one picture may take; after that it is one that cannot be used.

    Raises:
        ConfigError: At the first value that no loader can use, with its name, rule and value.
    """

    batch_size: int
    image_size: int = IMAGE_SIZE
    augment: str | Augment = AUGMENT
    eval_resize: int | None = None
    interpolation: Interpolation = INTERPOLATION
    framework: FrameworkName = "paddle"
    device: str = "auto"
    output: Output = "float32"
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    num_threads: int | None = None
    io_threads: int = IO_THREADS
    max_errors: float = MAX_ERRORS
    max_pixels: int = MAX_PIXELS
    prefetch: int = EngineSpec.prefetch
    timeout: float = EngineSpec.timeout
    image_timeout: float = EngineSpec.image_timeout

    def __post_init__(self) -> None:
        """Refuse what would be cut or ignored."""
        self._check_choice("framework", get_args(FrameworkName))
        self._check_choice("output", get_args(Output))
        self._check_choice("interpolation", get_args(Interpolation))
        for name in ("batch_size", "image_size", "prefetch", "max_pixels", "io_threads"):
            self._check_count(name)
        for name in ("num_threads", "eval_resize"):
            if getattr(self, name) is not None:
                self._check_count(name)
        self._check_seconds("timeout")
        self._check_seconds("image_timeout")
        if not isinstance(self.device, str) or not _DEVICE.fullmatch(self.device):
            raise ConfigError(f"device must be auto, cpu, gpu or gpu:N; got {self.device!r}")
        self._check_channels("mean")
        self._check_channels("std")
        if not all(value > 0 for value in self.std):
            raise ConfigError(f"std must be more than 0 in every channel; got {self.std!r}")
        error_limit(self.max_errors, 0)
        self._check_augment()

    @classmethod
    def named_in(cls, section: object, /) -> dict[str, Any]:
        """The options that a section of a recipe has an attribute for, by name, to be given to a loader."""
        names = [each.name for each in dataclasses.fields(cls)]
        return {name: getattr(section, name) for name in names if hasattr(section, name)}

    @functools.cached_property
    def augmentation(self) -> Augment:
        """``augment``, read."""
        if isinstance(self.augment, Augment):
            return self.augment
        return parse_augment(self.augment, resize=self.eval_resize, interpolation=self.interpolation)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(B, S, S, 3) of a whole batch."""
        return (self.batch_size, self.image_size, self.image_size, 3)

    def open_handover(self) -> Handover:
        """The hand-over to the framework."""
        return open_handover(
            self.framework, device=self.device, shape=self.shape, output=self.output, mean=self.mean, std=self.std
        )

    def engine_spec(self, taken: Resources, /) -> EngineSpec:
        """How the engine is built; what a loader adds of its own is left at its default."""
        return EngineSpec(
            image_size=self.image_size,
            batch_size=self.batch_size,
            augment=self.augmentation,
            max_pixels=self.max_pixels,
            num_threads=taken.num_threads,
            prefetch=self.prefetch,
            cache_bytes=taken.cache_bytes,
            timeout=self.timeout,
            image_timeout=self.image_timeout,
            ahead=ReadAhead(num_threads=self.io_threads),
        )

    def _check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if not isinstance(value, str) or value not in choices:
            near = nearest(str(value), choices)
            raise ConfigError(
                f"{name} must be one of {', '.join(choices)}; got {value!r}",
                hint=None if near is None else f"did you mean '{near}'?",
            )

    def _check_whole(self, name: str, rule: str) -> None:
        """Keep a whole number as Python's own: numpy's are not JSON."""
        value = getattr(self, name)
        if isinstance(value, Iterable) and not isinstance(value, str):
            why = "; pictures are square" if name == "image_size" else ""
            raise ConfigError(f"{name} must be one number{why}; got {value!r}")
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise ConfigError(f"{name} must be {rule}; got {value!r}")
        if name != "seed" and abs(int(value)) > _LARGEST:
            raise ConfigError(f"{name} must be at most {_LARGEST:,}; got {value!r}")
        object.__setattr__(self, name, int(value))

    def _check_count(self, name: str) -> None:
        rule = "at least 1, and a whole number"
        self._check_whole(name, rule)
        if getattr(self, name) < 1:
            raise ConfigError(f"{name} must be {rule}; got {getattr(self, name)!r}")

    def _check_seconds(self, name: str) -> None:
        value = getattr(self, name)
        if not _is_real(value) or not value > 0:
            raise ConfigError(f"{name} must be more than 0 seconds; got {value!r}")
        if value > threading.TIMEOUT_MAX:
            raise ConfigError(f"{name} must be at most {threading.TIMEOUT_MAX:g} seconds; got {value!r}")

    def _check_channels(self, name: str) -> None:
        value = getattr(self, name)
        try:
            values = np.asarray(value)
        except ValueError:  # lists of different lengths
            values = np.asarray(None)
        if values.shape != (3,) or values.dtype.kind not in "iuf":
            raise ConfigError(f"{name} must have three values; got {value!r}")
        if not np.isfinite(values).all():
            raise ConfigError(f"{name} must be finite in every channel; got {value!r}")

    def _check_switch(self, name: str) -> None:
        value = getattr(self, name)
        if not isinstance(value, (bool, np.bool_)):
            raise ConfigError(f"{name} must be True or False; got {value!r}")

    def _check_augment(self) -> None:
        if not isinstance(self.augment, (str, Augment)):
            raise ConfigError(f"augment must be a name such as 'crop-flip', or an Augment; got {self.augment!r}")
        augment = self.augmentation
        for name, given, default, own in (
            ("eval_resize", self.eval_resize, None, augment.resize),
            ("interpolation", self.interpolation, INTERPOLATION, augment.interpolation),
        ):
            if given not in (default, own):
                raise ConfigError(
                    f"{name} must be left to the Augment that is given; got {given!r} beside its {own!r}",
                    hint=f"give the Augment its {name.removeprefix('eval_')}",
                )
        if augment.crop == "center" and resize_of(augment, self.image_size) < self.image_size:
            raise ConfigError(f"eval_resize must be at least image_size {self.image_size}; got {augment.resize}")


@dataclass(frozen=True, kw_only=True, eq=False)
class LoaderOptions(PictureOptions):
    """What a `BalancedLoader` may be told beside its plan; the first part is that of `PictureOptions`.

    Attributes:
        root: Folder to which all paths are joined; None takes the plan's roots.
        engine: ``auto`` is ``dali`` where a GPU and DALI are present, else ``threads``.
        seed: Of order and augmentation.
        rank: This process's number.
        world_size: Number of processes.
        drop_last: Leave out the last batch where it is smaller.
        window: Batches over which positions are shuffled.
        transform: A callable taking ``image=``, uint8 (H, W, 3), after ``augment``; with ``augment="none"`` it is given
            the whole picture. It must return uint8 (S, S, 3), or a mapping with that under ``image``.
        views: With N, a row's draws take turns among N fixed augmentations.
        workers: ``processes`` for transforms that hold the interpreter lock.
        on_error: What becomes of a place whose file cannot be used.
        cache: Decoded pictures kept, in MiB; ``auto`` is a quarter of the free memory, None is off. Worker processes
            keep none.
        storage_cache: Folder on a disk of this machine where images of object stores are kept, for all its ranks.
        storage_cache_bytes: Its size; None is half of what is free on the disk.
        local_world_size: Ranks that share this machine's memory and CPUs; None: all of them.
    """

    root: Path | str | None = None
    engine: EngineName = "auto"
    seed: int = 0
    rank: int = 0
    world_size: int = 1
    drop_last: bool = False
    window: int = 1
    transform: Any = None
    views: int | None = None
    workers: WorkerKind = "threads"
    on_error: OnError = "replace"
    cache: Literal["auto"] | int | None = "auto"
    storage_cache: Path | str | None = None
    storage_cache_bytes: int | None = None
    local_world_size: int | None = None

    def __post_init__(self) -> None:
        """Refuse what would be cut or ignored."""
        super().__post_init__()
        self._check_choice("engine", ("auto", *ENGINES))
        self._check_choice("workers", get_args(WorkerKind))
        self._check_choice("on_error", get_args(OnError))
        for name in ("views", "local_world_size", "storage_cache_bytes"):
            if getattr(self, name) is not None:
                self._check_count(name)
        for name in ("seed", "rank", "world_size", "window"):
            self._check_whole(name, "a whole number")
        if self.root is not None and not isinstance(self.root, (str, Path)):
            raise ConfigError(f"root must be a folder, or None for the plan's own; got {self.root!r}")
        if self.storage_cache is not None and not isinstance(self.storage_cache, (str, Path)):
            raise ConfigError(f"storage_cache must be a folder, or None; got {self.storage_cache!r}")
        self._check_switch("drop_last")
        self._check_cache()
        self._check_together()

    def read_ahead(self) -> ReadAhead:
        """What asks for images of object stores, with the byte cache if there is one.

        Raises:
            ConfigError: If the cache is on a network file system, or no folder to write to.
        """
        kept = self.storage_cache
        cache = None if kept is None else open_cache(kept, budget=self.storage_cache_bytes)
        return ReadAhead(num_threads=self.io_threads, cache=cache)

    def _check_cache(self) -> None:
        cache = self.cache
        if cache is None or (isinstance(cache, str) and cache == "auto"):
            return
        if not isinstance(cache, Integral) or isinstance(cache, bool) or cache < 0:
            raise ConfigError(f"cache must be 'auto', None or a number of MiB; got {cache!r}")
        object.__setattr__(self, "cache", int(cache))
        if self.workers == "processes" and cache:
            raise ConfigError(f"cache must be 'auto' or None with workers='processes', which keep none; got {cache}")

    def _check_together(self) -> None:
        """Refuse an augmentation of which a part would be ignored."""
        augment = self.augmentation
        if self.views is not None and augment.mixes:
            raise ConfigError("views must go without mixup and cutmix, whose partners differ each time; got both")
        if self.transform is not None and augment.crop == "none" and (augment.flip or augment.changes):
            raise ConfigError(
                "augment 'none' with a transform, which is given the picture as it is, must have no flip and no extra "
                f"that changes pixels; got {self.augment!r}",
                hint="change the pixels in the transform, or cut the picture first with augment='crop'",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class EvalOptions(PictureOptions):
    """What an `EvalLoader` may be told beside its paths; the first part is that of `PictureOptions`.

    Attributes:
        labels: int64 (N,); None where they are not known, and 0 in the batches.
        chance: Places -> the random numbers of their pictures, such as `view_chance` gives; None without chance.
        look_first: Refuse a list of whose first paths none exists; otherwise each is in ``errors``.
    """

    labels: ArrayLike | None = dataclasses.field(default=None, kw_only=False)
    augment: str | Augment = "eval"
    chance: Callable[[NDArray[np.int64]], RandomNumbers] | None = None
    max_errors: float = 1.0
    look_first: bool = True

    def __post_init__(self) -> None:
        """Refuse what would be cut or ignored."""
        super().__post_init__()
        self._check_switch("look_first")
        if self.augmentation.mixes:
            raise ConfigError(
                f"augment must go without mixup and cutmix where rows come in order; got {self.augment!r}"
            )
        if self.chance is not None and not callable(self.chance):
            raise ConfigError(f"chance must be a callable taking places, or None; got {self.chance!r}")
        try:
            labels = np.asarray([] if self.labels is None else self.labels)
        except ValueError:
            raise ConfigError("labels must be one for each path; got lists of different lengths") from None
        if labels.size and labels.dtype.kind not in "iub":
            raise ConfigError(f"labels must be whole numbers; got {labels.dtype} such as {labels.flat[0]!r}")


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def check_mixing(augment: Augment, /, *, device: str, output: str) -> None:
    """Refuse to mix bytes on a GPU: there pictures are mixed after they are normalised.

    Raises:
        ConfigError: If that is asked for.
    """
    if augment.mixes and device != "cpu" and output == "uint8":
        raise ConfigError(f"mixup and cutmix on device '{device}' must have output 'float32'; got 'uint8'")
