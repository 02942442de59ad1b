"""A day of the real image on an emulated Pico: flash commands, and what was promised by each.

The flash is filled up beforehand with a file of the owner's, so that the log has a few blocks only
and lets some go. What is answered is known from the watcher's wire and from the line; what it adds
up to is folded here.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.emulator.files import BLOCKS, with_files
from tests.emulator.pico import BLOCK, Pico
from tests.micropython.suite.half_done import in_quarters, in_some_bits
from tests.micropython.suite.stories import Dice
from tests.trust.trial import Counts

from rollcore import events, policy, slots, snapshot, state
from rollcore.blocks import SLOTS
from rollcore.events import RECORD_SIZE
from rollcore.memory import State

NOW = 205_000_000

FREE_BLOCKS = 21
"""What the owner's file leaves: 8 are kept free, 10 and more are folders and checkpoints."""

TOKENS = 3 * SLOTS + 20
"""Entries that a host tells in the day, each of them a record."""

TWICE_EVERY = 3
"""After every so manieth cut there is a second one in the recovery."""

SAID_MS = 30
"""How long the watcher's wire takes to tell of a record."""

FIRST_TIME_S = 1
"""The clock of the case counts whole seconds."""

ANY_BITS = 4
"""The variant in which any of the bits are done; 0 to 3 are quarters."""


class Broken(Exception):
    """A promise is broken: `what` is "lost", "doubled", "bent" or "failed"."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what}: {text}")
        self.what = what
        self.text = text


@dataclass
class Log:
    """A log: the state that it was born with, its records, what a host has acknowledged."""

    log_id: str
    begun: int
    """Flash commands that were done when it was there."""
    born: State
    rows: list[tuple[int, bytes]] = field(default_factory=list)
    """Each record that was answered, and how many flash commands were done by then."""
    acks: list[tuple[int, int]] = field(default_factory=list)
    """What was acknowledged, and how many flash commands were done by then."""

    def answered(self, commands: int) -> int:
        """Return how many records had been answered after so many commands."""
        return sum(1 for at, _ in self.rows if at <= commands)

    def acked(self, commands: int) -> int:
        """Return the seq up to which a host had acknowledged."""
        return max((seq for at, seq in self.acks if at <= commands), default=0)


class Life(Pico):
    """A Pico that runs the image, and all that it has promised since its first power-up."""

    def __init__(self, image: Path, flash: bytes, logs: list[Log], clock: float | None) -> None:
        self.commands: list[tuple[int, bytes]] = []
        """Every flash command: where, and the bytes of the block after it."""
        self.at_ms: list[float] = []
        """When each of them was done."""
        self.logs = logs
        self.clock = clock
        """True case time (s) at power-up; None as long as nobody has set it."""
        super().__init__(image, flash)
        self.on_flash = self._note_command
        self.boot()
        self.run(SAID_MS)

    def truth(self, ms: float) -> float:
        """Return the case time (s) that it truly is so many ms after power-up."""
        return (self.clock or 0) + ms / 1000

    def tell(self, verb: str, **fields: object) -> None:
        """Ask something that has to be answered as it should."""
        answer = self.ask(verb, **fields)
        if answer.verb == "error":
            raise Broken("failed", f"{verb}: {answer.word('words')}")
        self.run(SAID_MS)

    def ack(self, behind: int = 0) -> None:
        """Have a host acknowledge all records but the last `behind`."""
        status = self.ask("status")
        seq = status.integer("next") - 1 - behind
        if seq > 0:
            self.logs[-1].acks.append((len(self.commands), seq))
            self.tell("ack", log=status.word("log"), seq=seq)

    def set_clock(self, time: int) -> None:
        """Have a host set the clock."""
        self.tell("time", time=time, sure=events.SYNCHRONISED, force=0)
        self.clock = time - self.now / 1000 + FIRST_TIME_S

    def new_log(self) -> None:
        """Have a host begin a new log that keeps what the case knows."""
        self.ack()
        known = folded(self.logs[-1])
        self.tell("newlog", log=self.ask("status").word("log"), keep=1)
        self.begin_log(known)

    def begin_log(self, known: State) -> None:
        """Note that there is a log now, born with this state."""
        known.seq = 0
        log = Log(self.ask("status").word("log"), len(self.commands), known)
        self.logs.append(log)

    def _note_command(self, before: bytes, after: bytes) -> None:
        for at in range(0, len(after), BLOCK):
            block = after[at : at + BLOCK]
            if block != before[at : at + BLOCK]:
                self.commands.append((at, block))
                self.at_ms.append(self.now)

    def _traced(self, byte: int) -> None:
        """Note a record as answered when the watcher's wire has told of it."""
        super()._traced(byte)
        if byte == 0x0A and self.logs:
            line = self.trace[-1][1]
            if line.startswith("log "):
                self.logs[-1].rows.append((len(self.commands), bytes.fromhex(line[4:])))


def folded(log: Log, count: int | None = None) -> State:
    """Return what the first `count` records of a log add up to; all of them without."""
    now = log.born.copy()
    for _, raw in log.rows[:count]:
        state.apply(now, events.decode(raw))
    return now


def first_flash() -> bytes:
    """Return flash that holds a file of the owner's, and room for few blocks of a log."""
    return with_files({"photo.jpg": b"\xa5" * BLOCK * (BLOCKS - FREE_BLOCKS - 4)})


def the_day(image: Path, seed: int, short: bool) -> tuple[bytes, Life]:
    """Live the day; return the bytes of the flash before it, and the life.

    A `short` one has a use, entries, policies and a new log; the other fills the flash besides.
    """
    dice = Dice(seed)
    flash = first_flash()
    life = Life(image, flash, [], None)
    first = records_of(life)  # a start
    life.begin_log(State())
    life.logs[-1].rows = [(len(life.commands), raw) for raw in first]
    life.set_clock(NOW)
    rules = policy.for_needle(250).changed(revision=1, rest_h=200)
    life.tell("rule", policy=rules.text)
    for wait_s in (1201, 120, 5, 2401):
        life.press()
        life.run(SAID_MS)
        life.let_pass(wait_s)
    if not short:
        life.let_pass(5 * 3600)
        fill(life, rules, dice)
    life.tell("hold", token=5000, reason=events.SUNBURN, until=0)
    life.run(3000)
    life.new_log()
    for more in range(3 if short else SLOTS + 5):
        life.tell("hold", token=10_000 + more, reason=(more % 2) * events.SUNBURN, until=0)
    life.tell("rule", policy=rules.changed(revision=9999, rest_h=222).text)
    life.let_pass(120)
    return flash, life


def fill(life: Life, rules: policy.Policy, dice: Dice) -> None:
    """Tell entries until the log has let blocks go."""
    for token in range(1, TOKENS + 1):
        life.tell("hold", token=token, reason=(token % 2) * events.SUNBURN, until=0)
        how = dice.below(30)
        if how == 0:
            life.run(1500)
        elif how == 1:
            life.let_pass(65)
        elif how == 2:
            life.ack(dice.below(30))
        elif how == 3:
            life.press()
            life.run(SAID_MS)
        elif how == 4:
            life.tell("rule", policy=rules.changed(revision=token + 1, rest_h=210 + token).text)
        elif life.ask("status").integer("next") % SLOTS > SLOTS - 4:
            life.ack(8)
            life.run(1500)
    if life.ask("status").integer("first") <= SLOTS:
        raise Broken("failed", "no block was let go")


def records_of(pico: Pico) -> list[bytes]:
    """Return the records that the case holds, read as a host reads them. Raises `Broken`."""
    status = pico.ask("status")
    if status.verb == "error":
        raise Broken("failed", status.word("words"))
    seq, end = status.integer("first"), status.integer("next")
    found: list[bytes] = []
    while seq < end:
        answer = pico.ask("get", seq=seq, count=end - seq)
        first, raw = answer.integer("seq"), answer.raw("raw")
        if not raw:
            break
        told, _ = slots.walk(raw, first, answer.integer("chain"))
        found += [slot.raw for slot in told if slot.is_record]
        damaged = [slot.seq for slot in told if slot.what == slots.DAMAGED]
        if damaged:
            raise Broken("lost", f"records {damaged} are damaged")
        seq = first + len(raw) // RECORD_SIZE
    return found


def look(pico: Life, logs: list[Log], commands: int, latest: float) -> tuple[Log, int]:
    """Check what a start after so many flash commands has found; return the log, and its records.

    The record of the start is not counted among them. `latest` is the case time (s) that it was
    at the cut at most. Raises `Broken`.
    """
    status = pico.ask("status")
    if status.verb == "error":
        raise Broken("failed", status.word("words"))
    if status.word("fault"):
        raise Broken("failed", status.word("fault"))
    begun = [log for log in logs if log.begun <= commands]
    candidates = begun[-1:] + logs[len(begun) : len(begun) + 1]
    log = next((log for log in candidates if log.log_id == status.word("log")), None)
    found = records_of(pico)
    if log is None:
        if begun:
            raise Broken("lost", f"the log is {status.word('log')}")
        return Log(status.word("log"), 0, State()), 0  # none was promised yet
    start = events.decode(found[-1]) if found else None
    if start is None or start.kind != events.BOOT:
        raise Broken("failed", "the start is not logged")
    if start.data["lost"] or max(start.data[key] for key in ("torn", "corrected", "skipped")) > 2:
        raise Broken("failed", f"the start has found {start.data}")
    count = count_of(log, found[:-1], commands, status.integer("first"))
    if status.integer("acked") > log.acked(commands):
        raise Broken("bent", f"{status.integer('acked')} are acknowledged")
    if status.integer("time") > latest + pico.now / 1000 + FIRST_TIME_S:
        raise Broken("bent", f"the clock is {status.integer('time') - latest} s ahead")
    due = folded(log, count)
    state.apply(due, start)
    known = pico.ask("state", seq=0).raw("raw")
    if known != snapshot.pack(due):
        now, then = snapshot.unpack(known).__dict__, due.__dict__
        differing = {key: (now[key], then[key]) for key in now if now[key] != then[key]}
        raise Broken("bent", f"the state is another: {differing}")
    text = pico.ask("policy").word("policy")
    if due.policy_digest and policy.parse(text).digest != due.policy_digest:
        raise Broken("bent", f"the policy is {text}")
    return log, count


def count_of(log: Log, found: list[bytes], commands: int, first: int) -> int:
    """Check that each answered record is there, in order, once; return how many the log has."""
    if first > log.acked(commands) + 1:
        raise Broken("lost", f"the log begins with {first}")
    rows = [raw for _, raw in log.rows]
    skipped = sum(1 for raw in rows if events.seq_of(raw) < first)
    due = rows[skipped : skipped + len(found)]
    if found != due:
        numbers = [events.seq_of(raw) for raw in found]
        what = "doubled" if len(set(numbers)) < len(numbers) else "lost"
        raise Broken(what, f"the records are other ones from {first} on")
    count = skipped + len(found)
    answered = log.answered(commands)
    if not answered <= count <= answered + 1:
        raise Broken("lost", f"{count} records are there, {answered} were answered")
    return count


def cut_flash(before: bytes, life: Life, number: int, variant: int, seed: int) -> bytes:
    """Return the flash if the power is cut in command `number`; `before` is what it was before."""
    if number >= len(life.commands) or variant == 0:
        return before
    at, data = life.commands[number]
    old = before[at : at + BLOCK]
    if variant == ANY_BITS:
        new = in_some_bits(old, data, Dice(seed * 31 + number))
    else:
        new = in_quarters(old, data, variant)
    return before[:at] + new + before[at + BLOCK :]


class Cuts:
    """Cuts the power in a day, looks, goes on and looks again; and cuts again in some of that."""

    def __init__(self, image: Path, seed: int, variant: int) -> None:
        self._image = image
        self._seed = seed
        self._variant = variant
        self._random = random.Random(seed)
        self.counts = Counts()

    def run(self, piece: int, pieces: int, short: bool) -> Counts:
        """Try the commands that belong to a piece: every so manieth."""
        flash, life = the_day(self._image, self._seed, short)
        total = len(life.commands)
        for number in range(total + 1):
            if number % pieces == piece:
                cut = cut_flash(flash, life, number, self._variant, self._seed)
                twice = number % TWICE_EVERY == 0
                self._try(cut, life, number, f"cut {number} of {total}", twice)
            if number < total:
                at, data = life.commands[number]
                flash = flash[:at] + data + flash[at + BLOCK :]
        return self.counts

    def _try(self, flash: bytes, life: Life, number: int, where: str, twice: bool = False) -> None:
        self.counts.tried += 1
        try:
            again = self._recover(flash, life, number)
        except Broken as broken:
            self._fault(broken.what, f"{where}: {broken.text}")
            return
        except Exception as error:
            self._fault("failed", f"{where}: {error!r}")
            return
        if twice and again.commands:
            second = self._random.randrange(len(again.commands))
            for at, data in again.commands[:second]:
                flash = flash[:at] + data + flash[at + BLOCK :]
            variant = self._random.choice((0, 2, ANY_BITS))
            cut = cut_flash(flash, again, second, variant, self._seed)
            total = len(again.commands)
            self._try(cut, again, second, f"{where}, then {second} of {total} ({variant})")

    def _recover(self, flash: bytes, life: Life, number: int) -> Life:
        """Start on a flash and look; go on, start and look once more."""
        ms = life.at_ms[number] if number < len(life.at_ms) else life.now
        latest = life.truth(ms)
        again = Life(self._image, flash, [], latest)
        log, count = look(again, life.logs, number, latest)
        begun = 0 if log in life.logs else len(again.commands)
        mine = Log(log.log_id, begun, log.born.copy())
        mine.rows = [(0, raw) for _, raw in log.rows[:count]]
        mine.rows += [(len(again.commands), raw) for raw in records_of(again)[-1:]]
        mine.acks = [(0, log.acked(number))]
        again.logs.append(mine)
        again.press()
        again.tell("hold", token=77_777, reason=events.FLARE, until=0)
        again.run(1500)
        again.ack()
        again.let_pass(70)
        again.press()
        again.run(SAID_MS)
        after = Life(self._image, again.flash, [], again.truth(again.now))
        _, there = look(after, again.logs, len(again.commands), again.truth(again.now))
        if there != len(mine.rows):
            raise Broken("lost", f"{there} records, {len(mine.rows)} were answered")
        return again

    def _fault(self, what: str, text: str) -> None:
        self.counts.fault(what, f"seed {self._seed}, variant {self._variant}, {text}")
