"""Lets the site hold what pages link to outside of docs/: examples and benchmarks, as the files that they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File

_DOCS: Final = Path(__file__).resolve().parent
_LINK: Final = re.compile(r"\]\(\.\./((?:examples|benchmarks)/[^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add every file that a page links to."""
    pages = [Path(file.abs_src_path) for file in files.documentation_pages()]
    linked = {path for page in pages if page.parent == _DOCS for path in _LINK.findall(page.read_text("utf-8"))}
    for path in sorted(linked):
        files.append(File.generated(config, path, abs_src_path=str(_DOCS.parent / path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links lead to the copies."""
    return _LINK.sub(r"](\1)", markdown) if Path(page.file.abs_src_path).parent == _DOCS else markdown
