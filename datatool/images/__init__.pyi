"""What `datatool.images` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.images._decode import Pixels as Pixels
from datatool.images._decode import Scratch as Scratch
from datatool.images._decode import decode as decode
from datatool.images._decode import decode_scaled as decode_scaled
from datatool.images._decode import decodes as decodes
from datatool.images._formats import FORMATS as FORMATS
from datatool.images._formats import read_header as read_header
from datatool.images._geometry import DCT_SCALES as DCT_SCALES
from datatool.images._geometry import short_side as short_side
from datatool.images._header import Header as Header
from datatool.images._jpeg import is_regular as is_regular
from datatool.images._jpeg import with_end_marker as with_end_marker
from datatool.images._read import TooLargeError as TooLargeError
from datatool.images._read import UnreadableError as UnreadableError
from datatool.images._read import check_header as check_header
from datatool.images._read import check_pixels as check_pixels
from datatool.images._read import inspect as inspect
from datatool.images._read import max_bytes as max_bytes
from datatool.images._read import read_encoded as read_encoded
