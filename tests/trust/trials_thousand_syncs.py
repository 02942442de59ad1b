"""One case that lives, with every fault at once, and is synced a thousand times into one archive.

Between two syncs somebody uses it, writes things down, cuts its power or hurts its flash. A sync
has faults of the cable more often than not, and may break off; then the next one has none. Whatever
comes of them: the archive has each record that the case ever answered for, once and to the bit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from tests.firmware.whole_case import FIRST_TICK
from tests.host.two_computers import Computer
from tests.trust.cable import CabledCase, Fault, shared_time
from tests.trust.cable_story import BORN, DATABASE
from tests.trust.trial import Counts, Trial
from tests.trust.trials_cable import PROBES, SYNC_LIMIT_MS, Wrong, folder, run_sync

from rollcore import events, state
from rollcore.events import RECORD_SIZE
from rollhost.case.sync import Outcome
from rollhost.database.open import open_archive
from rollhost.errors import RollcaseError
from rollhost.history import history
from rollhost.history.verify import verify

KIND = "syncs of a living case under random faults"

SYNCS = 25
LIVES = 40
LONG_SYNCS = 1000
LONG_LIVES = 10

LENGTHS = (300, 2500, 8000)
"""Bytes of a sync, both ways: a fault is at one of the first so many."""

APART = 4
"""Records between two that are hurt: of neighbours one cannot vouch for the other."""

MINUTE, HOUR, DAY = 60, 3600, 86400

ENTRIES = (
    ("hold", "sunburn", "--until", "3d"), ("hold", "acne"), ("hold", "release"),
    ("clinic", "today", "--needle", "1.5"), ("clinic", "12d", "--needle", "1.0"),
    ("reaction", "open", "red"), ("reaction", "open", "red", "--sign", "pus"), ("reaction", "seen"),
    ("reaction", "over"), ("head", "new"), ("head", "out", "dropped"), ("note", "new alcohol"),
    ("policy", "set", "rest=30d"), ("policy", "set", "rest=35d", "needle=0.25"),
    ("policy", "set", "zones=face,neck"),
)  # fmt: skip
"""What somebody may write down; `host` refuses some of it, as there may be no reaction."""


class Model(CabledCase):
    """A case, and every record that it has ever answered for."""

    def __init__(self, directory: Path) -> None:
        self.answered: dict[str, dict[int, bytes]] = {}
        """By the log's id and the record's seq."""
        self.spoiled: set[int] = set()
        """Records that were damaged beyond repair before they came home; and the one behind such a
        one, where nothing is left of the CRC that it is chained to (SPEC.md, Flipped bits)."""
        self.hurt: set[int] = set()
        """Records any bits of which were flipped, and those that nobody could read."""
        super().__init__(directory, 0, BORN * 1000)

    def switch_on(self, cause: int = events.POWER_ON, first_tick: int = FIRST_TICK) -> None:
        """Start from what is on the flash."""
        self.take_down()
        super().switch_on(cause, first_tick)

    def take_down(self) -> None:
        """Take down the records that the case has told of since it was last asked."""
        if not hasattr(self, "app"):
            return
        log = self.answered.setdefault(self.app.journal.log_id.hex(), {})
        for line in self.said:
            if line.startswith("log "):
                raw = bytes.fromhex(line[4:])
                seq = events.seq_of(raw)
                if seq in log:
                    raise Wrong("doubled", f"record {seq} is given again")
                log[seq] = raw
        self.said[:] = [line for line in self.said if line.startswith("lamp ")][-1:]

    def records(self) -> dict[int, bytes]:
        """Return the records of the log that the case has now, as it has answered for them."""
        self.take_down()
        return self.answered[self.app.journal.log_id.hex()]


class Life:
    """A case and a computer."""

    def __init__(self, home: Path, chance: Random) -> None:
        self.chance = chance
        self.case = Model(home / "case")
        self.database = home / DATABASE
        self.computer = Computer(self.database)
        self.came_home = 0
        """Seq of the last record that is in the archive."""

    def begin(self) -> None:
        """Sync for the first time: whose case it is, and which needle."""
        words = ("sync", "--port", self.case.cable.port, "--needle", "0.5", "--person", "me")
        code, text = self.computer.run(self.case.now, *words)
        if code:
            raise Wrong("failed", text)
        self.check(1)

    # What happens to the case.

    def live(self) -> None:
        """Let a few things happen."""
        every = (
            self.use,
            self.use,
            self.touch,
            self.write,
            self.cut,
            self.hurt,
            self.hurt,
            self.rest,
        )
        does: list[Callable[[], None]] = self.chance.choices(every, k=self.chance.choice((1, 2, 4)))
        for do in does:
            do()

    def use(self) -> None:
        """Do what the lamp asks for, until a use is over; be without power at times."""
        case, chance = self.case, self.chance
        for _ in range(12):
            phase = case.app.standing.phase
            if chance.random() < 0.04:
                self.cut()
            elif phase in (state.RESTING, state.HEAD_EXPIRED):
                case.very_long_press()
            elif phase in (state.SOAKING, state.DRYING):
                case.wait(11 * MINUTE)
            elif phase == state.IN_USE:
                case.wait(chance.choice((5, 120, 31 * MINUTE)))
                case.press()
            elif phase == state.HELD:
                case.long_press()
                break
            else:
                case.long_press()

    def touch(self) -> None:
        """Press, and open and shut the lid, for nothing."""
        for _ in range(self.chance.choice((1, 5, 40))):
            self.chance.choice((self.case.press, self.case.long_press))()
            self.case.move_lid(self.chance.random() < 0.5)
        self.case.move_lid(False)  # as it is for the loop that answers a sync

    def write(self) -> None:
        """Write something down on the computer."""
        for words in self.chance.sample(ENTRIES, self.chance.choice((1, 1, 3))):
            self.case.wait(2)
            named = ("--case", self.case.device) if words[0] in ("head", "policy") else ()
            self.computer.run(self.case.now, *words, *named)

    def cut(self) -> None:
        """Take the power away, for a while."""
        self.case.ms += self.chance.choice((0, MINUTE, DAY, 9 * DAY)) * 1000
        self.case.switch_on()

    def rest(self) -> None:
        """Let days go by."""
        self.case.wait(self.chance.choice((HOUR, DAY, 4 * DAY)))

    def hurt(self) -> None:
        """Flip a bit or two of a record on the flash, or many; and start."""
        case = self.case
        case.wait(90)  # a checkpoint knows of the last record: it is no torn one
        log = case.records()
        first, end = case.app.journal.first, case.app.journal.next
        oldest = self.came_home + 1 if self.chance.random() < 0.8 else end - 40
        seq = self.chance.randrange(min(max(first, oldest), end - 1), end)
        near = range(seq - APART, seq + APART + 1)
        if seq not in log or seq + 1 not in log or case.hurt & set(near):
            return
        block, at = case.ground.block_of(seq), case.ground.slot_at(seq)
        size, number = self.chance.choice(((32, 1), (32, 2), (28, 60), (32, 60)))
        for bit in self.chance.sample(range(8 * size), number):
            case.flash.flip(block, at + bit // 8, bit % 8)
        case.hurt.add(seq)
        if number > 2:
            lost = {seq} if size < RECORD_SIZE else {seq, seq + 1}
            case.spoiled |= {seq for seq in lost if seq > self.came_home}
        case.switch_on()

    # Syncs.

    def faults(self) -> list[Fault]:
        """Return what happens to the cable in one sync."""
        chance = self.chance
        found = []
        for _ in range(chance.choice((1, 1, 2, 5))):
            at = chance.randrange(chance.choice(LENGTHS))
            kind = chance.choice(("flip", "drop", "double", "insert", "delay", "cut", "cut"))
            if kind == "flip":
                found.append(Fault(at, kind, data=bytes([1 << chance.randrange(8)])))
            elif kind == "insert":
                found.append(Fault(at, kind, data=chance.choice(PROBES)))
            elif kind == "delay":
                found.append(Fault(at, kind, chance.choice((500, 4000, 20_000))))
            else:
                found.append(Fault(at, kind, chance.choice((1, 8, 64, 512))))
        return found

    def sync(self) -> None:
        """Sync with faults, as a rule; where that breaks off, sync again."""
        case, chance = self.case, self.chance
        outcome: Outcome | None = None
        if chance.random() < 0.7:
            case.cable.plug_in(self.faults())
            before, last = case.ms, case.last_seq
            with suppress(RollcaseError):
                outcome = run_sync(case, self.database)
            if case.ms - before > SYNC_LIMIT_MS:
                raise Wrong("failed", f"the sync took {case.ms - before} ms")
            if outcome is not None:
                self.check(last)
            held_ms = max(0, case.cable.held_until - case.ms)
            case.cable.plug_in()
            if chance.random() < 0.4:
                case.switch_on()
            case.live(held_ms + chance.choice((0, 1, 1000)))
            self.check_part()
        if outcome is None or chance.random() < 0.5:
            last = case.last_seq
            outcome = run_sync(case, self.database)
            self.check(last)
        self.check_outcome(outcome)

    # What has to be so.

    def check_outcome(self, outcome: Outcome) -> None:
        """Raise `Wrong` if a sync that was done says that something was not right."""
        agreed = outcome.agreed
        said = (outcome.fault, outcome.untold, outcome.clock_refused, outcome.state_refused)
        if any(said) or outcome.new_log or outcome.back_to is not None or agreed.agrees is False:
            raise Wrong("failed", f"the sync says {said}, {agreed.agrees}, {agreed.refused}")

    def check_part(self) -> None:
        """Raise `Wrong` unless all that is here was answered, and all that may go is here."""
        here, _ = self.archive()
        due = self.case.records()
        for seq, raw in here.items():
            if due.get(seq) != raw:
                raise Wrong("bent" if seq in due else "doubled", f"record {seq} here is another")
        acked = self.case.app.journal.acked
        lost = [seq for seq in self.readable(due) if seq <= acked and seq not in here]
        if lost:
            raise Wrong("lost", f"{acked} are acknowledged, and {lost[:5]} are not here")
        self.came_home = max(here, default=0)

    def check(self, last: int) -> None:
        """Raise `Wrong` unless all is here, and verified, that the case had answered by `last`.

        What ends by itself during a sync may be logged after all was fetched.
        """
        due = self.case.records()
        self.check_part()
        here, bad = self.archive()
        lost = [seq for seq in self.readable(due) if seq <= last and seq not in here]
        if lost:
            raise Wrong("lost", f"{lost[:5]} of {len(due)} are not here")
        if not bad <= self.case.spoiled:
            raise Wrong("bent", f"verify says {sorted(bad - self.case.spoiled)[:5]}")

    def readable(self, due: dict[int, bytes]) -> list[int]:
        """Return the seqs of the records that can have come home."""
        return [seq for seq in due if seq not in self.case.spoiled]

    def archive(self) -> tuple[dict[int, bytes], set[int]]:
        """Return the records that are here, by seq, and those that `host verify` is not at ease
        with."""
        with open_archive(self.database) as archive:
            logs = [log for case in archive.cases() for log in archive.logs(case.id)]
            if len(logs) > 1 or (logs and archive.log_name(logs[0]) not in self.case.answered):
                raise Wrong("doubled", f"there are {len(logs)} logs of one")
            here = archive.stored(logs[0]) if logs else {}
            bad = set()
            for log in history.read(archive).all_logs:
                verdict = verify(log.start, here, log.quarantine, log.told, archive.flipped(log.id))
                for remark in verdict.remarks:
                    if remark.is_wrong:
                        bad |= set(range(remark.first, remark.last + 1))
        return here, bad


@contextmanager
def a_life(chance: Random) -> Iterator[Life]:
    """Lend a case and a computer that have met."""
    with folder() as home:
        life = Life(home, chance)
        with shared_time(life.case):
            life.begin()
            yield life


def live(seed: int, number: int, syncs: int) -> Counts:
    """Live with so many syncs."""
    counts = Counts()
    try:
        with a_life(Random(seed * 1_000_003 + number)) as life:
            for _ in range(syncs):
                counts.tried += 1
                life.live()
                life.sync()
    except Wrong as wrong:
        counts.fault(wrong.what, f"life {number}, sync {counts.tried}: {wrong}")
    except Exception as error:
        counts.fault("failed", f"life {number}, sync {counts.tried}: {error!r}")
    return counts


def short(seed: int, piece: int) -> Counts:
    """Live with a few syncs."""
    return live(seed, piece, SYNCS)


def thousand(seed: int, piece: int) -> Counts:
    """Live with a thousand syncs."""
    return live(seed, 1000 + piece, LONG_SYNCS)


TRIALS = [
    Trial("syncs of a living case with faults", LIVES, short),
    Trial("a thousand syncs of one living case with faults", LONG_LIVES, thousand, (), True),
]
