"""A restore of the database, before and after it, as text and as a JSON document."""

from pathlib import Path

from rollhost.database.restore import Contents, Difference, Offer, Restored
from rollhost.output import units


def restore_document(offer: Offer, done: Restored | None) -> dict[str, object]:
    """Return what a restore would do, or has `done`, for ``--json``."""
    return {
        "file": str(offer.file),
        "database": str(offer.database),
        "holds": _contents_document(offer.holds),
        "present": offer.present and _contents_document(offer.present),
        "damage": offer.damage or None,
        "only_present": _difference_document(done.difference if done else offer.difference),
        "restored": done is not None,
        "kept": str(done.kept) if done and done.kept else None,
    }


def offer_lines(offer: Offer) -> list[str]:
    """Return what is in the file, and what the database here has that it lacks."""
    lines = [f"{offer.file} holds {_amounts(offer.holds)}."]
    if offer.damage:
        says = "What was undone or forgotten there is not known, and cannot be carried over."
        return [*lines, offer.damage, says]
    if offer.present is None:
        return [*lines, f"There is no database at {offer.database} yet."]
    difference = offer.difference
    assert difference is not None
    lines.append(f"The database here holds {_amounts(offer.present)}.")
    if difference.records or difference.entries:
        lacking = _both(difference.records, difference.entries)
        lines.append(f"Only here, and then only in the copy that is kept: {lacking}.")
    else:
        lines.append("The file has every record and entry that is here.")
    for number, what in ((difference.undone, "undone"), (difference.forgotten, "forgotten")):
        if number == 1:
            lines.append(f"1 entry in the file was {what} here, and stays so.")
        elif number:
            lines.append(f"{number:,} entries in the file were {what} here, and stay so.")
    return lines


def restored_lines(offer: Offer, done: Restored) -> list[str]:
    """Return what a restore has done."""
    lines = [f"Restored: {offer.database}."]
    if done.kept:
        whole = "as it was" if offer.damage else "read back whole"
        lines.append(f"What was there before is {done.kept}, {whole}.")
    return lines


def automatic_goes_on(folder: Path | None, as_here: bool, program: str) -> list[str]:
    """Return where automatic backups go after a restore; nothing if none are made (None).

    `as_here` says whether this computer was told so; else it is what the file says.
    """
    if folder is None:
        return []
    if as_here:
        return [f"Automatic backups go on in {folder}."]
    return [
        f"That file says that a sync makes backups in {folder}: so it goes on here. Another place:"
        f" {program} backup --automatic FOLDER."
    ]


def _contents_document(contents: Contents) -> dict[str, object]:
    return {**contents._asdict(), "newest": units.iso(contents.newest)}


def _difference_document(difference: Difference | None) -> dict[str, object] | None:
    return difference._asdict() if difference else None


def _amounts(contents: Contents) -> str:
    amounts = _both(contents.records, contents.entries)
    newest = f", the newest of {units.minute(contents.newest)}" if contents.newest else ""
    return f"{amounts} of {units.count(contents.cases, 'case')}{newest}"


def _both(records: int, entries: int) -> str:
    return f"{units.count(records, 'record')} and {units.count(entries, 'entry')}"
