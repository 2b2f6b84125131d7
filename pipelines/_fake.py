"""An engine without files: pictures that say which row they show. For tests of what is built on engines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np

from datatool.pipelines._engine import EngineSpec, Fault, Request, Result


class FakeEngine:
    """Every pixel of a place is its row modulo 251.

    Args:
        spec: Only ``image_size`` is used.
        broken: Path -> whether it cannot be read.
    """

    def __init__(self, spec: EngineSpec, /, *, broken: Callable[[str], bool] = lambda path: not path) -> None:
        self._size = spec.image_size
        self._broken = broken
        self.closed = False

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """One result for each request, made when asked for."""
        assert not self.closed
        for request in requests:
            yield self._result(request)

    def close(self) -> None:
        """Refuse further work."""
        self.closed = True

    def _result(self, request: Request) -> Result:
        rows = np.full(len(request), -1, np.int64)
        faults: list[Fault] = []
        for place in range(len(request)):
            attempt = 0
            while (candidate := request.candidate(place, attempt)) is not None:
                if not self._broken(candidate.path):
                    rows[place] = candidate.row
                    break
                faults.append(Fault(place, candidate.row, candidate.path, "unreadable", "it is broken"))
                attempt += 1
        shades = np.where(rows >= 0, rows % 251, 0).astype(np.uint8)
        images = np.ascontiguousarray(
            np.broadcast_to(shades[:, None, None, None], (len(rows), self._size, self._size, 3))
        )
        return Result(request=request, images=images, rows=rows, filled=rows >= 0, faults=faults)
