"""What is copied from buckets to this machine, once while it is the same.

_fetch.py  whole containers, to be read here: by far the cheapest where they fit
_plans.py  the files of plans
"""

from __future__ import annotations

from datatool.storage.copies._fetch import fetch_container
from datatool.storage.copies._plans import is_plan, open_plan, plan_files

__all__ = ["fetch_container", "is_plan", "open_plan", "plan_files"]
