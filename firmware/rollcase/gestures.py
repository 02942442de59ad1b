"""Gestures: what the levels of the button over time mean.

A contact bounces for some milliseconds whenever it is pressed or released. A
new level counts once it has been read unchanged for `SETTLE_MS`; anything
shorter is noise. One touch is either a press or a long press, never both: a
long press acts once the button has been down for `LONG_PRESS_MS`, and releasing
the button after it does nothing. A touch that goes on for `VERY_LONG_PRESS_MS`
is a very long press too; the long press has acted on the way.

Where a very long press has a meaning of its own, the touch is one or the other: the
long press acts when the button is released before `VERY_LONG_PRESS_MS`.
"""

from rollcase.clock import elapsed
from rollcore.events import LONG_PRESS, PRESS, VERY_LONG_PRESS

SETTLE_MS = 45
"""Longer than the 40 ms that the worst buttons bounce."""

PRESS_MS = 600
LONG_PRESS_MS = 2000
VERY_LONG_PRESS_MS = 10000

NO_GESTURE = 0
UNCLEAR = 4
"""The touch was longer than a press and no long press: the lamp asks to do it again."""
LONG_REACHED = 5
"""The touch is a long press if it ends now, and may still become a very long one."""


class Settled:
    """The level of a contact, once it has come to rest."""

    def __init__(self, level: bool) -> None:
        self.level = level
        self.since = 0
        """Tick at which the level came to be what it is."""
        self._seen = level
        self._seen_at = 0

    def feed(self, ticks: int, level: bool) -> bool:
        """Take the level at tick `ticks` (ms); return whether a new level has settled."""
        if level != self._seen:
            self._seen = level
            self._seen_at = ticks
        if self._seen == self.level or elapsed(self._seen_at, ticks) < SETTLE_MS:
            return False
        self.level = self._seen
        self.since = self._seen_at
        return True

    @property
    def moving(self) -> bool:
        """Whether the level that was read last has not settled yet."""
        return self._seen != self.level

    def wait_ms(self, ticks: int) -> int:
        """Return in how many ms the level settles if it stays; -1 if it has settled."""
        return max(0, SETTLE_MS - elapsed(self._seen_at, ticks)) if self.moving else -1


class GestureReader:
    """Reads gestures from one button's levels. `wait_ms` says when the next level is needed."""

    def __init__(self) -> None:
        self._contact = Settled(False)
        self._down_at = 0
        self._reached = NO_GESTURE

    def feed(self, ticks: int, down: bool, on_release: bool = False) -> int:
        """Take the level at tick `ticks` (ms); return the gesture it completes, or `NO_GESTURE`.

        `on_release` says whether a long press that is reached now is to act on release. If so,
        `LONG_REACHED` comes first, and then either `LONG_PRESS` or `VERY_LONG_PRESS`. A release
        is a long press unless the button was seen down at `VERY_LONG_PRESS_MS` or later: a very
        long press does more, so a late look must not make one.
        """
        contact = self._contact
        if contact.feed(ticks, down):
            if contact.level:
                self._down_at = contact.since
                self._reached = NO_GESTURE
            elif self._reached == NO_GESTURE:
                short = elapsed(self._down_at, contact.since) < PRESS_MS
                return PRESS if short else UNCLEAR
            elif self._reached == LONG_REACHED:
                return LONG_PRESS
        if contact.level and not contact.moving:
            down_ms = elapsed(self._down_at, ticks)
            if self._reached == NO_GESTURE and down_ms >= LONG_PRESS_MS:
                self._reached = LONG_REACHED if on_release else LONG_PRESS
                return self._reached
            if self._reached != VERY_LONG_PRESS and down_ms >= VERY_LONG_PRESS_MS:
                self._reached = VERY_LONG_PRESS
                return VERY_LONG_PRESS
        return NO_GESTURE

    def wait_ms(self, ticks: int) -> int:
        """Return in how many ms a gesture may be complete if the level stays; -1 for never."""
        contact = self._contact
        if contact.moving:
            return contact.wait_ms(ticks)
        if contact.level and self._reached != VERY_LONG_PRESS:
            goal = LONG_PRESS_MS if self._reached == NO_GESTURE else VERY_LONG_PRESS_MS
            return max(0, goal - elapsed(self._down_at, ticks))
        return -1
