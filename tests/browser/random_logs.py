"""Logs in which anything follows anything, as an export has them, and what they add up to."""

from typing import Any

from tests.firmware.logs import records_of
from tests.micropython.suite.stories import Dice, any_event

from rollcore import policy, snapshot, state
from rollcore.events import Event, first_chain
from rollcore.memory import State
from rollhost.exchange.export_fields import EXPORT_VERSION, FORMAT

RECORDS = 40
"""How many records a log has."""


def random_log(seed: int) -> list[Event]:
    """Return a log in which anything follows anything, as no case would write it."""
    dice, time, log = Dice(seed), 0, []
    for seq in range(1, RECORDS + 1):
        time += dice.below(1 << 16)
        event = any_event(dice, time)
        event.seq = seq
        log.append(event)
    return log


def as_case(seed: int, log: list[Event]) -> dict[str, Any]:
    """Return a log as a case in an export; the case's device id is `seed`."""
    log_id = seed.to_bytes(8, "big")
    records = [
        {"seq": event.seq, "raw": raw.hex()}
        for event, raw in zip(log, records_of(log, first_chain(log_id)), strict=True)
    ]
    part = {"log": log_id.hex(), "states": [], "records": records, "quarantine": []}
    times = {"met_at": None, "met_behind_s": None, "synced_at": None, "clock_behind_s": None}
    case = {"device": log_id.hex(), "board": "pico", "firmware": "0.1.0", "log": log_id.hex()}
    return {**case, **times, "logs": [part]}


def as_export(logs: dict[int, list[Event]]) -> dict[str, Any]:
    """Return these logs, by their seeds, as an export."""
    return {
        "format": FORMAT,
        "schema_version": EXPORT_VERSION,
        "cases": [as_case(seed, log) for seed, log in logs.items()],
        "policies": [policy.for_needle(500).text],
        "diary": [],
    }


def folded(log: list[Event]) -> str:
    """Return the packed state that a log adds up to, in hex."""
    total = State()
    for event in log:
        state.apply(total, event)
    return snapshot.pack(total).hex()
