"""Milestones: what the records of a log before a certain one add up to, kept in the database.

A command that asks how things stand now reads a log from its milestone on. So it takes as long
after fifty years as in the first month.

Theory of operation
===================

A milestone lies between two records, where nothing is under way: no soak, no use, and no use that
was prepared. It has the state that the records before it add up to, how many they are, and the few
of them that are read again because they say something for as long as the log lives: what a host has
told, new heads, policies, the last soak. Each of these is *kept* with the time at which it was
placed.

Where a record is placed in time depends on settings of the clock, also on later ones (see
`timeline`). So a milestone lies in a run of the case with a setting that is believed. It keeps all
settings of that run before it, and it notes which of them were believed. As long as the same are
believed, whatever has come since, each record before the milestone is placed as it was.

A milestone is no source of anything: all of it follows from the records. The database drops it as
soon as a record before it changes; another version of this program does not read it; ``host
verify`` works out again what it says. Code that asks for what was not kept gets `NotKept`, and the
caller then reads the whole log.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rollcore import VERSION, events, snapshot
from rollcore.events import Event
from rollcore.memory import State
from rollhost.history import timeline

FORMAT = 1
"""The format of the JSON."""

_MADE_BY = {"format": FORMAT, "program": VERSION}
"""Fields of the JSON by which a milestone is read again: another program may fold otherwise."""

KEPT_KINDS = (
    events.POLICY_SET,
    events.HEAD_NEW,
    events.HEAD_OUT,
    events.HOLD_SET,
    events.CLINIC,
    events.REACTION,
    events.REACTION_OPENED,
    events.REACTION_CLOSED,
    events.REACTION_RED,
    events.CLINICIAN_SAW,
    events.CARRIED,
    events.CORRECTED,
)
"""Kinds of records that are read also where they are before a milestone."""

CLOCKS = (events.BOOT, events.CLOCK_SET, events.CLOCK_HEARD)
"""Kinds of records of which the last one before a milestone is kept: they say how the clock was."""


class NotKept(Exception):
    """The answer is in records before a milestone: the whole log has to be read."""


class Kept(NamedTuple):
    """A record before a milestone that is read again: its seq, and its times as in `Placed`.

    `digest` is that of the policy that ruled then, which names its zone; 0: none was ever set.
    """

    seq: int
    earliest: int
    latest: int | None
    digest: int


class Milestone(NamedTuple):
    """What the records of a log before record `seq` add up to.

    `records` says how many they are, `missing` how many more the case had written.
    """

    seq: int
    state: State
    records: int
    missing: int
    crc: int
    """The CRC of the last record before it, to which record `seq` is chained."""
    believed: tuple[int, ...]
    """The seqs of the settings of the clock before it that are believed, of the run in which it
    lies; if there are none, that of the first one after it in this run."""
    last: int
    """The latest moment (Unix s) at which a record before it can have happened."""
    disinfected: int | None
    """The seq of the end of the last complete soak of this log, a kept record; None if none is."""
    settled: frozenset[int]
    """The tokens of entries of which the case was told, and that were taken back since: `state` is
    as if it had never been told of them."""
    kept: tuple[Kept, ...]


def pack(milestone: Milestone) -> str:
    """Return a milestone as it is written into the database."""
    found = milestone._asdict()
    found["state"] = snapshot.pack(milestone.state).hex()
    found["settled"] = sorted(milestone.settled)
    return json.dumps({**_MADE_BY, **found}, separators=(",", ":"))


def unpack(seq: int, data: str) -> Milestone | None:
    """Return the milestone before record `seq` that `pack` has written.

    None for one that another version of this program has made, and for a damaged one.
    """
    try:
        found = json.loads(data)
        is_ours = all(found[name] == value for name, value in _MADE_BY.items())
        milestone = _milestone(found) if is_ours else None
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return None
    return milestone if milestone is not None and milestone.seq == seq else None


def _milestone(found: Mapping[str, Any]) -> Milestone:
    """Return the milestone in a JSON object. Raises an error of many kinds if that is none."""
    numbers = {name: _number(found[name]) for name in ("seq", "records", "missing", "crc", "last")}
    packed = bytes.fromhex(str(found["state"]))
    if not snapshot.is_snapshot(packed):
        raise ValueError("no state")
    kept = tuple(
        Kept(_number(seq), _number(first), None if last is None else _number(last), _number(by))
        for seq, first, last, by in _list(found["kept"])
    )
    disinfected = found["disinfected"]
    if disinfected is not None and disinfected not in [known.seq for known in kept]:
        raise ValueError("no record")
    return Milestone(
        **numbers,
        state=snapshot.unpack(packed),
        believed=_numbers(found["believed"]),
        disinfected=disinfected,
        settled=frozenset(_numbers(found["settled"])),
        kept=kept,
    )


def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise ValueError("no number")
    return value


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(_number(each) for each in _list(value))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def still_holds(milestone: Milestone, run: Sequence[Event]) -> bool:
    """Return whether records before a milestone are placed as they were when it was made.

    `run` are the kept records of the run in which it lies, and then all records after it.
    """
    return believed_at(milestone.seq, run) == milestone.believed


def believed_at(seq: int, run: Sequence[Event]) -> tuple[int, ...]:
    """Return `Milestone.believed` of a milestone at record `seq`; empty if none may lie there.

    `run` are records of the run in which it lies, all settings of the clock among them, and then
    all records after it.
    """
    settings = timeline.believed(run)
    before = [setting for setting in settings if setting < seq]
    if before:
        return tuple(before)
    last: Event | None = None
    for event in run:
        if event.seq >= seq:
            if last is not None and timeline.starts_run(last, event):
                break
            if event.seq in settings:
                return (event.seq,)
            last = event
    return ()


def run_before(records: Sequence[Event], after: Sequence[Event]) -> list[Event]:
    """Return those of the `records` that are of the run in which `after` begins."""
    found: list[Event] = []
    later = after[0] if after else None
    for event in reversed(records):
        if later is None or timeline.starts_run(event, later):
            break
        found.insert(0, event)
        later = event
    return found
