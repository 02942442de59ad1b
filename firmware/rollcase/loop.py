"""One turn of the case: look at every part once, let the app decide, move the parts."""

from rollcase.app import App
from rollcase.parts import Parts
from rollcase.server import Server

MEASURE_EVERY_S = 15 * 60
"""How often the battery is measured (own)."""


class Loop:
    """What the case does for as long as it has power, turn by turn.

    A turn in which nothing happens allocates no memory.
    """

    def __init__(self, parts: Parts, app: App, server: Server) -> None:
        self._parts = parts
        self._app = app
        self._server = server
        self._colour = -1  # what lamp, latch and buzzer were told last
        self._locked = False
        self._hz = 0
        self._measure_at = 0  # uptime (s) at which the battery is measured next

    def stop(self) -> None:
        """Turn lamp, latch and buzzer off: there will not be another turn."""
        parts = self._parts
        parts.lamp.show(0)
        if parts.latch is not None:
            parts.latch.lock(False)
        if parts.buzzer is not None:
            parts.buzzer.sound(0)

    def turn(self) -> None:
        """Let the app take one step, show it, answer the host, and wait for whatever comes next."""
        parts = self._parts
        app = self._app
        lid_open = parts.lid is not None and not app.safe and parts.lid.is_open()
        colour = app.step(parts.ticks_ms(), parts.button.down(), lid_open)
        # Fed here and nowhere else: the watchdog restarts a case whose step hangs.
        parts.watchdog.feed()
        if colour != self._colour:
            self._colour = colour
            parts.lamp.show(colour)
        if not app.safe:
            self._move_parts()
        answered = self._serve()
        if parts.port.busy:
            parts.pause.wait(1, 1)  # the host is slow to take its answer
        elif not answered and not app.tend():
            self._pause()

    def _move_parts(self) -> None:
        """Move latch and buzzer, and measure the battery; safe mode does without them."""
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
        """Read from the host, and answer one request; return whether the next turn must not wait.

        It must not after a request, which may have changed what the lamp shows, nor while one is
        left to answer.
        """
        port = self._parts.port
        data = port.read()
        try:
            if data:
                self._server.receive(data)
            if port.busy:
                port.go_on()
                return self._server.waiting
            if self._server.waiting:
                port.send(self._server.answer())
                if self._server.streams and not port.busy:
                    # Two blocks of the log a turn: some 11 ms on a Pico.
                    port.send(self._server.answer())
                return True
        except Exception:
            if not self._app.safe:
                raise
            # Whatever is broken, other requests may still be answered.
        return False

    def _pause(self) -> None:
        """Sleep on batteries, wait otherwise."""
        parts = self._parts
        lamp_ms, idle_ms = self._app.lamp_ms(), self._app.idle_ms()
        # The supply is asked last: plugging in ends a sleep, but keeps no chip from falling asleep.
        if self._hz or not parts.lamp.holds() or parts.supply.plugged_in():
            parts.pause.wait(lamp_ms, idle_ms)
        else:
            parts.flush()
            parts.pause.sleep(lamp_ms, idle_ms)
