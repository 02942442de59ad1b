"""A life of the case in a world whose true time is known: it never says ready too early.

The model keeps its own books from what the log says and from the true time of it: when which skin
was rolled, what the host told, when the roller was disinfected. It shares no code with `fold` and
`judge`.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.firmware.fakes import FakeTimeChip
from tests.firmware.whole_case import LOG_ID, WholeCase, with_zones

from rollcase import journal, lamp
from rollcase.journal import Journal
from rollcore import events, policy, slots, state
from rollcore.events import FROM_HOST, Event
from rollcore.memory import State
from rollcore.policy import Policy

MINUTE = 60
HOUR = 3600
DAY = 86400
NOW = 205_000_000

SLACK_S = 3
"""The case counts whole seconds, and is set to whole seconds."""

CHANGES: list[dict[str, int]] = [
    {},
    {"rest_h": 72, "short_rest": 1},
    {"rest_h": 72, "short_rest": 1, "soak_before_min": 0},
    {"rest_h": 72, "short_rest": 1, "soak_after_min": 0, "dry_after_min": 0},
    {"rest_h": 72, "short_rest": 1, "soak_before_min": 0, "soak_after_min": 0},
    {"head_uses": 2, "head_warn_uses": 1, "head_days": 5},
    {"clinic_rest_h": 900, "reaction_rest_h": 700},
    {"ready_min": 5, "dry_before_min": 0, "soak_before_min": 1},
]
ZONES = [("face",), ("face", "neck"), ("face", "neck", "hands"), ("neck", "face"), ("belly",)]
WAITS_MS = [1, 44, 120, 700, 2_000, 16_000]
WAITS_S = [MINUTE, 10 * MINUTE, 10 * MINUTE + 1, 30 * MINUTE, 70 * MINUTE, DAY, 3 * DAY, 8 * DAY]
TOUCHES_MS = [200, 200, 200, 1000, 2100, 10100]


class Books:
    """What has truly happened, by true time (s): to the skin, to the roller, to the head."""

    def __init__(self) -> None:
        self.uses: list[tuple[int, str, int]] = []  # true end, skin, needle
        self.clinics: list[tuple[int, str]] = []
        self.reactions = 0  # that are open
        self.reaction_gone: int | None = None
        self.hold: tuple[int, int] | None = None  # reason, until
        self.disinfected: int | None = None  # before use, and not used since
        self.soak_from: int | None = None
        self.using: tuple[str, int] | None = None  # skin, needle
        self.use_from = 0
        self.head_uses = 0

    def rested(self, skin: str, rules: Policy, now: int) -> bool:
        """Say whether this skin has truly rested from everything."""
        for end, where, needle_um in self.uses:
            rest_s = rules.rest_s
            if needle_um > rules.needle_um:
                rest_s = max(rest_s, policy.default_rest_s(needle_um))
            if where == skin and now + SLACK_S < end + rest_s:
                return False
        for end, where in self.clinics:
            if where == skin and now + SLACK_S < end + rules.clinic_rest_s:
                return False
        gone = self.reaction_gone
        return gone is None or now + SLACK_S >= gone + rules.reaction_rest_s

    def ready(self, rules: Policy, now: int) -> bool:
        """Say whether the roller is freshly disinfected, and dry."""
        if not rules.soak_before_s:
            return True
        if self.disinfected is None:
            return False
        since = now - self.disinfected - rules.dry_before_s
        return -SLACK_S <= since <= rules.ready_s + SLACK_S

    def held(self, now: int) -> bool:
        """Say whether a hold or a reaction forbids a use."""
        on_hold = self.hold is not None and (not self.hold[1] or now + SLACK_S < self.hold[1])
        return on_hold or bool(self.reactions)

    def used(self, end: int) -> None:
        """Note the end of a use that counts."""
        assert self.using is not None
        self.uses.append((end, *self.using))
        self.using = None
        self.disinfected = None
        self.head_uses += 1


class Life(RuleBasedStateMachine):
    """One case, its owner, its host, and the power that goes away."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        # A power cut may then take six hours of case time, and a week is 28 writes and not 672.
        self.patch.setattr(journal, "CLOCK_EVERY_S", 6 * HOUR)
        self.folder = tempfile.TemporaryDirectory()
        self.off_s = 0
        self.books = Books()
        self.seen = 0
        self.folded = State()
        self.crc = events.first_chain(LOG_ID)
        self.has_spoiled = False  # whether a record was ever written in part
        self.tokens = 0
        self.case: WholeCase = None  # type: ignore[assignment]  # there from the start on

    @property
    def true(self) -> int:
        """The true time, s."""
        return NOW + self.off_s + (self.case.ms // 1000 if self.case else 0)

    @initialize(with_chip=st.booleans(), needle_um=st.sampled_from([250, 500]))
    def begin(self, with_chip: bool, needle_um: int) -> None:
        chip = FakeTimeChip(lambda: self.true) if with_chip else None
        self.started = self.true
        self.case = WholeCase(Path(self.folder.name), chip)
        assert self.case.app.set_policy(policy.for_needle(needle_um)) == ""

    # What a person does

    @rule(ms=st.sampled_from(TOUCHES_MS))
    def touch(self, ms: int) -> None:
        self.case.touch(ms)

    @rule(ms=st.sampled_from(WAITS_MS))
    def wait_a_moment(self, ms: int) -> None:
        self.case.wait_ms(ms)

    @rule(seconds=st.sampled_from(WAITS_S))
    def wait(self, seconds: int) -> None:
        self.case.wait(seconds)

    @rule()
    def wait_until_something_changes(self) -> None:
        due = self.case.app.standing.changes - self.case.app.clock.time
        self.case.wait(max(1, min(due, 9 * DAY)))

    @rule(seconds=st.sampled_from([20, 10 * MINUTE]))
    def do_what_the_lamp_asks_for(self, seconds: int) -> None:
        """Most presses of a life are these. Who takes a long time stops short of the use."""
        for _ in range(4):
            if self.case.phase == state.READY and seconds == 10 * MINUTE:
                return
            if self.case.phase in (state.SOAKING, state.DRYING):
                self.wait_until_something_changes()
            elif self.case.phase in (state.PREPARE, state.READY, state.CLEAN_ME):
                if self.case.phase == state.READY and len(self.case.app.policy.zones) > 1:
                    self.case.long_press()
                else:
                    self.case.press()
            elif self.case.phase == state.IN_USE:
                self.case.wait(seconds)
                self.case.press()
            self.look()

    @rule(lid_open=st.booleans())
    def move_the_lid(self, lid_open: bool) -> None:
        self.case.move_lid(lid_open)

    # What power does

    @rule(off=st.sampled_from([0, 0, HOUR, 2 * DAY, 40 * DAY]))
    def cut_the_power(self, off: int) -> None:
        self.stop()
        self.off_s += off
        self.start(events.POWER_ON)

    @rule(cause=st.sampled_from([events.WATCHDOG, events.SOFT_RESET]))
    def start_anew(self, cause: int) -> None:
        self.stop()
        self.start(cause)

    def stop(self) -> None:
        """Whatever was going on at the skin has ended by now."""
        self.look()
        if self.books.using is not None:
            self.books.used(self.true)
        self.books.disinfected = self.books.soak_from = None

    def start(self, cause: int) -> None:
        self.case.lid_open = False
        self.started = self.true
        self.case.switch_on(cause)

    @rule(off=st.sampled_from([0, MINUTE, HOUR]), ms=st.sampled_from(TOUCHES_MS))
    def cut_the_power_when_ready(self, off: int, ms: int) -> None:
        """And touch the button as if nothing had been."""
        for _ in range(3):
            self.do_what_the_lamp_asks_for(10 * MINUTE)
            if self.case.phase == state.READY:
                self.cut_the_power(off)
                self.case.touch(ms)
                return

    # What goes wrong

    @rule(spoiling=st.booleans(), ms=st.sampled_from(TOUCHES_MS))
    def touch_while_the_flash_fails(self, spoiling: bool, ms: int) -> None:
        flash = self.case.flash
        flash.spoiling, flash.broken = spoiling, not spoiling
        self.has_spoiled = self.has_spoiled or spoiling
        self.case.touch(ms)
        flash.spoiling = flash.broken = False

    @rule(seconds=st.sampled_from(WAITS_S[:5]))
    def wait_while_the_flash_fails(self, seconds: int) -> None:
        self.case.flash.broken = True
        self.case.wait(seconds)
        self.case.flash.broken = False

    @rule()
    def cut_the_power_while_the_flash_fails(self) -> None:
        self.case.flash.broken = True
        self.cut_the_power(HOUR)
        self.case.flash.broken = False

    @rule()
    def fail(self) -> None:
        self.case.app.failed({"file": 2, "error": 13, "line": 77})
        self.start_anew(events.SOFT_RESET)

    @precondition(lambda self: self.case and self.case.chip)
    @rule(dead=st.booleans())
    def change_the_chips_battery(self, dead: bool) -> None:
        chip = self.case.chip
        assert chip is not None
        chip.dead = dead
        chip.off = 0

    # What the host says

    @rule()
    def sync_the_clock(self) -> None:
        far = self.true - self.case.app.clock.time > 400 * DAY
        why_not = self.case.app.set_clock(self.true, FROM_HOST, events.SYNCHRONISED, far)
        assert not why_not or self.case.app.safe

    @rule(wrong=st.sampled_from([-DAY, 401 * DAY, -NOW, 1 << 31]))
    def set_a_wrong_clock(self, wrong: int) -> None:
        time, seq = self.case.app.clock.time, self.case.last_seq
        if time >= events.FIRST_PLAUSIBLE:
            assert self.case.app.set_clock(max(0, time + wrong), FROM_HOST, events.SYNCHRONISED)
            news = [data for name, data in self.case.news(seq) if name == "clock_set"]
            assert FROM_HOST not in [data["source"] for data in news]

    @rule(
        needle_um=st.sampled_from([250, 250, 500]),
        change=st.sampled_from(CHANGES),
        zones=st.sampled_from(ZONES),
    )
    def change_the_rules(
        self, needle_um: int, change: dict[str, int], zones: tuple[str, ...]
    ) -> None:
        rules = policy.for_needle(needle_um)
        change = {**change, "rest_h": 336} if needle_um == 500 and "rest_h" in change else change
        why_not = self.case.app.set_policy(with_zones(rules.changed(**change), *zones))
        assert not why_not or self.case.app.safe

    def tell(self, kind: int, zone: int = 0, **data: int) -> bool:
        """Tell the case, as the host does; say whether it took it."""
        self.tokens += 1
        why_not = self.case.app.tell(kind, {**data, "token": self.tokens}, zone)
        assert not why_not or self.case.app.safe or "future" in why_not or "zones" in why_not
        return not why_not

    @rule(reason=st.sampled_from([events.NO_HOLD, events.ACNE]), days=st.sampled_from([0, 2, 20]))
    def hold_or_release(self, reason: int, days: int) -> None:
        until = self.true + days * DAY if days and reason else 0
        if self.tell(events.HOLD_SET, reason=reason, until=until):
            self.books.hold = (reason, until) if reason else None

    @rule(zone=st.integers(0, 3), ago=st.sampled_from([0, DAY, 27 * DAY]))
    def tell_of_a_clinic_session(self, zone: int, ago: int) -> None:
        at = self.true - ago
        if self.tell(events.CLINIC, zone, at=at, needle_um=1500):
            self.books.clinics.append((at, self.case.app.policy.zones[zone]))

    @rule(zone=st.integers(0, 3), still=st.booleans(), ago=st.sampled_from([0, DAY, 10 * DAY]))
    def tell_of_a_reaction(self, zone: int, still: bool, ago: int) -> None:
        at = self.true - ago
        if self.tell(events.REACTION, zone, open=int(still), at=at):
            if still:
                self.books.reactions += 1
            else:
                self.books.reactions = max(self.books.reactions - 1, 0)
                self.books.reaction_gone = max(at, self.books.reaction_gone or 0)

    @rule()
    def tell_of_a_new_head(self) -> None:
        self.tell(events.HEAD_NEW, uses=self.case.app.journal.state.head_uses)

    # What holds, whatever happened

    @invariant()
    def everything_holds(self) -> None:
        if self.case is not None:
            self.look()
            self.no_clock_runs_ahead()
            self.no_skin_counts_as_rested_before_it_is()
            self.the_lamp_shows_what_is_judged()
            self.the_log_adds_up_to_the_state()

    def look(self) -> None:
        """Read what was logged since, and check each record against the books."""
        log = self.case.app.journal
        while self.seen < log.state.seq:
            first, chain, raw = log.read(self.seen + 1, 1000)
            assert (first, chain) == (self.seen + 1, self.crc)
            assert raw
            found, crc = slots.walk(raw, first, chain)
            for slot in found:
                assert slot.what == slots.WHOLE or (slot.what == slots.TORN and self.has_spoiled)
                if slot.is_record:
                    event = events.decode(slot.raw)
                    assert event.seq == slot.seq
                    self.book(event)
                    self.folded = state.fold(self.folded, event)
            assert crc is not None
            self.crc = crc
            self.seen = min(log.state.seq, first + len(raw) // events.RECORD_SIZE - 1)

    def book(self, event: Event) -> None:
        """Check one record against the books, and enter it."""
        books, data = self.books, event.data
        rules = self.case.app.policy
        now = self.started + event.uptime
        if event.kind == events.USE_STARTED:
            skin = rules.zones[event.zone]
            assert data["digest"] == rules.digest
            assert not books.held(now)
            assert books.head_uses < rules.head_uses
            if data["how"] == events.IN_TURN:
                assert books.rested(skin, rules, now)
                assert books.ready(rules, now)
            books.using, books.use_from = (skin, rules.needle_um), now
        elif event.kind == events.USE_ENDED:
            if data["how"] != events.AFTERWARDS:
                assert abs(data["seconds"] - (now - books.use_from)) <= SLACK_S
            if data["how"] == events.CANCELLED:
                assert data["seconds"] < state.CANCEL_S
                books.using = None
            else:
                books.used(now)
        elif event.kind == events.SOAK_STARTED:
            books.soak_from, books.disinfected = now, None
        elif event.kind == events.SOAK_ENDED:
            if data["how"] == events.SOAK_DONE:
                assert books.soak_from is not None
                needs = state.soak_seconds(rules, data["purpose"])
                assert now - books.soak_from >= needs - SLACK_S
                books.disinfected = now if data["purpose"] == events.BEFORE_USE else None
            books.soak_from = None
        elif event.kind == events.HEAD_NEW:
            assert data["uses"] == books.head_uses
            books.head_uses = 0
        elif event.kind == events.REFUSED:
            assert data["reason"]
            assert data["digest"] == rules.digest

    def no_clock_runs_ahead(self) -> None:
        assert self.case.app.clock.time <= self.true

    def no_skin_counts_as_rested_before_it_is(self) -> None:
        case = self.case.app
        for zone, skin in enumerate(case.policy.zones):
            if case.standing.rested >> zone & 1:
                assert self.books.rested(skin, case.policy, self.true)

    def the_lamp_shows_what_is_judged(self) -> None:
        case = self.case.app
        now = state.judge(case.journal.state, case.policy, case.clock.time)
        phase, stage = (lamp.FAULT, 0) if case.fault else (now.phase, now.stage)
        assert self.case.said_last("lamp") == ["lamp", phase.replace(" ", "_"), str(stage)]

    def the_log_adds_up_to_the_state(self) -> None:
        assert self.folded == self.case.app.journal.state
        again = Journal(self.case.flash, self.case.files, lambda: LOG_ID)
        assert again.state == self.folded
        assert (again.corrected, again.lost, again.skipped) == (0, 0, 0)
        assert not again.torn or self.has_spoiled

    def teardown(self) -> None:
        """From wherever it is, the case can be brought to ready."""
        try:
            if self.case is not None:
                self.bring_to_ready()
        finally:
            self.case = None  # type: ignore[assignment]
            self.patch.undo()
            self.folder.cleanup()

    def bring_to_ready(self) -> None:
        ways: dict[str, Any] = {
            state.PREPARE: lambda: self.case.press(),
            state.CLEAN_ME: lambda: self.case.press(),
            state.IN_USE: lambda: self.case.press(),
            state.ASKING: lambda: self.case.long_press(),
            state.SOAKING: self.wait_until_something_changes,
            state.DRYING: self.wait_until_something_changes,
            state.HEAD_EXPIRED: lambda: self.case.very_long_press(),
            state.HELD: self.release,
            state.RESTING: self.sleep_through_the_rest,
            lamp.FAULT: lambda: self.cut_the_power(0),
        }
        been = []
        for _ in range(30):
            self.look()
            if self.case.phase == state.READY:
                return
            been.append(self.case.phase)
            ways[self.case.phase]()
        raise AssertionError(f"no way to ready: {been}")

    def release(self) -> None:
        self.sync_the_clock()
        self.hold_or_release(events.NO_HOLD, 0)
        for _ in range(self.books.reactions):
            self.tell_of_a_reaction(0, False, 0)

    def sleep_through_the_rest(self) -> None:
        """Without power, and set right by the host afterwards: the case cannot tell."""
        self.sync_the_clock()
        if self.case.phase == state.RESTING:
            self.cut_the_power(self.case.app.standing.until - self.case.app.clock.time + 1)
            self.sync_the_clock()


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_the_case_keeps_its_word_through_any_life = Life.TestCase
