"""Puts the report together: one page of HTML that contains everything it needs."""

from collections.abc import Mapping
from importlib import resources

from rollcore import VERSION
from rollhost.output import units
from rollhost.report import charts, phrases
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside, raw, tag
from rollhost.report.pictures import Shown
from rollhost.report.sections import (
    card,
    days,
    dermatologist,
    glossary,
    heads,
    never,
    photos,
    plan,
    refused,
    rest,
    skin,
    soak,
    sources,
    standing,
)

TITLE = "Rollcase report"

GENERATOR = "rollcase"
"""The name in the report's ``generator``, before the version."""

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The Content-Security-Policy: the page may load nothing."""


def html(facts: Facts, pictures: Mapping[int, Shown], photos_for_doctor: bool = False) -> str:
    """Return the page. `pictures` has each photo to show, by the token of its entry.

    With `photos_for_doctor` two of them are on the page for the dermatologist, too.
    """
    shown: list[tuple[str, str, Inside]] = [
        ("now", "Where things stand", standing.section(facts)),
        ("days", "Day by day", days.section(facts)),
        ("rest", "Rest between uses", rest.section(facts)),
        ("soak", "Soaking the roller", soak.section(facts)),
        ("heads", "Heads", heads.section(facts)),
        ("refused", "Refused, and against the rest", refused.section(facts)),
        ("skin", "Reactions and holds", skin.section(facts)),
        ("card", "What is normal, and what is not", card.section()),
        ("course", "Course", plan.section(facts)),
        ("photos", "Photos", photos.section(facts, pictures)),
        (
            "doctor",
            "For the dermatologist",
            dermatologist.section(facts, pictures if photos_for_doctor else None),
        ),
        ("never", "What never to do", never.section()),
        ("words", "What the words mean", glossary.section()),
        ("sources", "Where the numbers come from", sources.section()),
    ]
    made = phrases.at(facts.now)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="generator", content=f"{GENERATOR} {VERSION}"),
        tag("meta", http_equiv="Content-Security-Policy", content=CONTENT_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{TITLE}, {units.day(facts.now)}"),
        tag("style", raw(_style())),
    )
    links = [tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in shown]
    body = tag(
        "body",
        tag("a", "Skip to the report", class_="skip", href="#main"),
        charts.definitions(),
        tag(
            "header",
            tag("h1", TITLE),
            tag("p", f"As it stood on {made}.", class_="made"),
            tag("nav", tag("ul", links), aria_label="Sections"),
        ),
        tag(
            "main",
            [
                tag("section", tag("h2", title, id=f"{name}-h"), inside,
                    id=name, aria_labelledby=f"{name}-h")
                for name, title, inside in shown
            ],
            id="main",
        ),
        tag(
            "footer",
            tag("p", f"Made by Rollcase {VERSION} on {made}. This file holds everything it shows,"
                " loads nothing, and tells nobody that you read it."),
        ),
    )  # fmt: skip
    return "<!doctype html>\n" + tag("html", head, body, lang="en").text + "\n"


def _style() -> str:
    text = resources.files("rollhost.report").joinpath("style.css").read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
