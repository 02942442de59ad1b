"""Draws how to solder: one joint, step by step, and two rows of headers."""

from boards.canvas import Canvas
from boards.pins import HEADER

WIDTH = 960

FIRST = (1, 21)
"""The pins that are soldered first: two corners that face each other, so that it lies flat."""

NEXT = (20, 40)
"""The other two corners."""


def pictures() -> dict[str, str]:
    """Return the SVG of each drawing by its name."""
    return {"soldering_joint": _joint(), "soldering_headers": _headers()}


def _page(canvas: Canvas, title: str, said: str, height: int) -> str:
    size = f'width="{WIDTH}" height="{height}"'
    frame = f'{size} viewBox="0 0 {WIDTH} {height}"'
    return canvas.page(title, said, frame, f'{size} rx="12"')


# One joint.

STEPS = (
    (
        "1  Heat both",
        ("The side of the tip lies on the pad and", "on the leg, both at once. Count to two."),
    ),
    (
        "2  Feed solder",
        ("Push solder into the joint, not onto the", "tip: it melts by itself, 2 or 3 mm of it."),
    ),
    (
        "3  Take away",
        ("First the solder, then the tip.", "Keep everything still; count to three."),
    ),
)

RESULTS = (
    (
        "✓  good",
        ("A hollow cone, like a tent. It covers the", "pad all around and climbs up the leg."),
    ),
    (
        "✗  a ball",
        ("It sits on the leg and not on the pad.", "Tip on both again, and count to two."),
    ),
    (
        "✗  a bridge",
        ("Two neighbours are joined. Draw the hot,", "wiped tip down between them."),
    ),
)


def _joint() -> str:
    canvas = Canvas()
    title = "One joint, seen from the side"
    canvas.text(32, 44, title, "title")
    canvas.text(32, 68, "The board lies flat. A leg or a wire comes up through its hole.")
    for row, panels in enumerate((STEPS, RESULTS)):
        for column, (name, words) in enumerate(panels):
            x, y = 172 + 308 * column, 226 + 246 * row
            canvas.text(x - 140, y - 120, name, "strong")
            canvas.lines(x - 140, y + 62, 18, words, "small")
            _draw_panel(canvas, x, y, row, column)
    said = " ".join(" ".join((name, *words)) for name, words in STEPS + RESULTS)
    return _page(canvas, title, said, 560)


def _draw_panel(canvas: Canvas, x: int, y: int, row: int, column: int) -> None:
    """Draw the board at height `y`, and what is above the hole at `x`."""
    canvas.box("board", x - 140, y, 280, 22, 2)
    legs = (x - 26, x + 26) if (row, column) == (1, 2) else (x,)
    for leg in legs:
        canvas.box("pad", leg - 8, y - 1, 16, 24, 0)
        for top in (y - 5, y + 22):
            canvas.box("copper", leg - 22, top, 44, 5, 1)
        canvas.box("metal", leg - 5, y - 62, 10, 100, 1)
    if row == 0 and column < 2:
        canvas.shape("part", f"M{x - 6},{y - 4} L{x - 96},{y - 76} L{x - 78},{y - 94} Z")
        canvas.text(x - 128, y - 62, "tip", "small strong")
    if row == 0 and column == 1:
        canvas.line("solder-edge", (x + 7, y - 10), (x + 92, y - 78))
        canvas.line("solder", (x + 7, y - 10), (x + 92, y - 78))
        canvas.text(x + 92, y - 58, "solder", "small strong")
    if row == 0 and column == 2:
        canvas.shape("part", f"M{x - 56},{y - 44} L{x - 122},{y - 88} L{x - 104},{y - 104} Z")
        canvas.line("pen", (x - 50, y - 28), (x - 86, y - 52), (x - 78, y - 38))
        canvas.line("pen", (x - 86, y - 52), (x - 70, y - 51))
    if (row, column) in ((0, 2), (1, 0)):
        _cone(canvas, x, y)
    if (row, column) == (1, 1):
        canvas.circle("melted", x, y - 30, 20)
        canvas.line("pen", (x + 60, y - 16), (x + 26, y - 7))
        canvas.text(x + 64, y - 16, "a gap", "small strong")
    if (row, column) == (1, 2):
        for leg in legs:
            _cone(canvas, leg, y)
        canvas.shape(
            "melted", f"M{x - 22},{y - 6} Q{x},{y - 34} {x + 22},{y - 6} L{x + 22},{y - 1} "
            f"L{x - 22},{y - 1} Z"
        )  # fmt: skip


def _cone(canvas: Canvas, x: int, y: int) -> None:
    canvas.shape(
        "melted",
        f"M{x - 22},{y - 4} Q{x - 7},{y - 8} {x - 5},{y - 40} L{x + 5},{y - 40} "
        f"Q{x + 7},{y - 8} {x + 22},{y - 4} Z",
    )


# Two rows of headers.


def _headers() -> str:
    canvas = Canvas()
    title = "Headers: two rows of twenty legs"
    canvas.text(32, 44, title, "title")
    canvas.text(32, 68, "The breadboard holds them upright while you solder.")
    _side_view(canvas, 40, 260)
    order = _order(canvas, 640, 130)
    return _page(canvas, title, order, 560)


def _side_view(canvas: Canvas, x: int, y: int) -> None:
    """Draw the Pico on its headers in a breadboard, seen from its short side."""
    canvas.text(x, y - 130, "From the short side", "strong")
    canvas.box("part", x, y + 40, 360, 90, 4)
    canvas.text(x + 180, y + 92, "breadboard", "strong middle")
    canvas.box("board", x + 60, y - 22, 240, 20, 2)
    canvas.text(x + 180, y - 34, "Pico, its chip up", "strong middle")
    for leg in (x + 84, x + 276):
        canvas.box("metal", leg - 5, y - 60, 10, 170, 1)
        canvas.box("black", leg - 16, y, 32, 34, 2)
    canvas.line("pen", (x + 84, y - 64), (x + 84, y - 84), (x + 120, y - 84))
    canvas.text(x + 126, y - 80, "short ends up, through the board: solder here", "small strong")
    canvas.line("pen", (x + 84, y + 70), (x + 32, y + 152), (x + 44, y + 152))
    canvas.text(x + 50, y + 156, "long ends down, into the breadboard", "small strong")
    canvas.lines(
        x,
        y + 200,
        20,
        (
            "Count the rows: 20 legs on each side, in the holes that fit the board.",
            "The black strips touch the board all along before the first joint.",
            "The breadboard can get warm: pause after every ten joints.",
        ),
    )


def _order(canvas: Canvas, x: int, y: int) -> str:
    """Draw which pins come first, seen from above; return it in words."""
    canvas.text(x, y, "From above: the order", "strong")
    top, pitch, width = y + 46, 14, 150
    canvas.box("board", x, top - 18, width, 19 * pitch + 36, 8)
    canvas.box("metal", x + width // 2 - 26, top - 32, 52, 36)
    canvas.text(x + width // 2, top - 10, "USB", "small strong middle on-light")
    for number in range(1, len(HEADER) + 1):
        is_left = number <= 20
        at = top + pitch * (number - 1 if is_left else 40 - number)
        canvas.circle("pad", x + 14 if is_left else x + width - 14, at, 5)
    words = []
    for place, number in enumerate((*FIRST, *NEXT), 1):
        is_left = number <= 20
        at = top + pitch * (number - 1 if is_left else 40 - number)
        hole = x + 14 if is_left else x + width - 14
        canvas.circle("black", hole, at, 11)
        canvas.text(hole, at + 4, str(place), "number on-black strong")
        said = f"pin {number}, {HEADER[number - 1]}"
        style = "strong end" if is_left else "strong"
        canvas.text(x - 10 if is_left else x + width + 10, at + 4, said, style)
        words.append(f"{place}: {said}.")
    rest = (
        "After two: look from the side. Lies it flat? If not:",
        "heat one of the two, and press it down. Then 3, 4,",
        "then all others, each for itself.",
    )
    canvas.lines(x - 100, top + 19 * pitch + 50, 20, rest)
    return " ".join((*words, *rest))
