"""The name of this program."""

import sys


def program_name() -> str:
    """Return the name that was typed: ``host`` or ``rollcase``."""
    name = sys.argv[0].replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return name if name in ("host", "rollcase") else "host"


def this_program() -> list[str]:
    """Return the command that started this program, for systemd: the first word is a whole path."""
    from pathlib import Path  # takes 4 ms, which --version does not need

    typed = Path(sys.argv[0])
    if typed.suffix == ".py":
        return [sys.executable, "-m", "rollhost"]
    return [str(typed.absolute())]
