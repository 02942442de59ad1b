"""What Home Assistant is told of a case, by its database."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.history import case_status, recent, skin_status
from rollhost.mqtt.discovery import Device, describe

SECRET = "hunter2-hunter2"
"""A password."""

HERE = Path(__file__).parent


@cache
def _schema() -> Draft7Validator:
    return Draft7Validator(json.loads((HERE / "discovery.schema.json").read_text()))


def check_config(config: object) -> None:
    """Hold a configuration against the schema. Raises `ValidationError`."""
    _schema().validate(config)


def describe_only_case(
    archive: Archive,
    now: int,
    choices: Collection[str] = (),
    gone: Mapping[str, str] | None = None,
    person: int | None = ME,
) -> Device:
    """Return what is told of the only case of a person at Unix time `now` (s)."""
    past = recent.read(archive, now).of(person)
    (summary,) = case_status.summarise_all(past, now)
    skin = skin_status.look(past, [summary], now)
    device = describe(summary, skin.plans, skin.reactions, choices, gone or {})
    check_config(json.loads(device.config))
    return device


def values_of(device: Device) -> dict[str, Any]:
    """Return the values that are told, by their keys."""
    values: dict[str, Any] = json.loads(device.state)
    return values
