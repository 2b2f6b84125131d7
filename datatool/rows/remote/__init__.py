"""Data sets on buckets and HTTP servers: what a URL stands for, before readers see it.

_copies   lists, tables and names as files of this machine, for as long as the process lives
_tables   tables with images inside, without these
_listing  folders of a bucket: what lies in them, what a pattern matches
_url      what was meant to be a URL and is none
"""

from __future__ import annotations

from datatool.rows.remote._copies import local_copy, object_copy
from datatool.rows.remote._listing import files_below, listed, matched
from datatool.rows.remote._tables import is_without_images
from datatool.rows.remote._url import refuse_odd_url, refuse_secrets

__all__ = [
    "files_below",
    "is_without_images",
    "listed",
    "local_copy",
    "matched",
    "object_copy",
    "refuse_odd_url",
    "refuse_secrets",
]
