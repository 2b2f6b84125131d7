"""What `datatool.samplers.order` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.samplers.order._hash import hash_int as hash_int
from datatool.samplers.order._hash import hash_u64 as hash_u64
from datatool.samplers.order._hash import uniform as uniform
from datatool.samplers.order._next_use import next_uses as next_uses
from datatool.samplers.order._shards import MAX_EPOCH_SIZE as MAX_EPOCH_SIZE
from datatool.samplers.order._shards import Shards as Shards
from datatool.samplers.order._timeline import NEVER as NEVER
from datatool.samplers.order._timeline import DrawnRows as DrawnRows
from datatool.samplers.order._timeline import PlanLike as PlanLike
from datatool.samplers.order._timeline import Timeline as Timeline
