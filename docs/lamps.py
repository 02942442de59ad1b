"""Draws what the lamp shows, from the tables that it is played from.

Usage: python -m docs.lamps, which makes lamps.svg and power-up.svg again. Each row is one
message over six seconds: above in colour, below as a plain LED shows it.
"""

from html import escape
from pathlib import Path

from rollcase import lamp
from rollcore import state
from rollhost.output import lamp_text

FILE = Path(__file__).resolve().parent / "lamps.svg"
POWER_UP_FILE = FILE.with_name("power-up.svg")

Row = tuple[str, str, "lamp.Pattern", bool]
"""A message: what it means, its words, its pattern, and whether it repeats."""

SECONDS = 6

# Where things are on the sheet.
WIDTH = 960
LEFT = 330  # where time begins
SCALE = 100  # a second
TOP = 64
ROW = 46
STRIP = 15  # height of the strip in colour
PLAIN = 6  # of the plain LED's

STYLE = """
svg { font: 14px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
text { fill: #1c1c1c }
.title { font-size: 20px; font-weight: 600 }
.small { font-size: 12px }
.faint { fill: #56605b }
.middle { text-anchor: middle }
.sheet { fill: #fff; stroke: #c8c8c8 }
.dark { fill: #22262b }
.frame { fill: none; stroke: #8a8f94 }
.plain { fill: #ffe9a8 }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 }
.faint { fill: #a9b5af }
.sheet { fill: #16191d; stroke: #3a3f45 }
.dark { fill: #000 }
}
"""

EVENTS = (
    # beside the phases: what the lamp answers
    ("no: not today", lamp.REFUSED),
    ("once more, please", lamp.AGAIN),
    ("understood; nothing to do", lamp.NOTED),
    ("the battery is nearly empty", lamp.BATTERY),
    ("12, counted", lamp.count(12, lamp.RED)),
)

MEANINGS = {
    state.RESTING: "resting",
    state.PREPARE: "rested; soak first",
    state.SOAKING: "soaking",
    state.DRYING: "drying",
    state.READY: "rested and disinfected",
    state.ASKING: "was it used?",
    state.IN_USE: "in use",
    state.CLEAN_ME: "clean me",
    state.HEAD_EXPIRED: "the head is worn out",
    state.HELD: "on hold",
    lamp.FAULT: "the case cannot work",
}


def rows() -> list[Row]:
    """Return each message."""
    found: list[Row] = []
    for phase, looks in lamp_text.LAMP.items():
        for stage, look in enumerate(looks):
            meaning = look.meaning or MEANINGS[phase]
            found.append((meaning, look.words, lamp.PATTERNS[phase][stage], True))
    unset = lamp.pattern_of(state.RESTING, state.NORMAL, False)
    found.append(("the clock is not set", "a tiny blue blink after anything", unset, True))
    sync_me = lamp.pattern_of(state.RESTING, state.NORMAL, True, True)
    found.append(("sync me", "two tiny blue blinks after anything", sync_me, True))
    found += [(meaning, "an answer, once", pattern, False) for meaning, pattern in EVENTS]
    return found


def power_up_rows() -> list[Row]:
    """Return what a new case can show once it has power, and at the first press."""
    looks = {phase: lamp_text.LAMP[phase][0].words for phase in lamp_text.LAMP}
    return [
        (
            "a new case, its clock not set",
            f"{looks[state.PREPARE]}, and a short blink",
            lamp.pattern_of(state.PREPARE, state.NORMAL, False),
            True,
        ),
        (
            "the same, after host sync",
            looks[state.PREPARE],
            lamp.pattern_of(state.PREPARE, state.NORMAL, True),
            True,
        ),
        (
            "pressed once",
            looks[state.SOAKING],
            lamp.pattern_of(state.SOAKING, state.NORMAL, True),
            True,
        ),
        ("its button is down at power-up", "five flashes, then dark", lamp.SKIPPED, False),
        (
            "it cannot work",
            looks[lamp.FAULT],
            lamp.pattern_of(lamp.FAULT, state.NORMAL, True),
            True,
        ),
    ]


def draw(title: str = "What the lamp says", messages: list[Row] | None = None) -> str:
    """Return the picture of these messages as SVG; of all that there are if none are given."""
    messages = messages or rows()
    height = TOP + ROW * len(messages) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-labelledby="title">',
        f'<title id="title">{escape(title)}, over six seconds</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="sheet" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="8"/>',
        f'<text class="title" x="24" y="38">{escape(title)}</text>',
    ]
    for second in range(SECONDS + 1):
        x = LEFT + second * SCALE
        out.append(f'<text class="small faint middle" x="{x}" y="50">{second} s</text>')
    for number, (meaning, look, pattern, repeats) in enumerate(messages):
        y = TOP + ROW * number
        out.append(f'<text x="24" y="{y + 14}">{escape(meaning)}</text>')
        out.append(f'<text class="small faint" x="24" y="{y + 30}">{escape(look)}</text>')
        out += _strip(pattern, repeats, y)
    foot = "Above: a lamp in colour. Below: the LED on a plain Pico, by rhythm alone."
    out.append(f'<text class="small faint" x="{LEFT}" y="{height - 18}">{foot}</text>')
    return "\n".join([*out, "</svg>", ""])


def draw_power_up() -> str:
    """Return the picture for the page on the first power-up, as SVG."""
    return draw("After power-up", power_up_rows())


def _strip(pattern: "lamp.Pattern", repeats: bool, y: int) -> list[str]:
    """Return a pattern's light along the seconds, twice."""
    width = SECONDS * SCALE
    out = [
        f'<rect class="dark" x="{LEFT}" y="{y + 2}" width="{width}" height="{STRIP}" rx="2"/>',
        f'<rect class="dark" x="{LEFT}" y="{y + 20}" width="{width}" height="{PLAIN}" rx="2"/>',
    ]
    ms = 0
    while ms < SECONDS * 1000:
        for colour, lasts in pattern:
            shown = min(lasts, SECONDS * 1000 - ms)
            if colour and shown > 0:
                x = LEFT + ms * SCALE // 1000
                end = LEFT + (ms + shown) * SCALE // 1000
                place = f'x="{x}" width="{max(end - x, 2)}"'
                out.append(f'<rect {place} y="{y + 2}" height="{STRIP}" fill="#{colour:06x}"/>')
                if lamp.is_lit(colour):
                    out.append(f'<rect class="plain" {place} y="{y + 20}" height="{PLAIN}"/>')
            ms += lasts
        if not repeats:
            break
    # White light on a white sheet would look like none.
    for top, height in ((y + 2, STRIP), (y + 20, PLAIN)):
        out.append(
            f'<rect class="frame" x="{LEFT}" y="{top}" width="{width}" height="{height}" rx="2"/>'
        )
    return out


if __name__ == "__main__":
    FILE.write_text(draw(), "utf-8")
    POWER_UP_FILE.write_text(draw_power_up(), "utf-8")
