"""The page for the dermatologist: what to know first, reactions with what came before, photos."""

import re
from pathlib import Path

import pytest
from tests.host.report_pages import facts_of, read, report_of, write_down
from tests.host.ten_years import DAY, HOUR, Life

from rollcore import events, state
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.guidance.reasons import ASKED
from rollhost.guidance.signs import SIGNS
from rollhost.report import page, paper, pictures
from rollhost.report.markup import Markup, tag
from rollhost.report.sections import dermatologist

pytestmark = pytest.mark.usefixtures("in_utc")


def sheet_of(archive: Archive, now: int) -> str:
    """Return the words of the page."""
    markup = tag("div", dermatologist.section(facts_of(archive, now)))
    return " ".join(read(markup.text).text.split())


def rolled(archive: Archive, uses: int) -> Life:
    """Return a life with so many uses, the last one just now."""
    life = Life(archive)
    for number in range(uses):
        if number:
            life.wait(8 * DAY)
        if life.standing().phase == state.HEAD_EXPIRED:
            life.change_head()
        life.use()
        life.clean()
    return life


PRODUCTS = ((1, "retinol"), (2, "tretinoin"), (3, "vitamin-c"))
"""After how many days each was put on the skin."""


class TestReactions:
    def test_reaction_has_the_words_of_its_owner_and_what_came_before(
        self, archive: Archive
    ) -> None:
        life = rolled(archive, 3)
        life.wait(36 * HOUR)
        life.reaction("face", 5, ["spreading"], "red  and\nitchy along the jaw")
        life.sync()
        found = sheet_of(archive, life.unix)
        assert "“red and itchy along the jaw” Spreading redness." in found
        assert (
            "1.5 days after a session at home: 0.25 mm, use 3 of its head, roller soaked before it."
        ) in found
        assert (
            "Seen by a clinician on 24 Jan 2027: “a cream for a week”. Over after 5 days." in found
        )

    def test_reaction_that_nobody_has_seen_says_so(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        write_down(
            archive, diary.REACTION, life.unix + DAY, 7, text="", signs=[], redness=4, pain=0
        )
        found = sheet_of(archive, life.unix + 3 * DAY)
        assert "No warning signs noted. Redness up to 4 of 10. Pain up to 0 of 10." in found
        assert "Not seen by a clinician. Still open, for 2 days." in found
        assert "Not yet seen by a clinician" not in found

    def test_reaction_of_the_last_hour_is_not_counted_in_seconds(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        write_down(archive, diary.REACTION, life.unix + DAY, 7, text="", signs=[])
        assert "Still open, for less than an hour." in sheet_of(archive, life.unix + DAY)

    def test_sign_that_no_clinician_has_seen_stands_first(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        write_down(archive, diary.REACTION, life.unix + DAY, 7, text="", signs=["pus", "fever"])
        found = sheet_of(archive, life.unix + 2 * DAY)
        flag = "Not yet seen by a clinician: pus, fever (face, reaction of 4 Jan 2027)."
        assert flag in found
        assert found.index(flag) < found.index("Reasons against")

    def test_reaction_of_another_area_has_no_session_before(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        life.write_down(diary.REACTION, "neck", text="", signs=[])
        assert "No session of this area before it." in sheet_of(archive, life.unix + DAY)

    def test_reaction_after_a_clinic_says_so(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        life.wait(DAY)
        life.clinic(1500)
        life.wait(2 * DAY)
        life.write_down(diary.REACTION, "face", text="", signs=[])
        assert "2.0 days after a session at a clinic: 1.5 mm." in sheet_of(archive, life.unix)

    def test_use_number_counts_from_the_head_that_was_in_then(self, archive: Archive) -> None:
        life = rolled(archive, 12)  # the tenth use wears a head out
        reacted = []
        for token in (1, 10, 12):
            reacted.append(life.lived.uses[token - 1] + HOUR)
            write_down(archive, diary.REACTION, reacted[-1], token, text="", signs=[])
        life.sync()
        onsets = facts_of(archive, life.unix).onsets
        assert [onset.head_use for onset in onsets] == [1, 10, 2]
        assert [onset.after_s for onset in onsets] == [HOUR] * 3


class TestWhatToKnowFirst:
    def test_reasons_to_ask_a_doctor_stand_with_what_they_mean(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        now = life.unix
        write_down(archive, diary.CHECK, now, 5, reasons=["blood-thinner"], text="warfarin")
        hold = {"reason": events.BLEEDING, "until": 0}
        write_down(archive, diary.HOLD, now + 1, 6, **hold, text="since May")
        found = sheet_of(archive, now + DAY)
        assert "Answered on 3 Jan 2027: blood thinner (“warfarin”)." in found
        first = found[found.index("Ask a doctor first") : found.index("Rules now")]
        assert "since 3 Jan 2027 (“since May”). Needles may bleed and bruise more." in first
        release = {"reason": events.NO_HOLD, "released": events.BLEEDING, "until": 0}
        write_down(archive, diary.HOLD, now + 2, 7, **release, doctor=True, text="Dr. Who")
        found = sheet_of(archive, now + DAY)
        assert re.search(r"Ask a doctor firstA doctor said yes to \S.* \(“Dr. Who”\)\.", found)

    def test_hold_that_heals_is_no_reason_to_ask_a_doctor(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        write_down(archive, diary.HOLD, life.unix, 6, reason=events.SUNBURN, until=0, text="")
        assert "Ask a doctor first" not in sheet_of(archive, life.unix + DAY)

    def test_last_product_of_each_kind_is_named(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        for token, (days, product) in enumerate(PRODUCTS):
            write_down(archive, diary.PRODUCT, life.unix + days * DAY, 5 + token, product=product)
        found = sheet_of(archive, life.unix + 4 * DAY)
        assert (
            "Last of each kind: vitamin C, face, 6 Jan 2027; tretinoin, face, 5 Jan 2027."
        ) in found

    def test_early_uses_are_told_apart_by_what_the_case_could_know(self, archive: Archive) -> None:
        life = rolled(archive, 1)
        life.wait(3 * DAY)
        life.use(early=True)
        life.clean()
        write_down(archive, diary.CLINIC, life.unix + DAY, 5, needle_um=1500, text="")
        life.wait(8 * DAY)
        life.use()
        life.sync()
        found = sheet_of(archive, life.unix)
        assert "Against the rest1 in the last 12 months, 1 in all: 6 Jan 2027." in found
        assert "Early, and not known then1 in the last 12 months, 1 in all: 14 Jan 2027." in found
        assert found.count("(against it)") == found.count("(not known then)") == 1


class TestRoom:
    def test_page_keeps_to_one_sheet_by_leaving_out_the_least(self, archive: Archive) -> None:
        life = rolled(archive, 8)
        said = "It is as red as a sunburn and it itches. " * 30
        write_down(archive, diary.CHECK, life.unix, 40, reasons=list(ASKED), text=said)
        heights = []
        for number in range(8):
            hold = {"reason": events.BLEEDING + number % 4, "until": 0, "text": said}
            write_down(archive, diary.HOLD, life.unix, 60 + number, **hold)
            signs = list(SIGNS)
            write_down(archive, diary.REACTION, life.unix, 50 + number, text=said, signs=signs)
            write_down(archive, diary.PRODUCT, life.unix, 70 + number, product=f"serum {number}")
            section = dermatologist.section(facts_of(archive, life.unix + DAY))
            heights.append(paper.height_px(tag("div", section)))
        assert max(heights) < paper.ROOM_PX + 30  # the line above the sheet is not printed
        found = sheet_of(archive, life.unix + DAY)
        for words in ("Not yet seen by a clinician", "Ask a doctor first", "cannot tell", "…"):
            assert words in found
        assert "The last 6 sessions" not in found

    @pytest.mark.parametrize(
        ("html", "lines"),
        [
            ("<p>short", 1),
            (f"<p>{'word ' * 39}", 2),
            (f"<dt>name<dd>{'word ' * 45}", 3),
            (f"<dt>{'a long name ' * 4}<dd>short", 3),
        ],
    )
    def test_height_grows_with_the_lines(self, html: str, lines: int) -> None:
        assert lines * 16 <= paper.height_px(Markup(f"<div>{html}</div>")) < lines * 16 + 12


class TestPhotosForDoctor:
    def test_photos_are_on_the_page_only_when_asked_for(self, archive: Archive, home: Path) -> None:
        life = Life(archive, photos=home)
        life.photo("face", "x" * 500)
        life.use()
        life.clean()
        life.wait(9 * DAY)
        life.photo("face")
        life.sync()
        without = report_of(home / "rollcase.db", life.unix)
        facts = facts_of(archive, life.unix)
        asked = page.html(facts, pictures.shown(facts.photos), photos_for_doctor=True)
        assert [len(read(html).every("img")) for html in (without, asked)] == [2, 4]
        sheet = asked[asked.index('class="sheet"') :]
        assert "Compared: before any session; 9 days after a session." in read(sheet).text
        assert "x" * 60 not in read(sheet).text
        assert "x" * 59 + "…" in read(sheet).text
