"""The logs of a case: their order, their records in true time, and whose skin each is about."""

from collections.abc import Iterator

from rollcore import events, policy
from rollcore.events import Event
from rollhost.database.archive import Archive, Case
from rollhost.history import timeline
from rollhost.history.timeline import Placed

OF_A_ZONE = (
    events.USE_STARTED,
    events.USE_ENDED,
    events.REFUSED,
    events.CLINIC,
    events.REACTION,
)
"""Kinds of records that are about an area of skin; the zone of others says nothing."""


def in_order(archive: Archive, case: Case) -> list[int]:
    """Return the ids of a case's logs, the oldest first; the one that it has now is the last.

    They came into the database in any order: from syncs, and from other databases.
    """

    def began(log_id: int) -> tuple[bool, int, int]:
        placed = in_time(archive, case, log_id)
        return log_id == case.log_id, placed[0].last if placed else 0, log_id

    ids = archive.logs(case.id)
    return sorted(ids, key=began) if len(ids) > 1 else ids


def in_time(archive: Archive, case: Case, log_id: int) -> list[Placed]:
    """Return the records of one log of a case, placed in true time.

    All of it had happened when the case was last met, or when it had begun the log
    that it has now.
    """
    until = case.met_at
    if case.log_id is not None and case.log_id != log_id:
        newest = in_time(archive, case, case.log_id)
        if newest and newest[0].latest is not None:
            until = newest[0].latest
    return timeline.place(archive.events(log_id), until)


def zoned(archive: Archive, case: Case, log_id: int) -> Iterator[tuple[Placed, str | None]]:
    """Yield the records of a log in true time, each with the name that its zone had then."""
    zones = Zones(archive)
    for placed in in_time(archive, case, log_id):
        yield placed, zones.of(placed.event)


class Zones:
    """Names the zones of the records of a log, told one after the other.

    A use belongs to the list of zones by which it began, whatever comes meanwhile.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names: dict[tuple[int, int], str | None] = {}
        self._boot = 0
        self._digest = 0
        self._use_digest = 0
        self._untold = False
        """Whether nobody has said whose skin the use is on that is under way."""

    def of(self, event: Event) -> str | None:
        """Return the name of a record's zone.

        It is None for a record that is about no zone, where nobody knows the name any
        more, and for a use of which nobody has said where it was.
        """
        if event.kind == events.BOOT or event.boot != self._boot:
            self._use_digest, self._untold = 0, False
        self._boot = event.boot
        if event.kind == events.POLICY_SET:
            self._digest = event.data["digest"]
        if event.kind == events.USE_STARTED:
            self._use_digest = event.data["digest"] or self._digest
            self._untold = event.data["how"] == events.OVERRIDE
            return self._of_use(event)
        if event.kind == events.USE_ENDED:
            self._untold = self._untold or event.data["how"] == events.AFTERWARDS
            name = self._of_use(event)
            self._use_digest, self._untold = 0, False
            return name
        if event.kind not in OF_A_ZONE:
            return None
        return self._name(event.data.get("digest") or self._digest, event.zone)

    def _of_use(self, event: Event) -> str | None:
        digest = self._use_digest or self._digest
        several = self._name(digest, 1) is not None
        return None if self._untold and several else self._name(digest, event.zone)

    def _name(self, digest: int, zone: int) -> str | None:
        """Return what the rules with this digest call a zone; None where nobody knows any more."""
        if (digest, zone) not in self._names:
            rules = self._archive.policy(digest) if digest else None
            zones = policy.DEFAULT_ZONES if not digest else rules.zones if rules else ()
            self._names[digest, zone] = zones[zone] if zone < len(zones) else None
        return self._names[digest, zone]
