"""Logs to write and to fold, the same on every run and on every interpreter."""

from binascii import crc32

from rollcore import events, policy, state
from rollcore.events import KINDS, Event
from rollcore.state import State

_DAY = (
    (events.SOAK_STARTED, {"purpose": events.BEFORE_USE}),
    (events.SOAK_ENDED, {"purpose": events.BEFORE_USE, "how": events.SOAK_DONE}),
    (events.USE_STARTED, {"how": events.IN_TURN, "digest": 1}),
    (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}),
    (events.SOAK_STARTED, {"purpose": events.AFTER_USE}),
    (events.SOAK_ENDED, {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}),
    (events.REFUSED, {"gesture": events.HOLD, "reason": events.STILL_RESTING, "until": 9}),
)


def day(number: int) -> Event:
    """Return the event with this number, from 0, of an eventful life."""
    kind, data = _DAY[number % len(_DAY)]
    return Event(kind, dict(data), boot=1, uptime=number * 700, time=number * 700)


class Dice:
    """Numbers without a pattern, the same on every run."""

    def __init__(self, seed: int) -> None:
        self._now = seed

    def below(self, bound: int) -> int:
        """Return a number from 0 to less than `bound`."""
        self._now = (self._now * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._now >> 8) % bound


def any_event(dice: Dice, time: int) -> Event:
    """Return any event at all at case time `time`."""
    kind = KINDS[1 + dice.below(len(KINDS))]
    data: dict[str, int] = {}
    for field in kind.fields:
        if field.names:
            data[field.name] = sorted(field.names)[dice.below(len(field.names))]
        elif field.code == "I":
            data[field.name] = time + dice.below(1 << 16) * dice.below(1 << 8)
        else:
            data[field.name] = dice.below(1 << 16)
    return Event(kind.number, data, dice.below(4), boot=dice.below(9), uptime=time, time=time)


def fingerprint_of_a_long_life() -> str:
    """Encode, decode, fold and judge a thousand events; return a sum of all that came of it."""
    dice = Dice(20200101)
    rules = (
        policy.for_needle(250),
        policy.for_needle(500).changed(soak_before_min=0, soak_after_min=0, rest_h=9600),
        policy.for_needle(1000).changed(head_days=1, overdue_min=10),
    )
    now = State()
    total = chain = time = 0
    for seq in range(1, 1001):
        time += dice.below(1 << 14)
        event = any_event(dice, time)
        event.seq = seq
        raw = events.encode(event, chain)
        chain = events.crc_of(raw)
        now = state.fold(now, events.decode(raw))
        if seq % 7 == 0:
            now = state.unpack(state.pack(now))
        total = crc32(raw + state.pack(now), total)
        for rule in rules:
            for later in (0, 601, 90000, 1 << 24):
                standing = state.judge(now, rule, time + later)
                seen = (standing.phase, standing.until, standing.stage, standing.changes)
                total = crc32(repr(seen).encode(), total)
    return f"{total:08x}"
