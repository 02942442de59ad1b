"""One turn of the case: every part is looked at once. No hardware in here either."""

from rollcase.app import App
from rollcase.link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Button(Protocol):
        def down(self) -> bool: ...

    class Lamp(Protocol):
        def show(self, colour: int) -> None: ...
        def holds(self) -> bool: ...

    class Port(Protocol):
        @property
        def busy(self) -> bool: ...
        def read(self) -> bytes: ...
        def write(self, data: bytes) -> None: ...

    class Pause(Protocol):
        def wait(self, lamp_ms: int, idle_ms: int) -> None: ...
        def sleep(self, lamp_ms: int, idle_ms: int) -> None: ...

    class Supply(Protocol):
        def plugged_in(self) -> bool: ...

    class Watchdog(Protocol):
        def feed(self) -> None: ...

    class Lid(Protocol):
        def is_open(self) -> bool: ...

    class Latch(Protocol):
        def lock(self, locked: bool) -> None: ...

    class Buzzer(Protocol):
        def sound(self, hz: int) -> None: ...

    class Battery(Protocol):
        def millivolts(self) -> int: ...


MEASURE_EVERY_S = 15 * 60
"""How often the battery is measured (own)."""


class Parts:
    """What a case is made of: what every case has, and what only some boards declare."""

    lid: "Lid | None" = None
    latch: "Latch | None" = None
    buzzer: "Buzzer | None" = None
    battery: "Battery | None" = None
    battery_low_mv = 0

    def __init__(
        self,
        ticks_ms: "Callable[[], int]",
        button: "Button",
        lamp: "Lamp",
        port: "Port",
        pause: "Pause",
        supply: "Supply",
        watchdog: "Watchdog",
        flush: "Callable[[], None]",
    ) -> None:
        self.ticks_ms = ticks_ms
        self.button = button
        self.lamp = lamp
        self.port = port
        self.pause = pause
        self.supply = supply
        self.watchdog = watchdog
        self.flush = flush  # waits until the watcher's wire has said everything


class Case:
    """The parts, moved by the app. In a turn with nothing to do nothing is allocated."""

    def __init__(self, parts: Parts, app: App, link: Link) -> None:
        self._parts = parts
        self._app = app
        self._link = link
        self._colour = -1
        self._locked = False
        self._hz = 0
        self._measure_at = 0  # uptime, s

    def stop(self) -> None:
        """Leave nothing on that needs the case: it will not take another turn."""
        parts = self._parts
        parts.lamp.show(0)
        if parts.latch is not None:
            parts.latch.lock(False)
        if parts.buzzer is not None:
            parts.buzzer.sound(0)

    def turn(self) -> None:
        """Take one step, show it, answer the host, and wait until there is something to do."""
        parts = self._parts
        app = self._app
        lid_open = parts.lid is not None and not app.safe and parts.lid.is_open()
        colour = app.step(parts.ticks_ms(), parts.button.down(), lid_open)
        # Here and nowhere else: a case whose step hangs is started anew.
        parts.watchdog.feed()
        if colour != self._colour:
            self._colour = colour
            parts.lamp.show(colour)
        if not app.safe:
            self._move_parts()
        answered = self._serve()
        if parts.port.busy:
            parts.pause.wait(1, 1)  # the host is slow to take its answer
        elif not answered:
            self._rest()

    def _move_parts(self) -> None:
        """Move what only some boards have; if one of them fails, safe mode does without."""
        parts = self._parts
        app = self._app
        if parts.latch is not None and app.locked != self._locked:
            self._locked = not self._locked
            parts.latch.lock(self._locked)
        if parts.buzzer is not None and app.tone() != self._hz:
            self._hz = app.tone()
            parts.buzzer.sound(self._hz)
        if parts.battery is not None and app.clock.uptime >= self._measure_at:
            self._measure_at = app.clock.uptime + MEASURE_EVERY_S
            millivolts = parts.battery.millivolts()
            if not parts.supply.plugged_in() and millivolts < parts.battery_low_mv:
                app.battery_low(millivolts)

    def _serve(self) -> bool:
        """Take what the host says, and answer one question; return whether there was one.

        It may have changed what the lamp shows: that comes before any rest.
        """
        port = self._parts.port
        data = port.read()
        try:
            if data:
                self._link.receive(data)
            if port.busy:
                port.write(b"")
            elif self._link.waiting:
                port.write(self._link.answer())
                return True
        except Exception:
            if not self._app.safe:
                raise
            # Whatever is broken, other questions may still have answers.
        return False

    def _rest(self) -> None:
        parts = self._parts
        lamp_ms, idle_ms = self._app.lamp_ms(), self._app.idle_ms()
        # Asked as late as can be: plugging in while the chip is awake ends no sleep.
        if self._hz or not parts.lamp.holds() or parts.supply.plugged_in():
            parts.pause.wait(lamp_ms, idle_ms)
        else:
            parts.flush()
            parts.pause.sleep(lamp_ms, idle_ms)
