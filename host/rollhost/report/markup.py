"""HTML that escapes by default: only `tag` and `raw` make markup, every other text is escaped."""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple, TypeAlias

from rollhost.output.text import one_line

_VOID = {"br", "img", "meta"}
_DRAWN = {"circle", "line", "path", "rect", "use"}  # of SVG: closed in themselves if empty
_IMPLIED = {"li", "td", "th", "tr", "dt", "dd"}  # end where the next one begins, without a tag


class Markup(NamedTuple):
    """Text that is HTML. Made by `tag` and `raw` only."""

    text: str


Inside: TypeAlias = "str | Markup | Iterable[Inside] | None"
"""The content of an element: text, elements, nothing, or several of these."""


def raw(text: str) -> Markup:
    """Return a text as HTML, without escaping: only for texts of this program."""
    return Markup(text)


def tag(name: str, /, *inside: Inside, **attributes: object) -> Markup:
    """Return an element. An attribute is left out if None or False; True gives its name alone.

    In names ``_`` stands for ``-``; keywords of Python get a ``_`` at the end: ``class_``,
    ``for_``.
    """
    start = name + "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    text = "".join(_texts(inside))
    if name in _VOID:
        return Markup(f"<{start}>")
    if name in _DRAWN and not text:
        return Markup(f"<{start}/>")
    return Markup(f"<{start}>{text}" + ("" if name in _IMPLIED else f"</{name}>"))


def foreign(text: str, name: str = "bdi") -> Markup:
    """Return a person's text on one line, isolated: its direction does not change other text."""
    return tag(name, one_line(text))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute(value: object) -> str:
    if isinstance(value, float):
        value = number(value)
    return escape(one_line(str(value)))


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _texts(inside: Iterable[Inside]) -> Iterable[str]:
    for part in inside:
        if isinstance(part, Markup):
            yield part.text
        elif isinstance(part, str):
            yield escape(_printable(part), quote=False)
        elif part is not None:
            yield from _texts(part)


def _printable(text: str) -> str:
    """Return a text with spaces in place of control characters, but for line ends."""
    if text.isprintable():  # nearly every text
        return text
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
