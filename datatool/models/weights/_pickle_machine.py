"""A pickle machine for data: plain values and the few names it is told of; a file imports, calls and sets nothing.

Python's own unpickler recurses in C when it hashes a key, makes a memo as large as the file asks for, and sets the
state of any object. This one reads opcodes one by one (`pickletools.genops`), and nothing in it recurses, however deep
a file nests its values.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_STEPS: Final = 1_000_000  # opcodes; a tensor takes about 40, so this is 25,000 tensors in some seconds
_MAX_KEY: Final = 1 << 32  # larger integers can be chosen so that their hashes collide
_NUMBERS: Final = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_BYTES: Final = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "STRING", "BINSTRING", "SHORT_BINSTRING")
_TEXTS: Final = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_PUSHED: Final = frozenset((*_NUMBERS, *_BYTES, *_TEXTS))
_CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_EMPTY: Final[dict[str, Callable[[], Any]]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list}
_TUPLES: Final = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PUTS: Final = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_GETS: Final = frozenset(("GET", "BINGET", "LONG_BINGET"))
_SKIPPED: Final = frozenset(("PROTO", "FRAME"))


class CutShortError(ValueError):
    """The data end before the value is whole."""


@dataclass(frozen=True, eq=False)
class Name:
    """What a file means by `module.name`.

    Attributes:
        text: For messages.
        call: Answers where the file calls it; None where it must not.
    """

    text: str
    call: Callable[..., Any] | None = None


class Fillable:
    """A value that a file makes first and fills afterwards; no other one has its state set."""

    def take_state(self, state: Any, /) -> None:
        """Take the state.

        Raises:
            ValueError: If it is not what the value may hold.
        """
        raise NotImplementedError


class PickleMachine:
    """Reads one pickle.

    Args:
        find: (module, name) -> what is meant by it; raises for a name that data do not need.
        stored: What a persistent id stands for; None where the format has none.
    """

    def __init__(self, *, find: Callable[[str, str], Name], stored: Callable[[Any], Any] | None = None) -> None:
        self._find = find
        self._stored = stored
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []  # stacks below each open mark
        self._memo: dict[int, Any] = {}

    def load(self, data: bytes, /) -> Any:
        """The value.

        Raises:
            CutShortError: If the data end too early.
            ValueError: Or another exception, if they are damaged or ask for anything but data.
        """
        stream = io.BytesIO(data)
        steps = pickletools.genops(stream)
        for _ in range(MAX_STEPS):
            try:
                opcode, argument = next(steps)[:2]
            except ValueError as error:
                if stream.tell() >= len(data):
                    raise CutShortError(str(error)) from None
                raise
            if opcode.name == "STOP":
                return self._pop()
            self._step(opcode.name, argument)
        raise ValueError(f"more than {MAX_STEPS:,} steps to read it")

    def _step(self, name: str, argument: Any) -> None:
        if name in _PUSHED:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self._stack.append(tuple(self._pop_many(_TUPLES[name])))
        elif name in _PUTS:
            self._memo[_small(argument)] = self._top()
        elif name in _GETS:
            self._stack.append(self._memo[argument])
        elif name not in _SKIPPED:
            do = _DONE.get(name)
            if do is None:
                raise ValueError(f"an opcode that data do not need, {name}")
            do(self, argument)

    def _top(self) -> Any:
        if not self._stack:
            raise ValueError("a stack that is empty")
        return self._stack[-1]

    def _pop(self) -> Any:
        value = self._top()
        self._stack.pop()
        return value

    def _pop_many(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise ValueError("a stack that is empty")
        values = self._stack[-count:]
        del self._stack[-count:]
        return values

    def _mark(self, _: Any) -> None:
        self._marked.append(self._stack)
        self._stack = []

    def _pop_mark(self, _: Any = None) -> list[Any]:
        values, self._stack = self._stack, self._marked.pop()
        return values

    def _drop(self, _: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._pop_mark()

    def _tuple(self, _: Any) -> None:
        values = tuple(self._pop_mark())
        self._stack.append(values)

    def _list(self, _: Any) -> None:
        values = self._pop_mark()
        self._stack.append(values)

    def _dict(self, _: Any) -> None:
        values = self._pop_mark()
        made: dict[Any, Any] = {}
        _set_items(made, values)
        self._stack.append(made)

    def _append(self, _: Any) -> None:
        value = self._pop()
        _extend(self._top(), [value])

    def _appends(self, _: Any) -> None:
        values = self._pop_mark()
        _extend(self._top(), values)

    def _set_item(self, _: Any) -> None:
        pair = self._pop_many(2)
        _set_items(self._top(), pair)

    def _set_items(self, _: Any) -> None:
        values = self._pop_mark()
        _set_items(self._top(), values)

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._top()

    def _global(self, pair: str) -> None:
        module, _, name = pair.partition(" ")
        self._stack.append(self._find(module, name))

    def _stack_global(self, _: Any) -> None:
        module, name = self._pop_many(2)
        if type(module) is not str or type(name) is not str:
            raise ValueError("a name that is no text")
        self._stack.append(self._find(module, name))

    def _reduce(self, _: Any) -> None:
        named, arguments = self._pop_many(2)
        if not isinstance(named, Name) or named.call is None or type(arguments) is not tuple:
            raise ValueError(f"a call of {named.text if isinstance(named, Name) else type(named).__name__}")
        self._stack.append(named.call(*arguments))

    def _build(self, _: Any) -> None:
        state = self._pop()
        target = self._top()
        if isinstance(target, Fillable):
            target.take_state(state)
        elif type(target) is not dict:  # attributes of an ordered dict, such as torch's _metadata, are left out
            raise ValueError(f"a state set on {target.text if isinstance(target, Name) else type(target).__name__}")

    def _persistent(self, _: Any) -> None:
        if self._stored is None:
            raise ValueError("a value outside the file")
        self._stack.append(self._stored(self._pop()))


_DONE: Final[Mapping[str, Callable[[PickleMachine, Any], Any]]] = {
    "MARK": PickleMachine._mark,
    "POP": PickleMachine._drop,
    "POP_MARK": PickleMachine._pop_mark,
    "DUP": lambda machine, _: machine._stack.append(machine._top()),
    "TUPLE": PickleMachine._tuple,
    "LIST": PickleMachine._list,
    "DICT": PickleMachine._dict,
    "APPEND": PickleMachine._append,
    "APPENDS": PickleMachine._appends,
    "SETITEM": PickleMachine._set_item,
    "SETITEMS": PickleMachine._set_items,
    "MEMOIZE": PickleMachine._memoize,
    "GLOBAL": PickleMachine._global,
    "STACK_GLOBAL": PickleMachine._stack_global,
    "REDUCE": PickleMachine._reduce,
    "BUILD": PickleMachine._build,
    "BINPERSID": PickleMachine._persistent,
}


def _extend(target: Any, values: list[Any]) -> None:
    if type(target) is not list:
        raise ValueError(f"items appended to {type(target).__name__}")
    target.extend(values)


def _set_items(target: Any, values: list[Any]) -> None:
    if type(target) is not dict or len(values) % 2:
        raise ValueError(f"items set in {type(target).__name__}")
    for key, value in zip(values[::2], values[1::2], strict=True):
        target[key if type(key) is str else _small(key)] = value


def _small(key: Any) -> int:
    """An integer whose hash is itself; hashing anything else takes as deep and as long as the file wants it to."""
    if type(key) is not int or not -_MAX_KEY < key < _MAX_KEY:
        raise ValueError(f"a key that is neither a name nor a small number, but {type(key).__name__}")
    return key
