"""Small files: after a power cut there is the old value or the new one, never a mixture."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.logbook import load, save
from tests.micropython.suite.ram_flash import PLACE, mount, new_flash, power_cuts

from rollcase import small_files

FILE = PLACE + "/value"


def test_value_is_there_after_a_reset() -> None:
    flash = new_flash()
    for value in (b"", b"\x00", b"12345678", bytes(range(256)) * 4):
        small_files.store(FILE, value)
        mount(flash)
        equal(small_files.load(FILE), value)


def test_value_that_was_never_kept_is_empty() -> None:
    new_flash()
    equal(small_files.load(FILE), b"")


def test_damaged_value_is_empty() -> None:
    new_flash()
    small_files.store(FILE, b"12345678")
    whole = load(FILE)
    for size in range(len(whole)):
        save(FILE, whole[:size])
        equal(small_files.load(FILE), b"", size)
    for place in range(len(whole)):
        raw = bytearray(whole)
        raw[place] ^= 0x15  # three bits
        save(FILE, bytes(raw))
        equal(small_files.load(FILE), b"", place)
    save(FILE, whole + b"\x00")
    equal(small_files.load(FILE), b"")


def test_flipped_bit_is_put_right() -> None:
    new_flash()
    small_files.store(FILE, b"12345678")
    whole = load(FILE)
    for bit in range(8 * len(whole)):
        raw = bytearray(whole)
        raw[bit // 8] ^= 1 << bit % 8
        save(FILE, bytes(raw))
        equal(small_files.load(FILE), b"12345678", bit)


def test_power_cut_leaves_the_old_value_or_the_new_one() -> None:
    for old, new in (
        (b"12345678", b"abcdefgh"),
        (b"", b"abcdefgh"),
        (b"old;" * 100, b"new;" * 100),
        (b"old;" * 700, b"n"),
        (b"o", b"new;" * 700),
    ):
        for quarters in range(4):
            flash = new_flash()
            small_files.store(FILE, old)
            image = bytes(flash.image)
            operations: list[tuple[int, bytes]] = []
            flash.record = operations
            for _ in range(20):  # often enough for littlefs to move its own blocks meanwhile
                small_files.store(FILE, new)
                small_files.store(FILE, old)
            small_files.store(FILE, new)
            found = set()
            for _, cut in power_cuts(image, operations, quarters):
                mount(cut)
                found.add(small_files.load(FILE))
            equal(found, {old, new}, f"{len(old)} to {len(new)} bytes, {quarters} quarters")
            equal(small_files.load(FILE), new)


def test_value_that_the_flash_does_not_take_leaves_the_old_one() -> None:
    flash = new_flash()
    small_files.store(FILE, b"old")
    flash.fails_in, flash.fails_for = 0, 1 << 30
    try:
        small_files.store(FILE, b"new")
    except OSError:
        pass
    else:
        raise AssertionError("the flash took it")
    flash.fails_for = 0
    equal(small_files.load(FILE), b"old")
    mount(flash)
    equal(small_files.load(FILE), b"old")
