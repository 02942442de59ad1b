"""The whole case against true time: no go-ahead before the skin has rested."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.whole_case import (
    DAY,
    NOW,
    WholeCase,
)

from rollcore import events, policy, state
from rollcore.events import FROM_HOST
from rollcore.policy import Policy


class TrueTime:
    """A whole case in a world whose true time is known, with power cuts."""

    def __init__(self, directory: Path, rules: Policy) -> None:
        self.case = WholeCase(directory)
        assert self.case.app.set_policy(rules) == ""
        self.true = NOW
        self.used_until: int | None = None
        self.uses = 0

    def live(self, seconds: int) -> None:
        while seconds:
            hop = min(seconds, 3600)
            self.case.wait(hop)
            self.true += hop
            seconds -= hop
            self.look()

    def look(self) -> None:
        assert self.case.app.clock.time <= self.true
        log_state = self.case.app.journal.state
        if log_state.uses > self.uses:
            self.uses = log_state.uses
            self.used_until = self.true
        free = self.case.phase in (state.PREPARE, state.READY)
        asked_early = self.case.app.standing.override
        if free and not asked_early and self.used_until is not None:
            assert self.true - self.used_until >= self.case.app.policy.rest_s

    def cut(self, off: int) -> None:
        self.true += off
        self.case.switch_on()
        self.look()

    def sync(self) -> None:
        self.case.app.set_clock(self.true, FROM_HOST, events.SYNCHRONISED)
        self.look()

    def touch(self, ms: int) -> None:
        self.case.touch(ms)
        self.case.wait_ms(1000 - (ms + 50) % 1000)  # this world counts whole seconds
        self.true += (ms + 50) // 1000 + 1
        self.look()

    def roll(self) -> None:
        """Do what the lamp asks for until a use is over and the roller is clean."""
        uses = self.uses
        for _ in range(20):
            if self.case.phase in (state.SOAKING, state.DRYING):
                self.live(600)
            elif self.case.phase == state.RESTING and self.uses > uses:
                return
            elif self.case.phase in (state.RESTING, state.HEAD_EXPIRED):
                self.touch(10100)
            else:
                self.touch(200)
                self.live(60)


REAL_STEP = st.one_of(
    st.tuples(st.just("touch"), st.sampled_from([200, 200, 200, 2100, 10100])),
    st.tuples(st.just("live"), st.sampled_from([20, 600, 1800, DAY // 2, 3 * DAY])),
    st.tuples(st.just("cut"), st.sampled_from([0, 3600, 2 * DAY, 20 * DAY])),
    st.tuples(st.just("sync")),
    st.tuples(st.just("roll")),
)


@settings(max_examples=40)
@given(st.lists(REAL_STEP, max_size=12))
def test_case_is_never_ready_before_the_skin_has_truly_rested(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    rules = policy.for_needle(250).changed(rest_h=72, short_rest=1)
    world = TrueTime(tmp_path_factory.mktemp("case"), rules)
    for name, *numbers in steps:
        getattr(world, name)(*numbers)
