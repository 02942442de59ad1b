"""The report: what it says is so, it holds all it needs, and nothing in it is obeyed."""

import os
import re
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.conftest import Host
from tests.host import ten_years as lives
from tests.host.cli.test_main import loaded_by
from tests.host.complaints import complaint
from tests.host.database.test_archive import UNUSABLE, UNUSABLE_NAMES, host_with_small_files
from tests.host.lived_in import make_lived_in
from tests.host.logbook import Logbook
from tests.host.ten_years import BORN, DAY, HOUR, Life, Lived

from rollcore import events
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.history.policies import Policies, read_policies
from rollhost.report import charts, page, pictures
from rollhost.report.facts import MOST_PHOTOS, Facts, Moment, Row, evenly, gather, tally
from rollhost.report.markup import Markup, foreign, raw, tag
from rollhost.report.sections import days

MOST_BYTES = 1_000_000

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "\u202eesrever\u202c \u2067x",
    "a\x1b[31mred\x07\x00b\x9b",
    "&lt;not a tag&gt; &amp;",
    "javascript:alert(1)",
)


@pytest.fixture(autouse=True)
def in_utc(home: Path) -> Iterator[None]:
    """Let local days be those of UTC: `home` has said so, and this process has to hear it."""
    time.tzset()
    yield
    os.environ.pop("TZ")
    time.tzset()


@dataclass(frozen=True)
class Ten:
    """A database of ten years, and what its owner remembers."""

    path: Path
    lived: Lived


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Ten:
    """Ten years, lived through once for all tests."""
    folder = tmp_path_factory.mktemp("ten")
    (folder / "photos").mkdir()
    with open_archive(folder / "ten.db", create=True) as archive:
        return Ten(folder / "ten.db", lives.ten_years(archive, folder / "photos"))


def facts_of(archive: Archive, now: int, name: str | None = None) -> Facts:
    """Return what a report tells of all cases, or of one."""
    past = history.read(archive)
    return gather(past, [case for case in past.cases if name in (None, case.name)], now)


def report_of(path: Path, now: int) -> str:
    """Return the page about a database."""
    with open_archive(path) as archive:
        facts = facts_of(archive, now)
    return page.html(facts, pictures.shown(facts.photos))


def write_down(archive: Archive, kind: str, at: int, token: int, **data: object) -> Entry:
    """Keep an entry that no case was told of."""
    entry = Entry(kind, at, "face", None, data, token, at)
    with archive.transaction():
        archive.diary.keep(entry)
    return entry


@dataclass
class Element:
    """An element as a browser reads it."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Read(HTMLParser):
    """A page as a parser reads it that did not write it."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(name, dict(attributes))
        self.elements.append(element)
        if name not in ("meta", "img", "br"):
            self._open.append(element)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(name, dict(attributes)))

    def handle_endtag(self, name: str) -> None:
        while self._open and self._open.pop().name != name:
            pass

    def handle_data(self, text: str) -> None:
        if not any(one.name == "style" for one in self._open):
            self.text += text
            self.parts.append(text)
        for one in self._open:
            one.text += text

    def every(self, name: str) -> list[Element]:
        """Return every element of this name."""
        return [one for one in self.elements if one.name == name]


def read(html: str) -> Read:
    """Return a page as it is read."""
    reader = Read()
    reader.feed(html)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def facts(ten: Ten) -> Facts:
    """What a report tells of the ten years."""
    with open_archive(ten.path) as archive:
        return facts_of(archive, ten.lived.until)


class TestFacts:
    def test_every_use_is_told_once_and_no_other(self, ten: Ten, facts: Facts) -> None:
        ends = [row.session.ended for row in facts.uses if row.ended.known]
        assert len(facts.uses) == len(ten.lived.uses) == 399
        assert set(ends) <= set(ten.lived.uses)
        assert 0 < len(facts.uses) - len(ends) < 20  # those that lost their power

    def test_early_are_those_that_were_started_early(self, ten: Ten, facts: Facts) -> None:
        assert ten.lived.early
        assert [row.session.ended for row in facts.uses if row.early] == ten.lived.early
        assert not any(row.unknowing for row in facts.uses)
        assert tally(facts.rows).early == len(ten.lived.early)

    def test_what_was_asked_was_rested_but_before_the_early_ones(self, facts: Facts) -> None:
        checked = 0
        for row in facts.uses:
            if row.rested_s is None or row.asked_s is None or not row.began.known:
                continue
            assert (row.rested_s < row.asked_s) == row.early, row
            checked += 1
        assert checked > 350

    def test_what_was_asked_follows_the_rules_of_the_day(self, facts: Facts) -> None:
        asked = {round((row.asked_s or 0) / DAY) for row in facts.uses if not row.short}
        assert {7, 28} <= asked
        longer = [row for row in facts.uses if row.session.needle_um == 500][1:]
        assert longer
        assert all((row.asked_s or 0) >= 28 * DAY for row in longer)

    def test_soaks_after_uses_are_those_that_were_done(self, ten: Ten, facts: Facts) -> None:
        after = {
            row.session.ended: row.use.cleaned_after_s
            for row in facts.uses
            if row.use is not None and row.use.end is not None
        }
        lived = dict(zip(ten.lived.uses, ten.lived.cleaned_after, strict=True))
        assert after == {end: lived[end] for end in after}
        late = [row for row in facts.uses if row.use and row.use.cleaned_in_time is False]
        assert {row.session.ended for row in late if row.ended.known} <= set(ten.lived.late)
        assert tally(facts.rows).not_soaked == len(ten.lived.early)  # nobody soaks before those

    def test_refusals_that_went_on_to_something_are_none(self, ten: Ten, facts: Facts) -> None:
        counts: dict[int, int] = {}
        for one in facts.refusals:
            counts[one.reason] = counts.get(one.reason, 0) + 1
        assert counts == ten.lived.refused
        assert len(counts) == 3

    def test_heads_have_seen_what_they_have_seen(self, ten: Ten, facts: Facts) -> None:
        (case,) = facts.cases
        assert [one.head.uses for one in case.heads] == ten.lived.heads
        assert not any(one.beyond_uses or one.beyond_days for one in case.heads)

    def test_clinics_reactions_and_holds_are_told_once(self, ten: Ten, facts: Facts) -> None:
        assert [row.session.ended for row in facts.clinics] == ten.lived.clinics
        assert [one.began.at for one in facts.reactions] == ten.lived.reactions
        assert [len(one.looks) for one in facts.reactions] == [2, 2]
        assert len(facts.holds) == ten.lived.holds
        assert all(hold.until == hold.planned for hold in facts.holds)

    def test_the_reach_is_from_the_first_setting_to_the_last_sync(
        self, ten: Ten, facts: Facts
    ) -> None:
        assert (facts.since, facts.until) == (BORN, ten.lived.until)

    def test_of_many_photos_the_first_and_the_newest_are_large(
        self, ten: Ten, facts: Facts
    ) -> None:
        (zone,) = facts.photos
        assert zone.total == len(ten.lived.photos) > MOST_PHOTOS == len(zone.shown)
        assert [photo.large for photo in zone.shown] == [True, *[False] * 10, True]
        assert zone.shown[0].entry.at == ten.lived.photos[0]
        assert zone.shown[-1].entry.at == ten.lived.photos[-1]
        last = max(end for end in ten.lived.uses if end <= ten.lived.photos[-1])
        assert zone.shown[-1].since_session_s == ten.lived.photos[-1] - last

    @given(count=st.integers(0, 300), most=st.integers(0, 40))
    def test_some_of_many_are_spread_evenly(self, count: int, most: int) -> None:
        chosen = evenly(count, most)
        assert len(chosen) == min(count, most)
        assert chosen == sorted(set(chosen))
        if count and most:
            assert chosen[-1] == count - 1
        if count and most > 1:
            assert chosen[0] == 0
            steps = [after - before for before, after in pairwise(chosen)]
            assert max(steps, default=1) - min(steps, default=1) <= 1

    def test_what_only_the_log_has_is_told_too(self, ten: Ten, facts: Facts, home: Path) -> None:
        shutil.copy(ten.path, home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("DELETE FROM entries")
        db.close()
        with open_archive(home / "rollcase.db") as archive:
            without = facts_of(archive, ten.lived.until)
        assert [row.session.ended for row in without.clinics] == ten.lived.clinics
        assert without.holds == facts.holds
        assert [(one.began.at, one.over and one.over.at) for one in without.reactions] == [
            (one.began.at, one.over and one.over.at) for one in facts.reactions
        ]
        assert [one.began.zone for one in without.reactions] == ["face", "face"]

    def test_a_use_too_soon_after_a_clinic_that_nobody_told_the_case_of(
        self, archive: Archive
    ) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        write_down(archive, diary.CLINIC, life.unix + DAY, 5, needle_um=1500, text="")
        life.wait(8 * DAY)
        life.use()
        life.clean()
        life.sync()
        first, clinic, second = facts_of(archive, life.unix).rows
        assert (first.rested, first.asked_s, first.short) == (None, None, False)
        assert clinic.use is None
        assert second.unknowing
        assert not second.early
        assert second.asked_s == 28 * DAY
        assert second.rested_s == second.began.earliest - clinic.session.ended

    def test_an_early_use_of_skin_that_nobody_named_has_the_rest_that_the_case_knew(
        self, archive: Archive
    ) -> None:
        life = Life(archive, rules=lives.with_zones(lives.ORIGINAL, "face", "scalp"))
        for zone in (0, 1):
            life.use(zone)
            life.clean()
        life.wait(3 * DAY)
        life.use(early=True)
        life.sync()
        row = facts_of(archive, life.unix).rows[-1]
        assert row.use is not None
        assert (row.zone, row.asked_s) == (None, 7 * DAY)
        assert row.rested_s == 7 * DAY - row.use.early_s
        assert round(row.rested_s / DAY) == 3

    def test_a_case_that_lost_records_asks_for_more_than_the_sessions_do(
        self, archive: Archive
    ) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        life.wait(6 * DAY)
        life.start(0, torn=events.RECORD_SIZE)
        life.sync()
        life.clean()  # a use may have been among them
        life.wait(2 * DAY)
        life.use(early=True)
        life.sync()
        row = facts_of(archive, life.unix).rows[-1]
        assert row.use is not None
        assert round((row.rested_s or 0) / DAY) == 8
        assert row.asked_s == (row.rested_s or 0) + row.use.early_s
        assert round(row.use.early_s / DAY) == 5

    def test_after_longer_needles_their_rest_is_asked_for(self, facts: Facts) -> None:
        changes = [
            after for before, after in pairwise(facts.uses)
            if before.session.needle_um > after.session.needle_um
        ]  # fmt: skip
        assert changes
        assert all(round((row.asked_s or 0) / DAY) >= 28 for row in changes)

    def test_after_a_reaction_its_rest_is_asked_for(self, archive: Archive) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        life.wait(DAY)
        life.reaction("face", 5, [], "red")
        over = life.unix
        life.wait(14 * DAY)
        life.use()
        life.sync()
        first, second = facts_of(archive, life.unix).rows
        assert second.asked_s == over + 14 * DAY - first.session.ended
        assert not second.short

    def test_a_clock_that_was_never_right_begins_nothing(self, archive: Archive) -> None:
        Life(archive, born=1_600_000_000).sync()  # in 2020, before the first case
        assert facts_of(archive, BORN).since is None

    def test_photos_of_many_areas_are_no_more_than_of_one(self, archive: Archive) -> None:
        Life(archive).sync()
        for zone in range(8):
            for number in range(3):
                at = BORN + zone * DAY + number
                data: dict[str, object] = {"path": "/nowhere", "sha256": "", "text": ""}
                with archive.transaction():
                    archive.diary.add(Entry(diary.PHOTO, at, f"zone{zone}", data=data), at)
        zones = facts_of(archive, BORN + 30 * DAY).photos
        assert [zone.zone for zone in zones] == [f"zone{number}" for number in reversed(range(8))]
        assert [len(zone.shown) for zone in zones] == [2] * 6 + [0] * 2
        assert sum(zone.total for zone in zones) == 24

    def test_a_hold_ends_when_it_is_released_replaced_or_over(self, archive: Archive) -> None:
        Life(archive).sync()
        day = [BORN + number * DAY for number in range(20)]
        written = [
            (day[1], events.SUNBURN, 0),  # replaced
            (day[2], events.ACNE, day[9]),  # released
            (day[4], events.NO_HOLD, 0),
            (day[5], events.FLARE, day[6]),  # over by itself
            (day[8], events.OTHER, day[15]),
        ]
        for token, (at, reason, until) in enumerate(written, 1):
            write_down(archive, diary.HOLD, at, token, reason=reason, until=until)
        holds = facts_of(archive, day[10]).holds
        assert [(hold.reason, hold.since, hold.until, hold.planned) for hold in holds] == [
            (events.SUNBURN, day[1], day[2], None),
            (events.ACNE, day[2], day[4], day[9]),
            (events.FLARE, day[5], day[6], day[6]),
            (events.OTHER, day[8], None, day[15]),
        ]

    def test_a_time_within_bounds_has_a_rest_within_bounds(self, archive: Archive) -> None:
        lives.a_wiped_case(archive)
        facts = facts_of(archive, BORN + 200 * DAY)
        (loose,) = [row for row in facts.uses if row.ended.days > 1]
        assert loose.rested is not None
        least, most = loose.rested
        assert most - least == loose.ended.latest - loose.ended.earliest > DAY
        (day,) = [day for day in days.calendar_days(facts) if charts.LOOSE in day.marks]
        assert day.day == loose.ended.day
        assert "±" in day.says

    def test_a_chosen_case_is_told_alone_and_with_all_that_is_the_persons(
        self, archive: Archive
    ) -> None:
        lives.a_wiped_case(archive)
        write_down(archive, diary.CLINIC, BORN + DAY, 5, needle_um=1500, text="")
        now = BORN + 200 * DAY
        every, travel = facts_of(archive, now), facts_of(archive, now, "travel")
        assert {row.zone for row in travel.uses} == {"scalp"}
        assert (len(travel.refusals), len(every.refusals)) == (0, 1)
        assert len(travel.clinics) == len(every.clinics) == 1
        assert (len(every.cases), every.others) == (2, 0)
        assert (len(travel.cases), travel.others) == (1, 1)
        old = every.cases[0]
        assert (old.case.name, old.logs) == ("old", 2)

    def test_missing_and_damaged_records_are_counted(self, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("DELETE FROM records WHERE seq = 3")
        db.close()
        with open_archive(home / "rollcase.db") as archive:
            (case,) = facts_of(archive, BORN).cases
        assert (case.missing, case.quarantined, case.logs) == (1, 1, 2)

    def test_a_head_that_was_used_too_often_is_told_to_be_so(self, archive: Archive) -> None:
        life = Life(archive)
        for _ in range(3):
            life.use()
            life.clean()
            life.wait(8 * DAY)
        life.set_rules(life.rules.changed(head_warn_uses=1, head_uses=2, revision=2))
        life.sync()
        (head,) = facts_of(archive, life.unix).cases[0].heads
        assert (head.beyond_uses, head.beyond_days) == (True, False)

    def test_days_are_local(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        life = Life(archive, born=BORN + 13 * HOUR)  # 22:00
        life.wait(HOUR)
        life.use()
        life.sync()
        (day,) = days.calendar_days(facts_of(archive, life.unix))
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        (later,) = days.calendar_days(facts_of(archive, life.unix))
        assert (later.day - day.day).days == 1

    def test_marks_of_one_day_stand_together(self, archive: Archive) -> None:
        rules = lives.with_zones(lives.ORIGINAL, "face", "scalp")
        life = Life(archive, rules=rules)
        life.use(0)
        life.clean()
        life.use(1)
        life.clean()
        write_down(archive, diary.REACTION, life.unix, 6, text="", signs=[])
        life.sync()
        (day,) = days.calendar_days(facts_of(archive, life.unix))
        assert day.marks == (charts.USES, charts.REACTION)
        assert day.says.endswith(": face; scalp; a reaction began, face")


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

    def test_it_is_a_page_that_can_be_read_by_whoever_does_not_see_it(self, html: str) -> None:
        found = read(html)
        assert html.startswith('<!doctype html>\n<html lang="en">')
        ids = [one.attributes["id"] for one in found.elements if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        levels = [int(one.name[1]) for one in found.elements if re.fullmatch("h[1-6]", one.name)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for one in found.elements:
            for reference in ("aria-labelledby", "aria-describedby"):
                assert one.attributes.get(reference, ids[0]) in ids
        for one in found.every("a"):
            assert (one.attributes["href"] or "")[1:] in ids
        for one in found.every("svg"):
            hidden = one.attributes.get("aria-hidden") == "true"
            assert hidden != (one.attributes.get("role") == "img")
            assert hidden or (one.attributes["aria-label"] and one.attributes["aria-describedby"])
        for one in found.every("th"):
            assert one.attributes["scope"] in ("row", "col")
        assert len(found.every("table")) == len(found.every("caption"))
        regions = [one for one in found.elements if one.attributes.get("role") == "region"]
        assert all(one.attributes["tabindex"] == "0" for one in regions)
        names = [one.attributes["aria-label"] for one in regions]
        assert len(names) == len(set(names))

    def test_nothing_in_it_leaves_the_file_or_runs(self, html: str) -> None:
        found = read(html)
        names = {one.name for one in found.elements}
        assert not names & {"script", "link", "iframe", "object", "embed", "form", "base", "image"}
        for one in found.elements:
            for name, value in one.attributes.items():
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

    def test_it_promises_nothing_and_advises_nothing(self, html: str) -> None:
        text = " ".join(read(html).parts).lower()
        assert not re.search(r"\b(sterile|safe|safely|diagnos\w*|you should|recommend\w*)\b", text)
        assert "see a clinician" in text

    def test_no_number_is_a_slip(self, html: str) -> None:
        text = " ".join(read(html).parts)
        assert not re.search(r"\bNone \d|nan|inf\b|\{|\}|object at|  ,|\.\.|-\d+ (days|uses)", text)
        for number in re.findall(r' (?:x|y|cx|cy|width|height)="([^"]*)"', html):
            assert float(number) >= -7, number


class TestFarApart:
    def test_a_clock_that_was_set_a_century_ahead_gets_its_page(self, archive: Archive) -> None:
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

    def test_a_head_may_have_seen_any_number_of_uses(self, facts: Facts) -> None:
        (case,) = facts.cases
        heads = [replace(one, head=replace(one.head, uses=9999)) for one in case.heads]
        worn = replace(facts, cases=[replace(case, heads=heads)])
        shown = pictures.shown(facts.photos)
        assert page.html(worn, shown).startswith("<!doctype html>")


class TestSize:
    def test_ten_years_with_a_dozen_photos_stay_small(self, ten: Ten) -> None:
        html = report_of(ten.path, ten.lived.until)
        assert len(read(html).every("img")) == 12
        assert len(html.encode()) < MOST_BYTES

    def test_photos_that_cannot_be_made_small_easily_are_made_smaller(
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

    def test_a_use_each_day_is_still_a_page(self, facts: Facts) -> None:
        rows = []
        for day in range(3600):
            row = facts.uses[day % len(facts.uses)]
            rows.append(moved(row, BORN + day * DAY))
        many = Facts(**{**vars(facts), "rows": rows, "photos": []})
        assert len(page.html(many, {}).encode()) < MOST_BYTES - pictures.MOST_BYTES * 4 / 3

    def test_the_same_is_the_same(self, ten: Ten) -> None:
        assert report_of(ten.path, ten.lived.until) == report_of(ten.path, ten.lived.until)


def moved(row: Row, ended: int) -> Row:
    """Return a row as if it had ended then."""
    session = replace(row.session, ended=ended)
    return replace(
        row, session=session, ended=Moment(ended, ended), began=Moment(ended - 60, ended - 60)
    )


def with_words_of_others(folder: Path, text: str) -> Read:
    """Return the report where everything that can be written from outside says `text`."""
    folder.mkdir()
    picture = folder / "p.jpg"
    Image.new("RGB", (40, 30)).save(picture)
    with open_archive(folder / "a.db", create=True) as archive:
        life = Life(archive, name=text)
        life.use()
        life.sync()
        Life(archive, seed=7, device="0000000000000007", name=f"{text} 2").sync()
        now = life.unix
        told: list[tuple[str, dict[str, object]]] = [
            (diary.REACTION, {}),
            (diary.FOLLOW_UP, {"reaction": 1}),
            (diary.CLINIC, {"needle_um": 0}),
            (diary.PLAN, {"sessions": 3}),
            (diary.NOTE, {}),
            (diary.PHOTO, {"path": str(picture), "sha256": ""}),
            (diary.PHOTO, {"path": f"/nowhere/{text.replace('/', '')}.jpg", "sha256": ""}),
        ]
        with archive.transaction():
            for token, (kind, data) in enumerate(told, 1):
                data |= {"text": text, "signs": [text]}
                archive.diary.keep(Entry(kind, now, text, None, data, token, now))
    found = read(report_of(folder / "a.db", now))
    assert all(char.isprintable() or char == "\n" for char in found.text)
    return found


class TestForeign:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_what_others_wrote_is_shown_and_not_obeyed(self, home: Path, text: str) -> None:
        hostile = with_words_of_others(home / "hostile", text)
        harmless = with_words_of_others(home / "harmless", "harmless")
        assert [(one.name, list(one.attributes)) for one in hostile.elements] == [
            (one.name, list(one.attributes)) for one in harmless.elements
        ]
        shown = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
        assert hostile.text.count(shown) >= harmless.text.count("harmless") - 1  # a file's name
        assert harmless.text.count("harmless") > 15

    def test_notes_are_their_writers_business(self, archive: Archive, home: Path) -> None:
        Life(archive).sync()
        write_down(archive, diary.NOTE, BORN, 3, text="a quiet word")
        html = report_of(home / "rollcase.db", BORN + DAY)
        assert "a quiet word" not in html
        assert "own notes are left out" in html

    @given(st.text(), st.text())
    def test_text_stays_text(self, text: str, value: str) -> None:
        found = read(tag("p", text, class_=value).text)
        (element,) = found.elements
        kept = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
        assert found.text == kept
        assert element.attributes["class"] == " ".join(
            "".join(char if char.isprintable() else " " for char in " ".join(value.split())).split(
                " "
            )
        )

    @given(st.text())
    @example("one line\nand another")
    def test_foreign_text_has_no_say_over_its_line(self, text: str) -> None:
        shown = foreign(text).text
        assert shown.isprintable()
        assert shown.startswith("<bdi>")
        assert shown.endswith("</bdi>")

    def test_only_what_is_called_so_is_markup(self) -> None:
        assert (
            tag("p", "<b>", raw("<b>"), None, ["&", tag("br")]).text
            == "<p>&lt;b&gt;<b>&amp;<br></p>"
        )
        assert isinstance(tag("p", aria_label=None, hidden=True), Markup)
        assert tag("p", aria_label=None, hidden=True, id=False).text == "<p hidden></p>"


class TestPhotos:
    def test_one_that_is_gone_or_changed_is_named(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        for _ in range(3):
            life.photo("face")
            life.wait(DAY)
        files = sorted(home.glob("*.jpg"))
        files[0].unlink()
        Image.new("RGB", (30, 30)).save(files[1])
        files[2].write_bytes(b"no picture")
        found = read(report_of(home / "rollcase.db", life.unix))
        assert f"{files[0].name}: is no longer where it was" in found.text
        assert f"{files[1].name}: changed since it was noted" in found.text
        assert f"{files[2].name}: cannot be read as a picture" in found.text
        assert len(found.every("img")) == 1
        assert str(home) not in found.text

    def test_each_says_how_long_after_a_session_it_was(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        life.photo("face", "before it all")
        life.use()
        life.clean()
        life.wait(3 * DAY)
        life.photo("face")
        life.sync()
        first, second = read(report_of(home / "rollcase.db", life.unix)).every("img")
        assert (first.attributes["alt"] or "").endswith("before any session")
        assert (second.attributes["alt"] or "").endswith("3 days after a session")


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
    def test_text_and_marks_stand_out(self, theme: int) -> None:
        style = resources.files("rollhost.report").joinpath("style.css").read_text("utf-8")
        block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme]
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for ground in ("paper", "card"):
            for text in ("ink", "faint", "accent"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for mark in ("use", "early", "clinic", "reaction", "limit"):
            for ground in ("card", "cell", "against"):
                assert contrast(colours[mark], colours[ground]) >= 3, (mark, ground)


class TestCommand:
    @pytest.fixture
    def here(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder to write in, with the owner's database elsewhere."""
        make_lived_in(home / "rollcase.db")
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
        folder = home / "here"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    def test_it_writes_a_file_for_its_owner_alone(self, host: Host, here: Path) -> None:
        result = host("report")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == (
            "Written to rollcase-report.html. Open it in any browser; nothing in it asks for a"
            " network.\n"
        )
        assert [path.name for path in here.iterdir()] == ["rollcase-report.html"]
        made = here / "rollcase-report.html"
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert "Case bathroom" not in made.read_text("utf-8")  # there is only one
        assert made.read_text("utf-8").endswith("</html>\n")

    def test_it_replaces_a_report_and_nothing_else(self, host: Host, here: Path) -> None:
        assert host("report").returncode == 0
        first = (here / "rollcase-report.html").read_bytes()
        assert host("report", ROLLCASE_NOW="2026-12-21T10:00:00Z").returncode == 0
        assert (here / "rollcase-report.html").read_bytes() != first
        for other in (b"<!doctype html>mine", b'<meta name="generator" content="rollcaser 1">'):
            (here / "rollcase-report.html").write_bytes(other)
            sentence, step = complaint(host("report"), 2)
            assert sentence == "rollcase-report.html is there already."
            assert "--force" in step
            assert (here / "rollcase-report.html").read_bytes() == other
        assert host("report", "--force").returncode == 0
        assert (here / "rollcase-report.html").read_bytes() == first

    def test_a_report_is_known_by_its_beginning(self, host: Host, here: Path) -> None:
        late = b" " * 2000 + b'<meta name="generator" content="rollcase 0">'
        (here / "rollcase-report.html").write_bytes(late)
        complaint(host("report"), 2)
        assert (here / "rollcase-report.html").read_bytes() == late

    def test_the_database_is_never_written_over(self, host: Host, here: Path) -> None:
        before = (here.parent / "rollcase.db").read_bytes()
        sentence, _ = complaint(host("report", "../rollcase.db", "--force"), 2)
        assert sentence == "../rollcase.db is the database itself."
        assert (here.parent / "rollcase.db").read_bytes() == before

    def test_a_full_disk_leaves_what_was_there(self, host: Host, here: Path) -> None:
        assert host("report").returncode == 0
        before = (here / "rollcase-report.html").read_bytes()
        (here.parent / "rollcase.db").unlink()
        with open_archive(here.parent / "rollcase.db", create=True) as archive:
            lives.a_year(archive)
        # What SQLite keeps beside a database has 32 kB.
        sentence, step = complaint(host_with_small_files(36864, "report"))
        assert sentence == "rollcase-report.html cannot be written: File too large."
        assert step.startswith("Nothing of it was kept.")
        assert [path.name for path in here.iterdir()] == ["rollcase-report.html"]
        assert (here / "rollcase-report.html").read_bytes() == before

    def test_it_names_a_case(self, host: Host, here: Path) -> None:
        assert host("report", "--case", "bathroom").returncode == 0
        sentence, step = complaint(host("report", "--case", "kitchen"), 2)
        assert sentence == "There is no case kitchen."
        assert step == "There are: bathroom."

    def test_without_a_case_it_says_what_to_do(self, host: Host, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True):
            pass
        assert complaint(host("report", str(home / "a"))) == (
            "No case was synced yet.",
            "Run sync first.",
        )
        assert not (home / "a").exists()

    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_a_database_that_cannot_be_used_is_said_to_be_so(
        self, host: Host, home: Path, make: object, says: str
    ) -> None:
        assert callable(make)
        make(home / "rollcase.db")
        sentence, _ = complaint(host("report", str(home / "a")))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert not (home / "a").exists()

    def test_report_is_of_one_moment(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        database = here.parent / "rollcase.db"

        def meanwhile(archive: Archive) -> Policies:
            found = read_policies(archive)
            with open_archive(database) as other:
                write_down(other, diary.REACTION, BORN, 77, text="just now", signs=[])
            return found

        with monkeypatch.context() as patch:
            patch.setattr(history, "read_policies", meanwhile)
            assert main(["report"]) == 0
        assert "just now" not in (here / "rollcase-report.html").read_text("utf-8")
        assert "just now" in report_of(database, BORN)


class TestLoading:
    def test_only_the_report_loads_the_report(self, home: Path) -> None:
        for words in (["--version"], ["--help"], ["status"], ["report", "--help"]):
            assert not {name for name in loaded_by(*words) if name.startswith("rollhost.report")}

    def test_a_report_without_photos_loads_no_decoder(self, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        modules = loaded_by("report", str(home / "a.html"))
        assert "rollhost.report.page" in modules
        assert not modules & {"PIL", "rollhost.exchange.photos", "rich", "serial", "icalendar"}
        assert (home / "a.html").exists()
