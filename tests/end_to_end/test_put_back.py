"""A real flash with flipped bits, one that was put back from a copy, and a log that was born."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.end_to_end.story import DAY, prepare, use_and_clean
from tests.host.bringing_home import logs_in
from tests.host.scripted_case import slot_on_flash

from rollcore import snapshot
from rollcore.memory import State
from rollhost.case.connection import Line
from rollhost.sim.virtual_case import VirtualCase

pytestmark = pytest.mark.slow


@pytest.fixture
def flash(home: Path) -> Path:
    """The file of the flash of a virtual case that is off."""
    return home / "flash.img"


def flip(flash: Path, at: int, bit: int) -> None:
    """Flip one bit of a flash, counted from an offset on."""
    with flash.open("r+b") as file:
        file.seek(at + bit // 8)
        byte = file.read(1)[0]
        file.seek(at + bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def state_of(case: VirtualCase) -> State:
    """Return the state that a case says it is in."""
    with Line(case.port) as line:
        return snapshot.unpack(line.ask("state", seq=0).raw("raw"))


def state_in(path: Path) -> State:
    """Return the state that a database says the case is in."""
    return logs_in(path)[-1].content.folded


def begin_new_log(case: VirtualCase) -> str:
    """Let a case begin a new log, as another computer may ask it to; return the new id."""
    with Line(case.port) as line:
        status = line.ask("status")
        line.ask("ack", log=status.word("log"), seq=status.integer("next") - 1)
        return line.ask("newlog", log=status.word("log"), keep=1).word("log")


@pytest.mark.parametrize("bit", [3, 100, 250])
def test_flipped_bit_in_a_record_changes_no_record_and_is_told(
    flash: Path, host: Host, host_json: HostJson, home: Path, bit: int
) -> None:
    with VirtualCase(flash) as case:
        prepare(case)
        use_and_clean(case)
        host_json("sync", "--port", case.port)
        # The flash is as it lies under the case that runs: the host has to put it right.
        flip(flash, slot_on_flash(flash, 4), bit)
        document = host_json("sync", "--port", case.port, "--db", str(home / "new.db"))
        assert (document["put_right"], document["quarantined"]) == (1, 0)
    [right], [found] = logs_in(home / "rollcase.db"), logs_in(home / "new.db")
    assert found.raw[: len(right.raw)] == right.raw
    result = host("verify", "--db", str(home / "new.db"))
    assert result.returncode == 0
    assert "Record 4: came with 1 flipped bit, put right here." in result.stdout
    with VirtualCase(flash) as case:
        host_json("sync", "--port", case.port)
        assert state_in(home / "rollcase.db") == state_of(case)


def test_flipped_bit_that_the_case_has_found_at_its_start_is_told(
    flash: Path, host: Host, home: Path
) -> None:
    with VirtualCase(flash) as case:
        prepare(case)
        assert host("sync", "--port", case.port).returncode == 0
        case.press()
        with Line(case.port) as line:
            seq = line.ask("status").integer("next") - 1
    flip(flash, slot_on_flash(flash, seq), 77)
    with VirtualCase(flash) as case:
        result = host("sync", "--port", case.port)
    assert result.returncode == 0
    assert "The case says of its flash: flipped bits put right in 1 place." in result.stdout
    assert "flipped bits put right in 1 place" in host("verify").stdout


def test_flash_that_is_put_back_loses_nothing_on_either_side(
    flash: Path, host: Host, host_json: HostJson, home: Path
) -> None:
    with VirtualCase(flash) as case:
        prepare(case)
        use_and_clean(case)
        host_json("sync", "--port", case.port)
    shutil.copy(flash, home / "copy.img")
    with VirtualCase(flash) as case:
        case.jump(40 * DAY)
        prepare(case)
        use_and_clean(case)
        host_json("sync", "--port", case.port)
        lost = state_in(home / "rollcase.db").uses
    shutil.copy(home / "copy.img", flash)
    with VirtualCase(flash) as case:
        case.long_press()
        document = host_json("sync", "--port", case.port)
        assert document["back_to"]
        assert document["new_log"]["begun"]
        assert state_in(home / "rollcase.db") == state_of(case)
        case.long_press()
        again = host_json("sync", "--port", case.port)
        assert (again["back_to"], again["new_log"]["begun"]) == (None, None)
        assert state_in(home / "rollcase.db") == state_of(case)
    original, fork, born = logs_in(home / "rollcase.db")
    assert (fork.facts.fork_of, born.parent) == (original.name, fork)
    assert len(original.content.uses) == lost == 2
    assert (len(fork.content.uses), len(born.content.uses)) == (0, 0)
    assert host("verify").returncode == 0
    # The case has forgotten the second use; its rest counts here all the same.
    assert host("status").stdout.startswith("Not yet: the skin rests until ")


def test_born_log_shows_the_same_on_a_computer_that_never_met_the_one_before(
    flash: Path, host: Host, host_json: HostJson, home: Path
) -> None:
    with VirtualCase(flash) as case:
        prepare(case)
        use_and_clean(case)
        assert host("sync", "--port", case.port, "--needle", "0.25").returncode == 0
        new = begin_new_log(case)
        ours = host_json("sync", "--port", case.port)["case"]
        theirs = host_json("sync", "--port", case.port, "--db", str(home / "new.db"))["case"]
        for key in ("phase", "until", "says", "needle_mm", "rest_days", "zones", "hold"):
            assert ours[key] == theirs[key], key
        assert ours["head"]["uses"] == theirs["head"]["uses"] == 1
        assert logs_in(home / "new.db")[-1].name == new
        case.long_press()
        for path in (home / "rollcase.db", home / "new.db"):
            host_json("sync", "--port", case.port, "--db", str(path))
            assert state_in(path) == state_of(case)
