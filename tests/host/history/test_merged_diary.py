"""What only the log of a case still knows of reactions and holds, beside what was written here."""

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.logbook import DAY, Logbook, rules_for

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.history import case_status, history, reactions

pytestmark = pytest.mark.in_process

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""

NOW_TEXT = "2026-11-21T10:00:00Z"


def book(archive: Archive) -> Logbook:
    """Return the log of a case that was used twenty days ago."""
    found = Logbook(archive, NOW - 20 * DAY)
    found.set_clock()
    found.set_rules(rules_for(250, "face", "neck"))
    found.use()
    found.wait(DAY)
    return found


def reaction(found: Logbook, is_open: bool, token: int, zone: int = 1) -> None:
    """Log the beginning or the end of a reaction."""
    found.write(events.REACTION, zone, open=int(is_open), at=found.now - CASE_EPOCH, token=token)


def open_ones(archive: Archive) -> list[int]:
    """Return the tokens of the reactions that are open."""
    found = reactions.reactions(history.read(archive).entries)
    return [reaction.began.token for reaction in found if reaction.over is None]


def test_reaction_that_only_the_log_knows_is_open(archive: Archive) -> None:
    log = book(archive)
    reaction(log, True, 77)
    log.keep()
    (one,) = reactions.reactions(history.read(archive).entries)
    assert (one.began.at, one.began.zone, one.over) == (log.now, "neck", None)


def test_reaction_end_in_the_log_ends_the_oldest_open_reaction(archive: Archive) -> None:
    log = book(archive)
    for is_open, token in ((True, 77), (True, 78), (False, 79)):
        reaction(log, is_open, token)
    log.keep()
    assert open_ones(archive) == [78]


def test_reaction_end_with_a_token_ends_the_reaction_that_it_names(archive: Archive) -> None:
    log = book(archive)
    at = log.now - CASE_EPOCH
    for token in (77, 78, 79):
        log.write(events.REACTION_OPENED, 1, at=at, token=token, red=0)
    log.write(events.REACTION_CLOSED, 1, at=at, token=80, opened=77)
    reaction(log, False, 81)
    log.keep()
    assert open_ones(archive) == [79]


def test_reaction_end_in_the_diary_ends_the_reaction_that_it_names(archive: Archive) -> None:
    log = book(archive)
    reaction(log, True, 77)
    reaction(log, True, 78)
    with archive.transaction():
        over = archive.diary.add(Entry(diary.REACTION_OVER, NOW, data={"reaction": 78}), NOW)
    reaction(log, False, over.token)
    reaction(log, False, 80)  # told by another computer
    log.keep()
    assert open_ones(archive) == []
    ends = {
        reaction.began.token: reaction.over
        for reaction in reactions.reactions(history.read(archive).entries)
    }
    assert ends[78] == over


def test_entry_in_diary_and_log_appears_once(archive: Archive) -> None:
    log = book(archive)
    with archive.transaction():
        began = archive.diary.add(Entry(diary.REACTION, NOW, "face"), NOW)
        held = archive.diary.add(Entry(diary.HOLD, NOW, data={"reason": 1, "until": 0}), NOW)
    reaction(log, True, began.token)
    log.write(events.HOLD_SET, reason=1, until=0, token=held.token)
    log.write(events.HOLD_SET, reason=2, until=log.now - CASE_EPOCH, token=9)
    log.keep()
    other, *ours = history.read(archive).entries
    assert ours == [began, held]
    assert (other.kind, other.number("reason"), other.number("until")) == (diary.HOLD, 2, log.now)


def test_reaction_opened_on_another_computer_can_be_closed(archive: Archive, host: Host) -> None:
    log = book(archive)
    reaction(log, True, 77)
    log.keep()
    assert "see a clinician" in host("reaction", ROLLCASE_NOW=NOW_TEXT).stdout
    assert "Reaction " in host("status", ROLLCASE_NOW=NOW_TEXT).stdout
    assert host("reaction", "over", ROLLCASE_NOW=NOW_TEXT).returncode == 0
    complaint(host("reaction", "over", ROLLCASE_NOW=NOW_TEXT), 2)
    one = case_status.summarise(history.read(archive), archive.cases()[0], NOW)
    assert [entry.kind for entry in one.waiting] == [diary.REACTION_OVER]
    assert one.standing.phase != state.HELD


def test_clinic_session_of_an_earlier_log_rests_its_zone(archive: Archive) -> None:
    old = book(archive)
    old.write(events.CLINIC, 1, at=NOW - 2 * DAY - CASE_EPOCH, needle_um=0, token=5)
    old.keep()
    before = case_status.summarise(history.read(archive), archive.cases()[0], NOW)
    assert [name for name, until in before.zones() if until] == ["neck"]
    new = Logbook(archive, NOW - DAY, log=b"wiped---")
    new.set_clock()
    new.set_rules(rules_for(250, "face", "neck"))
    new.keep()
    after = case_status.summarise(history.read(archive), archive.cases()[0], NOW)
    assert [name for name, until in after.zones() if until] == ["neck"]


def test_closed_reaction_of_an_earlier_log_still_lengthens_the_rest(
    archive: Archive,
) -> None:
    old = book(archive)
    reaction(old, True, 77)
    old.now = NOW - 3 * DAY
    reaction(old, False, 78)
    old.keep()
    new = Logbook(archive, NOW - DAY, log=b"wiped---")
    new.set_clock()
    new.set_rules(rules_for(250, "face"))
    new.keep()
    told = case_status.summarise(history.read(archive), archive.cases()[0], NOW)
    assert told.zones() == [("face", NOW + 11 * DAY)]


def test_reaction_known_to_one_case_is_told_to_the_others_with_its_end(
    archive: Archive, host: Host
) -> None:
    log = book(archive)
    reaction(log, True, 77)
    log.keep()
    other = Logbook(archive, NOW - DAY, device="5c1f0a2b3c4d0000", log=b"travel--")
    other.set_clock()
    other.set_rules(rules_for(250, "face"))
    other.keep()
    for summary in (
        case_status.summarise(history.read(archive), case, NOW) for case in archive.cases()
    ):
        assert summary.standing.reason == events.REACTION_OPEN
    assert host("reaction", "over", ROLLCASE_NOW=NOW_TEXT).returncode == 0
    for summary in (
        case_status.summarise(history.read(archive), case, NOW) for case in archive.cases()
    ):
        assert summary.state.reactions == 0
        assert summary.standing.phase == state.RESTING


def test_last_written_hold_counts(archive: Archive) -> None:
    log = book(archive)
    log.write(events.HOLD_SET, reason=events.ACNE, until=0, token=9)
    log.keep()
    with archive.transaction():
        release = Entry(diary.HOLD, NOW, data={"reason": events.NO_HOLD, "until": 0})
        archive.diary.add(release, NOW)
    one = case_status.summarise(history.read(archive), archive.cases()[0], NOW)
    assert one.standing.phase != state.HELD
