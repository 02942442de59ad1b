"""Runs in MicroPython: writes records that somebody has lived through to a virtual case's flash.

The records are in a file, 32 bytes each; the file, the flash and the log's id are in the
environment. What a case does when it is idle is done here too. A host acknowledges at once, so that
old blocks are given up when the flash is full, as on a case that is synced.
"""

import os
from binascii import unhexlify

import flash
import vfs

from rollcase.block_files import BlockFiles
from rollcase.journal import Journal
from rollcore import events


def never() -> None:
    """Format nothing: it is done here."""
    raise OSError


path = os.getenv("ROLLCASE_FLASH")
flash.make(path)
device = flash.Flash(path)
vfs.VfsLfs2.mkfs(device, progsize=256)
vfs.mount(vfs.VfsLfs2(device, progsize=256), "/flash")
log_id = unhexlify(os.getenv("ROLLCASE_LOG"))
journal = Journal(device, BlockFiles("/flash/log", never), lambda: log_id)
with open(os.getenv("ROLLCASE_RECORDS"), "rb") as records:
    while True:
        raw = records.read(events.RECORD_SIZE)
        if not raw:
            break
        event = events.decode(raw)
        journal.append(event)
        journal.ack(event.seq, event.uptime)
        while journal.tend():
            pass
        if not journal.checkpoint_due(event.uptime):
            journal.checkpoint(event.time, event.uptime)
journal.checkpoint(event.time, event.uptime)
