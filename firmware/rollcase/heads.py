"""The index of the log: the marks of all blocks of the flash, read past the file system.

What littlefs has forgotten is found here all the same. Only 32 bytes of each block are read, and
where everything fits, no CRC is computed: a block whose mark has a flipped bit stands out, because
its number is there twice, or its log is one of few blocks. Such marks are read again and put right.
"""

from binascii import crc32
from errno import EIO

from rollcore import blocks
from rollcore.blocks import FORMAT, LOG, MARK_AT, MARK_SIZE, Mark, Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import Files
    from rollcase.raw_flash import RawFlash

SURE = 8
"""So many blocks that name one log are not there by flipped bits (own)."""

_START = b"RCLG\x02\x01"  # magic, format, what: of a block of the log
_ALIKE = _START[:5]  # the same in the mark of a checkpoint
_MAX_WRONG = 2
"""So many bytes of `_ALIKE` can be wrong in a mark with two flipped bits."""


class Log:
    """The blocks of one log, made or begun: `blocks` has the flash block of each number.

    `others` has further flash blocks with the mark of a number, such as a tool's copy of a file.
    """

    def __init__(self, generation: int, log_id: bytes) -> None:
        self.generation = generation
        self.log_id = log_id
        self.blocks: dict[int, int] = {}
        self.others: dict[int, list[int]] = {}

    def add(self, number: int, block: int) -> None:
        """Add a block with the mark of this number."""
        if number in self.blocks:
            self.others.setdefault(number, []).append(block)
        else:
            self.blocks[number] = block

    def candidates(self, number: int) -> list[int]:
        """Return the flash blocks with the mark of this number."""
        found = [self.blocks[number]]
        found += self.others.get(number, [])
        return found


class Heads:
    """What the marks of a flash say. Raises OSError if it cannot be read."""

    def __init__(self, flash: "RawFlash") -> None:
        self._flash = flash
        self._by_name: dict[bytes, Log] = {}
        self.checkpoints: list[tuple[Mark, int]] = []
        """Each block of checkpoints with its mark."""
        self.corrected = 0
        """Marks in which flipped bits were put right."""
        self.foreign = False
        """Whether there is a mark of another format."""
        for block in self._scan():
            self._look_closer(block)

    @property
    def checkpoint_of(self) -> tuple[int, bytes]:
        """Generation and id of the newest log that has checkpoints; 0 and `NO_LOG` if none has.

        It has begun: a checkpoint lies in a block with the mark of its own log.
        """
        newest = (0, blocks.NO_LOG)
        for mark, _ in self.checkpoints:
            newest = max(newest, (mark.generation, mark.log_id))
        return newest

    def logs(self) -> list[Log]:
        """Return the logs, the newest generation first."""
        return sorted(self._by_name.values(), key=lambda log: -log.generation)

    def _scan(self) -> list[int]:
        """Add the blocks whose marks fit together; return those that need a closer look."""
        odd: list[int] = []
        head = bytearray(MARK_SIZE)
        start = b""
        found: dict[int, int] = {}
        # A start waits for this loop: what can be is looked up before it.
        read = self._flash.read_into
        for block in range(self._flash.blocks):
            read(block, head, MARK_AT)
            first = head[0]
            if first == 0xFF and head[1] == 0xFF and head[2] == 0xFF:
                continue
            if head[:16] != start:
                if first != 0x52 or head[:6] != _START:
                    if _is_alike(head):
                        odd.append(block)
                    continue
                start = bytes(head[:16])
                log = self._log(start[6:])
                found = log.blocks
            number = head[16] | head[17] << 8
            if head[18] or head[19]:
                odd.append(block)
            elif number in found:
                log.add(number, block)
            else:
                found[number] = block
        for name in list(self._by_name):
            log = self._by_name[name]
            if len(log.blocks) < SURE:
                del self._by_name[name]
                odd += log.blocks.values()
                for number in log.others:
                    odd += log.others[number]
                continue
            for number in list(log.others):
                odd += log.candidates(number)
                del log.blocks[number], log.others[number]
            if log.blocks:
                odd += _apart(log.blocks)
        return odd

    def _look_closer(self, block: int) -> None:
        """Add a block by its mark, with flipped bits put right; leave it if it is no mark."""
        raw = bytes(self._flash.read(block, MARK_AT, MARK_SIZE))
        mended = blocks.corrected(raw, 0)
        mark = mended and blocks.unpack_mark(mended)
        if not mark:
            if mended and mended[:4] == _START[:4] and mended[4] != FORMAT:
                self.foreign = True
            return
        self.corrected += mended != raw
        if mark.what == LOG:
            assert mended
            self._log(mended[6:16]).add(mark.number, block)
        else:
            self.checkpoints.append((mark, block))

    def _log(self, name: bytes) -> Log:
        """Return the log with this generation and id, as they stand in a mark."""
        if name not in self._by_name:
            self._by_name[name] = Log(name[0] | name[1] << 8, name[2:])
        return self._by_name[name]


def _apart(found: dict[int, int]) -> list[int]:
    """Take out the newest block, the oldest that joins on to it, and all before that.

    Returns these flash blocks. A flipped bit can bring the newest one before the oldest.
    """
    number = max(found)
    apart = [found.pop(number)]
    while number - 1 in found:
        number -= 1
    for other in list(found):
        if other <= number:
            apart.append(found.pop(other))
    return apart


def _is_alike(head: bytearray) -> bool:
    """Return whether this may be a mark with flipped bits, or that of a checkpoint."""
    wrong = 0
    for place, byte in enumerate(_ALIKE):
        if head[place] != byte:
            wrong += 1
            if wrong > _MAX_WRONG:
                return False
    return True


def read_mark(flash: "RawFlash", block: int) -> bytes:
    """Return the 32 bytes of a block's mark, with flipped bits put right; else as they are."""
    raw = bytes(flash.read(block, MARK_AT, MARK_SIZE))
    return blocks.corrected(raw, 0) or raw


def is_blank(raw: bytes) -> bool:
    """Return whether nothing was ever programmed where these bytes are."""
    return raw.count(b"\xff") == len(raw)


def read_opening(flash: "RawFlash", block: int, number: int) -> "tuple[Opening | None, bool]":
    """Return the opening of a log's block, and whether a flipped bit was put right in it.

    None if it is blank, damaged, or names another flash block or another place in the log.
    """
    raw = bytes(flash.read(block, blocks.OPENING_AT, blocks.OPENING_SIZE))
    if is_blank(raw):
        return None, False
    mark = read_mark(flash, block)
    mended = blocks.corrected(raw, blocks.crc_of(mark))
    opening = mended and blocks.unpack_opening(mended, mark)
    if not opening or opening.block != block or opening.first != blocks.first_of(number):
        return None, False
    return opening, mended != raw


_opening = bytearray(4 + blocks.OPENING_SIZE)  # behind the CRC of the mark, which it is seeded with
_opening_body = memoryview(_opening)[4:-4]


def read_chain(flash: "RawFlash", block: int, number: int) -> "int | None":
    """Return the CRC that the first record of a block is chained to, as its opening says.

    None where there is no opening. A sync reads it for each block: it takes a third of the time of
    `read_opening`, and no new memory.
    """
    flash.read_into(block, _opening, blocks.OPENING_AT - 4)
    crc = crc32(_opening_body, int.from_bytes(_opening[:4], "little"))
    if crc == int.from_bytes(_opening[-4:], "little"):
        return int.from_bytes(_opening[12:16], "little")
    opening, _ = read_opening(flash, block, number)
    return opening.chain if opening else None


def make(flash: "RawFlash", files: "Files", name: str, mark: bytes) -> int:
    """Make a file of one blank block with this mark, of 32 bytes; return its flash block.

    Raises OSError. The mark has a nonce, so that the block cannot be an earlier one.
    """
    files.make(name, mark)
    found = bytearray(MARK_SIZE)
    for block in range(flash.blocks):
        flash.read_into(block, found, MARK_AT)
        if found == mark and files.read(name, MARK_AT, MARK_SIZE) == mark:
            return block
    raise OSError(EIO)
