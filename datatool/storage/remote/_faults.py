"""What a store refuses, as an error of ours: the client's own words may hold signed URLs, so none of them is passed on.

404                           FileNotFoundError: an image that is not there
412, 416, another size        ChangedError: the object is not as it was
401, 403, lasting 429 or 5xx,
a cut body, an ignored range,
silence, no connection        RemoteError: a whole store that is down is not a bad image, so that the run ends
"""

from __future__ import annotations

import errno
import os
import re
from typing import Final

from datatool.schemas import Container, LoaderError

_STATUS: Final = re.compile(r"status code: (\d{3})")
_CREDENTIALS: Final = (
    "give credentials as the cloud's own tools take them, such as AWS_PROFILE or GOOGLE_APPLICATION_CREDENTIALS, or "
    "AWS_SKIP_SIGNATURE=true for a public bucket"
)
_LATER: Final = "wait and run the same command again; what was done so far is kept where it can be resumed"
_RULE: Final = "an object store must give what a data set names"
_WRITE_RULE: Final = "an object store must take what is written"
_NO_BUCKET: Final = "make the bucket, or see to it that the URL is right"
_FULL: Final = re.compile(r"insufficient ?storage|quota|no space|disk ?full|storagefull", re.IGNORECASE)


class RemoteError(LoaderError):
    """A store does not answer, or refuses; trying other images would not help."""


class ChangedError(LoaderError):
    """A container is not as it was when the places of its members were found."""


def changed(container: Container, how: str, /) -> ChangedError:
    """The error of a container that is another by now.

    Args:
        container: As it was.
        how: What is different.
    """
    return ChangedError(
        f"a container must be as it was when it was read first; got '{container.path}' with {how}",
        hint="run datatool balance again, which reads its table anew",
    )


def fault_of(error: Exception, url: str, /, *, rule: str = _RULE) -> Exception:
    """What an exception of the client means for an object.

    Args:
        error: Raised by obstore.
        url: Of the object.
        rule: Which the message names.
    """
    kind, text = type(error).__name__, str(error)
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url)
    found = _STATUS.search(text)
    status = int(found[1]) if found else 0
    if kind in ("PermissionDeniedError", "UnauthenticatedError") or status in (401, 403):
        return _error(f"{status or 'no permission'} (forbidden)", url, _CREDENTIALS, rule=rule)
    if status == 404:  # a listing; of an object the client says that it is not found
        return _error("404 (no such bucket)", url, _NO_BUCKET, rule=rule)
    if kind == "PreconditionError" or status in (412, 416):
        return ChangedError(
            f"an object must be as it was when it was read first; got '{url}', which is another by now",
            hint="run datatool balance again, which reads its table anew",
        )
    if isinstance(error, ValueError):
        return OSError(errno.EINVAL, "no object can be named so: a part of its name is empty, . or ..", url)
    got, hint = _lasting(text, status)
    return _error(got, url, hint, rule=rule)


def write_fault_of(error: Exception, url: str, /) -> Exception:
    """The same where an object was to be written or deleted.

    Args:
        error: Raised by obstore.
        url: Of the object.
    """
    found = _STATUS.search(str(error))
    if isinstance(error, FileNotFoundError):
        return _error("404 (no such bucket)", url, _NO_BUCKET, rule=_WRITE_RULE)
    if _FULL.search(str(error)) or (found and int(found[1]) == 507):
        hint = f"make room in the bucket or raise its quota, then {_LATER}"
        return _error("no space left", url, hint, rule=_WRITE_RULE)
    return fault_of(error, url, rule=_WRITE_RULE)


def _lasting(text: str, status: int) -> tuple[str, str]:
    """What is wrong with a store, and what to do."""
    low = text.lower()
    if status in (429, 503):
        return f"{status} ({'too many requests' if status == 429 else 'slow down'}) again and again", (
            f"ask less at a time with io_threads, or {_LATER}"
        )
    if status:
        return f"{status} again and again" if status >= 500 else f"{status}", _LATER if status >= 500 else _hint(low)
    if "non-partial" in low or "notpartial" in low:
        return "the whole object in answer to a range of bytes", "use a server that answers ranges, or copy the data"
    if "redirect" in low:
        return "a redirection, as of a bucket in another region", "set AWS_REGION to the region of the bucket"
    if "timedout" in low or "timed out" in low:
        return "no answer in time", _LATER
    if "credential" in low or "metadata" in low or "token" in low:
        return "no credentials", _CREDENTIALS
    if "kind: connect" in low or "dns" in low or "connecterror" in low:
        return (
            "no connection",
            "look whether the host can be reached, and at AWS_ENDPOINT_URL where it is set",
        )
    if "body" in low or "interrupted" in low:
        return "an answer that is cut, again and again", _LATER
    return "an answer that makes no sense", _LATER


def _hint(low: str) -> str:
    return "set AWS_REGION to the region of the bucket" if "region" in low else "see to it that the URL is right"


def _error(got: str, url: str, hint: str, *, rule: str) -> RemoteError:
    return RemoteError(f"{rule}; got {got} for '{url}'", hint=hint)
