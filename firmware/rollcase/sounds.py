"""What the buzzer says, where a board has one: short tunes, as tables of (Hz, ms).

It never says more than the lamp does. It is there for who looks elsewhere: into
the mirror, or away from a soak.
"""

from rollcase.clock import elapsed

REFUSED = ((220, 250),)
DONE = ((880, 120), (0, 80), (1320, 200))
"""A soak is done."""

WARN = ((660, 150),)
"""Time to end the use, or the lid is open on a day of rest."""

STOP = ((660, 150), (0, 100), (660, 150), (0, 100), (660, 400))
"""Too long."""


class Tune:
    """Plays one tune at a time, once."""

    def __init__(self) -> None:
        self._playing: tuple[tuple[int, int], ...] = ()
        self._step = 0
        self._since = 0

    def start(self, tune: tuple[tuple[int, int], ...], ticks: int) -> None:
        """Play `tune` from tick `ticks` (ms) on, whatever was playing."""
        self._playing = tune
        self._step = 0
        self._since = ticks

    def hz(self, ticks: int) -> int:
        """Return the tone at tick `ticks`; 0 for silence."""
        while self._step < len(self._playing):
            hz, ms = self._playing[self._step]
            if elapsed(self._since, ticks) < ms:
                return hz
            self._since += ms
            self._step += 1
        return 0

    def wait_ms(self, ticks: int) -> int:
        """Return the milliseconds until the tone changes; -1 in silence without end."""
        self.hz(ticks)  # a tune ends whether anybody hears it or not
        if self._step == len(self._playing):
            return -1
        return max(0, self._playing[self._step][1] - elapsed(self._since, ticks))
