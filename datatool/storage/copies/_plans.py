"""Plans on buckets: their files are copied to the user's cache folder, where all processes of a machine find them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from datatool.schemas import INDEX_FILE, PLAN_FILE, Plan, PlanError, absolute_place, is_url
from datatool.storage._door import exists
from datatool.storage._kept_tables import written_to_cache
from datatool.storage.copies._fetch import fetch_object

_FILES: Final = (INDEX_FILE, PLAN_FILE)  # a writer puts the plan last
_RULE: Final = "the copy of a plan must have room in the cache folder"


def is_plan(place: Path | str, /) -> bool:
    """Whether a plan lies at a place.

    Raises:
        RemoteError: If a store refuses to say.
    """
    return exists(f"{absolute_place(str(place))}/{PLAN_FILE}") if is_url(place) else (Path(place) / PLAN_FILE).exists()


def open_plan(place: Path | str, /) -> Plan:
    """Open a plan folder of this machine or of a bucket.

    Args:
        place: The folder, or its URL. Relative roots of a plan on a bucket lead to the bucket.

    Raises:
        PlanError: If a file is missing, malformed, or index and plan do not belong together.
        RemoteError: If a store refuses.
        ConfigError: If the copy has no room.
    """
    return Plan.open(plan_files(place), place=absolute_place(str(place)) if is_url(place) else None)


def plan_files(place: Path | str, /) -> Path:
    """The folder with the files of a plan on this machine: its own, or that of the copy.

    Raises:
        As `open_plan`.
    """
    if not is_url(place):
        return Path(place)
    url = absolute_place(str(place))
    name = hashlib.blake2b(url.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    with written_to_cache() as home:
        folder = home / "plans" / name
        for file in _FILES:
            try:
                fetch_object(f"{url}/{file}", folder / file, folder=home / "plans", rule=_RULE)
            except FileNotFoundError:
                raise PlanError(
                    f"a plan folder must hold {file}; got none at '{url}'", hint="make the plan with datatool balance"
                ) from None
    return folder
