"""``host sim --emulated`` takes the same commands and tells the same things as without."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Host, built

SCRIPT = "press\njump 20m\npress\njump 2m\npress\ncut\nquit\n"


@pytest.fixture(autouse=True)
def image() -> Path:
    """The product's image, without which there is nothing to emulate."""
    return built("rollcase-pico.uf2")


def told(*options: str) -> list[dict[str, Any]]:
    """Return what a headless sim tells of the script, but for when it was and which port."""
    result = subprocess.run(
        [sys.executable, "-m", "rollhost", "sim", "--headless", *options],
        input=SCRIPT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    passing = {"at", "now", "port", "raw", "uptime", "time", "seconds"}
    return [{name: line[name] for name in line if name not in passing} for line in lines]


def test_script_is_told_the_same_on_both_cases() -> None:
    assert told("--emulated") == told()


def test_flash_file_goes_from_the_virtual_to_the_emulated_case(tmp_path: Path) -> None:
    flash = str(tmp_path / "flash.img")
    told("--flash", flash)
    first = told("--emulated", "--flash", flash)
    boots = [line["boot"] for line in first if line["event"] == "boot"]
    assert boots == [3, 4]


def test_whole_story_is_told_on_an_emulated_pico(host: Host) -> None:
    story = host("demo", "--emulated")
    assert story.returncode == 0, story.stderr
    assert "a use was refused: resting" in story.stdout
    assert "27 days to go" in story.stdout


def test_sim_runs_another_image_by_its_name(image: Path) -> None:
    assert told("--emulated", "--image", str(image)) == told()
