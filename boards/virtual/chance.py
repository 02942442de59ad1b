"""Random bytes that come again: all that is random in a case in a tab follows from one number.

Imported before the firmware, it gives `os` its `urandom`, which MicroPython in a browser lacks.
"""

import hashlib
import os


class Chance:
    """Random bytes, always the same for one `seed`."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def draw(self, size: int) -> bytes:
        """Return the next `size` bytes, 32 at most."""
        self._drawn += 1
        return hashlib.sha256(f"{self._seed} {self._drawn}".encode()).digest()[:size]

    def below(self, most: int) -> int:
        """Return a number from 0 to before `most`."""
        return int.from_bytes(self.draw(6), "big") % most


source = Chance("0")
"""What `os.urandom` draws from."""


def _urandom(n: int) -> bytes:
    return source.draw(n)


if not hasattr(os, "urandom"):
    os.urandom = _urandom
