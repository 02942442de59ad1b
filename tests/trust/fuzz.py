"""Bytes that grow towards new code: each input that reaches a new line of what is tried is kept.

A library that does so (libFuzzer, by atheris) has wheels for Linux on x86-64 alone, and a
contributor may have a Mac or a Raspberry Pi. The parsers are small: Python's own tracing tells
which lines they reach.
"""

import sys
from collections.abc import Callable
from random import Random
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

KEPT = 400
"""So many inputs are grown from at most."""

LONGEST = 2000
"""Bytes of the longest input."""

EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x3FFFFFFF)

WORDS = (
    b"~", b"*", b"+", b" ", b"\n", b"\r", b";", b"=", b",", b"0", b"-1", b"4294967295",
    b"4294967296", b"999999999999999999999", b"\x00", b"\xff", b"\xc3\xa9", b"[]", b"{}", b"null",
    b"true", b"1e999", b"NaN", b'"', b"[[[[[[[[", b"zones=", b"AAAA", b"1.5",
)  # fmt: skip


class Target(NamedTuple):
    """What is tried: a call with bytes that returns, or raises one of `errors`."""

    name: str
    call: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    modules: tuple[ModuleType, ...]
    """Whose lines are to be reached."""
    cost: int = 1
    """How many times longer than others one input takes."""


class Found(NamedTuple):
    """What came of it: how many inputs, how many lines they reached, and what went wrong."""

    tried: int
    lines: int
    faults: list[str]


def fuzz(target: Target, rounds: int, seed: str) -> Found:
    """Try so many inputs, and each of the target's own first."""
    chance = Random(seed)
    lines = _Lines(target.modules)
    corpus: list[bytes] = []
    faults: list[str] = []
    for number in range(rounds + len(target.seeds)):
        is_own = number < len(target.seeds)
        data = target.seeds[number] if is_own else changed(chance, corpus or [b""])
        before = len(lines.seen)
        try:
            lines.watch(target.call, data)
        except target.errors:
            pass
        except Exception as error:
            faults.append(f"{target.name}: {type(error).__name__}: {error} for {data!r}"[:600])
        if (is_own or len(lines.seen) > before) and len(corpus) < KEPT:
            corpus.append(data)
    return Found(rounds + len(target.seeds), len(lines.seen), faults)


def changed(chance: Random, corpus: list[bytes]) -> bytes:
    """Return one of these inputs with one change or a few."""
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(8)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 2:
            data[at:at] = chance.choice(WORDS) * chance.choice((1, 1, 1, 50))
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 4, 32))]
        elif kind == 4:
            number = chance.choice((*EDGES, chance.randrange(1 << 32)))
            size = chance.choice((1, 2, 4))
            data[at : at + size] = number.to_bytes(4, "little")[:size]
        elif kind == 5:
            other = chance.choice(corpus)
            start = chance.randrange(len(other) + 1)
            data[at:] = other[start:]
        elif kind == 6:
            end = at + chance.randrange(40)
            data[at:at] = data[at:end]
        else:
            data[at:at] = str(chance.choice(EDGES)).encode()
    return bytes(data[:LONGEST])


class _Lines:
    """The lines of some modules that were reached."""

    def __init__(self, modules: tuple[ModuleType, ...]) -> None:
        self._files = {str(module.__file__) for module in modules}
        self._codes: dict[CodeType, bool] = {}
        self.seen: set[tuple[CodeType, int]] = set()

    def watch(self, call: Callable[[bytes], object], data: bytes) -> None:
        """Call, and note the lines."""
        before = sys.gettrace()  # of a debugger, or of the measuring of coverage
        sys.settrace(self._enter)
        try:
            call(data)
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        ours = self._codes.get(code)
        if ours is None:
            ours = self._codes[code] = code.co_filename in self._files
        return self._line if ours else None

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        self.seen.add((frame.f_code, frame.f_lineno))
        return self._line
