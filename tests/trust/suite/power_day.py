"""A day of a case on littlefs with the power cut after every flash operation, and half-way in each.

`micropython runner.py power_day SEED VARIANT PIECE PIECES PAIRS` prints what came of it, as JSON.
The real app runs on a real journal and a real littlefs, on a flash so small that the log has to let
blocks go. What was promised is noted beside it (`notes.py`), and each start after a cut has to keep
it; then the case goes on, and the next start has to keep that, too. With PAIRS the power is also
cut after every operation of that second life.
"""

import json

from tests.micropython.suite.half_done import in_quarters, in_some_bits
from tests.micropython.suite.ram_flash import (
    LOG,
    RamFlash,
    device,
    make_anew,
    mount,
    new_flash,
)
from tests.micropython.suite.stories import Dice
from tests.trust.suite.notes import Broken, Log, Notes, Row

from rollcase import block_store, checkpoints
from rollcase.app import App
from rollcase.block_files import BlockFiles
from rollcase.journal import Journal
from rollcore import events, policy, snapshot
from rollcore.blocks import SLOTS

NOW = 205000000
BLOCKS = 24
"""Few enough for a log to fill them in a day."""

DAY_RECORDS = 7 * SLOTS

MOST_FAULTS = 20

BITS = 4
"""The variant in which any of the bits are done; 0 to 3 are quarters."""


class Life:
    """A case that runs on a flash and notes what it promises; several starts, if need be."""

    def __init__(self, flash: RamFlash, notes: Notes, seed: int) -> None:
        self.flash = flash
        self.notes = notes
        self.dice = Dice(seed)
        self.record: list[tuple[int, bytes]] = []
        flash.record = self.record
        self._made = seed & 0xFFFF
        # Random to the firmware, the same in each run of a trial.
        block_store.urandom = self._any_bytes  # type: ignore[attr-defined]
        checkpoints.urandom = self._any_bytes  # type: ignore[attr-defined]

    def open(self) -> Journal:
        """Start on the flash that is mounted."""
        return Journal(device(), BlockFiles(LOG, make_anew), self._make_id)

    def start(self, journal: Journal) -> None:
        """Let the case begin its day."""
        self._ticks = self.dice.below(1 << 30)
        self.app = App(LOG, journal, events.POWER_ON, self._ticks, self._hear)
        if not self.notes.logs:
            self.begin_log()
        self._note_time()
        self.app.start()

    def restart(self) -> None:
        """Cut the power while nothing is done, and start again."""
        mount(self.flash)
        self.start(self.open())

    def begin_log(self) -> None:
        """Note the log that there is now, and what it was born with."""
        journal = self.app.journal
        log = Log(len(self.record), journal.log_id, snapshot.pack(journal.state))
        self.notes.logs.append(log)

    def wait(self, seconds: int) -> None:
        """Let time pass as the loop does: upkeep whenever nothing else is to be done."""
        ms = 1000 * seconds
        while ms:
            self.step(0, False)
            while self.app.tend():
                self._note_time()
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self.step(hop, False)

    def step(self, ms: int, down: bool) -> None:
        """Let a moment pass, in which nothing but the button happens."""
        self._ticks = (self._ticks + ms) & 0x3FFFFFFF
        self.app.step(self._ticks, down)
        self._note_time()

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`, then release it, without a pause for upkeep."""
        self.step(0, True)
        while ms > 0:
            self.step(min(ms, 45), True)
            ms -= 45
        for _ in range(4):
            self.step(25, False)

    def ack(self, behind: int = 0) -> None:
        """Have a host acknowledge all records but the last `behind`."""
        seq = self.app.journal.state.seq - behind
        if seq > 0:
            self.notes.logs[-1].acks.append((len(self.record), seq))
            self.app.ack(seq)

    def set_policy(self, rules: policy.Policy) -> None:
        """Have a host set a policy."""
        self.notes.rules[rules.digest] = rules
        self._done(self.app.set_policy(rules))

    def tell(self, kind: int, data: "dict[str, int]") -> None:
        """Have a host tell an entry."""
        self._done(self.app.tell(kind, data))

    def set_clock(self, time: int) -> None:
        """Have a host set the clock."""
        self._done(self.app.set_clock(time, events.FROM_HOST, events.SYNCHRONISED, True))
        self._note_time()

    def new_log(self) -> None:
        """Have a host begin a new log that keeps what the case knows."""
        self.ack()
        self._done(self.app.new_log(True))
        self.begin_log()

    def use(self) -> None:
        """Soak, dry, roll, soak again."""
        self.touch(200)
        self.wait(1210)
        self.touch(200)
        self.wait(120)
        self.touch(200)
        self.wait(5)
        self.touch(200)
        self.wait(700)

    def _done(self, why_not: str) -> None:
        if why_not:
            raise Broken("failed", why_not)

    def _hear(self, line: str) -> None:
        """Note a record as answered: the app has just said so."""
        self._note_time()
        if line.startswith("log "):
            journal = self.app.journal
            raw = bytes.fromhex(line[4:])
            row = Row(len(self.record), raw, snapshot.pack(journal.state))
            rows = self.notes.logs[-1].rows
            if rows and rows[-1].seq >= row.seq:
                raise Broken("doubled", f"{row.seq} is given again")
            rows.append(row)
        elif line.startswith("fault ") and "full" not in line:
            raise Broken("failed", line)

    def _note_time(self) -> None:
        """Note the clock for every operation since the last note."""
        times = self.notes.times
        times += [self.app.clock.time] * (len(self.record) + 1 - len(times))

    def _any_bytes(self, count: int) -> bytes:
        return bytes([self.dice.below(256) for _ in range(count)])

    def _make_id(self) -> bytes:
        self._made += 1
        return b"log%05d" % (self._made % 100000)


def the_day(seed: int) -> "tuple[bytes, Life]":
    """Live the day; return the bytes of the flash before it, and the life."""
    flash = new_flash(BLOCKS)
    image = bytes(flash.image)
    life = Life(flash, Notes(), seed)
    life.start(life.open())
    life.wait(20)
    life.set_clock(NOW)
    first = policy.for_needle(250).changed(revision=1, rest_h=200)
    life.set_policy(first)
    life.use()
    life.wait(20000)  # long enough for checkpoints to go on in the other block while all is idle
    life.tell(events.HOLD_SET, {"reason": events.SUNBURN, "until": NOW + 86400 * 9, "token": 1})
    life.restart()
    life.set_clock(life.app.clock.time + 3000)
    life.wait(70)
    life.set_policy(first.changed(revision=2, rest_h=400))
    life.tell(events.HOLD_SET, {"reason": 0, "until": 0, "token": 2})
    fill(life)
    life.ack(40)
    life.wait(61)
    while life.app.journal.next < DAY_RECORDS:
        life.touch(2100)  # refused, and logged
        how = life.dice.below(40)
        if how == 0:
            life.wait(3)
        elif how == 1:
            life.ack(life.dice.below(90))
        elif how == 2:
            life.wait(65)
        elif how == 3 and life.app.journal.next % 3 == 0:
            life.wait(2000)
        elif how == 4 and life.app.journal.next % 2 == 0:
            life.restart()
        elif how == 5 and life.app.journal.next % 3 == 0:
            revision = life.app.journal.next
            life.set_policy(first.changed(revision=revision, rest_h=300 + revision % 400))
        elif how == 6 and life.app.journal.next % 3 == 0:
            life.set_clock(life.app.clock.time + 30 * 86400)  # nobody was here for a month
            life.use()
        elif life.app.journal.left < 40:
            life.ack()
    life.wait(100)
    life.new_log()
    life.wait(100)
    for _ in range(SLOTS + 9):
        life.touch(2100)
    life.ack()
    life.set_policy(first.changed(revision=4000, rest_h=500))
    life.wait(1000)
    return image, life


def fill(life: Life) -> None:
    """Go on without a host until no record finds room."""
    while not life.app.fault:
        life.touch(2100)
        life.wait(life.dice.below(2))
    while life.app.journal.left:
        life.restart()
    life.restart()


class Trial:
    """Counts what comes of the cuts."""

    def __init__(self, seed: int, variant: int, pairs: bool) -> None:
        self.seed = seed
        self.variant = variant
        self.pairs = pairs
        self.counts = {"tried": 0, "lost": 0, "doubled": 0, "bent": 0, "failed": 0}
        self.faults: list[str] = []

    def run(self, piece: int, pieces: int) -> None:
        """Cut the power at every operation that belongs to this piece."""
        image, life = the_day(self.seed)
        total = len(life.record)
        now = bytearray(image)
        for number in range(total + 1):
            if number * pieces // (total + 1) == piece:
                cut = self._cut(now, life.record, number, self.variant)
                self._try(cut, life.notes, number, f"cut {number} of {total}", self.pairs)
            if number < total:
                at, data = life.record[number]
                now[at : at + len(data)] = data

    def _cut(
        self, now: bytearray, record: "list[tuple[int, bytes]]", number: int, variant: int
    ) -> bytearray:
        """Return the flash after a cut in operation `number`, if there is one."""
        cut = bytearray(now)
        if number < len(record):
            at, data = record[number]
            end = at + len(data)
            if variant == BITS:
                dice = Dice(self.seed * 31 + number)
                cut[at:end] = in_some_bits(now[at:end], data, dice)
            elif variant:
                cut[at:end] = in_quarters(now[at:end], data, variant)
        return cut

    def _try(
        self, image: bytearray, notes: Notes, number: int, where: str, pairs: bool = False
    ) -> None:
        """Start after a cut, look, go on, start again, look again; then cut within that."""
        self.counts["tried"] += 1
        try:
            life = self._recover(image, notes, number)
        except Broken as broken:
            self._fault(broken.what, f"{where}: {broken.text}")
            return
        except Exception as error:
            self._fault("failed", f"{where}: {error!r}")
            return
        if pairs:
            now = bytearray(image)
            total = len(life.record)
            for second in range(total):
                variant = life.dice.below(BITS + 1)
                cut = self._cut(now, life.record, second, variant)
                self._try(cut, life.notes, second, f"{where}, then {second} of {total} ({variant})")
                at, data = life.record[second]
                now[at : at + len(data)] = data

    def _recover(self, image: bytearray, notes: Notes, number: int) -> Life:
        """Start on a flash, check what is there, go on for a while, and check that, too."""
        flash = RamFlash(BLOCKS, image)
        mount(flash)
        life = Life(flash, Notes(), self.seed + number)
        journal = life.open()
        found = notes.look(journal, number)
        life.notes = notes.after(found, len(life.record), journal.time)
        life.start(journal)
        life.notes.look_at_rules(life.app, found)
        life.touch(2100)
        life.touch(200)
        life.wait(3)
        life.touch(2100)
        life.ack(life.dice.below(9))
        life.wait(70)
        life.ack()
        life.touch(2100)
        self._look_again(life)
        return life

    def _look_again(self, life: Life) -> None:
        """Start once more, without a cut, and check."""
        mount(life.flash)
        life.flash.record = None
        journal = life.open()
        found = life.notes.look(journal, len(life.record))
        log = life.notes.logs[-1]
        if found.log is not log or found.count != len(log.rows):
            raise Broken("lost", f"{found.count} records, {len(log.rows)} were answered")

    def _fault(self, what: str, text: str) -> None:
        self.counts[what] += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{what}: seed {self.seed}, variant {self.variant}, {text}")


def main(words: "list[int]") -> None:
    """Run the piece that the numbers on the command line name."""
    seed, variant, piece, pieces, pairs = words
    trial = Trial(seed, variant, pairs == 1)
    trial.run(piece, pieces)
    result: dict[str, object] = dict(trial.counts)
    result["faults"] = trial.faults
    print(json.dumps(result))
