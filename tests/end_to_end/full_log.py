"""A case that was used for a century: a flash whose log holds 10,000 records."""

import os
import subprocess
from pathlib import Path

from rollhost.board import bundled_files
from rollhost.sim.virtual_case import find_micropython

RECORDS = 10_000


def fill(flash: Path, records: int = 0) -> None:
    """Make a flash of so many `records` (0: `RECORDS`), by the journal itself on MicroPython."""
    path = f"{bundled_files.firmware()}:{bundled_files.board('virtual')}:.frozen"
    subprocess.run(
        [find_micropython(), str(Path(__file__).with_name("fill_log.py"))],
        env={
            **os.environ,
            "MICROPYPATH": path,
            "ROLLCASE_FLASH": str(flash),
            "ROLLCASE_RECORDS": str(records or RECORDS),
        },
        check=True,
    )
