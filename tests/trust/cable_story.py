"""What a sync has to bring home and to tell in the trials of the cable, and what is true then.

One person has two cases. The first was synced before, has logged over 500 records since, and is
still to be told one thing of each sort. What is true is written down beside it, by README's words.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.host.two_computers import Computer
from tests.lives.truth import (
    CLINIC,
    DAY,
    HEAD_OUT,
    HOLD,
    LOOK,
    OPENED,
    OVER,
    SEEN,
    USE,
    Fact,
    Known,
    longest,
    read_rules,
)
from tests.trust.cable import CabledCase, shared_time

from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollcore.reactions import needs_clinician
from rollcore.rest import rested_at

BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: when the story begins."""

RECORDS = 500
"""How many records a sync brings home at least."""

SLACK_S = 5
"""Clocks count whole seconds, and one that is off by under 2 s is left alone."""

DATABASE = "rollcase.db"

ZONES = ("face", "neck", "brow")

TOLD = (
    events.CARRIED, events.CLINIC, events.CLINICIAN_SAW, events.CORRECTED, events.HEAD_OUT,
    events.HOLD_SET, events.POLICY_SET, events.REACTION_CLOSED, events.REACTION_OPENED,
    events.REACTION_RED,
)  # fmt: skip
"""Kinds of the records that the story's last sync makes."""


@dataclass
class Base:
    """The case and the computer before the sync that is disturbed."""

    flash: bytes
    rules: dict[str, bytes]
    ms: int
    database: bytes
    known: Known

    def start(self, folder: Path) -> CabledCase:
        """Return the case, switched on; put the database into `folder`, as `DATABASE`."""
        (folder / DATABASE).write_bytes(self.database)
        directory = folder / "case"
        for name, text in self.rules.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        return CabledCase(directory, 0, self.ms, self.flash, 1)


def build(folder: Path) -> Base:
    """Live the story in `folder` up to the sync that is disturbed."""
    case = CabledCase(folder / "first", 0, BORN * 1000)
    computer = Computer(folder / DATABASE)
    facts: list[Fact] = []

    def say(*words: str) -> None:
        code, text = computer.run(case.now, *words)
        assert code == 0, (words, text)

    def fact(kind: str, at: int = 0, **named: Any) -> Fact:
        known = Fact(len(facts) + 1, kind, 0, at or case.now, written=case.now, **named)
        facts.append(known)
        return known

    with shared_time(case):
        sync = ("sync", "--port", case.cable.port)
        say(*sync, "--needle", "0.5", "--person", "me")
        say("policy", "set", "zones=face,neck", "rest=30d", "--case", case.device)
        say(*sync)
        fact(USE, _use(case, in_zones=True), zone="face", needle_um=500, case=0)
        say("clinic", "20d", "--needle", "1.5", "--zone", "neck")
        say("reaction", "open", "red", "--zone", "neck")
        first = fact(OPENED, zone="neck")
        say("hold", "sunburn", "--until", "30d")
        say("head", "new", "--case", case.device)
        say(*sync)
        case.wait(DAY)
    second = CabledCase(folder / "second", 1, case.ms)
    with shared_time(second):
        ended = _use(second)
        words = ("sync", "--port", second.cable.port, "--needle", "0.5", "--person", "me")
        code, text = computer.run(second.now, *words)
        assert code == 0, text
    with shared_time(case):
        case.wait((second.ms - case.ms) // 1000)
        fact(USE, ended, needle_um=500, case=1)
        (mistake,) = (
            entry["number"]
            for entry in computer.ask(case.now, "undo", "--list")["entries"]
            if entry["kind"] == "clinic"
        )
        say("undo", mistake, "--yes")
        say("reaction", "over", "--zone", "neck")
        fact(OVER, about=first.number)
        say("reaction", "open", "hot", "--zone", "face", "--sign", "pus")
        red = fact(OPENED, zone="face", is_red=True)
        case.wait(2)
        say("reaction", "seen", "--zone", "face")
        fact(SEEN, about=red.number)
        case.wait(2)
        say("reaction", "look", "hot", "--zone", "face", "--sign", "fever")
        fact(LOOK, about=red.number, is_red=True)
        say("hold", "acne")
        fact(HOLD, reason="acne")
        say("hold", "release", "sunburn")
        say("head", "out", "dropped", "--case", case.device)
        fact(HEAD_OUT, case=0)
        say("clinic", "3d", "--needle", "1.0", "--zone", "face")
        fact(CLINIC, case.now - 3 * DAY, zone="face", needle_um=1000)
        say("policy", "set", "rest=35d", f"zones={','.join(ZONES)}", "--case", case.device)
        _fill(case, RECORDS)
        case.wait(120)
    return Base(
        bytes(case.flash.image),
        {
            str(path.relative_to(case.directory)): path.read_bytes()
            for path in case.directory.rglob("*")
            if path.is_file()
        },
        case.ms,
        computer.path.read_bytes(),
        Known(frozenset(facts), 0),
    )


def _use(case: CabledCase, in_zones: bool = False) -> int:
    """Soak, use and soak again, until the roller is dry; return when the use ended (Unix s)."""
    case.press()
    case.wait(1200)
    begin = case.long_press if in_zones else case.press
    begin()
    case.wait(120)
    case.press()
    ended = case.now
    case.press()
    case.wait(2400)
    return ended


def _fill(case: CabledCase, records: int) -> None:
    """Let somebody ask for a use so often that the log grows by so many records."""
    last = case.last_seq + records
    while case.last_seq < last:
        case.long_press()


def too_short(case: CabledCase, known: Known) -> str:
    """Return what the case lets end sooner than is true, in words; empty if nothing."""
    folded, rules = case.app.journal.state, read_rules(case.app.policy.text)
    if rules.zones != ZONES or rules.rest_s != 35 * DAY:
        return f"the policy is {case.app.policy.text}"
    for place, zone in enumerate(rules.zones):
        ends, fact = known.reasons(rules, zone)[0]
        says = rested_at(folded, case.app.policy, place) + CASE_EPOCH
        if says < ends - SLACK_S:
            return f"{zone} rests until {says} in place of {ends}, for {fact}"
    for hold in longest(known.holds(), case.now):
        if not folded.hold_reason or (folded.hold_until and not hold.until):
            return f"hold {folded.hold_reason} until {folded.hold_until} in place of {hold}"
    if folded.reactions < len(known.open_reactions()):
        return f"{folded.reactions} reactions are open"
    if known.red_flags() and not needs_clinician(folded):
        return "no clinician is asked for"
    if known.is_head_out([0]) and not folded.head_out:
        return "the head is not out"
    return ""


def told(log: list[Event]) -> Counter[tuple[int, int, int, int]]:
    """Return how often the log has each thing that was told: kind, token or digest, zone, field."""
    found: Counter[tuple[int, int, int, int]] = Counter()
    for event in log:
        if event.kind in TOLD:
            data = event.data
            token = data.get("token", data.get("origin", data.get("digest", 0)))
            found[event.kind, token, event.zone, data.get("field", 0)] += 1
    return found
