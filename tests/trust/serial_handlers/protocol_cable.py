"""The port ``cable://NAME``: a cable to a case in this process; see `tests.trust.cable`."""

from tests.trust.cable import Serial

__all__ = ["Serial"]
