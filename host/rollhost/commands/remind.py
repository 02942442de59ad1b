"""``host remind``: send what is due to the desktop or to addresses, each occasion once."""

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.persons import person_meant
from rollhost.cli.program import program_name, this_program
from rollhost.cli.remind_to import VARIABLE, channels_to
from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.database.open import open_archive
from rollhost.database.sent import BEGUN, Sent
from rollhost.errors import DONE, FAILED, RollcaseError, UsageError
from rollhost.history import recent
from rollhost.history.due import DAY_S, Due, due
from rollhost.now import current_time
from rollhost.output import reminders
from rollhost.remind import run as reminding
from rollhost.remind import settings
from rollhost.remind.channel import Channel
from rollhost.remind.run import Outcome, Reminded
from rollhost.remind.schedule import Quiet
from rollhost.remind.settings import Settings
from rollhost.remind.timer import service, timer

SHOWN_S = 30 * DAY_S
"""For how long (s) ahead and back ``--list`` shows reminders (own)."""

UNITS = "~/.config/systemd/user/rollcase-remind"

_ADDRESS = re.compile(r"[a-z][a-z0-9+]+:/", re.IGNORECASE)
"""What an address begins with that somebody has typed in place of a file of addresses."""

_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--to-file",
        type=Path,
        metavar="FILE",
        help="a file of addresses as Apprise has them, one a line, or desktop"
        f" (default: {VARIABLE}, else the desktop)",
    )
    parser.add_argument("--dry-run", action="store_true", help="send nothing, show what is due")
    parser.add_argument(
        "--list", action="store_true", help="what comes in 30 days, and what was sent or missed"
    )
    parser.add_argument(
        "--systemd",
        nargs="?",
        const="both",
        choices=("both", "service", "timer"),
        help="print the units that let systemd run this, and nothing else",
    )
    parser.add_argument(
        "--quiet",
        type=_hours,
        metavar="HOURS",
        help="from now on send nothing in these hours, such as 22-8; or none",
    )
    parser.add_argument(
        "--details",
        action="store_true",
        help="from now on name zones and the skin, also on a lock screen",
    )
    parser.add_argument(
        "--private", action="store_true", help="from now on name neither, as in the beginning"
    )
    add_person(parser)
    add_database(parser)
    add_json(parser)


def _hours(text: str) -> Quiet:
    """Return the quiet hours in an option's text, for argparse."""
    if text == "none":
        return Quiet(0, 0)
    found = _HOURS.fullmatch(text)
    if found is None or max(int(found[1]), int(found[2])) > 24:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 22-8, and not none")
    return Quiet(int(found[1]) % 24, int(found[2]) % 24)


def run(args: argparse.Namespace) -> Result:
    """Send what is due, or show it; return what was sent."""
    if bool(args.dry_run) + bool(args.list) + bool(args.systemd) > 1:
        raise UsageError("--dry-run, --list and --systemd are each for itself.", "Leave two out.")
    if args.details and args.private:
        raise UsageError("--details and --private say opposite things.", "Leave one out.")
    if args.to_file is not None and _ADDRESS.match(str(args.to_file)):
        raise UsageError(
            "--to-file takes a file, and that is an address.",
            f"Write it into a file, or into {VARIABLE}: each program on this computer can read"
            " what a command is given.",
        )
    if args.systemd:
        return _units(args)
    now = int(current_time())
    with open_archive(args.db) as archive:
        every = recent.read(archive, now)
        person = person_meant(every, args.person, None)
        person = ME if person is None else person
        before = wanted = settings.read(archive, person)
        if args.quiet is not None:
            wanted = wanted._replace(quiet=args.quiet)
        if args.details or args.private:
            wanted = wanted._replace(has_details=args.details)
        if wanted != before:
            settings.keep(archive, person, wanted)
        channels = channels_to(args.to_file)
        occasions = due(every.of(person), person, now)
        if args.list:
            is_named = args.to_file is not None or bool(os.environ.get(VARIABLE))
            shown = _list(archive, occasions, person, channels if is_named else [], wanted, now)
            return shown._replace(notes=_kept(args, wanted))
        act = reminding.what_would_be if args.dry_run else reminding.run
        who = every.called(person)
        outcome = act(archive, occasions, person, channels, wanted, now, program_name(), who)
    answer = _answer(outcome, args.dry_run, now)
    return answer._replace(notes=[*_kept(args, wanted), *answer.notes])


def _kept(args: argparse.Namespace, wanted: Settings) -> list[str]:
    """Return what is said of the settings that were given."""
    said = [reminders.quiet_sentence(*wanted.quiet)] if args.quiet is not None else []
    if args.details or args.private:
        said.append(reminders.details_sentence(wanted.has_details))
    return said


def _answer(outcome: Outcome, is_dry: bool, now: int) -> Result:
    shown = outcome.waiting if is_dry else outcome.sent

    def document() -> dict[str, object]:
        return {
            "sent": [_reminded(reminded) for reminded in outcome.sent],
            "waiting": [_reminded(reminded) for reminded in outcome.waiting],
            "failed": [failure.sentence for failure in outcome.failed],
            "missed": [reminders.row_document(row) for row in outcome.missed],
            **reminders.pause_document(outcome.quiet_until, outcome.paused),
        }

    def lines() -> Iterator[str]:
        yield from reminders.sent_lines([(message.channel, message.text) for message in shown])
        waits = outcome.waiting and not is_dry
        if not shown and not waits and not outcome.failed:
            yield "Nothing is due."
        if outcome.waiting:
            yield from reminders.pause_lines(outcome.quiet_until, outcome.paused, now)
        if outcome.missed:
            yield reminders.missed_line(outcome.missed)

    return Result(
        document,
        lines,
        notes=_complaints(outcome.failed),
        exit_code=FAILED if outcome.failed else DONE,
    )


def _complaints(failures: Sequence[RollcaseError]) -> list[str]:
    """Return each failure once, with the next step."""
    said = dict.fromkeys((failure.sentence, failure.hint) for failure in failures)
    return [
        line
        for sentence, hint in said
        for line in (f"{program_name()}: {sentence}", *([f"  {hint}"] if hint else []))
    ]


def _reminded(reminded: Reminded) -> dict[str, object]:
    return {"channel": reminded.channel, "text": reminded.text, "late": reminded.is_late}


def _list(
    archive: Archive,
    occasions: Sequence[Due],
    person: int,
    channels: Sequence[Channel],
    wanted: Settings,
    now: int,
) -> Result:
    """List what comes and what was; without channels, what none had yet is to come."""
    rows = archive.reminders.all_of(person)
    done = {(row.key, row.channel) for row in rows}
    had = {row.key for row in rows}
    to_come = [
        (occasion, wanted.quiet.over_at(max(occasion.at, now)))
        for occasion in occasions
        if occasion.at < now + SHOWN_S and now < occasion.stale_at
        if occasion.key not in had
        or any((occasion.key, channel.name) not in done for channel in channels)
    ]
    shown: list[Sent] = [row for row in rows if now - SHOWN_S < row.due_at and row.stage != BEGUN]
    return Result(
        lambda: {
            "to_come": [reminders.occasion_document(*known) for known in to_come],
            "rows": [reminders.row_document(row) for row in shown],
        },
        lambda: reminders.list_lines(to_come, shown, now),
    )


def _units(args: argparse.Namespace) -> Result:
    command = [*this_program(), "remind"]
    if args.person is not None:
        command += ["--person", args.person]
    if args.to_file is not None:
        command += ["--to-file", str(args.to_file.expanduser().absolute())]
    named = args.db or os.environ.get("ROLLCASE_DB")
    if named:
        command += ["--db", str(Path(named).expanduser().absolute())]
    texts = {"service": service(command), "timer": timer()}
    shown = texts if args.systemd == "both" else {args.systemd: texts[args.systemd]}
    lines = [line for text in shown.values() for line in text.splitlines()]
    if args.systemd == "both":
        lines = [
            line
            for name, text in shown.items()
            for line in (f"# rollcase-remind.{name}", *text.splitlines(), "")
        ][:-1]
    notes = [
        "To install and start it:",
        f"  mkdir -p {UNITS.rpartition('/')[0]}",
        *(f"  {program_name()} remind --systemd {name} > {UNITS}.{name}" for name in texts),
        "  systemctl --user enable --now rollcase-remind.timer",
        "Give the same options each time.",
    ]
    if args.to_file is None and os.environ.get(VARIABLE):
        notes += [
            f"The addresses in {VARIABLE} are not printed, as they have secrets in them: put them"
            " into a file, and name it with --to-file."
        ]
    return Result(lambda: shown, lambda: lines, notes=notes, to_copy=True)
