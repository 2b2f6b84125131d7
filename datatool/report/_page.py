"""One self-contained page: style, script and data inside, nothing fetched, everything from the data escaped."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

from datatool.report._footer import today, version
from datatool.report._kept_code import kept_code

# A script element ends at "</", and "<!--" changes how the rest is read; JSON may spell both characters as escapes.
_SCRIPT_UNSAFE: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def page(
    template: str,
    /,
    *,
    title: str,
    subtitle: str = "",
    command: str | None = None,
    context: Mapping[str, Any],
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
) -> str:
    """Render a template of this folder that extends ``base.html``.

    Args:
        template: File name, such as ``audit.html``.
        title: Heading and window title.
        subtitle: One line under the heading.
        command: The command line that makes this page, for its footer; None where there is none.
        context: What the template's own blocks use; strings are escaped, SVG from this package is not.
        scripts: Files of this folder behind `report.js`.
        styles: Files of this folder behind `report.css`.

    Returns:
        A whole HTML document. Its content security policy allows its own style and script by their hashes and
        ``data:`` images, and nothing else.
    """
    style, script = _own("report.css", *styles), _own("report.js", *scripts)
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}"
    return str(
        _environment()
        .get_template(template)
        .render(
            context,
            title=title,
            subtitle=subtitle,
            command=command,
            version=version(),
            date=today(),
            style=style,
            script=script,
            policy=policy,
        )
    )


def embed_json(value: object, /) -> Markup:
    r"""JSON that is safe between ``<script type="application/json">`` and ``</script>``.

    >>> str(embed_json(["</script>"]))
    '["\\u003c/script\\u003e"]'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_SCRIPT_UNSAFE))  # noqa: S704 - made safe on this line


@functools.cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("datatool.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=kept_code(),
    )
    environment.filters["embed_json"] = embed_json
    environment.filters["grouped"] = grouped
    return environment


def grouped(value: float | None, /, *, digits: int = 0) -> str:
    """A number with thousands separated, or a dash.

    >>> grouped(1234567), grouped(None), grouped(0.25, digits=2)
    ('1,234,567', '–', '0.25')
    """
    return "–" if value is None else f"{value:,.{digits}f}"


@functools.cache
def _own(*names: str) -> Markup:
    texts = [files("datatool.report").joinpath(name).read_text("utf-8") for name in names]
    return Markup("".join(texts))  # noqa: S704 - our own files


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
