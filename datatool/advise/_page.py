"""`advise.html`: gains with their intervals, recalls by class, what was not trained, and what is refused."""

from __future__ import annotations

import shlex

from markupsafe import Markup

from datatool.report import Column, data_table, interval_chart, page
from datatool.schemas import AdviseDocument


def advise_page(document: AdviseDocument, /, *, dataset: str) -> str:
    """The page of advice."""
    ways = [way for way in document.ways if way.name != "natural"]
    picture = (
        interval_chart(
            [(way.name, way.gain, way.low, way.high) for way in ways],
            x_label="gain over natural, with an interval of 90 % for all ways together",
            describe="gain of each way over natural",
        )
        if ways
        else Markup("")
    )
    context = {"document": document, "picture": picture, "ways": document.ways, "table": _table(document)}
    command = f"datatool advise {dataset} --for {shlex.quote(document.objective)}"
    subtitle = f"{document.rows:,} pictures, for {document.objective}"
    return page("advise.html", title="Advice", subtitle=subtitle, command=command, context=context)


def _table(document: AdviseDocument) -> Markup:
    names = [way.name for way in document.ways]
    classes = document.classes
    columns = [
        Column(label="class", values=[one.class_ for one in classes], grouped=False),
        Column(label="name", values=[one.name or "" for one in classes]),
        Column(label="real rows", values=[one.rows for one in classes]),
    ]
    if any(one.synthetic for one in classes):
        columns.append(Column(label="synthetic", values=[one.synthetic for one in classes]))
    columns += [
        Column(label=f"recall, {name}", values=[(one.recall or {}).get(name) for one in classes], digits=3)
        for name in names
    ]
    return data_table("classes", columns, caption="classes")
