"""Runs in MicroPython: fills the log on a virtual case's flash with many records.

The number of records is in the environment; the flash is the one of boards/virtual. What a case
does when it is idle is done here too, as if there were time for it after each record.
"""

import os

import flash
import vfs

from rollcase.block_files import BlockFiles
from rollcase.journal import Journal
from rollcore.events import BOOT, LONG_PRESS, POWER_ON, REFUSED, STILL_RESTING, Event


def never() -> None:
    """Format nothing: it is done here."""
    raise OSError


path = os.getenv("ROLLCASE_FLASH")
flash.make(path)
device = flash.Flash(path)
vfs.VfsLfs2.mkfs(device, progsize=256)
vfs.mount(vfs.VfsLfs2(device, progsize=256), "/flash")
journal = Journal(device, BlockFiles("/flash/log", never), lambda: os.urandom(8))
start = {"cause": POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}
journal.append(Event(BOOT, start, boot=1))
for number in range(1, int(os.getenv("ROLLCASE_RECORDS"))):
    data = {"gesture": LONG_PRESS, "reason": STILL_RESTING, "until": 0, "digest": 0}
    journal.append(Event(REFUSED, data, boot=1, uptime=number, time=number))
    while journal.tend():
        pass
    if not journal.checkpoint_due(number):
        journal.checkpoint(number, number)
