"""Products on the skin: the last of each kind on each zone, and the window that it falls into."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rollhost.database.diary import PRODUCT, Entry
from rollhost.guidance.products import PRODUCTS, before_s, kind_of
from rollhost.history import aftercare
from rollhost.history.sessions import Session


class Noted(NamedTuple):
    """A product that was noted, and the window in which that falls.

    It is left until `until` (Unix s): after `session`, or where that is None before the next one.
    `until` is None if it falls into no window, or that is over.
    """

    entry: Entry
    until: int | None = None
    session: Session | None = None

    @property
    def word(self) -> str:
        """What the person called it."""
        return str(self.entry.data.get("product"))

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return kind_of(self.word)


def noted(
    entries: Iterable[Entry], sessions: Sequence[Session], needle_um: int, now: float
) -> list[Noted]:
    """Return the last product of each kind on each zone, in the order of time.

    `needle_um` is the length of the needles (um) for the next session; 0: not known.
    """
    last: dict[tuple[str, str | None], Entry] = {}
    for entry in entries:
        place = (kind_of(str(entry.data.get("product"))), entry.zone)
        if entry.kind == PRODUCT and (place not in last or entry.at >= last[place].at):
            last[place] = entry
    due = [found for found in aftercare.due(sessions, now) if found.window.is_open(now)]
    found = [_noted(entry, due, needle_um, now) for entry in last.values()]
    return sorted(found, key=lambda product: (product.entry.at, product.entry.written_at))


def _noted(entry: Entry, due: Sequence[aftercare.Due], needle_um: int, now: float) -> Noted:
    kind = kind_of(str(entry.data.get("product")))
    for found in reversed(due):  # the one that ends last counts
        window, session = found.window, found.session
        is_there = None in (entry.zone, session.zone) or entry.zone == session.zone
        if window.key == PRODUCTS[kind].window and is_there and entry.at >= window.start:
            return Noted(entry, window.end, session)
    until = entry.at + before_s(kind, needle_um)
    return Noted(entry, until if until > now else None)
