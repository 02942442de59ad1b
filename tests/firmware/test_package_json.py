"""firmware/package.json, from which `mpremote mip install` takes the firmware, against the tree."""

import json
from pathlib import Path
from typing import Any

import rollcore

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"

NOT_FOR_A_BOARD = {"package.json", "PROTOCOL.md", "SPEC.md"}


def package() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FIRMWARE / "package.json").read_text("utf-8"))
    return content


def test_package_json_has_every_firmware_file_once_under_its_own_name() -> None:
    files = [
        path.relative_to(FIRMWARE).as_posix()
        for path in FIRMWARE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    wanted = sorted(set(files) - NOT_FOR_A_BOARD)
    # A URL without a scheme is relative to package.json, for mpremote as for mip on a board.
    assert package()["urls"] == [[name, name] for name in wanted]


def test_package_json_has_the_firmwares_version_and_no_dependencies() -> None:
    assert package()["version"] == rollcore.VERSION
    assert package()["deps"] == []
