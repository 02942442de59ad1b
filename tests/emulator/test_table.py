"""The table of the case's day, row by row, on the Pico: by its button, its line and its LED."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from boards import declared
from tests.emulator import days
from tests.emulator.conftest import Boot
from tests.emulator.days import DAY, MINUTE, RULES, SHORT_LIVED, TWO_ZONES, Case
from tests.emulator.lights import answered
from tests.firmware import day_table as table
from tests.firmware.day_table import News, Pattern, Row

from rollcase import gestures, lamp
from rollcore import events, snapshot, state
from rollcore.events import Event
from rollcore.memory import State

ANSWERED_MS = 150
"""Longest from a gesture that is understood to the lamp, the writing to flash included."""

NOW = 205_000_000

HELD_MS = {"press": 200, "long press": 2300, "very long press": 10300}

CLINIC_REST = "resting after a clinic session"
REACTION_REST = "resting after a reaction"
REACTION = "held by a reaction"
NECK_READY = "ready, the second of two zones chosen"
HEAD_TOLD = "resting with a head that the host told of"


def refused(reason: int) -> News:
    """Return the record of a long press that was refused, with a date known."""
    return table.refused(reason, table.UNTIL)


def asked_early() -> News:
    """Return the record of a use that was asked for against a rest, with its end known."""
    return [("override_asked", {"until": table.UNTIL, "digest": table.IN_FORCE})]


MORE: list[Row] = [
    # What only the host can bring about.
    (CLINIC_REST, "press", [], lamp.count(28, lamp.RED), state.RESTING),
    (CLINIC_REST, "long press", refused(events.AFTER_CLINIC), lamp.REFUSED, state.RESTING),
    (CLINIC_REST, "very long press", asked_early(), (), state.PREPARE),
    (REACTION_REST, "press", [], lamp.count(14, lamp.RED), state.RESTING),
    (REACTION_REST, "long press", refused(events.AFTER_REACTION), lamp.REFUSED, state.RESTING),
    (REACTION_REST, "very long press", asked_early(), (), state.PREPARE),
    (REACTION, "press", [], lamp.NOTED, state.HELD),
    (REACTION, "long press", table.refused(events.REACTION_OPEN), lamp.REFUSED, state.HELD),
    (REACTION, "very long press", table.refused(events.REACTION_OPEN), lamp.NOTED, state.HELD),
    (HEAD_TOLD, "press", [], lamp.count(28, lamp.RED), state.RESTING),
    (HEAD_TOLD, "long press", table.TOO_EARLY, lamp.REFUSED, state.RESTING),
    (HEAD_TOLD, "very long press", table.ASKED_EARLY, (), state.PREPARE),
    (NECK_READY, "press", [], lamp.count(1, lamp.WHITE), state.READY),
    (NECK_READY, "long press", table.IN_TURN, (), state.IN_USE),
    (NECK_READY, "very long press", table.HEAD_OUT, (), state.HEAD_EXPIRED),
]


WAYS: dict[str, Callable[[Case], None]] = {
    **days.PHASES,
    table.ZONES_READY: days.two_zones,
    table.PREPARE_EARLY: days.prepare_early,
    table.READY_EARLY: days.ready_early,
    table.OUT_AND_DIRTY: days.out_and_dirty,
    table.HELD_A_WHILE: days.held_a_while,
    table.BROKEN: lambda case: None,  # its flash is, from the start
    CLINIC_REST: days.clinic,
    REACTION_REST: days.reaction_over,
    REACTION: days.reaction,
    HEAD_TOLD: days.new_head_told,
    NECK_READY: days.neck,
}
"""What a person and a host do to bring a case there."""

ROWS = [row for row in [*table.TABLE, *MORE] if row[0] in WAYS]


class Done(NamedTuple):
    """A row, and the case after its gesture."""

    row: Row
    case: Case
    before: int
    """How many records there were."""
    understood: float
    """When (ms) the case had understood the gesture that the lamp answers."""


@pytest.fixture(scope="module")
def new(boot: Boot) -> bytes:
    """The flash of a case that has started once."""
    pico = boot()
    pico.run(500)
    return pico.flash


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: f"{row[1]} when {row[0]}")
def done(request: pytest.FixtureRequest, boot: Boot, new: bytes) -> Done:
    """Bring a case into a row's setting, and make its gesture."""
    row: Row = request.param
    setting, gesture = row[:2]
    case = Case(boot(b"\x55" * len(new) if setting == table.BROKEN else new))
    if setting != table.BROKEN:
        assert case.pico.ask("time", sure=1, time=NOW, force=0).verb == "clock"
    WAYS[setting](case)
    case.pico.run(4321)
    # Behind the fault of a flash that was never read is the phase of a new case.
    on_release = state.acts_on_release(state.PREPARE if setting == table.BROKEN else case.phase)
    before, start = len(case.log), case.pico.now
    case.pico.touch([(True, HELD_MS[gesture]), (False, 6000)])
    if gesture == "press":
        understood = start + HELD_MS["press"] + gestures.SETTLE_MS
    elif gesture == "long press" and on_release:
        understood = start + HELD_MS["long press"] + gestures.SETTLE_MS
    elif gesture == "long press" or row[3] is None:
        understood = start + gestures.LONG_PRESS_MS
    else:
        understood = start + gestures.VERY_LONG_PRESS_MS
    return Done(row, case, before, understood)


def phases_after(kinds: list[Event]) -> set[str]:
    """Return the phases that logs of these records can lead to, up to five of them long."""
    found: set[str] = set()
    edge = [State()]
    for _ in range(5):
        edge = [state.fold(before, event) for before in edge for event in kinds]
        edge = list({snapshot.pack(reached): reached for reached in edge}.values())
        found |= {state.judge(reached, RULES, NOW + at).phase for reached in edge for at in MOMENTS}
    return found


MOMENTS = (0, 15 * MINUTE, 45 * MINUTE, 200 * DAY)
BOARD = declared.read("pico")

LOGGED = [
    Event(kind, data, time=NOW)
    for kind, data in (
        (events.SOAK_STARTED, table.BEFORE),
        (events.SOAK_ENDED, {**table.BEFORE, "how": events.SOAK_DONE}),
        (events.SOAK_ENDED, {**table.AFTER, "how": events.SOAK_DONE}),
        (events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}),
        (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 60}),
        (events.HOLD_SET, {"reason": events.ACNE, "until": 0, "token": 1}),
    )
]
LIDS = [
    Event(events.LID, {"what": what}, time=NOW + 11 * MINUTE)
    for what in (events.LID_OPENED, events.LID_CLOSED)
]


def test_every_phase_that_this_board_can_reach_is_in_a_row() -> None:
    """A board without a lid switch never asks about a lid, so it cannot reach that phase."""
    assert phases_after(LOGGED + LIDS) == set(state.ACTIONS)
    reached = phases_after(LOGGED if BOARD.LID is None else LOGGED + LIDS)
    assert reached == set(WAYS) & set(state.ACTIONS)


def test_rows_left_out_are_those_of_a_lid_and_of_safe_mode() -> None:
    """Safe mode is in test_faults.py."""
    left_out = set(table.SETTINGS) - set(WAYS)
    assert left_out == {state.ASKING, table.SAFE}


def test_gesture_logs_what_the_table_says(done: Done) -> None:
    log = done.case.log
    news = [(event.name, event.data) for event in log[done.before :]]
    assert news == filled(done)
    chosen = 1 if done.row[0] == NECK_READY else 0
    zones = [chosen if event.kind == events.USE_STARTED else 0 for event in log[done.before :]]
    assert [event.zone for event in log[done.before :]] == zones


def test_log_that_the_host_gets_is_what_was_traced(done: Done) -> None:
    if done.row[0] == table.BROKEN:
        assert done.case.pico.ask("get", seq=1, count=1).word("code") == "storage"
    else:
        assert [events.decode(raw) for raw in done.case.pico.log()][1:] == done.case.log


def test_gesture_leads_to_the_phase_in_the_table(done: Done) -> None:
    assert done.case.phase == done.row[4]


def test_led_answers_at_once_as_the_table_says(done: Done) -> None:
    # A row without an answer: that of the long press still plays, nothing has disturbed it since.
    answer = done.row[3] or ()
    stays = lamp_of(done.case.shown)
    took = answered(done.case.pico, done.understood, answer, stays)
    assert took <= ANSWERED_MS


def filled(done: Done) -> News:
    """Return the records of the row as this case has to have written them."""
    log = done.case.log
    last = {event.name: event.time for event in log}
    rules = RULES
    if done.row[0] in (table.ZONES_READY, NECK_READY):
        rules = TWO_ZONES
    elif done.row[0] in (state.HEAD_EXPIRED, HEAD_TOLD):
        rules = SHORT_LIVED
    known = {
        table.IN_FORCE: rules.digest,
        table.SECONDS: last.get("use_ended", 0) - last.get("use_started", 0),
        table.RESTED: last.get("use_ended", 0) + RULES.rest_s,
        table.UNTIL: done.case.until,
    }
    return [
        (name, {field: known.get(value, value) for field, value in data.items()})
        for name, data in done.row[2]
    ]


def lamp_of(shown: str) -> Pattern:
    """Return the pattern that the case said its lamp plays."""
    _, phase, stage = shown.split()
    return lamp.pattern_of(phase.replace("_", " "), int(stage), True)
