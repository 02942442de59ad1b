"""The name of this program."""

import sys
from pathlib import Path


def program_name() -> str:
    """Return the name that was typed: ``host`` or ``rollcase``."""
    name = Path(sys.argv[0]).stem
    return name if name in ("host", "rollcase") else "host"
