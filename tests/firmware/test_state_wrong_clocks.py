"""Rest against true time where clocks are wrong: which settings end a rest too early.

Each life runs through the case's own code: what may set the clock, and what the log adds up to.
"""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.firmware.states import BOOT, DAY, SHORT, USE, USED, What, clinic, policy_set, with_zones

from rollcase.clock import MAX_FORWARD_S, refusal
from rollcore import events, snapshot, state
from rollcore.events import Event
from rollcore.memory import State
from rollcore.rest import rested_at

NOW = 205_000_000
RULES = with_zones(SHORT, "face", "neck")
FARTHEST = 400 * DAY


class WrongClocks:
    """A case in a world whose true time is known, and computers whose clocks are right or wrong."""

    def __init__(self) -> None:
        self.true = self.case = 0
        self.true = NOW
        self.boots = 0
        self.uptime = 0
        self.state = State()
        self.early: list[int] = []
        """The true times at which a zone had rested by the case, and not truly."""
        self.ends = [0, 0]
        """For each zone the true time from which it may be rolled again."""
        self.boot()
        self.write(policy_set(RULES))

    def boot(self) -> None:
        self.boots += 1
        self.uptime = 0
        self.write(BOOT)

    def write(self, what: What, zone: int = 0) -> None:
        event = Event(*what, zone=zone, seq=self.state.seq + 1, boot=self.boots, time=self.case)
        self.state = snapshot.unpack(snapshot.pack(state.fold(self.state, event)))
        self.look()

    def look(self) -> None:
        for zone, end in enumerate(self.ends):
            if self.case >= rested_at(self.state, RULES, zone) and self.true < end:
                self.early.append(self.true)

    def live(self, seconds: int) -> None:
        """Let time with power pass, and look just before each rest is truly over."""
        stops = {min(max(end - self.true - 1, 0), seconds) for end in self.ends} | {seconds}
        lived = 0
        for stop in sorted(stops):
            self.true += stop - lived
            self.case += stop - lived
            self.uptime += stop - lived
            lived = stop
            self.look()

    def use(self, zone: int) -> None:
        self.write(USE, zone)
        self.live(240)
        self.ends[zone] = self.true + RULES.rest_s
        self.write(USED, zone)

    def cut(self, off: int) -> None:
        self.true += off
        self.boot()

    def clinic(self, zone: int, ago: int) -> None:
        """Tell of a session `ago` seconds back, by a right computer that may not be sure of it."""
        self.ends[zone] = max(self.ends[zone], self.true - ago + RULES.clinic_rest_s)
        self.write(clinic(self.true - ago), zone)

    def sync(self, off: int = 0, sure: int = events.SYNCHRONISED) -> None:
        """Let a computer say a time, `off` seconds from the truth, as the case's code takes it."""
        old, new = self.case, self.true + off
        if refusal(old, new, False):
            return
        why = state.contradicts(self.state, old, self.uptime, new)
        if why or not sure:
            heard = {"heard": new, "source": events.FROM_HOST, "why": why}
            self.write((events.CLOCK_HEARD, heard))
            return
        self.case = new
        data = {"old": old, "source": events.FROM_HOST, "forced": 0, "sure": sure}
        self.write((events.CLOCK_SET, data))

    def hear(self, off: int) -> None:
        self.sync(off, events.NOT_SURE)


ZONE = st.integers(0, 1)
OFF = st.sampled_from([0, 0, 900, DAY, 9 * DAY, 50 * DAY])
LIVED = st.sampled_from([60, 3600, DAY, 5 * DAY, 8 * DAY])
WRONG = st.integers(-FARTHEST, FARTHEST) | st.sampled_from([-30 * DAY, 30 * DAY, -FARTHEST])
RIGHT_STEPS = (
    st.tuples(st.just("use"), ZONE),
    st.tuples(st.just("cut"), OFF),
    st.tuples(st.just("live"), LIVED),
    st.tuples(st.just("sync")),
    st.tuples(st.just("clinic"), ZONE, st.sampled_from([0, 0, DAY, 9 * DAY])),
)
Steps = list[tuple[Any, ...]]


def lived(steps: Steps) -> WrongClocks:
    world = WrongClocks()
    for name, *numbers in steps:
        getattr(world, name)(*numbers)
    world.sync()
    world.live(30 * DAY)
    return world


@given(st.lists(st.one_of(*RIGHT_STEPS, st.tuples(st.just("hear"), WRONG)), max_size=25))
@example([("sync",), ("use", 0), ("cut", 3600), ("hear", 30 * DAY)])
@example([("sync",), ("use", 0), ("cut", 0), ("hear", -30 * DAY), ("cut", 0), ("sync",)])
@example([("use", 0), ("hear", -30 * DAY), ("cut", 0), ("sync",)])
@example([("sync",), ("cut", 9 * DAY), ("clinic", 0, 0), ("cut", 0), ("sync",)])
def test_wrong_clocks_that_are_not_sure_end_no_rest_early(steps: Steps) -> None:
    assert lived(steps).early == []


@given(st.lists(st.one_of(*RIGHT_STEPS), max_size=20), WRONG, ZONE)
def test_wrong_sure_clock_in_a_run_with_a_right_one_ends_no_rest_early(
    steps: Steps, wrong: int, zone: int
) -> None:
    """A crystal explains 10 minutes, so no more than these may be missing."""
    world = lived(steps)
    world.use(zone)
    before = world.case
    world.sync(wrong)
    assert abs(world.case - before) <= state.DRIFT_S + world.uptime // state.STEADY
    world.early.clear()
    world.live(RULES.rest_s - world.uptime // state.STEADY - state.DRIFT_S - 1)
    assert world.case < rested_at(world.state, RULES, zone)


@given(st.lists(st.one_of(*RIGHT_STEPS), max_size=20), st.integers(601, 150 * DAY))
def test_wrong_sure_clock_behind_a_sure_one_is_not_taken(steps: Steps, behind: int) -> None:
    world = lived(steps)
    world.cut(0)
    before = world.case
    world.sync(-behind)
    assert world.case == before


def test_wrong_setting_back_is_undone_by_a_right_one_after_power_cuts() -> None:
    """The first clock is right and not sure, as one that was set by force."""
    world = WrongClocks()
    world.sync()
    world.state.sure = False
    world.use(0)
    world.cut(0)
    world.sync(-30 * DAY)
    assert world.case < NOW
    for _ in range(3):
        world.cut(0)
        world.sync(-30 * DAY + 3600)  # the same computer, a little later
    world.cut(0)
    world.sync()
    assert rested_at(world.state, RULES, 0) == world.ends[0]
    assert (world.state.clamped, world.state.clamped_to) == (0, 0)


def test_moment_that_was_clamped_moves_no_further_than_it_was() -> None:
    world = WrongClocks()
    world.sync()
    world.use(0)
    world.cut(DAY)
    was = rested_at(world.state, RULES, 0)
    world.state.sure = False
    world.sync(-2 * DAY)
    assert rested_at(world.state, RULES, 0) < was
    world.cut(0)
    world.sync(MAX_FORWARD_S - 3 * DAY)
    assert rested_at(world.state, RULES, 0) == was


@pytest.mark.parametrize("what", ["clinic", "closed", "carried clinic", "carried use"])
def test_date_that_has_not_come_moves_with_the_clock_up_to_itself(what: str) -> None:
    data: dict[str, tuple[int, dict[str, int]]] = {
        "clinic": clinic(NOW + 9 * DAY),
        "closed": (
            events.REACTION_CLOSED, {"at": NOW + 9 * DAY, "token": 1, "opened": 2}
        ),
        "carried clinic": (
            events.CARRIED,
            {"what": events.CARRIED_CLINIC, "at": NOW + 9 * DAY, "needle_um": 0, "origin": 7},
        ),
        "carried use": (
            events.CARRIED,
            {"what": events.CARRIED_USE, "at": NOW + 9 * DAY, "needle_um": 250, "origin": 7},
        ),
    }  # fmt: skip
    world = WrongClocks()
    world.sync()
    world.write(data[what])
    rests = rested_at(world.state, RULES, 0)
    for off, moved in ((4, 4), (5, 9), (50, 9)):
        world.cut(off * DAY)
        world.sync()
        assert rested_at(world.state, RULES, 0) == rests + moved * DAY
