"""Nothing claims a soak that is switched off: every phase, with each soak switched off or both."""

import re

import pytest
from tests.host.logbook import rules_for
from tests.host.report_pages import facts_of
from tests.host.status_logs import begun, in_phase, told_now

from rollcore import state
from rollhost.database.archive import Archive
from rollhost.exchange.export_calendar import planned
from rollhost.history import history
from rollhost.history.summary import Summary
from rollhost.output.status import case_document, case_lines, headline
from rollhost.report import page

PHASES = [
    state.RESTING,
    state.PREPARE,
    state.SOAKING,
    state.DRYING,
    state.READY,
    state.ASKING,
    state.IN_USE,
    state.CLEAN_ME,
    state.HEAD_EXPIRED,
    state.HELD,
]
"""What a case is brought into; without the soak, some of them are another phase then."""

BEFORE, AFTER = "soak_before_min", "soak_after_min"
LEFT_OUT = [(BEFORE,), (AFTER,), (BEFORE, AFTER)]

EVERY_PHASE = [
    pytest.param(
        phase, off, id=f"{phase} without {' and '.join(name.split('_')[1] for name in off)}"
    )
    for phase in PHASES
    for off in LEFT_OUT
]


def judged(archive: Archive, phase: str, off: tuple[str, ...], later_s: int) -> Summary:
    """Return a case in a phase, by rules that leave these soaks out, so much later."""
    book = begun(archive, rules_for(250, **dict.fromkeys(off, 0)))
    in_phase(book, phase)
    return told_now(archive, book, later_s)


@pytest.mark.parametrize("later_s", [0, 700, 7 * 86400, 9 * 86400])
@pytest.mark.parametrize(("phase", "off"), EVERY_PHASE)
def test_status_claims_no_soak_that_is_switched_off(
    archive: Archive, phase: str, off: tuple[str, ...], later_s: int
) -> None:
    about = judged(archive, phase, off, later_s)
    says = headline(about)
    assert case_document(about)["says"] == says
    is_ready = about.standing.phase == state.READY
    if BEFORE in off:
        assert "disinfected" not in says
        assert is_ready is ("switched off" in says)
    for line in case_lines(about):
        claimed = line.replace("not disinfected", "")
        if BEFORE in off:
            assert "disinfected before" not in claimed
        if AFTER in off:
            assert "disinfected after" not in claimed
            assert "before and after" not in claimed or "switched off" in claimed
        if "isinfected" in claimed and not line.startswith("             "):
            assert is_ready or "switched off" in line
    if about.last_use is not None:
        assert [line for line in case_lines(about) if "it was switched off" in line] or [
            line for line in case_lines(about) if "it were switched off" in line
        ]


@pytest.mark.parametrize(("phase", "off"), EVERY_PHASE)
def test_report_and_calendar_claim_no_soak_that_is_switched_off(
    archive: Archive, phase: str, off: tuple[str, ...]
) -> None:
    about = judged(archive, phase, off, 7200)
    html = page.html(facts_of(archive, about.now), {})
    text = re.sub(r"<[^>]+>", " ", html.partition('id="words"')[0])
    assert "in time" not in text
    if about.last_use is not None:
        for name, way in ((BEFORE, "Before"), (AFTER, "After")):
            is_off = name in off
            assert is_off is (f"The soak {way.lower()} a use was switched off." in text)
            claim = {"Before": "the roller had had its soak", "After": "the soak began"}[way]
            assert is_off is (claim not in text)
    for event in planned(history.read(archive), about.now):
        if event.title.startswith("Face: the next use") and not event.cancelled:
            assert (BEFORE in off) is ("Soak the roller first" not in event.text)
            assert (BEFORE in off) is ("The soak before a use is switched off." in event.text)


def test_report_names_numbers_beyond_the_bounds(archive: Archive) -> None:
    book = begun(archive, rules_for(250, rest_h=72, short_rest=1))
    text = page.html(facts_of(archive, told_now(archive, book).now), {})
    assert "rest is 3 days: since 27 Nov 2026 5 days is the least that can be set" in text


def test_report_counts_the_uses_for_which_a_soak_was_switched_off(archive: Archive) -> None:
    book = begun(archive, rules_for(250))
    book.use()
    book.set_rules(rules_for(250, **{BEFORE: 0, AFTER: 0}), kept=1)
    book.wait(8 * 86400)
    book.begin()
    book.end()
    about = told_now(archive, book)
    text = page.html(facts_of(archive, about.now), {})
    assert "the roller had had its soak; for 1 use more it was switched off." in text
    assert "the soak began within 60 minutes; for 1 use more it was switched off." in text
