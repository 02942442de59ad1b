"""What holds for every log, however its clock was set."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.host.clock_logs import DAY, HOUR, Life

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.history.timeline import ALLOWANCE_S, DRIFT_PPM, Placed, place


@dataclass(frozen=True)
class Step:
    """A step of some life: a start, a use or a setting of the clock, after a while (s)."""

    kind: str
    wait: int
    off: int = 0
    forgets: int = 0


A_WHILE = st.integers(0, 100) | st.integers(0, 3 * DAY)
STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(["start", "use", "set", "set"]), A_WHILE, A_WHILE, st.integers(0, 900)
    ),
    min_size=2,
    max_size=14,
)


def lived(steps: Iterable[Step], wrong: int = -1, wrong_by: int = 0) -> Life:
    """Live through the steps; of the settings, the one numbered `wrong` is off by so much (s)."""
    life = Life().start()
    settings = 0
    for step in steps:
        life.wait(step.wait)
        if step.kind == "start":
            life.start(step.off, step.forgets)
        elif step.kind == "use":
            life.use()
        else:
            life.set(wrong_by if settings == wrong else 0)
            settings += 1
    return life


def set_right(life: Life) -> set[int]:
    """Return the runs, by number, in which a setting was right."""
    return {
        event.boot
        for event, true in zip(life.log, life.truth, strict=True)
        if event.kind == events.CLOCK_SET and event.time + CASE_EPOCH == true
    }


def is_sound(life: Life, placed: list[Placed]) -> None:
    """Assert that the truth lies between all bounds, and that both grow along the log."""
    for record, true in zip(placed, life.truth, strict=True):
        assert record.latest is not None
        assert record.earliest <= true <= record.latest
    for record, after in pairwise(placed):
        assert record.latest is not None
        assert after.latest is not None
        assert record.earliest <= after.earliest
        assert record.latest <= after.latest


class TestLaws:
    @given(steps=STEPS, tail=A_WHILE)
    def test_run_without_a_setting_lies_between_its_stamps_and_the_next_run(
        self, steps: list[Step], tail: int
    ) -> None:
        life = lived(steps).wait(tail)
        placed = place(life.log, life.now)
        is_sound(life, placed)
        known = set_right(life)
        next_known, ran = life.now, 0
        for i in reversed(range(len(life.log))):
            event, after = life.log[i], life.log[i + 1] if i + 1 < len(life.log) else None
            ran = ran + after.uptime - event.uptime if after and after.boot == event.boot else ran
            if event.boot in known:
                assert (placed[i].earliest, placed[i].latest) == (life.truth[i], life.truth[i])
                next_known, ran = life.truth[i], 0
            else:
                assert placed[i].earliest == event.time + CASE_EPOCH
                assert placed[i].latest == next_known - ran

    @example(
        # What a wrong clock stamps in a run that nobody set, long after.
        steps=[Step("set", 0), Step("start", 5, HOUR), Step("set", 5), Step("start", 5, HOUR),
               Step("use", 5), Step("start", 5, HOUR), Step("set", 5)],
        which=1, ahead=True, more=DAY, tail=0,
    )  # fmt: skip
    @given(
        steps=STEPS,
        which=st.integers(0, 5),
        ahead=st.booleans(),
        more=st.integers(0, 100) | st.integers(0, 300 * DAY),
        tail=A_WHILE,
    )
    def test_wrong_setting_contradicted_by_a_later_one_does_no_harm(
        self, steps: list[Step], which: int, ahead: bool, more: int, tail: int
    ) -> None:
        right = lived(steps)
        settings = [i for i, event in enumerate(right.log) if event.kind == events.CLOCK_SET]
        assume(len(settings) >= 2)
        which %= len(settings) - 1
        mine, later = settings[which], settings[which + 1]
        same_run = right.log[mine].boot == right.log[later].boot
        between = right.truth[later] - right.truth[mine]
        # It is too far off for the drift, and ahead also of the time without power.
        least = ALLOWANCE_S + between * DRIFT_PPM // 1_000_000 + 1
        if not same_run:
            least += between
        life = lived(steps, which, least + more if ahead or not same_run else -least - more)
        assert life.truth == right.truth
        life.wait(tail)
        placed = place(life.log, life.now)
        is_sound(life, placed)
        known = set_right(life)
        for record, true in zip(placed, life.truth, strict=True):
            if record.event.boot in known:
                assert record.earliest == record.latest == true

    @given(steps=STEPS, offsets=st.lists(st.integers(-300 * DAY, 300 * DAY), max_size=14))
    def test_latest_is_never_before_earliest_however_wrong_the_settings(
        self, steps: list[Step], offsets: list[int]
    ) -> None:
        life = Life().start()
        for step, wrong_by in zip(steps, offsets, strict=False):
            life.wait(step.wait)
            if step.kind == "start":
                life.start(step.off, step.forgets)
            else:
                life.set(wrong_by) if step.kind == "set" else life.use()
        for record in place(life.log, life.now):
            assert record.latest is None or record.earliest <= record.latest
