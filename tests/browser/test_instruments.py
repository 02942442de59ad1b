"""What the report is tested with can fail: each instrument, on a page made to be found out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.browser.conftest import Show
from tests.browser.view import A4, size

Written = Callable[..., Path]
"""Writes a page of this body and style; see the fixture `written`."""

NO_SERVER = "http://127.0.0.1:9"

WIDE = '<p style="width: 600px">As wide as it likes</p>'


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a page that is right but for what it is given."""

    def write(body: str = "", style: str = "", head: str = "") -> Path:
        if "<meta name=viewport" not in head:
            head += '<meta name=viewport content="width=device-width">'
        path = tmp_path / "page.html"
        path.write_text(
            f"<!doctype html><html lang=en><head><meta charset=utf-8><title>A page</title>{head}"
            f"<style>{style}</style></head><body><main><h1>A page</h1>{body}</main></body></html>",
            encoding="utf-8",
        )
        return path

    return write


def test_correct_page_passes_every_check(written: Written, show: Show) -> None:
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    view = show(
        written(
            '<p id=there>Text, and <a href="#there">a link</a>.</p>'
            "<details><summary>More</summary><a href='#there'>Folded away</a></details>"
            f'<img src="{pixel}" alt="a dot"><button disabled>Not now</button>'
            '<div style="overflow: auto" tabindex=0 role=region aria-label="A table">'
            f"{WIDE}</div>"
        )
    )
    view.expect_accessible()
    view.expect_to_fit()
    assert view.expect_keyboard() == ["<a> a link", "<summary> More", "<div> A table"]
    view.expect_quiet()


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("console.error('Oh dear')", "Oh dear"), ("throw new Error('Oh no')", "Oh no")],
)
def test_page_errors_are_noticed(written: Written, show: Show, script: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        show(written(f"<script>{script}</script>"))


def test_every_request_of_a_page_is_noticed(written: Written, show: Show) -> None:
    page = written(
        head=f'<link rel=stylesheet href="{NO_SERVER}/style.css">'
        f'<link rel=icon href="{NO_SERVER}/icon.png">'
        f'<link rel=preconnect href="{NO_SERVER}/connection">'
        f'<style>@import "{NO_SERVER}/more.css";</style>'
        f"<style>@font-face {{ font-family: own; src: url({NO_SERVER}/own.woff2) }}</style>",
        style=f"h1 {{ font-family: own; background: url({NO_SERVER}/paper.png) }}",
        body=f'<img src="{NO_SERVER}/photo.png" alt="a photo">'
        '<img src="beside.png" alt="one that lies beside the page">'
        f'<svg><image href="{NO_SERVER}/drawing.svg" /><use href="heads.svg#head" /></svg>'
        '<iframe src="frame.html" title="another page"></iframe>'
        f'<iframe src="{NO_SERVER}/far.html" title="a third"></iframe>'
        f'<object data="{NO_SERVER}/chart.svg"></object>'
        f"<script>new WebSocket('{NO_SERVER.replace('http', 'ws')}/socket');"
        f"fetch('{NO_SERVER}/figures.json').catch(() => 0)</script>",
    )
    with pytest.raises(AssertionError) as caught:
        show(page)
    said, *asked_for = str(caught.value).splitlines()
    assert said == "the page asked for more than itself:"
    assert {address.rpartition("/")[2] for address in asked_for} == {
        *["style.css", "icon.png", "connection", "more.css", "own.woff2", "paper.png"],
        *["photo.png", "beside.png", "drawing.svg", "heads.svg", "chart.svg"],
        *["frame.html", "far.html", "socket", "figures.json"],
    }


def test_link_to_elsewhere_is_noticed(written: Written, show: Show) -> None:
    head = f'<meta http-equiv=refresh content="0; url={NO_SERVER}/elsewhere">'
    with pytest.raises(AssertionError, match="elsewhere"):
        show(written(head=head))


@pytest.mark.parametrize("moment", ["on hover", "in print", "on a click"])
def test_late_request_is_noticed(written: Written, show: Show, moment: str) -> None:
    late = f"background: url({NO_SERVER}/late.png)"
    view = show(
        written(
            f'<p>Here</p><a href="{NO_SERVER}/late.png">There</a>',
            style=f"p:hover {{ {late} }} @media print {{ p {{ {late} }} }}",
        )
    )
    if moment == "on hover":
        view.page.hover("p")
    elif moment == "in print":
        view.printed()
    else:
        view.page.click("a")
    with pytest.raises(AssertionError, match=r"late\.png"):
        view.expect_quiet()
    assert view.page.url == view.address
    view.asked_for.clear()  # or the fixture would fail this test, as it should any other
    view.errors.clear()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">', "image-alt"),
        ('<p style="color: #bbb; background: #fff">Faint</p>', "color-contrast"),
        ("<table><tr><td>1</td></tr></table><a href='#'></a>", "link-name"),
    ],
)
def test_content_that_some_cannot_perceive_is_found(
    written: Written, show: Show, body: str, rule: str
) -> None:
    with pytest.raises(AssertionError, match=rf"(serious|critical): .*\({rule}\)"):
        show(written(body)).expect_accessible()


def test_text_too_faint_in_dark_mode_is_found_in_dark_mode(written: Written, show: Show) -> None:
    page = written(
        "<p>Text</p>",
        style=":root { color-scheme: light dark } "
        "@media (prefers-color-scheme: dark) { html { background: #111 } p { color: #444 } }",
    )
    show(page).expect_accessible()
    with pytest.raises(AssertionError, match="color-contrast"):
        show(page, color_scheme="dark").expect_accessible()


@pytest.mark.parametrize(
    ("body", "culprit"),
    [
        (WIDE, "\n<p> As wide"),
        (f"<p>{'Word' * 14}</p>", "\n<p> Word"),
        (f'<div style="overflow: hidden"><div style="position: absolute">{WIDE}</div></div>', ""),
    ],
)
def test_content_too_wide_for_a_phone_is_found(
    written: Written, show: Show, body: str, culprit: str
) -> None:
    view = show(written(body))
    view.expect_to_fit(768, 1280)
    with pytest.raises(AssertionError, match=f"in a window of 320 px.*{culprit}"):
        view.expect_to_fit(320)


@pytest.mark.parametrize("body", [WIDE, f"<p>{'Word' * 14}</p>"])
def test_content_cut_off_at_the_edge_does_not_fit(written: Written, show: Show, body: str) -> None:
    view = show(written(body, style="html, body { overflow-x: clip }"))
    with pytest.raises(AssertionError, match="<p>"):
        view.expect_to_fit(320)


def test_page_without_viewport_does_not_fit_a_phone(written: Written, show: Show) -> None:
    show(written(), phone=True).expect_to_fit(320)
    desk = written(head='<meta name=viewport content="">')
    show(desk).expect_to_fit(320)
    with pytest.raises(AssertionError, match="laid out for 980 px"):
        show(desk, phone=True).expect_to_fit(320)


@pytest.mark.parametrize(
    "style",
    ["a { outline: none }", "a { outline-color: transparent }", "a { outline: 2px solid red }"],
)
def test_invisible_focus_is_found(written: Written, show: Show, style: str) -> None:
    with pytest.raises(AssertionError, match=r"does not show on:\n<a> a link"):
        show(written('<a href="#">a link</a>', style)).expect_keyboard()


def test_focus_that_appears_slowly_counts_as_visible(written: Written, show: Show) -> None:
    style = (
        "a { outline: 3px solid transparent; transition: outline-color 1s 10s }"
        "a:focus-visible { outline-color: #00f }"
    )
    show(written('<a href="#">a link</a>', style)).expect_keyboard()


def test_focus_shadow_is_visible_except_in_forced_colours(written: Written, show: Show) -> None:
    style = "a:focus-visible { outline: none; box-shadow: 0 0 0 3px }"
    page = written('<a href="#">a link</a>', style)
    show(page).expect_keyboard()
    with pytest.raises(AssertionError, match="does not show"):
        show(page, forced_colors=True).expect_keyboard()


def test_element_that_tab_does_not_reach_is_found(written: Written, show: Show) -> None:
    with pytest.raises(AssertionError, match=r"does not reach:\n<a> behind glass"):
        show(written('<p inert><a href="#">behind glass</a></p>')).expect_keyboard()


def test_keyboard_trap_is_found(written: Written, show: Show) -> None:
    trap = '<a href="#" onkeydown="event.preventDefault()">a trap</a><a href="#">beyond</a>'
    with pytest.raises(AssertionError, match="does not get past: <a> a trap"):
        show(written(trap)).expect_keyboard()


def test_screen_reader_gets_roles_names_and_levels(written: Written, show: Show) -> None:
    tree = show(written("<h2>Heads</h2><div aria-hidden=true>Not a word</div>")).tree()
    assert '- heading "Heads" [level=2]' in tree
    assert "Not a word" not in tree


def test_paper_size_is_the_one_that_the_page_names(written: Written, show: Show) -> None:
    body = '<p>One</p><p style="break-before: page">Two</p>'
    paper = show(written(body, "@page { size: A4 }")).printed()
    assert [size(page) for page in paper.pages] == [A4, A4]
    assert paper.pages[1].extract_text().strip() == "Two"
    letter = (216, 279)
    assert [size(page) for page in show(written()).printed().pages] == [letter]


def test_print_layout_can_be_looked_at_on_the_screen(written: Written, show: Show) -> None:
    page = written("<p>On paper</p>", style="@media screen { p { display: none } }")
    assert "On paper" not in show(page).tree()
    assert "On paper" in show(page, media="print").tree()


def test_colours_are_seen_as_by_a_colour_blind_reader(written: Written, show: Show) -> None:
    view = show(written(style="html { background: rgb(200, 60, 0) }"))

    def corner(**settings: str) -> object:
        return view.picture(**settings).getpixel((0, 0))  # type: ignore[arg-type]

    assert corner() == (200, 60, 0)
    grey = corner(vision="achromatopsia")
    assert isinstance(grey, tuple)
    assert grey[0] == grey[1] == grey[2]
    assert corner(vision="deuteranopia") not in [grey, (200, 60, 0)]
    assert corner() == (200, 60, 0)


def test_forced_colours_replace_those_of_the_page(written: Written, show: Show) -> None:
    page = written(style="html { background: rgb(200, 60, 0) }")
    assert show(page, forced_colors=True).picture().getpixel((0, 0)) != (200, 60, 0)
