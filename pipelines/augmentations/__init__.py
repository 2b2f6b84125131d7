"""What may be done to a picture: how it is cut, and extras that change or mix its pixels.

::

    _augment.py         an augmentation as a whole, the table of extras, and how names are read
    _beta.py            shares of a mixture
    _cutmix.py          `cutmix`: a box of the partner's picture
    _erase.py           `erase`: a box of mid-grey
    _extra.py           what an extra is: name, numbers with their ranges, what it does
    _jitter.py          `jitter`: colours
    _mixup.py           `mixup`: a blend with the partner's picture
    _ops.py             the ops of the two policies
    _randaugment.py     `randaugment`: some ops of one strength
    _streams.py         where the random numbers of each step stand
    _trivialaugment.py  `trivialaugment`: one op of random strength
"""

from __future__ import annotations

from datatool.pipelines.augmentations._augment import BASES, EXTRAS, Augment, parse_augment
from datatool.pipelines.augmentations._cutmix import Cutmix
from datatool.pipelines.augmentations._erase import Erase
from datatool.pipelines.augmentations._extra import Extra, Mixing, Mixture, PixelChange, Uniforms
from datatool.pipelines.augmentations._jitter import Jitter
from datatool.pipelines.augmentations._mixup import Mixup
from datatool.pipelines.augmentations._randaugment import RandAugment
from datatool.pipelines.augmentations._streams import CROP_ATTEMPTS, Stream
from datatool.pipelines.augmentations._trivialaugment import TrivialAugment

__all__ = [
    "BASES",
    "CROP_ATTEMPTS",
    "EXTRAS",
    "Augment",
    "Cutmix",
    "Erase",
    "Extra",
    "Jitter",
    "Mixing",
    "Mixture",
    "Mixup",
    "PixelChange",
    "RandAugment",
    "Stream",
    "TrivialAugment",
    "Uniforms",
    "parse_augment",
]
