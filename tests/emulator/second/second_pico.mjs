// A Pico on the second emulator, rp2040js: boots an image and does what it is told, a line at a time.
//
// rp2040js has no flash that can be written, so the chip that is on a Pico is here, from its data
// sheet (W25Q16JV) and the RP2040's (4.10, SSI): it shares nothing with the other emulator but the
// bootrom. Each line on standard input is a JSON list: a word, and what it needs. Each is answered
// by a line: a JSON object with what has happened since the last. See second_pico.py for the words.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [library, setting] = process.argv.slice(2);
const { RP2040, ConsoleLogger, LogLevel, USBCDC, GPIOPinState } = await import(pathToFileURL(library));
const { image, bootrom, flash, start, button, lamp, vbus } = JSON.parse(readFileSync(setting, 'utf8'));

const MS = 1e6; // ns
const PAGE = 256;
const SECTOR = 4096;
const PROGRAM_MS = 0.4; // typical times of the chip
const ERASE_MS = 45;
const ID = [0xef, 0x40, 0x15];
const UNIQUE_ID = [0xe6, 0x60, 0x58, 0x38, 0x83, 0x00, 0x00, 0x01];

/** The flash chip: told that it is selected, then byte after byte, each of which it answers with one. */
class FlashChip {
  constructor(bytes, passes) {
    this.bytes = bytes;
    this.passes = passes;
    this.writable = false;
    this.status = [0, 2]; // the second says that four lines may be used
    this.said = [];
  }

  begin() {
    this.said = [];
  }

  take(byte) {
    const { said } = this;
    const place = said.length;
    said.push(byte);
    switch (said[0]) {
      case 0x05:
        return place ? this.status[0] | (this.writable ? 2 : 0) : 0;
      case 0x35:
        return place ? this.status[1] : 0;
      case 0x9f:
        return place && place <= 3 ? ID[place - 1] : 0;
      case 0x4b:
        return place > 4 ? UNIQUE_ID[(place - 5) % UNIQUE_ID.length] : 0;
      case 0x03:
        return place > 3 ? this.bytes[this.address() + place - 4] : 0;
    }
    return 0;
  }

  /** Do what was said: a command is carried out when the chip is no longer selected. */
  end() {
    const { said } = this;
    this.said = [];
    const [command] = said;
    if (command === 0x06 || command === 0x04) {
      this.writable = command === 0x06;
      return;
    }
    if (![0x01, 0x02, 0x20, 0xd8].includes(command) || !this.writable) {
      return;
    }
    this.writable = false;
    if (command === 0x01) {
      said.slice(1, 3).forEach((byte, at) => (this.status[at] = byte & ~3 | (at ? 2 : 0)));
      return;
    }
    const address = this.address(said);
    if (command === 0x02) {
      const page = address - (address % PAGE);
      said.slice(4).forEach((byte, at) => (this.bytes[page + ((address + at) % PAGE)] &= byte));
      this.passes(PROGRAM_MS);
      return;
    }
    const size = command === 0x20 ? SECTOR : 16 * SECTOR;
    const first = address - (address % size);
    this.bytes.fill(0xff, first, first + size);
    this.passes((ERASE_MS * size) / SECTOR);
  }

  address(said = this.said) {
    return ((said[1] << 16) | (said[2] << 8) | said[3]) & 0x1fffff;
  }
}

/** Registers that keep what is written; what some of them do is for the heir to say. */
class Registers {
  constructor() {
    this.kept = new Map();
  }

  readUint32(offset) {
    return this.kept.get(offset) ?? 0;
  }

  writeUint32(offset, value) {
    this.kept.set(offset, value >>> 0);
  }

  writeUint32Atomic(offset, value, how) {
    const old = how ? this.readUint32(offset) : 0;
    this.writeUint32(offset, [value, old ^ value, old | value, old & ~value][how]);
  }
}

/** The serial interface to the flash. Each byte that goes out brings one in, at once. */
class Ssi extends Registers {
  constructor(chip) {
    super();
    this.chip = chip;
    this.forced = false;
    this.came = [];
  }

  /** Select the chip by its pin, as the bootrom does for every command that it means. */
  force(level) {
    if (this.forced === level) {
      return;
    }
    if (this.forced === 'low') {
      this.chip.end();
    }
    this.forced = level;
    if (level === 'low') {
      this.chip.begin();
    }
  }

  readUint32(offset) {
    switch (offset) {
      case 0x20: // TXFLR
        return 0;
      case 0x24: // RXFLR
        return this.came.length;
      case 0x28: // SR: all is sent, there is room, and maybe something has come
        this.pause();
        return 0x06 | (this.came.length ? 0x08 : 0);
      case 0x58:
        return 0x51535049;
      case 0x5c:
        return 0x3430312a;
      case 0x60:
        return this.came.shift() ?? 0;
    }
    return super.readUint32(offset);
  }

  writeUint32(offset, value) {
    if (offset === 0x60) {
      if (!this.forced) {
        this.began || this.chip.begin();
        this.began = true;
      }
      this.came.push(this.forced === 'high' ? 0 : this.chip.take(value & 0xff));
      return;
    }
    if (offset === 0x08) {
      this.pause();
      this.came = [];
    }
    super.writeUint32(offset, value);
  }

  /** When it selects the chip by itself, as the second stage of the boot has it, it lets go here. */
  pause() {
    if (this.began) {
      this.began = false;
      this.chip.end();
    }
  }
}

/** The pins of the flash; the one that selects it has its override in bits 8 and 9. */
class QspiPins extends Registers {
  constructor(ssi) {
    super();
    this.ssi = ssi;
  }

  writeUint32(offset, value) {
    super.writeUint32(offset, value);
    if (offset === 0x0c) {
      this.ssi.force([false, false, 'low', 'high'][(value >>> 8) & 3]);
    }
  }
}

const mcu = new RP2040();
const { clock, core } = mcu;
mcu.logger = new ConsoleLogger(LogLevel.Error, true);
mcu.loadBootrom(Uint32Array.from(bootrom));
const chip = new FlashChip(mcu.flash, (ms) => clock.tick(ms * MS));
const ssi = new Ssi(chip);
mcu.peripherals[0x18000] = ssi;
mcu.peripherals[0x40018] = new QspiPins(ssi);
// The cache in front of the flash: always flushed, always ready.
mcu.peripherals[0x14000] = Object.assign(new Registers(), { readUint32: () => 2 });

const uf2 = readFileSync(image);
for (let at = 0; at < uf2.length; at += 512) {
  const to = uf2.readUInt32LE(at + 12) - 0x10000000;
  mcu.flash.set(uf2.subarray(at + 32, at + 32 + uf2.readUInt32LE(at + 16)), to);
}
const files = Buffer.from(flash, 'base64');
mcu.flash.set(files, start);

let told = { said: [], trace: [], lamp: [] };
const now = () => clock.nanos / MS;

const cdc = new USBCDC(mcu.usbCtrl);
cdc.onSerialData = (bytes) => told.said.push(...bytes);
const { onEndpointRead } = mcu.usbCtrl;
// What the firmware asks for is given when there is something: an empty packet would wake it at once.
let waiting = null;
const queue = [];
mcu.usbCtrl.onEndpointRead = (endpoint, size) => {
  if (endpoint !== cdc.outEndpoint) {
    onEndpointRead(endpoint, size);
    return;
  }
  waiting = size;
  feed();
};
function feed() {
  if (waiting !== null && queue.length) {
    const size = waiting;
    waiting = null;
    mcu.usbCtrl.endpointReadDone(cdc.outEndpoint, Uint8Array.from(queue.splice(0, size)));
  }
}

let line = [];
const [wire] = mcu.uart;
// rp2040js says for ever that a byte has gone out, and the firmware would answer that and do nothing
// else. The wire's own interrupt comes once, when the last byte is through (RP2040, 4.2.6.3).
const SENT = 1 << 5;
wire.interruptStatus = 0;
wire.checkInterrupts = () =>
  mcu.setInterrupt(wire.irq, !!(wire.interruptStatus & wire.interruptMask));
const sent = clock.createAlarm(() => {
  wire.interruptStatus |= SENT;
  wire.checkInterrupts();
});
wire.onByte = (byte) => {
  sent.schedule(10e9 / wire.baudRate);
  line.push(byte);
  if (byte === 10) {
    told.trace.push([now(), Buffer.from(line).toString().trim()]);
    line = [];
  }
};
mcu.gpio[lamp].addListener((state) => told.lamp.push([now(), state === GPIOPinState.High]));
mcu.gpio[button].setInputValue(true);
mcu.gpio[vbus].setInputValue(true);
mcu.adc.channelValues[3] = Math.round((1.5 / 3.3) * 4095);
const WATCHED = 1 << 30;
const watchdog = mcu.peripherals[0x40058];
watchdog.onWatchdogTrigger = () => {
  throw new Error(`the watchdog has bitten at ${now()} ms`);
};
core.PC = 0x10000000;

function run(ms) {
  const end = clock.nanos + ms * MS;
  while (clock.nanos < end) {
    if (core.waiting) {
      const { nextAlarm } = clock;
      clock.tick(nextAlarm ? Math.min(nextAlarm.nanos, end) - clock.nanos : end - clock.nanos);
    } else {
      clock.tick((core.executeInstruction() * 1e9) / mcu.clkSys);
    }
  }
}

const WORDS = {
  run,
  press: (down) => mcu.gpio[button].setInputValue(!down),
  send: (bytes) => {
    queue.push(...Buffer.from(bytes, 'base64'));
    feed();
  },
  // Let time pass that nothing runs in; the watchdog stands still.
  hop: (ms) => {
    const fed = watchdog.readUint32(0);
    watchdog.writeUint32(0, fed & ~WATCHED);
    clock.tick(ms * MS);
    watchdog.writeUint32(0, fed);
  },
  flash: () => {
    told.flash = Buffer.from(mcu.flash.subarray(start, start + files.length)).toString('base64');
  },
};

for await (const words of createInterface({ input: process.stdin })) {
  const [word, ...rest] = JSON.parse(words);
  WORDS[word](...rest);
  const { said, ...others } = told;
  told = { said: [], trace: [], lamp: [] };
  const answer = { now: now(), said: Buffer.from(said).toString('base64'), ...others };
  process.stdout.write(JSON.stringify(answer) + '\n');
}
