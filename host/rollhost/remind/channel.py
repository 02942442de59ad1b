"""A way to remind a person, such as the desktop or an address."""

from typing import Protocol

from rollhost.errors import RollcaseError

TITLE = "Rollcase"
"""The title of every reminder."""


class NotTaken(RollcaseError):
    """The channel did not take a reminder: it was not sent, and may be tried again."""


class MaybeTaken(RollcaseError):
    """Nobody knows whether the channel took a reminder: it is not tried again."""


class Channel(Protocol):
    """A way to remind a person. `name` tells it from the others, and holds no secret."""

    @property
    def name(self) -> str: ...

    def send(self, text: str) -> None:
        """Send a text. Raises `NotTaken` or `MaybeTaken`."""
