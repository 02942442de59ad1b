// The serial port: bytes in and out, as base64. What is read waits in a queue, so that a read can
// have a time limit and lose nothing.

const BAUD = 115200; // means nothing over USB
const USB_VENDOR = 0x2e8a; // Raspberry Pi

export const isThere = () => "serial" in navigator;

/** Lets the person choose a port; null if they chose none. */
export const choose = async () => {
  try {
    return await navigator.serial.requestPort({ filters: [{ usbVendorId: USB_VENDOR }] });
  } catch (error) {
    if (error.name === "NotFoundError") return null;
    throw error;
  }
};

const toText = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** Does what may fail where the port is gone, or where it has no such signal. */
const quietly = async (act) => {
  try {
    await act();
  } catch {
    // So be it.
  }
};

export class Port {
  #port;
  #reader;
  #writer;
  #pump;
  #queue = "";
  #gone = false;
  #wake = () => {};

  /** Opens a port. Rejects if it cannot be opened, such as when another program has it. */
  static async open(chosen) {
    const port = new Port();
    await chosen.open({ baudRate: BAUD, bufferSize: 65536 });
    // MicroPython says nothing over USB before this signal, and no standard says whether opening a
    // port sets it.
    await quietly(() => chosen.setSignals({ dataTerminalReady: true }));
    port.#port = chosen;
    port.#reader = chosen.readable.getReader();
    port.#writer = chosen.writable.getWriter();
    port.#writer.closed.catch(() => port.#end());
    port.#pump = port.#run();
    return port;
  }

  async #run() {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.#queue += toText(value);
        this.#wake();
      }
    } catch {
      // The cable is out.
    }
    this.#end();
  }

  #end() {
    this.#gone = true;
    this.#wake();
  }

  async write(data) {
    try {
      await this.#writer.write(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
      return {};
    } catch {
      return { gone: true };
    }
  }

  async read(ms) {
    const began = performance.now();
    if (!this.#queue && !this.#gone) {
      let timer;
      await new Promise((done) => {
        this.#wake = done;
        timer = setTimeout(done, ms);
      });
      clearTimeout(timer);
      this.#wake = () => {};
    }
    if (!this.#queue && this.#gone) return { gone: true };
    const text = btoa(this.#queue);
    this.#queue = "";
    return { text, took_ms: Math.round(performance.now() - began) };
  }

  /** Lets go of the port: one whose streams are locked does not close, and then not open again. */
  async close() {
    await quietly(() => this.#reader.cancel());
    await this.#pump;
    await quietly(() => this.#reader.releaseLock());
    await quietly(() => this.#writer.abort());
    await quietly(() => this.#writer.releaseLock());
    await quietly(() => this.#port.close());
  }
}
