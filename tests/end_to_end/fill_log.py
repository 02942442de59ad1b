"""Runs in MicroPython: fills the log on a virtual case's flash with many records.

The number of records is in the environment; the flash is the one of boards/virtual.
"""

import os

import flash
import vfs

from rollcase.journal import Journal
from rollcore.events import LONG_PRESS, REFUSED, STILL_RESTING, Event

path = os.getenv("ROLLCASE_FLASH")
flash.make(path)
device = flash.Flash(path)
vfs.VfsLfs2.mkfs(device, progsize=256)
vfs.mount(vfs.VfsLfs2(device, progsize=256), "/flash")
os.mkdir("/flash/log")
journal = Journal("/flash/log", lambda: os.urandom(8))
for number in range(int(os.getenv("ROLLCASE_RECORDS"))):
    data = {"gesture": LONG_PRESS, "reason": STILL_RESTING, "until": 0, "digest": 0}
    journal.append(Event(REFUSED, data, boot=1, uptime=number, time=number))
