"""The server: what the host tells of holds, clinic sessions, reactions and heads."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.server_line import RULES, TOLD, Line, grow_log, tell_zones
from tests.firmware.whole_case import DAY, NOW, WholeCase, bring_to

from rollcore import events, frames, messages, policy, state
from rollcore.blocks import SLOTS
from rollcore.messages import REQUESTS


@pytest.mark.parametrize(
    ("verb", "kind", "zone", "data"),
    [
        ("hold", "hold_set", 0, {"reason": events.SUNBURN, "until": 0, "token": 11}),
        ("clinic", "clinic", 1, {"at": NOW - DAY, "needle_um": 1500, "token": 12}),
        ("reaction", "reaction", 1, {"open": 1, "at": NOW - DAY, "token": 13}),
        ("head", "head_new", 0, {"uses": 0, "token": 14}),
        ("opened", "reaction_opened", 1, {"at": NOW - DAY, "token": 15, "red": 1}),
        ("closed", "reaction_closed", 1, {"at": NOW - DAY, "token": 16, "opened": 15}),
        ("saw", "clinician_saw", 0, {"at": NOW - DAY, "token": 17, "opened": 15}),
        ("red", "reaction_red", 0, {"at": NOW - DAY, "token": 19, "opened": 15}),
        ("headout", "head_out", 0, {"reason": events.HEAD_BENT, "uses": 0, "token": 18}),
    ],
)
def test_entry_is_logged_as_the_host_tells_it(
    two_zones: Line, verb: str, kind: str, zone: int, data: dict[str, int]
) -> None:
    before = two_zones.case.last_seq
    answer = two_zones.ask(verb, **TOLD[verb])
    assert (answer.verb, answer.fields) == ("told", {"token": data["token"]})
    assert two_zones.case.news(before) == [(kind, data)]
    assert two_zones.case.log()[-1].zone == zone


def test_entry_is_shown_at_once(two_zones: Line) -> None:
    two_zones.ask("hold", **TOLD["hold"])
    assert two_zones.case.phase == state.HELD
    two_zones.ask("hold", token=99, reason=events.NO_HOLD, until=0)
    assert two_zones.case.phase == state.PREPARE


def test_new_head_is_logged_with_the_uses_of_the_old_one(line: Line) -> None:
    bring_to(line.case, state.CLEAN_ME)
    line.ask("head", token=14)
    assert line.case.log()[-1].data == {"uses": 1, "token": 14}
    assert line.case.app.journal.state.head_uses == 0


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_entry_told_again_after_a_power_cut_is_not_logged_again(two_zones: Line, verb: str) -> None:
    two_zones.ask(verb, **TOLD[verb])
    two_zones.case.switch_on()
    before = two_zones.case.last_seq
    again = Line(two_zones.case)
    assert again.ask(verb, **TOLD[verb]).fields == {"token": TOLD[verb]["token"]}
    assert two_zones.case.news(before) == []


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_entry_told_again_in_a_later_segment_is_not_logged_again(
    two_zones: Line, verb: str
) -> None:
    two_zones.ask(verb, **TOLD[verb])
    grow_log(two_zones, 3 * SLOTS)
    two_zones.case.switch_on()
    before = two_zones.case.last_seq
    assert Line(two_zones.case).ask(verb, **TOLD[verb]).verb == "told"
    assert two_zones.case.news(before) == []


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_entry_with_another_token_is_another_entry(two_zones: Line, verb: str) -> None:
    before = two_zones.case.last_seq
    two_zones.ask(verb, **TOLD[verb])
    two_zones.ask(verb, **{**TOLD[verb], "token": 4294967295})
    assert [data["token"] for _, data in two_zones.case.news(before)] == [
        TOLD[verb]["token"], 4294967295,
    ]  # fmt: skip


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_entry_that_the_flash_does_not_take_can_be_told_again(line: Line, verb: str) -> None:
    tell_zones(line)
    before = line.case.last_seq
    line.case.flash.broken = True
    assert line.error(verb, **TOLD[verb])[0] == messages.BAD_STORAGE
    line.case.flash.broken = False
    assert line.ask(verb, **TOLD[verb]).verb == "told"
    assert len(line.case.news(before)) == 1


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_entry_with_token_0_is_refused(two_zones: Line, verb: str) -> None:
    before = two_zones.case.last_seq
    code, words = two_zones.error(verb, **{**TOLD[verb], "token": 0})
    assert (code, words) == (messages.BAD_REQUEST, "a token is 1 or more")
    assert two_zones.case.news(before) == []


NOT_TOLD = [
    pytest.param(verb, changes, code, words, id=" ".join([verb, *map(str, changes)]) + str(number))
    for number, (verb, changes, code, words) in enumerate(
        [
            ("clinic", {"zone": 2}, "range", "there are zones 0 to 1"),
            ("clinic", {"zone": 4294967295}, "range", "there are zones 0 to 1"),
            ("reaction", {"zone": 2}, "range", "there are zones 0 to 1"),
            ("hold", {"reason": 18}, "request", "hold_set.reason cannot be 18"),
            ("hold", {"reason": 4294967295}, "request", "reason cannot be"),
            ("reaction", {"open": 2}, "request", "reaction.open cannot be 2"),
            ("opened", {"zone": 2}, "range", "there are zones 0 to 1"),
            ("opened", {"zone": 255}, "range", "there are zones 0 to 1"),
            ("opened", {"red": 2}, "request", "reaction_opened.red cannot be 2"),
            ("headout", {"reason": 8}, "request", "head_out.reason cannot be 8"),
            ("clinic", {"needle_um": 65536}, "request", "needle_um does not fit"),
            ("clinic", {"needle_um": 4294967295}, "request", "needle_um does not fit"),
        ]
    )
]


@pytest.mark.parametrize(("verb", "changes", "code", "words"), NOT_TOLD)
def test_impossible_entry_is_refused_in_words(
    two_zones: Line, verb: str, changes: dict[str, object], code: str, words: str
) -> None:
    before = two_zones.case.last_seq
    found, why_not = two_zones.error(verb, **{**TOLD[verb], **changes})
    assert (found, words in why_not) == (code, True), why_not
    assert two_zones.case.news(before) == []
    assert two_zones.ask(verb, **TOLD[verb]).verb == "told"


@pytest.mark.parametrize(("verb", "changes", "code", "words"), NOT_TOLD)
def test_impossible_entry_is_refused_as_such_even_with_a_broken_flash(
    line: Line,
    verb: str,
    changes: dict[str, object],
    code: str,
    words: str,
) -> None:
    """With an error of storage the host would tell it again later, in vain."""
    tell_zones(line)
    line.case.flash.broken = True
    line.case.press()
    assert line.ask("status").word("fault") != ""
    assert line.error(verb, **{**TOLD[verb], **changes})[0] == code


@pytest.mark.parametrize(
    ("verb", "changes"),
    [
        ("hold", {"until": 4294967295}),
        ("hold", {"until": NOW - DAY}),
        ("hold", {"token": 4294967295}),
        ("clinic", {"at": 0}),
        ("clinic", {"at": NOW + 600}),
        ("clinic", {"needle_um": 0}),
        ("clinic", {"needle_um": 65535}),
        ("reaction", {"open": 0, "at": 0}),
    ],
)
def test_entry_with_extreme_numbers_is_taken_and_the_case_goes_on(
    two_zones: Line, verb: str, changes: dict[str, object]
) -> None:
    assert two_zones.ask(verb, **{**TOLD[verb], **changes}).verb == "told"
    grow_log(two_zones, 2 * SLOTS)
    two_zones.case.press()
    two_zones.case.long_press()
    two_zones.case.switch_on()
    assert two_zones.case.app.fault == ""


@pytest.mark.parametrize("verb", ["clinic", "reaction", "opened", "closed", "saw", "red"])
@pytest.mark.parametrize("at", [NOW + 601, (1 << 32) - 1])
def test_entry_with_a_date_that_has_not_come_is_taken(two_zones: Line, verb: str, at: int) -> None:
    """The case's clock may be behind, and the computer's not sure enough to set it."""
    assert two_zones.ask(verb, **{**TOLD[verb], "at": at}).verb == "told"
    assert two_zones.case.log()[-1].data["at"] == at
    two_zones.case.switch_on()
    assert two_zones.case.app.fault == ""


def test_refusal_during_an_endless_hold_has_no_date(two_zones: Line) -> None:
    two_zones.ask("hold", token=1, reason=events.FLARE, until=4294967295)
    two_zones.case.long_press()
    assert two_zones.case.log()[-1].name == "refused"
    assert two_zones.case.log()[-1].data["until"] == 0


def test_reaction_of_a_removed_zone_can_be_closed(two_zones: Line) -> None:
    two_zones.ask("reaction", **TOLD["reaction"])
    two_zones.ask("rule", policy=RULES.text)
    for zone in (0, 1):
        two_zones.send(frames.encode(b"77 reaction %d %d 0 %d" % (100 + zone, zone, NOW - DAY)))
    assert two_zones.case.phase == state.RESTING


def test_chosen_zone_is_dropped_when_a_clinic_session_rests_it(two_zones: Line) -> None:
    bring_to(two_zones.case, state.READY)
    two_zones.case.press()
    two_zones.case.press()  # the second zone
    two_zones.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    two_zones.case.long_press()
    assert [(event.name, event.zone) for event in two_zones.case.log()][-1] == ("use_started", 0)


def test_chosen_zone_is_dropped_when_the_policy_removes_it(two_zones: Line) -> None:
    bring_to(two_zones.case, state.READY)
    two_zones.case.press()
    two_zones.case.press()  # the second zone
    two_zones.ask("rule", policy=RULES.text)
    two_zones.case.long_press()
    assert [(event.name, event.zone) for event in two_zones.case.log()][-1] == ("use_started", 0)


def test_chosen_zone_is_dropped_when_the_list_is_reordered(two_zones: Line) -> None:
    """The neck was chosen; the use is of the zone that the new list names first."""
    bring_to(two_zones.case, state.READY)
    two_zones.case.press()
    two_zones.case.press()  # the second zone
    swapped = policy.Policy(policy.numbers_of(RULES), ("neck", "face"))
    two_zones.ask("rule", policy=swapped.text)
    two_zones.case.long_press()
    assert [(event.name, event.zone) for event in two_zones.case.log()][-1] == ("use_started", 0)


def test_chosen_zone_stays_where_the_new_list_keeps_it(two_zones: Line) -> None:
    bring_to(two_zones.case, state.READY)
    two_zones.case.press()
    two_zones.case.press()  # the second zone
    longer = policy.Policy(policy.numbers_of(RULES), ("face", "neck", "chest"))
    two_zones.ask("rule", policy=longer.text)
    two_zones.case.long_press()
    assert [(event.name, event.zone) for event in two_zones.case.log()][-1] == ("use_started", 1)


def test_reactions_hold_until_as_many_are_closed_as_opened(two_zones: Line) -> None:
    for token, (is_open, phase) in enumerate(
        [(1, state.HELD), (1, state.HELD), (0, state.HELD), (0, state.RESTING)], 1
    ):
        two_zones.ask("reaction", token=token, zone=token % 2, open=is_open, at=NOW)
        assert two_zones.case.phase == phase


def test_reaction_told_twice_is_closed_once(two_zones: Line) -> None:
    for _ in range(2):
        two_zones.ask("reaction", **TOLD["reaction"])
    two_zones.ask("reaction", token=99, zone=0, open=0, at=NOW)
    assert two_zones.case.phase == state.RESTING


@given(
    st.sampled_from(sorted(TOLD)),
    st.lists(st.integers(0, 5) | st.integers(0, 1 << 16) | st.integers(0, (1 << 32) - 1),
             min_size=4, max_size=4),
)  # fmt: skip
def test_entry_with_any_numbers_is_logged_or_refused_and_the_case_goes_on(
    verb: str, numbers: list[int]
) -> None:
    with TemporaryDirectory() as directory:
        line = Line(WholeCase(Path(directory)))
        line.send(frames.encode(b"1 clock %d 1" % (1 << 29)))
        before = line.case.last_seq
        fields = dict(zip([name for name, _ in REQUESTS[verb]], numbers, strict=False))
        answer = line.ask(verb, **fields)
        assert answer.verb in ("told", "error")
        assert len(line.case.news(before)) == (answer.verb == "told")
        grow_log(line, SLOTS + 2)
        line.case.press()
        line.case.long_press()
        line.case.switch_on()
        assert line.case.app.fault == ""
