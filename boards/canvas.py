"""What every drawing here is made with: shapes and words on a sheet, as SVG."""

from html import escape

# The colours of the wires are Okabe and Ito's, which colour-blind people can tell apart.
STYLE = """
svg { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
text { fill: #1c1c1c }
.title { font-size: 20px; font-weight: 600 }
.small { font-size: 11px }
.number { font-size: 10px; text-anchor: middle }
.strong { font-weight: 700 }
.faint { fill: #56605b }
.middle { text-anchor: middle }
.end { text-anchor: end }
.sheet { fill: #fff; stroke: #c8c8c8 }
.board { fill: #e3efe7; stroke: #3f7a5a; stroke-width: 2 }
.pad { fill: #fff; stroke: #9a9a9a }
.part { fill: #f4f4f4; stroke: #444; stroke-width: 2 }
.metal { fill: #c9ccd1; stroke: #777 }
.black { fill: #333; stroke: #777 }
.on-black { fill: #fff }
.resistor { fill: #efe0bf; stroke: #7a6a40; stroke-width: 1.5 }
.on-light { fill: #1c1c1c }
.light { fill: #ffd84d; stroke: #8a6d00 }
.copper { fill: #e69f00; stroke: #7a5200 }
.melted { fill: #e4e6ea; stroke: #333; stroke-width: 1.5 }
.solder { fill: none; stroke: #e4e6ea; stroke-width: 4 }
.solder-edge { fill: none; stroke: #333; stroke-width: 7 }
.pen { fill: none; stroke: #444; stroke-width: 1.5 }
.edge { fill: none; stroke: #1c1c1c; stroke-width: 6 }
.wire { fill: none; stroke-width: 4 }
.ground { stroke: #1c1c1c }
.signal { stroke: #e69f00 }
.plus { stroke: #cc79a7 }
.red { stroke: #d55e00 }
.green { stroke: #009e73 }
.blue { stroke: #56b4e9 }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 }
.faint { fill: #a9b5af }
.sheet { fill: #16191d; stroke: #3a3f45 }
.board { fill: #1d3428; stroke: #5fa37f }
.pad { fill: #16191d }
.part { fill: #2a2e33; stroke: #b5b5b5 }
.pen { stroke: #b5b5b5 }
.edge { stroke: #f0f0f0 }
.on-light { fill: #1c1c1c }
}
"""


class Canvas:
    """The shapes that have been drawn so far, in the order in which they cover each other."""

    STYLE = STYLE

    def __init__(self) -> None:
        self._shapes: list[str] = []

    def page(self, title: str, said: str, size: str, frame: str) -> str:
        """Return the whole picture: `said` is for who hears it, `size` and `frame` are attributes.

        `frame` is the sheet that lies under everything, empty for none.
        """
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
            'role="img" aria-labelledby="title list">'
        )
        return "\n".join(
            [
                head,
                "<!-- Made by `make docs`: change boards/, not this. -->",
                f'<title id="title">{escape(title)}</title>',
                f'<desc id="list">{escape(said)}</desc>',
                f"<style>{self.STYLE}</style>",
                *([f'<rect class="sheet" {frame}/>'] if frame else []),
                *self._shapes,
                "</svg>\n",
            ]
        )

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Write words, from `x` on unless the style says otherwise."""
        style = f' class="{style}"' if style else ""
        self._shapes.append(f'<text{style} x="{x}" y="{y}">{escape(words)}</text>')

    def lines(
        self, x: float, y: float, pitch: float, words: tuple[str, ...], style: str = ""
    ) -> None:
        """Write words, one line under the other."""
        for row, line in enumerate(words):
            self.text(x, y + pitch * row, line, style)

    def box(
        self, style: str, x: float, y: float, width: float, height: float, radius: float = 4
    ) -> None:
        """Draw a box; with a negative width it lies left of `x`."""
        self._shapes.append(
            f'<rect class="{style}" x="{min(x, x + width)}" y="{y}" '
            f'width="{abs(width)}" height="{height}" rx="{radius}"/>'
        )

    def circle(self, style: str, x: float, y: float, radius: float) -> None:
        """Draw a circle."""
        self._shapes.append(f'<circle class="{style}" cx="{x}" cy="{y}" r="{radius}"/>')

    def line(self, style: str, *points: tuple[float, float]) -> None:
        """Draw a line through these points."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self._shapes.append(f'<polyline class="{style}" points="{path}"/>')

    def shape(self, style: str, path: str) -> None:
        """Draw what a path of SVG says."""
        self._shapes.append(f'<path class="{style}" d="{path}"/>')
