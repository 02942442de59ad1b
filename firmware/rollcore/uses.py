"""Uses and starts: what a log says of them, one record after the other.

Several questions hang on when the case has started and where a use begins and
ends. They are answered here, once: a use begins with its record and ends with
another, or with the next start, because losing power ends it.
"""

from rollcore import events
from rollcore.events import Event
from rollcore.memory import State
from rollcore.state import fold, has_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Use:
    """A use, by the places of its records in the log.

    `began` is the place of the record that began it, None where that is lost.
    `ended` is the place of the record that ended it, None where power was lost in it.
    `how` is how it ended (`use_ended.how`); 0 where power was lost in it.
    """

    def __init__(self, began: "int | None", ended: "int | None", how: int) -> None:
        self.began = began
        self.ended = ended
        self.how = how

    @property
    def counts(self) -> bool:
        """Whether it was one: a press that was too short to count is none."""
        return self.how != events.CANCELLED


class Step:
    """A record, the state before and after it, and what it says of uses.

    `place` counts the records from 0. `starts` says whether the case has started
    since the record before, also where the record of the start is lost. `cut` is
    the use that this start cut off, `ended` the use that this record ends; each
    is None where there is none.
    """

    def __init__(
        self,
        place: int,
        event: Event,
        before: State,
        after: State,
        starts: bool,
        cut: "Use | None",
        ended: "Use | None",
    ) -> None:
        self.place = place
        self.event = event
        self.before = before
        self.after = after
        self.starts = starts
        self.cut = cut
        self.ended = ended


def walk(
    log: "Iterable[Event]",
    begins: "State | None" = None,
    told: "dict[int, State] | None" = None,
) -> "Iterator[Step]":
    """Yield a step for each record of a log, in its order.

    The log begins with the state `begins`; None: with nothing. `told` are states that the case has
    told, by the seq of the last record that each has seen: they count where records are not here.
    """
    state = begins or State()
    began: int | None = None
    for place, event in enumerate(log):
        before = state_before(event, state, told or {})
        state = fold(before, event)
        starts = has_started(before.boot, event)
        cut: Use | None = None
        ended: Use | None = None
        if starts and began is not None:
            cut = Use(began, None, 0)
            began = None
        if event.kind == events.USE_STARTED:
            began = place
        elif event.kind == events.USE_ENDED:
            ended = Use(began, place, event.data["how"])
            began = None
        yield Step(place, event, before, state, starts, cut, ended)


def state_before(event: Event, state: State, told: "dict[int, State]") -> State:
    """Return the state before `event`: `state`, or one that was told of this record or a later one.

    `told` is as in `walk`.
    """
    if state.seq in told:
        return told[state.seq]
    if told and event.seq != state.seq + 1:
        since = [seq for seq in told if state.seq <= seq < event.seq]
        if since:
            return told[max(since)]
    return state
