"""Reports: what one tells of a database, its page, and the page as a parser reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.report import page, pictures
from rollhost.report.facts import Facts, gather


def facts_of(archive: Archive, now: int, name: str | None = None) -> Facts:
    """Return what a report tells of all cases, or of one."""
    past = history.read(archive)
    return gather(past, [case for case in past.cases if name in (None, case.name)], now)


def report_of(path: Path, now: int) -> str:
    """Return the page about a database."""
    with open_archive(path) as archive:
        facts = facts_of(archive, now)
    return page.html(facts, pictures.shown(facts.photos))


def write_down(archive: Archive, kind: str, at: int, token: int, **data: object) -> Entry:
    """Keep an entry that no case was told of."""
    entry = Entry(kind, at, "face", None, data, token, at)
    with archive.transaction():
        archive.diary.keep(entry)
    return entry


@dataclass
class Element:
    """An element as a browser reads it."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Read(HTMLParser):
    """A page as a parser reads it that did not write it."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(name, dict(attributes))
        self.elements.append(element)
        if name not in ("meta", "img", "br"):
            self._open.append(element)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(name, dict(attributes)))

    def handle_endtag(self, name: str) -> None:
        while self._open and self._open.pop().name != name:
            pass

    def handle_data(self, text: str) -> None:
        if not any(element.name == "style" for element in self._open):
            self.text += text
            self.parts.append(text)
        for element in self._open:
            element.text += text

    def every(self, name: str) -> list[Element]:
        """Return every element of this name."""
        return [element for element in self.elements if element.name == name]


def read(html: str) -> Read:
    """Return a page as it is read."""
    reader = Read()
    reader.feed(html)
    reader.close()
    return reader
