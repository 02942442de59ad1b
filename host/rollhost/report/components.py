"""Elements of the sections: tables, charts with their sentences, legends, lists."""

from collections.abc import Iterable, Sequence

from rollhost.report.markup import Inside, Markup, tag


def small(*inside: Inside) -> Markup:
    """Return a paragraph in small, pale text."""
    return tag("p", inside, class_="small")


def listed(rows: Iterable[tuple[Inside, Inside]], look: str) -> Markup:
    """Return a list of names with their values."""
    return tag(
        "dl", [tag("div", tag("dt", name), tag("dd", inside)) for name, inside in rows], class_=look
    )


def scroll(name: str, *inside: Inside) -> Markup:
    """Return a region that may be wider than the window, and can be scrolled with the keyboard."""
    return tag("div", inside, class_="scroll", role="region", aria_label=name, tabindex="0")


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Inside]], look: str | None = None
) -> Markup:
    """Return a table. The first cell of each row is its header."""
    head = tag("tr", [tag("th", name, scope="col") for name in columns])
    body = [
        tag("tr", tag("th", cells[0], scope="row"), [tag("td", cell) for cell in cells[1:]])
        for cells in rows
    ]
    inside = tag("caption", caption), tag("thead", head), tag("tbody", body)
    return tag("table", inside, class_=look)


def details(name: str, *inside: Inside) -> Markup:
    """Return the numbers of the chart `name`, folded away at first."""
    return tag(
        "details",
        tag("summary", "The numbers", aria_label=f"The numbers: {name}"),
        scroll(f"Table: {name}", inside),
    )


def legend(signs: Iterable[tuple[Markup, Inside]]) -> Markup:
    """Return the marks of a chart with their meanings."""
    return tag("ul", [tag("li", sign, " ", name) for sign, name in signs], class_="legend")


def scroll_from_newest(name: str, drawn: Markup) -> Markup:
    """Return a region with a chart whose newest part is on the right, where scrolling begins."""
    return tag("div", drawn, class_="scroll newest", role="region", aria_label=name, tabindex="0")


def figure(name: str, says: Inside, says_id: str, drawn: Markup, legend: Inside = None) -> Markup:
    """Return a chart with its legend, and the sentence (id `says_id`) that describes it."""
    region = scroll_from_newest(f"Chart: {name}", drawn)
    return tag("figure", tag("figcaption", says, id=says_id), legend, region)
