"""Begins a new log on a board, born with what the case knows, in place of one that cannot go on.

Where littlefs has lost the files of blocks that are alive, it may give them away at any write. So
from the first write on littlefs works behind a fence: it takes the blocks from which the state was
read for bad ones. The order is that of the case itself: the file of the first block, then its
opening, in one program. From then on the new log counts. Only then the marks of the old blocks are
cleared. A power cut at any moment leaves the old log or the new one, and both know the same.
"""

import hashlib
import re
import struct
from binascii import crc32
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_bytes

from rollcore import blocks, events, snapshot
from rollcore.blocks import (
    BLOCK_SIZE,
    LOG,
    MARK_AT,
    MARK_SIZE,
    NO_LOG,
    OPENING_AT,
    SLOTS_AT,
    Mark,
    Opening,
)
from rollcore.memory import State
from rollcore.policy import Policy, PolicyError, for_needle
from rollcore.policy import parse as parse_policy
from rollhost.board import bring_home, older_log, room
from rollhost.board.repl import OWN_IMAGE, BoardError, Repl
from rollhost.board.rescue import LOG as FOLDER
from rollhost.board.rescue import POLICY_FOLDERS, Saved
from rollhost.database.archive import Archive
from rollhost.errors import RollcaseError

NEEDED_BLOCKS = 1 + 4 * room.FOLDER_BLOCKS
"""Blocks that a new log takes: its first one, and the folders."""

LOST_FILES = "lost files"
OLDER_LOG = "older log"
NO_FILES = "no file system"

ON_BOARD = r"""
import vfs

class Fence:
    def __init__(self, kept):
        self.kept = kept

    def readblocks(self, *where):
        return flash.readblocks(*where)

    def writeblocks(self, block, *where):
        return -84 if block in self.kept else flash.writeblocks(block, *where)

    def ioctl(self, what, block):
        return -84 if what == 6 and block in self.kept else flash.ioctl(what, block)

def mount(device, anew):
    try:
        vfs.umount("/")
    except OSError:
        pass
    if anew:
        vfs.VfsLfs2.mkfs(device, progsize=256)
    vfs.mount(vfs.VfsLfs2(device, progsize=256), "/")

def make(path, mark):
    blank = b"\xff" * 512
    with open(path, "wb") as file:
        file.write(blank[:64] + mark + blank[96:])
        for _ in range(7):
            feed()
            file.write(blank)

def find(mark):
    found = []
    head = bytearray(32)
    for block in range(blocks):
        flash.readblocks(block, head, 64)
        if head == mark:
            found.append(block)
    return found

def clear(marks):
    head = bytearray(32)
    for block in marks:
        feed()
        flash.readblocks(block, head, 64)
        if head == marks[block]:
            program(block, 64, bytes(32))
"""
"""-84 is what littlefs calls a bad block (LFS_ERR_CORRUPT): it takes another one. A mark is cleared
only where it still stands: littlefs may have taken the block meanwhile."""

AT_ONCE = 16
"""How many marks are cleared at once (own): the board has little memory for code."""


@dataclass
class Birth:
    """A new log to be begun. `why` is one of the reasons above.

    `kept` are the flash blocks that nothing may touch before the new log counts; `old` are those
    whose marks are cleared then, with the marks.
    """

    why: str
    generation: int
    follows: bytes
    state: State
    policy: Policy | None
    kept: list[int] = field(default_factory=list)
    old: dict[int, bytes] = field(default_factory=dict)
    log_id: bytes = NO_LOG
    """The id of the new log, once it has begun."""

    @property
    def lacks_policy(self) -> bool:
        """Whether the policy that was in force is neither on the board nor here."""
        return bool(self.state.policy_digest) and self.policy is None


def why(saved: Saved) -> str:
    """Return why the board needs a new log; empty if it does not."""
    current = saved.logs.current
    if bring_home.older_counts(saved):
        return OLDER_LOG
    if current and not saved.mounted:
        return NO_FILES
    # A log that is known by its checkpoint alone has lost all of its blocks.
    if current and (saved.missing or not current.blocks):
        return LOST_FILES
    return ""


def plan(archive: Archive, saved: Saved) -> Birth | None:
    """Return the new log that the board needs; None if it needs none.

    What was read from the board is in the database already.
    """
    reason = why(saved)
    known = bring_home.what_is_known(archive, saved)
    if not reason or known is None:
        return None
    current = saved.logs.current
    is_older = reason == OLDER_LOG and saved.older is not None
    follows = saved.older.log_id if is_older and saved.older else NO_LOG
    if not is_older and current:
        follows = current.log_id
    state = known.state
    state.seq = 0
    state.time = known.time  # it goes on from there
    generation = min((current.generation if current else 0) + 1, 0xFFFF)
    old = {place: saved.blocks[place][MARK_AT : MARK_AT + MARK_SIZE] for place in saved.logs.places}
    policy = _policy(archive, saved, state)
    return Birth(reason, generation, follows, state, policy, known.places, old)


def _policy(archive: Archive, saved: Saved, state: State) -> Policy | None:
    """Return the policy in force, from the board or the database; None if it is nowhere."""
    digest = state.policy_digest
    name = f"policy-{digest:08x}"
    stored = [raw for path, raw in saved.files.items() if path.rpartition("/")[2] == name]
    known = list(archive.policies().values())
    with suppress(PolicyError):
        known.append(for_needle(state.needle_um))  # what older firmware takes for a lost one
    for raw in stored:
        if raw[:4] == struct.pack("<I", crc32(raw[4:])):
            with suppress(PolicyError, UnicodeDecodeError):
                known.append(parse_policy(raw[4:].decode()))
    return next((policy for policy in known if policy.digest == digest), None)


def begin(repl: Repl, birth: Birth) -> None:
    """Begin the new log, and clear the marks of the old one. `birth.log_id` is its id then.

    Raises `CaseError` if the line breaks and `RollcaseError` if the flash does not take it; then
    the old log is what it was.
    """
    try:
        _begin(repl, birth)
    except BoardError as error:
        if error.number == room.NO_SPACE:
            raise room.full() from None
        raise


def _begin(repl: Repl, birth: Birth) -> None:
    repl.run(ON_BOARD)
    if birth.kept:
        repl.run(f"mount(Fence({birth.kept}), {birth.why == NO_FILES})")
    _store_policy(repl, birth.policy)
    folder = f"{FOLDER}/{birth.generation}-000"
    for path in (FOLDER, folder):
        repl.run(f"folder({path!r})")
    log_id, nonce = token_bytes(8), token_bytes(8)
    mark = blocks.pack_mark(Mark(LOG, birth.generation, log_id, 0, nonce))
    path = f"{folder}/00000"
    repl.run(f"make({path!r}, {mark!r})")
    head = b"\xff" * MARK_AT + mark
    expected = head + b"\xff" * (BLOCK_SIZE - len(head))
    places = repl.numbers(f"find({mark!r})")
    if len(places) != 1 or _hashes(repl, path, places[0]) != [_hash(expected)] * 2:
        raise _worn_out()
    chain = events.first_chain(log_id)
    opening = Opening(places[0], 1, chain, snapshot.pack(birth.state), birth.follows)
    raw = blocks.pack_opening(opening, mark)
    repl.run(f"program({places[0]}, {OPENING_AT}, {raw!r})")
    expected = head + raw + expected[SLOTS_AT:]
    if _hashes(repl, path, places[0]) != [_hash(expected)] * 2:
        raise _worn_out()
    birth.log_id = log_id
    marks = sorted(birth.old.items())
    for at in range(0, len(marks), AT_ONCE):
        repl.run(f"clear({dict(marks[at : at + AT_ONCE])!r})")
    for name in repl.names(f"names({FOLDER!r})"):
        if re.fullmatch(r"\d+-\d{3}", name) and f"{FOLDER}/{name}" != folder:
            repl.run(f"remove({FOLDER + '/' + name!r})")
    if birth.kept:
        # From here on littlefs may take any block in which it has no file.
        repl.run("mount(flash, False)")


def _store_policy(repl: Repl, policy: Policy | None) -> None:
    """Write the policy as the case does. The state names it, so it comes before the opening."""
    if policy is None:
        return
    text = policy.text.encode()
    raw = struct.pack("<I", crc32(text)) + text
    for name in POLICY_FOLDERS:
        for path in (FOLDER, f"{FOLDER}/{name}"):
            repl.run(f"folder({path!r})")
        path = f"{FOLDER}/{name}/policy-{policy.digest:08x}"
        if repl.text(f"digest({path!r}) if kind({path!r}) else ''") != _hash(raw):
            repl.run(f"write({path!r}, {raw!r})")


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _hashes(repl: Repl, path: str, place: int) -> list[str]:
    """Return the hash of a file as littlefs reads it, and that of its flash block."""
    return repl.names(f"[digest({path!r}), digest_blocks([{place}])]")


def _worn_out() -> RollcaseError:
    return RollcaseError(
        "The board's flash does not keep what is written to it.",
        "Try again; if that does not help, the board is worn out. The log is as it was.",
    )


def note(archive: Archive, saved: Saved, birth: Birth, now: int) -> None:
    """Note in the database, at Unix time `now` (s), that the board has the new log."""
    with archive.transaction():
        case = next(case for case in archive.cases() if case.device == saved.device)
        log_id = archive.keep_log(case.id, birth.log_id.hex(), archive.heir(case.id))
        facts = archive.log_facts(log_id)._replace(generation=birth.generation)
        archive.note_log_facts(log_id, facts)
        archive.keep_state(log_id, 0, snapshot.pack(birth.state))
        if case.log_id is not None:
            archive.note_follows(log_id, case.log_id)
        archive.note_meeting(case.id, log_id, now, now - events.CASE_EPOCH - birth.state.time)


def check_firmware(repl: Repl) -> None:
    """Raise `RollcaseError` unless the firmware in the board's image knows logs of this format.

    Another one would find no log, and begin with nothing.
    """
    machine = repl.text("getattr(sys.implementation, '_machine', '')")
    if not machine.startswith(OWN_IMAGE):
        raise RollcaseError(
            f"The board on {repl.name} has its firmware as files.",
            "Install it again: that brings the log home, and begins a new one if it has to.",
        )
    if repl.number(f"format_of({'rollcore.blocks'!r})") != blocks.FORMAT:
        raise RollcaseError(
            f"The firmware of the board on {repl.name} is of another version than this program.",
            "Update the image first: hold its BOOTSEL button while you plug it in, then install"
            " --uf2. The log stays.",
        )


def make_room(repl: Repl, saved: Saved) -> None:
    """See that there is room for a new log beside the older one, all of which is at home."""
    room.make_room(repl, NEEDED_BLOCKS, room.spare(saved, home=0))


def check_known(saved: Saved) -> None:
    """Raise `RollcaseError` if a newer version of the firmware has written a log on the board."""
    if saved.logs.newer:
        raise RollcaseError(
            "The log on this board was written by a newer version.",
            "Update this program. The log was left alone.",
        )


def remove_leftovers(repl: Repl, saved: Saved) -> None:
    """Remove the files of an older log, all of whose records are at home, once another has begun.

    Segments that belong to no known log stay, and so does everything beside them.
    """
    if saved.older is None:
        return
    names = saved.older.names
    if not (saved.older.unknown or saved.lost):
        names = names + [name for name in saved.files if name.startswith("policy-")]
        names += [name for name in older_log.BESIDE if name in saved.files]
    for name in names:
        repl.run(f"remove({FOLDER + '/' + name!r})")
