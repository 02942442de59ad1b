"""A program called notify-send that writes its arguments down and ends as it is told."""

import sys
from pathlib import Path

import pytest

PROGRAM = f"""#!{sys.executable} -IS
import json, os, sys
here = os.path.dirname(sys.argv[0])
with open(os.path.join(here, "shown"), "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
exits = os.path.join(here, "exits")
sys.exit(int(open(exits).read()) if os.path.exists(exits) else 0)
"""


class NotifySend:
    """It is in a folder of its own, the only one on the path that has such a program."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "notify-send").write_text(PROGRAM)
        (folder / "notify-send").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    def ends_with(self, code: int) -> None:
        """Let it end with this exit code from now on."""
        (self._folder / "exits").write_text(str(code))

    def remove(self) -> None:
        """Let there be no such program."""
        (self._folder / "notify-send").unlink()

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        import json

        shown = self._folder / "shown"
        return (
            [json.loads(line) for line in shown.read_text().splitlines()] if shown.exists() else []
        )

    @property
    def texts(self) -> list[str]:
        """The text of each call."""
        return [call[-1] for call in self.calls]
