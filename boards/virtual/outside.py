"""The world around a virtual case, and the channel that moves it.

Whoever runs the case writes commands to one pipe and reads from another what
happens; neither is the serial line. The environment names the two file
descriptors and the file that is the flash. Commands, a line each:

- ``down``, ``up``: the button.
- ``jump MS``: that much time passes at once.
- ``mark WORD``: answered by ``mark WORD`` once everything before has happened.
- ``writes``: answered by a line for each block of the flash that was written.

What comes back, a line each: ``mark WORD``, ``pwm PIN DUTY``, ``trace TEXT``,
before a trace ``at MS``, the time since power-up, and ``writes BLOCK PROGRAMS ERASES``,
the pages programmed and the erases since power-up.
"""

import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flash import Flash

    from rollcase.hal.levels import Level

_commands = open("/dev/fd/" + os.getenv("ROLLCASE_COMMANDS", ""), "rb")
_events = open("/dev/fd/" + os.getenv("ROLLCASE_EVENTS", ""), "wb")
_ready = select.poll()
_ready.register(_commands, select.POLLIN)

flash_path = os.getenv("ROLLCASE_FLASH", "")
flash: "Flash | None" = None
button_down = False
_jump = 0  # ms still to go


def say(line: str) -> None:
    """Tell whoever watches."""
    _events.write((line + "\n").encode())


def _tell_writes() -> None:
    """Tell how often each block was written."""
    assert flash is not None
    for block in range(flash.blocks):
        programs, erases = flash.programs[block], flash.erases[block]
        if programs or erases:
            say(f"writes {block} {programs} {erases}")


def _next_command() -> list[str]:
    """Return the words of the next command; an empty list if there is none yet."""
    if not _ready.poll(0):
        return []
    line = _commands.readline()
    if not line:
        raise SystemExit  # the other end has gone, and the case with it
    return line.decode().split()


class Pause:
    """Waits like `rollcase.hal.pause.Pause`, and lets the world move meanwhile.

    One command is carried out at a time, with a step of the app after each, so
    that the firmware sees a press before time jumps on. A jump goes in hops that
    end where the firmware wants to be woken, so that it sees nothing late. As
    long as commands wait, no time passes but by them: a press of 150 ms is one
    on a busy computer too. What carrying them out has taken passes at the next mark, so
    that the case's clock keeps up with the computer's.
    """

    def __init__(self, button: "Level", lid: "Level | None") -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._poll.register(_commands, select.POLLIN)

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait until the lamp or the app is due, or somebody says something."""
        global button_down, _jump
        if not _jump:
            words = _next_command()
            if not words:
                self._poll.poll(min(lamp_ms, idle_ms))
                time.flow()
                return
            if words[0] == "jump":
                _jump = int(words[1])
            elif words[0] == "mark":
                time.flow()
                say("mark " + words[1])
            elif words[0] == "writes":
                _tell_writes()
            else:
                button_down = words[0] == "down"
        if _jump:
            hop = min(_jump, max(1, idle_ms))
            _jump -= hop
            time.leap(hop)
