"""What the buzzer plays, where a board has one: short tunes, as tables of (Hz, ms).

Every tune repeats what the lamp shows, for a person who looks elsewhere: into the
mirror, or away during a soak.
"""

from rollcase.clock import elapsed

REFUSED = ((220, 250),)
DONE = ((880, 120), (0, 80), (1320, 200))
"""A soak is done."""

WARN = ((660, 150),)
"""Time to end the use, or the lid is open on a day of rest."""

STOP = ((660, 150), (0, 100), (660, 150), (0, 100), (660, 400))
"""The use has gone on too long."""


class Tune:
    """Plays one tune at a time, once."""

    def __init__(self) -> None:
        self._playing: tuple[tuple[int, int], ...] = ()
        self._step = 0
        self._since = 0

    def start(self, tune: tuple[tuple[int, int], ...], ticks: int) -> None:
        """Play `tune` from tick `ticks` (ms) on; a tune that plays ends."""
        self._playing = tune
        self._step = 0
        self._since = ticks

    def hz(self, ticks: int) -> int:
        """Return the tone (Hz) at tick `ticks` (ms); 0 for silence."""
        while self._step < len(self._playing):
            hz, ms = self._playing[self._step]
            if elapsed(self._since, ticks) < ms:
                return hz
            self._since += ms
            self._step += 1
        return 0

    def wait_ms(self, ticks: int) -> int:
        """Return the milliseconds until the tone changes; -1 if no tune plays."""
        self.hz(ticks)  # leaves the steps behind that are over by now
        if self._step == len(self._playing):
            return -1
        return max(0, self._playing[self._step][1] - elapsed(self._since, ticks))
