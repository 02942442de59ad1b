"""`host demo`: the story from the first press to the database, with nothing but real parts."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.sim_process import OnScreen

from rollhost.commands.demo import STORY

pytestmark = pytest.mark.slow

NOW = "2026-11-20T19:40:00Z"


def test_demo_shows_the_whole_story(host: Host) -> None:
    told = host("demo", ROLLCASE_NOW=NOW)
    assert (told.returncode, told.stderr) == (0, "")
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    assert "\x1b" not in told.stdout
    order = [
        "day 1, 19:40  You put a roller into a new case",
        "soak before use started",
        "day 1, 20:00  Dry: the case says go.",
        "green, steady",
        "use ended after 4 minutes",
        "soak after use done",
        "red heartbeat",
        "day 2, 20:47  Next day",
        "a use was refused: resting",
        "$ host sync --needle 0.5",
        "Not yet: the skin rests until Fri 18 Dec 2026, 20:05",
        "day 29, 20:47  Four weeks after the use the lamp turns blue by itself",
        "blue, slow",
        "$ host status",
        "Rested, as of",
        "$ host report",
        "Written to rollcase-report.html.",
    ]
    rest = told.stdout
    for words in order:
        assert words in rest, f"{words!r} is missing or too early in\n{told.stdout}"
        rest = rest.partition(words)[2]


def test_demo_touches_nothing_of_the_owner(host: Host, home: Path) -> None:
    (home / "tmp").mkdir()
    assert host("demo", TMPDIR=str(home / "tmp")).returncode == 0
    assert [path.name for path in home.rglob("*")] == ["tmp"]


def test_kept_demo_can_be_continued(host: Host, home: Path) -> None:
    told = host("demo", "--keep", str(home / "kept"), ROLLCASE_NOW=NOW)
    assert told.returncode == 0
    assert f"sim --flash {home / 'kept' / 'flash.img'}\n" in told.stdout
    assert (home / "kept" / "rollcase-report.html").read_text().startswith("<!doctype html>")
    log = host("log", "--db", str(home / "kept" / "rollcase.db"))
    assert len(log.stdout.splitlines()) == 10
    sentence, _ = complaint(host("demo", "--keep", str(home / "kept")), code=2)
    assert "flash.img already" in sentence


def test_demo_json_is_one_document(host_json: Callable[..., dict[str, Any]]) -> None:
    document = host_json("demo", ROLLCASE_NOW=NOW)
    assert document["schema_version"] == 1
    steps = document["steps"]
    assert [step["gesture"] for step in steps if step["gesture"]] == ["press"] * 4 + ["hold"]
    assert [step["lamp"]["pattern"] for step in steps] == [
        "prepare",
        "soaking",
        "drying",
        "ready",
        "in use",
        "clean me",
        "soaking",
        "drying",
        "resting",
        "resting",
        "resting",
        "prepare",
        "prepare",
        "prepare",
    ]
    answers = [step["answer"] for step in steps if step["command"]]
    assert answers[0]["case"]["phase"] == "resting"
    assert answers[0]["new"] == 10  # what was logged, and the setting of clock and rules
    assert answers[1]["cases"][0]["phase"] == "prepare"


def test_demo_picture_shows_the_story_and_needs_no_network(host: Host, home: Path) -> None:
    assert host("demo", "--svg", str(home / "demo.svg")).returncode == 0
    picture = (home / "demo.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(picture)
    assert "soak before use started" in picture.replace("&#160;", " ")
    assert "#6688ff" in picture
    assert "@font-face" not in picture
    # Spaces at a line's beginning stay, also in renderers that know no `white-space`.
    assert 'xml:space="preserve"' in picture
    assert re.findall(r"\w+://[^\"' ]*", picture) == ["http://www.w3.org/2000/svg"]


def test_demo_picture_does_not_depend_on_the_terminal(host: Host, home: Path) -> None:
    pictures = []
    for number, environment in enumerate(({}, {"NO_COLOR": "1", "COLUMNS": "50"})):
        path = home / f"{number}.svg"
        assert host("demo", "--svg", str(path), ROLLCASE_NOW=NOW, **environment).returncode == 0
        # The case's id is another each time.
        pictures.append(re.sub(r"from&#160;case&#160;\w{6}", "", path.read_text("utf-8")))
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("columns", [60, 40])
def test_narrow_terminal_gets_whole_words(home: Path, columns: int) -> None:
    with OnScreen(command="demo", size=(columns, 24), environment={"ROLLCASE_NOW": NOW}) as demo:
        assert demo.ended() == 0
        told = re.sub(r"\x1b\[[\d;]*m", "", demo.written.decode()).replace("\r\n", "\n")
    lines = told.splitlines()
    assert max(map(len, lines)) <= columns
    known = set(" ".join(scene.person for scene in STORY).split())
    assert known <= set(told.split())
    assert "\n      logged: soak before use started\n" in told


def test_demo_prints_only_characters_that_the_terminal_has(host: Host) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = host("demo", ROLLCASE_NOW=NOW, **ascii_only)
    assert told.returncode == 0
    assert "?" not in told.stdout
    assert "* is its lamp" in told.stdout


@pytest.mark.parametrize("words", [["--svg", "nowhere/x.svg"], ["--keep", os.devnull + "/x"]])
def test_picture_path_that_cannot_be_written_is_reported(host: Host, words: list[str]) -> None:
    result = host("demo", *words)
    assert result.returncode in (1, 2)
    assert result.stdout == ""  # said before the story, not after it
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_demo_that_fails_leaves_no_empty_picture(host: Host, home: Path) -> None:
    (home / "flash.img").touch()
    old = home / "old.svg"
    old.write_text("old")
    for picture in (home / "new.svg", old):
        complaint(host("demo", "--svg", str(picture), "--keep", str(home)), code=2)
    assert not (home / "new.svg").exists()
    assert old.read_text() == "old"


def test_demo_refuses_json_and_picture_together(host: Host) -> None:
    complaint(host("demo", "--json", "--svg", "x.svg"), code=2)
