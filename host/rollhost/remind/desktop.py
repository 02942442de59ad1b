"""Reminders on this computer's desktop: by notify-send, on macOS and Windows by a library."""

import sys
from html import escape

from rollhost.remind.channel import TITLE, MaybeTaken, NotTaken

PATIENCE_S = 20
"""How long (s) notify-send may take (own): it only hands the text on."""

_ELSEWHERE = "Or name an address with --to-file."


class Desktop:
    """The channel of this computer's desktop."""

    name = "desktop"

    def send(self, text: str) -> None:
        """Show a text on the desktop. Raises `NotTaken` or `MaybeTaken`."""
        if sys.platform in ("darwin", "win32"):
            _by_library(text)
        else:
            _by_notify_send(text)


def _by_notify_send(text: str) -> None:
    import subprocess

    # The text may be read as markup, and notify-send reads backslashes as C does.
    body = escape(text, quote=False).replace("\\", "\\\\")
    try:
        done = subprocess.run(
            ["notify-send", "--app-name=Rollcase", "--", TITLE, body],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
        )
    except FileNotFoundError:
        raise NotTaken(
            "There is no notify-send, by which this desktop is reminded.",
            f"Install it: sudo apt install libnotify-bin. {_ELSEWHERE}",
        ) from None
    except OSError as error:
        raise NotTaken(f"notify-send cannot be run: {error.strerror}.", _ELSEWHERE) from None
    except subprocess.TimeoutExpired:
        raise MaybeTaken(
            f"notify-send did not end within {PATIENCE_S} seconds.",
            "Whether the reminder was shown is not known; it is not sent again.",
        ) from None
    if done.returncode:
        raise NotTaken(
            f"notify-send did not show the reminder (it ended with {done.returncode}).",
            f"It needs a desktop that somebody is logged in to. {_ELSEWHERE}",
        )


def _by_library(text: str) -> None:
    try:
        from desktop_notifier.sync import DesktopNotifierSync
    except ModuleNotFoundError:
        raise NotTaken(
            "The package desktop-notifier is not installed, by which this desktop is reminded.",
            f"Install it: pip install desktop-notifier. {_ELSEWHERE}",
        ) from None
    try:
        DesktopNotifierSync(app_name=TITLE).send(title=TITLE, message=text)
    except Exception as error:  # those of the system's own library, which differ
        raise NotTaken(
            f"The desktop did not show the reminder ({type(error).__name__}).",
            f"Let Python send notifications, in the system's settings. {_ELSEWHERE}",
        ) from None
