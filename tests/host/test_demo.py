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

NOW = "2026-11-20T19:40:00Z"


def test_it_tells_the_whole_story(host: Host) -> None:
    told = host("demo", ROLLCASE_NOW=NOW)
    assert (told.returncode, told.stderr) == (0, "")
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    assert "\x1b" not in told.stdout
    order = [
        "19:40 You put a roller into a new case",
        "soak before use started",
        "20:00 Dry: the case says go.",
        "steady green",
        "use ended after 4 minutes",
        "soak after use done",
        "a red heartbeat",
        "a use was refused: resting",
        "$ host sync --needle 0.5",
        "Not yet: the skin rests until Fri 18 Dec 2026, 20:05",
        "the lamp turns blue by itself",
        "slow blue",
        "$ host status",
        "Rested.",
    ]
    rest = told.stdout
    for words in order:
        assert words in rest, f"{words!r} is missing or too early in\n{told.stdout}"
        rest = rest.partition(words)[2]


def test_it_touches_nothing_of_the_owner(host: Host, home: Path) -> None:
    (home / "tmp").mkdir()
    assert host("demo", TMPDIR=str(home / "tmp")).returncode == 0
    assert sorted(path.name for path in home.rglob("*")) == ["tmp"]


def test_what_is_kept_can_be_gone_on_with(host: Host, home: Path) -> None:
    told = host("demo", "--keep", str(home / "kept"), ROLLCASE_NOW=NOW)
    assert told.returncode == 0
    assert f"sim --flash {home / 'kept' / 'flash.img'}\n" in told.stdout
    log = host("log", "--db", str(home / "kept" / "rollcase.db"))
    assert len(log.stdout.splitlines()) == 10
    sentence, _ = complaint(host("demo", "--keep", str(home / "kept")), code=2)
    assert "flash.img already" in sentence


def test_json_is_one_document(host_json: Callable[..., dict[str, Any]]) -> None:
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
    ]
    answers = [step["answer"] for step in steps if step["command"]]
    assert answers[0]["case"]["phase"] == "resting"
    assert answers[0]["new"] == 10  # what was logged, and the setting of clock and rules
    assert answers[1]["cases"][0]["phase"] == "prepare"


def test_the_picture_shows_it_and_asks_nothing_of_the_network(host: Host, home: Path) -> None:
    assert host("demo", "--svg", str(home / "demo.svg")).returncode == 0
    picture = (home / "demo.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(picture)
    assert "soak before use started" in picture.replace("&#160;", " ")
    assert "#6688ff" in picture
    assert "@font-face" not in picture
    assert re.findall(r"\w+://[^\"' ]*", picture) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("words", [["--svg", "nowhere/x.svg"], ["--keep", os.devnull + "/x"]])
def test_a_place_that_cannot_be_written_is_said(host: Host, words: list[str]) -> None:
    result = host("demo", *words)
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_a_document_is_no_picture(host: Host) -> None:
    complaint(host("demo", "--json", "--svg", "x.svg"), code=2)
