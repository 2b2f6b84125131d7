"""E401: the file does not exist."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import of_code


def _describe(context: Context, count: int) -> tuple[str, str]:
    [(missing, total)] = context.query("SELECT count(*) FILTER (code = 'E401'), count(*) FROM images")
    if missing == total:
        roots = ", ".join(dict.fromkeys(str(part.root) for part in context.rows.dataset.parts))
        return f"none of the {plural(total, 'file')} exists under {roots}", "say where the images lie with --root DIR"
    return f"{plural(count, 'row')} of files that do not exist", context.fix("clean", "--images --drop E401 -o DIR")


missing_file = Located(code="E401", places=of_code("E401"), describe=_describe)
