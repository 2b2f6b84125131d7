"""What was meant to be a URL: one with a slash too few, in capitals, or of a scheme that is not read."""

from __future__ import annotations

import os
import re
from typing import Any, Final

from datatool.schemas import SCHEMES, DatasetError, check_url, is_url

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(/+)(.*)", re.DOTALL)
_NOT_TO_WRITE: Final = r"^[a-z0-9]+://[^/]*@|^https?://[^?#]*[?#]"
_OTHER_NAMES: Final = {"gcs": "gs", "s3a": "s3", "s3n": "s3", "azure": "az", "abfs": "az", "abfss": "az", "adl": "az"}


def refuse_odd_url(place: str, /) -> None:
    """Refuse a place that is no URL of ours and no file, but looks like a URL; and a URL with a secret in it.

    Raises:
        DatasetError: With the URL that was meant, where that is clear.
    """
    if is_url(place):
        check_url(place)
        return
    found = _SCHEME.fullmatch(place)
    if found is None or os.path.exists(place):
        return
    scheme, slashes, rest = found[1].lower(), found[2], found[3]
    scheme = _OTHER_NAMES.get(scheme, scheme)
    secret = "@" in rest.partition("/")[0] or "?" in rest
    shown = f"{found[1]}:{slashes}..." if secret else place
    if f"{scheme}://" in SCHEMES:
        hint = None if secret else f"did you mean '{scheme}://{rest}'?"
        raise DatasetError(f"a URL must begin with {', '.join(SCHEMES[:4])}; got '{shown}'", hint=hint)
    if len(slashes) > 1:
        raise DatasetError(
            f"a data set must be a path, or a URL of {', '.join(SCHEMES[:4])}; got '{shown}'",
            hint="copy it to one of these, or to this machine",
        )


def refuse_secrets(batch: Any, file: str, /) -> None:
    """Refuse rows whose path is a URL with a password or a signature: paths go into plans, lists and messages.

    Args:
        batch: Arrow record batch with path and line.
        file: Where it was listed.

    Raises:
        DatasetError: At the first, without the secret.
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # makes its functions at import; no stub names them
    paths = batch.column("path").cast(pa.string())
    held = pc.match_substring_regex(paths, _NOT_TO_WRITE)
    lines = batch.column("line").filter(held)
    for path, line in zip(paths.filter(held).to_pylist(), lines.to_pylist(), strict=True):
        check_url(path, file=file, line=line)
