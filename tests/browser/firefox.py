"""Firefox as Debian has it, without a window, driven by its own protocol, Marionette.

``python -m tests.browser.firefox`` prints where it is, and fails if there is none.
"""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.browser import chromium

NAMES = ("firefox-esr", "firefox")
"""What it may be called on the path; the first is Debian's."""

LISTENING = b"Listening on port "

SETTINGS: dict[str, object] = {
    "marionette.port": 0,
    # Nobody is asked for anything: every address but this computer's is behind a port that is shut.
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "app.update.enabled": False,
    "security.notification_enable_delay": 0,
}

READY_MS = 30_000
STOP_S = 30

ALLOW = """
    const panel = Services.wm.getMostRecentWindow("navigator:browser").PopupNotifications.panel;
    if (panel.state !== "open")
        await new Promise(done => panel.addEventListener("popupshown", done, { once: true }));
    const [asked] = panel.children;
    asked.button.click();
    return asked.id;
"""


class FirefoxError(Exception):
    """Firefox could not do what it was told."""


class FirefoxEndedError(FirefoxError):
    """Firefox has closed the connection."""


class Firefox:
    """A Firefox with one tab."""

    def __init__(self, port: int) -> None:
        self._file = socket.create_connection(("127.0.0.1", port)).makefile("rwb")
        self._number = 0
        self._receive()  # its greeting
        session = self._ask("WebDriver:NewSession")
        self.version = int(session["capabilities"]["browserVersion"].partition(".")[0])
        self._ask("WebDriver:SetTimeouts", implicit=READY_MS, script=READY_MS)

    def open(self, address: str) -> None:
        """Open a page."""
        self._ask("WebDriver:Navigate", url=address)

    def wait_for(self, selector: str) -> dict[str, str]:
        """Return the first element that this selector of CSS fits, once there is one."""
        found: dict[str, str] = self._ask(
            "WebDriver:FindElement", using="css selector", value=selector
        )["value"]
        return found

    def click(self, selector: str) -> None:
        """Click at an element, as a person does."""
        (identifier,) = self.wait_for(selector).values()
        self._ask("WebDriver:ElementClick", id=identifier)

    def take_in(self, selector: str, file: Path) -> None:
        """Choose a file, as a person does in the window that the browser opens for that."""
        (identifier,) = self.wait_for(selector).values()
        self._ask("WebDriver:ElementSendKeys", id=identifier, text=str(file))

    def run(self, script: str, *words: object) -> Any:
        """Run the body of an async function beside the page; return what it returns."""
        answer = self._ask(
            "WebDriver:ExecuteAsyncScript",
            script="const [done] = [...arguments].slice(-1);"
            f"(async (...words) => {{ {script} }})(...arguments)"
            ".then(value => done({ value }), error => done({ error: String(error) }));",
            args=list(words),
        )["value"]
        if "error" in answer:
            raise FirefoxError(answer["error"])
        return answer.get("value")

    def allow(self) -> str:
        """Press the button that allows what the browser asks about; return what that is."""
        self._ask("Marionette:SetContext", value="chrome")
        try:
            asked: str = self.run(ALLOW)
            return asked
        finally:
            self._ask("Marionette:SetContext", value="content")

    def quit(self) -> None:
        """End this Firefox."""
        with suppress(FirefoxEndedError):  # on a busy computer it has ended before it answers
            self._ask("Marionette:Quit", flags=["eForceQuit"])
        self._file.close()

    def _ask(self, command: str, **words: object) -> Any:
        self._number += 1
        data = json.dumps([0, self._number, command, words]).encode()
        self._file.write(b"%d:%b" % (len(data), data))
        self._file.flush()
        _, _, error, answer = self._receive()
        if error:
            raise FirefoxError(f"{command}: {error['message']}")
        return answer

    def _receive(self) -> Any:
        size = b""
        while (byte := self._file.read(1)) != b":":
            if not byte:
                raise FirefoxEndedError("it has ended")
            size += byte
        return json.loads(self._file.read(int(size)))


def find() -> Path | None:
    """Return the Firefox to use, or None."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    return Path(found[0]) if found else None


@contextmanager
def started(
    executable: Path, home: Path, environment: dict[str, str], settings: dict[str, object]
) -> Iterator[Firefox]:
    """Run the Firefox at `executable` with an empty profile and these settings besides its own."""
    profile = home / "profile"
    profile.mkdir(parents=True)
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in {**SETTINGS, **settings}.items()
    ]
    (profile / "user.js").write_text("".join(lines))
    words = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
    with (
        chromium.environment(home) as places,
        subprocess.Popen(
            [executable, *words, "--profile", profile],
            env={**places, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            assert process.stdout
            said = iter(process.stdout.readline, b"")
            firefox = Firefox(int(next(line for line in said if LISTENING in line).split()[-1]))
            yield firefox
            firefox.quit()
            process.wait(STOP_S)
        finally:
            process.kill()


if __name__ == "__main__":
    browser = find()
    sys.exit(print(browser) if browser else 1)
