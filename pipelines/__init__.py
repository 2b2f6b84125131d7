"""Bytes to batches: read, sanitise, decode, augment, cache, transport.

::

    _engine.py          the seam: a request, its result, an engine and how it is built
    _open.py            engines by name
    _threads.py         `threads`: every sample a task for threads of this process
    _processes.py       `workers="processes"`: each thread has a process do its work
    _process_worker.py  what runs in such a process
    _ring.py            memory shared with them
    _dali.py            `dali`: reader threads feed a DALI pipeline
    _dali_feed.py       what it is fed
    _dali_graph.py      the pipeline itself
    _fake.py            an engine without files, for tests
    _sample.py          one place, from path to pixels
    _geometry.py        where a picture is cut
    _render.py          cut, resize and flip
    augmentations/      what else may be done to a picture, one file each
    _cache.py           decoded pictures kept for their next draw
    _slots.py           memory of batches
    _workers.py         threads that work off a queue
    _watch.py           waiting with a deadline

`__init__.pyi` lists the exports, which load when they are first named.
"""

from __future__ import annotations

if __name__ == "pipelines":
    raise ImportError("import datatool.pipelines; the folder on sys.path would make second copies of its classes")

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
