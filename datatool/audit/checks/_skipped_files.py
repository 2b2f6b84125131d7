"""I211: files of class folders that are not read."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural


def _find(context: Context) -> Found | None:
    found = context.query(
        "SELECT min(file), min(line), arg_min(text, line), reason, sum(count)::BIGINT FROM notes WHERE code = 'I211' "
        "GROUP BY reason ORDER BY 5 DESC, 4"
    )
    if not found:
        return None
    count = sum(row[4] for row in found)
    limit = context.options.max_examples
    kinds = "; ".join(f"{reason}: {files:,}" for _, _, _, reason, files in found[:limit])
    return Found(
        count=count,
        message=f"{plural(count, 'file')} not read ({kinds})",
        hint="convert images that have no decoder here to JPEG or PNG",
        examples=[
            Example(file=file, line=line, text=text, reason=f"{reason}: {files:,}, the first here")
            for file, line, text, reason, files in found[:limit]
        ],
    )


SKIPPED_FILES: Final = Check(
    code="I211",
    name="skipped-files",
    when="files of class folders are not read",
    text=(
        "Files of class folders that are not read, counted by ending with the reason: images that have no decoder here "
        "(HEIC, raw photographs, AVIF where the codec is missing), system files, and what is no image. Folders that "
        "programs leave behind (`__MACOSX`, `@eaDir`, `.ipynb_checkpoints`) are no classes."
    ),
    example="folder:\ncat/a.jpg\ncat/b.heic\n__MACOSX/._cat\n",
    fix="convert what are images to JPEG or PNG; the rest does no harm.",
    look=_find,
)
