"""What this computer has told each broker, and what its owner has switched on for it.

It is a setting of this computer, so it goes into no export. It holds no password, no user and no
device id.
"""

import platform
from contextlib import suppress
from typing import Any

from rollhost.database.archive import Archive
from rollhost.database.settings_file import take_over
from rollhost.errors import RollcaseError
from rollhost.mqtt.discovery import BINARY_SENSOR, CHOICES, SENSOR

SETTING = "mqtt"
"""The name of the setting: what each of the `brokers` was told, and the `computer` that has told.

A database that was copied from another computer has what that one has told: here it counts for
nothing."""

FILE = "rollcase-mqtt.json"
"""The file of an earlier version that had the same."""


class Told:
    """What a broker was told; the fields are those of the setting.

    `choices` has, for each person (by token) whose cases are told of, what is switched on.
    `devices` has the entities of each device by its id, as `Device.components`, and `digests` what
    the broker is known to have of it.
    """

    def __init__(self) -> None:
        self.choices: dict[int, list[str]] = {}
        self.devices: dict[str, dict[str, str]] = {}
        self.digests: dict[str, str] = {}
        self.plain_is_said = False


def remembered(archive: Archive, broker: str) -> Told:
    """Return what the broker with this address was told; nothing where nobody knows."""
    take_over(archive, SETTING, FILE)
    told = Told()
    try:
        said = _read(archive)[broker]
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


def remember(archive: Archive, broker: str, told: Told | None) -> None:
    """Keep what a broker was told; with None forget that broker.

    Where it cannot be kept, nothing fails: what is gone then has to be removed by hand.
    """
    with suppress(RollcaseError), archive.transaction():
        brokers = {**_read(archive), broker: None if told is None else vars(told)}
        kept = {name: said for name, said in brokers.items() if said is not None}
        archive.set_setting(SETTING, {"computer": platform.node(), "brokers": kept})


def _read(archive: Archive) -> dict[str, Any]:
    """Return what is kept of each broker; nothing if it is another computer's or makes no sense."""
    said = archive.setting(SETTING)
    try:
        # A backup that was put back where nothing was has its computer among the earlier ones.
        computer = said["computer"] if "computer" in said else said["earlier"][-1]
        return dict(said["brokers"]) if computer == platform.node() else {}
    except (LookupError, TypeError, ValueError):
        return {}


def _known(words: list[str], known: dict[str, str]) -> list[str]:
    return [word for word in words if word in known]


def _platform(kind: str) -> str:
    if kind not in (SENSOR, BINARY_SENSOR):
        raise ValueError(kind)
    return kind
