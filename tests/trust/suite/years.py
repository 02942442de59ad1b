"""Years of daily use on littlefs: what wears, what a start costs, what comes home.

`micropython runner.py years SEED BLOCKS DAYS` prints what came of it, as JSON. A case on a flash of
so many blocks is used every day for so many days and synced every week, with a power cut every
fourth; then it is not synced until its log is full, and then once more. `figures` is what the flash
has counted, which is under littlefs.

The rules, from README and SPEC.md:

- Each day has its use, and each record comes home once, as it was answered.
- A use that begins in turn begins after the rest.
- The clock ends in January 2054. No use begins there until it is set anew.
- A full log takes no use, and gives all that it has to a sync.
- Once the flash has filled for the first time, a start costs as much as any later one, in reads and
  writes of the flash and in memory. Before that it may take more each year, as the log does.
- No block is erased so often that it would be more than 100,000 times in fifty years.
"""

import gc
import json

import vfs  # type: ignore[import-not-found]  # MicroPython alone has it
from boards.virtual.flash import PAGE_SIZE
from tests.micropython.suite.ram_flash import LOG, RamFlash, device, make_anew, mount
from tests.micropython.suite.stories import Dice

from rollcase import block_store, checkpoints
from rollcase.app import App
from rollcase.block_files import BlockFiles
from rollcase.clock import LAST, MAX_FORWARD_S
from rollcase.journal import Journal
from rollcase.recorder import FULL, NO_TIME
from rollcore import events, policy, state
from rollcore.events import RECORD_SIZE
from rollcore.memory import FOREVER

NOW = 205000000
"""In June 2026 (case time, s): when a case begins, and where its clock is set anew."""

DAY = 86400
YEAR = 365
PICO_BLOCKS = 352

WEEKS = 26
"""Weeks after which the cost of a start is looked at."""

ERASES = 100000
"""How often the data sheet lets a block be erased."""

LIFE = 50
"""Years that are to be within it."""

COSTS = ("reads", "bytes read", "writes", "memory", "records")
"""What a start costs: reads of the flash, their bytes, pages and blocks written, bytes of memory in
use a minute later; and how many records were on the flash."""

MOST_MORE = (1.5, 1.5, 1.5, 1.01)
"""How many times as much it may be as in the year after the flash has filled (own). How much
is read depends on how full the blocks are."""

OF_A_BLOCK = (0, 0, 8, 0)
"""How much more it may be where a block is begun or removed in that minute (own)."""

MOST_FAULTS = 20


class CountingFlash(RamFlash):
    """Flash that counts its reads, too."""

    def __init__(self, blocks: int) -> None:
        super().__init__(blocks)
        self.reads = 0
        self.bytes_read = 0

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        self.reads += 1
        self.bytes_read += len(buf)
        super().readblocks(block, buf, offset)


class Life:
    """A case that is used every day, and what it has answered since the last sync."""

    def __init__(self, seed: int, blocks: int) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.counts = {"tried": 0, "lost": 0, "doubled": 0, "bent": 0, "failed": 0}
        self.faults: list[str] = []
        self.answered: list[bytes] = []
        self.true = NOW  # case time (s), as a right clock shows it
        self.true_ms = 0
        self.home = 1  # seq of the next record to come home
        self.days = 0
        self.records = 0
        self.ended = -DAY * YEAR  # case time (s) at which the last use ended
        self.began = 0  # uses of this day
        self.uses = 0
        self.unsynced = 0
        """How many records came home at once when the log was full."""
        self.lid = False
        self.ticks = self.dice.below(1 << 30)
        self.figures: dict[str, object] = {}
        self._made = seed & 0xFFFF
        # Random to the firmware, the same in each run of a trial.
        block_store.urandom = self._any_bytes  # type: ignore[attr-defined]
        checkpoints.urandom = self._any_bytes  # type: ignore[attr-defined]
        self.flash = CountingFlash(blocks)
        vfs.VfsLfs2.mkfs(self.flash, progsize=PAGE_SIZE)
        self.start()
        self.set_clock(NOW)
        self.rules = policy.for_needle(250).changed(revision=1)
        self._done(self.app.set_policy(self.rules))

    # The case.

    def start(self) -> None:
        """Give the case power: what was in its memory is gone."""
        mount(self.flash)
        journal = Journal(device(), BlockFiles(LOG, make_anew), self._make_id)
        self.app = App(LOG, journal, events.POWER_ON, self.ticks, self._hear)
        self.app.start()

    def step(self, ms: int, down: bool = False) -> None:
        """Let a moment pass, and do the upkeep that is due."""
        self.ticks = (self.ticks + ms) & 0x3FFFFFFF
        self.true_ms += ms
        self.true += self.true_ms // 1000
        self.true_ms %= 1000
        self.app.step(self.ticks, down, self.lid)
        while self.app.tend():
            self.app.step(self.ticks, down, self.lid)

    def wait_ms(self, ms: int, down: bool = False) -> None:
        """Let time pass, and the case step when it asks to."""
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self.step(hop, down)

    def wait(self, seconds: int) -> None:
        """Let seconds pass."""
        while seconds:
            hop = min(seconds, DAY)
            self.wait_ms(hop * 1000)
            seconds -= hop

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`, then release it."""
        self.step(0, True)
        self.wait_ms(ms, True)
        self.step(0)
        self.wait_ms(1000)

    def move_lid(self, lid: bool) -> None:
        """Open the lid, or close it."""
        self.lid = lid
        self.step(0)
        self.wait_ms(1000)

    @property
    def phase(self) -> str:
        """The phase of the case."""
        return self.app.standing.phase

    def set_clock(self, time: int) -> None:
        """Have a host set the clock."""
        self._done(self.app.set_clock(time, events.FROM_HOST, events.SYNCHRONISED, True))

    # What a person does.

    def day(self) -> None:
        """Use the roller, as the case says; against the rest where it is not over."""
        left = DAY
        self.days += 1
        self.counts["tried"] += 1
        self.began = 0
        before = self.app.clock.uptime
        if self.phase == state.HEAD_EXPIRED:
            self.touch(10100)
        if self.phase == state.RESTING:
            self.touch(10100)
        self.move_lid(True)
        self.touch(200)
        self.wait(1210)
        self.touch(200)
        self.wait(60 + self.dice.below(120))
        self.touch(200)
        self.wait(5)
        self.touch(200)
        self.move_lid(False)
        self.wait(600 + self.dice.below(3000))
        if self.began != 1:
            self.fault("failed", f"{self.began} uses were begun, the case is {self.phase}")
        self.wait(max(0, left - (self.app.clock.uptime - before)))

    def week(self, syncs: bool = True) -> None:
        """Use it for seven days, and then sync it."""
        for _ in range(7):
            self.day()
        if syncs:
            self.sync()

    def sync(self) -> None:
        """Bring home what was logged since the last sync, as it is on flash, and acknowledge it."""
        journal = self.app.journal
        seq, place = self.home, 0
        if journal.acked >= seq:
            self.fault("bent", f"{journal.acked} are acknowledged, not {seq - 1}")
        while True:
            first, _, raw = journal.read(seq, 117)
            if not raw:
                break
            if first != seq:
                self.fault("lost", f"record {seq} is missing")
            for at in range(0, len(raw), RECORD_SIZE):
                there = raw[at : at + RECORD_SIZE]
                due = self.answered[place] if place < len(self.answered) else b""
                if there != due:
                    what = "doubled" if there in self.answered[:place] else "lost"
                    self.fault(what, f"record {first + at // RECORD_SIZE} is another")
                place += 1
            seq = first + len(raw) // RECORD_SIZE
        if place != len(self.answered):
            self.fault("lost", f"{place} records came home, {len(self.answered)} were answered")
        self.records += place
        self.answered.clear()
        self.home = seq
        self.app.ack(seq - 1)
        if self.true < FOREVER - MAX_FORWARD_S:  # no later time is taken
            self.set_clock(self.true)
        self.wait(2)

    def cost(self, found: "list[int]") -> None:
        """Start anew, and put into `found` what that has cost, up to a minute after it."""
        flash = self.flash
        before = (flash.reads, flash.bytes_read, flash.operations)
        self.start()
        self.wait(60)
        found[0] = flash.reads - before[0]
        found[1] = flash.bytes_read - before[1]
        found[2] = flash.operations - before[2]
        gc.collect()
        gc.collect()
        found[3] = gc.mem_alloc()  # type: ignore[attr-defined]
        found[4] = self.app.journal.next - self.app.journal.first

    def compare(self, costs: "list[list[int]]") -> None:
        """See that a start costs no more later than in the first two of these half-years."""
        for number, name in enumerate(COSTS[:-1]):
            most = MOST_MORE[number] * max([cost[number] for cost in costs[:2]])
            most += OF_A_BLOCK[number]
            for year, cost in enumerate(costs):
                if cost[number] > most:
                    self.fault("failed", f"{name}: {cost[number]} in half-year {year + 1}")

    def check_wear(self) -> None:
        """See that no block wears out within a life."""
        most = max(self.flash.erases)
        if most * LIFE * YEAR > ERASES * self.days:
            self.fault("failed", f"a block was erased {most} times in {self.days} days")

    def cut(self) -> None:
        """Take the power away for up to half a day."""
        self.true += self.dice.below(DAY // 2)
        self.start()
        self.wait(2)

    def end_of_clock(self) -> None:
        """Live to the end of the clock and ten days on; have a host set it anew."""
        while self.app.clock.time < LAST:
            self.wait(DAY // 4)
        begun = self.uses
        for _ in range(10):
            for ms in (10100, 200, 200, 2100, 200):
                self.touch(ms)
                self.wait(1300)
            self.wait(DAY)
            if self.app.clock.uptime % 3 == 0:
                self.start()
        if self.uses != begun or self.app.fault != NO_TIME:
            text = f"{self.uses - begun} uses begin at the end of the clock: {self.app.fault!r}"
            self.fault("bent", text)
        self.true = NOW
        self.set_clock(NOW)
        if self.app.fault:
            self.fault("failed", self.app.fault)
        if self.phase == state.SOAKING:
            self.wait(1300)
        self.sync()

    def fill(self) -> None:
        """Use it until its log is full, without a sync; then sync it, and use it again."""
        while self.app.journal.left > state.KEPT_FOR_ENDS + 15:
            self.day()
        for _ in range(60):
            self.touch(2100)
            if self.app.fault == FULL:
                break
            self.wait(60)
        else:
            self.fault("failed", f"the log is not full: {self.app.journal.left} slots are left")
        self.cut()
        begun = self.uses
        self.touch(10100)
        if self.uses != begun:
            self.fault("failed", "a full log takes a use")
        self.unsynced = len(self.answered)
        self.sync()
        self.day()
        self.sync()

    # Inside.

    def fault(self, what: str, text: str) -> None:
        """Count something that is not right."""
        self.counts[what] += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{what}: seed {self.seed}, day {self.days}: {text}")

    def _hear(self, line: str) -> None:
        """Note a record as answered: the app has just said so."""
        if not line.startswith("log "):
            return
        raw = bytes.fromhex(line[4:])
        self.answered.append(raw)
        event = events.decode(raw)
        if event.kind == events.USE_STARTED:
            self.began += 1
            self.uses += 1
            if event.data["how"] == events.IN_TURN and event.time - self.ended < self.rules.rest_s:
                self.fault("bent", f"a use in turn {event.time - self.ended} s after the last")
        elif event.kind == events.USE_ENDED and event.data["how"] != events.CANCELLED:
            self.ended = event.time
        elif event.kind == events.CLOCK_SET:
            self.ended += event.time - event.data["old"]

    def _done(self, why_not: str) -> None:
        if why_not:
            self.fault("failed", why_not)

    def _any_bytes(self, count: int) -> bytes:
        return bytes([self.dice.below(256) for _ in range(count)])

    def _make_id(self) -> bytes:
        self._made += 1
        return b"log%05d" % (self._made % 100000)


def live(seed: int, blocks: int, days: int) -> Life:
    """Live so many days, synced once a week; then until the log is full, and on."""
    life = Life(seed, blocks)
    # Made beforehand, so that they are no memory that grows.
    costs = [[0] * len(COSTS) for _ in range(days // (7 * WEEKS) + 1)]
    filled: list[int] = [len(costs)]  # the half-year in which the log was round first
    clocks = 1
    for week in range(1, days // 7 + 1):
        if life.app.clock.time > LAST - 9 * DAY:
            life.end_of_clock()
            clocks += 1
        life.week()
        if week % 4 == 0:
            life.cut()
            life.sync()
        if week % WEEKS == 0:
            year = week // WEEKS - 1
            life.cost(costs[year])
            if life.app.journal.first > 1:
                filled[0] = min(filled[0], year)
    years = costs[: days // (7 * WEEKS)]
    if len(years) > filled[0] + 2:
        life.compare(years[filled[0] :])
    life.fill()
    life.check_wear()
    erases = sorted(life.flash.erases)
    life.figures = {
        "days": life.days, "uses": life.uses, "records": life.records, "clocks": clocks,
        "most erases": erases[-1], "median of erases": erases[blocks // 2],
        "records that came home at once": life.unsynced,
        "log was round in half-year": filled[0] + 1,
        "costs of a start": COSTS, "by half-year": years,
    }  # fmt: skip
    return life


def save(seed: int, days: int, path: str) -> None:
    """Live so many days on the flash of a Pico, sync, and put its bytes into a file."""
    life = Life(seed, PICO_BLOCKS)
    while life.days < days:
        if life.app.clock.time > LAST - 9 * DAY:
            life.end_of_clock()
        life.week()
    life.wait(600)
    with open(path, "wb") as file:
        file.write(life.flash.image)
    print(json.dumps(life.counts | {"faults": life.faults}))


def main(numbers: "list[int]") -> None:
    """Live the life that the numbers on the command line say."""
    life = live(*numbers)
    print(json.dumps(life.counts | {"faults": life.faults, "figures": life.figures}))
