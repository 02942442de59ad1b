"""Draws the growth curves of results.json, and puts its figures into docs/speed.md and README.

Usage: python -m tests.bench.document, which does both again; a whole ``make bench`` does it, too.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import host_speed, pico_growth, results
from tests.bench.results import Curve, Results
from tests.generated_section import replaced

from rollhost.report.markup import Inside, Markup, number, tag

ROOT = Path(__file__).resolve().parents[2]
DRAWING = ROOT / "docs" / "growth.svg"
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "speed.md"
MAKER = "tests/bench/document.py"

# Where things are on the sheet (px).
COLUMNS = 3
WIDTH, HEIGHT = 300, 190
"""Size of a curve with its words."""
LEFT, RIGHT, TOP, BOTTOM = 24, 30, 62, 40
"""Room around a curve for its words."""

STYLE = """
svg { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
text { fill: #1c1c1c }
.title { font-size: 14px; font-weight: 600 }
.faint { fill: #56605b }
.middle { text-anchor: middle }
.sheet { fill: #fff }
.axis { stroke: #8a8f94; fill: none }
.curve { stroke: #1f6f8b; stroke-width: 2; fill: none }
.dot { fill: #1f6f8b }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 }
.faint { fill: #a9b5af }
.sheet { fill: #16191d }
.curve { stroke: #6cc3e0 }
.dot { fill: #6cc3e0 }
}
"""


def drawing(curves: Sequence[Curve]) -> str:
    """Return the curves side by side as SVG; the value axis of each begins at 0."""
    width, height = COLUMNS * WIDTH, -(-len(curves) // COLUMNS) * HEIGHT
    drawn: list[Inside] = [tag("rect", class_="sheet", width=width, height=height)]
    for place, curve in enumerate(curves):
        row, column = divmod(place, COLUMNS)
        moved = f"translate({column * WIDTH} {row * HEIGHT})"
        drawn.append(tag("g", list(_curve(curve)), transform=moved))
    says = "; ".join(f"{curve.name} against {curve.against}" for curve in curves)
    svg = tag(
        "svg",
        tag("style", STYLE),
        drawn,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=f"How the time grows: {says}",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )
    return svg.text.replace("<g ", "\n<g ") + "\n"


def _curve(curve: Curve) -> Iterator[Markup]:
    """Yield one curve: its name, its axes, and its points with their values."""
    most_records = max(records for records, _ in curve.points)
    most = max(value for _, value in curve.points)
    high, wide = HEIGHT - TOP - BOTTOM, WIDTH - LEFT - RIGHT
    base = HEIGHT - BOTTOM
    places = [
        (LEFT + wide * records / most_records, base - high * value / most)
        for records, value in curve.points
    ]
    yield tag("text", curve.name, class_="title", x=LEFT, y=20)
    yield tag("text", f"{curve.unit}, against {curve.against}", class_="faint", x=LEFT, y=37)
    yield tag("path", class_="axis", d=f"M{LEFT} {TOP - 8}V{base}H{WIDTH - RIGHT + 8}")
    path = "L".join(f"{number(x)} {number(y)}" for x, y in places)
    yield tag("path", class_="curve", d=f"M{path}")
    last_x = float("-inf")
    for (records, value), (x, y) in zip(curve.points, places, strict=True):
        says = tag("title", f"{records:,} {curve.against}: {value:,.4g} {curve.unit}")
        yield tag("circle", says, class_="dot", cx=x, cy=y, r=3)
        if x - last_x >= 40:  # else the words would lie on each other
            # The first ones begin beside the axis, so as not to lie on it.
            look, at = ("", LEFT + 5) if x < LEFT + 20 else (" middle", x)
            yield tag("text", _digits(value, 3), class_=look.strip() or None, x=at, y=y - 7)
            yield tag("text", _thousands(records), class_=f"faint{look}", x=at, y=base + 17)
            last_x = x


def _thousands(records: int) -> str:
    return f"{_digits(records / 1000, 3)} k" if records >= 1000 else str(records)


def _digits(value: float, count: int) -> str:
    """Return a number with so many digits that count, and no exponent."""
    return f"{float(f'{value:.{count}g}'):,.10g}"


def section(found: Results) -> str:
    """Return what docs/speed.md says: each figure is one of the results."""
    status = found.row(host_speed.STATUS_ROWS[2])
    sync = found.row(host_speed.SYNC_ROWS[2])
    first = found.row(host_speed.FIRST_SYNC_ROWS[0])
    press = found.row(pico_growth.ROWS[1])
    load_status, load_sync = (found.row(name) for name in host_speed.FLOOR_ROWS[1:3])
    most, whole = host_speed.MOST, host_speed.FIRST_SYNC
    return f"""
| | |
|---|---|
| `host status`, {most:,} records: 38 times ten years of weekly use | {_time(status.value)}; {status.ratio:.1f} times a Python that does nothing, {load_status.ratio:.1f} of it to load what it needs |
| `host sync` without news, {most:,} records here | {_time(sync.value)}; {sync.ratio:.1f} times `mpremote exec pass`, {load_sync.ratio:.1f} of it to load what it needs |
| first sync of {whole:,} records, until they are committed | {_time(1000 * whole / first.value)} |
| a press, with {pico_growth.ON_FLASH[-1]:,} records on flash | on flash and answered after {_time(press.value)} |

![{_names(found.growth)}](growth.svg)

Measured on {found.date}: {found.machine["cores"]} cores ({found.machine["cpu"]}), Python {found.versions["Python"]};
the Pico is an emulated one. `make bench` measures your computer, and CONTRIBUTING says
[how to read it](../CONTRIBUTING.md#speed).
"""  # noqa: E501


def in_short(found: Results) -> str:
    """Return what README says of speed, in a sentence or two, by the same results."""
    status = found.row(host_speed.STATUS_ROWS[2])
    sync = found.row(host_speed.SYNC_ROWS[2])
    press = found.row(pico_growth.ROWS[1])
    most, on_flash = host_speed.MOST, pico_growth.ON_FLASH[-1]
    return f"""
With {most:,} records, 38 times ten years of weekly use, `host status` answers in
{_time(status.value)}, and `host sync` without news takes {_time(sync.value)}. With {on_flash:,}
records on flash a press is on flash and answered after {_time(press.value)}, on an emulated Pico.
"""


def _time(ms: float) -> str:
    """Return a time with two digits that count, in ms or, from a second on, in s."""
    return f"{_digits(ms / 1000, 2)} s" if ms >= 995 else f"{_digits(ms, 2)} ms"


def _names(curves: Sequence[Curve]) -> str:
    return "How time and speed depend on the number of records: " + "; ".join(
        curve.name for curve in curves
    )


def page_with_section(page: str, found: Results) -> str:
    """Return docs/speed.md with the section of these results in place of its own."""
    return replaced(page, "How fast", MAKER, section(found))


def readme_with_section(readme: str, found: Results) -> str:
    """Return README with the sentences of these results in place of its own."""
    return replaced(readme, "How fast, in short", MAKER, in_short(found))


def write(found: Results) -> None:
    """Write drawing and both sections anew."""
    DRAWING.write_text(drawing(found.growth), "utf-8")
    PAGE.write_text(page_with_section(PAGE.read_text("utf-8"), found), "utf-8")
    README.write_text(readme_with_section(README.read_text("utf-8"), found), "utf-8")


if __name__ == "__main__":
    write(results.read(results.FILE))
