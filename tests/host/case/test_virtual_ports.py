"""Ports of virtual cases: announced while they run."""

from pathlib import Path

from rollhost.case.virtual_ports import announce, live_ports


def test_a_case_is_found_as_long_as_it_is_announced(home: Path) -> None:
    with announce("/dev/pts/1"), announce("/dev/pts/2"):
        assert live_ports() == ["/dev/pts/1", "/dev/pts/2"]
    assert live_ports() == []


def test_what_a_killed_case_has_left_is_cleaned_up(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "1-9.port").write_text("/dev/pts/9\n")
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []
