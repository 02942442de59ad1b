"""A life: persons, cases, two computers, and what happens to them, in an order that a seed gives.

`plan` makes the steps of a life, and `Life` lives them: the firmware as it is, `host` as it is, and
beside them the books of `truth.py`. Each step has a number of its own, from which all its choices
follow, so that a life stays a life when steps are left out of it; see `shrink.py`.
"""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from tests.host.two_computers import Computer
from tests.lives.living_case import LivingCase
from tests.lives.running_case import RunningCase
from tests.lives.truth import (
    ALL,
    CLINIC,
    DAY,
    HEAD,
    HEAD_OUT,
    HOLD,
    HOUR,
    LOOK,
    OPENED,
    OVER,
    RULES,
    SEEN,
    UNDO,
    USE,
    Fact,
    Known,
    longest,
    reaction_of,
    read_rules,
    standing_holds,
)

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollcore.rest import rested_at
from rollhost.cli.main import main
from rollhost.output import units

BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: when a life begins."""

SLACK_S = 5
"""Clocks count whole seconds, and one that is off by under 2 s is left alone."""

BUSY_SLACK_S = 120
"""The same where a computer and a case are processes, which run on while they are looked at."""

HOLDS = {"acne": 1, "infection": 2, "cold-sore": 3, "wound": 4, "sunburn": 5}
"""Words for `host hold`, and the number of `hold_set.reason` that SPEC.md gives each."""

RED_FLAG, HEAD_IS_OUT = 8, 7
"""Of `refused.reason` in SPEC.md: why a use is refused."""

IN_TURN, AGAINST_REST = 1, 2
"""Of `use_started.how` in SPEC.md."""

SIGNS = ("pus", "fever", "streaks", "lump")
"""Some words for `reaction --sign`."""

MINUTE = 60

KINDS = {
    CLINIC: "clinic", OPENED: "reaction", LOOK: "follow-up", SEEN: "seen", OVER: "reaction over",
    HEAD_OUT: "head over",
}  # fmt: skip
"""What `host undo --list --json` calls the kinds of facts that are taken back."""

OF_A_HEAD = (state.PREPARE, state.READY, state.CLEAN_ME)
"""README, What the lamp says: where a very long press takes the head out."""

KINDS_OF_TOKENS = (
    events.CLINIC, events.HOLD_SET, events.HEAD_NEW, events.REACTION,
    events.REACTION_OPENED, events.REACTION_CLOSED, events.REACTION_RED, events.CLINICIAN_SAW,
    events.HEAD_OUT,
)  # fmt: skip
"""Kinds of records that say an entry, by its token."""

SYNCED, QUARANTINED = 0, 5
"""Exit codes of a `host sync` that is done."""


class Failed(Exception):
    """Something was seen that is not right: `kind` names the sort of failure in a few words."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


@dataclass(frozen=True)
class Step:
    """One thing that happens: its name and the number that its choices follow from."""

    name: str
    number: int


@dataclass
class Log:
    """What the log of a case holds: what the case has logged by itself, by the record's number."""

    made: dict[int, Fact] = field(default_factory=dict)
    damaged: set[int] = field(default_factory=set)
    heard: set[Fact] = field(default_factory=set)
    """What the computers knew with which it was synced: the case was told what matters of it."""
    counted: list[tuple[frozenset[Fact], frozenset[Fact]]] = field(default_factory=list)
    """What each of them knew of uses and heads of this line, as the case was told how many; and
    what of `made` there was then."""
    born_with: set[Fact] = field(default_factory=set)
    """What of `made` is in no record any more, as a new log has begun with how many there were."""

    def copy(self) -> "Log":
        """Return a copy, as of a flash."""
        return Log(
            dict(self.made),
            set(self.damaged),
            set(self.heard),
            list(self.counted),
            set(self.born_with),
        )


class Belongings:
    """Whose a case is, and what the truth has to know of it."""

    book: Log
    person: int
    line: tuple[int, ...]
    """The numbers of this case and of those that it has replaced: the head went from one to the
    next."""
    is_away = False
    """Whether it was replaced or retired."""
    is_hurt = False
    """Whether any of its logs was ever damaged."""
    holds_told: dict[int, int]
    """When (case time, s) its logs were told of a hold last, by token: also those before a new one,
    which the computers have."""


class Living(Belongings, LivingCase):
    """A case in this process."""


class Running(Belongings, RunningCase):
    """A case in a process of its own."""


Owned = Living | Running


class Desk(Computer):
    """A computer, and which facts are in its database."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.known: set[Fact] = set()
        self.entries: set[Fact] = set()
        """What of it was written down here, or taken in as an entry."""
        self.unsure: set[Fact] = set()
        """What it may have, after syncs that broke off."""
        self.numbers: set[Fact] = set()
        """What of `known` is but a part of how many uses a head has seen: in no record here."""
        self.met: set[int] = set()
        """Numbers of the cases that it has synced."""
        self.saved: list[tuple[Path, set[Fact], set[Fact], set[int]]] = []
        self.heard: set[Fact] = set()
        """What the cases that it has synced were told by others, as a number of uses of a head."""
        self.replaced: set[int] = set()
        """Numbers of the cases of which it knows that they replace another."""
        self.forks = False
        """Whether each command is a process of its own."""

    def run(self, now: int, *words: str) -> tuple[int, str]:
        """Run ``host`` at Unix time `now` (s); return its exit code and what it printed."""
        if not self.forks:
            # The tests' run gives the time, as ROLLCASE_NOW does, and so it is sure.
            return super().run(now, *words)
        done = subprocess.run(
            [sys.executable, "-m", "rollhost", *words, "--db", str(self.path)],
            env={**os.environ, "ROLLCASE_NOW": units.utc(now)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout or done.stderr

    def run_by_own_clock(self, now: int, *words: str) -> int:
        """Run ``host`` by a clock that says `now` (Unix s) and that nothing vouches for."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        os.environ.pop("ROLLCASE_NOW", None)
        with (
            patch("rollhost.now.time", lambda: float(now)),
            patch("rollhost.cli.sure_clock.is_synchronised", lambda now: False),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                return main([*words, "--db", str(self.path)])
            except SystemExit as stop:
                return stop.code if isinstance(stop.code, int) else -1

    def newest_token(self) -> int:
        """Return the token of the entry that was written down last."""
        with contextlib.closing(sqlite3.connect(self.path)) as base:
            (token,) = base.execute(
                "SELECT token FROM entries ORDER BY rowid DESC LIMIT 1"
            ).fetchone()
        return int(token)


WEIGHTS = {
    "wait": 18, "use": 16, "sync": 22, "sync_cut": 4, "clinic": 5, "mistake": 3, "undo": 4,
    "hold": 4, "release": 3, "react": 4, "over": 3, "head": 3, "rules": 5, "power": 4,
    "look": 4, "seen": 4, "head_out": 3, "take_back": 4,
    "wipe": 2, "put_back": 2, "copy": 2, "damage": 2, "replace": 1, "retire": 1, "exchange": 4,
    "backup": 2, "restore": 2, "wrong_clock": 3,
}  # fmt: skip
"""How often each step comes."""


def plan(seed: int, length: int = 0, without: tuple[str, ...] = ()) -> list[Step]:
    """Return the steps of the life with this seed, `length` of them or as many as it chooses.

    What is in `without` never happens.
    """
    chance = Random(f"plan {seed}")
    length = length or chance.choice((8, 12, 16, 24, 40))
    # Most lives know only some of the steps: they show what these alone do.
    names = [name for name in WEIGHTS if name not in without]
    if chance.random() < 0.7:
        rare = [name for name in names if name not in ("wait", "use", "sync")]
        names = ["wait", "use", "sync", *chance.sample(rare, min(len(rare), 5))]
    weights = [WEIGHTS[name] for name in names]
    steps = [Step("begin", chance.randrange(1 << 30))]
    for name in chance.choices(names, weights, k=length):
        steps.append(Step(name, chance.randrange(1 << 30)))
    return steps


def year(seed: int) -> list[Step]:
    """Return the steps of a year of one person with two cases and two computers."""
    chance = Random(f"year {seed}")
    names = ["begin_two", "sync", "sync", "sync", "rules", "sync"]
    for week in range(52):
        names += ["use", "sync", "week"]
        if week % 4 == 0:
            names += [chance.choice(("clinic", "mistake", "hold", "react", "head", "undo"))]
        if week % 4 == 2:
            names += ["exchange", "sync", "over", "release"]
    return [Step(name, chance.randrange(1 << 30)) for name in names]


class Life:
    """The world of one life, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        trace: Callable[[str], None] = lambda text: None,
        processes: bool = False,
    ) -> None:
        self.processes = processes
        self.slack_s = BUSY_SLACK_S if processes else SLACK_S
        self.folder = folder
        self.ms = BORN * 1000
        self.cases: list[Owned] = []
        self.desks = [Desk(folder / f"computer{number}.db") for number in range(2)]
        for desk in self.desks:
            desk.forks = processes
        self.persons = 1
        self.checks = 0
        self.lacks: set[str] = set()
        """Commands that `host` does not have."""
        self.failures: list[Failed] = []
        """What was seen that is not right, the first of each kind."""
        self.facts: dict[int, Fact] = {}
        """Every fact by its number, also those that no computer knows any more."""
        self.half_told: set[Fact] = set()
        """New heads of which a case was told when a sync broke off: since when, it may not know."""
        self._trace = trace
        self._entries: dict[Path, tuple[set[Fact], set[int], set[Fact]]] = {}
        self._copies: dict[int, tuple[Any, Log]] = {}

    @property
    def now(self) -> int:
        """Unix time (s), the true one."""
        return self.ms // 1000

    # Living.

    def live(self, steps: list[Step]) -> None:
        """Live these steps and then come to an end. Raises `Failed` at the first thing wrong."""
        try:
            for step in steps:
                self._trace(f"{self.said_time()} {step.name}")
                getattr(self, f"do_{step.name}")(Random(step.number))
            self._trace(f"{self.said_time()} the end")
            self.end()
        finally:
            for case in self.cases:
                case.take_away()

    def said_time(self) -> str:
        """Return how long this life has been going on, in days."""
        return f"day {(self.now - BORN) / DAY:.2f}"

    def say(self, text: str) -> None:
        """Say what happens, to who follows this life."""
        self._trace(f"    {text}")

    def wrong(self, kind: str, text: str) -> None:
        """Note that something is not right, and live on."""
        self.say(f"WRONG: {kind}: {text}")
        if kind not in [failed.kind for failed in self.failures]:
            self.failures.append(Failed(kind, text))

    def fact(self, kind: str, person: int, at: int, **named: Any) -> Fact:
        """Return a new fact."""
        fact = Fact(len(self.facts) + 1, kind, person, at, **named)
        self.facts[fact.number] = fact
        self.say(f"fact {fact}")
        return fact

    def pass_time(self, seconds: int) -> None:
        """Let time pass for everybody."""
        self.ms += seconds * 1000
        for case in self.cases:
            if not case.is_away:
                case.live_until(self.ms)

    def with_case(self, case: Owned) -> None:
        """Bring a case to now; afterwards `left` brings the world to where the case is."""
        case.live_until(self.ms)

    def left(self, case: Owned) -> None:
        """Let the world go on from where this case is."""
        self.ms = max(self.ms, case.ms)

    def add_case(self, person: int) -> Owned:
        """Add a case that has just been switched on."""
        number = len(self.cases)
        kind = Running if self.processes else Living
        case: Owned = kind(self.folder / f"case{number}", number, self.ms)
        case.book = Log()
        case.person = person
        case.line = (number,)
        case.holds_told = {}
        self.cases.append(case)
        return case

    def some_case(self, chance: Random) -> Owned:
        """Return a case that is not away."""
        return chance.choice([case for case in self.cases if not case.is_away])

    # What happens.

    def do_begin(self, chance: Random) -> None:
        """The cases come out of their boxes."""
        self.persons = chance.choice((1, 1, 2))
        self.add_case(0)
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            self.add_case(chance.randrange(self.persons))

    def do_begin_two(self, chance: Random) -> None:
        """One person has two cases."""
        self.add_case(0)
        self.add_case(0)

    def do_week(self, chance: Random) -> None:
        """A week goes by."""
        self.pass_time(7 * DAY)

    def do_wait(self, chance: Random) -> None:
        """Nothing happens for a while."""
        self.pass_time(chance.choice((HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY)))

    def do_use(self, chance: Random) -> None:
        """Somebody goes to a case to roll, and does as it says, mostly."""
        case = self.some_case(chance)
        self.with_case(case)
        used = asked = False
        for _ in range(14):
            case.settle()
            phase = case.standing.phase
            if case.fault:
                break
            if phase in OF_A_HEAD and chance.random() < 0.04:
                asked = False
                self._take_head_out(case)
            elif phase == state.PREPARE:
                if used:
                    break
                case.press()
            elif phase in (state.SOAKING, state.DRYING):
                if chance.random() < 0.03:
                    asked = False
                    self._cut_power(case, chance)
                else:
                    case.live_until(case.ms + 11 * MINUTE * 1000)
            elif phase == state.READY:
                if used:
                    break
                if chance.random() < 0.1:
                    break
                for _ in range(chance.randrange(3) if len(case.policy.zones) > 1 else 0):
                    case.press()
                zones = range(len(case.policy.zones))
                ends = min(rested_at(case.folded, case.policy, zone) for zone in zones)
                how = AGAINST_REST if case.case_time < ends else IN_TURN
                case.long_press()
                self._check_how(case, how)
            elif phase == state.IN_USE:
                used, asked = True, False
                self._roll(case, chance)
            elif phase == state.CLEAN_ME:
                if chance.random() < 0.2:
                    break
                case.press()
            elif phase == state.RESTING:
                if asked:
                    self.wrong("override forgotten", f"case {case.number}, {self.said_time()}")
                if used or chance.random() < 0.6:
                    break
                asked = True
                case.very_long_press()
                self._check_asked(case)
            elif phase == state.HELD:
                chance.choice((case.press, case.long_press, case.very_long_press))()
                if case.standing.phase != state.HELD:
                    self.wrong("a press ends a hold", f"case {case.number}, {self.said_time()}")
                break
            elif phase == state.HEAD_EXPIRED:
                if chance.random() < 0.4:
                    break
                case.very_long_press()
                if case.standing.phase != state.HEAD_EXPIRED:
                    self.left(case)
                    case.book.made[case.next_seq - 1] = self.fact(
                        HEAD, case.person, self.now, case=case.number
                    )
            else:
                break
        if case.standing.phase == state.IN_USE:
            self._roll(case, chance)
        self.left(case)

    def _take_head_out(self, case: Owned) -> None:
        """Say at the case that its head is used no more."""
        case.very_long_press()
        self.left(case)
        case.book.made[case.next_seq - 1] = self.fact(
            HEAD_OUT, case.person, self.now, case=case.number
        )
        standing = case.standing
        if (standing.phase, standing.reason) != (state.HEAD_EXPIRED, HEAD_IS_OUT):
            self.wrong("head stays in", f"case {case.number}, {self.said_time()}: {standing.phase}")

    def _check_asked(self, case: Owned) -> None:
        """Look at a case in which a use against the rest was asked for."""
        logged = case.log_events()[-1]
        wanted = state.PREPARE if case.policy.soak_before_s else state.READY
        if logged.kind != events.OVERRIDE_ASKED or case.standing.phase != wanted:
            text = f"case {case.number}, {self.said_time()}: {case.standing.phase}, {logged.name}"
            self.wrong("override not asked", text)

    def _check_how(self, case: Owned, how: int) -> None:
        """Look at what was logged of the start of a use."""
        started = case.log_events()[-1]
        if started.kind != events.USE_STARTED or started.data["how"] != how:
            text = f"case {case.number}, {self.said_time()}: {started.name} {started.data}"
            self.wrong("use not logged as it was", f"{text}, not {how}")

    def _roll(self, case: Owned, chance: Random) -> None:
        """Roll until the use ends, in one way or the other."""
        rules = read_rules(case.policy.text)
        started = next(e for e in reversed(case.log_events()) if e.kind == events.USE_STARTED)
        zone = rules.zones[started.zone] if rules.is_chosen else None
        is_vague = not case.folded.clock_set
        how = chance.choice(("end", "end", "end", "end", "short", "long", "power"))
        if how == "short":
            case.wait(4)
            case.press()
            return
        if how == "long":
            case.wait(31 * MINUTE)
            ended = case.ms // 1000 - MINUTE
        elif how == "power":
            case.wait(chance.choice((60, 200, 600)))
            ended = case.ms // 1000
            self._cut_power(case, chance)
        else:
            case.wait(chance.choice((60, 200, 600)))
            case.press()
            ended = case.ms // 1000 - 1
        self.left(case)
        case.book.made[case.next_seq - 1] = self.fact(
            USE,
            case.person,
            ended,
            zone=zone,
            needle_um=rules.needle_um,
            case=case.number,
            is_vague=is_vague or how == "power",
        )

    def _cut_power(self, case: Owned, chance: Random) -> None:
        off_s = chance.choice((0, HOUR, 3 * DAY))
        self.say(f"case {case.number} is without power for {off_s} s")
        self.left(case)
        self.ms += off_s * 1000
        case.power_cut(self.ms)

    def do_power(self, chance: Random) -> None:
        """A case loses its power."""
        case = self.some_case(chance)
        self.with_case(case)
        self._cut_power(case, chance)

    def do_wipe(self, chance: Random) -> None:
        """The flash of a case is made anew."""
        case = self.some_case(chance)
        self.with_case(case)
        self.say(f"case {case.number} is wiped")
        case.wipe()
        case.book = Log()
        self._copies.pop(case.number, None)

    def do_copy(self, chance: Random) -> None:
        """Somebody copies the flash of a case."""
        case = self.some_case(chance)
        self.with_case(case)
        self._copies[case.number] = (case.copy_flash(), case.book.copy())

    def do_put_back(self, chance: Random) -> None:
        """The flash of a case is put back from its copy."""
        if not self._copies:
            return
        number = chance.choice(sorted(self._copies))
        case = self.cases[number]
        if case.is_away:
            return
        self.with_case(case)
        self.say(f"the flash of case {number} is put back")
        copy, log = self._copies[number]
        case.put_back(copy)
        case.book = log.copy()

    def do_damage(self, chance: Random) -> None:
        """A record on flash is damaged, and the case starts anew."""
        case = self.some_case(chance)
        self.with_case(case)
        first, end = case.first_seq, case.next_seq
        if end <= first + 1:
            return
        seq = chance.randrange(max(first, end - 12), end)
        self.say(f"record {seq} of case {case.number} is damaged")
        if case.damage(seq):
            case.book.damaged.add(seq)
            case.is_hurt = True

    # What is written down.

    def do_clinic(self, chance: Random, mistaken: bool = False) -> None:
        """Somebody writes down a session at a clinic."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        days = chance.choice((0, 0, 1, 3, 10, 20))
        zone = chance.choice(self._zones(desk, person))
        words = ["clinic", f"{days}d" if days else "today", "--needle", "1.5", "--zone", zone]
        said = self._write(desk, person, *words)
        if said is None:
            return
        at = moment(said["at"])
        assert abs(at - (self.now - days * DAY)) <= DAY, said
        self._learn(desk, CLINIC, person, at, zone=zone, reason="mistake" if mistaken else "")

    def do_mistake(self, chance: Random) -> None:
        """Somebody writes down a session at a clinic that has not been."""
        self.do_clinic(chance, mistaken=True)

    def do_hold(self, chance: Random) -> None:
        """Somebody holds their cases."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        reason, days = chance.choice(sorted(HOLDS)), chance.choice((0, 0, 10, 40))
        until = ["--until", f"{days}d"] if days else []
        said = self._write(desk, person, "hold", reason, *until)
        if said is not None:
            ends = moment(said["until"]) if days else 0
            self._learn(desk, HOLD, person, self.now, reason=reason, until=ends)

    def do_release(self, chance: Random) -> None:
        """Somebody releases all holds, or one that their computer knows of."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        stand = longest(Known(frozenset(desk.entries), person).holds(), self.now)
        one = chance.choice(stand).reason if stand and chance.random() < 0.4 else ""
        if self._write(desk, person, "hold", "release", *([one] if one else [])) is not None:
            self._learn(desk, HOLD, person, self.now, released=one)

    def do_react(self, chance: Random) -> None:
        """The skin reacts."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        zone = chance.choice(self._zones(desk, person))
        sign = ["--sign", chance.choice(SIGNS)] if chance.random() < 0.4 else []
        said = self._write(desk, person, "reaction", "open", "red", "--zone", zone, *sign)
        if said is not None:
            self._learn(desk, OPENED, person, self.now, zone=zone, is_red=bool(sign))

    def do_look(self, chance: Random) -> None:
        """Somebody looks at a reaction again, mostly with a sign that a clinician should see."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        still_open = Known(frozenset(desk.known), person).open_reactions()
        if not still_open:
            return
        zone = chance.choice(still_open).zone
        sign = ["--sign", chance.choice(SIGNS)] if chance.random() < 0.8 else []
        said = self._write(desk, person, "reaction", "look", "red", "--zone", str(zone), *sign)
        if said is not None:
            self._learn(desk, LOOK, person, self.now, about=self._about(said), is_red=bool(sign))

    def do_seen(self, chance: Random) -> None:
        """A clinician has looked at a reaction."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        known = Known(frozenset(desk.known), person)
        red = [self.facts[reaction_of(sign)] for sign in known.red_flags()]
        seen = red or known.open_reactions()
        if seen:
            self._see(desk, person, str(chance.choice(seen).zone))

    def _see(self, desk: Desk, person: int, zone: str) -> bool:
        """Write down that a clinician has looked at this zone; return whether `host` takes it."""
        said = self._write(desk, person, "reaction", "seen", "--zone", zone)
        if said is None:
            said = self._write(desk, person, "reaction", "seen")
        if said is not None:
            self._learn(desk, SEEN, person, self.now, about=self._about(said))
        return said is not None

    def _about(self, said: dict[str, Any]) -> int:
        """Return the number of the fact that an entry is about; 0 for all."""
        if not said["reaction"]:
            return ALL
        return next(f.number for f in self.facts.values() if f.token == said["reaction"])

    def do_over(self, chance: Random) -> None:
        """A reaction is over."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        still_open = Known(frozenset(desk.known), person).open_reactions()
        if not still_open:
            return
        reaction = chance.choice(still_open)
        # Host takes the oldest of the zone.
        reaction = next(fact for fact in still_open if fact.zone == reaction.zone)
        zone = ["--zone", reaction.zone] if reaction.zone else []
        said = self._write(desk, person, "reaction", "over", *zone)
        if said is not None:
            self._learn(desk, OVER, person, self.now, about=reaction.number)

    def do_head(self, chance: Random) -> None:
        """Somebody writes down that a new head is in."""
        desk, case = chance.choice(self.desks), self.some_case(chance)
        if case.number not in desk.met:
            return
        said = self._write(desk, None, "head", "new", "--case", case.device)
        if said is not None:
            self._learn(desk, HEAD, case.person, self.now, case=case.number)

    def do_head_out(self, chance: Random) -> None:
        """Somebody writes down that a head was dropped."""
        desk, case = chance.choice(self.desks), self.some_case(chance)
        if case.number not in desk.met:
            return
        said = self._write(desk, None, "head", "out", "dropped", "--case", case.device)
        if said is not None:
            self._learn(desk, HEAD_OUT, case.person, self.now, case=case.number)

    def do_rules(self, chance: Random) -> None:
        """Somebody chooses other rules for a case."""
        desk, case = chance.choice(self.desks), self.some_case(chance)
        if case.number not in desk.met:
            return
        words = chance.choice((
            ["needle=0.25"], ["needle=0.5"], ["needle=0.2", "zones=face,neck"], ["needle=0.7"],
            ["zones=face,neck"], ["zones=face"], ["zones=neck,face"], ["rest=30d"],
        ))  # fmt: skip
        code, _ = desk.run(self.now, "policy", "set", "--case", case.device, *words, "--json")
        if code == 0:
            self.say(f"computer {self._number(desk)}: policy set {' '.join(words)}")
            desk.known.add(
                self.fact(RULES, case.person, self.now, case=case.number, reason=" ".join(words))
            )

    def do_undo(self, chance: Random) -> None:
        """Somebody takes back what was a mistake."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        known = Known(frozenset(desk.known), person)
        self._undo(desk, [fact for fact in known.of(CLINIC) if fact.reason == "mistake"], chance)

    def do_take_back(self, chance: Random) -> None:
        """Somebody takes back what they wrote of a reaction, or that a head is out."""
        desk, person = chance.choice(self.desks), chance.randrange(self.persons)
        known = Known(frozenset(desk.known), person)
        self._undo(desk, list(known.of(OPENED, LOOK, SEEN, OVER, HEAD_OUT)), chance)

    def _undo(self, desk: Desk, facts: list[Fact], chance: Random) -> None:
        """Take back one of these facts, if any can be."""
        mistakes = [fact for fact in facts if fact.token]
        if not mistakes:
            return
        mistake = chance.choice(mistakes)
        person = mistake.person
        name = desk.person(person, self.now)
        listed = desk.ask(self.now, "undo", "--list", "--person", name)
        numbers = [
            entry["number"]
            for entry in listed["entries"]
            if entry["kind"] == KINDS[mistake.kind] and moment(entry["written"]) == mistake.written
        ]
        if not numbers:
            return  # it has come in a log only
        code, text = desk.run(self.now, "undo", numbers[0], "--yes", "--person", name, "--json")
        self.say(f"computer {self._number(desk)}: undo of fact {mistake.number}: {code}")
        if code:
            # It is refused where the records are not here that would be needed.
            if not self._is_hurt(person):
                self.wrong("undo refused", text)
            return
        self._learn(desk, UNDO, person, self.now, about=mistake.number)

    def _is_hurt(self, person: int) -> bool:
        """Return whether a case of this person was ever damaged: a use may have been assumed."""
        return any(case.is_hurt for case in self.cases if case.person == person)

    def _zones(self, desk: Desk, person: int) -> list[str]:
        """Return the zones of the person's cases that this computer has met."""
        zones = {
            zone
            for case in self.cases
            if case.person == person and case.number in desk.met and not case.is_away
            for zone in case.policy.zones
        }
        return sorted(zones) or ["face"]

    def _write(self, desk: Desk, person: int | None, *words: str) -> dict[str, Any] | None:
        """Write something down, at a second of its own; None if `host` does not take it."""
        self.pass_time(2)
        if person is not None:
            words = (*words, "--person", desk.person(person, self.now))
        code, text = desk.run(self.now, *words, "--json")
        self.say(f"computer {self._number(desk)}: {' '.join(words)}: {code}")
        if code:
            self.say(text)
            return None
        document: dict[str, Any] = json.loads(text)["entry"]
        return document

    def _learn(self, desk: Desk, kind: str, person: int, at: int, **named: Any) -> None:
        fact = self.fact(kind, person, at, written=self.now, token=desk.newest_token(), **named)
        desk.known.add(fact)
        desk.entries.add(fact)

    def _number(self, desk: Desk) -> int:
        return self.desks.index(desk)

    # Between the computers.

    def do_exchange(self, chance: Random) -> None:
        """One computer takes in what another has."""
        giver, taker = chance.sample(self.desks, 2)
        self._exchange(giver, taker)

    def _exchange(self, giver: Desk, taker: Desk) -> None:
        file = self.folder / "export.json"
        code, text = giver.run(self.now, "export", "json", str(file), "--force")
        if code:
            raise Failed("export fails", text)
        code, text = taker.run(self.now, "import", str(file), "--person", "me", "--json")
        if code not in (SYNCED, QUARANTINED):
            raise Failed("import fails", text)
        self.say(f"computer {self._number(taker)} takes in what the other has: {code}")
        identified = (taker.known - taker.numbers) | (giver.known - giver.numbers)
        taker.known |= giver.known
        taker.numbers = taker.known - identified
        taker.entries |= giver.entries
        taker.unsure |= giver.unsure
        taker.met |= giver.met
        taker.replaced |= giver.replaced

    def do_backup(self, chance: Random) -> None:
        """A backup is made."""
        desk = chance.choice(self.desks)
        file = self.folder / f"backup{self._number(desk)}-{len(desk.saved)}.db"
        code, text = desk.run(self.now, "backup", str(file), "--json")
        if code:
            raise Failed("backup fails", text)
        desk.saved.append((file, set(desk.known), set(desk.unsure), set(desk.met)))
        self._entries[file] = set(desk.entries), set(desk.replaced), set(desk.numbers)

    def do_restore(self, chance: Random) -> None:
        """A backup is put back."""
        desk = chance.choice(self.desks)
        if not desk.saved:
            return
        file, known, unsure, met = chance.choice(desk.saved)
        self.pass_time(2)
        code, text = desk.run(self.now, "restore", str(file), "--yes", "--json")
        if code:
            raise Failed("restore fails", text)
        self.say(f"computer {self._number(desk)} has its backup again")
        desk.known, desk.unsure, desk.met = set(known), set(unsure), set(met)
        entries, replaced, numbers = self._entries[file]
        desk.entries, desk.replaced, desk.numbers = set(entries), set(replaced), set(numbers)

    # Cases that come and go.

    def do_replace(self, chance: Random) -> None:
        """A new case takes the place of one."""
        old, desk = self.some_case(chance), chance.choice(self.desks)
        if old.number not in desk.met or len(self.cases) > 4 or "replace" in self.lacks:
            return
        new = self.add_case(old.person)
        self.sync(desk, new)
        code, text = desk.run(
            self.now, "case", "replace", old.device, new.device, "--yes", "--json"
        )
        self.say(f"case {new.number} replaces case {old.number}: {code}")
        if code == 2 and "replace" in text:
            self.lacks.add("replace")
            return
        if code:
            raise Failed("replace fails", text)
        old.is_away = True
        new.line = (*old.line, new.number)
        desk.replaced.add(new.number)
        self.sync(desk, new)

    def do_retire(self, chance: Random) -> None:
        """A case is not used any more."""
        case, desk = self.some_case(chance), chance.choice(self.desks)
        there = sum(not other.is_away and not other.person for other in self.cases)
        if case.number not in desk.met or (there < 2 and not case.person) or "retire" in self.lacks:
            return
        code, text = desk.run(self.now, "case", "retire", case.device, "--yes", "--json")
        self.say(f"case {case.number} is retired: {code}")
        if code == 2 and "retire" in text:
            self.lacks.add("retire")
            return
        if code:
            raise Failed("retire fails", text)
        case.is_away = True

    # Syncs.

    def do_sync(self, chance: Random) -> None:
        """A case is synced."""
        self.sync(chance.choice(self.desks), self.some_case(chance))

    def do_sync_cut(self, chance: Random) -> None:
        """A case is synced, and cable or power goes in the middle of it."""
        desk, case = chance.choice(self.desks), self.some_case(chance)
        self.with_case(case)
        name = desk.person(case.person, self.now)
        before = case.log_id, self.in_log(case)
        with case.broken(chance) as port:
            words = ("sync", "--port", port, "--person", name, "--json")
            code, _ = desk.run(self.now, *words)
        self.say(
            f"computer {self._number(desk)} syncs case {case.number}, and it breaks off: {code}"
        )
        self.left(case)
        if code in (SYNCED, QUARANTINED):  # nothing was left to be cut
            self._brought_home(desk, case, before)
        elif case.log_id != before[0]:
            case.book.born_with |= set(case.book.made.values())
        found = self.in_log(case)
        self.half_told |= {fact for fact in found & desk.entries if fact.kind == HEAD}
        desk.unsure |= found - desk.known

    def sync(self, desk: Desk, case: Owned) -> None:
        """Sync a case with a computer whose clock is right, and see if all is as it should be."""
        self.with_case(case)
        name = desk.person(case.person, self.now)
        self.left(case)
        words = ("sync", "--port", case.port, "--person", name, "--json")
        before = case.log_id, self.in_log(case)
        code, text = desk.run(self.now, *words)
        self.left(case)
        self.say(f"computer {self._number(desk)} syncs case {case.number}: {code}")
        if code not in (SYNCED, QUARANTINED):
            raise Failed("sync fails", f"{code}: {text}")
        self._brought_home(desk, case, before)
        self.checks += 1
        self._check(desk, case)

    def do_wrong_clock(self, chance: Random) -> None:
        """A case is synced by a computer whose clock is wrong, and which is not sure of it."""
        desk, case = chance.choice(self.desks), self.some_case(chance)
        if self.processes:
            return
        self.with_case(case)
        self.left(case)
        name = desk.person(case.person, self.now)
        off_s = chance.choice((-1, 1)) * chance.choice((HOUR, DAY, 10 * DAY, 40 * DAY, 400 * DAY))
        words = ("sync", "--port", case.port, "--person", name, "--json")
        before = case.log_id, self.in_log(case)
        code = desk.run_by_own_clock(self.now + off_s, *words)
        self.say(
            f"computer {self._number(desk)} syncs case {case.number}, its clock {off_s / DAY:.2f}"
            f" days off: {code}"
        )
        if code in (SYNCED, QUARANTINED):
            self._brought_home(desk, case, before)
        elif case.log_id != before[0]:
            case.book.born_with |= set(case.book.made.values())
        desk.unsure |= self.in_log(case) - desk.known

    def _brought_home(self, desk: Desk, case: Owned, before: tuple[str, set[Fact]]) -> None:
        """Note that a sync was done: each of both knows what the other knew.

        `before` is the id of the log that the case had before it, and what could be known from it.
        """
        desk.met.add(case.number)
        log_id, had = before
        book, found = case.book, self.in_log(case) | had
        identified = (desk.known - desk.numbers) | (found - book.born_with)
        desk.known |= found
        desk.numbers = desk.known - identified
        desk.unsure -= desk.known
        desk.heard |= book.heard
        line = self._line(desk, case)
        # A head of a case of which the computer does not know that this one replaces it is another.
        of_heads = (HEAD, HEAD_OUT)
        book.heard |= {f for f in desk.known if f.kind not in of_heads or f.case in line}
        self.half_told -= found & desk.entries
        told = frozenset(fact for fact in identified if fact.case in line)
        book.counted.append((told, frozenset(book.made.values())))
        if case.log_id != log_id:
            book.born_with |= set(book.made.values())

    def in_log(self, case: Owned) -> set[Fact]:
        """Return what another computer can know from the log of this case."""
        log = case.book
        found = {fact for seq, fact in log.made.items() if seq not in log.damaged}
        written = [event for event in case.log_events() if event.kind in KINDS_OF_TOKENS]
        tokens = {event.data["token"] for event in written} - {0}
        undone = {e.data["token"] for e in case.log_events() if e.kind == events.CORRECTED}
        for fact in self.facts.values():
            about = self.facts.get(fact.about)
            is_undone = fact.kind == UNDO and about is not None and about.token in undone
            if (fact.token and fact.token in tokens) or is_undone:
                found.add(fact)
        return found

    def _check(self, desk: Desk, case: Owned) -> None:
        """Look at a case that was synced just now: what it shows, and what `host status` says."""
        case.settle()
        person = case.person
        known = Known(frozenset(desk.known | set(case.book.made.values())), person)
        rules = read_rules(case.policy.text)
        folded = case.folded
        status = self.status(desk, case)
        behind = self.now - (case.case_time + CASE_EPOCH)
        where = f"computer {self._number(desk)}, case {case.number}, {self.said_time()}"
        if abs(behind) > self.slack_s:
            self.wrong("clock", f"{where}: {behind} s behind after a sync")
        zones = {zone["name"]: moment(zone["until"]) for zone in status["zones"]}
        if list(zones) != list(rules.zones):
            self.wrong("rules differ", f"{where}: {zones} and {rules.zones}")
        resting = 0
        for place, zone in enumerate(rules.zones):
            shown = rested_at(folded, case.policy, place) + CASE_EPOCH + behind
            ends = known.reasons(rules, zone)
            end, why = ends[0] if ends else (0, None)
            resting += end > self.now + self.slack_s
            if end > self.now + self.slack_s and shown < end - self.slack_s:
                assert why is not None
                kind = f"rest too short: {self._origin(case, why)}"
                self.wrong(kind, f"{where}, {zone}: {day(shown)} in place of {day(end)}, {why}")
            told = zones[zone]
            if end > self.now + self.slack_s and told < end - self.slack_s:
                kind = f"status too short: {self._origin(case, why)}"
                self.wrong(kind, f"{where}, {zone}: {day(told)} in place of {day(end)}, {why}")
            # In a damaged log the host takes another record for a use than the case did.
            is_later = told > self.now + self.slack_s and shown < told - self.slack_s
            if is_later and not case.is_hurt:
                self.wrong(
                    f"status longer than the case: {self._named(known, rules, told)}",
                    f"{where}, {zone}: {day(told)} and {day(shown)}",
                )
            for fact in known.undone:
                ended = fact.at + rules.clinic_rest_s
                # Another session of that minute may rest on in a zone that is not known.
                others = [session.at for session in known.of(CLINIC)]
                is_it = abs(shown - ended) < MINUTE and not self._is_hurt(person)
                is_it = is_it and all(abs(at - fact.at) >= MINUTE for at in others)
                if shown > self.now and is_it and end < ended - MINUTE:
                    self.wrong("withdrawn clinic rests on", f"{where}, {zone}: {fact}")
        # What a damaged record said is lost, unless somebody else knows it.
        more = self.in_log(case) if case.is_hurt else case.book.heard | known.facts
        known = Known(frozenset(desk.known | more), person)
        self._check_holds(desk, case, known, status, where)
        self._check_red(desk, case, known, where)
        self._check_head(desk, case, known, status, where)
        phase, standing = case.standing.phase, case.standing
        free = phase in (state.PREPARE, state.READY) and not standing.override
        if free and resting == len(rules.zones):
            self.wrong("lamp shows rested", where)
        if free and (known.open_reactions() or None not in self._holds(desk, case, known)):
            self.wrong("lamp shows no hold", where)
        self._check_rules(desk, case, known, where)

    def _really(self, known: Known, case: Owned) -> Known:
        """Return what is known with all that a case was ever told or has logged, damaged or not."""
        everything = frozenset(known.facts | set(case.book.made.values()) | case.book.heard)
        return Known(everything, case.person)

    def _check_holds(
        self, desk: Desk, case: Owned, known: Known, status: dict[str, Any], where: str
    ) -> None:
        folded = case.folded
        unsure = {fact.kind for fact in desk.unsure}
        there = len(known.open_reactions())
        if case.is_hurt:
            # The record of an end may be damaged, which the case that has heard it still knows.
            there = min(there, len(self._really(known, case).open_reactions()))
        if status["open_reactions"] != folded.reactions:
            self.wrong(
                "reactions differ", f"{where}: {status['open_reactions']} and {folded.reactions}"
            )
        # What another computer has taken back the case need not have been told.
        most = max(there, len(Known(frozenset(desk.known), case.person).open_reactions()))
        too_many = folded.reactions > most and not case.is_hurt and not {OPENED, OVER} & unsure
        if folded.reactions < there or too_many:
            self.wrong(
                "reactions forgotten" if folded.reactions < there else "reactions too many",
                f"{where}: {folded.reactions} in place of {there}",
            )
        until = folded.hold_until
        case_holds = bool(folded.hold_reason) and (not until or until + CASE_EPOCH > self.now)
        status_holds = status["hold"] is not None
        if status_holds != case_holds:
            self.wrong("holds differ", f"{where}: status {status['hold']}, case {case_holds}")
        right = self._holds(desk, case, known)
        if None not in right and not case_holds:
            self.wrong("hold forgotten", f"{where}: {right}")
        if case.is_hurt or HOLD in unsure:
            return
        if case_holds and right == [None]:
            self.wrong("hold stays", f"{where}: {folded.hold_reason} until {until}")
        wanted = [
            (HOLDS[hold.reason], hold.until - CASE_EPOCH if hold.until else 0)
            for hold in right
            if hold is not None
        ]
        if case_holds and wanted and (folded.hold_reason, until) not in wanted:
            self.wrong("another hold", f"{where}: {(folded.hold_reason, until)}, not {wanted}")

    def _check_red(self, desk: Desk, case: Owned, known: Known, where: str) -> None:
        """Look if case and status hold for the signs that no clinician has looked at."""
        here = Known(frozenset(desk.known), case.person).red_flags()
        red = known.red_flags() or here
        standing = case.standing
        is_first = standing.phase in (state.IN_USE, state.SOAKING, state.ASKING, state.CLEAN_ME)
        is_dirty = standing.phase == state.HEAD_EXPIRED and case.folded.dirty
        is_drying = standing.phase == state.DRYING and case.folded.soaked == events.AFTER_USE
        is_hygiene = is_first or is_dirty or is_drying
        holds = (standing.phase, standing.reason) == (state.HELD, RED_FLAG)
        told = self.document(desk, case)["clinician"] is not None
        if red and not holds and not is_hygiene:
            self.wrong("red flag lost", f"{where}: {standing.phase} {standing.reason}, {red}")
        if here and not told:
            self.wrong("red flag not in status", f"{where}: {red}")
        if holds and not told:
            self.wrong("red flag only at the case", f"{where}: {red}")
        unsure = {fact.kind for fact in desk.unsure} & {OPENED, LOOK, SEEN, OVER, UNDO}
        if (holds or told) and not red and not case.is_hurt and not unsure:
            self.wrong("red flag stays", f"{where}: the case {holds}, status {told}")

    def _holds(self, desk: Desk, case: Owned, known: Known) -> list[Fact | None]:
        """Return the holds that the case may keep now, None for no hold.

        When a hold was said that is known from a log alone, nobody can tell: the record says when
        the case was told.
        """
        orders = [known.holds()]
        told = [e for e in case.log_events() if e.kind == events.HOLD_SET]
        case.holds_told |= {event.data["token"]: event.time for event in told}
        if any(fact not in desk.entries for fact in known.of(HOLD)):
            tokens = {fact.token: fact for fact in known.of(HOLD)}
            known_told = [e for e in told if e.data["token"] in tokens]
            orders.append(standing_holds(tokens[e.data["token"]] for e in known_told))
            # What was said here has its moment, and what another computer told comes with its own.
            moments = {fact: fact.written for fact in known.of(HOLD)}
            for token, time in case.holds_told.items():
                if token in tokens and tokens[token] not in desk.entries:
                    moments[tokens[token]] = time + CASE_EPOCH
            orders.append(standing_holds(sorted(moments, key=lambda fact: moments[fact])))
        found: list[Fact | None] = []
        for stand in orders:
            found += longest(stand, self.now) or [None]
        # What another computer told may have been said before what was said here: no hold that was
        # said here is shortened by it.
        heard_first = sorted(known.of(HOLD), key=lambda fact: fact in desk.entries)
        return [*found, *longest(standing_holds(heard_first), self.now)]

    def _check_head(
        self, desk: Desk, case: Owned, known: Known, status: dict[str, Any], where: str
    ) -> None:
        uses = case.folded.head_uses
        told = status["head"]["uses"]
        wanted = self._head_uses(desk, case)
        # The record of a new head may be damaged, and who had read it before has told the case.
        really = self._really(known, case)
        if case.is_hurt:
            wanted = min(wanted, really.head_uses(case.line))
        text = f"{where}: {uses} at the case, {told} in status, {wanted} in truth"
        is_out, told_out = bool(case.folded.head_out), status["head"]["out"] is not None
        # Since when a head is new, only the computer can say on which that was written down.
        is_half = any(
            fact.case in case.line and fact in desk.known for fact in self.half_told - desk.entries
        )
        # How much a head was used that is out means nothing, unless that is taken back.
        if uses < wanted and not is_out and not is_half:
            self.wrong("head uses too few", text)
        # Where the end of a use was lost that was too short to count, the case counts it.
        if told != uses and not (case.is_hurt and uses > told):
            self.wrong("head uses differ", text)
        # A use whose time nobody knows may have been with the head that was new after it.
        more = Known(known.facts | desk.heard, case.person).head_uses(case.line)
        most = max(wanted, more, self._told_head_uses(case))
        vague = sum(fact.is_vague and fact.case in case.line for fact in known.of(USE))
        if (
            uses > most + vague
            and not is_out
            and not case.is_hurt
            and not {USE, HEAD} & self._maybe_told()
        ):
            self.wrong("head uses too many", text)

        wanted_out = known.is_head_out(self._line(desk, case))
        text = f"{where}: {is_out} at the case, {told_out} in status, {wanted_out} in truth"
        is_really_out = not case.is_hurt or really.is_head_out(case.line)
        if wanted_out and is_really_out and not is_out and not is_half:
            self.wrong("head that is out is in", text)
        if is_out != told_out:
            self.wrong("head out differs", text)
        # The case may know more of its line than this computer does.
        may_be_out = (
            wanted_out
            or known.is_head_out(case.line)
            or self._is_out_here(desk, case)
            or self._was_set_out(case)
            or case.is_hurt
        )
        if is_out and not may_be_out and not {HEAD, HEAD_OUT} & self._maybe_told():
            self.wrong("head stays out", text)

    def _was_set_out(self, case: Owned) -> bool:
        """Return whether a computer has set the head out, as that of the case before was for it.

        It stays out until somebody says that a new one is in, also where another computer knows of
        a new one before that.
        """
        last = False
        for event in case.log_events():
            if event.kind == events.HEAD_NEW:
                last = False
            elif event.kind == events.CORRECTED and event.data["field"] == events.CORRECTED_HEAD:
                extra = event.data["extra"]  # 0 leaves it as it is, 1 puts it in
                last = extra > 1 if extra else last
        return last

    def _maybe_told(self) -> set[str]:
        """Return the kinds of facts that came home, or did not, where a sync was cut.

        A computer that knows of them has told each case that it has synced since.
        """
        return {fact.kind for desk in self.desks for fact in desk.unsure}

    def _is_out_here(self, desk: Desk, case: Owned) -> bool:
        """Return whether the head of a case is out by what this computer knows by itself.

        Where another computer has told the case that a head is new as a number alone, this one
        cannot know of it. And that a head was out by the entry of another computer was said when
        the case was told so, at the latest: a head that was new before is then out, too. So is one
        of a case of which the computer does not know that this one replaces it.
        """
        told = {
            event.data["token"]: event.time + CASE_EPOCH + SLACK_S
            for event in case.log_events()
            if event.kind == events.HEAD_OUT and event.data["token"]
        }
        here = set(desk.known - desk.numbers)
        for fact in desk.known - desk.numbers:
            if fact.kind == HEAD_OUT and fact.token in told:
                at = fact.at if fact in desk.entries else max(fact.at, told[fact.token])
                here.remove(fact)
                here.add(replace(fact, at=at, case=case.number))
        return Known(frozenset(here), case.person).is_head_out(self._line(desk, case))

    def _told_head_uses(self, case: Owned) -> int:
        """Return how many uses of its head a case was told of at the most, and has logged since.

        The computer that told it may not have known of a new head. A number that was told is never
        told smaller: nobody knows what else it counts.
        """
        heads = {fact for fact in self.in_log(case) if fact.kind == HEAD}
        made = set(case.book.made.values())
        counts = [
            Known(told | (made - before) | heads, case.person).head_uses(case.line)
            for told, before in case.book.counted
        ]
        return max(counts, default=0)

    def _head_uses(self, desk: Desk, case: Owned) -> int:
        """Return how many uses of its head a case and this computer know of at least.

        Of uses that others know the case was told a number alone: which of them the computer
        knows, too, nobody can say. A head that is in was new after each one that is out.
        """
        book, ends = case.book, (HEAD, HEAD_OUT)
        mine = {fact for seq, fact in book.made.items() if seq not in book.damaged}
        identified = (desk.known - desk.numbers) | (mine - book.born_with)
        heads = {fact for fact in identified if fact.kind in ends}
        line = self._line(desk, case)
        counts = [Known(frozenset(identified), case.person).head_uses(line, ends)]
        if not case.is_hurt:
            for told, made in [(frozenset[Fact](), frozenset[Fact]()), *book.counted]:
                found = told | (mine - made) | heads
                counts.append(Known(found, case.person).head_uses(case.line, ends))
        return max(counts)

    def _line(self, desk: Desk, case: Owned) -> tuple[int, ...]:
        """Return the line of a case, as far as this computer knows of it."""
        first = len(case.line) - 1
        while first and case.line[first] in desk.replaced:
            first -= 1
        return case.line[first:]

    def _check_rules(self, desk: Desk, case: Owned, known: Known, where: str) -> None:
        line = self._line(desk, case)
        chosen = [fact for fact in known.of(RULES) if fact.case in line and fact in desk.known]
        rules = read_rules(case.policy.text)
        if chosen and not rules.is_chosen:
            self.wrong("rules forgotten", f"{where}: {chosen[-1]}")

    def _origin(self, case: Owned, fact: Fact | None) -> str:
        """Return what kind of fact this is, and from where."""
        assert fact is not None
        if fact.token:
            return f"{fact.kind} that was written down"
        if fact in case.book.made.values():
            return f"{fact.kind} of its own log"
        if fact.case == case.number:
            return f"{fact.kind} of an earlier log"
        if fact.case in case.line:
            return f"{fact.kind} of the case it replaces"
        return f"{fact.kind} of another case"

    def _named(self, known: Known, rules: Any, until: int) -> str:
        """Return which sort of fact a rest until then comes from."""
        for fact in known.standing:
            for rest_s in {rules.clinic_rest_s, rules.rest_s, rules.reaction_rest_s}:
                if abs(fact.at + rest_s - until) < HOUR:
                    return fact.kind
        return "something else"

    def status(self, desk: Desk, case: Owned) -> dict[str, Any]:
        """Return what `host status` says of a case."""
        found = self.document(desk, case)["cases"]
        if len(found) != 1:
            raise Failed("status has no case", f"{len(found)} cases")
        document: dict[str, Any] = found[0]
        return document

    def document(self, desk: Desk, case: Owned) -> dict[str, Any]:
        """Return all that `host status` says of a case and of the skin that it is about."""
        document: dict[str, Any] = desk.ask(self.now, "status", "--case", case.device)
        return document

    # The end.

    def end(self) -> None:
        """Let both computers know all; then each syncs each case, and a second time for nothing."""
        cases = [case for case in self.cases if not case.is_away]
        for _ in range(1 if self.processes else 2):
            self.pass_time(MINUTE)
            for desk in self.desks:
                for case in cases:
                    self.sync(desk, case)
            self._exchange(self.desks[0], self.desks[1])
            self._exchange(self.desks[1], self.desks[0])
        for desk in self.desks:
            for case in cases:
                self.sync(desk, case)
        ends = [case.next_seq for case in cases]
        for desk in self.desks:
            for case in cases:
                self.sync(desk, case)
        for case, end in zip(cases, ends, strict=True):
            since = [event for event in case.log_events() if event.seq >= end]
            # A process lives on while another is synced, so that its clock is set anew.
            passed = (events.CLOCK_SET,) if self.processes else ()
            new = [event.name for event in since if event.kind not in passed]
            if new:
                self.wrong("told again for nothing", f"case {case.number}: {new}")
        for case in cases:
            self._check_told_once(case)
        for desk in self.desks:
            self._check_sessions(desk)
        self._see_all(cases)

    def _see_all(self, cases: list[Owned]) -> None:
        """Let a clinician look at all that waits for one; each case then hears of it."""
        desk = self.desks[0]
        for person in range(self.persons):
            for _ in range(len(self.facts)):
                red = Known(frozenset(desk.known), person).red_flags()
                if not red:
                    break
                zone = str(self.facts[reaction_of(red[0])].zone)
                if not self._see(desk, person, zone):
                    self.wrong("cannot say that it was seen", f"{self.said_time()}: {red}")
                    break
        for case in cases:
            self.sync(desk, case)

    def _check_told_once(self, case: Owned) -> None:
        seen: set[tuple[int, int]] = set()
        carried: dict[int, int] = {}
        for event in case.log_events():
            token = event.data.get("token", 0)
            if event.kind in KINDS_OF_TOKENS and token:
                if (event.kind, token) in seen:
                    self.wrong("told twice", f"case {case.number}: {event.name} {token}")
                seen.add((event.kind, token))
            if event.kind == events.CARRIED:
                origin, at = event.data["origin"], event.data["at"]
                if at <= carried.get(origin, 0) + HOUR:
                    self.wrong("carried twice", f"case {case.number}: {origin}")
                carried[origin] = at

    def _check_sessions(self, desk: Desk) -> None:
        """Check that each use is one session here."""
        past = desk.read()
        for person in range(self.persons):
            name = desk.person(person, self.now)
            token = next(known.token for known in desk.read().persons if known.name == name)
            found = [session for session in past.of(token).sessions if not session.at_clinic]
            wanted = [fact for fact in desk.known if fact.kind == USE and fact.person == person]
            maybe = [fact for fact in desk.unsure if fact.kind == USE and fact.person == person]
            text = f"computer {self._number(desk)}, {name}: {len(found)}, not {len(wanted)}"
            if any(case.is_hurt for case in self.cases):
                continue  # what a damaged record was nobody knows
            if len(found) < len(wanted):
                self.wrong("sessions lost", text)
            elif len(found) > len(wanted) + len(maybe):
                self.wrong("sessions twice", text)


def moment(text: str | None) -> int:
    """Return the Unix time (s) of a time in ISO 8601; 0 for none."""
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp()) if text else 0


def day(at: int) -> str:
    """Return a moment as days of the life."""
    return f"day {(at - BORN) / DAY:.3f}"


@contextlib.contextmanager
def same_tokens(number: int) -> Iterator[None]:
    """Let the tokens of entries follow from a number, so that a life is the same each time."""
    tokens, urandom = Random(f"tokens {number}"), os.urandom

    def some_bytes(size: int) -> bytes:
        return tokens.randrange(1 << 32).to_bytes(4, "big") if size == 4 else urandom(size)

    with patch("os.urandom", some_bytes):
        yield


@contextlib.contextmanager
def in_folder(base: Path | None = None) -> Iterator[Path]:
    """Make a folder for a life, in memory if there is some, and remove it."""
    import tempfile

    shared = Path("/dev/shm")
    root = base or (shared if shared.is_dir() else None)
    folder = Path(tempfile.mkdtemp(prefix="life-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(
    steps: list[Step],
    trace: Callable[[str], None] = lambda text: None,
    processes: bool = False,
) -> list[Failed]:
    """Live a life in a folder of its own; return what was wrong, the first of each kind.

    With `processes`, each case and each command is a process of its own.
    """
    # A question on a terminal would wait for an answer.
    with patch("sys.stdin", io.StringIO()), in_folder() as folder, same_tokens(steps[0].number):
        life = Life(folder, trace, processes)
        try:
            life.live(steps)
        except Failed as failed:
            life.wrong(failed.kind, failed.text)
        except Exception as error:
            trace(traceback.format_exc())
            life.wrong(f"error: {type(error).__name__}", str(error))
        return life.failures
