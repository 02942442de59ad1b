"""Events of a virtual case, from the lines on its side channel. No input or output here.

The lines are those of boards/virtual/outside.py. An event is a dict with a word
under ``event`` and a time under ``at``, in seconds since the case was first switched
on here, with jumps:

- ``boot``: the case has started; ``boot`` counts its starts.
- ``lamp``: the lamp shows another message: ``pattern``, a phase of
  `rollcore.state` or ``fault``, ``stage``, 0 to 3, and ``sync_me``, true while it asks
  for a sync because the log is nearly full.
- ``log``: a record is on flash: ``seq``, ``kind``, ``zone``, ``boot``, ``uptime``
  (s), ``time`` (case time, s), the fields of its kind with words in place of numbers
  that stand for a word, and ``raw``, its bytes in hex.
- ``fault``: the case cannot do its work; ``words`` say why.
- ``trace``: the firmware wrote a line that this version does not know.
- ``died``: the firmware has stopped by itself; ``words`` say why.
"""

from typing import NamedTuple

from rollcore import events, policy, state
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.output.records import event_fields

Happening = dict[str, object]
"""One event, ready to be printed as JSON."""

CHANNELS = {"16": 16, "17": 8, "18": 0}
"""The position (bits) in a colour 0xRRGGBB of each lamp pin of boards/virtual/board.py."""

PLAIN_LED = 0xFFE8C0
"""The colour of a lamp with one colour."""

_SYNC_ME = "sync_me"

REVISIONS = 100
"""How many revisions of a default policy are tried to find a digest (own)."""


class Writes(NamedTuple):
    """What was done to one block of the flash since power-up."""

    programs: int
    """Pages of 256 bytes programmed."""
    erases: int


class Transcript:
    """Turns the lines of a case into events, and keeps the lamp's colour.

    `since` (s) is added to the case's time since power-up, to make ``at``.
    """

    def __init__(self, since: float = 0.0) -> None:
        self._since = since
        self._at = since
        self.colour = 0
        """The lamp's present colour, 0xRRGGBB."""
        self.mark = ""
        """The word of the last mark that was reached."""
        self.writes: dict[int, Writes] = {}
        """What was done to each block of the flash, as far as it was asked for."""

    def hear(self, line: str) -> Happening | None:
        """Take one line; return the event in it, None if there is none. Never raises."""
        verb, _, words = line.strip().partition(" ")
        if verb == "mark":
            self.mark = words
        elif verb == "at" and words.isdecimal():
            self._at = self._since + int(words) / 1000
        elif verb == "pwm":
            pin, _, duty = words.partition(" ")
            if pin in CHANNELS and duty.isdecimal():
                shift = CHANNELS[pin]
                self.colour = self.colour & ~(0xFF << shift) | (int(duty) // 257 & 0xFF) << shift
        elif verb == "writes":
            numbers = [int(number) for number in words.split() if number.isdecimal()]
            if len(numbers) == 3:
                self.writes[numbers[0]] = Writes(numbers[1], numbers[2])
        elif verb == "led":
            self.colour = PLAIN_LED if words == "1" else 0
        elif verb == "trace":
            return {**_traced(words), "at": round(self._at, 3)}
        return None


class Replay:
    """Folds the records of a case, if it gets them from the first one on."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._policy: Policy | None = policy.for_needle(policy.DEFAULT_NEEDLE_UM)

    def hear(self, event: events.Event) -> None:
        """Add the next record."""
        if event.seq == 1:
            self._state = State()
        if self._state is not None:
            is_next = event.seq == self._state.seq + 1
            self._state = state.fold(self._state, event) if is_next else None
        if event.kind == events.POLICY_SET:
            self._policy = _default_policy(event.data["needle_um"], event.data["digest"])

    def count(self, phase: str, now: int) -> tuple[int, ...]:
        """Return the numbers that the lamp flashes in `phase` at case time `now` (s).

        Empty if records or the policy are not known, or if the phase is another one.
        """
        if self._state is None or self._policy is None:
            return ()
        standing = state.judge(self._state, self._policy, now)
        if standing.phase != phase:
            return ()
        return state.counts(self._state, standing, now)


def _default_policy(needle_um: int, digest: int) -> Policy | None:
    """Return the needle's default policy in the revision with this digest; None if none has it."""
    try:
        default = policy.for_needle(needle_um)
    except policy.PolicyError:
        return None
    revisions = (default.changed(revision=number) for number in range(REVISIONS))
    return next((revision for revision in revisions if revision.digest == digest), None)


def record(happening: Happening) -> events.Event | None:
    """Return the record in a ``log`` event; None for any other event."""
    raw = happening.get("raw")
    if not isinstance(raw, str):
        return None
    return events.decode(bytes.fromhex(raw))


def _traced(text: str) -> Happening:
    """Return the event in a line of the firmware's trace."""
    verb, _, words = text.partition(" ")
    parts = words.split()
    if verb == "boot" and words.isdecimal():
        return {"event": "boot", "boot": int(words)}
    if verb == "lamp" and parts[1:] and parts[1].isdecimal() and parts[2:] in ([], [_SYNC_ME]):
        return {
            "event": "lamp",
            "pattern": parts[0].replace("_", " "),
            "stage": int(parts[1]),
            "sync_me": bool(parts[2:]),
        }
    if verb == "log":
        try:
            return _logged(words)
        except ValueError:  # not hex, or not a record: RecordError is a ValueError
            pass
    if verb == "fault":
        return {"event": "fault", "words": words}
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
