"""Dictionaries of lists, text and numpy arrays out of a pickle, without running it.

A pickle is a program, and `pickle.load` runs whatever functions it names. Here the few instructions that build
plain values are interpreted, and the functions that numpy writes into its pickles are recognised by name and
replaced by what they mean; anything else is refused. Arrays are views of the file, which is memory-mapped.

References
----------
The instructions are those of Python's module `pickletools`, the arrays' state that of `numpy.ndarray.__setstate__`.
"""

import ast
import mmap
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, NoReturn, final

import numpy as np

from repscope.core.errors import BadInput, Damaged


def read_pickled_dict(path: Path) -> dict[str, Any]:
    """The dictionary that a pickle holds: values are numbers, text, bytes, lists, and arrays that view the file.

    Strings of Python 2 are bytes, also when they stand for text; keys are always text.

    Raises
    ------
    BadInput
        If it names a function that is none of numpy's, or holds something else than a dictionary of such values.
    Damaged
        If it ends too early or makes no sense.
    """
    with path.open("rb") as file:
        try:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError:  # an empty file cannot be mapped
            content = memoryview(b"")
    reader = _Reader(content)
    try:
        result = reader.run()
    except BadInput as error:
        raise BadInput(f"{path} is refused: {error}") from None
    except (IndexError, KeyError, TypeError, AttributeError, SyntaxError, ValueError, struct.error) as error:
        raise Damaged(
            f"{path} is not a pickle that can be read (at byte {reader.position:,} of {len(content):,}: {error}); "
            "it is truncated or damaged, get it again"
        ) from error
    if not isinstance(result, dict):
        raise BadInput(f"{path} holds a {type(result).__name__}; expected a dictionary of arrays and lists")
    return {as_text(key): value.array if isinstance(value, _Array) else value for key, value in result.items()}


def as_text(value: Any) -> str:
    """A string, also where Python 2 wrote one."""
    return bytes(value).decode("latin1") if isinstance(value, bytes | memoryview) else str(value)


@final
class _Mark:
    """Where on the stack the items of a collection begin."""


@final
@dataclass(frozen=True)
class _Name:
    """A function or class that the pickle names; it is never looked up."""

    module: str
    name: str


@final
@dataclass
class _Type:
    """A numpy dtype in the making: what `numpy.dtype` was called with, then its byte order."""

    code: str
    order: str = "<"

    def set_state(self, state: Any) -> None:
        self.order = {"<": "<", ">": ">", "|": "|", "=": "="}[as_text(state[1])]
        if state[2:5] != (None, None, None):
            raise BadInput("an array of records came; expected plain numbers")

    def numpy(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.code if self.order != "|" else self.code)


@final
@dataclass
class _Array:
    """A numpy array in the making: nothing yet, then its state."""

    array: np.ndarray = field(default_factory=lambda: np.empty(0))

    def set_state(self, state: Any) -> None:
        _, shape, kind, columns_first, raw = state
        self.array = _array(raw, kind, shape, "F" if columns_first else "C")


def _array(raw: Any, kind: Any, shape: Any, order: Any) -> np.ndarray:
    dtype = kind.numpy()
    sizes = tuple(int(s) for s in shape)
    raw = memoryview(raw)
    if len(raw) != prod(sizes) * dtype.itemsize:
        raise ValueError(f"an array of shape {sizes} and type {dtype} has {len(raw):,} bytes")
    return np.frombuffer(raw, dtype).reshape(sizes, order=as_text(order))  # type: ignore[call-overload,no-any-return]


def _new_type(code: Any, *_: Any) -> _Type:
    if not re.fullmatch(r"b1|[iuf][1248]", as_text(code)):
        raise BadInput(f"an array of type {as_text(code)!r} came; expected plain numbers")
    return _Type(as_text(code))


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise ValueError(f"bytes encoded as {encoding}")
    return text.encode("latin1")


# What numpy writes into pickles, in its versions 1 and 2, and what Python 3 writes for bytes in its protocol 2.
_CORES = ("numpy.core", "numpy._core")
_MEANINGS: dict[tuple[str, str], Callable[..., Any]] = {
    **{(f"{core}.multiarray", "_reconstruct"): lambda *_: _Array() for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): lambda kind, raw: _array(raw, kind, (), "C").item() for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): lambda *parts: _Array(_array(*parts)) for core in _CORES},
    ("numpy", "dtype"): _new_type,
    ("numpy", "ndarray"): lambda: None,
    ("_codecs", "encode"): _encode,
    ("builtins", "bytes"): lambda: b"",
    ("__builtin__", "bytes"): lambda: b"",
}


@final
class _Reader:
    """A machine with a stack and a memo, as `pickle` has one, that knows only harmless instructions."""

    def __init__(self, content: memoryview) -> None:
        self.content = content
        self.position = 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        while (code := bytes(self.take(1))) != b".":
            if code not in _INSTRUCTIONS:
                self.refuse(f"the instruction {code!r}")
            _INSTRUCTIONS[code](self)
        return self.stack.pop()

    def refuse(self, what: str) -> NoReturn:
        raise BadInput(
            f"it is a pickle with {what} at byte {self.position - 1:,}, which could run code; expected only numbers, text, "
            "lists, dictionaries and numpy arrays. It was not run; do not open it with pickle.load"
        )

    def take(self, count: int) -> memoryview:
        if not 0 <= count <= len(self.content) - self.position:
            raise ValueError(f"{count:,} bytes were expected and {len(self.content) - self.position:,} are left")
        self.position += count
        return self.content[self.position - count : self.position]

    def number(self, layout: str) -> int:
        return int(struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))[0])

    def line(self) -> bytes:
        end = self.position
        while self.content[end] != ord("\n"):
            end += 1
        text = bytes(self.take(end - self.position))
        self.take(1)
        return text

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while not isinstance(self.stack[at], _Mark):
            at -= 1
            if at < 0:
                raise IndexError("a collection ends that did not begin")
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def last(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError("nothing is left on the stack")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def set_items(self, items: list[Any]) -> None:
        target: dict[Any, Any] = self.stack[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[bytes(key) if isinstance(key, memoryview) else key] = value

    def add_items(self, items: list[Any]) -> None:
        target: list[Any] = self.stack[-1]
        target.extend(items)

    def new_dict(self, items: list[Any]) -> None:
        self.push({})
        self.set_items(items)

    def name(self, module: str, name: str) -> None:
        if (module, name) not in _MEANINGS:
            self.refuse(f"the name {module}.{name}")
        self.push(_Name(module, name))

    def call(self) -> None:
        function, arguments = self.last(2)
        self.push(_MEANINGS[function.module, function.name](*arguments))

    def build(self) -> None:
        (state,) = self.last(1)
        self.stack[-1].set_state(state)

    def integer_line(self) -> None:
        line = self.line()
        self.push({b"00": False, b"01": True}[line] if line in (b"00", b"01") else int(line.rstrip(b"L")))

    def quoted_line(self) -> None:
        line = self.line().decode("ascii")
        if not re.fullmatch(r"""'([^'\\]|\\.)*'|"([^"\\]|\\.)*\"""", line):
            raise ValueError("a string without quotes")
        self.push(ast.literal_eval("b" + line))

    def long(self, layout: str) -> None:
        self.push(int.from_bytes(self.take(self.number(layout)), "little", signed=True))

    def text(self, layout: str) -> None:
        self.push(bytes(self.take(self.number(layout))).decode("utf8", "surrogatepass"))

    def raw(self, layout: str) -> None:
        self.push(self.take(self.number(layout)))


_INSTRUCTIONS: dict[bytes, Callable[[_Reader], Any]] = {
    b"\x80": lambda r: r.take(1),  # protocol
    b"\x95": lambda r: r.take(8),  # frame
    b"(": lambda r: r.push(_Mark()),
    b"0": lambda r: r.last(1),
    b"N": lambda r: r.push(None),
    b"\x88": lambda r: r.push(True),
    b"\x89": lambda r: r.push(False),
    b"I": _Reader.integer_line,
    b"L": _Reader.integer_line,
    b"J": lambda r: r.push(r.number("i")),
    b"K": lambda r: r.push(r.number("B")),
    b"M": lambda r: r.push(r.number("H")),
    b"\x8a": lambda r: r.long("B"),
    b"F": lambda r: r.push(float(r.line())),
    b"G": lambda r: r.push(struct.unpack(">d", r.take(8))[0]),
    b"S": _Reader.quoted_line,
    b"U": lambda r: r.raw("B"),
    b"T": lambda r: r.raw("i"),
    b"C": lambda r: r.raw("B"),
    b"B": lambda r: r.raw("I"),
    b"\x8e": lambda r: r.raw("Q"),
    b"\x96": lambda r: r.raw("Q"),
    b"V": lambda r: r.push(r.line().decode("raw-unicode-escape")),
    b"X": lambda r: r.text("I"),
    b"\x8c": lambda r: r.text("B"),
    b"\x8d": lambda r: r.text("Q"),
    b"]": lambda r: r.push([]),
    b"l": lambda r: r.push(r.since_mark()),
    b"a": lambda r: r.add_items(r.last(1)),
    b"e": lambda r: r.add_items(r.since_mark()),
    b")": lambda r: r.push(()),
    b"t": lambda r: r.push(tuple(r.since_mark())),
    b"\x85": lambda r: r.push(tuple(r.last(1))),
    b"\x86": lambda r: r.push(tuple(r.last(2))),
    b"\x87": lambda r: r.push(tuple(r.last(3))),
    b"}": lambda r: r.push({}),
    b"d": lambda r: r.new_dict(r.since_mark()),
    b"s": lambda r: r.set_items(r.last(2)),
    b"u": lambda r: r.set_items(r.since_mark()),
    b"p": lambda r: r.memo.__setitem__(int(r.line()), r.stack[-1]),
    b"q": lambda r: r.memo.__setitem__(r.number("B"), r.stack[-1]),
    b"r": lambda r: r.memo.__setitem__(r.number("I"), r.stack[-1]),
    b"\x94": lambda r: r.memo.__setitem__(len(r.memo), r.stack[-1]),
    b"g": lambda r: r.push(r.memo[int(r.line())]),
    b"h": lambda r: r.push(r.memo[r.number("B")]),
    b"j": lambda r: r.push(r.memo[r.number("I")]),
    b"c": lambda r: r.name(r.line().decode("ascii"), r.line().decode("ascii")),
    b"\x93": lambda r: r.name(*r.last(2)),
    b"R": _Reader.call,
    b"b": _Reader.build,
}
