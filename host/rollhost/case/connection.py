"""The line to a case: a serial port, and questions that are asked again until answered."""

import errno
import os
import re
import sys
import time
from collections.abc import Iterator

import serial

from rollcore import VERSION, messages
from rollcore.events import RECORD_SIZE
from rollcore.messages import Message, MessageError
from rollhost.case import prompt
from rollhost.case.client import Conversation, fits
from rollhost.errors import CaseError, PortError

GONE: tuple[type[Exception], ...] = (serial.SerialException, OSError)
"""What pyserial raises where a port fails or goes away."""

try:
    import termios
except ImportError:  # Windows has none
    pass
else:
    GONE = (*GONE, termios.error)  # which is no OSError

GREETING_S = 1.0
ANSWER_S = 2.0
"""How long (s) to wait for an answer before asking again (own): a case answers in
milliseconds, or in a tenth of a second while it erases flash."""

TRIES = 3
"""How often to ask before giving up (own)."""


MOST_SAID = 200
"""Most characters of a case's own words that are shown (own): its longest are half of that."""

START_TRIES = 10
"""How often a case that was started again is greeted (own). It answers within a second, and where
it compiles its firmware first within fifteen."""


class Line:
    """An open port on which a case has answered the greeting.

    With `starts`, a case that was stopped is started again first. Raises `PortError` if the port
    cannot be opened or no case answers, and `CaseError` if the case refuses or speaks another
    version.
    """

    def __init__(self, name: str, starts: bool = False) -> None:
        self.name = name
        self.told = 0
        """How many questions were asked that may have changed the case."""
        self.started_again = False
        """Whether the case stood at MicroPython's prompt and was started again."""
        self._port: serial.Serial = _open(name)
        self._conversation = Conversation(_first_number())
        try:
            self._greet(starts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, verb: str, **fields: object) -> Message:
        """Ask and return the answer. Raises `CaseError` for an error or no answer."""
        self.told += verb not in _CHANGES_NOTHING
        self._write(self._conversation.ask(verb, fields))
        return self._answer(verb, fields)

    def blocks(self, first: int, end: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield seq, chain and bytes of each block of the records from `first` to before `end`.

        The case sends one after the other, also while this one is dealt with. Ends early if the
        case has lost the remaining records.
        """
        tries = 0
        asks = True
        while first < end:
            fields: dict[str, object] = {"seq": first, "count": end - first}
            if asks:
                self._write(self._conversation.ask("get", fields))
            try:
                answer = self._answer("get", fields, tries=1)
            except NoAnswer:
                tries += 1
                asks = True
                if tries == TRIES:
                    raise
                continue
            asks, tries = False, 0
            if answer.verb == "missing":
                first = answer.integer("next")
                continue
            raw = answer.raw("raw")
            if not raw:
                return
            yield first, answer.integer("chain"), raw
            first += len(raw) // RECORD_SIZE

    def _greet(self, starts: bool) -> None:
        fields: dict[str, object] = {
            "oldest": messages.OLDEST,
            "newest": messages.VERSION,
            "program": f"rollcase/{VERSION}",
        }
        try:
            # The carriage return makes a MicroPython prompt show itself.
            self._write(b"\r" + self._conversation.ask("hello", fields))
            answer = self._answer("hello", fields, GREETING_S, 2)
        except CaseError:
            if self._conversation.heard:
                raise
            self._meet_prompt(starts)
            answer = self._answer_after_start(fields)
        if not messages.OLDEST <= answer.integer("version") <= messages.VERSION:
            raise CaseError(
                "The case answered in a version of the line that this program does not speak.",
                "Update this program.",
            )
        self.device = plain(answer.word("device"))
        self.board = plain(answer.word("board"))
        self.firmware = plain(answer.word("firmware"))

    def _meet_prompt(self, starts: bool) -> None:
        """Start the case again if it stands at MicroPython's prompt and `starts` allows it.

        Raises `PortError` if it does not stand there, and `Stopped` if it does and is left there.
        """
        noise = self._conversation.noise
        try:
            noise = noise or prompt.leave_raw_mode(self._port)
            if not prompt.is_shown(noise):
                raise _silence(self.name, noise)
            if prompt.is_shared(self.name):
                raise _in_use(self.name)
            if not prompt.has_firmware(self._port):
                raise _no_firmware(self.name)
            if not starts:
                raise Stopped(
                    f"The case on {self.name} was stopped: it stands at MicroPython's prompt.",
                    "Start it again: host sync.",
                )
            prompt.soft_reset(self._port)
        except GONE:
            raise _silence(self.name, noise) from None
        except prompt.NoPrompt:
            raise _silence(self.name, noise) from None

    def _answer_after_start(self, fields: dict[str, object]) -> Message:
        """Return the answer to the greeting of a case that starts. Raises `Stopped` if none comes.

        What is asked too early waits at the case.
        """
        for _ in range(START_TRIES):
            self._conversation = Conversation(_first_number())
            self._write(self._conversation.ask("hello", fields))
            try:
                answer = self._answer("hello", fields, ANSWER_S, 1)
            except NoAnswer:
                if prompt.is_shown(self._conversation.noise):
                    break
            else:
                self.started_again = True
                return answer
        raise Stopped(
            f"The case on {self.name} was stopped, and does not start again.",
            "Save its log: host rescue. Then put the firmware on it again: host install.",
        )

    def _answer(
        self, verb: str, fields: dict[str, object], wait_s: float = 0, tries: int = TRIES
    ) -> Message:
        """Return the answer to the last question, asked again after `wait_s` (0: `ANSWER_S`).

        Raises `CaseError` for an error, and `NoAnswer`.
        """
        for attempt in range(tries):
            if attempt:
                self._write(self._conversation.ask_again(verb, fields))
            deadline = time.monotonic() + (wait_s or ANSWER_S)
            while time.monotonic() < deadline:
                try:
                    answer = self._next_answer()
                except MessageError:
                    break  # damaged although its checksum is right: ask again
                if answer is None:
                    continue
                if answer.verb == "error":
                    raise CaseRefused(answer.word("code"), answer.word("words"))
                if fits(verb, fields, answer):
                    return answer
                break
        raise NoAnswer(
            f"The case on {self.name} has stopped making sense, or answering at all.",
            "Unplug it, plug it in again and repeat; nothing is lost.",
        )

    def _next_answer(self) -> Message | None:
        """Return the next answer to the last question, None if none comes in a moment."""
        answer = self._conversation.answer()
        if answer is None:
            self._conversation.receive(self._read())
            answer = self._conversation.answer()
        return answer

    def _read(self) -> bytes:
        try:
            data = self._port.read(1)
            waiting = self._port.in_waiting
            return bytes(data + self._port.read(waiting)) if waiting else bytes(data)
        except GONE:
            raise _unplugged(self.name) from None

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except GONE:
            raise _unplugged(self.name) from None


class Stopped(PortError):
    """A case with our firmware stands at MicroPython's prompt."""


class NoAnswer(CaseError):
    """The case did not answer a question, or not with what it was asked for."""


class CaseRefused(CaseError):
    """The case answered with an error; `code` is one of those in `rollcore.messages`."""

    def __init__(self, code: str, words: str) -> None:
        words = in_short(words)
        sentence = f"The case says: {words}."
        if code == messages.BAD_REQUEST:  # this program asks nothing that its own firmware lacks
            sentence = (
                f"The case does not know what it was asked for ({words}): its firmware is"
                " older than this program, and host install updates it."
            )
        super().__init__(sentence)
        self.code = code


def plain(text: str) -> str:
    """Return a device's text with control characters escaped, so that no terminal obeys them."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def in_short(text: str) -> str:
    """Return a device's words as they can stand in a sentence: plain, `MOST_SAID` characters."""
    said = plain(text)
    return said if len(said) <= MOST_SAID else said[: MOST_SAID - 1] + "…"


_CHANGES_NOTHING = ("status", "policy", "state")
"""Questions after which a case is as it was before."""


def _first_number() -> int:
    """Return a random number for the first question: 1 to 0x7FFFFFFF."""
    return int.from_bytes(os.urandom(4), "big") & 0x7FFFFFFF or 1


def _open(name: str) -> serial.Serial:
    """Return a port, opened for this program alone. Raises `PortError` with the next step."""
    try:
        # For a URL such as socket:// pyserial returns a class of its own.
        port: serial.Serial = serial.serial_for_url(name, do_not_open=True)
        port.baudrate = 115200
        port.timeout = 0.05
        port.write_timeout = ANSWER_S
        port.exclusive = True
        port.open()
    except (ValueError, re.error):  # re.error: pyserial also takes hwgrep://PATTERN
        raise _no_name(name) from None
    except GONE as error:
        raise _no_port(name, error) from None
    return port


def _no_name(name: str) -> PortError:
    return PortError(f"{plain(name)} is not the name of a port.", "See what there is: host ports.")


WINDOWS_CAUSE = re.compile(r"\w+Error\((\d+), .*?(?:, None, (\d+))?\)+$", re.DOTALL)
"""How an error of pyserial on Windows ends, such as ``PermissionError(13, 'Access is denied.',
None, 5)``: its numbers are in these words only, first Python's and last that of Windows."""

WINDOWS_CODES = {
    2: errno.ENOENT,  # the system cannot find the file specified
    3: errno.ENOENT,  # nor the path
    5: errno.EBUSY,  # access is denied: another program has the port open
    31: errno.ENODEV,  # a device attached to the system is not functioning: just pulled
    32: errno.EBUSY,  # the file is being used by another process
    121: errno.EIO,  # the semaphore timeout period has expired: the device hangs
    123: errno.ENOTTY,  # the name's syntax is incorrect
    433: errno.ENODEV,  # a device which does not exist was specified
    1167: errno.ENODEV,  # the device is not connected
}
"""The number (errno) that Linux would give in the place of that of Windows."""


def windows_code(text: str) -> int | None:
    """Return the errno that the words of an error of pyserial on Windows stand for, or None."""
    found = WINDOWS_CAUSE.search(text)
    if found is None:
        return None
    code, windows = found.groups()
    return WINDOWS_CODES.get(int(windows), int(code)) if windows else int(code)


def _no_port(name: str, error: Exception) -> PortError:
    code, cause = getattr(error, "errno", None), error.__context__
    if code is None and len(error.args) == 2 and isinstance(error.args[0], int):
        code = error.args[0]  # of termios, which has no name for it
    if code is None and cause is not None:  # pyserial's own error has no number for some causes
        if isinstance(cause, TypeError | LookupError | ValueError):
            return _no_name(name)
        if len(cause.args) == 2 and isinstance(cause.args[0], int):
            code = cause.args[0]
    if code is None:
        code = windows_code(str(error))
    if code in (errno.EACCES, errno.EPERM):
        return PortError(
            f"You are not allowed to open {name}.",
            "On Linux: sudo usermod -aG dialout $USER, then log out and in again.",
        )
    # If pyserial's lock fails, its error has words but no number.
    if code in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error):
        return _in_use(name)
    if code in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        named = "ROLLCASE_PORT names it. " if name == os.environ.get("ROLLCASE_PORT") else ""
        return PortError(f"There is no port {name}.", f"{named}See what there is: host ports.")
    if code in (errno.EISDIR, errno.ENOTTY):
        return _no_name(name)
    reason = os.strerror(code) if code and code > 0 else plain(str(error))
    return PortError(f"{name} cannot be opened: {reason}.", "See what there is: host ports.")


def _in_use(name: str) -> PortError:
    return PortError(
        f"{name} is in use by another program.",
        "Close it there (mpremote, a serial terminal, another sync) and try again"
        + (
            "; ModemManager lets go of a new port after half a minute."
            if sys.platform == "linux"
            else "."
        ),
    )


def _unplugged(name: str) -> CaseError:
    return CaseError(
        f"The line to {name} broke off.", "Plug the case in and sync again; nothing is lost."
    )


def _no_firmware(name: str) -> PortError:
    return PortError(
        f"The board on {name} runs MicroPython, but not Rollcase.",
        "If it is to be a case, put the firmware on it: host install.",
    )


def _silence(name: str, noise: bytes) -> PortError:
    """Return the error for a port on which no case answers, by the bytes that came in."""
    if prompt.is_shown(noise):
        return PortError(
            f"What is on {name} shows MicroPython's prompt, but does not answer there.",
            "If this is your case, unplug it and plug it in again; left alone, it starts by itself"
            " after 15 minutes.",
        )
    if noise:
        return PortError(
            f"What is on {name} talks, but not like a case.", "Name another port with --port."
        )
    return PortError(
        f"Nothing answers on {name}.",
        "If this is your case, unplug it and plug it in again.",
    )
