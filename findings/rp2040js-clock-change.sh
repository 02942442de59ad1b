#!/bin/sh
# The clock of an emulated RP2040 changes to summer time when the computer that emulates it does.
#
# Expected: the chip's RTC counts calendar days of 24 hours and knows no time zone, so it shows the
#   same wherever it is. Most firmware sets it to UTC.
# Seen: rp2040js keeps it as a local date of JavaScript. Set to an hour that the computer's zone
#   leaves out, it shows another one at once, and it jumps when it gets there by itself. The same
#   program in UTC is right.
# Bites: tests of firmware with dates that pass in CI, whose computers have UTC, and fail on a desk
#   in Berlin, on two Sundays a year. The way out is TZ=UTC in the emulator's process.
. "$(dirname "$0")/common.sh"
install_node rp2040js@1.4.1

cat >clock.mjs <<'EOF'
import { RP2040 } from "rp2040js";

const RTC = 0x4005c000; // RP2040, 4.8.6
const mcu = new RP2040();

function set(day, hour, minute, second) {
    mcu.writeUint32(RTC + 0x0c, 0);
    mcu.writeUint32(RTC + 0x04, (2027 << 12) | (3 << 8) | day);
    mcu.writeUint32(RTC + 0x08, (hour << 16) | (minute << 8) | second);
    mcu.writeUint32(RTC + 0x0c, 1 << 4); // load
    mcu.writeUint32(RTC + 0x0c, 1); // go
}

function shown() {
    const time = mcu.readUint32(RTC + 0x1c);
    return [16, 8, 0].map((place) => String((time >> place) & 63).padStart(2, "0")).join(":");
}

set(28, 2, 30, 0);
console.log(`${process.env.TZ}, set to 02:30:00: ${shown()}`);
set(28, 1, 59, 59);
mcu.clock.tick(2e9);
console.log(`${process.env.TZ}, two seconds after 01:59:59: ${shown()}`);
EOF
cat >all.sh <<'EOF'
TZ=UTC node clock.mjs
TZ=Europe/Berlin node clock.mjs
EOF
expected '02:30:00 and 02:00:01, twice'
seen sh all.sh <<'EOF'
UTC, set to 02:30:00: 02:30:00
UTC, two seconds after 01:59:59: 02:00:01
Europe/Berlin, set to 02:30:00: 03:30:00
Europe/Berlin, two seconds after 01:59:59: 03:00:01
EOF
