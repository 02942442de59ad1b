"""What a run of ``make bench`` has found, as it is kept in results.json."""

import json
import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from tests.bench import timing
from tests.bench.table import Row

from rollcore import VERSION
from rollhost.sim.virtual_case import find_micropython

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Figure:
    """A row of the table as it is kept; see `Row`. `met` is None without an aim."""

    name: str
    value: float
    unit: str
    reference: float | None
    reference_name: str | None
    ratio: float | None
    aim: str
    met: bool | None


@dataclass(frozen=True)
class Curve:
    """How one thing grows: a value for each number of records, counted as `against` says."""

    name: str
    against: str
    unit: str
    points: list[tuple[int, float]]


@dataclass(frozen=True)
class Results:
    """What a run has found, and where: nothing of it tells whose computer it was."""

    versions: dict[str, str]
    machine: dict[str, str | int]
    date: str
    commit: str
    runs: int
    """How many measurements each median is of."""
    rows: list[Figure]
    growth: list[Curve]

    def row(self, name: str) -> Figure:
        """Return the row that is called so. Raises `KeyError`."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)


def figure(row: Row) -> Figure:
    """Return a row as it is kept."""
    return Figure(
        row.name,
        _short(row.value),
        row.unit,
        None if row.reference is None else _short(row.reference),
        row.reference_name,
        None if row.ratio is None else _short(row.ratio),
        row.aim,
        row.met,
    )


def _short(value: float) -> float:
    """Return a number with four digits that count; more would be noise."""
    return float(f"{value:.4g}")


def found(rows: Sequence[Row], growth: Sequence[Curve]) -> Results:
    """Return what this run has found, with where and when it was."""
    curves = [
        Curve(
            curve.name,
            curve.against,
            curve.unit,
            [(records, _short(value)) for records, value in curve.points],
        )
        for curve in growth
    ]
    return Results(
        versions(),
        machine(),
        today(),
        commit("firmware", "host", "boards"),
        timing.runs,
        [figure(row) for row in rows],
        curves,
    )


def versions() -> dict[str, str]:
    """Return the versions of all that was measured."""
    says = "import sys; print(*[part for part in sys.implementation[1] if part != ''], sep='.')"
    micropython = subprocess.check_output([find_micropython(), "-c", says], text=True)
    return {
        "rollcase": VERSION,
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "MicroPython": micropython.strip(),
        "mpremote": version("mpremote"),
    }


def machine() -> dict[str, str | int]:
    """Return what kind of computer this is."""
    return {"cpu": timing.cpu_model(), "cores": os.cpu_count() or 1, "system": platform.system()}


def today() -> str:
    """Return the day, as UTC has it."""
    return datetime.now(timezone.utc).date().isoformat()


def commit(*folders: str) -> str:
    """Return the commit of these folders, with a plus where files differ; empty outside git."""
    words = ("git", "-C", str(ROOT))
    try:
        head = subprocess.check_output([*words, "rev-parse", "--short=12", "HEAD"], text=True)
        changed = subprocess.check_output(
            [*words, "status", "--porcelain", "--untracked-files=no", "--", *folders],
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.strip() + ("+" if changed else "")


def write(results: Results, path: Path) -> None:
    """Write results as JSON, a line for each row and each curve."""
    text = json.dumps(asdict(results), indent=1, ensure_ascii=False)
    lines = re.sub(r"\n {3,}", " ", text)
    path.write_text(re.sub(r"\n  \}", " }", lines) + "\n", "utf-8")


def read(path: Path) -> Results:
    """Read what `write` has written. Raises `OSError`, and `ValueError` if it is something else."""
    try:
        document = json.loads(path.read_text("utf-8"))
        rows = [Figure(**row) for row in document.pop("rows")]
        growth = [
            Curve(**{**curve, "points": [(records, value) for records, value in curve["points"]]})
            for curve in document.pop("growth")
        ]
        return Results(**document, rows=rows, growth=growth)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no result of make bench") from error
