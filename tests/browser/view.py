"""A page as one reader has it: the window, the colours, the paper; and what can be asked of it.

What `View.expect_…` finds wrong, it raises as an AssertionError that says what and where.
"""

import io
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image
from pypdf import PageObject, PdfReader

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser, ConsoleMessage, Error, Route, WebSocketRoute

Vision = Literal[
    "none",
    "achromatopsia",
    "blurredVision",
    "deuteranopia",
    "protanopia",
    "reducedContrast",
    "tritanopia",
]

WIDTHS = (320, 768, 1280)
"""CSS px. A small phone, which is also 1280 px at 400 % (WCAG 1.4.10), a tablet, a laptop."""

A4 = (210, 297)
"""mm, width and height (ISO 216)."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
GRAVE = ("serious", "critical")

# What an element is called in a complaint.
NAMED = """
    const named = element => {
        const text = (element.ariaLabel || element.textContent).trim().replace(/\\s+/g, " ");
        return `<${element.localName}> ${text.slice(0, 40)}`.trim();
    };
"""

# What an element cuts off or scrolls by itself does not stick out; what <body> cuts off does.
STICKING_OUT = f"""() => {{
    {NAMED}
    const root = document.documentElement;
    const held = element => {{
        for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== "visible") return true;
        return false;
    }};
    const right = element => {{
        const box = element.getBoundingClientRect();
        if (getComputedStyle(element).overflowX !== "visible") return box.right;
        return Math.max(box.right, box.left + element.scrollWidth);
    }};
    const out = new Set([...document.body.querySelectorAll("*")].filter(element =>
        element.checkVisibility() && right(element) > root.clientWidth + 1 && !held(element)));
    const inmost = [...out].filter(element => ![...element.children].some(one => out.has(one)));
    return [root.clientWidth, root.scrollWidth, inmost.map(named)];
}}"""

# Remembers how everything looks that has no focus. What one Tab should reach is what says that it
# can be focused and is there to be seen; of a group of radio buttons, the one that is chosen.
AT_REST = f"""() => {{
    {NAMED}
    window.rollcaseLook = element => {{
        for (const change of element.getAnimations())
            if (change instanceof CSSTransition) change.finish();
        const style = getComputedStyle(element);
        const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
            && !/^(transparent|rgba\\(.*, 0\\))$/.test(style.outlineColor);
        const outline = [style.outlineStyle, style.outlineWidth, style.outlineColor].join(" ");
        return (drawn ? outline : "") + "/" + style.boxShadow;
    }};
    document.activeElement?.blur();
    const all = [...document.querySelectorAll("*")];
    window.rollcaseAtRest = new Map(all.map(element => [element, rollcaseLook(element)]));
    window.rollcaseWaiting = new Set(all.filter(element =>
        element.tabIndex >= 0
        && !element.matches("a:not([href]):not([tabindex]), :disabled")
        && !element.matches("input[type=radio]:not(:checked)")
        && element.checkVisibility({{ visibilityProperty: true }})));
    window.rollcaseReached = new Set();
    window.rollcaseNamed = named;
}}"""

# Where Tab has led to, whether it shows, and whether it had been there; null outside the page.
STOP = """() => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const again = rollcaseReached.has(element);
    rollcaseReached.add(element);
    rollcaseWaiting.delete(element);
    const shows = rollcaseLook(element) !== rollcaseAtRest.get(element);
    return [rollcaseNamed(element), shows, again];
}"""

NOT_REACHED = "() => [...rollcaseWaiting].map(rollcaseNamed)"

# Calls that are made behind the page's back, or in a while.
CALLS = """() => [
    ...document.querySelectorAll(
        "link[rel~=preconnect i], link[rel~=dns-prefetch i], link[rel~=icon i]"),
    ...document.querySelectorAll("meta[http-equiv=refresh i]"),
].map(element => element.href || element.content)"""

# A frame calls its callbacks before it is styled, and styling is what asks for pictures and fonts.
SECOND_FRAME = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))"
)


@cache
def axe() -> str:
    """Return the source of axe-core."""
    package = resources.files("axe_playwright_python")
    return package.joinpath("axe.min.js").read_text(encoding="utf-8")


def size(page: PageObject) -> tuple[int, int]:
    """Return the width and height of a printed page, in mm."""
    return round(page.mediabox.width / 72 * 25.4), round(page.mediabox.height / 72 * 25.4)


class View:
    """The page `file`, open in a window of `width` × `height` CSS px.

    A `phone` does what phones do: it obeys the page's viewport, and lays a page out 980 px wide
    that names none. All but the file itself is refused to the page, and written down.
    """

    def __init__(
        self,
        browser: "Browser",
        file: Path,
        *,
        width: int = 1280,
        height: int = 800,
        color_scheme: Literal["dark", "light"] = "light",
        forced_colors: bool = False,
        media: Literal["print", "screen"] = "screen",
        phone: bool = False,
    ) -> None:
        self.address = file.resolve().as_uri()
        self.errors: list[str] = []
        """What the console and the page's scripts had to complain about."""
        self.asked_for: list[str] = []
        """What the page wanted besides itself."""
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            forced_colors="active" if forced_colors else "none",
            is_mobile=phone,
            has_touch=phone,
        )
        self._context.route("**/*", self._answer)
        self._context.route_web_socket("**/*", self._hang_up)
        self.page = self._context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", self._page_error)
        # Here what the page asked for comes before the answer to what we ask it next; Playwright's
        # own event takes its time.
        self._session = self._context.new_cdp_session(self.page)
        self._session.on(
            "Network.requestWillBeSent", lambda event: self._ask(event["request"]["url"])
        )
        self._session.send("Network.enable")
        self.page.goto(self.address)
        if media == "print":  # not before: with two sessions, the way to the page undoes it
            self.page.emulate_media(media="print")

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def _answer(self, route: "Route") -> None:
        if route.request.url == self.address:
            route.continue_()
        elif route.request.is_navigation_request():
            route.fulfill(status=204)  # "no content": the page that wants to go stays
        else:
            route.abort()

    def _hang_up(self, socket: "WebSocketRoute") -> None:
        self._ask(socket.url)
        socket.close()

    def _ask(self, address: str) -> None:
        # What is in an address of a blob, the page has made itself.
        own = address.startswith(("data:", "blob:")) or address.partition("#")[0] == self.address
        if not own and address not in self.asked_for:
            self.asked_for.append(address)

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _page_error(self, error: "Error") -> None:
        self.errors.append(str(error))

    def expect_quiet(self) -> None:
        """Expect a page that has asked for nothing but itself, and had no errors."""
        settle = {"expression": SECOND_FRAME, "awaitPromise": True}
        self._session.send("Runtime.evaluate", settle)
        for call in self.page.evaluate(CALLS):
            self._ask(call)
        assert not self.asked_for, "the page asked for more than itself:\n" + "\n".join(
            self.asked_for
        )
        assert not self.errors, "the console shows errors:\n" + "\n".join(self.errors)

    def expect_accessible(self) -> None:
        """Expect that axe finds nothing serious or critical (WCAG 2.1 A and AA, best practice).

        A page that sets no background is white to axe, in the dark as well.
        """
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        self.page.evaluate(axe())
        found: dict[str, Any] = self.page.evaluate("(o) => axe.run(document, o)", options)
        lines = []
        for violation in found["violations"]:
            if violation["impact"] not in GRAVE:
                continue
            lines.append(f"{violation['impact']}: {violation['help']} ({violation['id']})")
            for node in violation["nodes"]:
                lines += ["  " + node["html"], "    " + node["failureSummary"].replace("\n", " ")]
        assert not lines, "axe found:\n" + "\n".join(lines)

    def expect_to_fit(self, *widths: int) -> None:
        """Expect no scrolling to the side, in windows of `widths` CSS px or those of `WIDTHS`."""
        height = (self.page.viewport_size or {"height": 800})["height"]
        for width in widths or WIDTHS:
            self.page.set_viewport_size({"width": width, "height": height})
            laid_out, needed, out = self.page.evaluate(STICKING_OUT)
            assert laid_out == width, f"laid out for {laid_out} px in a window of {width} px"
            if needed > width or out:
                wide = f"{needed} px needed in a window of {width} px; what sticks out:"
                raise AssertionError("\n".join([wide, *out]))

    def expect_keyboard(self) -> list[str]:
        """Expect that Tab reaches all that can be focused, and that each shows it.

        To show it, an element's outline or box shadow has to be another than without the focus.
        Returns the names of the stops in their order.
        """
        self.page.evaluate(AT_REST)
        stops: list[str] = []
        unseen: list[str] = []
        while stop := self._tab():
            name, shows, again = stop
            assert not again, "Tab does not get past: " + name
            stops.append(name)
            if not shows:
                unseen.append(name)
        assert not unseen, "the focus does not show on:\n" + "\n".join(unseen)
        missed = self.page.evaluate(NOT_REACHED)
        assert not missed, "Tab does not reach:\n" + "\n".join(missed)
        return stops

    def _tab(self) -> tuple[str, bool, bool] | None:
        self.page.keyboard.press("Tab")
        stop: tuple[str, bool, bool] | None = self.page.evaluate(STOP)
        return stop

    def tree(self) -> str:
        """Return what a screen reader has: roles, names and levels, as Playwright's YAML."""
        return self.page.locator("body").aria_snapshot()

    def printed(self) -> PdfReader:
        """Print the page as a browser does unasked: without backgrounds, on the paper it names.

        The paper is US Letter if the page names none.
        """
        return PdfReader(io.BytesIO(self.page.pdf(prefer_css_page_size=True)))

    def picture(self, vision: Vision = "none", of: str | None = None) -> Image.Image:
        """Return the whole page as a picture, as somebody with `vision` sees it.

        Or no more of it than the element `of` this selector.
        """
        self._session.send("Emulation.setEmulatedVisionDeficiency", {"type": vision})
        if of is None:
            picture = self.page.screenshot(full_page=True)
        else:
            picture = self.page.locator(of).screenshot()
        return Image.open(io.BytesIO(picture)).convert("RGB")
