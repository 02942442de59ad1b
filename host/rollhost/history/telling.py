"""What a case is told: the message that goes over the line, and the record that it becomes."""

from typing import NamedTuple

from rollcore import messages
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import State
from rollhost.database.diary import Entry


class Telling(NamedTuple):
    """One message: its verb and fields, and the entry that it tells of, if there is one."""

    verb: str
    fields: dict[str, int]
    entry: Entry | None = None

    @property
    def mark(self) -> int:
        """The number by which the case knows it again: the entry's token, or the origin."""
        return self.fields["origin" if self.verb == "carried" else "token"]

    def event(self, state: State, now: int) -> Event:
        """Return the record that a case in `state` makes of it at case time `now` (s).

        Its time is the entry's, but not before the last record.
        """
        data = {name: value for name, value in self.fields.items() if name != "zone"}
        if self.verb in ("head", "headout"):
            data["uses"] = state.head_uses
        at = now if self.entry is None else self.entry.at - CASE_EPOCH
        time = max(state.time, min(now, at))
        zone = self.fields.get("zone", 0)
        return Event(messages.RECORDED[self.verb], data, zone, state.seq, state.boot, time=time)
