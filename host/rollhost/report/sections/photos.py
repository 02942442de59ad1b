"""Photos, zone by zone."""

from collections.abc import Mapping

from rollhost.output import units
from rollhost.report import phrases
from rollhost.report.components import small
from rollhost.report.facts import Facts, Photo
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.pictures import Shown


def section(facts: Facts, shown: Mapping[int, Shown]) -> Inside:
    """Return the photos of each zone: the first beside the newest, and some in between."""
    if not facts.photos:
        return small("No photos yet. ", tag("code", "host photo"), " notes where one is; from two"
                     " on, the first and the newest stand here side by side.")  # fmt: skip
    total = sum(zone.total for zone in facts.photos)
    count = sum(len(zone.shown) for zone in facts.photos)
    says = phrases.sentence(f"{phrases.of(count, total, 'photo')}, made small")
    inside: list[Inside] = [tag("p", says, " What a camera writes into a photo is left out.")]
    for zone in facts.photos:
        large = [_photo(photo, shown) for photo in zone.shown if photo.large]
        between = [_photo(photo, shown) for photo in zone.shown if not photo.large]
        if len(facts.photos) > 1 or zone.zone is not None:
            inside.append(tag("h3", phrases.capital(phrases.plain_zone(zone.zone))))
        if not zone.shown:
            inside.append(small(f"{units.count(zone.total, 'photo')}, not shown here."))
            continue
        inside.append(tag("div", large, class_="pair"))
        if between:
            inside.append(tag("div", between, class_="strip"))
    return inside


def _photo(photo: Photo, shown: Mapping[int, Shown]) -> Markup:
    entry = photo.entry
    since = (
        "before any session" if photo.since_session_s is None
        else f"{units.span(photo.since_session_s)} after a session"
    )  # fmt: skip
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
            tag("span", foreign(entry.text)) if entry.text else None, remark),
    )  # fmt: skip
