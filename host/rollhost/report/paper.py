"""How much room a part of the page takes on paper, estimated: whether it fits one sheet of A4.

The program has no browser, so it counts characters and rows, for a wide font. The numbers follow
`style.css`; the tests print the fullest page in a browser, and hold that it is one sheet.
"""

import re
from html import unescape
from math import ceil

from rollhost.report.markup import Markup

ROOM_PX = 1000
"""The height of a sheet of A4 between its margins, a little less (CSS px)."""

_LINE_PX = 16.3

_PARTS = {
    # the characters in a line, and the space around it (CSS px)
    "dt": (21, 7.0),
    "dd": (78, 7.0),
    "p": (100, 8.0),
    "li": (104, 0.0),
    "h4": (90, 10.0),
    "figcaption": (46, 3.0),
}
_FIXED_PX = {"tr": 21.0, "caption": 36.0, "thead": 15.0, "svg": 74.0, "img": 182.0}
"""The height of each of these (CSS px)."""

_STARTS = re.compile(rf"<({'|'.join([*_PARTS, *_FIXED_PX])})\b")


def height_px(markup: Markup) -> float:
    """Return about how high this is on paper (CSS px): at least that with common fonts.

    What stands beside something else, such as a name and its value, counts once.
    """
    _, *found = _STARTS.split(markup.text)
    heights = [
        (name, _height(name, text)) for name, text in zip(found[::2], found[1::2], strict=True)
    ]
    total = 0.0
    beside = 0.0
    for name, height in heights:
        if name == "dt":
            beside = height
        elif name == "dd":
            total += max(beside, height)
        elif name in ("img", "figcaption"):
            total += height / 2  # two photos stand side by side
        else:
            total += height
    return total


def _height(name: str, text: str) -> float:
    if name in _FIXED_PX:
        return _FIXED_PX[name]
    in_line, around = _PARTS[name]
    words = unescape(re.sub(r"^[^>]*>|<[^>]*>", "", text)).strip()
    return max(ceil(len(words) / in_line), 1) * _LINE_PX + around
