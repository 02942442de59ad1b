"""The driver of the serial port: nothing is lost, and nothing waits."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_streams import Port

from rollcase.hal.serial import KEPT
from rollcore import frames
from rollcore.frames import PACKET, PIECE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEAD = b"7 records 1 2"


def block(size: int = 3744) -> "Iterator[bytes | bytearray]":
    """Return a frame of raw bytes, as the case sends it: every piece in the same buffer."""

    def read(at: int, buf: bytearray) -> None:
        buf[:] = bytes([(at + place) * 7 & 0xFF for place in range(len(buf))])

    return frames.with_bytes(HEAD, size, read, bytearray(PIECE))


def whole(frame: "Iterable[bytes | bytearray]") -> bytes:
    """Return a frame as one."""
    return b"".join([bytes(piece) for piece in frame])


def go_on(held: Port, turns: int = 10000) -> None:
    """Let the port send until it is not busy any more."""
    for _ in range(turns):
        if not held.port.busy:
            return
        held.port.go_on()
    raise AssertionError("busy for ever")


def test_port_reads_waiting_bytes_up_to_its_limit() -> None:
    held = Port(b"x" * 1000)
    got = held.port.read()
    true(0 < len(got) <= 256, len(got))
    while True:
        more = held.port.read()
        if not more:
            break
        got += more
    equal(got, b"x" * 1000)


def test_port_writes_everything_in_order_to_a_slow_host() -> None:
    text, status = b"~" + b"y" * 2000 + b"\n", frames.encode(b"1 status")
    for most in (1, 7, 63, 64, 100, 1000):
        held = Port()
        held.stdout.most = most
        for frame in ([status], block(), [text], block(), [status]):
            held.port.send(frame)
            go_on(held)
        taken, at = held.stdout.taken, 0
        for part in (status, whole(block()), text, whole(block()), status):
            while not taken[at:].startswith(part.strip(b"\n")):
                equal(taken[at : at + 1], b"\n", (most, at))
                at += 1
            at += len(part.strip(b"\n"))
        equal(taken[at:].strip(b"\n"), b"", most)


def test_port_keeps_bytes_that_the_host_does_not_take_and_does_not_wait() -> None:
    held = Port()
    held.stdout.ready = False
    held.port.send([b"~1 status*00000000\n"])
    equal((held.port.busy, held.stdout.taken), (True, b""))
    held.port.go_on()
    equal((held.port.busy, held.stdout.taken), (True, b""))
    held.stdout.ready = True
    held.port.go_on()
    equal(held.port.busy, False)
    equal(held.stdout.taken.rstrip(b"\n"), b"~1 status*00000000")


def test_port_reads_no_more_of_a_frame_than_the_host_takes() -> None:
    """The rest of the block is read from flash when the host has room for it."""
    read = 0

    def count(at: int, buf: bytearray) -> None:
        nonlocal read
        read = at + len(buf)

    held = Port()
    held.stdout.ready = False
    held.port.send(frames.with_bytes(HEAD, 3744, count, bytearray(PIECE)))
    equal((held.port.busy, read), (True, 0))
    held.stdout.ready = True
    held.port.go_on()
    equal((held.port.busy, read), (False, 3744))


def test_port_sends_a_whole_block_in_one_go() -> None:
    held = Port()
    held.port.send(block())
    equal(held.port.busy, False)
    equal(held.stdout.taken.strip(b"\n"), whole(block()).strip(b"\n"))


def test_port_writes_whole_packets() -> None:
    for most in (64, 128, 1000):
        held = Port()
        held.stdout.most = most
        for frame in (block(), [b"~1 status*00000000\n"], block(31)):
            held.port.send(frame)
            go_on(held)
        equal([size for size in held.stdout.sizes if size % PACKET], [], most)


def test_port_writes_single_packets_until_the_host_has_read() -> None:
    """A host that asks and does not read takes what the chip keeps; no write may wait for it."""
    held = Port()
    held.port.send(block())
    small = KEPT // PACKET + 1
    equal(held.stdout.sizes[:small], [PACKET] * small)
    true(PIECE in held.stdout.sizes[small:], held.stdout.sizes)


def test_port_that_the_host_does_not_read_is_given_what_the_chip_keeps() -> None:
    held = Port()
    held.stdout.keeps = KEPT
    held.port.send(block())
    equal((held.port.busy, held.stdout.sizes), (True, [PACKET] * (KEPT // PACKET)))
    held.stdout.keeps = 1 << 30
    held.port.go_on()
    equal(held.stdout.taken.strip(b"\n"), whole(block()).strip(b"\n"))


def test_port_is_careful_again_after_each_question_and_not_with_each_frame() -> None:
    held = Port()
    held.port.send(block())
    careful = [PACKET] * (KEPT // PACKET + 1)
    for asked in (True, False):
        held.stdin.waiting = b"~" * asked
        held.port.read()
        held.stdout.sizes.clear()
        held.port.send(block())
        equal(held.stdout.sizes[: len(careful)] == careful, asked, held.stdout.sizes)


def test_port_whose_writes_wait_for_ever_is_given_single_packets() -> None:
    held = Port(gives_up=False)
    held.port.send(block())
    equal(set(held.stdout.sizes), {PACKET})
    equal(held.stdout.taken.strip(b"\n"), whole(block()).strip(b"\n"))


def test_port_is_careful_again_after_a_write_that_came_back_short() -> None:
    held = Port()
    held.stdout.most = 3 * PACKET
    held.port.send(block())
    large = [at for at, size in enumerate(held.stdout.sizes) if size > 3 * PACKET]
    equal(len(large), 1, held.stdout.sizes)
    true(held.port.busy, "all of it in one go")
    held.port.go_on()
    equal(held.stdout.sizes[large[0] + 1], PACKET)
