"""``host hold``: keeps the case from a use for the skin's sake, until a day or until released."""

import argparse

from rollcore import events
from rollhost.cli import parse_dates, terminal
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.errors import UsageError
from rollhost.now import current_time
from rollhost.output.text import labelled

REASONS = {
    "acne": (events.ACNE, "active acne or a cystic breakout"),
    "infection": (events.INFECTION, "an active infection"),
    "cold-sore": (events.COLD_SORE, "a cold sore"),
    "wound": (events.OPEN_WOUND, "an open wound"),
    "sunburn": (events.SUNBURN, "sunburn"),
    "flare": (events.FLARE, "a flare of eczema, psoriasis or rosacea"),
    "doctor": (
        events.ASK_DOCTOR,
        "ask a doctor first: keloids, bleeding or blood thinners, isotretinoin now or in the last"
        " 6 months, diabetes that is not controlled, pregnancy, immune suppression, skin cancer",
    ),
    "other": (events.OTHER, "another reason"),
}
"""The number in records and the meaning of each reason, by its name. For these reasons
dermatologists advise against rolling."""

RELEASE = "release"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    choices = [*REASONS, RELEASE]
    parser.add_argument(
        "reason", nargs="?", choices=choices, metavar="REASON",
        help=f"one of {', '.join(choices)}; without one, they are explained",
    )  # fmt: skip
    parser.add_argument("--until", metavar="DAY", help="when it ends by itself, such as 10d")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a hold or of its release; without a reason, list the reasons."""
    if args.reason is None and args.until:
        raise UsageError("Say the reason too.", "See hold without one for what there is.")
    if args.reason is None:
        return _reasons()
    now = int(current_time())
    if args.reason == RELEASE and args.until:
        raise UsageError("A release has no end.", "Leave --until out.")
    until = parse_dates.future(args.until, now) if args.until else 0
    number = events.NO_HOLD if args.reason == RELEASE else REASONS[args.reason][0]
    entry = Entry(diary.HOLD, now, data={"reason": number, "until": until})
    return entry_result(keep_entry(args.db, lambda archive: entry, now), now)


def _reasons() -> Result:
    meanings = {name: meaning for name, (_, meaning) in REASONS.items()}
    meanings[RELEASE] = "the hold is over"
    reasons = [{"reason": name, "meaning": meaning} for name, meaning in meanings.items()]
    return Result(
        lambda: {"reasons": reasons},
        lambda: labelled(meanings.items(), terminal.width(), column=10),
    )
