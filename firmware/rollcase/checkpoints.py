"""Checkpoints: what the log adds up to, case time and what a host has acknowledged.

They lie in two flash blocks, each the file of its own folder, in pages that are filled in order.
When one block is full, or is another log's, the other is erased and goes on. A start needs one page
and the records behind it. Without any, it reads the log from the opening of its last block: slower,
to the same state; case time goes on from the last record then, and a host acknowledges again.
"""

from binascii import crc32
from os import urandom

from rollcase import heads
from rollcase.heads import Heads
from rollcase.raw_flash import BLANK_PAGE
from rollcore import blocks
from rollcore.blocks import CHECKPOINT, MARK_AT, MARK_SIZE, PAGE_SIZE, PAGES, Mark, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import Files
    from rollcase.raw_flash import RawFlash

NAMES = ("a/checkpoint", "b/checkpoint")

NO_BLOCK = -1

_SERIAL_AT = 8
_IN_ANY_CASE = 1 << 32
"""More than any serial."""


class Checkpoints:
    """The two blocks of checkpoints, found by their marks. Methods raise OSError."""

    def __init__(self, flash: "RawFlash", files: "Files", found: Heads) -> None:
        self._flash = flash
        self._files = files
        self._blocks = [NO_BLOCK, NO_BLOCK]
        self._found = [(mark.number & 1, block) for mark, block in found.checkpoints]
        """Every block with the mark of a place: lost files leave theirs behind, tools copy them."""
        for place, block in self._found:
            self._blocks[place] = block
        self._log_of = {block: mark.log_id for mark, block in found.checkpoints}
        self._place = 0  # of the page that was written last
        self._next = PAGES  # the page to be written next; `PAGES` if its block takes no more
        self._serial = 0  # of the page that was written last

    def newest(self, log_id: bytes) -> "tuple[Page | None, bool]":
        """Return the newest page of this log, and whether a flipped bit was put right in it."""
        best: Page | None = None
        is_mended = False
        claims = self._claims()
        for claimed, place, block, number in sorted(claims, reverse=True):
            if best and best.serial >= claimed:
                break
            raw = bytes(self._flash.read(block, number * PAGE_SIZE, PAGE_SIZE))
            mended = blocks.corrected(raw, crc32(log_id))
            page = mended and blocks.unpack_page(mended, log_id)
            if page and page.block == block and (best is None or page.serial > best.serial):
                best = page
                is_mended = mended != raw
                self._place = place
                self._blocks[place] = block
                self._serial = page.serial
        goes_on_in = self._blocks[self._place]
        if goes_on_in != NO_BLOCK:
            written = [number for _, _, block, number in claims if block == goes_on_in]
            self._next = max(written, default=0) + 1
        return best, is_mended

    def check(self) -> None:
        """See that each file still is the block that is written here; forget a block that is not.

        Its pages stay where they are until the next one is written. Before this, pages are
        written, and no file is made and no block erased.
        """
        for place in (0, 1):
            mark = self._files.read(NAMES[place], MARK_AT, MARK_SIZE)
            same = [
                block
                for other, block in self._found
                if other == place and self._flash.read(block, MARK_AT, MARK_SIZE) == mark
            ]
            if len(same) == 1 and place != self._place:
                self._blocks[place] = same[0]
            elif same != [self._blocks[place]]:
                self._blocks[place] = NO_BLOCK
                if place == self._place:
                    self._next = PAGES

    def write(self, page: Page, generation: int, log_id: bytes, may_make: bool) -> bool:
        """Write the next page, whose block and serial are filled in; return whether it was written.

        With `may_make` a file may be made for it, or a block erased. Raises OSError.
        """
        # Its mark says of which log a page is, also to who does not know the log.
        is_of_another = self._log_of.get(self._blocks[self._place]) != log_id
        if self._next >= PAGES or is_of_another:
            if not may_make:
                return False
            self._turn_over(generation, log_id)
        page.block = self._blocks[self._place]
        page.serial = self._serial + 1
        at = self._next * PAGE_SIZE
        self._next += 1
        self._flash.program(page.block, at, blocks.pack_page(page, log_id))
        self._serial = page.serial
        return True

    def _turn_over(self, generation: int, log_id: bytes) -> None:
        """Go on in the other block, blank but for its mark."""
        place = 1 - self._place
        mark = blocks.pack_mark(Mark(CHECKPOINT, generation, log_id, place, urandom(8)))
        block = self._blocks[place]
        if block == NO_BLOCK:
            block = heads.make(self._flash, self._files, NAMES[place], mark)
            self._blocks[place] = block
            self._found.append((place, block))
        else:
            # What this block holds is older than all of the other one.
            self._blocks[place] = NO_BLOCK
            self._flash.erase(block)
            self._flash.program(block, MARK_AT, mark)
            self._blocks[place] = block
        self._log_of[block] = log_id
        self._place = place
        self._next = 1

    def _claims(self) -> "list[tuple[int, int, int, int]]":
        """Return of each page that is not blank the serial in it, its place, block and number.

        The last page of a block is looked at in any case: a flipped bit may have made its serial
        less. A block that a tool has copied, and the copy, are both there.
        """
        found: list[tuple[int, int, int, int]] = []
        for place, block in self._found:
            last = 0
            for number in range(1, PAGES):
                page = self._flash.read(block, number * PAGE_SIZE, PAGE_SIZE)
                if page != BLANK_PAGE:
                    serial = int.from_bytes(page[_SERIAL_AT : _SERIAL_AT + 4], "little")
                    found.append((serial, place, block, number))
                    last = number
            if last:
                found[-1] = (_IN_ANY_CASE, place, block, last)
        return found
