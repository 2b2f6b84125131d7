"""Packs of a few small shards, and how the webdataset library reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.pack import PackOptions, pack
from datatool.rows import open_rows, resolve
from datatool.schemas import PackDocument

SMALL: Final = PackOptions(shard_bytes=1 << 16)  # some eight pictures
READ_BACK: Final = """
import hashlib, sys, webdataset
for sample in webdataset.WebDataset(sys.argv[1:], shardshuffle=False):
    print(hashlib.blake2b(sample["jpg"]).hexdigest(), sample["cls"].decode())
"""


def packed(
    dataset: object, out: Path | str, *, options: PackOptions = SMALL, engine: str | None = None, **given: Any
) -> PackDocument:
    """Pack a data set; ``given`` are the options of `resolve`."""
    with open_rows(resolve(str(dataset), **given)) as rows:
        return pack(rows, out=out, options=options, engine=engine)
