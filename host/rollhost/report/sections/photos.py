"""Photos, zone by zone."""

from collections.abc import Mapping, Sequence

from rollhost.database.diary import MAX_TEXT
from rollhost.history.photos import shows_session
from rollhost.output import units
from rollhost.output.photos import BEST
from rollhost.report import phrases
from rollhost.report.components import small
from rollhost.report.facts import Facts, Photo
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.phrases import shortened
from rollhost.report.pictures import Shown


def section(facts: Facts, shown: Mapping[int, Shown]) -> Inside:
    """Return the photos of each zone: two that are compared side by side, and some others."""
    if not facts.photos:
        return small("No photos yet. ", tag("code", "host photo"), " notes where one is; from two"
                     " on, an early and a late one stand here side by side. ", BEST)  # fmt: skip
    total = sum(zone.total for zone in facts.photos)
    count = sum(len(zone.shown) for zone in facts.photos)
    says = phrases.sentence(f"{phrases.of(count, total, 'photo')}, made small")
    inside: list[Inside] = [tag("p", says, " What a camera writes into a photo is left out.")]
    for zone in facts.photos:
        large = [photo_figure(photo, shown) for photo in zone.shown if photo.large]
        others = [photo_figure(photo, shown) for photo in zone.shown if not photo.large]
        if len(facts.photos) > 1 or zone.zone is not None:
            inside.append(tag("h3", phrases.capital(phrases.plain_zone(zone.zone))))
        if not zone.shown:
            inside.append(small(f"{units.count(zone.total, 'photo')}, not shown here."))
            continue
        inside += compared(zone.pair)
        inside.append(tag("div", large, class_=pair_look(zone.pair, shown)))
        if others:
            inside.append(tag("div", others, class_="strip"))
    return inside


def compared(pair: Sequence[Photo]) -> list[Inside]:
    """Return what two photos compare, and whether one may show a session; empty without two."""
    if len(pair) < 2:
        return []
    inside: list[Inside] = [small("Compared: ", "; ".join(map(_since, pair)), ".")]
    if any(shows_session(photo.since_session_s) for photo in pair):
        inside.append(small("Redness of a session may show in a photo for three days. ", BEST))
    return inside


def pair_look(pair: Sequence[Photo], shown: Mapping[int, Shown]) -> str:
    """Return the class of two photos beside each other, so that both have one scale."""
    copies = [shown[photo.entry.token] for photo in pair]
    shapes = {copy.width > copy.height for copy in copies if copy.data is not None}
    return "pair square" if len(shapes) > 1 else "pair"


def _since(photo: Photo) -> str:
    if photo.since_session_s is None:
        return "before any session"
    return f"{units.span(photo.since_session_s)} after a session"


def photo_figure(photo: Photo, shown: Mapping[int, Shown], most: int = MAX_TEXT) -> Markup:
    """Return a photo with its day, and how long after a session it was taken.

    It has its words, at most so many characters of them.
    """
    entry = photo.entry
    since = _since(photo)
    area = f" of {phrases.plain_zone(entry.zone)}" if entry.zone else ""
    copy = shown[entry.token]
    picture: Markup
    remark = None
    if copy.data is None:
        picture = tag("p", foreign(copy.name), f": {copy.remark}", class_="no-picture")
    else:
        picture = tag("img", src=copy.data, width=copy.width, height=copy.height,
                      alt=f"Photo{area}, {units.day(entry.at, entry.day)}, {since}")  # fmt: skip
        if copy.remark:
            remark = tag("span", foreign(copy.name), f": {copy.remark}", class_="remark")
    return tag(
        "figure",
        picture,
        tag("figcaption", tag("strong", units.day(entry.at, entry.day)), tag("span", since),
            tag("span", foreign(shortened(entry.text, most))) if entry.text else None, remark),
    )  # fmt: skip
