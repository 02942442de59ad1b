"""JSON text that is read value by value, so that not all of it is in memory at once.

The caller goes through the objects and lists that may be large, member by member and item by item,
and takes each other value as a whole. Every method raises ValueError where the text is no JSON.
"""

import json
import re
from collections.abc import Callable, Iterator

PIECE = 1 << 16
"""How many characters are read at once (own)."""

_SPACE = re.compile(r"[ \t\r\n]*")
_AFTER_A_VALUE = frozenset(" \t\r\n,:]}")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


class JsonStream:
    """Reads JSON text, from its start to its end; `read` returns so many more characters of it."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._text = ""
        """A part of the file; before `_at` it was read, the rest is to come."""
        self._at = 0
        self._decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode

    def next(self) -> str:
        """Return the character with which the next value or mark begins; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def members(self) -> Iterator[str]:
        """Yield the name of each member of the next object; the caller reads its value."""
        self._pass("{")
        if self._passes("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise ValueError("a member has no name")
            self._pass(":")
            yield name
            if self._ends("}"):
                return

    def items(self) -> Iterator[None]:
        """Yield before each item of the next list; the caller reads it."""
        self._pass("[")
        if self._passes("]"):
            return
        while True:
            yield
            if self._ends("]"):
                return

    def value(self) -> object:
        """Return the next value, whatever it is."""
        self.next()
        is_all = False
        while True:
            try:
                value, end = self._decode(self._text, self._at)
                # Else a number may go on in the next piece.
                if is_all or self._text[end : end + 1] in _AFTER_A_VALUE:
                    self._at = end
                    return value
            except ValueError:
                if is_all:
                    raise
            is_all = not self._more()

    def end(self) -> None:
        """Check that nothing follows."""
        if self.next():
            raise ValueError("something follows")

    def _more(self) -> bool:
        """Read on, and return whether there was more.

        A long value is tried again with twice as much of the text, so that the time is linear.
        """
        rest = self._text[self._at :]
        piece = self._read(max(PIECE, len(rest)))
        self._text, self._at = rest + piece, 0
        return bool(piece)

    def _passes(self, mark: str) -> bool:
        """Return whether the next character is this one, which is passed then."""
        if self.next() != mark:
            return False
        self._at += 1
        return True

    def _ends(self, mark: str) -> bool:
        """Pass `mark`, which ends an object or a list, or a comma; return whether it is the end."""
        found = self.next()
        self._at += 1
        if found not in (mark, ","):
            raise ValueError(f"{mark} is missing")
        return found == mark

    def _pass(self, mark: str) -> None:
        if not self._passes(mark):
            raise ValueError(f"{mark} is missing")
