"""A command of the host killed, or without room, or without its database, at every call it makes.

README: nothing gets lost; a command that was stopped and is run again comes to the same end; what
goes wrong is said in a sentence and the next step. The calls are those by which a process changes
files (`traced.py`), and the statements of SQL; the commands are in `host_world.py`.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.trust.case_process import CaseProcess, Look
from tests.trust.host_world import (
    DAY,
    NOW,
    SCENES,
    SECRET,
    Rows,
    Scene,
    World,
    entered,
    rows,
    tokens_in,
)
from tests.trust.traced import IS_HERE, SLEEPS, STATEMENT, Child
from tests.trust.trial import Counts, Trial

from rollcore import events
from rollhost.database import open as open_module

KIND = "commands of the host killed at every call, without room, locked out, two at once"

PARTS = 32
"""Into how many pieces the calls of a command are cut: every 32nd call is in one piece."""

BESIDE = ("rollcase.db-wal", "rollcase.db-shm", "rollcase.db-journal")


@dataclass
class Undisturbed:
    """What a scene begins with, and what it comes to if nothing happens to it."""

    code: int
    known: frozenset[str]
    before: Rows
    after: Rows
    files_before: dict[str, bytes]
    files: dict[str, bytes]
    verified: tuple[int, int]
    """Exit codes of `host verify` before it and after it."""
    look: Look | None


@contextmanager
def plugged(world: World, scene: Scene) -> Iterator[CaseProcess | None]:
    """Let the folder be as it is before a scene, and the case wait for a host."""
    world.begin(scene)
    if not scene.case:
        yield None
        return
    with CaseProcess(world.case, world.line) as case:
        yield case


def rows_of(world: World, known: frozenset[str]) -> Rows:
    """Return the rows of the database; none if there is no database, or an empty file."""
    if not world.database.exists() or not world.database.stat().st_size:
        return Rows()
    return rows(world.database, known)


@cache
def undisturbed(scene: Scene) -> Undisturbed:
    """Return what a scene comes to."""
    with entered() as world, plugged(world, scene) as case:
        known = tokens_in(world.database) | {"0"}
        if not scene.without:
            known |= tokens_in(world.before / "copy.db")
        before, files_before = rows_of(world, known), world.files()
        verified = 0 if scene.without or scene.older else verify(world)
        code, out, err = world.run(scene)
        assert code in (0, 5), (scene.name, out, err)
        after, files = rows_of(world, known), world.files()
        return Undisturbed(
            code, known, before, after, files_before, files, (verified, verify(world)),
            case.look() if case else None,
        )  # fmt: skip


def verify(world: World) -> int:
    """Return the exit code of `host verify`."""
    return world.host(NOW, "verify")[0]


Happen = Callable[[Child, World, Random], bool]
"""What happens to a command at a call: returns whether it was killed."""


class Tried:
    """One command to which something happened at its call of number `at` (from 1)."""

    def __init__(self, world: World, scene: Scene, counts: Counts, told: str) -> None:
        self._world = world
        self._scene = scene
        self._counts = counts
        self._told = told
        self._end = undisturbed(scene)

    def fault(self, what: str, text: str) -> None:
        """Count a fault."""
        self._counts.fault(what, f"{self._told}: {text}")

    def look_at(self, child: Child, killed: bool, case: CaseProcess | None) -> None:
        """Look at what is there, run the command again, and look at what it has come to."""
        end, scene, world = self._end, self._scene, self._world
        try:
            now = rows_of(world, end.known)
        except sqlite3.DatabaseError as error:
            self.fault("lost", f"the database cannot be read: {error}")
            return
        if not killed:
            self._judge_words(child, now)
        self._judge_rows(now)
        self._judge_files(world.files())
        if not (scene.older or not now):
            code = verify(world)
            if code not in end.verified:
                self.fault("failed", f"verify says {code}")
        if case:
            case.plug_in()
        if not (scene.once and now == end.after):
            code, out, err = world.run(scene)
            if code != end.code and not self._is_done(scene, now):
                self.fault("failed", f"run again it says {code}: {out[-300:]}{err[-300:]}")
        self._judge_end(case, killed)

    def _is_done(self, scene: Scene, now: Rows) -> bool:
        """Return whether it cannot be done again, because it was done."""
        begun, files = self._end.files_before, self._world.files()
        is_made = any(name in files and name not in begun for name in scene.makes)
        return is_made or (scene.once and now == self._end.after)

    def _judge_words(self, child: Child, now: Rows) -> None:
        """Judge what a command says that could not go on: a sentence and the next step."""
        if child.code in (0, 5):
            if not self._scene.case and now != self._end.after:
                self.fault("lost", f"says {child.code}, and has not done it")
            return
        lines = child.complained.splitlines()
        is_told = (
            child.code == 1
            and len(lines) >= 2
            and ": " in lines[-2]
            and lines[-2].endswith(".")
            and lines[-1].startswith("  ")
        )
        if not is_told or "Traceback" in child.complained:
            self.fault("failed", f"exit code {child.code}, and says {child.complained[-1500:]!r}")

    def _judge_rows(self, now: Rows) -> None:
        """Judge what the database holds: all that it held, and all or nothing of what is new."""
        end, scene = self._end, self._scene
        if scene.case:
            if not scene.without and not now:
                self.fault("lost", "the database is gone")
            lost = only(end.before, ("records", "entries", "quarantine", "policies", "persons"))
            lost -= now
            if lost:
                self.fault("lost", f"gone are {list(lost)[:3]}")
        elif now not in (end.before, end.after):
            if scene.without and only(now, ("records", "entries", "cases")) == Rows():
                return  # an empty one
            self.fault("lost", f"neither before nor after: {differ(end.before, now)}")

    def _judge_files(self, files: dict[str, bytes]) -> None:
        """Judge the files in the folder: whole ones, as they were or as they are to be."""
        end, scene = self._end, self._scene
        for name, raw in end.files_before.items():
            if name == "rollcase.db":
                continue
            if name not in files:
                self.fault("lost", f"{name} is gone")
            elif files[name] != raw and name not in scene.makes:
                self.fault("lost", f"{name} was changed")
        for name in scene.makes:
            if name in files and files[name] != end.files_before.get(name):
                self._judge_made(name, files[name])
        for name in files:
            if name.startswith(("rollcase-replaced-", "rollcase.db.before-")):
                copy = rows(self._world.place / name, end.known)
                # Run again, it replaces what it has put in place.
                if copy not in (end.before, end.after):
                    self.fault("lost", f"{name} is no copy: {differ(end.before, copy)}")

    def _judge_made(self, name: str, raw: bytes) -> None:
        whole = self._end.files[name]
        if raw == whole:
            return
        if whole.startswith(b"SQLite format 3\0"):
            try:
                if rows(self._world.place / name, self._end.known) == rows_in(
                    whole, self._end.known
                ):
                    return
            except sqlite3.DatabaseError as error:
                self.fault("failed", f"{name} cannot be read: {error}")
                return
        self.fault("failed", f"{name} is neither the old nor the new one: {len(raw)} bytes")

    def _judge_end(self, case: CaseProcess | None, killed: bool) -> None:
        """Judge what it has come to after it was run again."""
        end, scene, world = self._end, self._scene, self._world
        now, files = rows_of(world, end.known), world.files()
        if case:
            assert end.look
            self._judge_case(case.look(), end.look, now)
            now, after = (without_log(found, end.look.log) for found in (now, end.after))
        else:
            after = end.after
        if now != after:
            self.fault("lost", f"run again it comes to another end: {differ(after, now)}")
        self._judge_files(files)
        for name in scene.makes:
            if name not in files:
                self.fault("lost", f"{name} was not made")
        more = {
            name
            for name in set(files) - set(end.files)
            if not (scene.leaves and name.startswith(scene.leaves))
            and not (killed and is_removed_later(world, name))
        }
        beside = [name for name in BESIDE if (world.place / name).exists()]
        if more or beside:
            self.fault("failed", f"left behind: {sorted(more)} {beside}")
        code = verify(world)
        if code != end.verified[1]:
            self.fault("failed", f"run again, verify says {code}")
        if scene.name.startswith("forget an entry"):
            self._judge_forgotten()

    def _judge_forgotten(self) -> None:
        """Judge whether what was forgotten is in no byte of the database."""
        for path in self._world.place.glob("rollcase.db*"):
            if SECRET.encode() in path.read_bytes():
                self.fault("failed", f"what was forgotten is in {path.name}")

    def _judge_case(self, look: Look, whole: Look, now: Rows) -> None:
        """Judge case and database together: the same records, and the same state at both ends."""
        records = [
            row for row in now
            if row[0] == "records" and look.log in row[1]
        ]  # fmt: skip
        here = {row[3] for row in records}
        there = {f"raw={raw!r}" for raw in look.records}
        if there - here:
            self.fault("lost", f"{len(there - here)} records of the case are not here")
        if here - there or len(records) != len(there):
            self.fault("doubled", f"{len(here - there)} records here are not in the case")
        told = [
            events.decode(raw).data["token"]
            for raw in look.records
            if "token" in events.decode(raw).data
        ]
        twice = {token for token in told if token and told.count(token) > 1}
        was = [events.decode(raw).data.get("token") for raw in whole.records]
        if any(told.count(token) > was.count(token) for token in twice):
            self.fault("doubled", f"the case was told twice of {twice}")
        if look.policy != whole.policy:
            self.fault("bent", f"the case has the rules {look.policy}")
        bent = {
            name: (value, look.state[name])
            for name, value in whole.state.items()
            if look.state[name] != value
        }
        if bent:
            self.fault("bent", f"the case stands otherwise: {bent}")


def is_removed_later(world: World, name: str) -> bool:
    """Return whether what a killed command has left is removed by one that writes a file later."""
    left = world.place / name
    if not left.exists():
        return True
    before = left.stat().st_mtime - 2 * DAY
    os.utime(left, (before, before))
    world.host(NOW, "export", "json", str(world.place / "copy.json"))
    (world.place / "copy.json").unlink(missing_ok=True)
    return not left.exists()


def rows_in(raw: bytes, known: frozenset[str]) -> Rows:
    """Return the rows of a database in memory."""
    with entered() as world:
        path = world.folder / "whole.db"
        path.write_bytes(raw)
        return rows(path, known)


def only(found: Rows, tables: tuple[str, ...]) -> Rows:
    """Return the rows of some tables."""
    return Rows({row: count for row, count in found.items() if row[0] in tables})


def without_log(found: Rows, log: str) -> Rows:
    """Return the rows that are not records of a log: how many those are, no two syncs agree on."""
    return Rows(
        {
            row: count
            for row, count in found.items()
            if not (row[0] in ("records", "case_states") and log in row[1])
        }
    )


def without_rules(found: Rows) -> Rows:
    """Return the rows without rules that were in force or wait: they say during which record."""
    return Rows(
        {
            row: count
            for row, count in found.items()
            if row[0] != "policies" and "kind='policy'" not in row
        }
    )


def judge_rules(world: World, case: CaseProcess, counts: Counts, told: str) -> None:
    """Judge whether rules that were set during a sync are in the case after the next one.

    If it has put others in meanwhile it may leave them, and has to say so.
    """
    case.plug_in()
    code, out, err = world.run(SCENES[0])
    if ";rest_h=240;" not in case.look().policy and "were not put in" not in err:
        counts.fault("bent", f"{told}: the rules that were set are gone: {code} {out}{err}")


def differ(one: Rows, other: Rows) -> str:
    """Return in which rows two databases differ, in short."""
    lost, more = list((one - other).elements()), list((other - one).elements())
    return f"{len(lost)} rows less, such as {lost[:2]}; {len(more)} more, such as {more[:2]}"[:600]


def killed(child: Child, world: World, chance: Random) -> bool:
    """Kill it before the call."""
    child.kill()
    return True


def killed_halfway(child: Child, world: World, chance: Random) -> bool:
    """Kill it when it has written half of it."""
    child.kill_halfway()
    return True


def full(child: Child, world: World, chance: Random) -> bool:
    """Let the disk be full from here on."""
    child.is_full = True
    child.fail()
    child.finish()
    return False


def locked(child: Child, world: World, chance: Random) -> bool:
    """Let another program lock the database, if it can, for longer than we wait."""
    if world.database.exists():
        with closing(sqlite3.connect(world.database, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("PRAGMA locking_mode = EXCLUSIVE")
                other.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                pass
            child.finish()
    else:
        child.finish()
    return False


def trial(
    name: str, happen: Happen, statements: bool, of: Callable[[Child], bool], share: tuple[int, ...]
) -> Trial:
    """Return a trial in which this happens at every call that `of` picks."""

    def run(seed: int, piece: int) -> Counts:
        counts = Counts()
        number, part = divmod(piece, PARTS)
        scene = SCENES[number]
        chance = Random(f"{seed} {piece}")
        undisturbed(scene)
        with entered() as world:
            # Nobody waits long for a lock, as long as nobody has it.
            open_module.BUSY_MS = 20
            try:
                at = part
                while True:
                    with plugged(world, scene) as case:
                        draws = Random(f"{seed} {at}")
                        child = Child(
                            world.command(scene, draws.randbytes), world.place, statements
                        )
                        with child:
                            passed = 0
                            while child.call is not None and (not of(child) or passed < at):
                                passed += of(child)
                                child.step()
                            if child.call is None:
                                if child.code != undisturbed(scene).code:
                                    counts.fault("failed", f"{scene.name}: {child.complained}")
                                return counts
                            told = f"{name}: {scene.name}, {at}: {child.call}"
                            was_killed = happen(child, world, chance)
                        counts.tried += 1
                        Tried(world, scene, counts, told).look_at(child, was_killed, case)
                    at += PARTS
            finally:
                open_module.BUSY_MS = 3000

    return Trial(name, len(SCENES) * PARTS, run, share=share)


def a_change(child: Child) -> bool:
    """Pick what changes a file, or is said to a case: what is before it is what a kill leaves."""
    return child.call is not None and child.call.changes


def a_turn(child: Child) -> bool:
    """Pick what a lock may come before: a transaction, a write."""
    return child.call is not None and (child.call.changes or child.call.number == STATEMENT)


def needs_room(child: Child) -> bool:
    """Pick what needs room on the disk."""
    return child.call is not None and child.call.is_write


def bytes_written(child: Child) -> bool:
    """Pick what writes bytes that can be halved."""
    return child.call is not None and child.call.has_bytes


PAIRS = (
    ("note", "note"), ("note", "sync"), ("import", "sync"), ("import", "import"),
    ("import", "note"), ("policy set", "sync"), ("backup", "sync"), ("restore", "note"),
    ("forget an entry", "sync"), ("export json", "import"), ("photo", "rescue"), ("undo", "sync"),
    ("migration from 3", "migration from 3"), ("first sync", "note"),
)  # fmt: skip
"""Scenes of which two run at once."""

TURNS_OF_A_PAIR = 5
"""Random orders in which the calls of a pair take turns, in a piece."""

PIECES_OF_A_PAIR = 4

BURSTS = (1, 1, 2, 3, 5, 10, 30, 100, 300)
"""How many calls one makes before the other may go on."""


def two_at_once(seed: int, piece: int) -> Counts:
    """Let two commands run at once, call by call in an order that the seed gives."""
    counts = Counts()
    pair = PAIRS[piece // PIECES_OF_A_PAIR]
    scenes = [scene for name in pair for scene in SCENES if scene.name == name]
    ends = in_turn(*scenes), in_turn(*reversed(scenes))
    with entered() as world:
        for turn in range(TURNS_OF_A_PAIR):
            counts.tried += 1
            chance = Random(f"{seed} {piece} {turn}")
            told = f"two at once: {' and '.join(pair)}, {turn}"
            with plugged_for(world, scenes) as case, waiting_long():
                take_turns(world, scenes, chance, counts, told)
                judge_pair(world, ends, case, counts, told)
    return counts


@contextmanager
def waiting_long() -> Iterator[None]:
    """Let nobody give up on a lock: their waiting takes no time here."""
    before = open_module.BUSY_MS
    open_module.BUSY_MS = 600_000
    try:
        yield
    finally:
        open_module.BUSY_MS = before


def plugged_for(world: World, scenes: list[Scene]) -> AbstractContextManager[CaseProcess | None]:
    """Let the folder be as it is before scenes that run together."""
    with_case = [scene for scene in scenes if scene.case]
    return plugged(world, (with_case or scenes)[0])


@cache
def in_turn(first: Scene, second: Scene) -> tuple[Rows, frozenset[str], Look | None]:
    """Return what two scenes come to, one after the other."""
    with entered() as world, plugged_for(world, [first, second]) as case:
        known = tokens_in(world.database) | {"0"} | tokens_in(world.before / "copy.db")
        for scene in (first, second):
            code, out, err = world.run(scene)
            assert code in (0, 5), (scene.name, out, err)
        return rows_of(world, known), known, case.look() if case else None


def take_turns(
    world: World, scenes: list[Scene], chance: Random, counts: Counts, told: str
) -> None:
    """Run two commands, each for some calls while the other stands."""
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                Child(world.command(scene, chance.randbytes), world.place, True, locks=True)
            )
            for scene in scenes
        ]
        while any(child.call for child in children):
            child = chance.choice([child for child in children if child.call])
            for _ in range(chance.choice(BURSTS)):
                if child.call is None:
                    break
                if child.call.number in SLEEPS:
                    child.skip()  # it waits for the other
                    break
                child.step()
        for scene, child in zip(scenes, children, strict=True):
            if child.code not in (0, 5):
                counts.fault("failed", f"{told}: {scene.name} says {child.complained[-900:]!r}")


def judge_pair(
    world: World,
    ends: tuple[tuple[Rows, frozenset[str], Look | None], ...],
    case: CaseProcess | None,
    counts: Counts,
    told: str,
) -> None:
    """Judge what two commands have come to: what they come to one after the other."""
    try:
        now = rows_of(world, ends[0][1])
    except sqlite3.DatabaseError as error:
        counts.fault("lost", f"{told}: the database cannot be read: {error}")
        return
    possible = [rows for rows, _, _ in ends]
    if case:
        look = case.look()
        whole = ends[0][2]
        assert whole
        if look.policy not in [end.policy for _, _, end in ends if end]:
            counts.fault("bent", f"{told}: the case has the rules {look.policy}")
        here = {row[3] for row in now if row[0] == "records" and look.log in row[1]}
        missing = {f"raw={raw!r}" for raw in look.records} - here
        if missing:
            counts.fault("lost", f"{told}: {len(missing)} records of the case are not here")
        now, *possible = (without_log(found, look.log) for found in (now, *possible))
        if "policy set" in told:
            now, *possible = (without_rules(found) for found in (now, *possible))
            judge_rules(world, case, counts, told)
    if now not in possible:
        counts.fault("lost", f"{told}: not as one after the other: {differ(possible[0], now)}")
    beside = [name for name in BESIDE if (world.place / name).exists()]
    left = [name for name in world.files() if "unfinished" in name]
    if beside or left:
        counts.fault("failed", f"{told}: left behind: {beside} {left}")
    if (code := verify(world)) not in (0, 1 if "migration" in told else 0):
        counts.fault("failed", f"{told}: verify says {code}")


def share_of(name: str, part: int) -> tuple[int, ...]:
    """Return a piece of the scene with this name."""
    return ([scene.name for scene in SCENES].index(name) * PARTS + part,)


TRIALS = [
    trial(
        "host killed at every change",
        killed,
        False,
        a_change,
        (*share_of("restore", 5), *share_of("sync", 20)),
    ),
    trial(
        "host killed within every write",
        killed_halfway,
        False,
        bytes_written,
        share_of("migration from 6", 9),
    ),
    trial(
        "disk full from every write of the host on",
        full,
        False,
        needs_room,
        share_of("export sqlite", 7),
    ),
    trial(
        "database of the host locked from every statement on",
        locked,
        True,
        a_turn,
        share_of("policy set", 3),
    ),
    Trial(
        "two commands of the host at once", len(PAIRS) * PIECES_OF_A_PAIR, two_at_once, share=(0,)
    ),
]
if not IS_HERE:
    TRIALS = []
    print("left out, because this is no Linux on x86-64: a host that is killed", file=sys.stderr)
