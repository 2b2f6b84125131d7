"""What would help on this data, found out on its own pictures before a long training is paid for.

::

    _advise     rows to advice
    _options    what a caller may say
    _objective  what is to be good
    _ways       ways to train, and which of them are one thing
    _draws      which rows stand in which batch
    _sgd        a linear head trained as the trainers train it
    _cross      logits of held-out rows under each way
    _compare    gains with cautious intervals, and the four words
    _judge      from logits to a recommended way
    _parents    which real picture each synthetic one was made from
    _parent_column
                the column `parent` of a table
    _synthetic  how much of each class should be synthetic
    _growth     what more pictures would give
    _write      the folder, and the balance line
    _page       its page
"""

from __future__ import annotations

from datatool.advise._advise import advise
from datatool.advise._options import AdviseOptions

__all__ = ["AdviseOptions", "advise"]
