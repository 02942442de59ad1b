"""The driver of the serial port: nothing is lost, and nothing waits."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_streams import Port


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
    for most in (1, 7, 63, 64, 1000):
        held = Port()
        held.stdout.most = most
        frames = [
            b"~%d status*00000000\n" % number + b"~" + b"y" * 2000 + b"\n" for number in (1, 2)
        ]
        for frame in frames:
            held.port.write(frame)
        for _ in range(10000):
            if not held.port.busy:
                break
            held.port.write(b"")
        equal([line for line in held.stdout.taken.split(b"\n") if line],
              [line for frame in frames for line in frame.split(b"\n") if line], most)  # fmt: skip


def test_port_keeps_bytes_that_the_host_does_not_take_and_does_not_wait() -> None:
    held = Port()
    held.stdout.ready = False
    held.port.write(b"~1 status*00000000\n")
    equal((held.port.busy, held.stdout.taken), (True, b""))
    held.stdout.ready = True
    held.port.write(b"")
    equal(held.port.busy, False)
    equal(held.stdout.taken.rstrip(b"\n"), b"~1 status*00000000")


def test_port_gives_button_and_lamp_their_turn_in_a_long_answer() -> None:
    held = Port()
    held.port.write(b"z" * 100000 + b"\n")
    true(held.port.busy, "all of it in one go")
    true(len(held.stdout.taken) <= 4096, len(held.stdout.taken))
