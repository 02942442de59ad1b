"""What a case has said of itself, kept for as long as it holds: until the case is told something.

So each thing is asked once. A press changes a case as well: whoever sees that its log has gone on
calls `Known.forget`.
"""

from collections.abc import Callable
from typing import NamedTuple

from rollcore.messages import Message
from rollhost.case.connection import CaseRefused, Line


class Status(NamedTuple):
    """What a case has answered to ``status``."""

    answer: Message
    behind_s: int
    """This computer's clock minus the case's (s), when the answer came."""


class Known:
    """Asks the case on `line` for its status and its state, and again only where that is needed.

    `case_now` returns this computer's time as case time (s).
    """

    def __init__(self, line: Line, case_now: Callable[[], int]) -> None:
        self.line = line
        self.case_now = case_now
        self._told = line.told
        self._status: Status | None = None
        self._last: Status | None = None
        """The last status, which may hold no more."""
        self._state: Message | None = None

    def forget(self) -> None:
        """Ask for everything anew from here on."""
        self._status = self._state = None

    def status(self) -> Status:
        """Return the status of the case. Raises `CaseRefused` if it cannot read its log."""
        self._forget_what_changed()
        if self._status is None:
            answer = self.line.ask("status")
            behind_s = self.case_now() - answer.integer("time")
            self._status = self._last = Status(answer, behind_s)
        return self._status

    def state(self) -> Message:
        """Return the packed state of now. Raises `CaseRefused` if the case does not tell it."""
        self._forget_what_changed()
        if self._state is None:
            self._state = self.line.ask("state", seq=0)
        return self._state

    def log_has_gone_on(self) -> bool:
        """Return whether the case may have logged something since its last status.

        Its state names the last record. A case with a fault is asked for its status again: the
        fault may have gone.
        """
        last = self._last
        if last is None or last.answer.word("fault"):
            return True
        try:
            return self.state().integer("seq") != last.answer.integer("next") - 1
        except CaseRefused:
            return True

    def _forget_what_changed(self) -> None:
        if self._told != self.line.told:
            self._told = self.line.told
            self.forget()
