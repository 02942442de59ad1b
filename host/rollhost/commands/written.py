"""How the commands that write into the diary answer: what was written, and who hears of it."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from rollcore import events
from rollhost import diary, words
from rollhost.archive import Archive, open_archive, open_or_empty
from rollhost.commands.arguments import SCHEMA_VERSION
from rollhost.diary import Entry
from rollhost.errors import DONE
from rollhost.reactions import SIGNS


def keep(database: Path | None, make: Callable[[Archive], Entry], now: int) -> Entry:
    """Write down, at Unix time `now` (s), the entry that `make` returns; return it with its token.

    What is wrong with it `make` raises, so that no database is made for it.
    """
    with open_or_empty(database) as archive:
        entry = make(archive)
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def say(
    args: argparse.Namespace, entry: Entry, now: int, advice: Sequence[str] | None = None
) -> int:
    """Print what was written down at Unix time `now` (s), and advice; return the exit code."""
    if args.json:
        said: dict[str, object] = {"schema_version": SCHEMA_VERSION, "entry": document(entry)}
        if advice is not None:
            said["advice"] = list(advice)
        print(json.dumps(said, indent=2))
        return DONE
    print(f"Written down: {sentence(entry, now)}.")
    if entry.kind in diary.TOLD:
        print("The next sync tells the case.")
    for line in advice or ():
        print(line)
    return DONE


def sentence(entry: Entry, now: float, dated: bool = True) -> str:
    """Say what an entry says, without its end mark; `now` (Unix s) makes dates short.

    Where its date stands elsewhere, it need not be `dated`.
    """
    at = f", {words.clock_time(entry.at, now)}" if dated else ""
    zone = f", {entry.zone}" if entry.zone else ""
    text = f": {words.one_line(entry.text)}" if entry.text else ""
    seen = ", ".join(SIGNS.get(sign, sign) for sign in entry.signs)
    signs = f" ({seen})" if seen else ""
    if entry.kind == diary.CLINIC:
        length = f", {words.needle(entry.number('needle_um'))}" if entry.number("needle_um") else ""
        return f"a session at a clinic{at}{zone}{length}{text}"
    if entry.kind == diary.REACTION:
        return f"a reaction of the skin{at}{zone}{signs}{text}"
    if entry.kind == diary.FOLLOW_UP:
        return f"a look at the reaction{at}{zone}{signs}{text}"
    if entry.kind == diary.REACTION_OVER:
        return f"the reaction is over{at}{zone}{text}"
    if entry.kind == diary.HOLD:
        return _hold(entry, now)
    if entry.kind == diary.HEAD:
        return f"a new head{at}{text}"
    if entry.kind == diary.PHOTO:
        name = words.one_line(Path(str(entry.data.get("path", ""))).name)
        return f"a photo, {name}{at}{zone}{text}"
    if entry.kind == diary.PLAN:
        return _plan(entry, at)
    return f"a note{at}{zone}{text}"


def _plan(entry: Entry, at: str) -> str:
    zone = f", {entry.zone}" if entry.zone else ""
    wanted = entry.number("sessions")
    if not wanted:
        return f"the course is over{at}{zone}"
    return f"a course of {words.count(wanted, 'session')}{at}{zone}"


def _hold(entry: Entry, now: float) -> str:
    reason = entry.number("reason")
    if reason == events.NO_HOLD:
        return "the hold is over"
    name = words.HOLD_REASONS[reason]
    until = entry.number("until")
    return f"on hold ({name})" + (f" until {words.clock_time(until, now)}" if until else "")


def document(entry: Entry) -> dict[str, object]:
    """Return an entry for ``--json``. Times are ISO 8601 with the local offset."""
    data = dict(entry.data)
    if entry.kind == diary.HOLD:
        until = entry.number("until")
        data["until"] = words.iso(until) if until else None
        data["reason"] = words.HOLD_REASONS[entry.number("reason")]
    return {
        "kind": entry.kind,
        "at": words.iso(entry.at),
        "zone": entry.zone,
        **data,
        "written": words.iso(entry.written_at),
    }
