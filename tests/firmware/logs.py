"""Strategies for events and whole logs, made from `KINDS` and so complete by construction."""

from hypothesis import strategies as st

from rollcore import events
from rollcore.events import KINDS, Event, Field, Kind

SIZES = {"B": 1 << 8, "H": 1 << 16, "I": 1 << 32}


def any_value(field: Field) -> st.SearchStrategy[int]:
    """Return every value that the field may have."""
    if field.names and not field.others:
        return st.sampled_from(sorted(field.names))
    return st.integers(0, SIZES[field.code] - 1)


def any_data(kind: Kind) -> st.SearchStrategy[dict[str, int]]:
    """Return every way to fill the fields of a kind."""
    return st.fixed_dictionaries({field.name: any_value(field) for field in kind.fields})


def boot_data(cause: int = events.POWER_ON, torn: int = 0) -> dict[str, int]:
    """Return the fields of a start after `torn` bytes of broken records, with no other damage."""
    return {"cause": cause, "torn": torn, "corrected": 0, "lost": 0, "skipped": 0}


@st.composite
def any_event(draw: st.DrawFn, latest: int = 0xFFFFFFFF) -> Event:
    """Return an event of any kind with anything in it, at case times up to `latest`."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    zones = [*range(events.ZONES), *([events.ALL_ZONES] if kind == events.CARRIED else [])]
    return Event(
        kind,
        draw(any_data(KINDS[kind])),
        zone=draw(st.sampled_from(zones)),
        seq=draw(st.integers(0, 0xFFFFFFFF)),
        boot=draw(st.integers(0, events.MAX_BOOT)),
        uptime=draw(st.integers(0, 0xFFFFFFFF)),
        time=draw(st.integers(0, latest)),
    )


@st.composite
def log_of(draw: st.DrawFn, least: int, most: int, latest: int = 0xFFFFFFFF) -> list[Event]:
    """Return `least` to `most` events of any kind, numbered from 1."""
    log = draw(st.lists(any_event(latest), min_size=least, max_size=most))
    for seq, event in enumerate(log, 1):
        event.seq = seq
    return log


def records_of(log: list[Event], chain: int) -> list[bytes]:
    """Return the log as records, each chained to the one before and the first to `chain`."""
    raws = []
    for event in log:
        raws.append(events.encode(event, chain))
        chain = events.crc_of(raws[-1])
    return raws
