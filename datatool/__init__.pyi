"""What `datatool` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool import errors as errors
from datatool.loader import BalancedLoader as BalancedLoader
from datatool.loader import Batch as Batch
from datatool.samplers import BalancedSampler as BalancedSampler
from datatool.schemas import Plan as Plan

__version__: str
