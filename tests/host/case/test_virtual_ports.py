"""Ports of virtual cases: announced while they run."""

from pathlib import Path

from rollhost.case.virtual_ports import announce, live_ports


def test_virtual_case_is_found_while_it_is_announced(home: Path) -> None:
    with announce("/dev/pts/1"), announce("/dev/pts/2"):
        assert live_ports() == ["/dev/pts/1", "/dev/pts/2"]
    assert live_ports() == []


def test_file_of_a_killed_virtual_case_is_removed(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "1-9.port").write_text("/dev/pts/9\n")
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []
