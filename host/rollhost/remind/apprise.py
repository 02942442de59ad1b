"""Reminders to addresses of services such as mail or ntfy, by the library Apprise.

An address has secrets in it, so it is never printed and never kept: a channel is named by its
scheme and a digest. Apprise says yes or no, and no more. Where a service has taken a reminder and
its answer was lost, that is a no, and the reminder comes again.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256

from rollhost.errors import NotInstalled
from rollhost.remind.channel import TITLE, Channel, NotTaken
from rollhost.remind.desktop import Desktop

DESKTOP = "desktop"
"""Stands among addresses for this computer's desktop."""

DIGITS = 8
"""Hex digits of the digest that tells addresses of one scheme apart."""


def channels(addresses: Sequence[str]) -> list[Channel]:
    """Return the channel of each address, each once. Raises `NotInstalled` without Apprise."""
    found: dict[str, Channel] = {}
    for address in addresses:
        channel: Channel = Desktop() if address == DESKTOP else Address(address)
        found.setdefault(channel.name, channel)
    return list(found.values())


class Address:
    """The channel of one address. Raises `NotInstalled` without Apprise."""

    def __init__(self, address: str) -> None:
        try:
            import apprise  # takes 0.3 s
        except ModuleNotFoundError as error:
            if error.name != "apprise":
                raise
            raise NotInstalled(
                "The package apprise is not installed, and addresses are reminded with it.",
                "Install it: pip install apprise. The desktop works without it.",
            ) from None
        scheme, mark, _ = address.partition("://")
        is_word = mark and scheme.isascii() and scheme.replace("+", "").isalnum()
        digest = sha256(address.encode()).hexdigest()[:DIGITS]
        self.name = f"{scheme.lower() if is_word else 'address'}-{digest}"
        # What these say of a failure may hold the address; without a handler they print it.
        for library in ("apprise", "urllib3", "requests"):
            logger = logging.getLogger(library)
            if not logger.handlers:  # a program that stays comes by again and again
                logger.addHandler(logging.NullHandler())
            logger.propagate = False
        try:
            self._service = apprise.Apprise.instantiate(address)
        except Exception:  # of any of its 177 services; it may hold the address
            self._service = None

    def send(self, text: str) -> None:
        """Send a text to the address. Raises `NotTaken`."""
        if self._service is None:
            raise NotTaken(
                f"Apprise knows no such address as {self.name}.",
                "Look at how its service writes addresses; the part behind the dash is a digest.",
            )
        try:
            # None and False are a no, too.
            is_taken = self._service.notify(title=TITLE, body=text) is True
        except Exception:  # as above
            is_taken = False
        if not is_taken:
            raise NotTaken(
                f"{self.name} did not take the reminder.",
                "It is tried again later. Is the network there, is the address right?",
            )
