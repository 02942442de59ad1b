"""The report's page: read by a parser, small, and the same each time."""

import re
from copy import copy
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from tests.host import ten_years as lives
from tests.host.conftest import Ten
from tests.host.lived_in import make_lived_in
from tests.host.logbook import Logbook
from tests.host.report_pages import facts_of, read, report_of
from tests.host.ten_years import BORN, DAY, Life

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.report import page, pictures
from rollhost.report.facts import Facts, Moment, Row

pytestmark = pytest.mark.usefixtures("in_utc")

MOST_BYTES = 1_000_000


class TestPage:
    @pytest.fixture(params=["nothing", "a use", "a month", "a year", "a wiped case", "lived in"])
    def html(self, request: pytest.FixtureRequest, home: Path) -> str:
        """A page about each kind of database."""
        with open_archive(home / "rollcase.db", create=True) as archive:
            if request.param == "lived in":
                make_lived_in(home / "rollcase.db")
            elif request.param in ("nothing", "a use"):
                life = Life(archive)
                if request.param == "a use":
                    life.use()
                life.sync()
            else:
                (home / "photos").mkdir()
                make = {
                    "a month": lambda: lives.a_month(archive, home / "photos"),
                    "a year": lambda: lives.a_year(archive, home / "photos"),
                    "a wiped case": lambda: lives.a_wiped_case(archive),
                }
                make[request.param]()
        return report_of(home / "rollcase.db", BORN + 400 * DAY)

    def test_page_can_be_read_by_a_screen_reader(self, html: str) -> None:
        found = read(html)
        assert html.startswith('<!doctype html>\n<html lang="en">')
        ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids))
        levels = [
            int(element.name[1])
            for element in found.elements
            if re.fullmatch("h[1-6]", element.name)
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for element in found.elements:
            for reference in ("aria-labelledby", "aria-describedby"):
                assert element.attributes.get(reference, ids[0]) in ids
        for element in found.every("a"):
            assert (element.attributes["href"] or "")[1:] in ids
        for element in found.every("svg"):
            hidden = element.attributes.get("aria-hidden") == "true"
            assert hidden != (element.attributes.get("role") == "img")
            assert hidden or (
                element.attributes["aria-label"] and element.attributes["aria-describedby"]
            )
        for element in found.every("th"):
            assert element.attributes["scope"] in ("row", "col")
        assert len(found.every("table")) == len(found.every("caption"))
        regions = [
            element for element in found.elements if element.attributes.get("role") == "region"
        ]
        assert all(region.attributes["tabindex"] == "0" for region in regions)
        names = [region.attributes["aria-label"] for region in regions]
        assert len(names) == len(set(names))

    def test_page_loads_nothing_and_runs_nothing(self, html: str) -> None:
        found = read(html)
        names = {element.name for element in found.elements}
        assert not names & {"script", "link", "iframe", "object", "embed", "form", "base", "image"}
        for element in found.elements:
            for name, value in element.attributes.items():
                assert not name.startswith("on")
                assert name not in ("style", "srcset", "action", "xlink:href")
                if name == "href":
                    assert (value or "").startswith("#")
                if name == "src":
                    assert (value or "").startswith("data:image/jpeg;base64,")
        assert not re.search(
            r"https?:|//[a-z]|@import|url\((?!#)", re.sub(r'src="data:[^"]*"', "", html)
        )
        head = html[:1024]
        assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;" in head

    def test_page_promises_nothing_and_advises_nothing(self, html: str) -> None:
        text = " ".join(read(html).parts).lower()
        assert not re.search(r"\b(sterile|safe|safely|diagnos\w*|you should|recommend\w*)\b", text)
        assert "see a clinician" in text

    def test_page_prints_no_malformed_number(self, html: str) -> None:
        text = " ".join(read(html).parts)
        assert not re.search(r"\bNone \d|nan|inf\b|\{|\}|object at|  ,|\.\.|-\d+ (days|uses)", text)
        for number in re.findall(r' (?:x|y|cx|cy|width|height)="([^"]*)"', html):
            assert float(number) >= -7, number


class TestFarApart:
    def test_clock_set_a_century_ahead_gets_a_page(self, archive: Archive) -> None:
        book = Logbook(archive, BORN)
        book.set_clock()
        book.use()
        book.write(events.REFUSED, gesture=2, reason=1, until=0, digest=0)
        book.now = BORN + 127 * 365 * DAY
        book.set_clock()
        book.use()
        book.write(events.REFUSED, gesture=2, reason=1, until=0, digest=0)
        book.keep()
        facts = facts_of(archive, BORN + 2 * DAY)
        assert page.html(facts, {}).startswith("<!doctype html>")

    def test_head_may_have_seen_any_number_of_uses(self, facts: Facts) -> None:
        (case,) = facts.cases
        heads = [row._replace(head=row.head._replace(uses=9999)) for row in case.heads]
        worn = facts._replace(cases=[case._replace(heads=heads)])
        shown = pictures.shown(facts.photos)
        assert page.html(worn, shown).startswith("<!doctype html>")


@pytest.mark.slow
class TestSize:
    def test_ten_years_with_a_dozen_photos_stay_small(self, ten: Ten) -> None:
        html = report_of(ten.path, ten.lived.until)
        assert len(read(html).every("img")) == 12
        assert len(html.encode()) < MOST_BYTES

    def test_photos_that_compress_badly_are_made_smaller(
        self, archive: Archive, home: Path
    ) -> None:
        Life(archive).sync()
        for number in range(4):
            zone = f"zone{number}"
            for _ in range(3):
                path = home / f"{number}.jpg"
                Image.effect_noise((1600, 1200), 120).convert("RGB").save(path, quality=95)
                digest = sha256(path.read_bytes()).hexdigest()
                data = {"path": str(path), "sha256": digest, "text": ""}
                with archive.transaction():
                    archive.diary.add(Entry(diary.PHOTO, BORN, zone, data=dict(data)), BORN)
        facts = facts_of(archive, BORN)
        shown = pictures.shown(facts.photos)
        assert len(shown) == 12
        html = page.html(facts, shown)
        assert len(html.encode()) < 700_000
        assert len(read(html).every("img")) == 12

    def test_page_with_a_use_each_day_stays_small(self, facts: Facts) -> None:
        rows = []
        for day in range(3600):
            row = facts.uses[day % len(facts.uses)]
            rows.append(moved(row, BORN + day * DAY))
        many = facts._replace(rows=rows, photos=[])
        assert len(page.html(many, {}).encode()) < MOST_BYTES - pictures.MOST_BYTES * 4 / 3

    def test_report_is_deterministic(self, ten: Ten) -> None:
        assert report_of(ten.path, ten.lived.until) == report_of(ten.path, ten.lived.until)


def moved(row: Row, ended: int) -> Row:
    """Return a row as if it had ended then."""
    session = copy(row.session)
    session.ended = ended
    return row._replace(
        session=session, ended=Moment(ended, ended), began=Moment(ended - 60, ended - 60)
    )


def contrast(one: str, other: str) -> float:
    """Return how far two colours are apart (WCAG 2.1)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class TestColours:
    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    def test_text_and_marks_have_enough_contrast(self, theme: int) -> None:
        style = resources.files("rollhost.report").joinpath("style.css").read_text("utf-8")
        block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme]
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for ground in ("paper", "card"):
            for text in ("ink", "faint", "accent"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for mark in ("use", "early", "clinic", "reaction", "limit"):
            for ground in ("card", "cell", "against"):
                assert contrast(colours[mark], colours[ground]) >= 3, (mark, ground)
