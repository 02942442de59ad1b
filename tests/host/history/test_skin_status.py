"""What concerns the skin and no case in particular: reactions, aftercare, courses."""

from datetime import datetime

import pytest
from tests.host.logbook import DAY, HOUR, Logbook, rules_for

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.guidance.windows import REDNESS, windows
from rollhost.history import case_status, history, skin_status
from rollhost.history.skin_status import Skin
from rollhost.output.status import skin_document, skin_lines

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""


def write(archive: Archive, kind: str, at: int, zone: str | None = None, **data: object) -> Entry:
    """Write into the diary, at `NOW`."""
    with archive.transaction():
        return archive.diary.add(Entry(kind, at, zone, data=data), NOW)


def look(archive: Archive, now: int = NOW) -> Skin:
    """Look at the skin at a Unix time (s), with all that every case knows."""
    cases = case_status.summarise_all(history.read(archive), now)
    return skin_status.look(history.read(archive), cases, now)


def rows(found: Skin, name: str) -> list[dict[str, object]]:
    """Return the rows of this name in the document."""
    listed = skin_document(found)[name]
    assert isinstance(listed, list)
    return listed


def moment(text: object) -> int:
    """Return the Unix time (s) of a moment in a document."""
    return int(datetime.fromisoformat(str(text)).timestamp())


def test_skin_without_events_has_no_lines(archive: Archive) -> None:
    found = look(archive)
    assert skin_lines(found) == []
    assert skin_document(found) == {
        "reactions": [],
        "watches": [],
        "healed": [],
        "dark_spots": [],
        "lumps": [],
        "alcohol": None,
        "products": [],
        "aftercare": [],
        "courses": [],
    }


GONE = "             once it is gone: reaction over"


class TestReactions:
    def test_reaction_is_shown_until_it_is_over(self, archive: Archive) -> None:
        began = write(archive, diary.REACTION, NOW - HOUR, "neck", text="red", signs=[])
        found = look(archive)
        assert skin_lines(found) == [
            "Reaction     since today 09:00, neck: look again tomorrow 09:00",
            GONE,
        ]
        (row,) = rows(found, "reactions")
        assert (moment(row["since"]), row["zone"], row["signs"]) == (NOW - HOUR, "neck", [])
        assert row["look_due"] == "2026-11-22T09:00:00+00:00"
        write(archive, diary.REACTION_OVER, NOW, "neck", reaction=began.token)
        assert look(archive).reactions == []

    def test_signs_of_worse_send_to_a_clinician(self, archive: Archive) -> None:
        write(archive, diary.REACTION, NOW - DAY, None, text="", signs=["pus", "fever"])
        assert skin_lines(look(archive)) == [
            "Reaction     since yesterday 10:00: see a clinician",
            GONE,
        ]

    def test_two_reactions_are_two_lines_with_one_label(self, archive: Archive) -> None:
        write(archive, diary.REACTION, NOW - DAY, "face", signs=[])
        write(archive, diary.REACTION, NOW - HOUR, "neck", signs=[])
        assert skin_lines(look(archive)) == [
            "Reaction     since yesterday 10:00, face: look again Mon 23 Nov 2026, 10:00",
            "             since today 09:00, neck: look again tomorrow 09:00",
            GONE,
        ]


class TestAftercare:
    def test_open_aftercare_windows_are_shown_in_order_of_their_ends(
        self, archive: Archive
    ) -> None:
        write(archive, diary.CLINIC, NOW, "face", needle_um=250)
        found = look(archive, NOW + HOUR)
        assert [advice.window.key for advice in found.aftercare] == [
            "make-up", "exercise", "water", "actives", "sun", "cleanser",
        ]  # fmt: skip
        told = skin_lines(found)
        assert told[0] == "Aftercare    no make-up, no touching, until tomorrow 10:00"
        assert told[-1] == "             a gentle cleanser, and pat dry, until Sat 28 Nov 2026"
        assert len(told) == 6

    def test_aftercare_window_ends_at_the_shown_time(self, archive: Archive) -> None:
        write(archive, diary.CLINIC, NOW, "face", needle_um=250)
        assert "make-up" in skin_lines(look(archive, NOW + DAY - 1))[0]
        assert "make-up" not in "".join(skin_lines(look(archive, NOW + DAY)))
        assert "sunscreen" in skin_lines(look(archive, NOW + DAY))[-1]

    def test_later_aftercare_of_two_zones_is_shown_and_json_has_both(
        self, archive: Archive
    ) -> None:
        write(archive, diary.CLINIC, NOW - DAY, "face", needle_um=1500)
        write(archive, diary.CLINIC, NOW - HOUR, "neck", needle_um=250)
        found = look(archive)
        (told,) = [row for row in skin_lines(found) if "no make-up" in row]
        assert told.endswith("until tomorrow 10:00")  # 48 hours after the first
        both = [
            (row["zone"], moment(row["until"]) - NOW)
            for row in rows(found, "aftercare")
            if row["key"] == "make-up"
        ]
        assert both == [("neck", 23 * HOUR), ("face", DAY)]

    def test_use_at_home_opens_aftercare_windows(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.set_rules(rules_for(250))
        ended = book.use()
        book.keep()
        (first, *_) = look(archive, book.now).aftercare
        assert first.window.end == ended + DAY
        assert first.session.zone == "face"

    def test_aftercare_names_fit_a_line(self) -> None:
        names = {window.key: window.name for window in windows(NOW, 500)}
        del names["actives"]  # lists what it means, and takes two lines
        longest = max(map(len, names.values()))
        assert 13 + longest + len(", until Wed 28 Sep 2026, 10:00") <= 80

    @pytest.mark.parametrize(
        ("after_h", "line"),
        [
            (73, "Check by tomorrow: is redness or soreness gone? If not: host reaction open"),
            (90, "Check today: is redness or soreness gone? If not: host reaction open"),
        ],
    )
    def test_redness_is_asked_for_and_answered_with_a_command(
        self, archive: Archive, after_h: int, line: str
    ) -> None:
        write(archive, diary.CLINIC, NOW, "face", needle_um=250)
        assert f"Aftercare    {line}" in [
            told.replace("             ", "Aftercare    ", 1)
            for told in skin_lines(look(archive, NOW + after_h * HOUR))
        ]

    @pytest.mark.parametrize("kind", [diary.REACTION, diary.WATCH])
    def test_redness_is_not_asked_for_while_somebody_keeps_an_eye_on_it(
        self, archive: Archive, kind: str
    ) -> None:
        asked = NOW + 73 * HOUR
        for zone in ("face", "neck"):
            write(archive, diary.CLINIC, NOW, zone, needle_um=250)
        write(archive, kind, NOW + DAY, "face", text="red")
        open_now = look(archive, asked).aftercare
        assert [due.session.zone for due in open_now if due.window.key == REDNESS] == ["neck"]
        write(archive, diary.CLINIC, NOW + 2 * DAY, "face", needle_um=250)
        again = look(archive, NOW + 2 * DAY + 73 * HOUR).aftercare
        assert REDNESS in [due.window.key for due in again if due.session.zone == "face"]

    @pytest.mark.parametrize(("after_h", "asks"), [(30, True), (72, False)])
    def test_redness_is_asked_for_unless_it_was_said_to_be_over_after_three_days(
        self, archive: Archive, after_h: int, asks: bool
    ) -> None:
        write(archive, diary.CLINIC, NOW, "face", needle_um=250)
        began = write(archive, diary.WATCH, NOW + HOUR, "face")
        write(archive, diary.WATCH_OVER, NOW + after_h * HOUR, "face", reaction=began.token)
        found = look(archive, NOW + 73 * HOUR).aftercare
        assert (REDNESS in [due.window.key for due in found]) is asks


class TestCourses:
    def test_plan_shows_progress_and_next_session(self, archive: Archive) -> None:
        write(archive, diary.PLAN, NOW - 40 * DAY, "face", sessions=4)
        write(archive, diary.CLINIC, NOW - 30 * DAY, "face", needle_um=1500)
        found = look(archive, NOW - 20 * DAY)
        told = skin_lines(found)[-1]
        assert told == "Course       1 of 4 sessions, face; the next from 22 Nov 2026 on"
        (row,) = rows(found, "courses")
        assert (row["zone"], row["sessions"], row["done"]) == ("face", 4, 1)
        assert row["next"] == "2026-11-22T10:00:00+00:00"
        due = skin_lines(look(archive, NOW + 2 * DAY))[-1]
        assert due == "Course       1 of 4 sessions, face; the next was due on 22 Nov 2026"

    def test_planned_session_is_due_from_the_shown_moment(self, archive: Archive) -> None:
        write(archive, diary.PLAN, NOW, None, sessions=3)
        assert skin_lines(look(archive, NOW - 1)) == [
            "Course       0 of 3 sessions; the next from 21 Nov 2026 on"
        ]
        assert skin_lines(look(archive, NOW)) == [
            "Course       0 of 3 sessions; the next is due today"
        ]

    def test_completed_plan_is_shown_as_completed(self, archive: Archive) -> None:
        write(archive, diary.PLAN, NOW - 200 * DAY, "face", sessions=3)
        for days in (190, 150, 110):
            write(archive, diary.CLINIC, NOW - days * DAY, "face", needle_um=1500)
        (told,) = skin_lines(look(archive))
        assert told == "Course       all 3 sessions done, face; the next from 3 Aug 2027 on"

    def test_next_planned_session_waits_for_the_rest(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.set_rules(rules_for(1000, "face", "neck"))
        ended = book.use(1)
        book.keep()
        write(archive, diary.PLAN, NOW, "neck", sessions=4)
        (plan,) = look(archive, book.now).plans
        assert plan.next_at == ended + 42 * DAY


class TestRested:
    def test_zone_of_two_cases_has_rested_when_both_cases_say_so(self, archive: Archive) -> None:
        ends = {}
        for device, needle_um, zones in (
            ("aa00", 500, ("face", "neck")),
            ("bb00", 250, ("neck", "hands")),
        ):
            book = Logbook(archive, NOW, device)
            book.set_clock()
            book.set_rules(rules_for(needle_um, *zones))
            ends[device] = book.use(zones.index("neck"))
            book.keep()
        now = NOW + 2 * DAY
        cases = case_status.summarise_all(history.read(archive), now)
        assert skin_status.rested(cases) == {"face": 0, "neck": ends["aa00"] + 28 * DAY, "hands": 0}
        # The other case is told of the use with longer needles.
        assert skin_status.rested(cases[1:]) == {"neck": ends["aa00"] + 28 * DAY, "hands": 0}
        assert skin_status.rested(cases[::-1]) == skin_status.rested(cases)

    def test_open_reaction_leaves_no_date_for_the_next_use(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.write(events.REACTION, open=1, at=0, token=5)
        book.keep()
        assert skin_status.rested(
            [case_status.summarise(history.read(archive), book.case, NOW)]
        ) == {"face": 0}


class TestLater:
    def test_watch_dark_spots_and_lumps_have_a_line_each(self, archive: Archive) -> None:
        write(archive, diary.WATCH, NOW - HOUR, "face", text="tight")
        write(archive, diary.CLINIC, NOW - 43 * DAY, "face", needle_um=1500)
        began = write(archive, diary.REACTION, NOW - 9 * DAY, "neck")
        write(archive, diary.REACTION_OVER, NOW - DAY, "neck", reaction=began.token)
        found = look(archive)
        lines = skin_lines(found)
        start = "Watch        since today 09:00, face"
        (place,) = [number for number, line in enumerate(lines) if line.startswith(start)]
        assert lines[place + 1] == GONE
        (lump,) = [line for line in lines if "a lump or a sore that does not heal (neck)" in line]
        assert "see a clinician" in lump
        document = skin_document(found)
        assert [len(document[name]) for name in ("watches", "lumps")] == [1, 1]  # type: ignore[arg-type]
        assert document["dark_spots"] == []  # somebody has written something down since

    def test_dark_spots_have_a_line_six_weeks_after_a_session(self, archive: Archive) -> None:
        write(archive, diary.CLINIC, NOW - 43 * DAY, "face", needle_um=1500)
        (line,) = [line for line in skin_lines(look(archive)) if "darker spots (face)" in line]
        assert line.startswith("Look for     ")
        assert "out of the sun" in line
