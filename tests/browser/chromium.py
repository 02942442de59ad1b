"""The browser that the tests look through: which one, and how it is started.

``python -m tests.browser.chromium`` prints where it is, and fails if there is none.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""What it may be called on the path; the first is Debian's."""

SHORT = Path("/tmp")

MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    # A page is kept from asking anybody; so is the browser itself.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def find() -> Path | None:
    """Return the browser to use, or None."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return MAC if MAC.exists() else None


@contextmanager
def environment(home: Path) -> Iterator[dict[str, str]]:
    """Lend an environment in which a browser leaves what it leaves in a home in `home`.

    Its temporary files are elsewhere: it makes a socket among them, whose path may not be long.
    """
    places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(home))
    with TemporaryDirectory(prefix="browser-", dir=SHORT if SHORT.is_dir() else None) as short:
        yield {**os.environ, **places, "TMPDIR": short}


@contextmanager
def started(executable: Path, home: Path) -> Iterator["Browser"]:
    """Run the browser at `executable` without a window, with an empty profile.

    What it would leave in its user's home goes to `home`. It has its own sandbox off: it
    cannot have one as root, and is shown nothing but our own files.
    """
    from playwright.sync_api import sync_playwright

    with (
        environment(home) as places,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=executable,
            args=list(ARGUMENTS),
            chromium_sandbox=False,
            env={**places},
        ) as browser,
    ):
        yield browser


if __name__ == "__main__":
    browser = find()
    sys.exit(print(browser) if browser else 1)
