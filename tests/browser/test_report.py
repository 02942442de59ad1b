"""The report as its readers have it: on each screen, by keyboard, by ear."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.browser.conftest import Show
from tests.browser.samples import BREAKS_OUT, REVERSED, SCRIPT, Sample, moment
from tests.browser.view import View
from tests.host.ten_years import Lived

from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.report import charts

CHARTS = ("days", "rest", "soak", "heads", "refused", "skin")
"""The sections that draw something on the screen."""

OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"

# Waits a second at most: a key scrolls by and by.
SCROLLED = """async moved => {
    for (let frame = 0; frame < 60 && !document.activeElement[moved]; frame++)
        await new Promise(requestAnimationFrame);
    return document.activeElement[moved] > 0;
}"""

# How much of what a region holds is hidden to its left and to its right (px).
HIDDEN = """all => all.map(region => {
    const held = region.firstElementChild.getBoundingClientRect();
    const seen = region.getBoundingClientRect();
    return [seen.left - held.left, held.right - seen.right];
})"""

TWICE_AS_LARGE = "document.documentElement.style.fontSize = '200%'"


def day(unix: int) -> date:
    """Return the day on which something was."""
    return moment(unix).date()


def month(unix: int) -> str:
    """Return the month in which something was."""
    return f"{day(unix):%Y-%m}"


def rows_of(view: View, section: str, table: int = 0) -> list[list[str]]:
    """Return the cells of a table of a section, as whoever hears the page is told of them."""
    found = view.page.locator(f"#{section}").get_by_role("table").nth(table)
    cells = "table => [...table.rows].map(row => [...row.cells].map(one => one.innerText.trim()))"
    rows: list[list[str]] = found.evaluate(cells)
    return rows[1:]


class TestOnEachScreen:
    @pytest.mark.parametrize(
        ("name", "scheme"),
        [("new", "light"), ("a_year", "light"), ("a_year", "dark"), ("several", "dark")],
    )
    def test_report_passes_the_accessibility_check(
        self, samples: dict[str, Sample], show: Show, name: str, scheme: str
    ) -> None:
        view = show(samples[name].page, color_scheme=scheme)
        view.page.evaluate(OPEN)
        view.expect_accessible()

    def test_report_of_ten_years_passes_the_accessibility_check(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        show(samples["ten_years"].page).expect_accessible()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_contrast_of_the_report_text_was_measured(
        self, samples: dict[str, Sample], show: Show, scheme: str
    ) -> None:
        view = show(samples["a_month"].page, color_scheme=scheme)
        view.page.evaluate(OPEN)
        view.expect_accessible()  # loads axe
        unsure, measured = view.page.evaluate(
            "() => axe.run('main', { runOnly: 'color-contrast' }).then(found => ["
            "    found.incomplete.flatMap(one => one.nodes.map(node => node.html)),"
            "    found.passes[0].nodes.map(node => node.any[0].data.bgColor)])"
        )
        assert all(
            element.startswith("<text") for element in unsure
        )  # of a drawing: see tests/host/report/test_page.py
        own = {
            "#{:02x}{:02x}{:02x}".format(*map(int, re.findall(r"\d+", colour)))
            for colour in view.page.locator("body, section, .sheet").evaluate_all(
                "all => all.map(one => getComputedStyle(one).backgroundColor)"
            )
        }
        assert all((colour < "#8") == (scheme == "dark") for colour in own)
        assert sum(colour in own for colour in measured) > 0.9 * len(measured) > 90

    @pytest.mark.parametrize("name", ["new", "ten_years", "several", "hostile"])
    def test_report_fits_each_window(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        view = show(samples[name].page)
        view.expect_to_fit()
        view.page.evaluate(OPEN)
        view.expect_to_fit()
        view.page.evaluate(TWICE_AS_LARGE)
        view.expect_to_fit()

    def test_report_fits_a_phone(self, samples: dict[str, Sample], show: Show) -> None:
        show(samples["a_year"].page, phone=True).expect_to_fit(320)

    @pytest.mark.parametrize("name", ["two_months", "a_year", "ten_years"])
    def test_narrow_report_shows_the_newest_of_each_chart(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        view = show(samples[name].page, width=360)
        hidden = view.page.locator(".newest").evaluate_all(HIDDEN)
        assert len(hidden) > 4
        assert all(right <= 1 for _, right in hidden)
        assert any(left > 100 for left, _ in hidden)
        folded = view.page.locator(".scroll:not(.newest)").evaluate_all(HIDDEN)
        assert all(left <= 1 for left, _ in folded)


class TestByKeyboard:
    def test_tab_reaches_everything_from_top_to_bottom(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        view = show(samples["a_year"].page, width=320)
        view.page.evaluate(OPEN)
        stops = view.expect_keyboard()
        in_order = view.page.evaluate(
            "() => [...document.querySelectorAll('a, summary, [tabindex]')].map(rollcaseNamed)"
        )
        assert stops == in_order
        held = view.page.evaluate(
            "() => [...document.querySelectorAll('*')].filter(one =>"
            "    /auto|scroll/.test(getComputedStyle(one).overflow)"
            "    && (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight))"
            ".map(rollcaseNamed)"
        )
        assert len(held) > 10
        assert set(held) <= set(stops)

    def test_first_tab_skips_to_the_report(self, samples: dict[str, Sample], show: Show) -> None:
        view = show(samples["a_month"].page)
        skip = view.page.get_by_role("link", name="Skip")
        assert (skip.bounding_box() or {"y": 0})["y"] < 0
        view.page.keyboard.press("Tab")
        assert (skip.bounding_box() or {"y": -1})["y"] >= 0
        view.page.keyboard.press("Enter")
        view.page.keyboard.press("Tab")
        assert view.page.evaluate("document.activeElement.closest('main') !== null")

    def test_each_link_leads_to_its_section(self, samples: dict[str, Sample], show: Show) -> None:
        view = show(samples["a_month"].page)
        links = view.page.get_by_role("navigation").get_by_role("link").all()
        sections = view.page.locator("main > section").all()
        assert len(links) == len(sections) > 8
        for link, section in zip(links, sections, strict=True):
            link.press("Enter")
            heading = section.get_by_role("heading", level=2)
            assert heading.inner_text() == link.inner_text()
            box = heading.bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 800

    def test_folded_part_opens_and_scrolls(self, samples: dict[str, Sample], show: Show) -> None:
        view = show(samples["ten_years"].page, width=320)
        view.page.locator("#rest summary").press("Enter")
        view.page.keyboard.press("Tab")
        for key, moved in ("ArrowDown", "scrollTop"), ("ArrowRight", "scrollLeft"):
            view.page.keyboard.press(key)
            assert view.page.evaluate(SCROLLED, moved)


class TestByEar:
    @pytest.mark.parametrize("name", ["new", "several"])
    def test_headings_are_in_order_and_landmarks_exist(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        tree = show(samples[name].page).tree()
        levels = [int(level) for level in re.findall(r"- heading .*\[level=(\d)\]", tree)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        outermost = re.findall(r"^- (\w+)", tree, re.MULTILINE)
        assert outermost == ["link", "banner", "main", "contentinfo"]
        assert "- navigation" in tree
        regions = re.findall(r'^  - region "(.+)":$', tree, re.MULTILINE)
        assert regions == re.findall(r'^    - heading "(.+)" \[level=2\]$', tree, re.MULTILINE)

    @pytest.mark.parametrize("name", ["a_year", "several"])
    def test_each_chart_has_a_name_a_sentence_and_a_table(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        view = show(samples[name].page)
        view.page.evaluate(OPEN)
        names: list[str] = []
        for section in CHARTS:
            part = view.page.locator(f"#{section}")
            drawn = part.locator("svg:not([aria-hidden])").all()
            assert not drawn or part.get_by_role("table").count(), section
            for chart in drawn:
                assert chart.get_attribute("role") == "img"
                names.append(chart.get_attribute("aria-label") or "")
                says = view.page.locator(f"#{chart.get_attribute('aria-describedby')}")
                assert re.search(r"\d|\bno", says.inner_text()), section
        assert len(names) > 5
        assert all(names)
        assert len(set(names)) == len(names)

    def test_neighbouring_words_do_not_run_into_each_other(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        tree = show(samples["a_year"].page).tree()
        assert "10 times" in tree
        assert not re.findall(r"\b(?:times|uses|days|minutes|hours)[a-z0-9]+", tree)
        assert not re.findall(r"\b20\d\d\d+", tree)

    def test_each_folded_part_has_its_own_name(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        folds = show(samples["several"].page).page.locator("summary")
        seen = folds.all_text_contents()
        names = folds.evaluate_all("all => all.map(one => one.ariaLabel || one.textContent)")
        assert len(set(names)) == len(names) > 4
        # Who speaks to the page says what there is to be seen (WCAG 2.5.3).
        assert all(name.startswith(shown) for name, shown in zip(names, seen, strict=True))


class TestNumbers:
    """Of ten years: what is shown is what was done."""

    @pytest.fixture
    def view(self, samples: dict[str, Sample], show: Show) -> View:
        """The page with everything open."""
        view = show(samples["ten_years"].page)
        view.page.evaluate(OPEN)
        return view

    @pytest.fixture
    def lived(self, samples: dict[str, Sample]) -> Lived:
        """What was done."""
        return samples["ten_years"].lived

    def test_each_calendar_day_has_its_mark(
        self, samples: dict[str, Sample], view: View, lived: Lived
    ) -> None:
        found: dict[str, set[date]] = {}
        for chart in view.page.locator("#days svg.calendar").all():
            label = re.search(r"\d{4}", chart.get_attribute("aria-label") or "")
            assert label is not None
            first = date(int(label[0]), 1, 1)
            monday = first - timedelta(first.weekday())
            seen = chart.evaluate(PLACES)
            for mark, column, row in seen:
                on = monday + timedelta(7 * round(column) + round(row))
                assert abs(column - round(column)) + abs(row - round(row)) < 0.2, (mark, on)
                found.setdefault(mark.removeprefix("#m-"), set()).add(on)
        with open_archive(samples["ten_years"].page.with_name("rollcase.db")) as archive:
            uses = {
                day(session.ended)
                for session in history.read(archive).sessions
                if session.use is not None
            }
        early = {day(at) for at in lived.early}
        assert found.pop(charts.EARLY) == early
        assert found.pop(charts.CLINIC) == {day(at) for at in lived.clinics}
        assert found.pop(charts.REACTION) == {day(at) for at in lived.reactions}
        assert found.pop(charts.USE) == uses - early
        assert not found

    def test_calendar_has_a_square_for_each_recorded_day(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        page = show(samples["a_year"].page).page
        squares = page.locator("#days [fill='url(#grid)']").evaluate_all(SQUARES)
        assert squares == [366]  # from the third of January 2027 to that of 2028

    def test_calendar_has_only_the_months_of_the_record(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        page = show(samples["two_months"].page).page
        charts_drawn = page.locator("#days svg.calendar")
        named = charts_drawn.evaluate_all("all => all.map(one => one.ariaLabel)")
        assert [name.split(",")[0] for name in named] == ["Calendar of 2027", "Calendar of 2026"]
        months = charts_drawn.evaluate_all(MONTHS_NAMED)
        assert months == [["Jan"], ["Dec"]]
        assert sum(page.locator("#days [fill='url(#grid)']").evaluate_all(SQUARES)) == 61 + 1

    def test_months_count_their_sessions(self, view: View, lived: Lived) -> None:
        told = lived.uses, lived.early, lived.clinics, lived.reactions
        counts = [Counter(map(month, moments)) for moments in told]
        months = sorted(
            {month_counted for count in counts for month_counted in count}, reverse=True
        )
        assert rows_of(view, "days") == [
            [name, *(str(count[name]) for count in counts)] for name in months
        ]

    def test_years_count_the_rests_that_were_kept(self, view: View, lived: Lived) -> None:
        every, early = (
            Counter(day(at).year for at in moments) for moments in (lived.uses, lived.early)
        )
        assert rows_of(view, "rest") == [
            [str(year), str(every[year]), str(every[year] - early[year]), str(early[year])]
            for year in sorted(every, reverse=True)
        ]
        marks = view.page.locator(f"#rest .scroll use[href='#m-{charts.EARLY}']")
        assert dots(view, "rest") + marks.count() == len(lived.uses) - 1
        assert marks.count() == len(lived.early)

    def test_late_soaks_are_shown_as_late(self, view: View, lived: Lived) -> None:
        told = rows_of(view, "soak")
        late = [row[0] for row in told if "late" in row[-1]]
        assert len(told) == len(lived.uses)
        # After a power cut it is later by the hours without, which the person does not count.
        known = {row[0] for row in told if "±" not in row[0]}
        lived_late = {f"{moment(at):%Y-%m-%d %H:%M}" for at in lived.late}
        assert lived_late & known == set(late) & known
        assert len(lived_late & known) > 20
        marks = view.page.locator(f"#soak .scroll use[href='#m-{charts.LATE}']")
        assert marks.count() == len(late)
        assert dots(view, "soak") == len(told) - len(late)

    def test_heads_are_shown_with_their_uses(self, view: View, lived: Lived) -> None:
        told = [int(row[2].split()[0]) for row in rows_of(view, "heads")]
        assert told == lived.heads[::-1]
        drawn = view.page.locator("#heads .scroll rect.head")
        heights = drawn.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        per_use = [high / uses for high, uses in zip(heights, lived.heads, strict=True)]
        assert max(per_use) < 1.2 * min(per_use)

    def test_refusals_are_counted_by_reason(self, view: View, lived: Lived) -> None:
        columns = list(zip(*rows_of(view, "refused"), strict=True))[1:]
        *refused, against = [sum(map(int, column)) for column in columns]
        assert sorted(refused) == sorted(lived.refused.values())
        assert against == len(lived.early)
        bars = view.page.locator("#refused .scroll rect")
        assert bars.count() == sum(cell != "0" for column in columns for cell in column)

    def test_all_reactions_and_holds_are_shown(self, view: View, lived: Lived) -> None:
        reactions, holds = rows_of(view, "skin", 0), rows_of(view, "skin", 1)
        assert [row[0][:10] for row in reactions] == [f"{day(at)}" for at in lived.reactions[::-1]]
        assert len(holds) == lived.holds
        assert view.page.locator("#skin .scroll rect").count() == len(reactions) + len(holds)

    def test_dozen_photos_are_visible(self, view: View, lived: Lived) -> None:
        assert len(lived.photos) > 12
        seen = "all => all.filter(one => one.complete && one.naturalWidth > 100).length"
        assert view.page.locator("#photos").get_by_role("img").evaluate_all(seen) == 12
        alone = view.page.locator("#photos .pair figure").all()
        first, newest = (photo.bounding_box() for photo in alone)
        assert first is not None
        assert newest is not None
        assert first["y"] == newest["y"]
        assert first["x"] + first["width"] < newest["x"]


# How many squares each calendar has.
SQUARES = f"""all => all.map(grid => {{
    let squares = 0;
    for (let column = 0; column < 64; column++)
        for (let row = 0; row < 7; row++)
            squares += grid.isPointInFill(
                new DOMPoint({charts.PITCH} * column + 6, {charts.PITCH} * row + 6));
    return squares;
}})"""

MONTHS_NAMED = """all => all.map(chart => [...chart.querySelectorAll("text")]
    .map(one => one.textContent).filter(text => !/day|Mon|Wed|Fri|Sun/.test(text)))"""

# Which marks a calendar shows, and the column and the row of each, reckoned from the labels that
# stand beside them.
PLACES = """chart => {
    const box = one => one.getBoundingClientRect();
    const middle = (one, side, length) => box(one)[side] + box(one)[length] / 2;
    const texts = [...chart.querySelectorAll("text")];
    const [monday, sunday] = ["Mon", "Sun"].map(day =>
        middle(texts.find(one => one.textContent === day), "y", "height"));
    const pitch = (sunday - monday) / 6;
    const grid = box(chart.querySelector("[fill='url(#grid)']"));
    return [...chart.querySelectorAll("use")].filter(one => one.checkVisibility()).map(one => [
        one.getAttribute("href"),
        (middle(one, "x", "width") - grid.x) / pitch - 0.4,
        (middle(one, "y", "height") - monday) / pitch,
    ]);
}"""


def dots(view: View, section: str) -> int:
    """Return how many ordinary values a chart draws: each by itself, or all in one path."""
    path = view.page.locator(f"#{section} .scroll path.dots").get_attribute("d") or ""
    return path.count("M") + view.page.locator(f"#{section} .scroll .dot").count()


class TestHostileWords:
    def test_hostile_words_are_shown_and_not_executed(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        view = show(samples["hostile"].page)
        view.page.evaluate(OPEN)
        text = view.page.locator("body").inner_text()
        for words in (SCRIPT, BREAKS_OUT, "desrever"):
            assert words in text
        assert not set(text) & set(REVERSED) - set("desrever")
        assert "mine" not in view.page.title()
        assert view.page.locator("script, img[src=x], svg img").count() == 0
        assert view.page.locator("main > section").count() == 14

    def test_report_file_may_have_any_name(
        self, samples: dict[str, Sample], show: Show, tmp_path: Path
    ) -> None:
        folder = tmp_path / "my skin, 100%"
        folder.mkdir()
        file = folder / "what now? #1 &c.html"
        file.write_bytes(samples["a_month"].page.read_bytes())
        view = show(file)
        view.page.get_by_role("navigation").get_by_role("link").last.click()
        assert view.page.url.startswith(f"{view.address}#")
        assert view.page.evaluate("scrollY") > 0
