"""What `datatool.pipelines` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.pipelines._engine import UNKNOWN as UNKNOWN
from datatool.pipelines._engine import Candidate as Candidate
from datatool.pipelines._engine import Engine as Engine
from datatool.pipelines._engine import EngineSpec as EngineSpec
from datatool.pipelines._engine import Fault as Fault
from datatool.pipelines._engine import Quarantine as Quarantine
from datatool.pipelines._engine import Request as Request
from datatool.pipelines._engine import Result as Result
from datatool.pipelines._geometry import resize_of as resize_of
from datatool.pipelines._open import ENGINES as ENGINES
from datatool.pipelines._open import open_engine as open_engine
from datatool.pipelines._slots import SlotPool as SlotPool
from datatool.pipelines.augmentations import Augment as Augment
from datatool.pipelines.augmentations import Cutmix as Cutmix
from datatool.pipelines.augmentations import Erase as Erase
from datatool.pipelines.augmentations import Extra as Extra
from datatool.pipelines.augmentations import Jitter as Jitter
from datatool.pipelines.augmentations import Mixing as Mixing
from datatool.pipelines.augmentations import Mixture as Mixture
from datatool.pipelines.augmentations import Mixup as Mixup
from datatool.pipelines.augmentations import PixelChange as PixelChange
from datatool.pipelines.augmentations import RandAugment as RandAugment
from datatool.pipelines.augmentations import Stream as Stream
from datatool.pipelines.augmentations import TrivialAugment as TrivialAugment
from datatool.pipelines.augmentations import Uniforms as Uniforms
from datatool.pipelines.augmentations import parse_augment as parse_augment
