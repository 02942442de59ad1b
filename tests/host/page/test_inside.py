"""The Python of the page runs on MicroPython, with nothing but its own files."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.micropython.test_micropython import MICROPYTHON

from rollhost.page import build
from rollhost.page.inside.engine import JOBS, Engine

FORMAT = {"name": "rollcase export", "version": 4}

needs_micropython = pytest.mark.skipif(
    MICROPYTHON is None, reason="no MicroPython for this machine"
)
pytestmark = needs_micropython


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page's interpreter, in a folder."""
    folder = tmp_path_factory.mktemp("page")
    for name, text in build.python_files().items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "lib"


def on_micropython(files: Path, script: str) -> str:
    done = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=32m", "-c", script],
        env={"MICROPYPATH": f"{files}:.frozen"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_every_file_of_the_page_imports_on_micropython(files: Path) -> None:
    names = [
        name.removeprefix("/lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in build.python_files()
    ]
    assert len(names) > 25
    lines = [f"import {name}" for name in names]
    assert on_micropython(files, "\n".join([*lines, "print('all')"])) == "all"


def test_jobs_answer_the_same_on_both_pythons(files: Path) -> None:
    begun: list[dict[str, Any]] = [
        {"job": "sync", "first_number": "2147483647"},
        {"job": "export", "format": FORMAT},
        {"job": "status", "advice": build.advice()},
        {"job": "log", "device": "aa", "shown": 0},
        {"job": "acknowledge", "first_number": "1", "format": FORMAT, "text": "<script>"},
        {"job": "take in", "format": FORMAT, "text": "<script>"},
    ]
    assert {words["job"] for words in begun} == set(JOBS)
    texts = [json.dumps(words) for words in begun]
    engine = Engine()
    here = [json.loads(engine.begin(text)) for text in texts]
    script = (
        "from rollhost.page.inside.engine import Engine\n"
        f"for text in {texts!r}: print(Engine().begin(text))"
    )
    assert [json.loads(line) for line in on_micropython(files, script).splitlines()] == here
    assert [effect["do"] for effect in here] == [
        "write port", "read store", "now", "read store", "write port", "failed",
    ]  # fmt: skip


def test_mistake_in_a_job_is_told_and_the_next_job_runs() -> None:
    engine = Engine()
    engine.begin(json.dumps({"job": "status", "advice": {}}))
    assert json.loads(engine.resume(json.dumps({})))["do"] == "failed"
    assert (
        json.loads(engine.begin(json.dumps({"job": "export", "format": FORMAT})))["do"] != "failed"
    )
