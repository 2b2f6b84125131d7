"""What `datatool.paddleclas` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.paddleclas._audit import audit_config as audit_config
from datatool.paddleclas._balance import Balanced as Balanced
from datatool.paddleclas._balance import balance_config as balance_config
from datatool.paddleclas._check import check_weights as check_weights
from datatool.paddleclas._config import ClasConfig as ClasConfig
from datatool.paddleclas._config import read_config as read_config
from datatool.paddleclas._findings import CODES as CODES
from datatool.paddleclas._findings import ClasCode as ClasCode
from datatool.paddleclas._lists import check_for_export as check_for_export
from datatool.paddleclas._overrides import command as command
from datatool.paddleclas._overrides import read_overrides as read_overrides
from datatool.paddleclas._sampler import BalancedPlanSampler as BalancedPlanSampler
