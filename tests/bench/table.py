"""Figures in a table, each beside what it is compared with in the same run, and its aim."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WIDTH = 68
"""Of the names: that of the longest."""

HEAD = f"{'':<{WIDTH}} {'value':>9} {'':<9} {'reference':>9} {'ratio':>6}   {'aim':<8} met"


@dataclass(frozen=True)
class Row:
    """One figure.

    `unit` is that of `value` and of `reference`, what it is compared with; None for nothing. What
    that is stands in the name, behind a semicolon. The aim is the most or the least that the ratio
    of the two may be; without a reference, that the value may be.
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the reference the value is; None without a reference."""
        return None if self.reference is None else self.value / self.reference

    @property
    def reference_name(self) -> str | None:
        """What the value is compared with; None without a reference."""
        return None if self.reference is None else self.name.rpartition("; ")[2]

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        judged = self.value if self.ratio is None else self.ratio
        if self.at_most is not None:
            return judged <= self.at_most
        return None if self.at_least is None else judged >= self.at_least

    @property
    def aim(self) -> str:
        """The aim as it is printed; empty without one."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"


def line(row: Row) -> str:
    """Return a row as one line of text."""
    reference = "" if row.reference is None else f"{row.reference:,.4g}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    met = {None: "", True: "yes", False: "NO"}[row.met]
    value = f"{row.value:,.4g}"
    figures = f"{value:>9} {row.unit:<9} {reference:>9} {ratio:>6}   {row.aim:<8} {met}"
    return f"{row.name:<{WIDTH}} {figures}".rstrip()


def printed(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows again, each printed as soon as it is measured."""
    for row in rows:
        print(line(row), flush=True)
        yield row
