"""A case that lies: what `host` says, keeps and writes when the answers on the line are wrong.

The case is the real firmware, its answers are changed on their way. A lie says what is wrong with
the answers to one question: a field, the whole answer, or the bytes of the line.
"""

import contextlib
import io
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import patch
from zlib import crc32

from serial.serialutil import SerialException
from tests.conftest import MEMORY, holds_our_files
from tests.lives.living_case import LivingCase
from tests.lives.wire import Serial

from rollcore import events, frames, messages
from rollcore.events import CASE_EPOCH, RECORD_SIZE, Event
from rollhost.cli.main import main
from rollhost.output import units

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds: when the case is synced."""

TICK_S = 0.05
"""So long (s) the host waits by its clock for each look at the line: nobody waits in earnest."""

MOST_QUESTIONS = 1000
"""More than `host sync` asks of any case: an honest one is asked 40 questions."""

MOST_ANSWERED = 64 << 20
"""Bytes that a case may send in one sync. No case has a tenth of it on its flash."""

EXIT_CODES = range(6)
"""docs/scripts.md and `host --help`: done, failed, usage, no case, several cases, quarantine."""

DONE, QUARANTINED = 0, 5

WRONG: tuple[bytes, ...] = (
    b"", b"-1", b"+1", b"0", b"1", b"2", b"01", b"255", b"65536", b"2147483648", b"4294967295",
    b"4294967296", b"99999999999999999999", b"9" * 400, b"9" * 5000, b"1.5", b"1e9", b"0x10",
    b"1_000", b"x", b"a b", b"  ", b"%s%n", b"..", b"/etc/passwd", b"';DROP", b"<script>", b"{}",
    b"a" * 400, b"a" * 401, b"a" * 6000, b"AAAA", b"AAAA=", b"=", b"\x00", b"\x07", b"\x1b[31mred",
    b"\r", b"\n", b"\x03", b"\x7f", b"\x9b", b"\xff\xfe", "é".encode(), "\u202e".encode(), b"~",
    b"*", b"~1 case 2", b"0" * 16, b"f" * 16, b"F" * 16, b"0" * 15, b"0" * 17,
)  # fmt: skip
"""What stands in place of a field: empty, too long, negative, huge, of another kind, no UTF-8."""

WHOLE = (
    "silent", "empty", "doubled", "again", "cut", "wrong CRC", "other id", "id 0", "other verb",
    "error", "odd error", "prompt", "noise", "much noise", "endless line", "raw lie", "unplugged",
    "one field less", "one field more", "not ASCII", "echo",
)  # fmt: skip
"""What can be wrong with a whole answer."""

RECORDS = (
    "no bytes", "one byte more", "one byte less", "one slot", "one slot more", "a block twice",
    "blank", "zeros", "any bytes", "seq back", "seq on", "seq of each back", "other log",
    "no chain", "wrong chain", "wild", "wild times", "unknown kinds", "missing", "missing all",
    "missing back", "never ends", "never ends after a gap", "slots swapped", "bits",
)  # fmt: skip
"""What can be wrong with the slots of a block; "wild": well chained, with any values."""

STATES = ("any bytes", "zeros", "ones", "one byte more", "one byte less", "none", "other format",
    "wild field", "other seq", "far seq")  # fmt: skip
"""What can be wrong with a packed state."""


class Lie(NamedTuple):
    """What is wrong with the answers to `verb`: `what` of the field at `place`; -1: all of it.

    `skips` says how many of these answers are right before, `times` how many are wrong then.
    """

    verb: str
    place: int
    what: bytes | str
    skips: int = 0
    times: int = 1_000_000


class Endless(Exception):
    """The host asks and asks, or takes more than a case can have."""


class Clock:
    """A clock that only goes on when it is looked at."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        """Return seconds: more with every look."""
        self._now += TICK_S
        return self._now


class Lying:
    """Stands between `case` and the host, and lies as it is told."""

    def __init__(self, case: LivingCase, lies: list[Lie], chance: Random) -> None:
        self._answer = case._answer
        self._lies = lies
        self._met = [0] * len(lies)
        self._chance = chance
        self._questions = frames.Decoder(messages.MAX_REQUEST)
        self._answers = frames.Decoder(messages.MAX_ANSWER)
        self._before = b""
        self._chain: dict[int, int] = {}
        self.asked = 0
        self.sent = 0
        self.verbs: list[str] = []

    def answer(self, data: bytes) -> bytes:
        """Return what the host gets for `data`. Raises `Endless` if that is too much."""
        bodies = self._questions.feed(data)
        if not bodies:
            return b""  # what wakes a prompt
        self.asked += len(bodies)
        self.verbs += [body.split(b" ")[1].decode() for body in bodies]
        if self.asked > MOST_QUESTIONS or self.sent > MOST_ANSWERED:
            raise Endless(f"{self.asked} questions, {self.sent} bytes")
        said = b""
        for right in self._answers.feed(self._answer(data)):
            said += self._changed(bodies[-1], right)
        self.sent += len(said)
        return said

    def _changed(self, question: bytes, right: bytes) -> bytes:
        verb = question.split(b" ")[1].decode()
        said = frames.encode(right)
        for place, lie in enumerate(self._lies):
            if lie.verb not in (verb, "any"):
                continue
            self._met[place] += 1
            if not lie.skips < self._met[place] <= lie.skips + lie.times:
                continue
            said = self._lie(lie, question, right)
        self._before = said
        return said

    def _lie(self, lie: Lie, question: bytes, right: bytes) -> bytes:
        if isinstance(lie.what, bytes):
            words = right.split(b" ")
            if lie.place + 2 < len(words):
                words[lie.place + 2] = lie.what
            return frames.encode(b" ".join(words))
        if lie.verb == "get" and lie.what in RECORDS:
            return self._wrong_records(lie.what, question, right)
        if lie.verb == "state" and lie.what in STATES:
            return self._wrong_state(lie.what, right)
        return self._wrong_whole(lie.what, question, right)

    def _wrong_whole(self, what: str, question: bytes, right: bytes) -> bytes:
        chance = self._chance
        number, _, rest = right.partition(b" ")
        frame = frames.encode(right)
        if what == "unplugged":
            raise SerialException("the cable came off")
        if what == "other verb":
            verb = chance.choice(sorted(messages.ANSWERS)).encode()
            return frames.encode(b" ".join([number, verb, *rest.split(b" ")[1:]]))
        if what == "odd error":
            code = chance.choice(("storage", "seq", "log", "range", "policy", "clock", "a" * 400))
            words = chance.choice(("", " ", "%s {0} {x}", "a" * 4000, "</b>", "no. no. no"))
            return frames.encode(number + f" error {code} {words}".encode())
        said: dict[str, bytes] = {
            "silent": b"",
            "empty": frames.encode(b""),
            "doubled": frame + frame,
            "again": self._before,
            "cut": frame[: chance.randrange(len(frame))],
            "wrong CRC": frame[:-9] + b"00000000\n",
            "other id": frames.encode(b"7" + rest),
            "id 0": frames.encode(b"0 " + rest),
            "error": frames.encode(number + b" error request none"),
            "prompt": b"\r\n>>> ",
            "noise": chance.randbytes(300),
            "much noise": chance.randbytes(1 << 20),
            "endless line": b"~" + b"a" * (1 << 20),
            "raw lie": b"~%s %d+%08x\n" % (b"%s x" % number, 3000, 0) + b"a" * 100,
            "one field less": frames.encode(right.rpartition(b" ")[0]),
            "one field more": frames.encode(right + b" 1"),
            "not ASCII": frames.encode(right + b"\xff\x9b\x1b]0;x\x07"),
            "echo": frames.encode(question),
        }
        return said[what]

    def _wrong_records(self, what: str, question: bytes, right: bytes) -> bytes:
        number, verb, *fields = right.split(b" ")
        if what in ("never ends", "never ends after a gap"):
            return self._without_end(what, question)
        if verb != b"records":
            return frames.encode(right)
        seq, chain = int(fields[0]), int(fields[1])
        raw = messages.decode(right, messages.ANSWERS).raw("raw")
        if what == "missing":
            return _missing(number, seq, seq + max(1, len(raw) // RECORD_SIZE))
        if what == "missing all":
            return _missing(number, seq, 0xFFFFFFFF)
        if what == "missing back":
            return _missing(number, seq, max(seq - 5, 0))
        for lie_chain, lie_seq, lie_raw in self._blocks(what, seq, chain, raw):
            chain, seq, raw = lie_chain, lie_seq, lie_raw
        said = _records(number, seq, chain, raw)
        return said + said if what == "a block twice" else said

    def _blocks(
        self, what: str, seq: int, chain: int, raw: bytes
    ) -> Iterator[tuple[int, int, bytes]]:
        """Yield the chain, seq and bytes of a block in which `what` is wrong."""
        chance = self._chance
        slots = [raw[at : at + RECORD_SIZE] for at in range(0, len(raw), RECORD_SIZE)]
        if what == "seq back":
            seq = max(seq - 1, 0)
        elif what == "seq on":
            seq += 1
        elif what == "no chain":
            chain = 0
        elif what == "wrong chain":
            chain ^= 0xFF00FF
        elif what in ("wild", "wild times", "unknown kinds", "seq of each back"):
            raw = self._rechained(what, seq, chain, slots)
        elif what == "bits":
            flipped = bytearray(raw)
            for _ in range(len(slots)):
                flipped[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            raw = bytes(flipped)
        elif what == "slots swapped":
            chance.shuffle(slots)
            raw = b"".join(slots)
        else:
            raw = {
                "no bytes": b"",
                "one byte more": raw + b"a",
                "one byte less": raw[:-1],
                "one slot": raw[:RECORD_SIZE],
                "one slot more": raw + raw[:RECORD_SIZE],
                "blank": b"\xff" * len(raw),
                "zeros": bytes(len(raw)),
                "any bytes": chance.randbytes(len(raw)),
                "other log": b"".join(slots[1:] + slots[:1]),
            }.get(what, raw)
        yield chain, seq, raw

    def _rechained(self, what: str, seq: int, chain: int, slots: list[bytes]) -> bytes:
        """Return records with any values, each chained to the one before; the first as it is."""
        chance = self._chance
        found = b""
        # A chain goes on across answers, also where the host asks for one of them again.
        crc = self._chain.get(seq, chain)
        for place, slot in enumerate(slots):
            record = bytearray(slot)
            if place or seq in self._chain:
                if what == "wild":
                    record[4:28] = _wild(chance)
                elif what == "wild times":
                    record[12:16] = _odd_number(chance).to_bytes(4, "little")
                    record[8:12] = _odd_number(chance).to_bytes(4, "little")
                elif what == "unknown kinds":
                    record[4] = chance.randrange(256)
                else:
                    record[:4] = max(seq + place - 2, 0).to_bytes(4, "little")
                record[28:] = crc32(record[:28], crc).to_bytes(4, "little")
            crc = int.from_bytes(record[28:], "little")
            found += record
            self._chain[seq + place + 1] = crc
        return found

    def _without_end(self, what: str, question: bytes) -> bytes:
        """Return a full block of records that are well chained, whatever was asked for."""
        number, _, first, _ = question.split(b" ")
        seq = int(first)
        if what == "never ends after a gap" and seq < 5000:
            return _missing(number, seq, 5000)
        found, crc = b"", self._chain.get(seq, 0)
        for place in range(117):
            event = Event(events.HEAD_NEW, {"uses": 0, "token": 0}, 0, seq + place, 1, 1, 1)
            found += events.encode(event, crc)
            crc = events.crc_of(found[-RECORD_SIZE:])
        self._chain[seq + 117] = crc
        return _records(number, seq, self._chain.get(seq, 0), found)

    def _wrong_state(self, what: str, right: bytes) -> bytes:
        chance = self._chance
        number, verb, *fields = right.split(b" ")
        if verb != b"state":
            return frames.encode(right)
        seq = int(fields[0])
        raw = bytearray(messages.decode(right, messages.ANSWERS).raw("raw"))
        if what == "any bytes":
            raw[1:] = chance.randbytes(len(raw) - 1)
        elif what == "zeros":
            raw[1:] = bytes(len(raw) - 1)
        elif what == "ones":
            raw[1:] = b"\xff" * (len(raw) - 1)
        elif what == "one byte more":
            raw += b"a"
        elif what == "one byte less":
            raw.pop()
        elif what == "none":
            raw = bytearray()
        elif what == "other format":
            raw[0] ^= 1
        elif what == "wild field":
            at = chance.randrange(1, len(raw) - 4)
            raw[at : at + 4] = _odd_number(chance).to_bytes(4, "little")
        elif what == "other seq":
            seq = max(seq - 1, 0)
        elif what == "far seq":
            seq = 0xFFFFFFFF
        fields = [b"%d" % seq, messages._base64(bytes(raw), newline=False)]
        return frames.encode(b" ".join([number, verb, *fields]))


def _missing(number: bytes, seq: int, end: int) -> bytes:
    return frames.encode(b"%s missing %d %d" % (number, seq, end))


def _records(number: bytes, seq: int, chain: int, raw: bytes) -> bytes:
    base64 = messages._base64(raw, newline=False)
    return frames.encode(b"%s records %d %d %s" % (number, seq, chain & 0xFFFFFFFF, base64))


def _odd_number(chance: Random) -> int:
    edges = (0, 1, 2, 1 << 15, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 32) - 2)
    return chance.choice((*edges, chance.randrange(1 << 32), NOW - CASE_EPOCH))


def _wild(chance: Random) -> bytes:
    """Return all of a record behind its seq and before its CRC: a known kind, any values."""
    kind = chance.choice(sorted(events.KINDS))
    data = b""
    for field in events.KINDS[kind].fields:
        size = {"B": 1, "H": 2, "I": 4}[field.code]
        known = [number for number, _ in field.words] if field.words else []
        value = chance.choice(known) if known else _odd_number(chance)
        data += (value % (1 << 8 * size)).to_bytes(size, "little")
    zone = chance.choice((0, 1, 2, 3, 255))
    boot = chance.choice((1, 2, 3, 65535))
    head = bytes([kind, zone]) + boot.to_bytes(2, "little")
    uptime, time = _odd_number(chance), _odd_number(chance)
    return (head + uptime.to_bytes(4, "little") + time.to_bytes(4, "little") + data).ljust(
        24, b"\0"
    )


def single_lies() -> list[Lie]:
    """Return a lie for each field of each answer with each wrong value, and for all that is odd."""
    found: list[Lie] = []
    for verb, answer in ANSWERED.items():
        places = range(len(messages.ANSWERS[answer]))
        found += [Lie(verb, place, what) for place in places for what in WRONG]
        found += [Lie(verb, -1, what) for what in WHOLE]
        found += [Lie(verb, -1, what, times=1) for what in WHOLE]
        found += [Lie(verb, -1, what, skips=1) for what in WHOLE]
    found += [Lie("get", -1, what, skips) for what in RECORDS for skips in (0, 1, 2)]
    found += [Lie("get", -1, what, times=1) for what in RECORDS]
    found += [Lie("state", -1, what, skips) for what in STATES for skips in (0, 1)]
    return found


ANSWERED = {
    "hello": "case",
    "status": "status",
    "get": "records",
    "ack": "acked",
    "policy": "policy",
    "rule": "policy",
    "time": "clock",
    "state": "state",
    "newlog": "log",
    **dict.fromkeys(("hold", "clinic", "opened", "head", "headout", "corrected"), "told"),
}
"""PROTOCOL.md, Questions and answers: what a sync asks, and the verb of the answer."""


def any_lies(chance: Random) -> list[Lie]:
    """Return a few lies at random, at random times."""
    found = []
    for _ in range(chance.randint(1, 6)):
        verb = chance.choice(["get", "status", "state", "any", *ANSWERED])
        kinds: list[tuple[bytes | str, ...]] = [WRONG, WHOLE]
        kinds += [RECORDS, RECORDS] if verb == "get" else []
        kinds += [STATES, STATES] if verb == "state" else []
        what = chance.choice(chance.choice(kinds))
        found.append(
            Lie(verb, chance.randrange(10), what, chance.randrange(8), chance.choice((1, 2, 100)))
        )
    return found


class Failed(Exception):
    """Something was seen that must not be; `what` counts it as `Counts.fault` does."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(text)
        self.what = what


class Workshop:
    """A database with a case in it, and the case: both are as they were for each `sync`."""

    def __init__(self, directory: Path, known: bool) -> None:
        self._path = directory / "rollcase.db"
        self._directory = directory
        case = self.case = LivingCase(directory / "case", 0, 0)
        self._host("person", "add", "Ann")
        if known:
            self._code("sync", "--clock-is-right", "--port", case.port)
            self._code("case", "whose", case.device[-6:], "me")
            self._code("policy", "set", "rest=30d", "zones=face,neck")
            self._code("sync", "--clock-is-right", "--port", case.port)
            self._code("policy", "set", "rest=31d", "zones=face,neck")
            self._code("hold", "sunburn", "--until", "10d")
            self._code("clinic", "2026-11-20", "--needle", "1.5", "--zone", "face")
            self._code("reaction", "open", "red and sore", "--zone", "face")
            self._code("head", "new")
            self._code("reaction", "over")
        for _ in range(30):
            case.press()
            case.wait(601)
            case.long_press()
            case.wait(5)
        while case.next_seq < 260:
            before = case.next_seq
            case.press()
            case.long_press()  # where a press logs nothing it is refused, which is logged
            case.wait(700)
            assert case.next_seq > before
        self._flash = case.copy_flash()
        self._base = self._closed()
        case.take_away()

    def _closed(self) -> bytes:
        """Return the database's bytes, all of them in its main file."""
        if not self._path.exists():
            return b""
        with contextlib.closing(sqlite3.connect(self._path)) as base:
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._path.read_bytes()

    def _host(self, *words: str) -> tuple[int, str]:
        return run_host(self._path, *words)

    def _code(self, *words: str) -> None:
        code, said = self._host(*words)
        if code not in (DONE, QUARANTINED):
            raise Failed("failed", f"host {' '.join(words)}: {code}, {said}")

    def try_lies(self, lies: list[Lie], chance: Random) -> Lying:
        """Sync a case that tells these lies; return what told them.

        Raises `Failed` for what must not be.
        """
        self._put_back()
        before = rows_of(self._path)
        case = self.case
        case.put_back(self._flash)
        case.wire.writes = 0
        liar = Lying(case, lies, chance)
        case.wire.answer = liar.answer
        port = self._connected()
        try:
            code, _ = self._host("sync", "--clock-is-right", "--port", port)
        except Endless as endless:
            raise Failed("failed", f"sync never ends: {endless}") from None
        if code not in EXIT_CODES:
            raise Failed("failed", f"exit code {code}")
        after = rows_of(self._path)
        compare(before, after)
        is_whole = is_chained(after)
        for words in (("status",), ("log",), ("report", str(self._directory / "report.html"))):
            self._host(*words)
        verified, said = self._host("verify")
        if not is_whole and not verified:
            raise Failed("bent", f"records that are not chained, and verify says {said!r}")
        case.wire.answer = case._answer
        code, said = self._host("sync", "--clock-is-right", "--port", port)
        if code not in (DONE, QUARANTINED):
            raise Failed("failed", f"the honest sync after that: {code}, {said}")
        case.take_away()
        return liar

    def _connected(self) -> str:
        Serial.wires[self.case.wire.name] = self.case.wire
        return self.case.port

    def _put_back(self) -> None:
        for path in self._directory.glob("rollcase.db*"):
            path.unlink()
        if self._base:
            self._path.write_bytes(self._base)
            self._path.chmod(0o600)


def run_host(path: Path, *words: str) -> tuple[int, str]:
    """Run ``host`` on the database at `path`; return its exit code and all that it said.

    Raises `Failed` where it dies, says control characters, or fails in other than a few words.
    """
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    clock = SimpleNamespace(monotonic=Clock().monotonic)
    with (
        patch.dict(os.environ, {"ROLLCASE_NOW": units.utc(NOW), "TZ": "UTC"}),
        patch("rollhost.case.connection.time", clock),
        patch("rollhost.case.prompt.time", clock),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main([*words, "--db", str(path)])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else -1
        except (Endless, KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            place = _innermost(error)
            text = f"host {words[0]} dies of {type(error).__name__}: {str(error)[:80]} at {place}"
            raise Failed("failed", text) from error
    out.seek(0)
    printed, complaint = out.read(), err.getvalue()
    odd = {char for char in printed + complaint if not char.isprintable() and char != "\n"}
    if odd:
        raise Failed("failed", f"host {words[0]} prints {odd}")
    lines = [line for line in complaint.splitlines() if not line.startswith("Fetching ")]
    if code in (1, 2, 3, 4) and words[0] != "verify":
        good = 1 <= len(lines) <= 2 and lines[0].startswith("host: ") and len(complaint) < 2000
        if not good and words[0] in ("sync", "import"):
            raise Failed("failed", f"host {words[0]} ends with {code}: {complaint[:300]!r}")
    return code, printed + complaint


def _innermost(error: BaseException) -> str:
    trace, place = error.__traceback__, ""
    while trace is not None:
        name = Path(trace.tb_frame.f_code.co_filename).name
        place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


Rows = dict[str, list[tuple[object, ...]]]

KEPT = ("records", "entries", "quarantine", "persons", "forgotten", "forgotten_logs")
"""Tables of which no row goes by a sync, and none is changed."""


def rows_of(path: Path) -> Rows:
    """Return the rows of each table of `KEPT`; none where there is no database."""
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(path)) as base:
        found = {name: base.execute(f"SELECT * FROM {name}").fetchall() for name in KEPT}
        (check,) = base.execute("PRAGMA integrity_check").fetchone()
    if check != "ok":
        raise Failed("bent", f"the database: {check}")
    return found


def compare(before: Rows, after: Rows) -> None:
    """Raise `Failed` if rows that were there have gone, or others than records have come."""
    for name, rows in before.items():
        gone = set(rows) - set(after[name])
        if name == "quarantine":
            # A record that was set aside may be read after all.
            records = {(row[0], row[1]) for row in after["records"]}
            gone = {row for row in gone if (row[0], row[1]) not in records}
        if gone:
            raise Failed("lost", f"{name}: {sorted(gone)[:2]}")
    entries = set(after.get("entries", ())) - set(before.get("entries", ()))
    if before and any(row[4] not in ("owner",) for row in entries):
        raise Failed("bent", f"entries that nobody has made: {sorted(entries)[:2]}")


def is_chained(rows: Rows) -> bool:
    """Return whether neighbours are chained. Raises `Failed` for a record in another's place."""
    logs: dict[object, dict[int, bytes]] = {}
    for log, seq, raw in rows.get("records", ()):
        assert isinstance(seq, int)
        assert isinstance(raw, bytes)
        if len(raw) != RECORD_SIZE or int.from_bytes(raw[:4], "little") != seq:
            raise Failed("bent", f"record {seq} of log {log} is {raw.hex()}")
        logs.setdefault(log, {})[seq] = raw
    return all(
        crc32(raw[:28], int.from_bytes(log[seq - 1][28:], "little"))
        == int.from_bytes(raw[28:], "little")
        for log in logs.values()
        for seq, raw in log.items()
        if seq - 1 in log
    )


@contextlib.contextmanager
def workshop(known: bool = True) -> Iterator[Workshop]:
    """Lend a workshop in a folder of its own; with `known` the case was synced before."""
    place = str(MEMORY) if holds_our_files(MEMORY) else None
    with TemporaryDirectory(dir=place) as directory:
        yield Workshop(Path(directory), known)
