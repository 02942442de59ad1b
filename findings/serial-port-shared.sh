#!/bin/sh
# pyserial: a port opened with exclusive=True is open to anybody, who then takes its bytes.
#
# Expected: exclusive access keeps others out, as TIOCEXCL and Windows do.
# Seen: it keeps out only those who ask for exclusive access too. pyserial's default does not ask: a
#   second Serial() opens the same port, throws away what was waiting for the first, and
#   gets what comes next.
# Bites: a sync program and a serial monitor left open: the sync "times out" now and then.
. "$(dirname "$0")/common.sh"
install_python pyserial==3.5

cat >try.py <<'EOF'
import os
import pty
import select
import tty
import serial

board, computer = pty.openpty()
tty.setraw(computer)
name = os.ttyname(computer)
owner = serial.Serial(name, timeout=0.3, exclusive=True)
try:
    serial.Serial(name, exclusive=True)
except serial.SerialException:
    print("a second exclusive one: refused")
os.write(board, b"for the owner")
select.select([owner.fileno()], [], [], 5)
other = serial.Serial(name, timeout=0.3)
print("a second ordinary one: open", other.is_open)
print("waiting for the owner:", owner.read(20))
os.write(board, b"answer")
print("the other reads:", other.read(6))
print("the owner reads:", owner.read(6))
EOF
expected "refused twice, b'for the owner', and b'answer' for the owner"
seen python try.py <<'EOF'
a second exclusive one: refused
a second ordinary one: open True
waiting for the owner: b''
the other reads: b'answer'
the owner reads: b''
EOF
