"""Draws the measures of an insert, at true size, to be printed: a page in A4 and one in Letter.

Lengths are in mm. The board's are those of Raspberry Pi's data sheets, which building.md cites.
"""

from typing import NamedTuple

from boards.canvas import Canvas

BOARD_LENGTH = 51.0
BOARD_WIDTH = 21.0
HOLE = 2.1
HOLES_ALONG = 47.0
HOLES_ACROSS = 11.4
"""Of the four mounting holes: their diameter, and how far their centres are apart."""
USB_OVERHANG = 1.3
USB_WIDTH = 8.0
PIN_PITCH = 2.54
PIN_ROWS = 17.78
"""How far the two rows of pins are apart."""

CHECK = 50.0
"""The length of the lines that show whether the page was printed at true size."""

HEADS = (3, 5)
"""Diameters of the holes for a lamp: the LED on the board, a 5 mm LED."""

MARGIN = 12.0
"""What most printers leave white at an edge, and a little more."""

RULE = 180
ROOM = 52
"""The roller's place on the page: how long its rule is, and how much room is below."""


class Paper(NamedTuple):
    """A size of paper."""

    name: str
    width: float
    height: float


PAPERS = {
    "template_a4": Paper("A4", 210.0, 297.0),
    "template_letter": Paper("Letter", 215.9, 279.4),
}

STYLE = """
@page { margin: 0 }
svg { font: 3.4px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; background: #fff }
text { fill: #000 }
.title { font-size: 6px; font-weight: 600 }
.small { font-size: 2.8px }
.strong { font-weight: 700 }
.middle { text-anchor: middle }
.end { text-anchor: end }
.cut { fill: none; stroke: #000; stroke-width: 0.3 }
.measure { fill: none; stroke: #000; stroke-width: 0.15 }
.dashed { fill: none; stroke: #000; stroke-width: 0.25; stroke-dasharray: 2 1.2 }
.check { fill: none; stroke: #000; stroke-width: 0.5 }
.pin { fill: none; stroke: #777; stroke-width: 0.12 }
.blank { fill: none; stroke: #000; stroke-width: 0.2 }
"""

HOW_TO_PRINT = (
    "Print at 100 % (“actual size”), never “fit to page”. Then lay a ruler on both lines below:",
    "each is 50 mm long. If one is not, print again; nothing else on this page fits either.",
)

TO_MEASURE = (
    "Lay the roller below, its end at 0, and draw around it. Measure, and add what stands behind:",
    "A  length, from end to end: + 4 mm, so that a finger gets it out",
    "B  width of the head, over the caps at its sides: + 2 mm",
    "C  diameter of the head, over the needles: + 4 mm; needles touch nothing, not even foam",
    "D  diameter of the handle where it lies: + 0.5 mm; it is held there, and only there",
)


class Drawing(Canvas):
    """A page on white paper, whatever the colours of the screen are."""

    STYLE = STYLE

    def hole(self, x: float, y: float, diameter: float) -> None:
        """Draw a hole to be drilled: its edge, and a cross at its centre."""
        self.circle("cut", x, y, diameter / 2)
        arm = diameter / 2 + 1.2
        self.line("measure", (x - arm, y), (x + arm, y))
        self.line("measure", (x, y - arm), (x, y + arm))

    def distance(self, start: tuple[float, float], end: tuple[float, float], words: str) -> None:
        """Draw a measure between two points on a level or plumb line, with words beside it."""
        (x, y), (to_x, to_y) = start, end
        self.line("measure", start, end)
        across, along = (0.0, 1.2) if y == to_y else (1.2, 0.0)
        for at_x, at_y in (start, end):
            self.line("measure", (at_x - across, at_y - along), (at_x + across, at_y + along))
        if y == to_y:
            self.text((x + to_x) / 2, y - 1, words, "small middle")
        else:
            self.text(x + 1.5, (y + to_y) / 2 + 1, words, "small")


def pictures() -> dict[str, str]:
    """Return the SVG of each page by its name."""
    return {name: draw(paper) for name, paper in PAPERS.items()}


def draw(paper: Paper) -> str:
    """Return the page: how to print it, the board, lamp and button, the roller."""
    drawing = Drawing()
    left = (paper.width - RULE) / 2
    title = f"Measures of an insert, on {paper.name}"
    drawing.text(left, MARGIN + 5, title, "title")
    drawing.lines(left, MARGIN + 12, 4.6, HOW_TO_PRINT)
    _check(drawing, left, MARGIN + 26)
    _board(drawing, left + 68, MARGIN + 34)
    _small_parts(drawing, left + 116, MARGIN + 34)
    _roller(drawing, left, MARGIN + 116)
    width, height = f"{paper.width:g}", f"{paper.height:g}"
    size = f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    return drawing.page(title, " ".join((*HOW_TO_PRINT, *TO_MEASURE)), size, "")


def _check(drawing: Drawing, x: float, y: float) -> None:
    """Draw the two lines that show whether the page has its true size."""
    ends = ((x + CHECK, y), (x, y + CHECK))
    for end_x, end_y in ends:
        drawing.line("check", (x, y), (end_x, end_y))
    for tick in range(0, int(CHECK) + 1, 10):
        drawing.line("check", (x + tick, y), (x + tick, y + 2.5))
        drawing.line("check", (x, y + tick), (x + 2.5, y + tick))
    drawing.text(x + CHECK / 2, y - 1.5, f"check: {CHECK:g} mm", "strong middle")
    drawing.text(x + 4, y + CHECK / 2 + 1, f"check: {CHECK:g} mm", "strong")


def _board(drawing: Drawing, x: float, y: float) -> None:
    """Draw a Pico from above, its upper left corner at (x, y)."""
    drawing.text(x + BOARD_WIDTH / 2, y - 4.5, "the board, from above", "strong middle")
    drawing.box("cut", x, y, BOARD_WIDTH, BOARD_LENGTH, 0)
    middle = x + BOARD_WIDTH / 2
    drawing.box("dashed", middle - USB_WIDTH / 2, y - USB_OVERHANG, USB_WIDTH, 6.8, 0)
    drawing.text(middle, y + 4, "USB", "small middle")
    edge = (BOARD_LENGTH - HOLES_ALONG) / 2
    for hole_y in (y + edge, y + BOARD_LENGTH - edge):
        for across in (-HOLES_ACROSS / 2, HOLES_ACROSS / 2):
            drawing.hole(middle + across, hole_y, HOLE)
    first = y + BOARD_LENGTH / 2 - 9.5 * PIN_PITCH
    for row in range(20):
        for across in (-PIN_ROWS / 2, PIN_ROWS / 2):
            drawing.circle("pin", middle + across, first + row * PIN_PITCH, 0.5)
    right = x + BOARD_WIDTH
    drawing.distance((right + 4, y), (right + 4, y + BOARD_LENGTH), f"{BOARD_LENGTH:g}")
    drawing.distance(
        (right + 12, y + edge), (right + 12, y + BOARD_LENGTH - edge), f"{HOLES_ALONG:g}"
    )
    below = y + BOARD_LENGTH + 6
    drawing.distance(
        (middle - HOLES_ACROSS / 2, below), (middle + HOLES_ACROSS / 2, below), f"{HOLES_ACROSS:g}"
    )
    drawing.distance((x, below + 6), (right, below + 6), f"{BOARD_WIDTH:g}")
    drawing.lines(
        x - 20,
        below + 12,
        4,
        (
            f"Four holes of {HOLE:g} mm, for M2 screws.",
            "Leave room above USB for the whole plug: measure yours.",
        ),
        "small",
    )


def _small_parts(drawing: Drawing, x: float, y: float) -> None:
    """Draw the holes for lamp and button, and what has to be measured."""
    drawing.text(x, y - 4.5, "lamp, button, battery", "strong")
    for place, diameter in enumerate(HEADS):
        drawing.hole(x + 5, y + 5 + 12 * place, diameter)
    drawing.text(x + 12, y + 6, "3 mm: over the LED on the board", "small")
    drawing.text(x + 12, y + 18, "5 mm: for an LED of 5 mm", "small")
    rows = (
        "button, diameter of its thread",
        "battery holder, length",
        "battery holder, width",
        "battery holder, height",
    )
    for row, words in enumerate(rows):
        drawing.box("blank", x, y + 27 + 8 * row, 14, 6, 0.5)
        drawing.text(x + 16, y + 31 + 8 * row, f"mm  {words}", "small")
    drawing.lines(
        x,
        y + 62,
        4,
        ("Write your measures in. The drill for the", "button is the one its packet names."),
        "small",
    )


def _roller(drawing: Drawing, x: float, y: float) -> None:
    """Draw the roller's place: a rule, what to measure, and boxes for the measures."""
    drawing.text(x, y, "the roller: no two are alike, so measure yours", "strong")
    drawing.lines(x, y + 6, 4.6, TO_MEASURE)
    # A sketch, not at true size.
    top = y + 46
    drawing.box("cut", x + 6, top - 3, 92, 6, 3)
    drawing.box("cut", x + 98, top - 7, 6, 14, 1)
    drawing.box("cut", x + 104, top - 11, 16, 22, 5)
    drawing.text(x + 50, top + 1.2, "handle", "small middle")
    drawing.text(x + 112, top + 1.2, "head", "small middle")
    drawing.distance((x + 6, top + 17), (x + 120, top + 17), "A")
    drawing.distance((x + 104, top - 13), (x + 120, top - 13), "C")
    drawing.distance((x + 124, top - 11), (x + 124, top + 11), "B")
    drawing.distance((x + 26, top - 3), (x + 26, top + 3), "D")
    drawing.text(x + 6, top - 9, "a sketch, not at true size", "small")
    for row, letter in enumerate("ABCD"):
        drawing.text(x + 138, top - 9 + 8 * row, letter, "strong")
        drawing.box("blank", x + 143, top - 13 + 8 * row, 14, 6, 0.5)
        drawing.text(x + 159, top - 9 + 8 * row, "mm", "small")
    base = top + 28
    drawing.line("cut", (x, base), (x + RULE, base))
    for mm in range(RULE + 1):
        length = 5 if mm % 10 == 0 else 3.4 if mm % 5 == 0 else 2
        drawing.line("measure", (x + mm, base), (x + mm, base + length))
        if mm % 10 == 0:
            drawing.text(x + mm, base + 8.4, str(mm), "small middle")
    drawing.line("dashed", (x, base), (x, base + ROOM))
    drawing.text(
        x + 3,
        base + ROOM - 1,
        "Room to draw around it. Longer than the rule? Move it along, and add up.",
        "small",
    )
