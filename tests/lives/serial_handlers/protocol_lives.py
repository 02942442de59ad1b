"""The port ``lives://NAME``: the wire to a case in this process; see `tests.lives.wire`."""

from tests.lives.wire import Serial

__all__ = ["Serial"]
