"""What models cost, side by side.

::

    _profile.py  the comparison, and the best under a limit
    _count.py    parameters, multiplications and memory
    _latency.py  time for a batch
    _page.py     `profile.html`
"""

from __future__ import annotations

from datatool.deploy.profiling._count import Cost, count
from datatool.deploy.profiling._page import write_profile_page
from datatool.deploy.profiling._profile import Limits, choose, milliseconds, profile

__all__ = ["Cost", "Limits", "choose", "count", "milliseconds", "profile", "write_profile_page"]
