"""What the host says from its database, above all where it knows less than it would like to."""

from pathlib import Path

import pytest
from tests.host.logbook import MINUTE, Logbook, rules_for
from tests.host.scripted_case import ScriptedCase, honest, only

from rollcore import events, frames, policy, state
from rollcore.events import CASE_EPOCH, CLOCK_SET, Event, first_chain
from rollcore.messages import Message
from rollcore.policy import Policy
from rollhost.case import connection as line_module
from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import CaseError
from rollhost.history import case_status, history
from rollhost.history.case_status import Summary
from rollhost.output.status import case_document, case_lines, headline

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
        return case_status.summarise(history.read(archive), archive.cases()[0], NOW + CASE_EPOCH)


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
    assert "sync again" in case_lines(told)[-1]


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
    assert state.rested_at(told.state, told.policy, 0) == NOW - 600 + 28 * DAY


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
    assert "its end is not known: power was lost" in "\n".join(case_lines(told))


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


def test_a_wish_for_other_rules_outlives_a_sync_that_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "ANSWER_S", 0.5)  # each question is asked three times
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
        assert archive.pending_policies() == {}


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
    return case_status.summarise(
        history.read(archive), archive.cases()[0], int(NOW + days * DAY) + CASE_EPOCH
    )


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
        rows = case_lines(told)
        assert "Face         rested" in rows
        assert sum(row.startswith("Neck         rests until ") for row in rows) == 1
        assert case_document(told)["zones"] == [
            {"name": "face", "rested": True, "until": None},
            {"name": "neck", "rested": False, "until": "2026-12-01T00:00:00+00:00"},
        ]

    def test_a_zone_has_rested_at_its_end_and_not_before(self, archive: Archive) -> None:
        keep(archive, ID, a_use(NOW, zone=1))
        almost = case_status.summarise(
            history.read(archive), archive.cases()[0], NOW + 28 * DAY + CASE_EPOCH - 1
        ).zones()
        assert almost[1] == ("neck", NOW + 28 * DAY + CASE_EPOCH)
        assert judged(archive, 28).zones()[1] == ("neck", None)

    def test_the_only_one_is_not_listed(self, archive: Archive) -> None:
        keep(archive, ID, fresh()[:2])
        told = judged(archive)
        assert not [row for row in case_lines(told) if row.startswith("Face")]


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
        assert row(told, "Waiting") == ["1 thing that you wrote down: the next sync tells the case"]
        assert case_document(told)["waiting"] == 1

    def test_a_reaction_and_a_hold_keep_from_a_use_at_once(self, archive: Archive) -> None:
        keep(archive, ID, fresh())
        write(archive, diary.HOLD, NOW, reason=events.SUNBURN, until=NOW + 5 * DAY + CASE_EPOCH)
        assert judged(archive).standing.reason == events.ON_HOLD
        assert judged(archive, 5).standing.phase == state.PREPARE
        began = write(archive, diary.REACTION, NOW, "face", text="", signs=["pus"])
        told = judged(archive, 5)
        assert headline(told) == "On hold: a reaction of the skin is open."
        write(archive, diary.REACTION_OVER, NOW, "face", reaction=began.token)
        told = judged(archive, 5)
        assert told.standing.phase == state.RESTING
        assert "after a reaction" in headline(told)
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
        assert told.policy.needle_um == 500
        assert [row for row in case_lines(told) if "new rules, for 0.25 mm" in row]
        assert case_document(told)["new_rules"] is True


def renumbered(happened: list[Event]) -> list[Event]:
    """Return these events numbered from 1 on."""
    for seq, event in enumerate(happened, 1):
        event.seq = seq
    return happened


HERE = NOW + CASE_EPOCH


def begun(archive: Archive, rules: Policy | None = None) -> Logbook:
    """Return the log of a case whose clock is right, with these rules or those it came with."""
    book = Logbook(archive, HERE)
    book.set_clock()
    if rules is not None:
        book.set_rules(rules)
    return book


def told_now(archive: Archive, book: Logbook, later_s: int = 0) -> Summary:
    """Sync, and judge so much later."""
    book.keep()
    return case_status.summarise(history.read(archive), book.case, book.now + later_s)


def row(about: Summary, label: str) -> list[str]:
    """Return what is told under a label."""
    found: list[str] = []
    inside = False
    for line in case_lines(about)[1:]:
        inside = line.startswith(f"{label:<12} ") or (inside and line.startswith(" " * 13))
        if inside:
            found.append(line[13:])
    return found


WEEKLY = rules_for(250)


def in_phase(book: Logbook, phase: str) -> None:
    """Bring a case into a phase of which the headline says something of its own."""
    if phase == state.SOAKING:
        book.write(events.SOAK_STARTED, purpose=events.BEFORE_USE)
    elif phase == state.DRYING:
        book.soak(events.BEFORE_USE)
    elif phase == state.READY:
        book.prepare()
    elif phase == state.ASKING:
        book.prepare()
        book.write(events.LID, what=events.LID_OPENED)
        book.write(events.LID, what=events.LID_CLOSED)
    elif phase == state.IN_USE:
        book.begin()
    elif phase == state.CLEAN_ME:
        book.begin()
        book.end()
    elif phase == state.HEAD_EXPIRED:
        for _ in range(10):
            book.use()
        book.wait(40 * MINUTE)
    elif phase == state.RESTING:
        book.use()
        book.wait(40 * MINUTE)


class TestHeadline:
    @pytest.mark.parametrize(
        ("phase", "later_s", "says"),
        [
            (state.PREPARE, 0, "Rested. Before the next use: press the case's button and soak"),
            (state.SOAKING, 0, "Soaking until today 00:10."),
            (
                state.SOAKING,
                600,
                "At the last sync a soak was under way, to end by today 00:10. Sync to know more.",
            ),
            (state.DRYING, 0, "Drying until today 00:20."),
            (state.READY, 0, "Rested and disinfected: ready until today 00:50."),
            (state.ASKING, 0, "Was the roller used? If so, press the case's button; if not, hold"),
            (state.IN_USE, 1799, "In use."),
            (
                state.IN_USE,
                1800,
                "At the last sync a use was under way, to end by today 00:30. Sync to know more.",
            ),
            (state.CLEAN_ME, 3599, "Clean the roller now, and soak it."),
            (state.CLEAN_ME, 3600, "Clean the roller now: it is overdue."),
            (state.HEAD_EXPIRED, 0, "Not with this head: it is worn out. With a new one in, hold"),
            (
                state.RESTING,
                0,
                "Not yet: the skin rests until Thu 12 Nov 2026, 00:24 (7 days to go).",
            ),
        ],
    )
    def test_it_answers_in_every_phase(
        self, archive: Archive, phase: str, later_s: int, says: str
    ) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, phase)
        about = told_now(archive, book, later_s)
        assert about.standing.phase == phase
        assert headline(about).startswith(says)
        assert headline(about).endswith(".")
        assert about.outdated is says.startswith("At the last sync")

    def test_without_a_soak_ready_has_no_end(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, soak_before_min=0))
        assert headline(told_now(archive, book)) == "Rested and disinfected: ready."

    def test_it_says_why(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.CLINIC, at=NOW, needle_um=0, token=0)
        assert "rests after a session at a clinic until" in headline(told_now(archive, book))
        book.wait(20 * DAY)
        at = book.now - CASE_EPOCH
        book.write(events.REACTION, open=1, at=at, token=1)
        assert headline(told_now(archive, book)) == "On hold: a reaction of the skin is open."
        book.write(events.REACTION, open=0, at=at, token=2)
        assert "rests after a reaction until" in headline(told_now(archive, book))

    @pytest.mark.parametrize(
        ("until", "says"),
        [(0, "On hold (sunburn)."), (NOW + DAY, "On hold (sunburn) until tomorrow 00:00.")],
    )
    def test_a_hold_says_its_reason_and_its_end(
        self, archive: Archive, until: int, says: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=until, token=0)
        assert headline(told_now(archive, book)) == says


class TestRest:
    """The rest is told also where something else comes first."""

    @pytest.mark.parametrize("phase", [state.CLEAN_ME, state.DRYING])
    def test_that_of_the_only_zone_is_told_while_the_roller_is_cleaned(
        self, archive: Archive, phase: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.begin()
        book.end()
        if phase == state.DRYING:
            book.clean()
        about = told_now(archive, book)
        assert about.standing.phase == phase
        assert row(about, "Face") == ["rests until Thu 12 Nov 2026, 00:04"]

    def test_the_headline_tells_it_where_it_is_all_there_is(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, state.RESTING)
        assert row(told_now(archive, book), "Face") == []

    def test_of_two_zones_each_is_told_also_where_both_rest(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, "face", "neck"))
        book.use(0)
        book.use(1)
        book.wait(40 * MINUTE)
        about = told_now(archive, book)
        assert about.standing.phase == state.RESTING
        assert row(about, "Face") == ["rests until Thu 12 Nov 2026, 00:24"]
        assert row(about, "Neck") == ["rests until Thu 12 Nov 2026, 01:03"]

    def test_on_hold_it_is_told_whether_the_skin_has_rested(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=0, token=0)
        assert row(told_now(archive, book), "Face") == ["rested"]

    def test_a_zone_says_what_it_rests_from(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, "face", "neck"))
        book.write(events.CLINIC, 1, at=book.now - CASE_EPOCH, needle_um=0, token=0)
        about = told_now(archive, book)
        assert row(about, "Face") == ["rested"]
        (told,) = row(about, "Neck")
        assert told.startswith("rests after a session at a clinic until ")

    @pytest.mark.parametrize(("days", "told"), [(0, "sunburn"), (5, "sunburn, until ")])
    def test_a_hold_is_told_whatever_comes_first(
        self, archive: Archive, days: int, told: str
    ) -> None:
        book = begun(archive, WEEKLY)
        until = book.now + days * DAY - CASE_EPOCH if days else 0
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=until, token=0)
        book.begin()
        book.end()
        about = told_now(archive, book)
        assert about.standing.phase == state.CLEAN_ME
        (line,) = row(about, "On hold")
        assert line.startswith(told)
        held = case_document(about)["hold"]
        assert isinstance(held, dict)
        assert (held["reason"], held["until"] is not None) == ("sunburn", days > 0)

    def test_a_hold_that_is_over_is_told_no_more(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=book.now - CASE_EPOCH, token=0)
        book.begin()
        book.end()
        about = told_now(archive, book)
        assert row(about, "On hold") == []
        assert case_document(about)["hold"] is None


class TestLastUse:
    def used(self, archive: Archive, book: Logbook) -> list[str]:
        return row(told_now(archive, book), "Last use")

    def test_where_there_was_none_nothing_is_told(self, archive: Archive) -> None:
        about = told_now(archive, begun(archive, WEEKLY))
        assert row(about, "Last use") == []
        assert case_document(about)["last_use"] is None
        assert case_document(about)["disinfected"] is None

    def test_a_clean_one(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        about = told_now(archive, book)
        assert row(about, "Last use") == [
            "today 00:24, 4 minutes", "disinfected before and after",
        ]  # fmt: skip
        assert row(about, "Disinfected") == ["today 00:39"]
        assert case_document(about)["last_use"] == {
            "earliest": "2026-11-05T00:24:00+00:00",
            "latest": "2026-11-05T00:24:00+00:00",
            "seconds": 240,
            "zone": "face",
            "early": False,
            "disinfected_before": True,
            "cleaned_in_time": True,
        }
        assert case_document(about)["disinfected"] == {
            "earliest": "2026-11-05T00:39:00+00:00",
            "latest": "2026-11-05T00:39:00+00:00",
        }

    def test_an_early_one_without_a_soak_that_is_not_clean_yet(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.begin(how=events.OVERRIDE)
        book.end()
        assert self.used(archive, book) == [
            "today 00:04, 4 minutes, early, against the rest",
            "not disinfected before, not disinfected after it yet",
        ]

    def test_one_that_was_cleaned_late(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.prepare()
        book.begin()
        book.end()
        book.clean(5 * 3600)
        assert self.used(archive, book)[1] == "disinfected before, disinfected only 5 hours after"

    def test_one_that_was_not_soaked_for_and_cleaned_in_time(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use(how=events.OVERRIDE)
        assert self.used(archive, book)[1] == "not disinfected before, disinfected after"

    @pytest.mark.parametrize(
        ("numbers", "told"),
        [
            ({"soak_before_min": 0, "soak_after_min": 0}, []),
            ({"soak_after_min": 0}, ["not disinfected before"]),
            ({"soak_before_min": 0}, ["not disinfected after it yet"]),
        ],
    )
    def test_only_what_the_rules_ask_for_is_told(
        self, archive: Archive, numbers: dict[str, int], told: list[str]
    ) -> None:
        book = begun(archive, rules_for(250, **numbers))
        book.begin()
        book.end()
        assert self.used(archive, book)[1:] == told

    def test_one_that_lost_its_power_tells_what_is_known(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.begin()
        book.wait(100)
        book.start(DAY)
        book.set_clock()
        about = told_now(archive, book)
        assert row(about, "Last use")[0].startswith("began yesterday 00:00, its end is not known")
        last = case_document(about)["last_use"]
        assert isinstance(last, dict)
        assert (last["earliest"], last["seconds"]) == ("2026-11-05T00:00:00+00:00", None)

    def test_one_in_a_log_that_was_wiped_is_the_last_all_the_same(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        book.use()
        used = self.used(archive, book)
        again = Logbook(archive, book.now, log=b"another!")
        again.set_clock()
        assert self.used(archive, again) == used
        again.use()
        assert self.used(archive, again) != used

    def test_one_in_a_flash_that_was_taken_out_again_is_later(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        book.keep()
        other = Logbook(archive, book.now + DAY, log=b"another!")
        other.set_clock()
        other.set_rules(WEEKLY)
        used = other.use()
        other.keep()
        book.start(other.now - book.now)
        book.set_clock()
        about = told_now(archive, book)
        assert about.last_use is not None
        assert about.last_use.ended == used


class TestHead:
    def test_one_that_nobody_has_used_is_new(self, archive: Archive) -> None:
        about = told_now(archive, begun(archive, WEEKLY))
        assert row(about, "Waiting") == []
        assert row(about, "Head") == ["used 0 of 10 times, new"]
        assert case_document(about)["head"] == {
            "uses": 0, "most_uses": 10, "days": 0, "most_days": 90, "worn_out": None,
        }  # fmt: skip

    def test_one_by_its_uses_and_one_by_its_age(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        about = told_now(archive, book, DAY)
        assert row(about, "Head") == [
            "used 1 of 10 times, day 2 of 90", "at this pace worn out on 7 Jan 2027",
        ]  # fmt: skip
        head = case_document(about)["head"]
        assert isinstance(head, dict)
        assert head["worn_out"] == "2027-01-07T00:24:00+00:00"
        book.set_rules(rules_for(250, head_days=30), kept=1)
        about = told_now(archive, book)
        assert row(about, "Head")[1] == "worn out on 5 Dec 2026"

    def test_its_days_begin_as_it_does(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        used = book.use()
        book.keep()
        for later_s, told in ((50 * DAY - 1, 50), (50 * DAY, 51)):
            about = case_status.summarise(history.read(archive), book.case, used + later_s)
            assert about.head_days == told
            assert row(about, "Head")[0] == f"used 1 of 10 times, day {told} of 90"

    def test_a_use_that_is_overdue_may_be_the_last_today(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, head_uses=2, head_warn_uses=1))
        book.use()
        about = told_now(archive, book, 30 * DAY)
        assert about.head_ends is not None
        assert about.head_ends.at == about.now

    def test_a_worn_one_has_no_forecast(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, state.HEAD_EXPIRED)
        about = told_now(archive, book)
        assert row(about, "Head") == ["used 10 of 10 times, day 1 of 90"]


class TestClock:
    @pytest.mark.parametrize(
        ("behind_s", "told"),
        [
            (0, "its clock was right"),
            (5, "its clock was right"),
            (-5, "its clock was right"),
            (6, "its clock was 6 seconds behind"),
            (-7200, "its clock was 2 hours ahead"),
            (3 * DAY, "its clock was 3 days behind"),
            # From the first day that a clock can show on it was not the first time.
            (NOW - events.FIRST_PLAUSIBLE, "its clock was 308 days behind"),
            (NOW - events.FIRST_PLAUSIBLE + 1, "its clock had never been set"),
        ],
    )
    def test_it_is_told_how_far_it_was_off(
        self, archive: Archive, behind_s: int, told: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.behind = behind_s
        about = told_now(archive, book)
        assert row(about, "Synced") == [f"today 00:00; {told}"]
        assert case_document(about)["clock_behind_s"] == behind_s
        assert case_document(about)["synced"] == "2026-11-05T00:00:00+00:00"

    def test_a_case_whose_only_sync_broke_off_has_none(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert row(about, "Synced") == []
        assert case_document(about)["synced"] is None
        assert case_lines(about)[-1].startswith("The last sync broke off")

    def test_a_case_that_was_synced_since_it_broke_off_is_whole(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(finished=False)
        assert not [line for line in case_lines(told_now(archive, book)) if "broke" in line]
        book.wait(60)
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert case_lines(about)[-1].startswith("The last sync broke off")

    def test_a_case_whose_clock_is_ahead_has_lived_through_what_it_says(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        book.behind = -10 * DAY
        book.use()
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert about.now == book.now + 10 * DAY
        assert about.state.time <= about.now - CASE_EPOCH


class TestRules:
    def test_those_that_nobody_chose_are_assumed(self, archive: Archive) -> None:
        assert "assumed" in " ".join(row(told_now(archive, begun(archive)), "Rules"))
        book = Logbook(archive, HERE, "bb00")
        book.set_rules(WEEKLY)
        assert row(told_now(archive, book), "Rules") == ["0.25 mm needles, 7 days of rest"]

    def test_the_document_has_them_in_millimetres_and_days(self, archive: Archive) -> None:
        found = case_document(told_now(archive, begun(archive, WEEKLY)))
        assert (found["needle_mm"], found["rest_days"]) == (0.25, 7)

    def test_records_that_are_not_here_are_counted(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(lost=[2])
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert (about.records, about.missing) == (2, 1)
        assert row(about, "Missing") == ["1 record that the case no longer held"]

    def test_a_case_that_was_never_talked_to_for_long_has_a_summary(self, archive: Archive) -> None:
        with archive.transaction():
            archive.keep_case("aa00", "pico", "0.1.0")
        about = case_status.summarise(history.read(archive), archive.cases()[0], HERE)
        assert headline(about).startswith("Rested.")
        assert (about.records, about.missing, about.last_use) == (0, 0, None)
