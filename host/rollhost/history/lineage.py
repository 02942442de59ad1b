"""Which log another log of the same case goes on from.

A *fork*: a flash was put back from a copy, and the case went on under the same log id. What it
wrote from there on is a log of its own here, beside the one that it left. Its name is the id, then
the CRC of its first record, so that every computer calls it the same.

A *new log* that was begun with what the case knew goes on from the log before it on the flash.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rollcore import events, snapshot
from rollcore.memory import State
from rollhost.database.archive import LOG_ID_DIGITS, Archive, LogFacts
from rollhost.history.beginnings import knows_anything


class Origin(NamedTuple):
    """What a log goes on from: the log `log_id`, of its records those with a seq below `before`.

    `before` is None for all of them. `is_fork` says that the numbers go on too.
    """

    log_id: int
    before: int | None
    is_fork: bool


class Start(NamedTuple):
    """Where the chain of a log starts: the seq before its first record, and the CRC there.

    `crc` is None if it is not known here.
    """

    seq: int
    crc: int | None


def case_id_of(name: str) -> str:
    """Return the id by which the case knows the log that is called `name` here."""
    return name[:LOG_ID_DIGITS]


def fork_name(log: str, first: bytes) -> str:
    """Return what a fork of the log `log` (hex) is called that begins with record `first`."""
    return f"{case_id_of(log)}{events.crc_of(first):08x}"


def is_fork(facts: LogFacts) -> bool:
    """Return whether a log is a fork, and so is chained to a record of another log."""
    left = facts.fork_of
    return (
        left is not None
        and len(facts.name) > LOG_ID_DIGITS
        and case_id_of(facts.name) == case_id_of(left)
    )


def told_states(facts: LogFacts) -> dict[int, State]:
    """Return the states that the case told of a log, by the seq that each has seen.

    Those that this version cannot read are left out.
    """
    told: dict[int, State] = {}
    for seq, raw in facts.states:
        if snapshot.is_snapshot(raw):
            told[seq] = snapshot.unpack(raw)
            told[seq].seq = seq
    return told


def origins(archive: Archive, case_id: int) -> dict[int, Origin]:
    """Return what the logs of a case go on from, by their ids; others begin with nothing."""
    facts = {log_id: archive.log_facts(log_id) for log_id in archive.logs(case_id)}
    ids = {fact.name: log_id for log_id, fact in facts.items()}
    found: dict[int, Origin] = {}
    for log_id, fact in facts.items():
        if is_fork(fact):
            assert fact.fork_of is not None
            before = archive.first_seq(log_id)
            found[log_id] = Origin(ids[fact.fork_of], before, is_fork=True)
    for log_id, fact in facts.items():
        begins = told_states(fact).get(0)
        parent = ids.get(fact.follows or "")
        if log_id in found or parent is None or begins is None or not knows_anything(begins):
            continue
        # Of a log with forks nobody here knows which one the case was on. All have in common what
        # was before the first of them.
        forks = [
            origin.before
            for origin in found.values()
            if origin.is_fork and origin.log_id == parent and origin.before is not None
        ]
        found[log_id] = Origin(parent, min(forks, default=None), is_fork=False)
    return {log_id: origin for log_id, origin in found.items() if _ends(log_id, found)}


def _ends(log_id: int, found: Mapping[int, Origin]) -> bool:
    """Return whether a log does not go on from itself, which an imported file may claim."""
    seen = {log_id}
    while log_id in found:
        log_id = found[log_id].log_id
        if log_id in seen:
            return False
        seen.add(log_id)
    return True


def start_of(archive: Archive, log_id: int, known: Mapping[int, Origin]) -> Start:
    """Return where the chain of a log starts; `known` are the `origins` of the case's logs."""
    origin = known.get(log_id)
    if origin is None or not origin.is_fork:
        return Start(0, events.first_chain(bytes.fromhex(archive.log_name(log_id))))
    before = origin.before
    while origin is not None and origin.is_fork:
        last = archive.last_record(origin.log_id, before)
        if last is not None:
            return Start(last[0], events.crc_of(last[1]))
        origin = known.get(origin.log_id)
    return Start(0, None)
