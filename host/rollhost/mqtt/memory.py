"""What this computer has told each broker, and what its owner has switched on for it.

It is kept in a small file beside the database. It is about this computer alone, so it goes into no
export and no backup. It holds no password, no user and no device id.
"""

import json
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

from rollhost.atomic_file import new_file
from rollhost.errors import RollcaseError
from rollhost.mqtt.discovery import BINARY_SENSOR, CHOICES, SENSOR

NAME = "rollcase-mqtt.json"
"""The name of the file, in the folder of the database."""


class Told:
    """What a broker was told; the fields are those of the file.

    `choices` has, for each person (by token) whose cases are told of, what is switched on.
    `devices` has the entities of each device by its id, as `Device.components`, and `digests` what
    the broker is known to have of it.
    """

    def __init__(self) -> None:
        self.choices: dict[int, list[str]] = {}
        self.devices: dict[str, dict[str, str]] = {}
        self.digests: dict[str, str] = {}
        self.plain_is_said = False


def remembered(database: Path, broker: str) -> Told:
    """Return what the broker with this address was told; nothing where nobody knows."""
    told = Told()
    try:
        said = _read(database)[broker]
        choices = {int(person): _known(words, CHOICES) for person, words in said["choices"].items()}
        devices = {
            str(device): {str(key): _platform(kind) for key, kind in components.items()}
            for device, components in said["devices"].items()
        }
        digests = {str(device): str(digest) for device, digest in said["digests"].items()}
        plain_is_said = bool(said["plain_is_said"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return told
    told.choices, told.devices, told.digests = choices, devices, digests
    told.plain_is_said = plain_is_said
    return told


def remember(database: Path, broker: str, told: Told | None) -> None:
    """Keep what a broker was told; with None forget that broker.

    Where it cannot be kept, nothing fails: what is gone then has to be removed by hand.
    """
    brokers = {**_read(database), broker: None if told is None else vars(told)}
    kept = {name: said for name, said in brokers.items() if said is not None}
    said = {"computer": platform.node(), "brokers": kept}
    with suppress(RollcaseError), new_file(database.with_name(NAME), force=True) as path:
        path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _read(database: Path) -> dict[str, Any]:
    """Return what the file says of each broker; nothing if it is another computer's or broken."""
    try:
        said = json.loads(database.with_name(NAME).read_text(encoding="utf-8"))
        return dict(said["brokers"]) if said["computer"] == platform.node() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _known(words: list[str], known: dict[str, str]) -> list[str]:
    return [word for word in words if word in known]


def _platform(kind: str) -> str:
    if kind not in (SENSOR, BINARY_SENSOR):
        raise ValueError(kind)
    return kind
