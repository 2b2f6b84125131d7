"""What `datatool.audit.images` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool.audit.images._contents import CONTENTS as CONTENTS
from datatool.audit.images._contents import contents_file as contents_file
from datatool.audit.images._contents import load_contents as load_contents
from datatool.audit.images._contents import write_contents as write_contents
from datatool.audit.images._engines import THREADS as THREADS
from datatool.audit.images._engines import Engine as Engine
from datatool.audit.images._engines import ThreadEngine as ThreadEngine
from datatool.audit.images._engines import open_engine as open_engine
from datatool.audit.images._files import rows_with_files as rows_with_files
from datatool.audit.images._hash import byte_hash as byte_hash
from datatool.audit.images._near import alike_pairs as alike_pairs
from datatool.audit.images._parents import Looks as Looks
from datatool.audit.images._parents import for_each_picture as for_each_picture
from datatool.audit.images._parents import looks_of as looks_of
from datatool.audit.images._scan import ScanCounts as ScanCounts
from datatool.audit.images._scan import scan as scan
from datatool.audit.images._sql import conflicts as conflicts
from datatool.audit.images._sql import distinct_images as distinct_images
from datatool.audit.images._sql import leaks as leaks
from datatool.audit.images._sql import measured_as as measured_as
from datatool.audit.images._sql import near_duplicates as near_duplicates
from datatool.audit.images._sql import same_content as same_content
from datatool.audit.images._statistics import image_statistics as image_statistics
