"""What the page keeps, in memory and in a browser's IndexedDB: the module of the page itself."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.open_page import OpenPage, opened
from tests.conftest import made_page

from rollcore.events import RECORD_SIZE
from rollhost.page import build

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Browser, Page

STORE = (build.HERE / "window" / "store.js").read_text(encoding="utf-8")
WHERE = {"device": "d", "log": "l"}

OLDER = json.loads(Path(__file__).with_name("golden_store_1.json").read_text(encoding="utf-8"))
"""What a page with version 1 of the store has kept of two cases, and the file that it saved then.

In one log a record is damaged, flipped bits were put right in one, and two are not there.
"""

MAKE = """async ([version, tables]) => {
    const of = request => new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
    });
    const request = indexedDB.open("rollcase", version);
    request.onupgradeneeded = () => {
        for (const [name, rows] of Object.entries(tables)) {
            const table = request.result.createObjectStore(name);
            for (const [key, row] of rows) table.put(row, key);
        }
    };
    (await of(request)).close();
}"""
"""Makes a store with these tables, as a page with that version has made it."""

LOOK = """async () => {
    const request = indexedDB.open("rollcase");
    const database = await new Promise(done => { request.onsuccess = () => done(request.result); });
    const found = [database.version, ...database.objectStoreNames];
    database.close();
    return found;
}"""


@pytest.fixture
def tab(browser: "Browser", home: Path) -> Iterator["Page"]:
    """A tab with the store in it, at an address that has an IndexedDB."""
    (home / "empty.html").write_text("<!doctype html>")
    tab = browser.new_page()
    tab.goto((home / "empty.html").as_uri())
    tab.add_script_tag(content=f"{STORE}\nglobalThis.Store = Store;", type="module")
    tab.wait_for_function("globalThis.Store !== undefined")  # a module runs a moment later
    yield tab
    tab.close()


def record(seq: int) -> bytes:
    return seq.to_bytes(RECORD_SIZE, "little")


def kept(tab: "Page", parts: list[tuple[int, int]], in_browser: bool) -> dict[str, Any]:
    """Keep runs, one after the other as if each came from another tab; return what is read then."""
    changes = []
    for seq, end in parts:
        raw = b"".join(record(number) for number in range(seq, end))
        others = [{**WHERE, "seq": seq, "raw": "", "came": "", "chain": 1, "flaw": "damaged"}]
        changes.append([
            {"runs": [{**WHERE, "seq": seq, "end": end}], "others": others if end == seq else []},
            base64.b64encode(raw).decode(),
        ])  # fmt: skip
    found: dict[str, Any] = tab.evaluate(
        """async ([changes, where, inBrowser]) => {
            const store = await Store.open();
            if (inBrowser) await store.keepHere();
            for (const [rows, text] of changes) await store.keep(rows, text);
            const read = what => store.read(what, where);
            const { text } = await read("records");
            const last = (await read("last record")).found;
            const flawed = (await read("flawed and flipped")).found.map(row => row.seq);
            await store.forget();
            return { text, last, flawed };
        }""",
        [changes, WHERE, in_browser],
    )
    return found


@pytest.mark.parametrize("in_browser", [False, True], ids=["in memory", "in the browser"])
@pytest.mark.parametrize(
    "parts",
    [
        [(1, 9)],
        [(5, 9), (1, 9)],
        [(1, 9), (5, 7)],
        [(3, 5), (7, 9), (1, 12)],
        [(3, 8), (1, 5), (6, 12)],
        [(1, 3), (9, 12), (2, 10), (1, 12)],
    ],
    ids=str,
)
def test_runs_that_overlap_are_each_record_once(
    tab: "Page", parts: list[tuple[int, int]], in_browser: bool
) -> None:
    found = kept(tab, parts, in_browser)
    numbers = sorted({number for seq, end in parts for number in range(seq, end)})
    assert base64.b64decode(found["text"]) == b"".join(map(record, numbers))
    assert found["last"]["seq"] == numbers[-1]
    assert base64.b64decode(found["last"]["raw"]) == record(numbers[-1])


@pytest.mark.parametrize("in_browser", [False, True], ids=["in memory", "in the browser"])
def test_record_that_came_whole_takes_the_place_of_a_damaged_one(
    tab: "Page", in_browser: bool
) -> None:
    assert kept(tab, [(1, 3), (3, 3), (9, 9), (4, 6)], in_browser)["flawed"] == [3, 9]
    assert kept(tab, [(1, 3), (3, 3), (9, 9), (3, 6)], in_browser)["flawed"] == [9]


def test_record_that_is_here_is_not_told_of_as_one_with_flipped_bits(tab: "Page") -> None:
    row = {**WHERE, "seq": 2, "raw": "", "came": "00", "chain": 0, "flaw": ""}
    runs = {"runs": [{**WHERE, "seq": 1, "end": 3}]}
    found = tab.evaluate(
        """async ([text, where, changes]) => {
            const found = [];
            for (const order of [changes, [...changes].reverse()]) {
                const store = await Store.open();
                for (const rows of order) await store.keep(rows, rows.runs ? text : "");
                found.push((await store.read("flawed and flipped", where)).found.length);
            }
            return found;
        }""",
        [base64.b64encode(record(1) + record(2)).decode(), WHERE, [runs, {"others": [row]}]],
    )
    assert found == [0, 1]


@pytest.fixture
def page(browser: "Browser") -> Iterator[OpenPage]:
    with opened(browser, made_page()) as page:
        yield page
        assert page.errors == []


def test_store_of_an_older_page_is_taken_over(page: OpenPage, home: Path) -> None:
    page.tab.evaluate(MAKE, [OLDER["version"], OLDER["tables"]])
    page.load()
    names = ("records", "quarantined", "missing")
    counts = [[facts[name] for name in names] for facts in page.facts()]
    assert counts == [[18, 1, 2], [20, 0, 0]]
    assert page.save(home / "saved.json") == OLDER["saved"]
    version, *tables = page.tab.evaluate(LOOK)
    assert version == 2
    assert "runs" in tables
    assert "records" not in tables
    # Nothing of it is new, also to the page that keeps it otherwise.
    assert page.take_in(home / "saved.json") == "Taken in: 0 new records."


def test_store_of_an_older_page_stays_as_it_is_where_it_cannot_be_taken_over(
    browser: "Browser", home: Path
) -> None:
    tables = {**OLDER["tables"], "records": [[["1", "1", 1], {"device": "1", "log": "1"}]]}
    with opened(browser, made_page()) as page:
        page.tab.evaluate(MAKE, [OLDER["version"], tables])
        page.tab.goto(page.tab.url)
        page.tab.get_by_text("This page could not start").wait_for()
        assert page.tab.evaluate(LOOK) == [1, *sorted(tables)]


def test_store_of_a_newer_page_is_left_alone_and_it_is_said(browser: "Browser") -> None:
    with opened(browser, made_page()) as page:
        page.tab.evaluate(MAKE, [9, {"wonders": []}])
        page.tab.goto(page.tab.url)
        page.tab.get_by_text("A newer page keeps cases in this browser").wait_for()
        assert page.step == "Open the newer page. Nothing was changed."
        assert page.tab.evaluate(LOOK) == [9, "wonders"]
        assert page.errors == []
