"""Small values: the old one or the new one after a power cut, never a mixture; so the rules."""

import os

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import load, open_journal, save
from tests.micropython.suite.ram_flash import LOG, mount, new_flash, power_cuts

from rollcase import policy_store, small_files
from rollcase.app import App
from rollcase.journal import Journal
from rollcore import events, policy

CELL = LOG + "/cell"


def silent(text: str) -> None:
    """Tell nobody."""


def app_on(journal: Journal) -> App:
    """Return the case as it starts with this log."""
    app = App(LOG, journal, events.POWER_ON, 0, silent)
    app.start()
    return app


def test_a_value_is_there_after_a_reset() -> None:
    flash = new_flash()
    for value in (b"", b"\x00", b"12345678", bytes(range(256)) * 4):
        small_files.store(CELL, value)
        mount(flash)
        equal(small_files.load(CELL), value)


def test_a_value_that_was_never_kept_is_empty() -> None:
    new_flash()
    equal(small_files.load(CELL), b"")


def test_a_damaged_value_is_empty() -> None:
    new_flash()
    small_files.store(CELL, b"12345678")
    whole = load(CELL)
    for size in range(len(whole)):
        save(CELL, whole[:size])
        equal(small_files.load(CELL), b"", size)
    for place in range(len(whole)):
        raw = bytearray(whole)
        raw[place] ^= 0x10
        save(CELL, bytes(raw))
        equal(small_files.load(CELL), b"", place)
    save(CELL, whole + b"\x00")
    equal(small_files.load(CELL), b"")


def test_a_cut_anywhere_leaves_the_old_value_or_the_new_one() -> None:
    for old, new in (
        (b"12345678", b"abcdefgh"),
        (b"", b"abcdefgh"),
        (b"old;" * 100, b"new;" * 100),
        (b"old;" * 700, b"n"),
        (b"o", b"new;" * 700),
    ):
        for quarters in range(4):
            flash = new_flash()
            small_files.store(CELL, old)
            image = bytes(flash.image)
            operations: list[tuple[int, bytes]] = []
            flash.record = operations
            for _ in range(20):  # often enough for littlefs to move its own blocks meanwhile
                small_files.store(CELL, new)
                small_files.store(CELL, old)
            small_files.store(CELL, new)
            found = set()
            for _, cut in power_cuts(image, operations, quarters):
                mount(cut)
                found.add(small_files.load(CELL))
            equal(found, {old, new}, f"{len(old)} to {len(new)} bytes, {quarters} quarters")
            equal(small_files.load(CELL), new)


def test_a_value_that_the_flash_does_not_take_leaves_the_old_one() -> None:
    flash = new_flash()
    small_files.store(CELL, b"old")
    flash.fails_in, flash.fails_for = 0, 1 << 30
    try:
        small_files.store(CELL, b"new")
    except OSError:
        pass
    else:
        raise AssertionError("the flash took it")
    flash.fails_for = 0
    equal(small_files.load(CELL), b"old")
    mount(flash)
    equal(small_files.load(CELL), b"old")


def test_a_cut_anywhere_in_a_change_of_rules_leaves_the_old_ones_or_the_new_ones() -> None:
    first = policy.for_needle(250).changed(revision=1, rest_h=200)
    second = policy.for_needle(500).changed(revision=2, rest_h=700)
    for quarters in range(4):
        flash = new_flash()
        app = app_on(open_journal())
        equal(app.set_policy(first), "")
        image = bytes(flash.image)
        operations: list[tuple[int, bytes]] = []
        flash.record = operations
        equal(app.set_policy(second), "")
        found = []
        for number, cut in power_cuts(image, operations, quarters):
            mount(cut)
            again = app_on(open_journal())
            where = f"after operation {number} and {quarters} quarters"
            found.append(again.policy.text)
            true(found[-1] in (first.text, second.text), f"{found[-1]} {where}")
            equal(again.policy.digest, again.journal.state.policy_digest, where)
            equal(again.set_policy(second), "", where)
            mount(cut)
            equal(app_on(open_journal()).policy.text, second.text, where)
        equal(found[0], first.text)
        equal(found[-1], second.text)


def test_rules_that_are_no_longer_in_force_are_removed() -> None:
    new_flash()
    app = app_on(open_journal())
    for revision in range(1, 5):
        equal(app.set_policy(policy.for_needle(250).changed(revision=revision)), "")
    kept = [name for name in os.listdir(LOG) if name.startswith("policy-")]
    equal(kept, [f"policy-{app.policy.digest:08x}"])


def test_rules_that_cannot_be_read_are_the_needles_own() -> None:
    new_flash()
    mine = policy.for_needle(250).changed(rest_h=300)
    policy_store.store(LOG, mine)
    equal(policy_store.load(LOG, mine.digest, 250).text, mine.text)
    path = f"{LOG}/policy-{mine.digest:08x}"
    for damage in (b"", b"\xff\xfe\xfd", b"\x00" * 4, load(path)[:-1]):
        save(path, damage)
        equal(policy_store.load(LOG, mine.digest, 250).text, policy.for_needle(250).text)
    small_files.store(path, b"\xff\xfe no text")
    equal(policy_store.load(LOG, mine.digest, 0).text, policy.for_needle(500).text)
    small_files.store(path, policy.for_needle(1000).text.encode())
    equal(policy_store.load(LOG, mine.digest, 250).text, policy.for_needle(250).text)
