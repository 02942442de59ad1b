"""To whom reminders go: the addresses in a file or in a variable, else the desktop."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from rollhost.errors import UsageError
from rollhost.remind.apprise import channels as channels_of
from rollhost.remind.channel import Channel
from rollhost.remind.desktop import Desktop

VARIABLE = "ROLLCASE_REMIND_TO"
"""The variable with addresses, between blanks."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:[/\\]", re.IGNORECASE)
"""How an address begins that was taken for a path; one letter is a drive of Windows."""


def channels_to(file: Path | None) -> Sequence[Channel]:
    """Return the channels of the addresses in the file, else in the variable, else the desktop.

    Raises `UsageError` for a file without an address, and for an address in its place.
    """
    if file is None:
        addresses = os.environ.get(VARIABLE, "").split()
        return channels_of(addresses) if addresses else [Desktop()]
    if _ADDRESS.match(str(file)):  # which has a secret in it, and is shown nowhere
        raise UsageError(
            "That is an address, and every program on this computer could read it.",
            "Write it into a file that only you can read, and name the file.",
        )
    try:
        lines = [line.strip() for line in file.expanduser().read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(
            f"{file} cannot be read: {reason}.", "Name a file with an address a line."
        ) from None
    addresses = [line for line in lines if line and not line.startswith("#")]
    if not addresses:
        raise UsageError(f"{file} has no address.", "Write one a line, as Apprise has them.")
    return channels_of(addresses)
