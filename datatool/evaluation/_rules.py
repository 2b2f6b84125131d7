"""Rules of `datatool compare --fail-if`: what a comparison must not show."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from datatool.errors import ConfigError
from datatool.schemas import CheckedRule, CompareDocument, NewClass, PairedFigure, nearest

_WORSE: Final = "worse"
_FIGURES: Final = ("top1", "balanced_accuracy", "recall", "new_recall", "new_balanced_accuracy")
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM: Final = re.compile(
    r"(?P<figure>\w+)(:(?P<name>.+?))?(\.(?P<end>low|high))?\s*(?P<sign><=|>=|<|>)\s*(?P<limit>[-+]?[0-9.]+(e[-+]?[0-9]+)?)",
    re.IGNORECASE,
)
_HELP: Final = "for example worse, 'balanced_accuracy < -0.01', 'recall:cat.high < 0' or 'new_recall < 0.5'"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        text: As it was given.
        figure: A word of `_FIGURES`; None for `worse`, which holds where any verdict is that.
        name: The class that it is about; None for any.
        end: `low` or `high`, of the interval; None for the figure itself.
        holds: Of a value.
    """

    text: str
    figure: str | None
    name: str | None = None
    end: str | None = None
    holds: Callable[[float], bool] = bool

    @classmethod
    def parse(cls, text: str, /) -> Self:
        """Read `worse`, or `FIGURE[:CLASS][.low|.high] < NUMBER` with any of < <= > >=.

        Raises:
            ConfigError: If it is neither, with the nearest figure.
        """
        if text.strip() == _WORSE:
            return cls(text=text, figure=None)
        found = _FORM.fullmatch(text.strip())
        figure = None if found is None else found["figure"]
        if found is None or figure not in _FIGURES or (found["name"] and not figure.endswith("recall")):
            near = nearest(figure or text, _FIGURES)
            hint = f"did you mean '{near}'?" if near is not None and figure != near else _HELP
            raise ConfigError(f"--fail-if must be a rule on {', '.join(_FIGURES)}; got '{text}'", hint=hint)
        try:
            limit = float(found["limit"])
        except ValueError:
            raise ConfigError(f"--fail-if must end in a number; got '{text}'", hint=_HELP) from None
        compare = _COMPARISONS[found["sign"]]
        return cls(
            text=text, figure=figure, name=found["name"], end=found["end"], holds=lambda value: compare(value, limit)
        )

    def check(self, document: CompareDocument, /) -> CheckedRule:
        """What of it holds.

        Raises:
            ConfigError: If it is about a class that the comparison has no rows of.
        """
        because = [f"{name} {value:+.4f}" for name, value in self._values(document) if self.holds(value)]
        if self.figure is None:
            both = [*document.figures, *document.classes]
            because = [f"{each.name} {each.difference:+.4f}" for each in both if each.verdict == "worse"]
        return CheckedRule(rule=self.text, holds=bool(because), because=because)

    def _values(self, document: CompareDocument) -> Iterator[tuple[str, float]]:
        if self.figure in ("recall", "new_recall"):
            rows: list[PairedFigure | NewClass] = [*(document.new if self.figure == "new_recall" else document.classes)]
            names = [each.name for each in rows]
            if self.name is not None and self.name not in names:
                near = nearest(self.name, names)
                raise ConfigError(
                    f"--fail-if must name a class that has rows; got '{self.name}'",
                    hint=None if near is None else f"did you mean '{near}'?",
                )
            yield from ((each.name, self._value(each)) for each in rows if self.name in (None, each.name))
        elif self.figure == "new_balanced_accuracy":
            if document.new_balanced_accuracy is not None:
                yield self.figure, document.new_balanced_accuracy
        else:
            yield from ((each.name, self._value(each)) for each in document.figures if each.name == self.figure)

    def _value(self, row: PairedFigure | NewClass) -> float:
        if self.end is not None:
            return float(getattr(row, self.end))
        return row.recall if isinstance(row, NewClass) else row.difference
