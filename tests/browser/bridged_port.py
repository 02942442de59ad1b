"""A serial port for a page: what the page takes for Web Serial is the port of a virtual case.

It is as strict as a browser's: it refuses to be opened while it is open, and to be closed while
somebody holds one of its streams. As with MicroPython over USB, nothing comes before the signal
DTR is set.
"""

import os
import select
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # not everywhere to be had: see pyproject.toml
    from playwright.sync_api import Page

WAIT_S = 0.02
"""How long (s) a read waits for bytes before it asks the page whether it still wants any."""

IN_THE_PAGE = """(() => {
    const bytes = text => Uint8Array.from(text, char => char.charCodeAt(0));
    class Port extends EventTarget {
        #isOpen = false;
        #isUp = false;
        #isHeard;
        #hear = () => {};
        async open() {
            if (this.#isOpen) throw new DOMException("It is already open.", "InvalidStateError");
            if (!await rollcaseOpen()) throw new DOMException("It is not there.", "NetworkError");
            this.#isOpen = this.#isUp = true;
            this.#isHeard = new Promise(done => { this.#hear = done; });
            const lost = () => new DOMException("The device has been lost.", "NetworkError");
            this.readable = new ReadableStream({
                pull: async stream => {
                    await this.#isHeard;
                    while (this.#isUp) {
                        const text = await rollcaseRead();
                        if (text === false) {
                            document.body.dataset.held = "";
                            await new Promise(() => {});
                        }
                        if (text === null) { this.#isUp = false; stream.error(lost()); return; }
                        if (text) { stream.enqueue(bytes(text)); return; }
                    }
                    stream.close();
                },
                cancel: () => { this.#isUp = false; },
            }, { highWaterMark: 0 });
            this.writable = new WritableStream({
                write: async data => {
                    if (!await rollcaseWrite(String.fromCharCode(...data))) throw lost();
                },
            });
        }
        async setSignals({ dataTerminalReady }) {
            if (!this.#isOpen) throw new DOMException("It is not open.", "InvalidStateError");
            if (dataTerminalReady) this.#hear();
        }
        async close() {
            if (!this.#isOpen) throw new DOMException("It is not open.", "InvalidStateError");
            if (this.readable.locked || this.writable.locked)
                throw new TypeError("Cannot cancel a locked stream");
            this.#isOpen = this.#isUp = false;
            await rollcaseClose();
        }
        getInfo() { return { usbVendorId: 0x2e8a, usbProductId: 5 }; }
    }
    const port = new Port();
    Serial.prototype.getPorts = async () => [port];
    Serial.prototype.requestPort = async () => port;
})();"""


class BridgedPort:
    """The port at `path` for a page that is not loaded yet.

    After `cut_after` bytes, both ways together, the cable is out; None: it stays in. After
    `hold_after` bytes the case says nothing more, and the page's body has a ``data-held``. `path`
    may be changed while the port is closed.
    """

    def __init__(self, page: "Page", path: str) -> None:
        self.path = path
        self.passed = 0
        self.cut_after: int | None = None
        self.refuses = False
        """Whether it cannot be opened, as if another program had it."""
        self.hold_after: int | None = None
        self.sent = b""
        """What the page has written."""
        self._file: int | None = None
        page.expose_binding("rollcaseOpen", lambda _: self._open())
        page.expose_binding("rollcaseRead", lambda _: self._read())
        page.expose_binding("rollcaseWrite", lambda _, text: self._write(text))
        page.expose_binding("rollcaseClose", lambda _: self.close())
        page.add_init_script(IN_THE_PAGE)

    def close(self) -> None:
        """Let go of the port."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> bool:
        if self.refuses:
            return False
        self._file = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._file)
        return True

    def _is_cut(self, count: int) -> bool:
        self.passed += count
        if self.cut_after is None or self.passed < self.cut_after:
            return False
        self.close()
        return True

    def _read(self) -> str | bool | None:
        if self._file is None:
            return None
        if self.hold_after is not None and self.passed >= self.hold_after:
            return False
        if not select.select([self._file], [], [], WAIT_S)[0]:
            return ""
        ends = [end for end in (self.cut_after, self.hold_after) if end is not None]
        most = max(min(ends) - self.passed, 1) if ends else 65536
        data = os.read(self._file, most)
        # What came before the cable was out is here, and the next read says that it is.
        self._is_cut(len(data))
        return data.decode("latin1")

    def _write(self, text: str) -> bool:
        data = text.encode("latin1")
        self.sent += data
        if self._file is None:
            return False
        while data:
            select.select([], [self._file], [])
            written = os.write(self._file, data)
            if self._is_cut(written):
                return False
            data = data[written:]
        return True
