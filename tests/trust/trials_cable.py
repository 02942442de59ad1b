"""A cable that is cut, noisy, slow or shared during a sync with all there is to tell.

After each fault a second, undisturbed sync has to bring everything: `check` says what that is.
Bytes are counted both ways together, so the number of a byte says where the cable was cut.
"""

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tests.conftest import MEMORY, holds_our_files
from tests.trust.cable import TO_CASE, TO_HOST, CabledCase, Fault, shared_time
from tests.trust.cable_story import DATABASE, TOLD, Base, build, told, too_short
from tests.trust.trial import Counts, Trial

from rollcore import frames, messages, snapshot
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollcore.messages import REQUESTS, Message
from rollhost.case.connection import Line
from rollhost.case.sync import Outcome, sync
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.errors import RollcaseError
from rollhost.history import history
from rollhost.history.verify import verify

KIND = "a sync's cable cut at every byte, noisy, slow or shared"

FAULTS = 10_000
FAULTS_IN_A_PIECE = 25
CUT_PIECES = 300

SYNC_LIMIT_MS = 10 * 60 * 1000
"""A sync may not take longer than this of the case's time, whatever happens to it (own)."""

POWER, UNPLUGGED, KILLED = "power", "unplugged", "killed"
ENDS = (POWER, UNPLUGGED, KILLED)
"""How a sync ends that breaks off: the case has no power without the cable; it has a battery, and
what was on the way is lost; or the cable stays, the program is gone, and what is on the way stays.
"""

PROBES = (
    # ModemManager and dialers: Hayes commands, and the binary protocols QCDM and MBIM.
    b"AT\r", b"AT\r\n", b"ATZ\r\n", b"ATE0V1\r\n", b"AT+CGMI\r", b"AT+GCAP\r\n", b"ATI\rATI1\r",
    b"+++", b"+++ATH\r", b"~\x00x\xf0~", b"~\x0c\x14\x3a~", b"\x01\x00\x00\x00\x10\x00\x00\x00",
    # Terminals, and consoles that look for a prompt.
    b"\r\n", b"\x1b[c", b"\x11\x13", b"\x1b\x1b\x1b", b"\x01", b"\x02", b"\x04", b"?\n",
    # Receivers of satellites, meters, printers, loaders.
    b"$PMTK605*31\r\n", b"\xb5\x62\x0a\x04\x00\x00\x0e\x34", b"*IDN?\n", b"M115\n", b"0 ",
    b"\x05\x64\x05\xc0", b"U" * 32, b"\x00" * 64, b"\xff" * 64,
    # What looks like a frame, and is none.
    b"~" * 40, b"~1 hello 2 2 x*00000000\n", b"~" + b"9" * 600, b"~1 records 1 0 5000+",
)  # fmt: skip
"""What other programs send to a new serial port. None has a byte 0x03, which stops the firmware: it
is tried where a case can be stopped, in `trials_port.py`."""


@dataclass(frozen=True)
class Reference:
    """The sync without a fault: what was on the cable, and what the case was told."""

    base: Base
    ways: list[tuple[int, int, int]]
    """Each piece of a cable's bytes: its way, its first byte and how many."""
    told: dict[tuple[int, int, int, int], int]
    log: str

    @property
    def size(self) -> int:
        """How many bytes went over the cable."""
        return sum(size for _, _, size in self.ways)


class Wrong(Exception):
    """What was found after the second sync: `what` as in `Counts`."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(text)
        self.what = what


@contextmanager
def folder() -> Iterator[Path]:
    """Lend a folder, in memory where that is possible."""
    place = MEMORY if sys.platform == "linux" and holds_our_files(MEMORY) else None
    with tempfile.TemporaryDirectory(prefix="cable-", dir=place) as name:
        yield Path(name)


@cache
def reference() -> Reference:
    """Return the story, and the sync without a fault."""
    with folder() as home:
        base = build(home)
    with folder() as home, shared_time(case := base.start(home)):
        database = home / DATABASE
        run_sync(case, database)
        ways, at = [], 0
        for way, size in case.cable.ways:
            ways.append((way, at, size))
            at += size
        wanted = told(case.log())
        if {kind for kind, _, _, _ in wanted} != set(TOLD):
            raise Wrong("failed", f"the story tells {wanted}")
        check(case, database, base, wanted)
    return Reference(base, ways, wanted, case.app.journal.log_id.hex())


def run_sync(case: CabledCase, database: Path) -> Outcome:
    """Sync on a computer whose clock is right."""
    with Line(case.cable.port) as line, open_archive(database) as archive:
        return sync(line, archive, lambda: case.now - CASE_EPOCH)


def try_faults(
    faults: list[Fault],
    end: str,
    pause_ms: int,
    verdicts: "dict[str, Wrong | None] | None" = None,
) -> Wrong | None:
    """Let these faults happen to a sync, which may break off; sync again, and look at everything.

    `pause_ms` is how long the case lives between the two. Where both ends are, to the byte, as they
    were once before, and nothing else is kept of the first sync, `verdicts` has what came of it.
    """
    key = ""
    wrong: Wrong | None = None
    known = reference()
    try:
        with folder() as home, shared_time(case := known.base.start(home)):
            database = home / DATABASE
            case.cable.plug_in(faults)
            before = case.ms
            try:
                with suppress(RollcaseError):
                    run_sync(case, database)
            except Exception as error:
                raise Wrong("failed", f"the sync fails by {error!r}") from error
            if case.ms - before > SYNC_LIMIT_MS:
                raise Wrong("failed", f"the sync took {case.ms - before} ms")
            check_acknowledged(case, database)
            held_ms = max(0, case.cable.held_until - case.ms)
            if end == KILLED:
                case.cable.go_on()
            else:
                case.cable.plug_in()
            if end == POWER:
                case.switch_on()
            if verdicts is not None:
                key = all_that_is_kept(case, home)
                if key in verdicts:
                    return verdicts[key]
            case.live(held_ms + pause_ms)
            try:
                outcome = run_sync(case, database)
            except Exception as error:
                raise Wrong("failed", f"the second sync fails by {error!r}") from error
            check_outcome(outcome)
            check(case, database, known.base, known.told)
    except Wrong as found:
        wrong = found
    if verdicts is not None and key:
        verdicts[key] = wrong
    return wrong


def all_that_is_kept(case: CabledCase, home: Path) -> str:
    """Return a digest of the flash, of all files of both ends, and of the time (s)."""
    kept = hashlib.sha256(case.flash.image + b"%d" % case.now)
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        kept.update(str(path.relative_to(home)).encode() + b"\0" + path.read_bytes() + b"\0")
    return kept.hexdigest()


# What has to be so.


def check_acknowledged(case: CabledCase, database: Path) -> None:
    """Raise `Wrong` if the case may delete a record that is not in the database."""
    acked, name = case.app.journal.acked, case.app.journal.log_id.hex()
    with open_archive(database) as archive:
        logs = [log for found in archive.cases() for log in archive.logs(found.id)]
        here = [seq for log in logs if archive.log_name(log) == name for seq in archive.stored(log)]
    if not set(range(1, acked + 1)) <= set(here):
        raise Wrong("lost", f"{acked} records are acknowledged, and {len(here)} are here")


def check_outcome(outcome: Outcome) -> None:
    """Raise `Wrong` if a sync says that something was not right."""
    agreed = outcome.agreed
    said = [
        *agreed.refused, outcome.untold, outcome.fault, outcome.clock_refused,
        outcome.policy_refused, outcome.state_refused, outcome.new_log,
    ]  # fmt: skip
    if any(said) or outcome.quarantined or outcome.back_to is not None:
        raise Wrong("failed", f"the second sync says {[text for text in said if text]}")
    if agreed.agrees is not True:
        raise Wrong("failed", "the two ends do not agree")


def check(
    case: CabledCase,
    database: Path,
    base: Base,
    wanted: dict[tuple[int, int, int, int], int],
) -> None:
    """Raise `Wrong` unless both ends have everything, once, and the case goes on.

    `wanted` is how often the log has each thing that the case was told.
    """
    with open_archive(database) as archive:
        check_records(case, archive)
        check_both_ends(case, archive)
    short = too_short(case, base.known)
    if short:
        raise Wrong("bent", short)
    if abs(case.app.clock.time + CASE_EPOCH - case.now) > 2:
        raise Wrong("bent", f"the clock is at {case.app.clock.time + CASE_EPOCH}, not {case.now}")
    found = told(case.log())
    if found != wanted:
        what = "lost" if any(found[key] < wanted[key] for key in wanted) else "doubled"
        raise Wrong(what, f"the case was told {found}, not {wanted}")
    last, shown = case.last_seq, len(case.shown)
    case.long_press()
    if case.last_seq != last + 1 or len(case.shown) == shown:
        raise Wrong("failed", "a press is not answered, or not logged")


def check_records(case: CabledCase, archive: Archive) -> None:
    """Raise `Wrong` unless the database has the records of the case, each once."""
    cases = [found for found in archive.cases() if found.device == case.device]
    logs = [log for found in cases for log in archive.logs(found.id)]
    if len(logs) != 1:
        raise Wrong("doubled", f"there are {len(logs)} logs of one")
    here = archive.raw_records(logs[0])
    there = raw_records(case)
    if archive.quarantined() or archive.flipped(logs[0]):
        raise Wrong("lost", "records are in quarantine, or put right")
    if here != there:
        what = "doubled" if len(here) > len(there) else "lost"
        raise Wrong(what, f"the case has {len(there)} records, the database {len(here)}")


def raw_records(case: CabledCase) -> list[bytes]:
    """Return the bytes of every record on the flash."""
    found: list[bytes] = []
    while raw := case.app.journal.read(len(found) + 1, 1000)[2]:
        found += [raw[at : at + RECORD_SIZE] for at in range(0, len(raw), RECORD_SIZE)]
    return found


def check_both_ends(case: CabledCase, archive: Archive) -> None:
    """Raise `Wrong` unless the log is right in itself and adds up here to what the case knows."""
    past = history.read(archive)
    log = next(log for log in past.all_logs if log.case.device == case.device)
    verdict = verify(log.start, archive.stored(log.id), log.quarantine, log.told)
    if verdict.wrong or log.missing:
        raise Wrong("lost", f"verify says {verdict.remarks}")
    if snapshot.pack(log.content.folded) != snapshot.pack(case.app.journal.state):
        raise Wrong("failed", "the case and the database do not add up to the same")


# Which faults there are.


def cut_everywhere(seed: int, piece: int) -> Counts:
    """Cut the cable before each byte of a part of the sync; with it the case loses its power.

    So all that is left of the sync is on the flash and in the database, and where these are as
    after another cut, the second sync would be the same. Nothing is chosen, whatever the seed.
    """
    counts = Counts()
    for at in range(piece, reference().size, CUT_PIECES):
        counts.tried += 1
        wrong = try_faults([Fault(at, "cut")], POWER, 0, VERDICTS)
        if wrong is not None:
            counts.fault(wrong.what, f"cut at byte {at}: {wrong}")
    return counts


def faults_at_random(seed: int, piece: int) -> Counts:
    """Let faults of all sorts happen to so many syncs."""
    counts = Counts()
    for number in range(piece * FAULTS_IN_A_PIECE, (piece + 1) * FAULTS_IN_A_PIECE):
        chance = Random(seed * 1_000_003 + number)
        kind = list(KINDS)[number % len(KINDS)]
        faults = KINDS[kind](chance)
        end = chance.choice(ENDS)
        judge(counts, faults, end, chance, f"number {number}, {kind}, {end}: {faults[:3]}")
    return counts


VERDICTS: dict[str, Wrong | None] = {}
"""What came of the second sync after cuts in this process, by all that was kept of the first."""


def judge(counts: Counts, faults: list[Fault], end: str, chance: Random, text: str) -> None:
    """Try these faults, and count what came of it."""
    counts.tried += 1
    pause_ms = chance.choice((0, 0, 1, 100, 1000, 5000))
    wrong = try_faults(faults, end, pause_ms)
    if wrong is not None:
        counts.fault(wrong.what, f"{text}: {wrong}")


def place(chance: Random) -> int:
    """Return a byte of the sync: of any, or of those that are not records."""
    known = reference()
    if chance.random() < 0.4:
        return chance.randrange(known.size)
    way, at, size = chance.choice(known.ways)
    if way == TO_HOST or chance.random() < 0.5:
        return at + chance.randrange(size)
    return at + chance.choice((0, 1, size - 1))


def question(chance: Random) -> int:
    """Return the first byte of a question of the host."""
    return chance.choice([at for way, at, _ in reference().ways if way == TO_CASE])


def flips(chance: Random) -> list[Fault]:
    """Flip bits in one byte, or in a few that follow."""
    size = chance.choice((1, 1, 1, 2, 8, 64))
    data = bytes(1 << chance.randrange(8) for _ in range(size))
    if size > 1 and chance.random() < 0.5:
        data = chance.randbytes(size)
    return [Fault(place(chance), "flip", data=data)]


def drops(chance: Random) -> list[Fault]:
    """Lose bytes of one way."""
    return [Fault(place(chance), "drop", chance.choice((1, 2, 7, 8, 64, 256, 512, 4000)))]


def doubles(chance: Random) -> list[Fault]:
    """Let bytes come twice: a few, a packet, a whole question."""
    at = question(chance) if chance.random() < 0.5 else place(chance)
    return [Fault(at, "double", chance.choice((1, 2, 32, 64, 512)))]


def delays(chance: Random) -> list[Fault]:
    """Let nothing arrive for a while: up to longer than a host waits in all."""
    longest = chance.choice((10, 500, 2000, 4000, 10_000, 60_000))
    return [Fault(place(chance), "delay", chance.randrange(longest) + 1)]


def cuts(chance: Random) -> list[Fault]:
    """Cut the cable, after something else has happened to it."""
    return [Fault(place(chance), "cut"), *noise(chance)]


def probes(chance: Random) -> list[Fault]:
    """Let another program look for a modem: before the sync, or in it, more than once."""
    size = chance.choice((1, 1, 3, 12))
    first = chance.choice((0, place(chance)))
    places = [first, *(place(chance) for _ in range(size - 1))]
    return [Fault(at, "insert", data=chance.choice(PROBES)) for at in places]


def questions(chance: Random) -> list[Fault]:
    """Let another program, such as another computer's sync, ask the case meanwhile."""
    log = reference().log
    bodies: tuple[tuple[str, dict[str, object]], ...] = (
        ("hello", {"oldest": 2, "newest": 2, "program": "rollcase/0.1.0"}), ("status", {}),
        ("get", {"seq": 1, "count": 600}), ("get", {"seq": 400, "count": 1}), ("policy", {}),
        ("state", {"seq": 0}), ("state", {"seq": 130}), ("ack", {"log": log, "seq": 1}),
    )  # fmt: skip
    found = []
    for _ in range(chance.choice((1, 2, 6, 20))):
        verb, fields = chance.choice(bodies)
        body = messages.encode(Message(chance.randrange(1, 1 << 31), verb, fields), REQUESTS)
        at = question(chance) if chance.random() < 0.7 else place(chance)
        found.append(Fault(at, "insert", data=frames.encode(body)))
    return found


def stolen(chance: Random) -> list[Fault]:
    """Let another program read, too: what it gets the host does not."""
    sizes = (1, 64, 64, 512)
    number = chance.choice((1, 4, 16))
    return [Fault(place(chance), "drop", chance.choice(sizes)) for _ in range(number)]


def noise(chance: Random) -> list[Fault]:
    """Let bytes be wrong, missing or too many, here and there over the whole sync."""
    size = reference().size
    found = []
    for _ in range(chance.choice((2, 5, 20, 60))):
        at = chance.randrange(size)
        found.append(
            chance.choice(
                (
                    Fault(at, "flip", data=bytes([1 << chance.randrange(8)])),
                    Fault(at, "drop", 1),
                    Fault(at, "insert", data=chance.randbytes(2), way=TO_HOST),
                    Fault(at, "insert", data=b"\n~", way=TO_CASE),
                )
            )
        )
    return found


def several(chance: Random) -> list[Fault]:
    """Let two or three of the others happen to one sync."""
    kinds = [flips, drops, doubles, delays, probes, questions, stolen]
    return [fault for kind in chance.sample(kinds, 3) for fault in kind(chance)]


KINDS: dict[str, Callable[[Random], list[Fault]]] = {
    "flips": flips, "drops": drops, "doubles": doubles, "delays": delays, "cuts": cuts,
    "probes": probes, "questions": questions, "stolen": stolen, "noise": noise,
    "several": several,
}  # fmt: skip

TRIALS = [
    Trial("cable cut at every byte of a sync", CUT_PIECES, cut_everywhere),
    Trial(
        "cable with faults of all sorts in a sync",
        FAULTS // FAULTS_IN_A_PIECE,
        faults_at_random,
    ),
]
