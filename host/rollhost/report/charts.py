"""Draws the charts, as SVG in the page, with the colours of the page.

No meaning is in a colour alone: a shape, a pattern or a place has it too. A chart is
one picture with a name; a sentence beside it says what it shows, and its numbers are
in a table.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rollhost.report.markup import Inside, Markup, number, tag

WIDTH = 860
"""Width (px) of every chart at its full size."""

LEFT, RIGHT = 14, 76
"""Space (px) beside a chart with a time axis: for half a label, and for the labels of its values.

Those are on the right, beside the newest: on a phone a chart is scrolled, and begins there.
"""

DAY_S = 86400

NARROWEST_S = 28 * DAY_S
"""The shortest time (s) that is drawn: a shorter one would look longer than it is."""

CELL, PITCH = 12, 15
"""Size of a day in the calendar, and distance from one day to the next (px)."""

SCROLLED = 420
"""A calendar that is wider (px) is scrolled on a phone, and has its weekdays at both ends."""

MOST_TIPS = 1200
"""How many ordinary marks of one kind have a tooltip at most; all are in the table (own)."""

# Marks on a square of 12 by 12 px, in the order of drawing: later ones lie on top.
USE, USES, LOOSE, EARLY, CLINIC, REACTION = "use", "uses", "loose", "early", "clinic", "reaction"
LATE, NEVER = "late", "never"
MARKS = (USE, USES, LOOSE, EARLY, CLINIC, REACTION, LATE, NEVER)

_SHAPES = {
    USE: "M2 0h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z",
    USES: "M2 0h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM4 4v4h4v-4z",
    LOOSE: "M2 1h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1z",
    EARLY: "M6 0 12.5 12h-13z",
    CLINIC: "M6-1 13 6 6 13-1 6z",
    REACTION: "M1 1 11 11M11 1 1 11",
    LATE: "M6 0 12 6 6 12 0 6z",
    NEVER: "M1 1 11 11M11 1 1 11",
}

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def definitions() -> Markup:
    """Return marks and patterns for all charts: an element without a size, before the charts."""
    marks = [tag("path", id=f"m-{name}", class_=f"m {name}", d=_SHAPES[name]) for name in MARKS]
    grid = tag(
        "pattern",
        tag("rect", class_="cell", width=CELL, height=CELL, rx=2),
        id="grid", width=PITCH, height=PITCH, patternUnits="userSpaceOnUse",
    )  # fmt: skip
    stripes = tag(
        "pattern",
        tag("rect", class_="stripe-paper", width=6, height=6),
        tag("path", class_="stripe", d="M0 0v6"),
        id="stripes", width=6, height=6, patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )  # fmt: skip
    inside = tag("defs", marks, grid, stripes)
    return tag("svg", inside, class_="definitions", width=0, height=0, aria_hidden="true")


def sign(name: str) -> Markup:
    """Return a mark for a legend or a line of text."""
    return tag(
        "svg", tag("use", href=f"#m-{name}"),
        class_="sign", viewBox="-2 -2 16 16", width=16, height=16, aria_hidden="true",
    )  # fmt: skip


def swatch(name: str) -> Markup:
    """Return a sample of an area or a line of a chart, for a legend."""
    return tag(
        "svg", tag("rect", class_=name, x=0, y=2, width=16, height=12),
        class_="sign", viewBox="0 0 16 16", width=16, height=16, aria_hidden="true",
    )  # fmt: skip


def dot() -> Markup:
    """Return a dot, for a legend."""
    return tag(
        "svg", tag("circle", class_="dot", cx=8, cy=8, r=3.5),
        class_="sign", viewBox="0 0 16 16", width=16, height=16, aria_hidden="true",
    )  # fmt: skip


class Day(NamedTuple):
    """A day with marks, and the text of its tooltip."""

    day: date
    marks: tuple[str, ...]
    says: str


def calendar(
    span: tuple[date, date],
    known: tuple[date, date],
    days: Sequence[Day],
    name: str,
    told_in: str,
    tips: bool = True,
) -> Markup:
    """Draw the days from the first month of `span` to its last day. A column is a week from Monday.

    Each day from the first to the last of `known` has a square.
    """
    left, top = 34, 20
    first, end = span[0].replace(day=1), span[1]
    begins = [first]
    while (begin := _next_month(begins[-1])) <= end:
        begins.append(begin)
    weeks = _column(end, first) + 1
    width = left + weeks * PITCH
    inside: list[Inside] = []
    for begin in begins:
        # The name is above the month's first whole column.
        column = _column(begin + timedelta((7 - begin.weekday()) % 7), first)
        x = left + min(column, weeks - 1) * PITCH
        inside.append(_text(MONTHS[begin.month - 1], x, top - 7))
    is_long = width > SCROLLED
    for row in (0, 2, 4, 6):
        inside.append(_text(WEEKDAYS[row], left - 6, top + row * PITCH + 10, "end"))
        if is_long:
            inside.append(_text(WEEKDAYS[row], width + 3, top + row * PITCH + 10))
    begin, last = max(known[0], first), min(known[1], end)
    grid: list[Inside] = [tag("path", d=_outline(first, begin, last), fill="url(#grid)")]
    lines = "".join(_border(month, first) for month in begins[1:] if begin < month <= last)
    grid.append(tag("path", class_="months", d=lines))
    for marked in days:
        x, y = _column(marked.day, first) * PITCH, marked.day.weekday() * PITCH
        marks = [mark for mark in MARKS if mark in marked.marks]
        says = tag("title", marked.says) if tips or marks != [USE] else None
        if len(marks) == 1:
            grid.append(tag("use", says, href=f"#m-{marks[0]}", x=x, y=y))
        else:
            drawn = [tag("use", href=f"#m-{mark}", x=x, y=y) for mark in marks]
            grid.append(tag("g", says, drawn))
    inside.append(tag("g", grid, transform=f"translate({left} {top})"))
    look = "calendar long" if is_long else "calendar"
    return _svg(
        width + (left if is_long else 0), top + 7 * PITCH, name, told_in, inside, class_=look
    )


def _next_month(day: date) -> date:
    """Return the first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _column(day: date, first: date) -> int:
    """Return the column of a day, where `first` is in column 0."""
    return ((day - first).days + first.weekday()) // 7


def _outline(first: date, begin: date, last: date) -> str:
    """Return the outline of the days from `begin` to `last`, in steps."""
    head, foot = begin.weekday() * PITCH, (last.weekday() + 1) * PITCH
    left, right = _column(begin, first) * PITCH, _column(last, first) * PITCH
    return (
        f"M{left + PITCH} 0H{right + PITCH}V{foot}H{right}V{7 * PITCH}"
        f"H{left}V{head}H{left + PITCH}z"
    )


def _border(begin: date, first: date) -> str:
    """Return the path of the line between a month and the one before."""
    x, y = _column(begin, first) * PITCH - 1.5, begin.weekday() * PITCH - 1.5
    if begin.weekday() == 0:
        return f"M{number(x)} 0V{7 * PITCH - 3}"
    return f"M{number(x)} {7 * PITCH - 3}V{number(y)}h{PITCH}V0"


class Span:
    """The time that a chart shows, from `start` to `end` (Unix s), and its scale."""

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = max(end, start + NARROWEST_S)
        self._scale = (WIDTH - LEFT - RIGHT) / (self.end - self.start)

    def x(self, unix: float) -> float:
        """Return the place of a moment (px); at the edge if it is outside."""
        inside = min(max(unix, self.start), self.end)
        return LEFT + (inside - self.start) * self._scale

    def ticks(self) -> list[tuple[float, str]]:
        """Return the places (px) and labels of the marks on the axis, about a dozen at most."""
        days = (self.end - self.start) / DAY_S
        if days <= 92:
            return self._days(7 if days > 40 else 4)
        return self._months(_month_step(days / 30.4, 12))

    def _days(self, step: int) -> list[tuple[float, str]]:
        day = datetime.fromtimestamp(self.start).date() + timedelta(1)
        ticks = []
        while (at := _midnight(day)) <= self.end:
            ticks.append((self.x(at), f"{day.day} {MONTHS[day.month - 1]}"))
            day += timedelta(step)
        return ticks

    def _months(self, step: int) -> list[tuple[float, str]]:
        begin = datetime.fromtimestamp(self.start).date()
        count = begin.year * 12 + begin.month - 1
        count += -count % step
        ticks: list[tuple[float, str]] = []
        while (at := _midnight(date(count // 12, count % 12 + 1, 1))) <= self.end:
            if at >= self.start:
                year, month = divmod(count, 12)
                label = MONTHS[month]
                if step >= 12:
                    label = str(year)
                elif month == 0 or not ticks:
                    label = f"{label} {year}"
                ticks.append((self.x(at), label))
            count += step
        return ticks


def _month_step(months: float, most: int) -> int:
    """Return how many months are between two labels, so that there are at most `most` of them."""
    return next((step for step in (1, 2, 3, 6, 12, 24, 60) if months / step <= most), 120)


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()


class Point(NamedTuple):
    """A value at Unix time `at` (s), where 1 is the limit; None if there is no value.

    It is drawn as a dot or, if it is unusual, as `mark`.
    """

    at: int
    value: float | None
    says: str
    mark: str = ""


def against_limit(
    span: Span,
    points: Sequence[Point],
    labels: Sequence[tuple[float, str]],
    below: bool,
    name: str,
    told_in: str,
) -> Markup:
    """Draw values against their limit; the area `below` it, else that above, is tinted.

    `labels` are those of the axis, the highest last. A value above that is drawn at the
    upper edge, as an arrow.
    """  # fmt: skip
    top, height = 14, 150
    most = labels[-1][0]
    bottom = top + height

    def y(value: float) -> float:
        return bottom - min(value, most) / most * height

    right = WIDTH - RIGHT
    limit = y(1)
    shade_y, shade_height = (limit, bottom - limit) if below else (top, limit - top)
    inside: list[Inside] = [
        tag("rect", class_="against", x=LEFT, y=shade_y, width=right - LEFT, height=shade_height),
        _time_axis(span, top, bottom),
    ]
    for value, label in labels:
        inside.append(_text(label, right + 8, y(value) + 4))
        if value not in (0, 1):
            inside.append(_line("rule", LEFT, y(value), right, y(value)))
    inside.append(_line("limit", LEFT, limit, right, limit))
    dots = [
        (span.x(point.at), y(point.value), point.says)
        for point in points
        if not point.mark and point.value is not None and point.value <= most
    ]
    if len(dots) > MOST_TIPS // 4:
        places = "".join(f"M{number(dot_x)} {number(dot_y)}h0" for dot_x, dot_y, _ in dots)
        inside.append(tag("path", class_="dots", d=places))
    else:
        inside += [
            tag("circle", tag("title", says), class_="dot", r=3.5, cx=dot_x, cy=dot_y)
            for dot_x, dot_y, says in dots
        ]
    for point in points:
        x = span.x(point.at)
        beyond = point.value is not None and point.value > most
        says = tag("title", point.says)
        if point.mark:
            middle = top if point.value is None or beyond else y(point.value)
            inside.append(tag("use", says, href=f"#m-{point.mark}", x=x - 6, y=middle - 6))
        elif beyond:
            arrow = f"M{number(x - 4)} {top + 1}l4-7 4 7z"
            inside.append(tag("path", says, class_="dot", d=arrow))
    return _svg(WIDTH, bottom + 24, name, told_in, inside)


class Box(NamedTuple):
    """A head: in from `start` to `end` (Unix s), for `uses` uses of at most `most`.

    `old` is the time (Unix s) in which it was used although too old, None if it was not.
    """

    start: int
    end: int
    uses: int
    most: int
    old: tuple[int, int] | None
    says: str


def boxes(span: Span, heads: Sequence[Box], name: str, told_in: str) -> Markup:
    """Draw heads: as wide as they lasted, as high as their uses; striped beyond their limits."""
    top, height = 12, 130
    bottom = top + height
    most = max([1, *(max(head.uses, head.most) for head in heads)])

    def y(uses: float) -> float:
        return bottom - uses / most * height

    step = next((step for step in (1, 2, 5, 10, 20, 50) if most / step <= 6), 100)
    inside: list[Inside] = [_time_axis(span, top, bottom)]
    for uses in range(0, most + 1, step):
        inside.append(_text(str(uses), WIDTH - RIGHT + 8, y(uses) + 4))
        if uses:
            inside.append(_line("rule", LEFT, y(uses), WIDTH - RIGHT, y(uses)))
    for head in heads:
        x, end = span.x(head.start), span.x(head.end)
        width = max(end - x - 2, 3)
        within = min(head.uses, head.most)
        parts: list[Inside] = [tag("title", head.says)]
        parts.append(
            tag("rect", class_="head", x=x, y=y(within), width=width, height=bottom - y(within))
        )
        if head.uses > head.most:
            over = y(head.most) - y(head.uses)
            parts.append(tag("rect", class_="over", x=x, y=y(head.uses), width=width, height=over))
        if head.old is not None:
            old, last = span.x(head.old[0]), span.x(head.old[1])
            high = max(bottom - y(head.uses), 3)
            parts.append(
                tag("rect", class_="over", x=old, y=bottom - high, width=max(last - old, 3),
                    height=high)
            )  # fmt: skip
        parts.append(_line("limit", x, y(head.most), x + width, y(head.most)))
        inside.append(tag("g", parts))
    return _svg(WIDTH, bottom + 24, name, told_in, inside)


class Lane(NamedTuple):
    """A row of a chart: its label, its count for each month (year, month), and its CSS class."""

    label: str
    counts: dict[tuple[int, int], int]
    look: str


def months(span: Span, lanes: Sequence[Lane], name: str, told_in: str) -> Markup:
    """Draw counts by month: a row for each lane, a bar for each month."""
    room, top = 205, 6
    row = 40
    bottom = top + row * len(lanes)
    most = max([1, *(count for lane in lanes for count in lane.counts.values())])
    begin = datetime.fromtimestamp(span.start).date()
    end = datetime.fromtimestamp(span.end).date()
    first = begin.year * 12 + begin.month - 1
    count = end.year * 12 + end.month - first
    wide = (WIDTH - LEFT - room) / count
    right = WIDTH - room
    inside: list[Inside] = []
    for place, lane in enumerate(lanes):
        base = top + row * (place + 1) - 6
        inside.append(_text(lane.label, right + 10, base - 6))
        inside.append(_line("base", LEFT, base, right, base))
        for (year, month), times in sorted(lane.counts.items()):
            x = LEFT + (year * 12 + month - 1 - first) * wide
            high = (row - 18) * times / most
            says = tag("title", f"{MONTHS[month - 1]} {year}, {lane.label}: {times}")
            width = max(min(wide - 1, 24), 3)
            bar = tag("rect", says, class_=lane.look, x=x, y=base - high, width=width, height=high)
            inside.append(bar)
            if wide >= 16:
                inside.append(_text(str(times), x + width / 2, base - high - 3, "middle"))
    step = _month_step(count, 11)
    for month in range(-(-first // step) * step, first + count, step):
        x = LEFT + (month - first) * wide
        label = str(month // 12) if step >= 12 else MONTHS[month % 12]
        if step < 12 and (month % 12 == 0 or month - first < step):
            label += f" {month // 12}"
        inside += [_line("rule", x, top, x, bottom), _text(label, x, bottom + 14)]
    return _svg(WIDTH, bottom + 22, name, told_in, inside)


class Stretch(NamedTuple):
    """A bar from `start` to `end` (Unix s; None: until now), with a stroke at each of `looks`."""

    row: int
    start: int
    end: int | None
    looks: tuple[int, ...]
    says: str


def stretches(
    span: Span, rows: Sequence[str], drawn: Iterable[Stretch], name: str, told_in: str
) -> Markup:
    """Draw times as bars, in rows with these labels."""
    top, row = 6, 34
    bottom = top + row * len(rows)
    inside: list[Inside] = [_time_axis(span, top, bottom)]
    for place, label in enumerate(rows):
        inside.append(_text(label, WIDTH - RIGHT + 10, top + row * place + 21))
    for stretch in drawn:
        y = top + row * stretch.row + 8
        x = span.x(stretch.start)
        end = span.x(span.end if stretch.end is None else stretch.end)
        look = "open-stretch" if stretch.end is None else "stretch"
        parts: list[Inside] = [
            tag("title", stretch.says),
            tag("rect", class_=look, x=x, y=y, width=max(end - x, 4), height=18, rx=2),
        ]
        parts += [_line("look", span.x(at), y - 3, span.x(at), y + 21) for at in stretch.looks]
        inside.append(tag("g", parts))
    return _svg(WIDTH, bottom + 24, name, told_in, inside)


def gauge(value: int, most: int, over: bool) -> Markup:
    """Draw how much of `most` is used up; the number is in the text beside it."""
    share = min(value / most, 1) if most else 1
    return tag(
        "svg",
        tag("rect", class_="gauge-room", width=120, height=8, rx=4),
        tag("rect", class_="gauge-over" if over else "gauge", width=120 * share, height=8, rx=4),
        class_="gauge-box", viewBox="0 0 120 8", preserveAspectRatio="xMinYMid",
        width=120, height=8, aria_hidden="true",
    )  # fmt: skip


def columns(bars: Sequence[tuple[str, str, int, int]], name: str, told_in: str) -> Markup:
    """Draw a column for each month, for print: its label, its year or "", and two numbers.

    The numbers are stacked: the lower one is filled, the upper one outlined.
    """
    height, top, wide = 46, 14, 680 / max(len(bars), 1)
    most = max([1, *(lower + upper for _, _, lower, upper in bars)])
    bottom = top + height
    inside: list[Inside] = [_line("base", 0, bottom, 680, bottom)]
    for place, (label, year, lower, upper) in enumerate(bars):
        x = place * wide + wide / 5
        low, high = height * lower / most, height * upper / most
        width = wide * 3 / 5
        if lower:
            inside.append(
                tag("rect", class_="ink-bar", x=x, y=bottom - low, width=width, height=low)
            )
        if upper:
            inside.append(
                tag("rect", class_="ink-frame", x=x + 0.5, y=bottom - low - high,
                    width=width - 1, height=high)
            )  # fmt: skip
        if lower + upper:
            inside.append(
                _text(str(lower + upper), x + width / 2, bottom - low - high - 3, "middle")
            )
        inside.append(_text(label, x + width / 2, bottom + 13, "middle"))
        if year:
            inside.append(_text(year, x + width / 2, bottom + 26, "middle"))
    return _svg(680, bottom + 30, name, told_in, inside, class_="columns")


def _time_axis(span: Span, top: float, bottom: float) -> Markup:
    inside: list[Inside] = [_line("base", LEFT, bottom, WIDTH - RIGHT, bottom)]
    for x, label in span.ticks():
        inside.append(_line("rule", x, top, x, bottom + 5))
        # The first label may have no space to its left.
        inside.append(_text(label, max(x, 26), bottom + 18, "middle"))
    return tag("g", inside)


def _text(text: str, x: float, y: float, anchor: str | None = None) -> Markup:
    return tag("text", text, x=float(x), y=float(y), class_=anchor)


def _line(look: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    if x1 == x2:
        to = f"V{number(y2)}"
    else:
        to = f"H{number(x2)}" if y1 == y2 else f"L{number(x2)} {number(y2)}"
    return tag("path", class_=look, d=f"M{number(x1)} {number(y1)}{to}")


def _svg(
    width: int, height: float, name: str, told_in: str, inside: Inside,
    class_: str | None = None,
) -> Markup:  # fmt: skip
    """Return a chart. `told_in` is the id of the sentence that describes it."""
    return tag(
        "svg", inside, role="img", aria_label=name, aria_describedby=told_in,
        viewBox=f"0 0 {width} {number(height)}", width=width, height=number(height), class_=class_,
    )  # fmt: skip
