"""The browser that the tests look through: which one, and how it is started.

``python -m tests.browser.chromium`` prints where it is, and fails if there is none.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""What it may be called on the path; the first is Debian's."""

MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    # A page is kept from asking anybody; so is the browser itself.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def find() -> Path | None:
    """Return the browser to use, or None."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return MAC if MAC.exists() else None


@contextmanager
def started(executable: Path, home: Path) -> Iterator["Browser"]:
    """Run the browser at `executable` without a window, with an empty profile.

    What it would leave in its user's home goes to `home`. It has its own sandbox off: it
    cannot have one as root, and is shown nothing but our own files.
    """
    from playwright.sync_api import sync_playwright

    places = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}}
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=executable,
            args=list(ARGUMENTS),
            chromium_sandbox=False,
            env={**environment},
        ) as browser,
    ):
        yield browser


if __name__ == "__main__":
    browser = find()
    sys.exit(print(browser) if browser else 1)
