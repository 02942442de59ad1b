"""What Home Assistant is told of a case: a device, its entities, and their values. Pure.

All values are moments or counts, or change by a person's word alone. What passes by itself, such as
resting, is not told: nobody is there to tell again when it is over.

No availability and no expiry is told. A case lies unplugged for weeks, and a moment in the past or
in the future stays true in the meantime; when the case was synced says how old all of it is.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from rollcore import VERSION, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction
from rollhost.history.summary import Summary
from rollhost.output.text import one_line

ZONES, HOLDS, REACTIONS = "zones", "holds", "reactions"

CHOICES = {
    ZONES: "the rest of each area of skin under its name, in place of one for all of them",
    HOLDS: "when a hold ends, and whether one stands that has no end",
    REACTIONS: "whether a reaction of the skin is open",
}
"""What is told only where its owner has switched it on."""

PREFIX = "homeassistant"
"""Where Home Assistant looks for devices, unless its owner has changed that."""

ID_DIGITS = 12
"""How many hex digits the id of a device has (own)."""

_MOST_LETTERS = 80
"""The most letters of a text that a case tells of itself (own)."""

SENSOR, BINARY_SENSOR = "sensor", "binary_sensor"

_MOMENT = {"device_class": "timestamp"}
_DIAGNOSTIC = {"device_class": "timestamp", "entity_category": "diagnostic"}


class Entity(NamedTuple):
    """A value with its name; `more` is what else Home Assistant is told of it."""

    key: str
    name: str
    icon: str
    value: str | int | None
    more: Mapping[str, str] = _MOMENT
    platform: str = SENSOR


class Device(NamedTuple):
    """A case as Home Assistant knows it: the texts of its configuration and of its state."""

    id: str
    config: str
    state: str
    components: Mapping[str, str]
    """The platform of each entity, by its key."""


def device_id(device: str) -> str:
    """Return the id of a case for others: it does not show the board's serial number `device`."""
    return hashlib.sha256(f"rollcase/mqtt/{device}".encode()).hexdigest()[:ID_DIGITS]


def config_topic(device: str) -> str:
    """Return the topic of the configuration of a device, by its id."""
    return f"{PREFIX}/device/rollcase_{device}/config"


def state_topic(device: str) -> str:
    """Return the topic of the values of a device, by its id."""
    return f"rollcase/{device}/state"


def describe(
    summary: Summary,
    plans: Sequence[Plan],
    reactions: Sequence[Reaction],
    choices: Iterable[str],
    gone: Mapping[str, str],
) -> Device:
    """Return what is told of a case whose person has these plans and these open reactions.

    `gone` are entities that were told before, as `Device.components`: what is not told any more is
    removed. Of a case that is nobody's there is nothing of any skin.
    """
    told = [*_of_the_roller(summary)]
    if summary.person is not None:
        told = [*_of_the_skin(summary, plans, reactions, set(choices)), *told]
    device = device_id(summary.case.device)
    components = {entity.key: entity.platform for entity in told}
    configured = {entity.key: _component(device, entity) for entity in told}
    removed = {
        key: {"platform": platform} for key, platform in gone.items() if key not in components
    }
    config = {
        "device": _device(device, summary),
        "origin": {"name": "rollcase", "sw_version": VERSION},
        "state_topic": state_topic(device),
        "components": {**configured, **removed},
    }
    values = {entity.key: entity.value for entity in told}
    return Device(device, json.dumps(config), json.dumps(values), components)


def _device(device: str, summary: Summary) -> dict[str, object]:
    case = summary.case
    return {
        "identifiers": [f"rollcase_{device}"],
        "name": f"Rollcase {one_line(case.name)}" if case.name else "Rollcase",
        "manufacturer": "Rollcase",
        "model": one_line(case.board)[:_MOST_LETTERS],
        "sw_version": one_line(case.firmware)[:_MOST_LETTERS],
    }


def _component(device: str, entity: Entity) -> dict[str, object]:
    return {
        "platform": entity.platform,
        "unique_id": f"rollcase_{device}_{entity.key}",
        "name": entity.name,
        "icon": entity.icon,
        # None becomes the text "None", by which the value is unknown.
        "value_template": f"{{{{ value_json.{entity.key} }}}}",
        "qos": 1,
        **entity.more,
    }


def _of_the_roller(summary: Summary) -> list[Entity]:
    is_out = bool(summary.state.head_out)
    left = 0 if is_out else max(summary.policy.head_uses - summary.state.head_uses, 0)
    soaked = summary.disinfected
    soaked_at = None if soaked is None or summary.soaked_head_before else soaked.earliest
    return [
        Entity("disinfected", "Disinfected", "mdi:spray-bottle", _iso(soaked_at)),
        Entity(
            "head_uses_left", "Head uses left", "mdi:counter", left,
            {"state_class": "measurement", "unit_of_measurement": "uses"},
        ),
        Entity("head_worn_out", "Head worn out", "mdi:autorenew", _iso(_worn_out(summary))),
        Entity("synced", "Synced", "mdi:sync", _iso(summary.case.synced_at), _DIAGNOSTIC),
    ]  # fmt: skip


def _worn_out(summary: Summary) -> int | None:
    """Return when the head is or was worn out (Unix s); None if it is out, or nobody knows."""
    if summary.state.head_out:
        return None
    if summary.head_ends is not None:
        return summary.head_ends.at
    too_old = state.head_expires_at(summary.state, summary.policy)
    return None if too_old == FOREVER else too_old + CASE_EPOCH


def _of_the_skin(
    summary: Summary, plans: Sequence[Plan], reactions: Sequence[Reaction], choices: set[str]
) -> list[Entity]:
    last = summary.last_use.use if summary.last_use else None
    used = None if last is None else last.end or last.began
    planned = min((plan.next_at for plan in plans), default=None)
    found = [
        Entity("last_use", "Last use", "mdi:needle", _iso(used.last if used else None)),
        *_rests(summary, reactions, ZONES in choices),
        Entity("next_session", "Next planned session", "mdi:calendar",
               _iso(_not_held(summary, reactions, planned))),
    ]  # fmt: skip
    if HOLDS in choices:
        ends = [hold.until for hold in summary.holds]
        known = [until for until in ends if until is not None]
        found += [
            Entity("hold_ends", "Hold ends", "mdi:hand-back-left", _iso(max(known, default=None))),
            _yes_or_no("held", "On hold without an end", "mdi:hand-back-left", None in ends),
        ]
    if REACTIONS in choices:
        is_open = bool(summary.state.reactions or reactions)
        found.append(_yes_or_no("reaction", "Reaction open", "mdi:alert-circle", is_open))
    return found


def _rests(summary: Summary, reactions: Sequence[Reaction], by_zone: bool) -> list[Entity]:
    """Return when each zone has rested, with `by_zone` under its name, else when all have."""
    rests: dict[str, int | None] = {}
    for number, zone in enumerate(summary.policy.zones):
        rested = summary.rested_at(number)
        rests[zone] = rested + CASE_EPOCH if rested else None
    if by_zone:
        return [
            Entity(f"rested_{zone}", f"Rested {zone}", "mdi:sleep",
                   _iso(_not_held(summary, reactions, rests[zone])))
            for zone in rests
        ]  # fmt: skip
    last = max((rest for rest in rests.values() if rest is not None), default=None)
    return [Entity("rested", "Rested", "mdi:sleep", _iso(_not_held(summary, reactions, last)))]


def _not_held(summary: Summary, reactions: Sequence[Reaction], at: int | None) -> int | None:
    """Return a moment (Unix s), put off to the end of every hold; None where one has no end.

    So nobody is told that the skin has rested who is not told of the hold.
    """
    ends = [hold.until for hold in summary.holds]
    if summary.hold:
        until = summary.state.hold_until
        ends.append(until + CASE_EPOCH if until else None)
    if summary.state.reactions or reactions or summary.to_be_seen:
        ends.append(None)
    if None in ends:
        return None
    return max([moment for moment in [at, *ends] if moment is not None], default=None)


def _yes_or_no(key: str, name: str, icon: str, value: bool) -> Entity:
    return Entity(key, name, icon, "ON" if value else "OFF", {}, BINARY_SENSOR)


def _iso(unix: int | None) -> str | None:
    """Return a moment (Unix s) as ISO 8601 in UTC: Home Assistant refuses one without a zone."""
    return None if unix is None else datetime.fromtimestamp(unix, timezone.utc).isoformat()
