"""What earlier logs of a case say of its log of now."""

from tests.firmware.logs import records_of

from rollcore import events, snapshot
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollcore.memory import State
from rollhost.page import build
from rollhost.page.inside.logs import Known, Log, Policies
from rollhost.page.inside.status import facts_of

NOW = 200_000_000
"""In case time (s)."""


def use(seq: int, time: int) -> list[Event]:
    """Return the records of a use of five minutes that ends at case time `time` (s)."""
    begun, used = {"how": events.BY_BUTTON, "digest": 0}, {"seconds": 300, "how": events.BY_BUTTON}
    return [
        Event(events.USE_STARTED, begun, boot=1, uptime=10, time=time - 300, seq=seq),
        Event(events.USE_ENDED, used, boot=1, uptime=310, time=time, seq=seq + 1),
    ]


def test_head_that_went_out_as_the_case_was_lent_stays_out() -> None:
    lent = State()
    lent.head_out = 1 + events.HEAD_SHARED
    first = Log(
        "01" * 8, b"".join(records_of(use(1, NOW - 900_000), first_chain(b"\1" * 8))), [], []
    )
    raw = b"".join(records_of(use(1, NOW - 90_000), first_chain(b"\2" * 8)))
    newest = Log("02" * 8, raw, [[0, snapshot.pack(lent).hex()]], [])
    case = {
        "device": "aa", "board": "pico", "firmware": "0.1.0", "log": newest.name, "met_at": None,
    }  # fmt: skip
    policies = Policies({})
    for log in (newest, first):
        log.belongs_to(Known(case), policies)
    first.newest = newest
    facts = facts_of(case, [first, newest], policies, NOW + CASE_EPOCH, build.advice())
    assert (facts["head"]["out"], facts["head"]["out_reason"]) == (True, events.HEAD_SHARED)
    assert facts["head"]["uses"] == 1, "the other owner's use is on another's head"
