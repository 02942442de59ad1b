"""Whether the one who uses another computer is the one who uses this one, by whose logs are."""

from collections.abc import Iterable

from rollhost.database.archive import Archive
from rollhost.database.diary import ME, OWNER, Entry
from rollhost.exchange.import_json import Export
from rollhost.history import lineage

SAME, OTHER, UNKNOWN = "same", "other", "unknown"

_Log = tuple[str, str]
"""Device and id of a log."""


def compare_users(archive: Archive, export: Export) -> str:
    """Return whether `ME` in a file is `ME` here: `SAME`, maybe an `OTHER`, or `UNKNOWN`.

    It is if a log of a real case was ever said to be about `ME` both here and there. Whose a log is
    may have been put right on one of them, so what was said before counts too. Somebody else it may
    be if both have cases of their own, or if a log is about somebody else here than there.
    """
    owners_here = {
        (case.device, lineage.case_id_of(facts.name)): facts.person
        for case in archive.cases()
        if case.board != "virtual"
        for facts in map(archive.log_facts, archive.logs(case.id))
    }
    owners_there = {
        (case.device, lineage.case_id_of(log.name)): log.person
        for case in export.cases
        if case.board != "virtual"
        for log in case.logs
    }
    devices = {case.id: case.device for case in archive.cases()}
    entries_here = (
        (devices.get(entry.case_id or 0), entry) for entry in archive.diary.everything()
    )
    here = _mine(owners_here, entries_here)
    there = _mine(owners_there, export.entries)
    if here & there:
        return SAME
    common = owners_here.keys() & owners_there.keys()
    if (here and there) or any(owners_here[log] != owners_there[log] for log in common):
        return OTHER
    return UNKNOWN


def _mine(owners: dict[_Log, int | None], entries: Iterable[tuple[str | None, Entry]]) -> set[_Log]:
    """Return the logs that are about `ME`, or were once said to be."""
    said = {
        (device or "", str(entry.data["log"]))
        for device, entry in entries
        if entry.kind == OWNER and entry.person == ME
    }
    return {log for log, owner in owners.items() if owner == ME or log in said}
