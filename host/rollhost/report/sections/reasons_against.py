"""The reasons against rolling at home, as the owner answered them."""

from rollhost.database.diary import MAX_TEXT
from rollhost.guidance.reasons import needs_doctor, of_hold
from rollhost.output import units
from rollhost.output.entries import reason_in_short
from rollhost.output.records import hold_reason
from rollhost.output.text import one_line
from rollhost.report import phrases
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside
from rollhost.report.phrases import shortened


def asked_line(facts: Facts, most: int = MAX_TEXT) -> str:
    """Return when the owner was asked for reasons against rolling, and the answer, as a sentence.

    It has the owner's words, at most so many characters of them.
    """
    check = facts.check
    if check is None:
        return "Not asked for yet."
    named = ", ".join(map(reason_in_short, check.reasons)) or "none of them"
    words = f" (“{shortened(check.text, most)}”)" if check.text else ""
    return f"Answered on {units.day(check.at)}: {one_line(named)}{words}."


def doctor_first(facts: Facts, most: int, most_words: int) -> list[Inside]:
    """Return why a doctor is to be asked first, and what one has said yes to; empty without.

    Of each there are the newest `most`, with at most so many characters of the owner's words.
    """
    inside: list[Inside] = []
    standing = [hold for hold in facts.holds if hold.until is None and needs_doctor(hold.reason)]
    for hold in standing[::-1][:most]:
        reason = of_hold(hold.reason)
        words = f" (“{shortened(hold.text, most_words)}”)" if hold.text else ""
        means = f" {reason.means}" if reason else ""
        text = f"{hold_reason(hold.reason)}, since {units.day(hold.since)}{words}"
        inside.append(f"{phrases.sentence(text)}{means} ")
    for entry in facts.said_yes[::-1][:most]:
        about = entry.number("released")
        to = f" to {hold_reason(about)}" if about else ""
        words = f" (“{shortened(entry.text, most_words)}”)" if entry.text else ""
        inside.append(f"A doctor said yes{to} on {units.day(entry.at, entry.day)}{words}. ")
    return inside
