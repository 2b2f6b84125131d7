"""Rows to suspects, and the folder that holds them."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

from datatool.probe import Backbone, open_probe, probe_rows
from datatool.rows import Rows
from datatool.schemas import ConfigError, SuspectsDocument, atomic_folder, sole_writer
from datatool.suspects._find import find_suspects
from datatool.suspects._options import DEFAULTS, SuspectsOptions
from datatool.suspects._review import REVIEW, review_page
from datatool.suspects._write import PARQUET, suspects_document, write_table

_LOG: Final = logging.getLogger("datatool.suspects")
JSON: Final = "suspects.json"


def suspects(
    rows: Rows,
    backbone: Backbone,
    /,
    *,
    options: SuspectsOptions = DEFAULTS,
    out: Path | None = None,
    home: Path | None = None,
) -> SuspectsDocument:
    """Look for rows that somebody should look at again; nothing is dropped.

    Args:
        rows: From `open_rows`; every split is searched.
        backbone: From `datatool.probe.settle_backbone`.
        options: Seed, and the size of the page.
        out: A folder for `suspects.json`, `suspects.parquet` and `review.html`, whole or not at all.
        home: Where features are kept; None is the user's cache folder.

    Raises:
        ConfigError: If the backbone cannot be used, or ``out`` holds something else.
        DatasetError: If there is no row, or no picture can be read.
    """
    with contextlib.nullcontext() if out is None else sole_writer(out):
        if out is not None:
            _check_target(out)
        listed = probe_rows(rows, grouping=options.grouping)
        if faults := rows.num_lines - len(listed):
            _LOG.warning("%d faulty lines are left out; datatool audit names them", faults)
        with open_probe(listed, backbone, home=home, engine=options.engine) as probe:
            found = find_suspects(probe, options=options)
            document = suspects_document(probe, found)
            if out is not None:
                with atomic_folder(out) as work:
                    (work / JSON).write_text(document.to_json(), "utf-8")
                    write_table(probe, found, work / PARQUET)
                    command = f"datatool suspects {rows.dataset.command}"
                    html = review_page(probe, found, document, most=options.max_review, command=command)
                    (work / REVIEW).write_text(html, "utf-8")
    return document


def _check_target(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and ((folder / JSON).is_file() or not any(folder.iterdir()))):
        raise ConfigError(f"--out must be new, empty or earlier suspects; got '{folder}'", hint="name another folder")
