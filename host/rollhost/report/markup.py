"""HTML that is right by construction: whatever is put into it is text until it says otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from rollhost.output.text import one_line

_VOID = {"br", "img", "meta"}
_DRAWN = {"circle", "line", "path", "rect", "use"}  # end themselves, being empty and of SVG
_IMPLIED = {"li", "td", "th", "tr", "dt", "dd"}  # end where the next one begins


@dataclass(frozen=True)
class Markup:
    """Text that is HTML already. Made by `tag` and `raw` only."""

    text: str


Inside: TypeAlias = "str | Markup | Iterable[Inside] | None"
"""What may stand in an element: text, elements, nothing, or several of these."""


def raw(text: str) -> Markup:
    """Take a text of our own for HTML."""
    return Markup(text)


def tag(name: str, /, *inside: Inside, **attributes: object) -> Markup:
    """Return an element. An attribute that is None or False is left out, one that is True is bare.

    Names are written with ``_`` for ``-``, and with a ``_`` behind them where
    they are Python's: ``class_``, ``for_``.
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
    """Return what somebody else wrote: on one line, and with no say over what stands around it."""
    return tag(name, one_line(text))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute(value: object) -> str:
    if isinstance(value, float):
        value = number(value)
    return escape(one_line(str(value)))


def number(value: float) -> str:
    """Return a coordinate, short."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _texts(inside: Iterable[Inside]) -> Iterable[str]:
    for one in inside:
        if isinstance(one, Markup):
            yield one.text
        elif isinstance(one, str):
            yield escape(_printable(one), quote=False)
        elif one is not None:
            yield from _texts(one)


def _printable(text: str) -> str:
    """Return a text without what would be obeyed instead of shown."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
