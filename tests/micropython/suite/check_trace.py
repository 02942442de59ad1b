"""The driver of the watcher's wire."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import UART

from rollcase.hal.trace import Trace


def test_watchers_wire_gets_a_line_each() -> None:
    trace = Trace(0, 0)
    trace.line("boot 1")
    trace.line("lamp ready 0")
    equal(UART.written, b"boot 1\nlamp ready 0\n")
