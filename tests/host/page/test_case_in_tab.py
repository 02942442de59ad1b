"""The case in the tab, on the page's own MicroPython: what was done and when decides everything."""

import json
from collections.abc import Iterator

import pytest
from tests.conftest import PAGE_REQUIRED
from tests.host.page import tab_case
from tests.host.page.tab_case import TabCase

from rollcore import events
from rollhost.page.inside.told import Told

LIFE = (
    "on", "down", "jump 150", "up", "jump 600000", "jump 700000", "down", "jump 150", "up",
    "jump 400000", "tear", "down", "jump 150", "up", "jump 1000", "on", "out", "in", "flip", "off",
    "jump 3600000", "on", "jump 86400000", "rested",
)  # fmt: skip


@pytest.fixture(scope="module")
def interpreter() -> Iterator[TabCase]:
    if missing := tab_case.missing():
        if PAGE_REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)
    with tab_case.started() as case:
        yield case


@pytest.fixture
def case(interpreter: TabCase) -> TabCase:
    interpreter.begin(7)
    return interpreter


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 seconds pass."),
        (1000, "1 second passes."),
        (600_000, "10 minutes pass."),
        (3_600_000, "1 hour passes."),
        (86_400_000, "1 day passes."),
        (28 * 86_400_000, "28 days pass."),
    ],
)
def test_time_that_was_made_to_pass_is_told_with_its_number(ms: int, said: str) -> None:
    news = {"happened": [{"at": 0, "what": "jump", "ms": ms}], "on": False}
    assert json.loads(Told().hear(json.dumps(news)))["said"] == [[0, said]]


def number_of(case: TabCase) -> str:
    (number,) = case.call(["number", ""])
    return number


def test_number_lives_a_case_again_to_the_same_records(case: TabCase) -> None:
    for act in LIFE:
        case.do(act, ms=37)
    case.do(ms=5000)
    number, records = number_of(case), list(case.records)
    assert len(records) >= 6
    case.begin(8)
    case.again(number)
    assert case.records == records
    assert number_of(case) == number


def test_time_passes_alike_in_one_piece_and_in_many(case: TabCase) -> None:
    def live(piece_ms: int) -> list[bytes]:
        case.begin(7)
        case.do("on")
        for act in ("down", "up", "down", "up"):
            case.do(act)
            for _ in range(3000 // piece_ms):
                case.do(ms=piece_ms)
        return list(case.records)

    assert len(live(3000)) >= 2
    assert live(3000) == live(50) == live(1000)


def test_two_numbers_are_two_cases(case: TabCase) -> None:
    one = case.do("on")["device"]
    case.begin(8)
    assert case.do("on")["device"] != one


def test_time_of_a_computer_that_slept_is_a_jump(case: TabCase) -> None:
    case.do("on")
    case.do(ms=3_600_000)
    assert "jump 3600000" in number_of(case)


@pytest.mark.parametrize(
    "text",
    [
        "", "7", "seven 0", "7 0 on", "7 0 @1", "7 0 @1 stop", "7 0 @1 _stop", "7 0 @-1 on",
        "7 0 @1 jump", "7 0 @1 jump -1", "7 0 @1 jump 1e9", "7 0 @1 on off", "7 99999999999 @1 on",
        "7 0 @99999999999999 on", "<script>alert(1)</script> 0 @1 on",
    ],
)  # fmt: skip
def test_text_that_is_no_number_changes_nothing(case: TabCase, text: str) -> None:
    case.do("on")
    case.do("down", "jump 150", "up", "jump 100")
    before = number_of(case)
    expected = text == "7 0 @1"  # a case with which nothing was done
    (answer,) = case.call(["again", text])
    assert bool(answer) is expected
    assert expected or number_of(case) == before


def test_record_that_the_power_tore_was_not_answered_and_is_counted(case: TabCase) -> None:
    case.do("on", "jump 1000", "tear", "down", "jump 150", "up", "jump 1000")
    assert [happening["what"] for happening in case.happened][-1] == "off"
    case.do("on")
    boots = [events.decode(raw) for raw in case.records]
    assert [event.name for event in boots] == ["boot", "boot"]
    assert boots[1].data["torn"] == 1


def test_button_that_is_down_at_power_up_keeps_the_case_from_running(case: TabCase) -> None:
    assert not case.do("down", "on")["on"]
    assert case.do("up", "off", "on")["on"]


def test_all_that_happens_has_words(case: TabCase) -> None:
    case.do(*LIFE, "pull", "off", "down", "on", "up")
    told = Told()
    news = {"on": True, "happened": case.happened}
    words = json.loads(told.hear(json.dumps(news)))
    said = [sentence for _, sentence in words["said"]]
    for part in (
        "The power is on.", "soak started", "10 minutes pass.", "in the middle of a write",
        "Half a record", "The cable is out.", "One bit of record", "The power is cut.",
        "The cable will come out", "The button is down",
    ):  # fmt: skip
        assert any(part in sentence for sentence in said), part
    assert words["lamp"].startswith("clean me: amber, long and short in turn, overdue, and a short")
