"""Words of others are shown in a report, and never obeyed."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.host.report_pages import Read, read, report_of, write_down
from tests.host.ten_years import BORN, DAY, Life

from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.report.markup import Markup, foreign, raw, tag

pytestmark = pytest.mark.usefixtures("in_utc")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "\u202eesrever\u202c \u2067x",
    "a\x1b[31mred\x07\x00b\x9b",
    "&lt;not a tag&gt; &amp;",
    "javascript:alert(1)",
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
    def test_hostile_text_is_shown_and_not_executed(self, home: Path, text: str) -> None:
        hostile = with_words_of_others(home / "hostile", text)
        harmless = with_words_of_others(home / "harmless", "harmless")
        assert [(element.name, list(element.attributes)) for element in hostile.elements] == [
            (element.name, list(element.attributes)) for element in harmless.elements
        ]
        shown = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
        assert hostile.text.count(shown) >= harmless.text.count("harmless") - 1  # a file's name
        assert harmless.text.count("harmless") > 15

    def test_private_notes_are_left_out_of_the_report(self, archive: Archive, home: Path) -> None:
        Life(archive).sync()
        write_down(archive, diary.NOTE, BORN, 3, text="a quiet word")
        html = report_of(home / "rollcase.db", BORN + DAY)
        assert "a quiet word" not in html
        assert "Notes are left out" in html

    @given(st.text(), st.text())
    def test_text_in_a_tag_stays_text(self, text: str, value: str) -> None:
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
    def test_foreign_text_cannot_change_its_line(self, text: str) -> None:
        shown = foreign(text).text
        assert shown.isprintable()
        assert shown.startswith("<bdi>")
        assert shown.endswith("</bdi>")

    def test_only_raw_text_and_tags_are_markup(self) -> None:
        assert (
            tag("p", "<b>", raw("<b>"), None, ["&", tag("br")]).text
            == "<p>&lt;b&gt;<b>&amp;<br></p>"
        )
        assert isinstance(tag("p", aria_label=None, hidden=True), Markup)
        assert tag("p", aria_label=None, hidden=True, id=False).text == "<p hidden></p>"
