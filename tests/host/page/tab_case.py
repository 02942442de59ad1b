"""The case in the tab without a browser: the page's own MicroPython, in Node.js."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

from rollhost.page import build

PACKAGES = ROOT / "build" / "page"
PROGRAM = Path(__file__).with_suffix(".mjs")


def missing() -> str:
    """Return what is not here, and how to get it; an empty text if everything is."""
    if not shutil.which("node"):
        return "there is no Node.js"
    return "" if (PACKAGES / ".ready").exists() else "there is no build/page: make page"


class TabCase:
    """A case as the page's worker has it; see boards/virtual/tab.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.happened: list[dict[str, Any]] = []
        """Everything that has happened to the case that was begun last."""
        self.records: list[bytes] = []
        """Every record that it has written."""

    def begin(self, seed: int, born: int = 1_798_966_800) -> dict[str, Any]:
        """Begin a case with blank flash, switched off."""
        self.happened, self.records = [], []
        words = json.dumps({"seed": str(seed), "born": str(born)})
        return self._heard(self.call(["begin", words]))[-1]

    def do(self, *acts: str, ms: int = 0) -> dict[str, Any]:
        """Let `ms` pass, and then all of this be done at once; return what came of the last."""
        calls = [["do", json.dumps({"ms": 0, "do": act})] for act in acts]
        passed = [["do", json.dumps({"ms": ms})]] if ms or not acts else []
        return self._heard(self.call(*passed, *calls))[-1]

    def again(self, number: str) -> dict[str, Any]:
        """Live a number again."""
        self.happened, self.records = [], []
        return self._heard(self.call(["again", number]))[-1]

    def call(self, *calls: list[str]) -> list[str]:
        """Call functions of tab.py, each by its name and text; return what they return."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(calls) + "\n")
        self._process.stdin.flush()
        return [self._process.stdout.readline().rstrip("\n") for _ in calls]

    def _heard(self, answers: list[str]) -> list[dict[str, Any]]:
        news = [json.loads(answer) for answer in answers]
        for each in news:
            self.happened += each["happened"]
            for happening in each["happened"]:
                verb, _, words = str(happening.get("words", "")).partition(" ")
                if happening["what"] == "trace" and verb == "log":
                    self.records.append(bytes.fromhex(words))
        return news


@contextmanager
def started() -> Iterator[TabCase]:
    """Run the interpreter."""
    process = subprocess.Popen(
        ["node", PROGRAM, PACKAGES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(build.python_files()) + "\n")
        yield TabCase(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
