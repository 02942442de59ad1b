"""Figures in a table, each beside what it is compared with in the same run, and its aim."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = f"{'':<46} {'value':>9} {'':<8} {'reference':>9} {'ratio':>6}   {'aim':<8} met"


@dataclass(frozen=True)
class Row:
    """One figure.

    `unit` is that of `value` and of `reference`, what it is compared with; None for nothing.
    The aim is the most or the least that the ratio of the two may be; without a reference, that
    the value may be.
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
    def met(self) -> bool:
        """Whether the aim is met; without one it is."""
        judged = self.value if self.ratio is None else self.ratio
        return (self.at_most is None or judged <= self.at_most) and (
            self.at_least is None or judged >= self.at_least
        )

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
    met = ("yes" if row.met else "NO") if row.aim else ""
    value = f"{row.value:,.4g}"
    text = f"{row.name:<46} {value:>9} {row.unit:<8} {reference:>9} {ratio:>6}   {row.aim:<8} {met}"
    return text.rstrip()


def print_rows(rows: Iterable[Row]) -> None:
    """Print rows under a head, each as soon as it is measured."""
    print(HEAD)
    for row in rows:
        print(line(row), flush=True)
