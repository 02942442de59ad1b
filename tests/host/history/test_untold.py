"""What of the diary a case still has to be told, and in which words."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcore import events, messages, policy, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollcore.messages import Message
from rollcore.reactions import needs_clinician
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.guidance.reasons import HOLDING
from rollhost.history.logs import mark_of
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.telling import Telling
from rollhost.history.untold import NEWS_S, TOLD, is_told, open_reactions, telling, untold

NOW = 1_800_000_000
DAY = 86400

ZONES = ("face", "neck")

CASES = (1, 2)


def message_of(entry: Entry, zones: Sequence[str] = ZONES) -> Telling:
    """Return the message that tells a case with these zones of an entry."""
    message = telling(entry, zones)
    assert message is not None
    return message


@st.composite
def diaries(draw: st.DrawFn) -> list[Entry]:
    """Return what may be in a diary: reactions end once, and after they began."""
    found: list[Entry] = []
    for token in range(1, draw(st.integers(0, 12)) + 1):
        kind = draw(st.sampled_from([*TOLD, diary.NOTE]))
        at = NOW - draw(st.sampled_from([0, 60, 3 * DAY, NEWS_S - 1, NEWS_S, NEWS_S + DAY]))
        zone = draw(st.sampled_from([None, *ZONES, "knee"]))
        case_id = draw(st.sampled_from(CASES)) if kind in (diary.HEAD, diary.HEAD_OUT) else None
        data: dict[str, object] = {"text": draw(st.text(max_size=5))}
        if kind in (diary.REACTION, diary.FOLLOW_UP):
            data["signs"] = draw(st.sampled_from([[], ["pus"]]))
        if kind in (diary.REACTION_OVER, diary.FOLLOW_UP, diary.SAW):
            # A look and a visit may be about one that another computer has closed meanwhile.
            about = [entry for entry in found if entry.kind == diary.REACTION]
            about = open_reactions(found) if kind == diary.REACTION_OVER else about
            if not about:
                continue
            began = draw(st.sampled_from(about))
            data["reaction"] = began.token
            at, zone = max(at, began.at), began.zone
        if kind == diary.HOLD:
            data["reason"] = draw(
                st.sampled_from([0, *(reason.hold for reason in HOLDING.values())])
            )
            data["until"] = draw(st.sampled_from([0, NOW - DAY, NOW + DAY]))
        if kind == diary.HEAD_OUT:
            data["reason"] = draw(st.integers(events.HEAD_SAID, events.HEAD_OTHER))
        if kind == diary.CLINIC:
            data["needle_um"] = draw(st.sampled_from([0, 50, 1500, 5000]))
        found.append(Entry(kind, at, zone, case_id, data, token, at))
    return sorted(found, key=lambda entry: (entry.written_at, entry.token))


def tokens(entries: list[Entry]) -> set[int]:
    return {entry.token for entry in entries}


def folded(told: list[Entry], before: State | None = None, known: Sequence[Entry] = ()) -> State:
    """Return the state of a case after it was told these; `known` is the whole diary."""
    after = before or State()
    red = [reaction.began.token for reaction in waiting_for_clinician(known)]
    for entry in told:
        is_all_seen = bool(after.red_unnamed) and not red
        message = telling(entry, ZONES, is_all_seen=is_all_seen)
        assert message is not None
        after = state.fold(after, message.event(after, NOW - CASE_EPOCH))
    return after


class TestUntold:
    @given(entries=diaries(), case_id=st.sampled_from(CASES))
    def test_case_that_has_every_token_is_told_nothing(
        self, entries: list[Entry], case_id: int
    ) -> None:
        assert untold(entries, {case_id}, tokens(entries), NOW) == []

    @given(entries=diaries(), case_id=st.sampled_from(CASES), data=st.data())
    def test_entries_are_told_once_and_only_to_their_case(
        self, entries: list[Entry], case_id: int, data: st.DataObject
    ) -> None:
        known = data.draw(st.sets(st.sampled_from(range(1, 13))))
        told = untold(entries, {case_id}, known, NOW)
        assert not tokens(told) & known
        assert all(is_told(entry) and entry.case_id in (None, case_id) for entry in told)
        assert told == [entry for entry in entries if entry in told]
        assert untold(entries, {case_id}, known | tokens(told), NOW) == []

    @given(entries=diaries(), case_id=st.sampled_from(CASES), data=st.data())
    def test_sync_cut_anywhere_continues_with_the_remaining_entries(
        self, entries: list[Entry], case_id: int, data: st.DataObject
    ) -> None:
        told = untold(entries, {case_id}, set(), NOW)
        cut = data.draw(st.integers(0, len(told)))
        rest = untold(entries, {case_id}, tokens(told[:cut]), NOW)
        assert folded(told[:cut] + rest) == folded(told)
        assert rest == told[cut:]

    @given(entries=diaries())
    def test_new_log_is_told_every_entry_that_prevents_a_use(self, entries: list[Entry]) -> None:
        """As good as being told everything, but for what is too old to matter."""
        rules = policy.Policy(policy.numbers_of(policy.for_needle(500)), ZONES)
        for_case = [entry for entry in entries if is_told(entry) and entry.case_id != 2]
        everything = folded(for_case, known=entries)
        matters = folded(untold(entries, {1}, set(), NOW), known=entries)
        for after in (matters, everything):
            assert needs_clinician(after) == bool(waiting_for_clinician(entries))
        assert matters.reactions == everything.reactions == len(open_reactions(entries))
        assert matters.hold_reason == everything.hold_reason
        assert matters.hold_until == everything.hold_until
        assert matters.head_out == everything.head_out
        now = NOW - CASE_EPOCH
        ours, theirs = (state.judge(after, rules, now) for after in (matters, everything))
        assert (ours.phase, ours.until, ours.rested) == (theirs.phase, theirs.until, theirs.rested)

    @given(entries=diaries(), years=st.integers(0, 4))
    def test_case_with_an_open_reaction_is_told_its_end_however_late(
        self, entries: list[Entry], years: int
    ) -> None:
        """It was away for years: what was opened with it is closed with it."""
        began = [entry for entry in entries if entry.kind == diary.REACTION]
        case = folded(began)
        told = untold(entries, {1}, tokens(began), NOW + years * 365 * DAY)
        assert folded(told, case).reactions == len(open_reactions(entries))

    def test_only_the_last_hold_and_head_are_told(self) -> None:
        entries = [
            Entry(diary.HOLD, NOW, data={"reason": 1, "until": 0}, token=1),
            Entry(diary.HEAD, NOW, case_id=1, token=2),
            Entry(diary.HOLD, NOW, data={"reason": 0, "until": 0}, token=3),
            Entry(diary.HEAD, NOW, case_id=1, token=4),
            Entry(diary.HEAD, NOW, case_id=2, token=5),
        ]
        assert tokens(untold(entries, {1}, set(), NOW)) == {3, 4}
        assert tokens(untold(entries, {2}, set(), NOW)) == {3, 5}
        assert untold(entries, {1}, {3, 4}, NOW) == []

    def test_head_that_is_out_is_told_until_a_new_one_was_written_down(self) -> None:
        entries = [
            Entry(diary.HEAD, NOW - 2, case_id=1, token=1),
            Entry(diary.HEAD_OUT, NOW - 1, case_id=1, data={"reason": 1}, token=2),
        ]
        assert tokens(untold(entries, {1}, set(), NOW)) == {2}
        assert untold(entries, {2}, set(), NOW) == []
        assert untold(entries, {1}, set(), NOW, head_at=NOW) == []
        entries.append(Entry(diary.HEAD, NOW, case_id=1, token=3))
        assert tokens(untold(entries, {1}, set(), NOW)) == {3}

    def test_reaction_is_told_before_its_end_whatever_was_written_first(self) -> None:
        over = Entry(diary.REACTION_OVER, NOW, data={"reaction": 7}, token=1, written_at=NOW)
        began = Entry(diary.REACTION, NOW - DAY, token=7, written_at=NOW)
        assert untold([over, began], {1}, set(), NOW) == [began, over]

    def test_reaction_that_ended_long_ago_is_not_told_to_a_new_log(self) -> None:
        entries = [
            Entry(diary.REACTION, NOW - NEWS_S - 9 * DAY, token=1),
            Entry(diary.REACTION_OVER, NOW - NEWS_S - DAY, data={"reaction": 1}, token=2),
            Entry(diary.CLINIC, NOW - NEWS_S - DAY, token=3),
        ]
        assert untold(entries, {1}, set(), NOW) == []
        assert tokens(untold(entries, {1}, {1}, NOW)) == {2}

    def test_old_open_reaction_is_told_to_a_new_log(self) -> None:
        entries = [Entry(diary.REACTION, NOW - 3 * NEWS_S, token=1)]
        assert untold(entries, {1}, set(), NOW) == entries


class TestOpenReactions:
    @given(entries=diaries())
    def test_reaction_is_open_until_its_end_is_written(self, entries: list[Entry]) -> None:
        over = {entry.number("reaction") for entry in entries if entry.kind == diary.REACTION_OVER}
        began = tokens([entry for entry in entries if entry.kind == diary.REACTION])
        assert tokens(open_reactions(entries)) == began - over

    def test_follow_up_does_not_close_a_reaction(self) -> None:
        began = Entry(diary.REACTION, NOW, token=1)
        look = Entry(diary.FOLLOW_UP, NOW, data={"reaction": 1}, token=2)
        assert open_reactions([began, look]) == [began]


class TestMessages:
    @given(entries=diaries(), zones=st.sampled_from([("face",), ("neck",), ZONES, ("a", "b")]))
    def test_every_told_entry_fits_the_wire_and_the_log(
        self, entries: list[Entry], zones: tuple[str, ...]
    ) -> None:
        case = State()
        for entry in untold(entries, {1}, set(), NOW):
            message = message_of(entry, zones)
            question = Message(7, message.verb, dict(message.fields))
            body = messages.encode(question, messages.REQUESTS)
            assert len(body) <= messages.MAX_REQUEST
            assert messages.decode(body, messages.REQUESTS) == question
            event = message.event(case, NOW - CASE_EPOCH)
            events.check(event)
            assert event.zone < len(zones) or message.verb == "carried"
            assert mark_of(event) == entry.token
            case = state.fold(case, event)

    @pytest.mark.parametrize(
        ("zone", "verb", "number"),
        [
            ("face", "clinic", 0),
            ("neck", "clinic", 1),
            ("knee", "carried", events.ALL_ZONES),
            (None, "carried", events.ALL_ZONES),
        ],
    )
    def test_clinic_session_is_told_of_its_zone_or_of_all(
        self, zone: str | None, verb: str, number: int
    ) -> None:
        message = message_of(Entry(diary.CLINIC, NOW, zone, token=1))
        assert (message.verb, message.fields["zone"], message.mark) == (verb, number, 1)

    def test_clinic_session_of_a_zone_that_another_case_has_is_not_told(self) -> None:
        entry = Entry(diary.CLINIC, NOW, "knee", token=1)
        assert telling(entry, ZONES, {"knee"}) is None
        assert telling(entry, ("face",), {"knee"}) is None

    def test_clinic_session_of_a_renamed_zone_is_told_to_a_case_with_a_single_one(self) -> None:
        message = message_of(Entry(diary.CLINIC, NOW, "knee", token=1), ("face",))
        assert (message.verb, message.fields["zone"]) == ("clinic", 0)

    def test_reaction_is_red_with_a_sign_that_a_clinician_should_see(self) -> None:
        for signs, red in ((["pus"], 1), ([], 0)):
            entry = Entry(diary.REACTION, NOW, data={"signs": signs}, token=1)
            assert message_of(entry).fields["red"] == red

    @pytest.mark.parametrize("kind", [diary.CLINIC, diary.REACTION, diary.REACTION_OVER])
    def test_entry_before_case_time_begins_is_told_as_its_first_second(self, kind: str) -> None:
        entry = Entry(kind, CASE_EPOCH - DAY, token=1)
        assert message_of(entry).fields["at"] == 0
        events.check(message_of(entry).event(State(), 0))

    def test_hold_without_an_end_has_no_end_in_the_case(self) -> None:
        entry = Entry(diary.HOLD, NOW, data={"reason": 1, "until": 0}, token=1)
        assert message_of(entry) == Telling("hold", {"token": 1, "reason": 1, "until": 0}, entry)

    def test_new_head_is_told_with_the_uses_of_the_old_one(self) -> None:
        case = State()
        case.head_uses = 7
        event = message_of(Entry(diary.HEAD, NOW, token=1)).event(case, NOW - CASE_EPOCH)
        assert event.data == {"token": 1, "uses": 7}

    def test_told_entry_is_never_before_the_last_record(self) -> None:
        case = State()
        case.time = NOW - CASE_EPOCH + DAY
        event = message_of(Entry(diary.HEAD, NOW, token=1)).event(case, NOW - CASE_EPOCH)
        assert event.time == case.time
