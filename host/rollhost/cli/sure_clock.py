"""How sure this computer is of its time: by its system, by a case, or by a person, asked once.

What the person has said is kept in a small file beside the database, and in no setting of it: a
backup that is put back, on this computer or on another one, must not vouch for the clock there.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rollcore import events
from rollhost.atomic_file import new_file
from rollhost.cli.ask import agrees, can_ask
from rollhost.errors import RollcaseError
from rollhost.history.sure_clocks import Confirmation, Meeting, confirm, still_holds
from rollhost.now import is_given
from rollhost.output import units
from rollhost.system_clock import is_synchronised

NAME = "rollcase-clock.json"
"""The name of the file, in the folder of the database."""


def how_sure(
    database: Path, *, may_ask: bool = True, is_right: bool = False
) -> Callable[[Meeting], int]:
    """Return what says why this computer is sure of its time, as in `clock_set.sure`.

    With `is_right` a person has said so on the command line. Without `may_ask`, and without a
    terminal, nobody is asked: it is not sure then.
    """

    def answer(meeting: Meeting) -> int:
        sure = without_asking(database, meeting)
        if is_right:
            if sure != events.GIVEN:
                remember(database, confirm(meeting))
            return events.CONFIRMED
        if sure or not (may_ask and can_ask()):
            return sure
        if not agrees(f"Is it {units.long_time(meeting.now)}?"):
            return events.NOT_SURE
        remember(database, confirm(meeting))
        return events.CONFIRMED

    return answer


def without_asking(database: Path, meeting: Meeting) -> int:
    """Return why this computer is sure of its time where nobody has to be asked; 0 if it is not."""
    if is_given() or meeting.board == "virtual":
        return events.GIVEN
    if is_synchronised(meeting.now):
        return events.SYNCHRONISED
    if meeting.agrees:
        return events.AGREES
    confirmation = remembered(database)
    if confirmation is not None and still_holds(confirmation, meeting):
        return events.CONFIRMED
    return events.NOT_SURE


def remembered(database: Path) -> Confirmation | None:
    """Return what a person has said of this computer's clock; None if nobody has."""
    try:
        said = json.loads(_file(database).read_text(encoding="utf-8"))
        if said["computer"] != _this_computer():
            return None  # the folder was copied from another computer
        at, newest, despite = said["at"], said["newest"], said["despite"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if type(at) is int and type(newest) is int and type(despite) is str:
        return Confirmation(at, newest, despite)
    return None


def remember(database: Path, confirmation: Confirmation) -> None:
    """Keep what a person has said. Where it cannot be kept, they are asked again."""
    said = {
        "computer": _this_computer(),
        "at": confirmation.at,
        "newest": confirmation.newest,
        "despite": confirmation.despite,
    }
    with suppress(RollcaseError), new_file(_file(database), force=True) as path:
        path.write_text(json.dumps(said) + "\n", encoding="utf-8")


def _this_computer() -> str:
    import platform  # takes a millisecond, which a sync with a synchronised clock does not need

    return platform.node()


def _file(database: Path) -> Path:
    return database.with_name(NAME)
