"""What a log adds up to: `State`, and the moments that it remembers.

`rollcore.state` makes a state from the records of a log and judges it; the other modules of
`rollcore` keep their part of it: `rest` what each zone has been through, `snapshot` its bytes.

As long as its clock is set to right times alone, case time is never ahead of true time, but it
stands still without power. So moments are *loose*: when the clock is set forward by some seconds,
every loose moment moves forward by as many. For moments of the same run that is exact; for those of
earlier runs it is the latest that they can have been. So a rest can come out too long, never too
short. When a run ends in which the clock was set, its moments are fixed: they do not move any more.

Two clocks contradict each other where the clock is set back behind a moment, or where the host
tells a moment that case time has not reached. Nobody can say which of them is wrong. So such a
moment is taken for now at the latest, and is *clamped*: later settings forward take it along, in
later runs too, up to the latest moment that the other clock has told.
"""

from rollcore import events

PAST = events.ZONES
"""Index in `State.needles` from which on they belong to the past of each place."""

NEVER = -1
"""The value of a moment that has not happened."""

FOREVER = 0x3FFFFFFF
"""Later than any case time (year 2054): the end of what does not end by itself."""

# Moments that the state remembers, as indices into `State.at`.
USE_END = 0  # one for each zone, 0 to 3
CLINIC_END = 4  # one for each zone
USE_START = 8
SOAK_START = 9
DISINFECTED = 10
HEAD_SINCE = 11
REACTION_END = 12
LID_OPEN = 13
# The past of each place: of removed zones that may be the same skin. One for each place.
PAST_USE = 14
PAST_USE_LOOSE = 18  # the same, for uses whose moment is loose
PAST_CLINIC = 22
MOMENTS = 26

MAX_COUNT = 255
"""The highest number of what is counted in one byte."""

MAX_USES = 0xFFFF
"""The highest number of uses of a head: it is counted in two bytes."""

MAX_ALL_USES = 0xFFFFFFFF
"""The highest number of uses of a log: it is counted in four bytes."""

TOKENS = 4
"""Reactions that are kept with their tokens."""


class State:
    """What a log adds up to."""

    def __init__(self) -> None:
        self.seq = 0  # of the last record folded
        self.boot = 0
        self.time = 0  # case time of the last record, s
        self.clock_set = False  # in this run
        self.sure = False  # the last setting of the clock was a sure one
        self.loose = 0  # bit i: at[i] is loose, and moves when the clock is set
        self.clamped = 0  # bit i: at[i] is clamped, and moves when the clock is set forward
        self.clamped_to = 0  # case time up to which clamped moments move; 0 if none is clamped
        self.at: list[int] = [NEVER] * MOMENTS
        self.policy_digest = 0  # 0: no policy was ever set
        self.needle_um = 0
        # Of the last use at each place, then of its past; 0: not known.
        self.needles: list[int] = [0] * (2 * PAST)
        self.soaking = 0  # BEFORE_USE, AFTER_USE or 0
        self.soaked = 0  # BEFORE_USE or AFTER_USE: what the last finished soak counts for; or 0
        self.using = 0  # IN_TURN or OVERRIDE while a use is open, or 0
        self.zone = 0  # of the open or last use
        self.use_needle = 0  # of the open use
        # First place of the past that the open use counts for; PAST if its zone is known.
        self.elsewhere = PAST
        self.dirty = False  # used and not soaked since
        self.end_known = True  # of the last use
        self.head_uses = 0
        self.uses = 0
        self.hold_reason = 0
        self.hold_until = 0
        self.reactions = 0  # how many are open
        self.tokens: list[int] = [0] * TOKENS  # of reactions, see `rollcore.reactions`; 0: none
        self.red = 0  # bit i: a clinician should see the reaction of tokens[i]
        self.seen = 0  # bit i: a clinician has seen it
        self.over = 0  # bit i: it is over
        self.red_unnamed = 0  # red flags of reactions that are not in `tokens`
        self.asked = False  # the lid was closed while ready: was the roller used?
        self.faults = 0  # in a row: no finished soak, use or power-up between them
        self.token = 0  # of the last entry that the host told
        self.head_out = 0  # 0: no, else 1 + head_out.reason
        self.override_asked = False  # a use against the rest was asked for, and not begun
        self.heard = False  # a host has said a time in this run that was not taken
        self.heard_ahead = 0  # s by which the last such time was ahead of case time

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.__dict__ == other.__dict__

    def copy(self) -> "State":
        """Return a state that can be changed without changing this one."""
        # One by one: a loop over the attributes takes a chip over three times as long.
        twin = object.__new__(State)
        twin.seq = self.seq
        twin.boot = self.boot
        twin.time = self.time
        twin.clock_set = self.clock_set
        twin.sure = self.sure
        twin.loose = self.loose
        twin.clamped = self.clamped
        twin.clamped_to = self.clamped_to
        twin.at = self.at[:]
        twin.policy_digest = self.policy_digest
        twin.needle_um = self.needle_um
        twin.needles = self.needles[:]
        twin.soaking = self.soaking
        twin.soaked = self.soaked
        twin.using = self.using
        twin.zone = self.zone
        twin.use_needle = self.use_needle
        twin.elsewhere = self.elsewhere
        twin.dirty = self.dirty
        twin.end_known = self.end_known
        twin.head_uses = self.head_uses
        twin.uses = self.uses
        twin.hold_reason = self.hold_reason
        twin.hold_until = self.hold_until
        twin.reactions = self.reactions
        twin.tokens = self.tokens[:]
        twin.red = self.red
        twin.seen = self.seen
        twin.over = self.over
        twin.red_unnamed = self.red_unnamed
        twin.asked = self.asked
        twin.faults = self.faults
        twin.token = self.token
        twin.head_out = self.head_out
        twin.override_asked = self.override_asked
        twin.heard = self.heard
        twin.heard_ahead = self.heard_ahead
        return twin

    def stamp(self, moment: int, time: int) -> None:
        """Set `moment` to case time `time`; it is loose, and moves when the clock is set.

        It stays clamped: what was there before may come to be the later one.
        """
        self.at[moment] = min(time, FOREVER)
        self.loose |= 1 << moment

    def date(self, moment: int, time: int) -> None:
        """Set `moment` to case time `time`; it stays fixed when the clock is set."""
        self.at[moment] = min(time, FOREVER)
        self.loose &= ~(1 << moment)
        self.clamped &= ~(1 << moment)

    def tell(self, moment: int, time: int, now: int) -> None:
        """Take it that `moment` was at case time `time`, as the host says; never move it back.

        What should have been after `now` is taken for now: one of the two clocks is wrong.
        """
        before = self.at[moment]
        if time > now:
            if now >= before:
                self.stamp(moment, now)
                self.clamp(moment, time)
        elif time > before:
            if self.may_move(moment) and before != NEVER:
                self.at[moment] = min(
                    time, FOREVER
                )  # what was there before may come to be the later one
            else:
                self.date(moment, time)

    def may_move(self, moment: int) -> bool:
        """Return whether a setting of the clock may move this moment."""
        return bool((self.loose | self.clamped) >> moment & 1)

    def clamp(self, moment: int, time: int) -> None:
        """Take it that `moment`, which is set, may have been as late as case time `time` (s)."""
        self.clamped |= 1 << moment
        self.clamped_to = max(self.clamped_to, min(time, FOREVER))

    def move(self, now: int, shift: int) -> None:
        """Follow the clock, which was set to case time `now`, by `shift` seconds forward."""
        for moment in range(MOMENTS):
            before = self.at[moment]
            if before == NEVER:
                continue
            after = before
            if self.loose >> moment & 1:
                after = max(before + shift, 0)
            elif self.clamped >> moment & 1 and shift > 0:
                after = max(before, min(before + shift, self.clamped_to))
            # Nothing can have happened later than now: this clock or the one before is wrong.
            after = min(after, now, FOREVER)
            self.at[moment] = after
            if after < before:
                self.clamp(moment, before)
        if now >= self.clamped_to:
            self.clamped = self.clamped_to = 0
        self.clock_set = True
