"""`host selftest` on emulated Picos with the product's image; the test is the person."""

import os
from pathlib import Path

import pytest
from tests.emulator.bench import OWN, needs_images, powered
from tests.emulator.protocol_pico import PORT, BoardTime, Cable, PluggedPico, plugged_in

from rollcore import snapshot
from rollcore.events import SYNCHRONISED
from rollcore.state import PREPARE, SOAKING
from rollhost.board import selftest
from rollhost.board.selftest import (
    CABLE,
    FULL,
    LONG_PRESS,
    POWER,
    PRESS,
    Done,
    Plan,
    Result,
    SelfTest,
    is_nobodys,
)
from rollhost.case.connection import Line
from rollhost.database.open import open_archive

pytestmark = [needs_images, pytest.mark.usefixtures("at_the_bench")]

SHORT = Plan(syncs=2, records=10, clock_s=0, ticks=1)

FULL_IN = "SELFTEST_FULL"
"""The environment variable that has all of it done, in some minutes."""

PLAN = FULL if FULL_IN in os.environ else SHORT


class AtTheBench:
    """A person who does what they are told, with the Pico at the end of this cable."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable
        self.seen: list[str] = []
        """What the lamp was said to show, each time."""
        self.acts: list[str] = []

    @property
    def pico(self) -> PluggedPico:
        assert isinstance(self.cable.pico, PluggedPico)
        return self.cable.pico

    def do(self, act: str) -> None:
        self.acts.append(act)
        if act == PRESS:
            self.pico.press()
        elif act == LONG_PRESS:
            self.pico.touch([(True, 2200), (False, 200)])
        else:
            self.cable.pico = powered(self.pico.flash, OWN)

    def sees(self, phase: str, stage: int, clock_set: bool) -> bool:
        self.seen.append(phase)
        return True


def patient_time(cable: Cable) -> type[BoardTime]:
    """Return a clock by the board's time, which passes while somebody sleeps."""

    class Time(BoardTime):
        @staticmethod
        def sleep(seconds: float) -> None:
            cable.pico.run(seconds * 1000)

    return Time


def run_all(pico: PluggedPico, database: Path, plan: Plan) -> tuple[list[Done], AtTheBench]:
    """Do every step with a person; return what came of each, and the person."""
    with (
        plugged_in(pico) as cable,
        open_archive(database, create=True) as archive,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(selftest, "time", patient_time(cable))
        person = AtTheBench(cable)
        test = SelfTest(Line(PORT), archive, plan, lambda meeting: SYNCHRONISED, person)
        return [test.do(name, step) for name, step in test.steps()], person


def test_every_step_passes_on_a_new_board_and_leaves_an_empty_log(home: Path) -> None:
    pico = powered(image=OWN)
    done, person = run_all(pico, home / "thrown-away.db", PLAN)
    assert [(step.step, step.why) for step in done if step.result is not Result.PASSED] == []
    assert person.acts == [PRESS, LONG_PRESS, CABLE, PRESS, POWER]
    assert person.seen == [PREPARE, SOAKING, PREPARE]
    facts = {step.step: step.facts for step in done}
    assert int(facts["flash"]["records"]) > PLAN.records
    # Both clocks are the chip's here.
    assert abs(float(facts["clock"]["ppm"])) <= float(facts["clock"]["plus_minus"])
    case = person.pico
    status = case.ask("status")
    assert (status.integer("first"), status.integer("next")) == (1, 1)
    assert is_nobodys(snapshot.unpack(case.ask("state", seq=0).raw("raw")))
