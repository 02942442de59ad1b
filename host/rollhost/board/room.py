"""Room on a board's flash: how much there is, and how old blocks of the log make more of it.

As the case does it when space is short: the oldest blocks go first, and only those whose records
are all at home.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore import blocks
from rollcore.blocks import DONE_AT, Done
from rollhost.board import raw_log
from rollhost.board.repl import Repl
from rollhost.board.rescue import LOG, Saved, file_of
from rollhost.errors import RollcaseError

FOLDER_BLOCKS = 2
"""Blocks that a folder takes."""

FOLDER_BLOCKS_TOO_MANY = 2
"""`statvfs` takes four blocks off for each folder (MicroPython 1.25)."""

SPARE_BLOCKS = 4
"""Blocks that stay free, so that littlefs can move its data (own)."""

NO_SPACE = 28
"""ENOSPC, the same number on every board."""


class Spare(NamedTuple):
    """A file of the log, by its name in ``/log``, that may go.

    If it is a block, that is marked as done first: `done` are the bytes, `place` is the number of
    the flash block.
    """

    name: str
    place: int = 0
    done: bytes = b""


def spare(saved: Saved, home: int) -> list[Spare]:
    """Return what may go, the oldest first: records up to `home` of the newest log are at home.

    Of an older format, all records are. What the state is read from stays.
    """
    spare: list[Spare] = []
    if saved.older:
        names = sorted(name for name in saved.older.names if not name.endswith(".bad"))
        spare += [Spare(name) for name in names[:-1]]
    log = saved.logs.current
    if log:
        needed = raw_log.newest_state(log).places
        for block in log.living:
            name = file_of(log, block.number)
            if block.place in needed or blocks.first_of(block.number + 1) - 1 > home:
                break
            if name not in saved.missing:
                done = blocks.pack_done(Done(block.place, home), blocks.pack_mark(block.mark))
                spare.append(Spare(name, block.place, done))
    return spare


def make_room(repl: Repl, needed: int, spare: Sequence[Spare]) -> None:
    """See that so many blocks are free, and some more. Raises `RollcaseError` if they cannot be."""
    free = repl.number("os.statvfs('/')[3]") + FOLDER_BLOCKS_TOO_MANY * repl.number("folders('/')")
    short = needed + SPARE_BLOCKS - free
    if short > len(spare):
        raise full()
    for file in spare[: max(0, short)]:
        if file.done:
            repl.run(f"program({file.place}, {DONE_AT}, {file.done!r})")
        repl.run(f"remove({LOG + '/' + file.name!r})")


def full() -> RollcaseError:
    """Return the error that says that there is no room."""
    return RollcaseError(
        "The board's flash is full.",
        "Sync it first, so that what is here too can go from there; then install again.",
    )
