"""A plan on a bucket: made on this machine, and sent with `plan.json` last, without which there is no plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datatool.schemas import INDEX_FILE, PLAN_FILE, Plan, PlanError, absolute_place, scratch_folder
from datatool.storage import check_writable, delete_objects, names_below, open_plan, write_object


def check_replaceable_on_bucket(url: str, /) -> None:
    """Raise PlanError unless nothing lies below a URL, or a plan does.

    Raises:
        DatasetError: If it is a URL that nothing can be written to.
        RemoteError: If the store refuses.
    """
    check_writable(url)
    names = {name for name, _ in names_below(absolute_place(url), recursive=False)}
    if names and INDEX_FILE not in names:  # it is sent first
        raise PlanError(
            f"--out must be a new place or an existing plan; got '{url}', which is neither", hint="choose another --out"
        )


def send_plan(write: Callable[[Path], object], url: str, /) -> Plan:
    """Write a plan into a folder of this machine, send it, and open it where it is.

    A plan that is replaced is gone before its index is another, so that nobody reads half of each.

    Args:
        write: Writes the plan into a folder.
        url: Where it goes.

    Raises:
        RemoteError: If the store refuses.
    """
    url = absolute_place(url)
    with scratch_folder() as home:
        folder = home / "plan"
        write(folder)
        delete_objects([f"{url}/{PLAN_FILE}"])
        for file in sorted(folder.iterdir(), key=lambda file: (file.name == PLAN_FILE, file.name)):
            write_object(f"{url}/{file.name}", file)
    return open_plan(url)
