"""What a person reads of `datatool paddleclas`."""

from __future__ import annotations

from collections.abc import Iterator

from datatool.cli._audit_text import finding_lines, verdict
from datatool.schemas import ClasList, PaddleClasAudit, PaddleClasCheck, escaped


def audit_text(document: PaddleClasAudit, /) -> str:
    """class_num and the lists first, then the findings, worst first, each with the keys it is about."""
    lines = [_class_num(document)]
    for listed in document.lists:
        lines += _list(listed)
    lines += [f"  {one.key}: {one.dataset} is not audited: {one.reason}" for one in document.not_audited]
    lines += ["", verdict(document.findings, compared=False)]
    for finding in document.findings:
        lines += ["", *finding_lines(finding), f"     key: {', '.join(finding.keys)}"]
    return "\n".join(lines)


def _class_num(document: PaddleClasAudit) -> str:
    needed = f"the lists need {document.class_num_needed:,}" if document.class_num_needed else "no list has a row"
    if document.class_num is None:
        return f"class_num: the model has no classifier; {needed}"
    said = document.class_num_key or "PaddleClas's default: no key says it"
    return f"class_num {document.class_num:,} ({said}); {needed}"


def _list(listed: ClasList) -> Iterator[str]:
    yield f"  {listed.key}: {escaped(listed.path)}"
    separator = "any blanks" if listed.delimiter is None else repr(listed.delimiter)
    relabel = ", relabel" if listed.relabel else ""
    yield (
        f"    {listed.rows:,} rows in {listed.classes:,} classes; class_num {listed.class_num:,}; "
        f"root {escaped(listed.root)}, delimiter {separator}{relabel}"
    )


def check_text(document: PaddleClasCheck, /) -> str:
    """What is loaded, what is not, and the way on."""
    in_file = "none" if document.class_num_in_file is None else f"{document.class_num_in_file:,}"
    matched = (
        f"{document.arch}: {document.matched:,} tensors of the backbone matched, {len(document.missing):,} missing, "
        f"{len(document.reshaped):,} of another shape, {len(document.unexpected):,} unexpected"
    )
    lines = [
        matched,
        f"head: {document.head}; class_num {document.class_num:,} in the model, {in_file} in the file",
        *(f"note: {note}" for note in document.notes),
    ]
    if document.problem is None:
        return "\n".join([*lines, "PaddleClas loads the whole backbone."])
    lines.append(f"error: {document.problem}")
    if document.fits_after_translation:
        lines.append("The file has every tensor, in another form: --write NEW.pdparams makes one for PaddleClas;")
        lines.append("datatool train loads it as it is (model.pretrained).")
    else:
        lines.append("fix: give weights of this architecture, or the Arch.name that these weights have")
    return "\n".join(lines)
