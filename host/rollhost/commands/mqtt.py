"""``host mqtt``: tells Home Assistant of the cases by an MQTT broker, or takes it back."""

import argparse

from rollhost.cli.arguments import add_broker_login, add_database, add_json, add_person
from rollhost.cli.choose import choose_person
from rollhost.cli.names import one_of
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.now import current_time
from rollhost.output.mqtt import (
    plain_line,
    published_document,
    published_lines,
    removed_document,
    removed_lines,
)

NOTHING = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", choices=["publish", "remove"],
        help="publish: tell of your cases, now and after each sync of watch --mqtt; remove: take"
        " all of it back",
    )  # fmt: skip
    parser.add_argument("url", metavar="URL", help="the broker, such as mqtts://USER@HOST")
    parser.add_argument(
        "--with", dest="choices", metavar="WORDS",
        help="what of the skin it is told from now on: zones, holds, reactions, with commas in"
        " between, or none; until you say so: none",
    )  # fmt: skip
    add_broker_login(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Tell a broker of the cases, or remove them there."""
    from rollhost.mqtt.publisher import broker_at  # without paho-mqtt this says how to get it

    broker = broker_at(args.url, args.password_file, args.ca)
    from rollhost.mqtt import publish

    if args.what == "remove":
        if args.choices is not None or args.person is not None:
            raise UsageError("remove takes all of it back.", "Leave --with and --person out.")
        with open_archive(args.db) as archive:
            removed = publish.remove(archive, broker)
        return Result(
            lambda: removed_document(str(broker), removed),
            lambda: removed_lines(str(broker), removed),
        )
    choices = None if args.choices is None else _choices(args.choices)
    now = int(current_time())
    with open_archive(args.db) as archive:
        person = choose_person(archive.persons(), args.person)
        outcome = publish.publish(archive, broker, now, person.token, choices)
    step = f"To switch on: {program_name()} mqtt publish URL --with zones,holds,reactions."
    return Result(
        lambda: published_document(str(broker), outcome.told, outcome.choices, outcome.removed),
        lambda: published_lines(str(broker), outcome.told, outcome.choices, outcome.removed, step),
        notes=[plain_line(broker.host)] if outcome.is_first_plain else [],
    )


def _choices(text: str) -> list[str]:
    """Return what is switched on by a list of words. Raises `UsageError` for another word."""
    from rollhost.mqtt.discovery import CHOICES

    words = [word.strip() for word in text.split(",")]
    if words == [NOTHING]:
        return []
    find = one_of("word", [*CHOICES])
    return sorted({find(word) for word in words})
