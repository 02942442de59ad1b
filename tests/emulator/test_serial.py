"""The port of a Pico: a long pull, and a host that does not read what it has asked for."""

from pathlib import Path

import pytest
from tests.emulator.conftest import Boot
from tests.emulator.pico import FLASH_END, FLASH_START, UNREAD_MS, Pico
from tests.end_to_end.full_log import fill

from rollcase.server import MAX_WAITING
from rollcore.blocks import SLOTS, number_of
from rollcore.events import RECORD_SIZE
from rollcore.frames import PACKET
from rollcore.messages import Message

BLOCKS = 50
"""So long a log is sent for over 0.3 s."""

STUCK_MS = 1100
"""How long a write may wait at most: MicroPython gives up after half a second, twice."""

IN_A_BLOCK = 20 * PACKET


@pytest.fixture(scope="module")
def log_flash(boot: Boot, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return flash with a log of so many blocks, and one that has just begun."""
    path: Path = tmp_path_factory.mktemp("long") / "flash.img"
    fill(path, BLOCKS * SLOTS + 5)
    return path.read_bytes()[: FLASH_END - FLASH_START]


@pytest.fixture
def pico(boot: Boot, log_flash: bytes) -> Pico:
    """Return a Pico with that log, at rest."""
    pico = boot(log_flash)
    pico.run(1000)
    pico.said.clear()
    return pico


def pull(pico: Pico) -> None:
    """Ask for the whole log."""
    pico.send("get", seq=1, count=BLOCKS * SLOTS + 5)


def until_sent(pico: Pico, size: int) -> None:
    """Run until the host has got so many bytes."""
    assert pico.run(1000, lambda: len(pico.said) >= size)


def is_whole(answers: list[Message]) -> bool:
    """Return whether these answers are the whole log, one after the other."""
    seq = 1
    for answer in answers:
        if answer.verb != "records" or answer.integer("seq") != seq:
            return False
        seq += len(answer.raw("raw")) // RECORD_SIZE
    return seq == BLOCKS * SLOTS + 6


def answered_after(pico: Pico) -> float:
    """Press the button; return how long (ms) after its release the lamp answered."""
    pico.trace.clear()
    pico.touch([(True, 150)])
    released = pico.now
    pico.touch([(False, 400)])
    shown = [when for when, line in pico.trace if line.startswith("lamp soaking")]
    return shown[0] - released if shown else float("inf")


def test_one_question_brings_the_whole_log(pico: Pico) -> None:
    pull(pico)
    assert is_whole(pico.take(BLOCKS + 1, 2000))
    pico.run(500)
    assert pico.said.strip(b"\n") == b""


def test_press_in_the_midst_of_a_long_pull_is_answered(pico: Pico) -> None:
    pico.touch([(True, 140)])
    pull(pico)
    until_sent(pico, IN_A_BLOCK)
    pico.trace.clear()
    released = pico.now
    pico.touch([(False, 0)])
    assert pico.run(150, lambda: any(line.startswith("lamp soaking") for _, line in pico.trace))
    assert pico.now - released < 150
    assert len(pico.said) < BLOCKS * SLOTS * RECORD_SIZE  # there was more to send
    assert is_whole(pico.take(BLOCKS + 1, 2000))


def test_question_in_the_midst_of_a_long_pull_ends_it(pico: Pico) -> None:
    pull(pico)
    until_sent(pico, 5 * SLOTS * RECORD_SIZE)
    pico.send("status")
    pico.run(1000)
    answers = pico.take(1, 0.1)
    while answers[-1].verb == "records":
        answers += pico.take(1, 0.1)
    assert 5 < len(answers) < BLOCKS
    assert answers[-1].verb == "status"
    assert pico.said.strip(b"\n") == b""


@pytest.mark.parametrize("size", [IN_A_BLOCK, 10 * SLOTS * RECORD_SIZE])
def test_ctrl_c_stops_a_case_in_the_middle_of_a_block(pico: Pico, size: int) -> None:
    pull(pico)
    until_sent(pico, size)
    pico.type(b"\x03")
    pico.run(500)
    assert len(pico.said) < (BLOCKS - 20) * SLOTS * RECORD_SIZE
    assert "42" in pico.execute("print(6 * 7)")


def test_host_that_asks_and_never_reads_holds_up_no_press(pico: Pico) -> None:
    pico.host_reads(False)
    for _ in range(MAX_WAITING):
        pull(pico)
    pico.run(5)
    assert answered_after(pico) < 150
    pico.host_reads(True)
    answers = pico.take(MAX_WAITING + BLOCKS, UNREAD_MS)
    assert [number_of(answer.integer("seq")) for answer in answers[:MAX_WAITING]] == [0] * 4
    assert is_whole(answers[MAX_WAITING - 1 :])


@pytest.mark.parametrize("packets", [1, 65, 300])
def test_host_that_stops_reading_in_the_middle_holds_up_the_case_once(
    pico: Pico, packets: int
) -> None:
    pull(pico)
    until_sent(pico, packets * PACKET)
    pico.host_reads(False)
    assert len(pico.said) < BLOCKS * SLOTS * RECORD_SIZE
    pico.run(STUCK_MS)
    assert answered_after(pico) < 150
    pico.host_reads(True)
    assert is_whole(pico.take(BLOCKS + 1, UNREAD_MS + 2000))
    assert pico.ask("status").verb == "status"


def test_ctrl_c_stops_a_case_whose_output_nobody_reads(pico: Pico) -> None:
    pico.host_reads(False)
    pull(pico)
    pico.run(50)
    pico.type(b"\x03")
    pico.host_reads(True)
    pico.run(UNREAD_MS)
    assert "42" in pico.execute("print(6 * 7)")
