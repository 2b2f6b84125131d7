"""A run to a model folder, all or nothing and only if it predicts as the run does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.deploy._calibrate import read_calibration
from datatool.deploy._digests import DIGESTS, write_digests
from datatool.deploy._exported_run import open_exported
from datatool.deploy._formats import FORMATS, format_named
from datatool.deploy._pdparams import clas_options
from datatool.deploy._predictor import META, read_meta
from datatool.deploy._verify import TOLERANCE, verify
from datatool.errors import CheckpointError, ConfigError
from datatool.runs import MODEL
from datatool.schemas import NUM_VERIFIED, ModelMeta, Verified, atomic_folder, sole_writer

_UNVERIFIED: Final = Verified(images=0, same_top1=0, max_abs_diff=0.0)


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        meta: `model.meta.json`.
        files: Names in the folder.
        use: A sentence on how to use them.
        clas: Overrides with which PaddleClas evaluates the model; none where it has no such net.
    """

    meta: ModelMeta
    files: tuple[str, ...]
    use: str
    clas: tuple[str, ...] = ()


def export(
    run: Path | str,
    /,
    *,
    out: Path | str,
    format: str = "paddle",  # noqa: A002 - the option's name
    checkpoint: str = "newest",
    num_images: int = NUM_VERIFIED,
    tolerance: float = TOLERANCE,
) -> Exported:
    """Export a run and verify it on real images of the run's lists.

    Args:
        run: A run folder.
        out: Folder to write; an earlier export is replaced, any other folder is refused.
        format: A name of `FORMATS`.
        checkpoint: `newest`, `best` or `step_N`.
        num_images: Images to verify on.
        tolerance: See `verify`.

    Raises:
        ConfigError: If the run, the format or the folder cannot be used.
        CheckpointError: If the checkpoint does not fill the model, or the exported model predicts otherwise.
    """
    out = Path(out)
    with sole_writer(out):
        _check_replaceable(out)
        chosen = format_named(format)
        exported = open_exported(Path(run), out=out, checkpoint=checkpoint, num_images=num_images)
        state = exported.opened.state
        meta = ModelMeta(
            class_num=state.class_num,
            names=state.names,
            transform=state.transform,
            prior=state.logit_prior or state.prior,
            weights=state.files[MODEL],
            verified=_UNVERIFIED,
            calibration=read_calibration(Path(run), weights=state.files[MODEL]),
        )
        with atomic_folder(out) as folder:
            use = chosen.write(exported, folder)
            (folder / META).write_text(meta.to_json(), encoding="utf-8")
            verified = verify(exported, folder, tolerance=tolerance)
            meta = meta.model_copy(update={"verified": verified})
            (folder / META).write_text(meta.to_json(), encoding="utf-8")
            write_digests(folder, chosen.files)
        clas = clas_options(exported, meta) if format == "pdparams" else ()
        return Exported(meta=meta, files=(*chosen.files, META, DIGESTS), use=use, clas=clas)


def _check_replaceable(out: Path) -> None:
    if not os.path.lexists(out):
        return
    try:
        read_meta(out)
        foreign = sorted(
            {file.name for file in out.iterdir()} - {META, DIGESTS, *(n for f in FORMATS.values() for n in f.files)}
        )
    except (CheckpointError, OSError):
        raise ConfigError(
            f"-o must be a new folder or an earlier export; got '{out}'", hint="give another folder"
        ) from None
    if foreign:
        raise ConfigError(
            f"-o must be a new folder or an earlier export and nothing else; '{out}' also holds '{foreign[0]}'",
            hint="give another folder, or take it out",
        )
