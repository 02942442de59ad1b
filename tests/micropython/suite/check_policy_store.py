"""The policy on flash: after a power cut there is the old policy or the new one."""

import os

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import load, open_journal, save
from tests.micropython.suite.ram_flash import LOG, mount, new_flash, power_cuts

from rollcase import policy_store, small_files
from rollcase.app import App
from rollcase.journal import Journal
from rollcore import events, policy


def silent(text: str) -> None:
    """Tell nobody."""


def app_on(journal: Journal) -> App:
    """Return the case as it starts with this log."""
    app = App(LOG, journal, events.POWER_ON, 0, silent)
    app.start()
    return app


def test_power_cut_while_changing_the_policy_leaves_the_old_or_the_new_one() -> None:
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


def copies(digest: int) -> "list[str]":
    """Return the paths of the two files of a policy."""
    return [f"{LOG}/{folder}/policy-{digest:08x}" for folder in ("a", "b")]


def test_policy_file_no_longer_in_force_is_removed() -> None:
    new_flash()
    app = app_on(open_journal())
    for revision in range(1, 5):
        equal(app.set_policy(policy.for_needle(250).changed(revision=revision)), "")
    kept: list[str] = []
    for folder in ("a", "b"):
        names = [name for name in os.listdir(f"{LOG}/{folder}") if name.startswith("policy-")]
        kept += [f"{LOG}/{folder}/{name}" for name in names]
    equal(kept, copies(app.policy.digest))


def test_one_copy_of_a_policy_is_enough() -> None:
    new_flash()
    mine = policy.for_needle(250).changed(rest_h=300)
    for place in (0, 1):
        for damage in (None, b"", b"\xff\xfe\xfd", b"\x00" * 400):
            policy_store.store(LOG, mine)
            path = copies(mine.digest)[place]
            if damage is None:
                os.remove(path)
            else:
                save(path, damage)
            equal(policy_store.load(LOG, mine.digest, 250).text, mine.text)


def test_unreadable_policy_is_the_needles_default() -> None:
    new_flash()
    mine = policy.for_needle(250).changed(rest_h=300)
    policy_store.store(LOG, mine)
    equal(policy_store.load(LOG, mine.digest, 250).text, mine.text)
    paths = copies(mine.digest)
    whole = load(paths[0])
    for damage in (b"", b"\xff\xfe\xfd", b"\x00" * 4, whole[:-1]):
        for path in paths:
            save(path, damage)
        equal(policy_store.load(LOG, mine.digest, 250).text, policy.for_needle(250).text)
    for path in paths:
        small_files.store(path, b"\xff\xfe no text")
    equal(policy_store.load(LOG, mine.digest, 0).text, policy.for_needle(500).text)
    for path in paths:
        small_files.store(path, policy.for_needle(1000).text.encode())
    equal(policy_store.load(LOG, mine.digest, 250).text, policy.for_needle(250).text)
