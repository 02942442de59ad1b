"""What a virtual case says on its side channel, line by line, as events. No I/O in here.

The lines are those of boards/virtual/outside.py. An event is a dict with a word
under ``event``; ``at`` is when it was, in seconds since the case was first
switched on here, jumps included:

- ``boot``: the case has started; ``boot`` counts its starts.
- ``lamp``: the lamp shows something else: ``pattern``, a phase of
  `rollcore.state` or ``fault``, and ``stage``, 0 to 2.
- ``log``: a record is on flash: ``seq``, ``kind``, ``zone``, ``boot``, ``uptime``
  (s), ``time`` (case time, s), the fields of its kind with words where a number
  stands for something, and ``raw``, all of it in hex.
- ``fault``: the case cannot do its work; ``words`` say why.
- ``trace``: the firmware said something that this version does not know.
- ``died``: the firmware has stopped by itself; ``words`` say why.
"""

from rollcore import events, policy, state
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.output.records import event_fields

Happening = dict[str, object]
"""One event, ready to be printed as JSON."""

CHANNELS = {"16": 16, "17": 8, "18": 0}
"""Which bits of a colour 0xRRGGBB a pin of boards/virtual/board.py shows."""

PLAIN_LED = 0xFFE8C0
"""The colour of a lamp that has but one."""

REVISIONS = 100
"""How many changes of the rules a digest is looked for in."""


class Transcript:
    """Takes the lines that a case says and keeps what they add up to.

    `since` is added to the case's own time since power-up, to make ``at`` (s).
    """

    def __init__(self, since: float = 0.0) -> None:
        self._since = since
        self._at = since
        self.colour = 0
        """What the lamp shows at this instant, 0xRRGGBB."""
        self.mark = ""
        """The word of the last mark that was reached."""

    def hear(self, line: str) -> Happening | None:
        """Take one line; return the event in it, or None if it holds none. Never raises."""
        verb, _, rest = line.strip().partition(" ")
        if verb == "mark":
            self.mark = rest
        elif verb == "at" and rest.isdecimal():
            self._at = self._since + int(rest) / 1000
        elif verb == "pwm":
            pin, _, duty = rest.partition(" ")
            if pin in CHANNELS and duty.isdecimal():
                shift = CHANNELS[pin]
                self.colour = self.colour & ~(0xFF << shift) | (int(duty) // 257 & 0xFF) << shift
        elif verb == "led":
            self.colour = PLAIN_LED if rest == "1" else 0
        elif verb == "trace":
            return {**_traced(rest), "at": round(self._at, 3)}
        return None


class Replay:
    """Follows a case from its first record on; knows nothing of one that it met later."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._policy: Policy | None = policy.for_needle(policy.DEFAULT_NEEDLE_UM)

    def hear(self, event: events.Event) -> None:
        """Take the next record."""
        if event.seq == 1:
            self._state = State()
        if self._state is not None:
            is_next = event.seq == self._state.seq + 1
            self._state = state.fold(self._state, event) if is_next else None
        if event.kind == events.POLICY_SET:
            self._policy = _rules(event.data["needle_um"], event.data["digest"])

    def count(self, phase: str, now: int) -> tuple[int, ...]:
        """Return what the lamp counts in `phase` at case time `now` (s); nothing if unknown."""
        if self._state is None or self._policy is None:
            return ()
        standing = state.judge(self._state, self._policy, now)
        if standing.phase != phase:
            return ()
        return state.counts(self._state, standing, now)


def _rules(needle_um: int, digest: int) -> Policy | None:
    """Return the rules with this digest, if they are a needle's; None if somebody made others."""
    try:
        rules = policy.for_needle(needle_um)
    except policy.PolicyError:
        return None
    revisions = (rules.changed(revision=number) for number in range(REVISIONS))
    return next((one for one in revisions if one.digest == digest), None)


def record(happening: Happening) -> events.Event | None:
    """Return the record in a ``log`` event, None for any other event."""
    raw = happening.get("raw")
    if not isinstance(raw, str):
        return None
    return events.decode(bytes.fromhex(raw))


def _traced(text: str) -> Happening:
    """Return the event in a line of the firmware's trace."""
    verb, _, rest = text.partition(" ")
    parts = rest.split()
    if verb == "boot" and rest.isdecimal():
        return {"event": "boot", "boot": int(rest)}
    if verb == "lamp" and len(parts) == 2 and parts[1].isdecimal():
        return {"event": "lamp", "pattern": parts[0].replace("_", " "), "stage": int(parts[1])}
    if verb == "log":
        try:
            return _logged(rest)
        except ValueError:  # not hex, or not a record (RecordError is one)
            pass
    if verb == "fault":
        return {"event": "fault", "words": rest}
    return {"event": "trace", "words": text}


def _logged(text: str) -> Happening:
    event = events.decode(bytes.fromhex(text))
    return {
        "event": "log",
        "seq": event.seq,
        "kind": event.name,
        "zone": event.zone,
        "boot": event.boot,
        "uptime": event.uptime,
        "time": event.time,
        **event_fields(event),
        "raw": text,
    }
