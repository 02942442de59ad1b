"""A host that lies to a case: every verb, any fields, in any order, and bytes that are no frames.

`micropython runner.py lying_host SEED QUESTIONS` prints what came of it, as JSON. CPython runs the
same `Lies` on a case of its own.

The rule, from README and PROTOCOL.md: whoever holds the cable can do what an owner's own policy and
entries could, and no more. So

- a question changes only what PROTOCOL.md says of its verb (`MAY_CHANGE`), and only by a record;
  one that is answered with an error changes nothing, but may be a time that was heard;
- no rest ends earlier than the last use and the shortest rest of its needle, the last session at a
  clinic and 28 days, the last reaction and 14 days: no policy goes below. Moments go back only
  where a clock is set, a field is corrected or the roller goes to somebody else;
- another list of zones takes no rest from the skin that may be meant;
- a hold, a reaction, a sign for a clinician and a head that is out end by the verbs for that alone;
- a clock that was set by a sure one jumps by no more than 10 minutes and 100 ppm, unless forced;
- what is acknowledged was logged, and stays acknowledged;
- the case answers on, and has no fault.
"""

import gc
import json

from tests.micropython.suite.stories import Dice

from rollcase.app import App
from rollcase.recorder import FULL
from rollcase.server import Server
from rollcore import events, frames, messages, policy, rest
from rollcore.memory import (
    CLINIC_END,
    HEAD_SINCE,
    MOMENTS,
    NEVER,
    PAST,
    PAST_CLINIC,
    PAST_USE,
    PAST_USE_LOOSE,
    REACTION_END,
    USE_END,
    State,
)
from rollcore.messages import ANSWERS, REQUESTS, Message
from rollcore.policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.journal import Journal

NOW = 205000000
HOUR, DAY = 3600, 86400
JUMP_S, PPM = 600, 10000

MOST_FAULTS = 20
MOST_GROWTH = 24 * 1024
"""Bytes by which the memory in use may grow: what a longer log takes, and no more."""

FLOORS = ((300, 3 * DAY), (500, 14 * DAY), (1000, 28 * DAY))
"""Up to which needle (um) which rest (s) is the shortest of all policies."""
CLINIC_S, REACTION_S = 28 * DAY, 14 * DAY

_MOMENT = ("at", "loose", "clamped", "clamped_to")
_REACTIONS = ("reactions", "tokens", "red", "seen", "over", "red_unnamed")

# MicroPython has no (*a, b).
MAY_CHANGE: "dict[str, tuple[str, ...]]" = {
    "heard": ("heard", "heard_ahead"),
    "clock": _MOMENT + ("clock_set", "sure", "heard", "heard_ahead"),
    "time": _MOMENT + ("clock_set", "sure", "heard", "heard_ahead"),
    "rule": _MOMENT + ("needles", "needle_um", "policy_digest", "elsewhere"),
    "hold": ("hold_reason", "hold_until", "override_asked", "token"),
    "clinic": _MOMENT + ("override_asked", "token"),
    "reaction": _MOMENT + _REACTIONS + ("override_asked", "token"),
    "opened": _REACTIONS + ("override_asked", "token"),
    "closed": _MOMENT + _REACTIONS + ("override_asked", "token"),
    "saw": ("tokens", "red", "seen", "over", "red_unnamed", "token"),
    "red": ("tokens", "red", "seen", "over", "red_unnamed", "override_asked", "token"),
    "head": _MOMENT + ("head_uses", "head_out", "soaked", "token"),
    "headout": ("head_out", "soaked", "token"),
    "carried": _MOMENT + ("needles", "override_asked"),
    "corrected": _MOMENT
    + _REACTIONS
    + ("needles", "hold_reason", "hold_until", "head_uses", "head_out", "token"),
}
"""Attributes of the state that a question may change, beside number and time of the last record."""

MOMENTS_OF: "dict[str, tuple[int, ...]]" = {
    "clinic": tuple(range(CLINIC_END, CLINIC_END + PAST)),
    "reaction": (REACTION_END,),
    "closed": (REACTION_END,),
    "head": (HEAD_SINCE,),
    "carried": tuple(range(PAST_USE, PAST_CLINIC + PAST)),
}
"""Moments that these may change."""

GOES_BACK = ("clock", "time", "rule", "corrected")
"""Questions after which a moment may be earlier than before; a rule only moves them elsewhere."""

RULES = (
    policy.for_needle(250).changed(revision=1, soak_before_min=0, soak_after_min=0),
    policy.for_needle(250).changed(revision=2, rest_h=72, short_rest=1, soak_before_min=0),
    policy.for_needle(500).changed(revision=3, rest_h=14 * 24, short_rest=1, head_uses=100),
    policy.for_needle(1000).changed(revision=4, rest_h=28 * 24, short_rest=1, head_days=400),
    policy.for_needle(100).changed(revision=5, rest_h=72, short_rest=1, soak_after_min=0),
)

ZONES = (("face",), ("face", "neck"), ("neck", "face"), ("neck",), ("a", "b", "c", "d"))

EDGES = (
    0, 1, 2, 3, 4, 5, 16, 17, 23, 24, 25, 26, 63, 64, 65, 66, 67, 68, 69, 254, 255, 256, 257, 400,
    65535, 65536, (1 << 30) - 1, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1,
)  # fmt: skip

ODD = (
    "", "-1", "+1", "01", "4294967296", "9999999999", "x", "1.5", "1e9", "0x1", "1_0", "a b", "~",
    "*", "AAAA", "a" * 401, "9" * 600,
)  # fmt: skip


class Before:
    """What there is to know of a case before a question."""

    def __init__(self, app: App) -> None:
        self.known: State = app.journal.state.copy()
        self.rules: Policy = app.policy
        self.acked = app.journal.acked
        self.next = app.journal.next
        self.log = app.journal.log_id
        self.time = app.clock.time
        self.uptime = app.clock.uptime


class Lies:
    """A case that `open_journal` opens, with a host that lies at random."""

    def __init__(
        self,
        directory: str,
        open_journal: "Callable[[], Journal]",
        seed: int,
        restart: "Callable[[], None]",
    ) -> None:
        self._directory = directory
        self._open_journal = open_journal
        self._restart = restart
        self.dice = Dice(seed)
        self.tried = 0
        self.faults: list[str] = []
        self.bent = self.failed = 0
        self._ticks = 1000
        self._number = 0
        self._heard = frames.Decoder(messages.MAX_ANSWER)
        self.answered: dict[str, int] = {}
        """How many questions were answered with what, by verb and answer."""
        self.switch_on()
        self.ask("rule", RULES[0].text)
        self.ask("time", str(NOW), "1", "0")

    def switch_on(self) -> None:
        """Start from what is on the flash."""
        self.app = App(
            self._directory, self._open_journal(), events.POWER_ON, self._ticks, lambda said: None
        )
        self.server = Server(self.app, "e661a4d1", "pico")
        self.app.start()
        self.wait(1)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        ms = seconds * 1000
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self._step(hop, False)

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`."""
        self._step(0, True)
        for _ in range(ms // 50):
            self._step(50, True)
        for _ in range(4):
            self._step(25, False)

    def _step(self, ms: int, down: bool) -> None:
        self._ticks = (self._ticks + ms) & 0x3FFFFFFF
        self.app.step(self._ticks, down)
        while self.app.tend():
            pass

    def ask(self, verb: str, *words: str) -> "Message | None":
        """Ask with these words as fields, right or not; return the last answer."""
        self._number += 1
        body = " ".join([str(self._number), verb] + list(words))
        return self.send(frames.encode(body.encode()))

    def send(self, data: bytes) -> "Message | None":
        """Send bytes; return the last answer, None if there is none."""
        self.server.receive(data)
        last = None
        while self.server.waiting:
            raw = b"".join([bytes(piece) for piece in self.server.answer()])
            for body in self._heard.feed(raw):
                last = messages.decode(body, ANSWERS)
        return last

    def live(self, questions: int) -> None:
        """Lie so many times, and let a person and the power do what they do in between."""
        start = 0
        for number in range(questions):
            self.tried += 1
            try:
                self._happen()
                self._lie()
            except Exception as error:
                self._fault("failed", f"question {number}: {error!r}")
                raise
            if number == questions // 4:
                start = memory_in_use()
        if start and memory_in_use() > start + MOST_GROWTH:
            self._fault("failed", f"memory grows from {start} to {memory_in_use()} bytes")

    def _happen(self) -> None:
        dice = self.dice.below(40)
        if dice == 0:
            self._restart()
            self.switch_on()
        elif dice < 4:
            self.wait((60, 700, 3600, 90000)[self.dice.below(4)])
        elif dice < 8:
            self.touch((200, 2100, 10100)[self.dice.below(3)])
            self.wait(20)
        if self.app.journal.left < 500 or dice == 9:
            log = "".join([f"{byte:02x}" for byte in self.app.journal.log_id])
            self.ask("ack", log, str(self.app.journal.next - 1))
            self.wait(5)

    def _lie(self) -> None:
        dice = self.dice
        before = Before(self.app)
        kind = dice.below(12)
        if kind == 0:
            noise = bytes([dice.below(256) for _ in range(dice.below(80))]).replace(b"\x03", b"")
            if dice.below(2):
                noise += b"~1 status %d+%08x\n" % (dice.below(600), dice.below(1 << 30))
            self.send(noise)
            self._compare("noise", (), None, before)
            self.send(b"\n" * 600)  # what was begun is over
        else:
            verb = sorted(REQUESTS)[dice.below(len(REQUESTS))]
            words = [self._word(name, kind) for name, kind in REQUESTS[verb]]
            if kind == 1 and words:
                words[dice.below(len(words))] = ODD[dice.below(len(ODD))]
            elif kind == 2:
                words = words[:-1] if dice.below(2) else words + ["1"]
            answer = self.ask(verb, *words)
            # What is told twice is answered, and not logged, twice.
            again = self._number if dice.below(8) == 0 else 0
            self._compare(verb, words, answer, before)
            if again:
                self._number -= 1
                before = Before(self.app)
                self._compare(verb, words, self.ask(verb, *words), before)
        status = self.ask("status")
        if status is None or status.verb != "status":
            self._fault("failed", f"status is answered with {status}")

    def _word(self, name: str, kind: int) -> str:
        """Return a field: mostly one that is taken."""
        dice = self.dice
        app = self.app
        if name == "log":
            log = "".join([f"{byte:02x}" for byte in app.journal.log_id])
            return log if dice.below(3) else "0102030405060708"
        if name == "policy":
            return self._rules()
        if kind != messages.NUMBER:
            return "host"
        if dice.below(10) == 0:
            return str(EDGES[dice.below(len(EDGES))])
        if dice.below(20) == 0:
            return str(dice.below(1 << 16) << 16 | dice.below(1 << 16))
        if name in ("time", "at", "until", "value"):
            near = (0, -1, 1, -60, 60, -DAY, DAY, -40 * DAY, 40 * DAY, -300 * DAY, 300 * DAY)
            return str(max(0, app.clock.time + near[dice.below(len(near))]))
        if name == "seq":
            return str(max(0, app.journal.next - dice.below(3)))
        if name == "field":
            return str((dice.below(MOMENTS), 64 + dice.below(6))[dice.below(2)])
        if name in ("force", "keep", "red", "open"):
            return str(dice.below(2))
        if name in ("sure", "what"):
            return str(1 + dice.below(2))
        if name == "needle_um":
            return str((0, 250, 500, 1000, 1500)[dice.below(5)])
        return str(dice.below(6))

    def _rules(self) -> str:
        dice = self.dice
        rules = RULES[dice.below(len(RULES))]
        rules = Policy(policy.numbers_of(rules), ZONES[dice.below(len(ZONES))])
        text = rules.text
        if dice.below(3) == 0:
            name, low, high = policy.FIELDS[dice.below(len(policy.FIELDS))]
            items = text.split(";")
            place = [item.split("=")[0] for item in items].index(name)
            values = (low - 1, low, high, high + 1, 0, dice.below(high + 2))
            items[place] = f"{name}={values[dice.below(len(values))]}"
            text = ";".join(items)
        return text

    # What must not be.

    def _compare(
        self,
        verb: str,
        words: "list[str] | tuple[str, ...]",
        answer: "Message | None",
        before: Before,
    ) -> None:
        app = self.app
        said = answer.verb if answer is not None else ""
        mark = f"{verb} {said}"
        self.answered[mark] = self.answered.get(mark, 0) + 1
        told = f"{verb} {' '.join(words)[:100]} -> {answer}"
        if app.fault and app.fault != FULL:
            self._fault("failed", f"{told}: {app.fault}")
        if app.journal.acked >= app.journal.next:
            self._fault("bent", f"{told}: acknowledged what is not there")
        policy.parse(app.policy.text)
        self._floors(told)
        if app.journal.log_id != before.log:
            if verb != "newlog" or said != "log" or before.acked < before.next - 1:
                self._fault("bent", f"{told}: a new log")
            if words[1] != "0":
                self._same(told, before, ("policy_digest",))
            return
        if app.journal.acked < before.acked or (
            verb != "ack" and app.journal.acked != before.acked
        ):
            self._fault("bent", f"{told}: acknowledged {before.acked}, now {app.journal.acked}")
        may = MAY_CHANGE.get(verb, ())
        if said == "error" or not said:
            may = ("heard", "heard_ahead") if verb in ("clock", "time") else ()
        self._same(told, before, may)
        if verb != "rule" and app.policy.digest != before.rules.digest:
            self._fault("bent", f"{told}: other rules")
        self._moments(told, verb, before)
        if verb == "rule" and said == "policy":
            self._zones(told, before)
        self._clock(told, verb, words, before)

    def _same(self, told: str, before: Before, may: "tuple[str, ...]") -> None:
        """Only what may change is another, and only by a record."""
        now = self.app.journal.state.__dict__
        changed = [
            name
            for name, value in before.known.__dict__.items()
            if now[name] != value and name not in ("seq", "time", "boot")
        ]
        for name in changed:
            if name not in may:
                self._fault(
                    "bent", f"{told}: {name} was {before.known.__dict__[name]}, is {now[name]}"
                )
        if changed and self.app.journal.log_id == before.log and now["seq"] == before.known.seq:
            self._fault("bent", f"{told}: {changed} without a record")

    def _moments(self, told: str, verb: str, before: Before) -> None:
        if verb in GOES_BACK:
            if verb == "corrected":
                self._one(told, before)
            return
        now = self.app.journal.state.at
        for moment in range(MOMENTS):
            was = before.known.at[moment]
            if now[moment] != was and moment not in MOMENTS_OF.get(verb, ()):
                self._fault("bent", f"{told}: moment {moment} was {was}, is {now[moment]}")
            if self._last(moment) < was and verb != "head":  # a new head is in since now
                self._fault("bent", f"{told}: moment {moment} goes back from {was}")

    def _last(self, moment: int) -> int:
        """Return the case time of a moment; of a place's past the later one of its two moments.

        A use in the past that may move with the clock makes one that may not take the other's room.
        """
        at = self.app.journal.state.at
        place = moment - PAST_USE_LOOSE
        return max(at[moment], at[PAST_USE + place]) if 0 <= place < PAST else at[moment]

    def _one(self, told: str, before: Before) -> None:
        """A correction sets one field: one moment, or none."""
        known, now = before.known, self.app.journal.state
        moved = [moment for moment in range(MOMENTS) if now.at[moment] != known.at[moment]]
        fields = [
            moved,
            now.needles != known.needles,
            (now.hold_reason, now.hold_until) != (known.hold_reason, known.hold_until),
            (now.head_uses, now.head_out) != (known.head_uses, known.head_out),
            (now.reactions, now.tokens) != (known.reactions, known.tokens),
        ]
        if len(moved) > 1 or sum([bool(field) for field in fields]) > 1:
            self._fault("bent", f"{told}: more than one field")

    def _zones(self, told: str, before: Before) -> None:
        """No place rests less than the skin that may be there."""
        old, new = before.rules, self.app.policy
        kept = 0
        if old.revision:
            while kept < min(len(old.zones), len(new.zones)) and old.zones[kept] == new.zones[kept]:
                kept += 1
        if new.digest == before.known.policy_digest:
            kept = PAST  # the same as before
        lost = [floor_end(before.known, place) for place in range(min(kept, PAST), PAST)]
        for place in range(PAST):
            was = [floor_end(before.known, place)] if place < kept else lost
            if floor_end(self.app.journal.state, place) < max(was):
                self._fault("bent", f"{told}: zone {place} rests less")

    def _floors(self, told: str) -> None:
        known, rules = self.app.journal.state, self.app.policy
        for zone in range(len(rules.zones)):
            if rest.rested_at(known, rules, zone) < floor_end(known, zone):
                self._fault("bent", f"{told}: zone {zone} has rested too early")

    def _clock(
        self, told: str, verb: str, words: "list[str] | tuple[str, ...]", before: Before
    ) -> None:
        jump = self.app.clock.time - before.time
        if not jump:
            return
        if verb not in ("clock", "time"):
            self._fault("bent", f"{told}: the clock jumps by {jump} s")
        elif words[-1] != "1":
            most = JUMP_S + before.uptime // PPM
            is_sure = before.known.sure and before.known.clock_set
            if verb == "clock" or (is_sure and abs(jump) > most):
                self._fault("bent", f"{told}: the clock jumps by {jump} s")

    def _fault(self, what: str, text: str) -> None:
        setattr(self, what, getattr(self, what) + 1)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{what}: question {self.tried}: {text}")


def floor_end(known: State, place: int) -> int:
    """Return the case time before which no policy lets this place be rolled again; 0: none."""
    at, needles = known.at, known.needles
    uses = [(at[USE_END + place], needles[place])]
    uses += [(at[PAST_USE + place], needles[PAST + place])]
    uses += [(at[PAST_USE_LOOSE + place], needles[PAST + place])]
    ends = [end + shortest(needle_um) for end, needle_um in uses if end != NEVER]
    for moment in (CLINIC_END + place, PAST_CLINIC + place):
        if at[moment] != NEVER:
            ends.append(at[moment] + CLINIC_S)
    if at[REACTION_END] != NEVER:
        ends.append(at[REACTION_END] + REACTION_S)
    return max(ends) if ends else 0


def shortest(needle_um: int) -> int:
    """Return the shortest rest (s) that a policy for this needle may have."""
    for up_to, rest_s in FLOORS:
        if needle_um <= up_to:
            return rest_s
    return FLOORS[-1][1]  # for all that are longer


def memory_in_use() -> int:
    """Return the bytes in use; 0 where that cannot be told."""
    gc.collect()
    used = getattr(gc, "mem_alloc", None)
    return used() if used is not None else 0


def main(numbers: "list[int]") -> None:
    """Lie to a case on littlefs; print the counts as JSON."""
    from tests.micropython.suite.ram_flash import LOG, device, make_anew, mount, new_flash

    from rollcase.block_files import BlockFiles
    from rollcase.journal import Journal

    seed, questions = numbers
    flash = new_flash(128)
    made = [0]

    def make_id() -> bytes:
        made[0] += 1
        return bytes([made[0] & 255] * 8)

    def open_journal() -> Journal:
        return Journal(device(), BlockFiles(LOG, make_anew), make_id)

    lies = Lies(LOG, open_journal, seed, lambda: mount(flash))
    lies.live(questions)
    counts = {
        "tried": lies.tried, "bent": lies.bent, "failed": lies.failed, "faults": lies.faults
    }  # fmt: skip
    print(json.dumps(counts))
