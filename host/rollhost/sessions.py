"""Every time that skin was rolled: uses that the cases have logged, and sessions at a clinic.

A session at a clinic may be in the diary, in the log of each case that was told
of it, or in both; it has one token, and counts once.
"""

from dataclasses import dataclass

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH
from rollcore.state import State
from rollhost import diary, timeline
from rollhost.archive import Archive, Case
from rollhost.timeline import Placed

OF_A_ZONE = (
    events.USE_STARTED,
    events.USE_ENDED,
    events.REFUSED,
    events.CLINIC,
    events.REACTION,
)
"""Kinds of records that are about an area of skin; the zone of others says nothing."""


@dataclass(frozen=True)
class Session:
    """One session. `ended` (Unix s) is the latest that it can have been, as far as is known.

    `key` names it among all others, always the same; `zone` is None where it is
    not known; `needle_um` is in micrometres, 0 where it is not known.
    """

    key: str
    ended: int
    needle_um: int
    zone: str | None
    at_clinic: bool


def sessions(archive: Archive) -> list[Session]:
    """Return every session, the oldest first. Uses too short to count are none."""
    found: list[Session] = []
    clinics: dict[str, Session] = {}
    for entry in archive.diary.entries():
        if entry.kind == diary.CLINIC:
            key = f"clinic {entry.token}"
            length = entry.number("needle_um")
            clinics[key] = Session(key, entry.at, length, entry.zone, True)
    for case in archive.cases():
        for log_id in archive.logs(case.id):
            for one in _in_log(archive, case, log_id):
                if not one.at_clinic:
                    found.append(one)
                else:
                    clinics.setdefault(one.key, one)
    return sorted([*found, *clinics.values()], key=lambda one: (one.ended, one.key))


def zone_name(archive: Archive, digest: int, zone: int) -> str | None:
    """Return what the rules with this digest call a zone; None where nobody knows any more."""
    if not digest:
        return policy.DEFAULT_ZONES[zone] if zone < len(policy.DEFAULT_ZONES) else None
    rules = archive.policy(digest)
    return rules.zones[zone] if rules and zone < len(rules.zones) else None


def _in_log(archive: Archive, case: Case, log_id: int) -> list[Session]:
    found: list[Session] = []
    folded = State()
    began: Placed | None = None
    for one in timeline.place(archive.events(log_id), case.met_at):
        before, folded = folded, state.fold(folded, one.event)
        event = one.event
        if event.kind == events.USE_STARTED:
            began = one
        if folded.uses > before.uses:
            ended = _latest(one)
            if not folded.end_known and began is not None:
                # Power was lost at some time during it, and came back at any time later.
                ended = min(ended, _latest(began) + state.USE_LIMIT_S)
            key = f"use {case.device} {archive.log_name(log_id)} {event.seq}"
            length = before.use_needle if before.using else folded.needle_um
            digest = began.event.data["digest"] if before.using and began else folded.policy_digest
            zone = zone_name(archive, digest or folded.policy_digest, folded.zone)
            found.append(
                Session(key, ended, length or policy.DEFAULT_NEEDLE_UM, zone, at_clinic=False)
            )
        elif event.kind == events.CLINIC:
            token = event.data["token"] or f"{archive.log_name(log_id)} {event.seq}"
            at = event.data["at"] + CASE_EPOCH
            zone = zone_name(archive, folded.policy_digest, event.zone)
            found.append(Session(f"clinic {token}", at, event.data["needle_um"], zone, True))
    return found


def _latest(placed: Placed) -> int:
    return placed.earliest if placed.latest is None else placed.latest
