"""What `datatool.pipelines` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.pipelines._augment import Augment as Augment
from datatool.pipelines._augment import Interpolation as Interpolation
from datatool.pipelines._augment import Stream as Stream
from datatool.pipelines._augment import parse_augment as parse_augment
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
