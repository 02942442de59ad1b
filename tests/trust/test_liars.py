"""The trials of liars can fail: what they look for is seen where it is there."""

import json
import sys
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
from tests.firmware.memory_flash import Ground
from tests.trust import fuzz as fuzz_module
from tests.trust import lying_case
from tests.trust.fuzz import Target, fuzz
from tests.trust.lying_case import ANSWERED, Failed, Lie, compare, is_chained, workshop
from tests.trust.suite.lying_host import Lies

from rollcase.journal import Journal
from rollcore import rest, state
from rollcore.messages import REQUESTS


def steps(data: bytes) -> None:
    """Fail behind steps that chance alone takes too long to pass."""
    for place, byte in enumerate(b"~*;="):
        if data[place : place + 1] != bytes([byte]):
            return
        REACHED[place](data)
    raise KeyError("found")


REACHED = (
    lambda data: len(data),
    lambda data: data[0],
    lambda data: data[1],
    lambda data: data[2],
)
"""A line of its own for each step."""


def test_fuzzing_finds_what_lies_behind_several_conditions() -> None:
    here = sys.modules[__name__]
    target = Target("steps", steps, (), (b"",), (here,))
    found = fuzz(target, 20000, "seed")
    assert any("KeyError: 'found'" in fault for fault in found.faults)
    blind = fuzz(target._replace(modules=(json,)), 20000, "seed")
    assert not blind.faults


def test_fuzzing_is_the_same_for_the_same_seed() -> None:
    target = Target("steps", steps, (KeyError,), (b"~*;",), (fuzz_module,))
    assert fuzz(target, 200, "a") == fuzz(target, 200, "a")


def test_lies_are_about_every_question_of_a_sync() -> None:
    with workshop() as shop:
        liar = shop.try_lies([], Random(1))
        assert set(liar.verbs) <= set(ANSWERED) | set(REQUESTS)
        assert set(liar.verbs) >= {"hello", "status", "get", "ack", "time", "rule", "state"}
        assert liar.asked < lying_case.MOST_QUESTIONS // 10


def test_host_that_dies_of_an_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollhost.case.fetch.in_short", lambda text: text[9999])
    with workshop(known=False) as shop, pytest.raises(Failed, match="dies of IndexError"):
        shop.try_lies([Lie("status", 9, b"x")], Random(1))


def test_row_that_has_gone_is_lost_and_an_entry_that_nobody_made_is_bent() -> None:
    before: lying_case.Rows = {name: [] for name in lying_case.KEPT}
    before["records"] = [(1, 1, b"a")]
    with pytest.raises(Failed, match="records") as caught:
        compare(before, {**before, "records": []})
    assert caught.value.what == "lost"
    with pytest.raises(Failed, match="nobody has made") as caught:
        compare(before, {**before, "entries": [(1, 2, 0, None, "note")]})
    assert caught.value.what == "bent"


def test_record_that_is_chained_to_no_neighbour_is_seen() -> None:
    def record(seq: int, crc: int) -> bytes:
        raw = seq.to_bytes(4, "little") + bytes(24)
        return raw + crc32(raw, crc).to_bytes(4, "little")

    first = record(1, 5)
    crc = int.from_bytes(first[28:], "little")
    assert is_chained({"records": [(1, 1, first), (1, 2, record(2, crc))]})
    assert not is_chained({"records": [(1, 1, first), (1, 2, record(2, crc + 1))]})


def is_seen(home: Path, what: str) -> bool:
    """Return whether one of a few lying hosts does to a case what this says."""
    return any(what in fault for seed in range(8) for fault in faults(home / str(seed), seed))


def faults(directory: Path, seed: int) -> list[str]:
    """Return what a host that lies 1,000 times does to a case that it must not."""
    directory.mkdir()
    ground, made = Ground(), [0]

    def make_id() -> bytes:
        made[0] += 1
        return made[0].to_bytes(8, "big")

    lies = Lies(
        str(directory), lambda: Journal(ground.flash, ground.files, make_id), seed, lambda: None
    )
    lies.live(1000)
    return lies.faults


def test_case_that_lets_a_rest_end_early_is_seen(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "rest_after", lambda rules, needle_um: 3600)
    assert is_seen(home, "rested too early")


def test_case_whose_clock_takes_any_time_is_seen(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "contradicts", lambda known, now, uptime, time: 0)
    assert is_seen(home, "clock jumps")
