"""An install on an emulated Pico, cut at each of its files and flash commands, and at any byte.

README: a cable pulled at any moment leaves the old firmware running or the new one, and the log
stays as it is; where it cannot, a new one begins with what the case knows. What is expected of a
flash is read from its bytes here, and asked of a case that is started on it; then the same install
is run again, and has to finish.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest
from littlefs import LittleFSError
from tests.emulator.bench import (
    STOCK,
    Files,
    Recorded,
    files_on,
    flash_with,
    in_folder,
    known_on,
    log_on,
    logs_on,
    outside_log,
    powered,
    record,
    running,
    sit_down,
)
from tests.emulator.lived_logs import (
    another_firmware,
    expected_of,
    lived_in,
    older,
    used_with,
    without_file_system,
)
from tests.emulator.pico import BLOCK
from tests.emulator.protocol_pico import PORT, PluggedPico, plugged_in
from tests.host.older_logs import segments_of
from tests.micropython.suite.half_done import in_quarters, in_some_bits
from tests.micropython.suite.stories import Dice
from tests.trust.trial import Counts, Trial
from tests.trust.trials_cable import folder

from rollcore import VERSION
from rollcore.memory import State
from rollhost.board import install
from rollhost.cli.main import main

KIND = "installs cut at files, bytes and flash commands"

WATCHDOG_MS = 9000
"""How long a board with a battery stands still at most when its cable has come off."""

START_MS = 2000
"""How long a board takes to start what is on it."""

MINE = b"what the owner has put there"

STOCK_BOARD, OTHER_VERSION, OLDER_LOG, FORMATTED = range(4)

NAMES = (
    "stock MicroPython",
    "another version, with a log",
    "a log of an older format",
    "a flash that was formatted, with a log behind it",
)
"""What is on the board before the install."""


@dataclass(frozen=True)
class Story:
    """A board before an install, what it comes to, and what the flash sees meanwhile.

    `old` is the firmware that runs before it, empty if there is none; `before` are the records of
    its log, `known` is what they add up to, where a new log begins. `segments` are the files of a
    log of an older format.
    """

    flash: bytes
    old: Files
    new: Files
    recorded: Recorded
    before: tuple[bytes, ...] = ()
    known: State | None = None
    segments: Files | None = None


@cache
def story(number: int) -> Story:
    """Return one of the stories: its install is run once, to the end."""
    new = install.firmware_files(install.named_board("pico"), compiled=True)
    old: Files = another_firmware(new)
    before: tuple[bytes, ...] = ()
    known = segments = None
    mine = {"/mine.txt": MINE}
    if number == STOCK_BOARD:
        flash, old = flash_with(mine), {}
    elif number == OTHER_VERSION:
        flash = used_with(old)
        before = tuple(raws_on(flash))
    elif number == OLDER_LOG:
        old = {**new, "rollcore/gone.mpy": b"old"}
        flash, log = older(2, {**in_folder("firmware-01d01d01", old), **mine})
        known, segments = expected_of(log, 900), segments_of(log, 2)
    else:
        flash, log = lived_in(in_folder("firmware-01d01d01", new))
        flash, old, known = without_file_system(flash), {}, expected_of(log)
    with at_home():
        recorded = record(powered(flash), "install")
    if number == FORMATTED:
        known = known_on(recorded.flash_after(recorded.boundaries[0]))
    return Story(flash, old, new, recorded, before, known, segments)


@contextmanager
def at_home(database: bytes = b"") -> Iterator[Path]:
    """Lend a home with this database, in which `host` runs without a word; yield its path."""
    with folder() as home, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ROLLCASE_")]:
            patch.delenv(name)
        path = home / "rollcase.db"
        if database:
            path.write_bytes(database)
        patch.setenv("ROLLCASE_DB", str(path))
        patch.setenv("ROLLCASE_RUNTIME_DIR", str(home / "run"))
        patch.setenv("TZ", "UTC")
        sit_down(patch)
        with contextlib.redirect_stdout(io.StringIO()):
            yield path


def raws_on(flash: bytes) -> list[bytes]:
    """Return the records of the newest log on a flash; none without a log."""
    log = logs_on(flash).current
    return [slot.raw for slot in log.slots if slot.is_record] if log else []


class Broken(Exception):
    """A promise is broken: `what` is "lost", "bent" or "failed"."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what}: {text}")
        self.what = what


def look_at(found: Story, flash: bytes) -> bool:
    """Check a flash after a cut; return whether main.py names the new firmware. Raises `Broken`."""
    try:
        files = files_on(flash)
    except LittleFSError as error:
        raise Broken("lost", f"the file system cannot be read: {error!r}") from None
    firmware = running(files)
    if firmware not in (found.old, found.new):
        raise Broken("failed", f"main.py names a firmware with {len(firmware)} files, not whole")
    main_py = files.get("/main.py", b"")
    if main_py and not firmware:
        raise Broken("failed", f"main.py names nothing that is there: {main_py!r}")
    if files.get("/boot.py", b"") not in (b"", install.boot_file()):
        raise Broken("failed", "boot.py is half written")
    if files_on(found.recorded.start).get("/mine.txt") != files.get("/mine.txt"):
        raise Broken("lost", "the owner's file is gone")
    is_new = firmware == found.new and firmware != {}
    if found.segments is not None and not is_new:
        for name, raw in found.segments.items():
            if files.get(f"/log/{name}") != raw:
                raise Broken("lost", f"{name} of the log is not as it was")
    elif found.known is not None:
        look_at_what_is_known(found.known, flash)
    if found.before and tuple(raws_on(flash))[: len(found.before)] != found.before:
        raise Broken("lost", "the log is not as it was")
    return is_new


def look_at_what_is_known(known: State, flash: bytes) -> None:
    """Check that the newest log knows what was known: more records may follow. Raises `Broken`."""
    if logs_on(flash).current is None:
        raise Broken("lost", "no log is there")
    now = known_on(flash)
    for name in ("uses", "hold_reason", "reactions", "policy_digest", "needles"):
        if getattr(now, name) != getattr(known, name):
            raise Broken("bent", f"{name} is {getattr(now, name)}, was {getattr(known, name)}")


def answers(pico: PluggedPico) -> bool:
    """Return whether a case of our firmware answers."""
    try:
        told = pico.ask("hello", oldest=2, newest=2, program="test")
    except TimeoutError:
        return False
    return told.word("firmware") == VERSION


def start(found: Story, pico: PluggedPico, is_new: bool) -> None:
    """Check that the old firmware runs on this board, or the new one, or none. Raises `Broken`."""
    runs = answers(pico)
    if runs != bool(is_new or found.old):
        raise Broken("failed", "a case answers" if runs else "no case answers")
    if runs and not found.before and found.known is None:
        pico.log()
    if found.before and tuple(pico.log())[: len(found.before)] != found.before:
        raise Broken("lost", "the case has lost a part of its log")


def install_again(found: Story, pico: PluggedPico, database: bytes) -> None:
    """Run the install again, which has to finish; look at what it has come to. Raises `Broken`."""
    with at_home(database):
        code, said = install_on(pico)
    if code:
        raise Broken("failed", f"run again it says {code}: {said[-300:]}")
    flash = pico.flash
    if not look_at(found, flash):
        raise Broken("failed", "run again, the new firmware is not the current one")
    start(found, pico, is_new=True)
    due = in_folder(install.folder_of(found.new), found.new).keys()
    left = outside_log(files_on(flash)).keys() - {"/mine.txt"}
    if left != due:
        raise Broken("failed", f"left behind: {sorted(left ^ due)[:5]}")
    if [path for path in log_on(files_on(flash)) if path.endswith(".seg")]:
        raise Broken("failed", "files of the older log are left behind")


def install_on(pico: PluggedPico, *words: str, cut_after: int | None = None) -> tuple[int, str]:
    """Run ``host install`` on a board, at the home that was lent; return code and complaint."""
    complained = io.StringIO()
    with contextlib.redirect_stderr(complained), plugged_in(pico, cut_after):
        code = main(["install", "--port", PORT, *words])
    return code, complained.getvalue()


# The trials.


def half_done(before: bytes, after: bytes, variant: int, dice: Dice) -> bytes:
    """Return a block that a flash command has done half of: its bytes in order, or any bits."""
    if variant:
        return in_quarters(before, after, variant)
    return in_some_bits(before, after, dice)


VARIANTS = 4
"""How a flash command is cut: any of its bits are done (0), or so many quarters of its bytes."""


def at_commands(number: int, seed: int, piece: int, pieces: int) -> Counts:
    """Cut the power before and within each flash command of a part; look at the flash."""
    found, counts = story(number), Counts()
    writes = found.recorded.writes
    first, last = (len(writes) * part // pieces for part in (piece, piece + 1))
    flash = bytearray(found.recorded.flash_after(first))
    begun = found.recorded.boundaries[0]
    for at in range(first, last):
        images = {"before": bytes(flash)}
        for variant in range(VARIANTS):
            half = bytearray(flash)
            for place, block in writes[at].blocks.items():
                old = bytes(flash[place * BLOCK : (place + 1) * BLOCK])
                dice = Dice(seed * 31 + at * VARIANTS + variant)
                half[place * BLOCK : (place + 1) * BLOCK] = half_done(old, block, variant, dice)
            images[f"within ({variant})"] = bytes(half)
        for place, block in writes[at].blocks.items():
            flash[place * BLOCK : (place + 1) * BLOCK] = block
        if at < begun and number == FORMATTED:
            continue  # that is MicroPython, which formats
        for how, image in images.items():
            counts.tried += 1
            try:
                look_at(found, image)
            except Broken as broken:
                counts.fault(broken.what, f"{how} command {at} of {len(writes)}: {broken}")
    return counts


def cut_and_again(number: int, seed: int, piece: int) -> Counts:
    """Cut an install in one place; start what is there, and install again."""
    found, counts = story(number), Counts()
    chance = Random(seed * 1000 + piece)
    recorded = found.recorded
    if piece < len(WHERE):
        boundaries = recorded.boundaries
        at = boundaries[(len(boundaries) - 1) * piece // (len(WHERE) - 1)]
        how = f"power cut when the board had done {at} flash commands"
    else:
        byte = chance.randrange(recorded.sent)
        at = recorded.writes_before(byte)
        how = f"cut at byte {byte} of {recorded.sent}"
    has_battery = piece >= len(WHERE) and piece % 2 == 1
    counts.tried += 1
    try:
        if has_battery:
            how = f"cable {how}"
            pico = powered(found.flash)
            with at_home() as database:
                code, said = install_on(pico, cut_after=byte)
                there = database.read_bytes() if database.exists() else b""
            if code not in (1, 3) or len(said.splitlines()) != 2 or "Traceback" in said:
                raise Broken("failed", f"it says {code}: {said}")
            pico.run(WATCHDOG_MS)
        else:
            there = b""  # another computer: what this one had by then, nobody knows
            pico = powered(recorded.flash_after(at))
        pico.run(START_MS)
        start(found, pico, look_at(found, pico.flash))
        install_again(found, pico, there)
    except Broken as broken:
        counts.fault(broken.what, f"{how}: {broken}")
    except Exception as error:
        counts.fault("failed", f"{how}: {error!r}")
    return counts


WHERE = range(85)
"""The pieces that cut where the board has done what it was told: at every file, and between steps.

All others cut at a byte that is chosen at random: the power, and in every second one the cable of a
board with a battery."""

BYTES = 125
"""How many bytes are chosen in each story: 500 in all."""

COMMAND_PIECES = 16


def no_stock() -> str:
    """Return that there is no MicroPython to install on; an empty text if there is."""
    return "" if STOCK.exists() else "there is no image without firmware (make firmware)"


def _trials() -> list[Trial]:
    found = []
    for number, name in enumerate(NAMES):

        def commands(seed: int, piece: int, number: int = number) -> Counts:
            return at_commands(number, seed, piece, COMMAND_PIECES)

        def again(seed: int, piece: int, number: int = number) -> Counts:
            return cut_and_again(number, seed, piece)

        found += [
            Trial(
                f"install cut at flash commands, from {name}", COMMAND_PIECES, commands,
                share=(), needs_image=True, lacks=no_stock,
            ),
            Trial(
                f"install cut at files and bytes and run again, from {name}",
                len(WHERE) + BYTES, again, share=(), needs_image=True, lacks=no_stock,
            ),
        ]  # fmt: skip
    return found


TRIALS = _trials()
