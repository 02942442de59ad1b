"""Cases that are used no more: retired, or replaced by another one."""

from rollhost.database.archive import Archive, Case
from rollhost.database.diary import RETIRED, Entry
from rollhost.errors import UsageError
from rollhost.history import history
from rollhost.output.persons import whose_line


def retire(archive: Archive, old: Case, by: Case | None, now: int) -> None:
    """Write at Unix time `now` (s) that a case is used no more, and which one is in its place.

    That one is about the same skin from then on. What was known of the old case stays known, and
    the next sync tells the new one: its uses, its head, and the owner's policy. Raises
    `UsageError` if the two are one, if nobody has said whose the old one is, or if the new one is
    somebody else's.
    """
    past = history.read(archive)
    person = past.person_now(old)
    if person is None:
        raise UsageError(f"Nobody has said whose case {old.title} is.", whose_line(old))
    if old.id in past.retired and by is None:
        raise UsageError(f"Case {old.title} is retired already.", "To use it again: undo.")
    if by is not None and by.id == old.id:
        raise UsageError("A case is not its own replacement.", "Say the old case, then the new.")
    theirs = person if by is None else past.person_now(by)
    if theirs not in (None, person):
        raise UsageError(
            f"The cases {old.title} and {by.title if by else ''} are about different people.",
            "See case for whose they are.",
        )
    with archive.transaction():
        if by is not None and theirs is None and by.log_id is not None:
            archive.own_log(by.log_id, person, now)
        data: dict[str, object] = {"by": None if by is None else by.device}
        archive.diary.add(Entry(RETIRED, now, case_id=old.id, data=data, person=person), now)
