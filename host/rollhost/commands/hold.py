"""``host hold``: keeps the case from a use for the skin's sake, or shows whether it does."""

import argparse

from rollcore import events
from rollhost.cli import parse_dates, terminal
from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.names import key, listed, near_name, quoted
from rollhost.cli.parser import Parser
from rollhost.cli.persons import look
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_or_empty
from rollhost.errors import UsageError
from rollhost.history import case_status, holds
from rollhost.history.untold import open_reactions
from rollhost.now import current_time
from rollhost.output.holds import holds_document, holds_lines
from rollhost.output.records import HOLD_REASONS
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

WORDS = {
    "acne": "pimple, spot, zit, cyst, pustule, breakout, cystic acne",
    "infection": "infected, skin infection, boil, abscess, abscesses, impetigo, fungus, pus",
    "cold-sore": "coldsore, herpes, fever blister, lip blister",
    "wound": "cut, graze, scratch, scratches, scab, open skin, broken skin, sore",
    "sunburn": "sunburnt, sunburned, sun burn",
    "flare": "eczema, dermatitis, atopic dermatitis, psoriasis, rosacea, flare up",
    "doctor": (
        "ask a doctor, physician, keloid, bleeding, bleeding disorder, blood thinner,"
        " anticoagulant, warfarin, isotretinoin, accutane, roaccutane, diabetes, diabetic,"
        " pregnant, pregnancy, nursing, breastfeeding, immune, immune suppression,"
        " immunosuppression, immunosuppressed, immunosuppressant, cancer, skin cancer, melanoma,"
        " collagen disease, metal allergy, nickel allergy"
    ),
    "other": "another reason",
}
"""What people say for each reason, from its meaning and from the reasons in records. One and many
are the same word; see `words_of`."""

COULD_BE = {
    "burn": ("sunburn", "wound"),
    "blister": ("cold-sore", "wound"),
    "rash": ("flare", "infection"),
    "allergy": ("doctor", "flare"),
    "over": (RELEASE,), "end": (RELEASE,), "stop": (RELEASE,), "off": (RELEASE,),
}  # fmt: skip
"""Words that are not enough to go by, and what they could mean: the person is asked."""

_FILLERS = {"a", "an", "the", "my", "i", "have", "am", "on", "with", "of", "active", "open", "and"}
"""Words that make no difference."""


def add_arguments(parser: Parser) -> None:
    """Add the arguments of this command."""
    choices = [*REASONS, RELEASE]
    parser.add_argument(
        "reason", nargs="*", metavar="REASON",
        help=f"{listed(choices)}, or a word for one of them; without one, where things stand,"
        " and what each means",
    )  # fmt: skip
    parser.offered["reason"] = choices
    parser.add_argument("--until", metavar="DAY", help="when it ends by itself, such as 10d")
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a hold or of its release; without a reason, show holds and reasons."""
    now = int(current_time())
    if not args.reason:
        if args.until:
            raise UsageError("Say the reason too.", f"There are {listed(REASONS, 'and')}.")
        return _show(args, now)
    reason = understood(" ".join(args.reason))
    if reason == RELEASE and args.until:
        raise UsageError("A release has no end.", "Leave --until out.")
    until = parse_dates.future(args.until, now) if args.until else 0
    number = events.NO_HOLD if reason == RELEASE else REASONS[reason][0]
    data: dict[str, object] = {"reason": number, "until": until}
    if args.until:
        said = parse_dates.said_day(args.until, now)
        data |= {f"until_{name}": day for name, day in said.items()}
    entry = Entry(diary.HOLD, now, data=data)
    return entry_result(keep_entry(args.db, lambda archive: entry, now, args.person), now)


def understood(typed: str) -> str:
    """Return the reason, or `RELEASE`, that a person's words mean.

    Raises `UsageError` if they mean none, or could mean several.
    """
    meanings = _meanings()
    words = words_of(typed)
    for phrase in (words, tuple(word for word in words if word not in _FILLERS)):
        if phrase in meanings:
            return meanings[phrase]
    names = [*REASONS, RELEASE]
    could_be = _could_be(words, meanings)
    if not could_be:
        everything = {" ".join(phrase): reason for phrase, reason in meanings.items()}
        near = near_name(" ".join(words), everything)
        could_be = [] if near is None else [everything[near]]
    question = f"Did you mean {listed(could_be)}? " if could_be else ""
    raise UsageError(
        f"There is no reason {quoted(typed)}.", f"{question}There are {listed(names, 'and')}."
    )


def _could_be(words: tuple[str, ...], meanings: dict[tuple[str, ...], str]) -> list[str]:
    """Return what the words could mean, each reason once: by the phrases that are among them."""
    found: list[str] = []
    longest = max(map(len, meanings))
    for start in range(len(words)):
        for length in range(longest, 0, -1):
            phrase = words[start : start + length]
            if phrase in meanings:
                found.append(meanings[phrase])
            found += COULD_BE.get(" ".join(phrase), ())
    return list(dict.fromkeys(found))


def _meanings() -> dict[tuple[str, ...], str]:
    """Return the reason for each phrase that is understood."""
    meanings = {words_of(name): name for name in (*REASONS, RELEASE)}
    # As the program says them itself.
    meanings |= {words_of(HOLD_REASONS[number]): name for name, (number, _) in REASONS.items()}
    for reason, phrases in WORDS.items():
        meanings |= {words_of(phrase): reason for phrase in phrases.split(", ")}
    return meanings


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: one and many are the same."""
    return tuple(word.strip(".,;!?").removesuffix("s") for word in key(text).split())


def _show(args: argparse.Namespace, now: int) -> Result:
    with open_or_empty(args.db) as archive:
        past = look(archive, args.person)
    lasting = holds.holds(past, case_status.summarise_all(past, now), now)
    reaction_is_open = bool(open_reactions(past.entries))
    meanings = {name: meaning for name, (_, meaning) in REASONS.items()}
    meanings[RELEASE] = "the hold is over"
    reasons = [{"reason": name, "meaning": meaning} for name, meaning in meanings.items()]
    return Result(
        lambda: {"holds": holds_document(lasting), "reasons": reasons},
        lambda: [
            *holds_lines(lasting, reaction_is_open, now),
            "",
            "The reasons, for hold REASON:",
            *labelled(meanings.items(), terminal.width(), column=10),
        ],
    )
