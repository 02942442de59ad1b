"""The name of this program."""

import sys


def program_name() -> str:
    """Return the name that was typed: ``host`` or ``rollcase``."""
    name = sys.argv[0].replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return name if name in ("host", "rollcase") else "host"
