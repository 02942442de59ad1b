"""When this computer's clock is sure enough to set a case's clock, by what is known of both.

Whether the system keeps its clock synchronised says `rollhost.system_clock`. Here is what else
makes it sure: that it agrees with an earlier sure setting, or that a person has confirmed it.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore.state import DRIFT_S, STEADY

SLACK_S = 60
"""What two clocks may differ by besides (s, own): the seconds of a sync, a leap second."""

ASK_AGAIN_S = 60 * 86400
"""How long (s) after the last sync a confirmed clock is asked about again (own)."""


class SureSetting:
    """The last setting of a case's clock, which was a sure one. `name` tells it from others.

    `age_s` is how long (s) ago it was if the case has run on since, else None.
    """

    def __init__(self, name: str, age_s: int | None) -> None:
        self.name = name
        self.age_s = age_s


class Meeting:
    """What both clocks say where a computer meets a case. Times are Unix times (s).

    `now` is this computer's, `case_time` the case's. The newest thing in the database is of
    `newest`, the last that a case answered of `met_at`: both from before this sync, None if there
    is none, and virtual cases do not count. `setting` is None if the last one was not sure.
    """

    def __init__(
        self,
        now: int,
        case_time: int,
        board: str,
        newest: int | None = None,
        met_at: int | None = None,
        setting: SureSetting | None = None,
    ) -> None:
        self.now = now
        self.case_time = case_time
        self.board = board
        self.newest = newest
        self.met_at = met_at
        self.setting = setting

    @property
    def agrees(self) -> bool:
        """Whether the clocks agree, and the case's was set by a sure one and has run on since."""
        if self.setting is None or self.setting.age_s is None:
            return False
        return abs(self.now - self.case_time) <= SLACK_S + self.setting.age_s / STEADY

    @property
    def contradicts(self) -> str:
        """The name of the sure setting that this computer's clock contradicts; empty if none.

        It contradicts where the case would not take its time: a clock that is some minutes off
        does not. A case's clock stands still without power and never runs ahead: what was set by a
        sure one and is ahead of this computer's contradicts it, whatever happened since.
        """
        setting = self.setting
        if setting is None:
            return ""
        off = self.now - self.case_time
        if setting.age_s is None:
            return setting.name if off < -DRIFT_S else ""
        return setting.name if abs(off) > DRIFT_S + setting.age_s // STEADY else ""


class Confirmation:
    """A person has said that this computer's clock is right, at Unix time `at` (s).

    The newest thing in the database was then of `newest` (Unix time, s), and `despite` the name of
    the sure setting that contradicted, empty if none did.
    """

    def __init__(self, at: int, newest: int = 0, despite: str = "") -> None:
        self.at = at
        self.newest = newest
        self.despite = despite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Confirmation) and self.__dict__ == other.__dict__


def confirm(meeting: Meeting) -> Confirmation:
    """Return what is remembered of a person's yes."""
    return Confirmation(meeting.now, meeting.newest or 0, meeting.contradicts)


def still_holds(confirmation: Confirmation, meeting: Meeting) -> bool:
    """Return whether nothing speaks for asking that person again."""
    newest = meeting.newest or 0
    if newest > confirmation.newest and meeting.now < newest - DRIFT_S:
        return False
    last = max(confirmation.at, meeting.met_at or 0)
    if not confirmation.at - DRIFT_S <= meeting.now <= last + ASK_AGAIN_S:
        return False
    return meeting.contradicts in ("", confirmation.despite)
