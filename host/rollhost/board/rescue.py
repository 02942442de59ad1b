"""Saving the log of a board, whatever its firmware and its file system are like.

Nothing on the board is written. The heads of all flash blocks are read first, past the file system:
what littlefs has forgotten is alive all the same. Then come the files that are no blocks of their
own: policies, and the segments of an older log. Whatever is read is compared with the hash that the
board computes of it, and saved as it is.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rollcore import blocks
from rollcore.blocks import BLOCK_SIZE, MARK_AT, MARK_SIZE
from rollhost.board import older_log, raw_log
from rollhost.board.older_log import OlderLog
from rollhost.board.raw_log import FlashLogs, Log
from rollhost.board.repl import BoardError, Repl
from rollhost.case.connection import plain
from rollhost.errors import CaseError, RollcaseError

LOG = "/log"
POLICY_FOLDERS = ("a", "b")
WHOLE_FLASH = "flash.img"

AT_ONCE = 24
"""How many flash blocks are read with one hash (own): 96 KiB, less than a second."""

TRIES = 2

Progress = Callable[[int, int], None]
"""Called with the number of bytes that were read, and of those to read."""

Keep = Callable[[str, bytes], None]
"""Called with what was read, under a name for it."""


@dataclass
class Saved:
    """What was read from a board.

    `blocks` has the flash blocks with a mark, by number; `files` the files of the log that are no
    such blocks, by their name in ``/log``.
    """

    device: str
    machine: str
    blocks: dict[int, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    """Files that the board cannot read."""
    mounted: bool = True
    """Whether the flash had a file system."""
    readable: bool = True
    """Whether the board can read its flash raw: other boards than ours cannot."""
    missing: list[str] = field(default_factory=list)
    """Names of blocks of the newest log that are alive and have no file any more."""
    whole_flash: bool = False
    """Whether all of the flash was read, because it has no file system."""
    image: bytearray = field(default_factory=bytearray)
    """All of the flash, if that was read."""

    @cached_property
    def logs(self) -> FlashLogs:
        """What is in the blocks."""
        return raw_log.read(self.blocks)

    @cached_property
    def older(self) -> OlderLog | None:
        """The log of an older format that is in the files; None if there is none."""
        return older_log.read(self.files)


def save(repl: Repl, folder: Path, progress: Progress = lambda done, total: None) -> Saved:
    """Copy all that is of a log into `folder`; without a file system, the whole flash too.

    Raises `CaseError` if the line breaks; what was complete is in the folder.
    """
    return read(repl, progress, lambda name, data: _keep(folder, name, data))


def read(
    repl: Repl,
    progress: Progress = lambda done, total: None,
    keep: Keep = lambda name, data: None,
) -> Saved:
    """Read all that is of a log. Raises `CaseError` if the line breaks."""
    saved = Saved(
        repl.text("hexlify(machine.unique_id()).decode()"),
        repl.text("getattr(sys.implementation, '_machine', '')"),
    )
    count = repl.number("blocks")
    saved.readable = count > 0
    saved.mounted = bool(repl.ask("is_mounted()"))
    saved.whole_flash = saved.readable and not saved.mounted
    places = range(count) if saved.whole_flash else repl.numbers("candidates()")
    sizes = _sizes(repl) if saved.mounted else {}
    done, total = 0, len(places) * BLOCK_SIZE + sum(sizes.values())
    for at in range(0, len(places), AT_ONCE):
        some = list(places[at : at + AT_ONCE])
        found = _blocks(repl, some, _part(progress, done, total))
        done += BLOCK_SIZE * len(some)
        for place, raw in found.items():
            if saved.whole_flash:
                saved.image += raw
            if raw_log.may_be_mark(raw[MARK_AT : MARK_AT + MARK_SIZE]):
                saved.blocks[place] = raw
                keep(block_name(place, raw), raw)
    if saved.whole_flash:
        keep(WHOLE_FLASH, bytes(saved.image))
    for name, size in sorted(sizes.items()):
        data = _file(repl, f"{LOG}/{name}", size, _part(progress, done, total))
        done += size
        if data is None:
            saved.lost.append(name)
        else:
            saved.files[name] = data
            keep(name, data)
    saved.missing = _missing(repl, saved.logs.current)
    return saved


def block_name(place: int, raw: bytes) -> str:
    """Return what to call a flash block: generation, number in the log, number on the flash."""
    as_it_is = raw[MARK_AT : MARK_AT + MARK_SIZE]
    mark = blocks.unpack_mark(blocks.corrected(as_it_is, 0) or as_it_is)
    if mark is None:
        return f"unreadable-block{place:03d}"
    what = "checkpoint-" if mark.what == blocks.CHECKPOINT else ""
    return f"{mark.generation}-{what}{mark.number:05d}-block{place:03d}"


def file_of(log: Log, number: int) -> str:
    """Return the name of the file of a log's block, in ``/log``."""
    return f"{log.generation}-{number // 32:03d}/{number:05d}"


def _missing(repl: Repl, log: Log | None) -> list[str]:
    """Return the names of files that should be living blocks of this log, and are not."""
    missing: list[str] = []
    living = log.living if log else []
    for at in range(0, len(living), AT_ONCE):
        some = living[at : at + AT_ONCE]
        names = [file_of(log, block.number) for block in some if log]
        # A list of names, not of calls: the board has little memory for code.
        marks = repl.names(f"[mark_of({LOG + '/'!r} + name) for name in {names!r}]")
        for block, name, mark in zip(some, names, marks, strict=True):
            if mark != block.raw[MARK_AT : MARK_AT + MARK_SIZE].hex():
                missing.append(name)
    return missing


def _sizes(repl: Repl) -> dict[str, int]:
    """Return the sizes of the files to be read, by their names in ``/log``."""
    found = repl.names(f"names({LOG!r})")
    for folder in POLICY_FOLDERS:
        inside = repl.names(f"names({LOG + '/' + folder!r})")
        found += [f"{folder}/{name}" for name in inside if name.startswith("policy-")]
    sizes: dict[str, int] = {}
    for name in found:
        # The name is used on this computer too: it must not lead out of the folder.
        if re.fullmatch(r"([ab]/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}", name):
            path = f"{LOG}/{name}"
            size = repl.number(f"os.stat({path!r})[6] if kind({path!r}) == 0x8000 else -1")
            if size >= 0:
                sizes[name] = size
    return sizes


def _part(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Return what tells `progress` of the bytes of one part, of which `before` came before."""
    return lambda done: progress(before + done, total)


def _file(repl: Repl, path: str, size: int, progress: Callable[[int], None]) -> bytes | None:
    """Return the bytes of a file on the board; None if the board cannot read it."""
    for _ in range(TRIES):
        try:
            data = repl.read(f"send({path!r}, {size})", size, progress)
            if repl.text(f"digest({path!r})") == hashlib.sha256(data).hexdigest():
                return data
        except BoardError:
            continue  # the flash may be damaged here; other files may be whole
    return None


def _blocks(repl: Repl, places: list[int], progress: Callable[[int], None]) -> dict[int, bytes]:
    """Return the bytes of these flash blocks by number. Raises `CaseError` if they come altered."""
    for _ in range(TRIES):
        raw = repl.read(f"send_blocks({places})", BLOCK_SIZE * len(places), progress)
        if repl.text(f"digest_blocks({places})") == hashlib.sha256(raw).hexdigest():
            parts = [raw[at : at + BLOCK_SIZE] for at in range(0, len(raw), BLOCK_SIZE)]
            return dict(zip(places, parts, strict=True))
    raise CaseError(
        f"What comes from the board on {repl.name} is not what is on its flash.",
        "Try again, with another cable. Nothing was changed.",
    )


def _keep(folder: Path, name: str, data: bytes) -> None:
    try:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    except OSError as error:
        raise RollcaseError(
            f"{folder / name} cannot be written: {error.strerror}.",
            "Name another folder with --to. The log is still on the board.",
        ) from None


def title_of(saved: Saved) -> str:
    """Return what to call the board: the last six characters of its device id."""
    return plain(saved.device[-6:])
