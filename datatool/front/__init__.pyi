"""What `datatool.front` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.front._balance import Balanced as Balanced
from datatool.front._balance import balance_data as balance_data
from datatool.front._balance import pair_of as pair_of
from datatool.front._data import Data as Data
from datatool.front._read import read as read
from datatool.front._report import FAIL_ON as FAIL_ON
from datatool.front._report import Report as Report
from datatool.front._report import fails as fails
from datatool.front._run import Evaluation as Evaluation
from datatool.front._run import Run as Run
from datatool.front._train import resolve_recipe as resolve_recipe
from datatool.front._train import train as train
from datatool.front._train import train_resolved as train_resolved
