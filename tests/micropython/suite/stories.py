"""Logs to write and to fold, the same on every run and on every interpreter."""

from binascii import crc32

from rollcore import events, policy, snapshot, state
from rollcore.events import KINDS, Event
from rollcore.memory import State
from rollcore.policy import FIELDS, Policy, PolicyError

_DAY = (
    (events.SOAK_STARTED, {"purpose": events.BEFORE_USE}),
    (events.SOAK_ENDED, {"purpose": events.BEFORE_USE, "how": events.SOAK_DONE}),
    (events.USE_STARTED, {"how": events.IN_TURN, "digest": 1}),
    (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}),
    (events.SOAK_STARTED, {"purpose": events.AFTER_USE}),
    (events.SOAK_ENDED, {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}),
    (
        events.REFUSED,
        {"gesture": events.LONG_PRESS, "reason": events.STILL_RESTING, "until": 9, "digest": 1},
    ),
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
        elif field.code == "B":
            data[field.name] = dice.below(1 << 8)
        else:
            data[field.name] = dice.below(1 << 16)
    return Event(kind.number, data, dice.below(4), boot=dice.below(9), uptime=time, time=time)


def fingerprint_of_a_long_life() -> str:
    """Encode, decode, fold and judge a thousand events; return a checksum of all results."""
    dice = Dice(20200101)
    rules = (
        policy.for_needle(250),
        policy.for_needle(500).changed(soak_before_min=0, soak_after_min=0, rest_h=9600),
        policy.for_needle(1000).changed(head_days=1, overdue_min=10),
        Policy(policy.numbers_of(policy.for_needle(250)), ("face", "neck", "chest", "belly")),
    )
    now = State()
    total = chain = time = 0
    for seq in range(1, 1001):
        time += dice.below(1 << 14)
        event = any_event(dice, time)
        if event.kind == events.POLICY_SET:
            event.data["kept"] = dice.below(events.ZONES + 1)
        event.seq = seq
        raw = events.encode(event, chain)
        chain = events.crc_of(raw)
        now = state.fold(now, events.decode(raw))
        if seq % 7 == 0:
            now = snapshot.unpack(snapshot.pack(now))
        total = crc32(raw + snapshot.pack(now), total)
        for rule in rules:
            for later in (0, 601, 90000, 1 << 24):
                standing = state.judge(now, rule, time + later)
                seen = (
                    standing.phase, standing.until, standing.stage, standing.changes,
                    standing.reason, standing.rested,
                )  # fmt: skip
                total = crc32(repr(seen).encode(), total)
    return f"{total:08x}"


def _any_policy(dice: Dice, before: tuple[str, ...]) -> Policy:
    """Return a policy with every number anywhere in its range, as far as they go together.

    Some of the zones are those `before`, in their places.
    """
    while True:
        numbers = {name: low + dice.below(high - low + 1) for name, low, high in FIELDS}
        if dice.below(2):
            numbers["warn_min"] = 1 + dice.below(9)
            numbers["head_warn_uses"] = 1 + dice.below(numbers["head_uses"])
        zones = list(before[: dice.below(5)])
        for _ in range(dice.below(5 - len(zones))):
            zones.append("".join([chr(97 + dice.below(26)) for _ in range(1 + dice.below(12))]))
        try:
            return Policy(numbers, tuple(zones))
        except PolicyError:
            pass  # these do not


def digests_of_many_policies() -> str:
    """Return the digests of 500 policies, each with its number of kept zones."""
    dice = Dice(19700101)
    before: tuple[str, ...] = policy.DEFAULT_ZONES
    found: list[str] = []
    for _ in range(500):
        rules = _any_policy(dice, before)
        found.append(f"{rules.digest:08x}-{policy.kept_zones(before, rules.zones)}")
        before = rules.zones
    return " ".join(found)
