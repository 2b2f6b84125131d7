"""Writes into docs/explain.md what `failures.yaml` and the logs of the tests say; part of `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from datatool.explain import Rules, read_rules
from datatool.schemas import load_yaml

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PAGE: Final = REPOSITORY / "docs" / "explain.md"
LOGS: Final = REPOSITORY / "tests" / "explain" / "expected.yaml"
_ORIGINS: Final = {
    "paddle": "made by Paddle",
    "torch": "made by PyTorch",
    "datatool": "made by datatool",
    "reader": "made by a reader of lists",
    "written": "written by hand",
}


def page_with(text: str, /, *, rules: Rules, logs: list[dict[str, Any]]) -> str:
    """The page with its tables as the data have them."""
    fifty = sorted((log for log in logs if log.get("row")), key=lambda log: int(log["row"]))
    further = [log for log in logs if not log.get("row")]
    text = _replace(text, "result", _result(fifty, further))
    text = _replace(text, "logs", _logs(fifty) + "\n" + _logs(further))
    return _replace(text, "rules", _rules(rules))


def _replace(text: str, part: str, written: str) -> str:
    first, last = f"<!-- {part}: written by make docs -->", f"<!-- end of {part} -->"
    return re.sub(f"{first}.*?{last}", lambda _: f"{first}\n\n{written}\n{last}", text, count=1, flags=re.DOTALL)


def _result(fifty: list[dict[str, Any]], further: list[dict[str, Any]]) -> str:
    rows = "| logs | | first cause named | not named |\n|---|---|---|---|\n"
    for name, logs in (("the fifty messages", fifty), ("further logs", further)):
        for origin, said in _ORIGINS.items():
            chosen = [log for log in logs if log["origin"] == origin]
            missed = sum(bool(log.get("missed")) for log in chosen)
            rows += f"| {name} | {said} | {len(chosen) - missed} | {missed} |\n" if chosen else ""
    return rows


def _logs(logs: Iterable[dict[str, Any]]) -> str:
    rows = "| row | log | | rule | first cause | named |\n|---|---|---|---|---|---|\n"
    return rows + "".join(
        f"| {log.get('row', '')} | {log['log'].replace('_', ' ')} | {_ORIGINS[log['origin']]} | `{log['rule']}` "
        f"| {_cell(log['cause'])} ... | {'no' if log.get('missed') else 'yes'} |\n"
        for log in logs
    )


def _rules(rules: Rules) -> str:
    rows = "| rule | kind | what happened | causes, the most likely first | seen in |\n|---|---|---|---|---|\n"
    for rule in rules.failures:
        causes = " ".join(f"({number}) {_cell(cause.text)}" for number, cause in enumerate(rule.causes, 1))
        rows += f"| `{rule.name}` | {rule.kind} | {_cell(rule.title)} | {causes} | {', '.join(rule.sources)} |\n"
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("__", "\\_\\_")


def main() -> None:
    """Write the page anew."""
    logs = load_yaml(LOGS.read_text(encoding="utf-8"))
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), rules=read_rules(), logs=logs), encoding="utf-8")


if __name__ == "__main__":
    main()
