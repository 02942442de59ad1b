"""What the host says from its database, above all where it knows less than it would like to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase, honest, only

from rollcore import events, frames, policy, state
from rollcore.events import CASE_EPOCH, CLOCK_SET, Event, first_chain
from rollcore.messages import Message
from rollcore.policy import Policy
from rollhost import diary, summary
from rollhost.archive import Archive, open_archive
from rollhost.diary import Entry
from rollhost.errors import CaseError
from rollhost.line import Line
from rollhost.summary import Summary
from rollhost.sync import sync

DAY = 86400
NOW = 216_000_000
"""Case time of a day in November 2026."""

ID = bytes(range(8))


def log(*happened: tuple[int, int, int, int, dict[str, int]]) -> list[Event]:
    """Return a log of (boot, uptime, case time, kind, data)."""
    return [
        Event(kind, data, seq=seq, boot=boot, uptime=uptime, time=time)
        for seq, (boot, uptime, time, kind, data) in enumerate(happened, 1)
    ]


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
        return summary.summarise(archive, archive.cases()[0], NOW + CASE_EPOCH)


BOOT = {"cause": events.POWER_ON, "torn": 0}
USE = {"how": events.IN_TURN, "digest": 0}
USED = {"how": events.BY_BUTTON, "seconds": 240}
SOAK = {"purpose": events.AFTER_USE}
SOAKED = {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}


def test_a_use_on_a_clock_that_was_never_set_rests_from_when_it_was(tmp_path: Path) -> None:
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
    assert "sync again" in summary.lines(told)[-1]


def test_a_use_after_unpowered_weeks_rests_from_when_it_can_have_been(tmp_path: Path) -> None:
    """The clock was set, stood still for 40 days, and was not set again before the sync broke."""
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, 0, events.BOOT, BOOT),
            (1, 10, NOW - 41 * DAY, CLOCK_SET, {"old": 10, "source": 1, "forced": 0}),
            (2, 0, NOW - 41 * DAY + 100, events.BOOT, BOOT),
            (2, 10, NOW - 41 * DAY + 110, events.USE_STARTED, USE),
            (2, 250, NOW - 41 * DAY + 350, events.USE_ENDED, USED),
        ),
        behind_s=41 * DAY - 950,  # the use was ten minutes ago
        finished=False,
    )
    assert told.standing.phase == state.CLEAN_ME
    assert state.rested_at(told.state, told.rules, 0) == NOW - 600 + 28 * DAY


def test_what_is_known_of_a_use_without_an_end_is_its_beginning(tmp_path: Path) -> None:
    told = kept(
        tmp_path / "a.db",
        log(
            (1, 0, NOW - 6 * DAY, events.BOOT, BOOT),
            (1, 0, NOW - 6 * DAY, CLOCK_SET, {"old": 0, "source": 1, "forced": 0}),
            (1, 100, NOW - 6 * DAY + 100, events.USE_STARTED, USE),
            (2, 0, NOW - 6 * DAY + 100, events.BOOT, BOOT),
            (2, 10, NOW, CLOCK_SET, {"old": NOW - 6 * DAY + 110, "source": 1, "forced": 0}),
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
    assert "its end is not known: power was lost" in "\n".join(summary.lines(told))


def brought_home(case: ScriptedCase, archive: Archive) -> None:
    """Sync, with this computer's clock at `NOW`."""
    with Line(case.port) as line:
        sync(line, archive, lambda: NOW)


def test_the_log_that_the_case_has_now_is_the_one_that_counts(
    tmp_path: Path,
) -> None:
    """A flash that was swapped for another and put back."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        for name in ("flash a", "flash b", "flash a"):
            with ScriptedCase(tmp_path / name, log_id=name.encode() + b"!") as case:
                brought_home(case, archive)
        (case_row,) = archive.cases()
        assert case_row.log_id == archive.logs(case_row.id)[0]


def test_a_case_that_cannot_read_its_log_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    def broken(request: Message, right: bytes) -> bytes:
        return frames.encode(b"%d error storage the log cannot be read" % request.number)

    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            brought_home(case, archive)
            before = archive.cases()
            case.script = only("status", broken)
            with pytest.raises(CaseError, match="the log cannot be read"):
                brought_home(case, archive)
        assert archive.cases() == before
        assert len(archive.logs(before[0].id)) == 1


def test_a_case_that_lost_a_record_which_is_safe_here_goes_on(tmp_path: Path) -> None:
    """Its newest record was damaged after the sync; the next one hangs on the one before."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.log(5)
            brought_home(case, archive)
        (segment,) = (tmp_path / "one").rglob("*.seg")
        raw = bytearray(segment.read_bytes())
        raw[-20] ^= 1
        segment.write_bytes(raw)
        with ScriptedCase(tmp_path / "one") as case:
            case.log(2)
            brought_home(case, archive)
            held = archive.highest_seq(1)
            with Line(case.port) as line:
                assert held == line.ask("status").integer("next") - 1
        assert archive.quarantined() == 0


def test_a_wish_for_other_rules_outlives_a_sync_that_broke_off(tmp_path: Path) -> None:
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case:
            case.script = only("clock", lambda request, right: b"")
            with Line(case.port) as line, pytest.raises(CaseError, match="stopped making sense"):
                sync(line, archive, lambda: NOW, needle_um=250)
            case.script = honest
            with Line(case.port) as line:
                outcome = sync(line, archive, lambda: NOW)
        assert outcome.policy is not None
        assert outcome.policy.needle_um == 250
        assert archive.pending_policy(1) is None


def test_rules_that_a_case_has_lost_are_given_back(tmp_path: Path) -> None:
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            sync(line, archive, lambda: NOW, needle_um=250)
        for cell in (tmp_path / "one").rglob("policy-*"):
            cell.unlink()
        with ScriptedCase(tmp_path / "one") as case, Line(case.port) as line:
            assert sync(line, archive, lambda: NOW).policy_changed
            assert "revision=1;needle_um=250" in line.ask("policy").word("policy")


def test_what_a_newer_version_can_read_leaves_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict(events.KINDS)
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case("5c1f", "pico", "0.1.0"), ID.hex())
        raw = events.encode(Event(events.BOOT, BOOT, seq=1), first_chain(ID))
        monkeypatch.delitem(events.KINDS, events.BOOT)
        with archive.transaction():
            assert archive.keep_records(log_id, 1, first_chain(ID), raw) == (1, 1)
            assert archive.read_again(log_id) == 0
        monkeypatch.setattr(events, "KINDS", known)
        with archive.transaction():
            assert archive.read_again(log_id) == 1
        assert (archive.quarantined(), archive.raw_records(log_id)) == (0, [raw])


TWO_ZONES = Policy(policy.numbers_of(policy.for_needle(500).changed(revision=1)), ("face", "neck"))

RULES = {"digest": TWO_ZONES.digest, "needle_um": 500, "kept": 0}


def keep(archive: Archive, log_id: bytes, happened: list[Event]) -> None:
    """Keep a log of the one case as a sync at `NOW` does."""
    with archive.transaction():
        archive.keep_policy(TWO_ZONES)
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log = archive.keep_log(case_id, log_id.hex())
        archive.note_meeting(case_id, log, NOW + CASE_EPOCH, 0)
        archive.keep_records(log, 1, first_chain(log_id), b"".join(chained(log_id, happened)))
        archive.note_sync(case_id, NOW + CASE_EPOCH, 0)


def chained(log_id: bytes, happened: list[Event]) -> list[bytes]:
    chain, raw = first_chain(log_id), []
    for event in happened:
        raw.append(events.encode(event, chain))
        chain = events.crc_of(raw[-1])
    return raw


def a_use(end: int, zone: int = 0, needle_um: int = 500) -> list[Event]:
    """Return a log whose clock is right, with a use and its soak in it."""
    started = log(
        (1, 0, 0, events.BOOT, BOOT),
        (1, 1, end - 400, CLOCK_SET, {"old": 1, "source": 1, "forced": 0}),
        (1, 1, end - 400, events.POLICY_SET, RULES | {"needle_um": needle_um}),
        (1, 161, end - 240, events.USE_STARTED, USE),
        (1, 401, end, events.USE_ENDED, USED),
        (1, 501, end + 100, events.SOAK_STARTED, SOAK),
        (1, 1101, end + 700, events.SOAK_ENDED, SOAKED),
    )
    for event in started[3:5]:
        event.zone = zone
    return started


def fresh() -> list[Event]:
    """Return the log of a case that was wiped and set up again."""
    return log(
        (1, 0, 0, events.BOOT, BOOT),
        (1, 1, NOW, CLOCK_SET, {"old": 1, "source": 1, "forced": 0}),
        (1, 1, NOW, events.POLICY_SET, RULES),
    )


def judged(archive: Archive, days: float = 0) -> Summary:
    """Judge the one case that many days after `NOW`."""
    return summary.summarise(archive, archive.cases()[0], int(NOW + days * DAY) + CASE_EPOCH)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A new database."""
    with open_archive(tmp_path / "a.db", create=True) as one:
        yield one


class TestEarlierLogs:
    @pytest.mark.parametrize("zone", [0, 1])
    def test_a_use_before_a_wipe_rests_every_zone(self, archive: Archive, zone: int) -> None:
        keep(archive, b"earlier!", a_use(NOW - 2 * DAY, zone))
        keep(archive, b"newer..!", fresh())
        told = judged(archive)
        assert told.standing.phase == state.RESTING
        assert told.until == NOW + 26 * DAY + CASE_EPOCH
        assert told.zones() == [("face", told.until), ("neck", told.until)]
        assert judged(archive, 26).standing.phase == state.PREPARE

    def test_it_rests_by_the_longer_needle_of_then(self, archive: Archive) -> None:
        keep(archive, b"earlier!", a_use(NOW - 2 * DAY, needle_um=1000))
        keep(archive, b"newer..!", fresh())
        assert judged(archive).until == NOW + 40 * DAY + CASE_EPOCH

    def test_the_last_of_several_counts(self, archive: Archive) -> None:
        keep(archive, b"first..!", a_use(NOW - 3 * DAY))
        keep(archive, b"second.!", a_use(NOW - 9 * DAY))
        keep(archive, b"newer..!", fresh())
        assert judged(archive).until == NOW + 25 * DAY + CASE_EPOCH

    def test_a_use_in_the_log_of_now_outlives_an_older_one(self, archive: Archive) -> None:
        keep(archive, b"earlier!", a_use(NOW - 9 * DAY))
        keep(archive, b"newer..!", a_use(NOW - DAY))
        told = judged(archive)
        assert told.zones() == [
            ("face", NOW + 27 * DAY + CASE_EPOCH), ("neck", NOW + 19 * DAY + CASE_EPOCH),
        ]  # fmt: skip
        assert told.records == 7

    def test_a_flash_that_was_put_back_does_not_undo_what_was_meanwhile(
        self, archive: Archive
    ) -> None:
        keep(archive, b"first..!", fresh())
        keep(archive, b"second.!", a_use(NOW - DAY))
        keep(archive, b"first..!", fresh())
        told = judged(archive)
        assert told.case.log_id == archive.logs(told.case.id)[0]
        assert told.until == NOW + 27 * DAY + CASE_EPOCH

    def test_a_log_of_another_case_is_not_ours(self, archive: Archive) -> None:
        keep(archive, b"mine...!", fresh())
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case("77", "pico", "0.1.0"), b"yours..!".hex())
            raw = b"".join(chained(b"yours..!", a_use(NOW - DAY)))
            archive.keep_records(log_id, 1, first_chain(b"yours..!"), raw)
        assert judged(archive).standing.phase == state.PREPARE


class TestZones:
    def test_each_has_a_rest_of_its_own(self, archive: Archive) -> None:
        keep(archive, ID, a_use(NOW - 2 * DAY, zone=1))
        told = judged(archive)
        assert told.standing.phase == state.PREPARE
        assert told.zones() == [("face", None), ("neck", NOW + 26 * DAY + CASE_EPOCH)]
        rows = summary.lines(told)
        assert "Face         rested" in rows
        assert sum(row.startswith("Neck         rests until ") for row in rows) == 1
        assert summary.document(told)["zones"] == [
            {"name": "face", "rested": True, "until": None},
            {"name": "neck", "rested": False, "until": "2026-12-01T00:00:00+00:00"},
        ]

    def test_a_zone_has_rested_at_its_end_and_not_before(self, archive: Archive) -> None:
        keep(archive, ID, a_use(NOW, zone=1))
        almost = summary.summarise(
            archive, archive.cases()[0], NOW + 28 * DAY + CASE_EPOCH - 1
        ).zones()
        assert almost[1] == ("neck", NOW + 28 * DAY + CASE_EPOCH)
        assert judged(archive, 28).zones()[1] == ("neck", None)

    def test_the_only_one_is_not_listed(self, archive: Archive) -> None:
        keep(archive, ID, fresh()[:2])
        told = judged(archive)
        assert not [row for row in summary.lines(told) if row.startswith("Face")]


def write(archive: Archive, kind: str, at: int, zone: str | None = None, **data: object) -> Entry:
    """Write an entry down at `NOW`, about case time `at`."""
    with archive.transaction():
        entry = Entry(kind, at + CASE_EPOCH, zone, data=data)
        return archive.diary.add(entry, NOW + CASE_EPOCH)


class TestWaiting:
    def test_a_session_that_the_case_does_not_know_yet_rests_its_zone(
        self, archive: Archive
    ) -> None:
        keep(archive, ID, fresh())
        write(archive, diary.CLINIC, NOW - DAY, "neck", needle_um=1500)
        told = judged(archive)
        assert [name for name, until in told.zones() if until] == ["neck"]
        assert told.zones()[1][1] == NOW - DAY + TWO_ZONES.clinic_rest_s + CASE_EPOCH
        assert len(told.waiting) == 1

    def test_a_reaction_and_a_hold_keep_from_a_use_at_once(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        write(archive, diary.HOLD, NOW, reason=events.SUNBURN, until=NOW + 5 * DAY + CASE_EPOCH)
        assert judged(archive).standing.reason == events.ON_HOLD
        assert judged(archive, 5).standing.phase == state.PREPARE
        began = write(archive, diary.REACTION, NOW, "face", text="", signs=["pus"])
        told = judged(archive, 5)
        assert told.headline() == "On hold: a reaction of the skin is open."
        write(archive, diary.REACTION_OVER, NOW, "face", reaction=began.token)
        told = judged(archive, 5)
        assert told.standing.phase == state.RESTING
        assert "after a reaction" in told.headline()
        assert len(told.waiting) == 3

    def test_what_the_case_has_logged_waits_no_more_and_counts_once(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        began = write(archive, diary.REACTION, NOW, "face")
        told = {"open": 1, "at": NOW, "token": began.token}
        keep(archive, ID, renumbered([*fresh(), *log((1, 2, NOW, events.REACTION, told))]))
        assert judged(archive).waiting == []
        assert judged(archive).state.reactions == 1

    def test_rules_that_wait_are_said_to(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        with archive.transaction():
            archive.pend_policy(1, policy.for_needle(250).changed(revision=2))
        told = judged(archive)
        assert told.rules.needle_um == 500
        assert [row for row in summary.lines(told) if "new rules, for 0.25 mm" in row]
        assert summary.document(told)["new_rules"] is True


def renumbered(happened: list[Event]) -> list[Event]:
    """Return these events numbered from 1 on."""
    for seq, event in enumerate(happened, 1):
        event.seq = seq
    return happened
