"""Where a case stands by its database, above all where little is known of it."""

from pathlib import Path

import pytest
from tests.host.status_logs import (
    BOOT,
    DAY,
    ID,
    NOW,
    SOAK,
    SOAKED,
    TWO_ZONES,
    USE,
    USED,
    a_use,
    chained,
    fresh,
    judged,
    keep,
    log,
    renumbered,
    row,
    without_rules,
    write,
)

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, CLOCK_SET, Event, first_chain
from rollcore.rest import rested_at
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.history import case_status, history
from rollhost.history.summary import Summary
from rollhost.output.status import case_document, case_lines, headline


def kept(path: Path, happened: list[Event], behind_s: int, finished: bool) -> Summary:
    """Keep a log as a sync at `NOW` does that comes to its end or not, and judge it then."""
    with open_archive(path, create=True) as archive:
        with archive.transaction():
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            log_id = archive.keep_log(case_id, ID.hex())
            archive.note_meeting(case_id, log_id, NOW + CASE_EPOCH, behind_s)
            chain, raw = first_chain(ID), b""
            for event in happened:
                raw += events.encode(event, chain)
                chain = events.crc_of(raw[-32:])
            archive.keep_records(log_id, 1, first_chain(ID), raw)
            if finished:
                archive.note_sync(case_id, NOW + CASE_EPOCH, behind_s)
        return case_status.summarise(history.read(archive), archive.cases()[0], NOW + CASE_EPOCH)


def test_use_on_a_clock_that_was_never_set_rests_from_its_real_time(tmp_path: Path) -> None:
    """A first sync that broke off before it set the clock."""
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, 0, events.BOOT, BOOT),
            (1, 1260, 1260, events.USE_STARTED, USE),
            (1, 1500, 1500, events.USE_ENDED, USED),
            (1, 1560, 1560, events.SOAK_STARTED, SOAK),
            (1, 2160, 2160, events.SOAK_ENDED, SOAKED),
        ),
        behind_s=NOW - 5000,
        finished=False,
    )
    assert told.standing.phase == state.RESTING
    assert told.standing.until == 1500 + NOW - 5000 + 28 * DAY
    assert told.head_days == 1
    assert "sync again" in case_lines(told)[-1]


def test_use_after_unpowered_weeks_rests_from_its_latest_possible_time(tmp_path: Path) -> None:
    """The clock was set, stood still for 40 days, and was not set again before the sync broke."""
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, 0, events.BOOT, BOOT),
            (1, 10, NOW - 41 * DAY, CLOCK_SET, {"old": 10, "source": 1, "forced": 0, "sure": 0}),
            (2, 0, NOW - 41 * DAY + 100, events.BOOT, BOOT),
            (2, 10, NOW - 41 * DAY + 110, events.USE_STARTED, USE),
            (2, 250, NOW - 41 * DAY + 350, events.USE_ENDED, USED),
        ),
        behind_s=41 * DAY - 950,  # the use was ten minutes ago
        finished=False,
    )
    assert told.standing.phase == state.CLEAN_ME
    assert rested_at(told.state, told.policy, 0) == NOW - 600 + 28 * DAY


def test_use_without_an_end_is_known_by_its_beginning(tmp_path: Path) -> None:
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, NOW - 6 * DAY, events.BOOT, BOOT),
            (1, 0, NOW - 6 * DAY, CLOCK_SET, {"old": 0, "source": 1, "forced": 0, "sure": 0}),
            (1, 100, NOW - 6 * DAY + 100, events.USE_STARTED, USE),
            (2, 0, NOW - 6 * DAY + 100, events.BOOT, BOOT),
            (
                2,
                10,
                NOW,
                CLOCK_SET,
                {"old": NOW - 6 * DAY + 110, "source": 1, "forced": 0, "sure": 0},
            ),
        ),
        behind_s=0,
        finished=True,
    )
    assert told.last_use is not None
    use = told.last_use.use
    assert use is not None
    assert use.end is None
    assert use.began is not None
    assert use.began.earliest == NOW - 6 * DAY + 100 + CASE_EPOCH
    assert "its end is not known: power was lost" in "\n".join(case_lines(told))


class TestEarlierLogs:
    @pytest.mark.parametrize("zone", [0, 1])
    def test_use_before_a_wipe_rests_the_zone_that_it_was_of(
        self, archive: Archive, zone: int
    ) -> None:
        keep(archive, b"earlier!", a_use(NOW - 2 * DAY, zone))
        keep(archive, b"newer..!", fresh())
        rests = [until for _, until in judged(archive).zones()]
        assert rests[zone] == NOW + 26 * DAY + CASE_EPOCH
        assert rests[1 - zone] is None

    def test_use_before_a_wipe_rests_every_zone_where_nobody_has_named_them(
        self, archive: Archive
    ) -> None:
        keep(archive, b"earlier!", without_rules(a_use(NOW - 2 * DAY)))
        keep(archive, b"newer..!", fresh())
        told = judged(archive)
        assert told.standing.phase == state.RESTING
        assert told.until == NOW + 26 * DAY + CASE_EPOCH
        assert told.zones() == [("face", told.until), ("neck", told.until)]
        assert judged(archive, 26).standing.phase == state.PREPARE

    def test_use_before_a_wipe_rests_by_the_longer_needle_of_that_time(
        self, archive: Archive
    ) -> None:
        keep(archive, b"earlier!", a_use(NOW - 2 * DAY, needle_um=1000))
        keep(archive, b"newer..!", fresh())
        assert judged(archive).zones()[0] == ("face", NOW + 40 * DAY + CASE_EPOCH)

    def test_last_use_of_several_earlier_logs_counts(self, archive: Archive) -> None:
        keep(archive, b"first..!", a_use(NOW - 3 * DAY))
        keep(archive, b"second.!", a_use(NOW - 9 * DAY))
        keep(archive, b"newer..!", fresh())
        assert judged(archive).zones()[0] == ("face", NOW + 25 * DAY + CASE_EPOCH)

    def test_use_in_the_current_log_wins_over_an_older_one(self, archive: Archive) -> None:
        keep(archive, b"earlier!", a_use(NOW - 9 * DAY))
        keep(archive, b"newer..!", a_use(NOW - DAY))
        told = judged(archive)
        assert told.zones() == [("face", NOW + 27 * DAY + CASE_EPOCH), ("neck", None)]
        assert told.records == 14  # of both logs

    def test_flash_that_was_put_back_does_not_undo_later_uses(self, archive: Archive) -> None:
        keep(archive, b"first..!", fresh())
        keep(archive, b"second.!", a_use(NOW - DAY))
        keep(archive, b"first..!", fresh())
        told = judged(archive)
        assert told.case.log_id == archive.logs(told.case.id)[0]
        assert told.zones()[0] == ("face", NOW + 27 * DAY + CASE_EPOCH)

    def test_log_of_another_case_does_not_count(self, archive: Archive) -> None:
        keep(archive, b"mine...!", fresh())
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case("77", "pico", "0.1.0"), b"yours..!".hex())
            raw = b"".join(chained(b"yours..!", a_use(NOW - DAY)))
            archive.keep_records(log_id, 1, first_chain(b"yours..!"), raw)
        assert judged(archive).standing.phase == state.PREPARE


class TestZones:
    def test_each_zone_has_its_own_rest(self, archive: Archive) -> None:
        keep(archive, ID, a_use(NOW - 2 * DAY, zone=1))
        told = judged(archive)
        assert told.standing.phase == state.PREPARE
        assert told.zones() == [("face", None), ("neck", NOW + 26 * DAY + CASE_EPOCH)]
        rows = case_lines(told)
        assert "Face         rested" in rows
        assert sum(row.startswith("Neck         rests until ") for row in rows) == 1
        assert case_document(told)["zones"] == [
            {"name": "face", "rested": True, "until": None},
            {"name": "neck", "rested": False, "until": "2026-12-01T00:00:00+00:00"},
        ]

    def test_zone_has_rested_exactly_at_the_end_of_its_rest(self, archive: Archive) -> None:
        keep(archive, ID, a_use(NOW, zone=1))
        almost = case_status.summarise(
            history.read(archive), archive.cases()[0], NOW + 28 * DAY + CASE_EPOCH - 1
        ).zones()
        assert almost[1] == ("neck", NOW + 28 * DAY + CASE_EPOCH)
        assert judged(archive, 28).zones()[1] == ("neck", None)

    def test_single_zone_is_not_listed(self, archive: Archive) -> None:
        keep(archive, ID, fresh()[:2])
        told = judged(archive)
        assert not [row for row in case_lines(told) if row.startswith("Face")]


class TestWaiting:
    def test_unsynced_clinic_session_rests_its_zone(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        write(archive, diary.CLINIC, NOW - DAY, "neck", needle_um=1500)
        told = judged(archive)
        assert [name for name, until in told.zones() if until] == ["neck"]
        assert told.zones()[1][1] == NOW - DAY + TWO_ZONES.clinic_rest_s + CASE_EPOCH
        assert len(told.waiting) == 1
        assert row(told, "Waiting") == ["1 thing that you wrote down: the next sync tells the case"]
        assert case_document(told)["waiting"] == 1

    def test_unsynced_reaction_and_hold_prevent_a_use_at_once(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        write(archive, diary.HOLD, NOW, reason=events.SUNBURN, until=NOW + 5 * DAY + CASE_EPOCH)
        assert judged(archive).standing.reason == events.ON_HOLD
        assert judged(archive, 5).standing.phase == state.PREPARE
        began = write(archive, diary.REACTION, NOW, "face", text="", signs=[])
        told = judged(archive, 5)
        assert headline(told) == "On hold: a reaction of the skin is open."
        write(archive, diary.REACTION_OVER, NOW, "face", reaction=began.token)
        told = judged(archive, 5)
        assert told.standing.phase == state.RESTING
        assert "after a reaction" in headline(told)
        assert len(told.waiting) == 3

    def test_entry_logged_by_the_case_is_no_longer_pending_and_counts_once(
        self, archive: Archive
    ) -> None:
        keep(archive, ID, fresh())
        began = write(archive, diary.REACTION, NOW, "face")
        told = {"open": 1, "at": NOW, "token": began.token}
        keep(archive, ID, renumbered([*fresh(), *log((1, 2, NOW, events.REACTION, told))]))
        assert judged(archive).waiting == []
        assert judged(archive).state.reactions == 1

    def test_pending_policy_is_shown_as_pending(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        with archive.transaction():
            archive.pend_policy(1, policy.for_needle(250).changed(revision=2))
        told = judged(archive)
        assert told.policy.needle_um == 500
        assert [row for row in case_lines(told) if "new rules, for 0.25 mm" in row]
        assert case_document(told)["new_rules"] is True
