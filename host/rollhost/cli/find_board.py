"""Which board `install` and `rescue` are about."""

import os

from rollhost.case.discovery import bootsel_boards, candidates
from rollhost.case.virtual_ports import live_ports
from rollhost.errors import NoCaseFound, SeveralCases


def find_board(named: str | None) -> str:
    """Return the port `named` (or in ``ROLLCASE_PORT``), else that of the only board.

    Raises `NoCaseFound` if there is no board, and `SeveralCases` if there are several.
    """
    named = named or os.environ.get("ROLLCASE_PORT")
    if named:
        return named
    virtual = live_ports()
    boards = [port for port in candidates() if port not in virtual]
    if len(boards) == 1:
        return boards[0]
    if boards:
        raise SeveralCases(
            f"There are {len(boards)} boards: {', '.join(boards)}.", "Say which one with --port."
        )
    if bootsel_boards():
        raise NoCaseFound(
            "A board is plugged in, but as a drive (BOOTSEL mode).",
            "Put an image onto it with install --uf2, or unplug it and plug it in again without"
            " touching its button.",
        )
    if virtual:
        there = f"case on {virtual[0]} is" if len(virtual) == 1 else f"{len(virtual)} cases are"
        raise NoCaseFound(
            f"No board found: the {there} virtual, and runs on this computer.",
            "This is for a board on a cable that carries data. Name its port: --port.",
        )
    raise NoCaseFound(
        "No board found.", "Is it plugged in, with a cable that carries data? Name its port: --port"
    )
