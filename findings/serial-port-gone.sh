#!/bin/sh
# pyserial: when a port has gone away, three of its calls raise an error that is no OSError.
#
# Expected: pyserial's errors are SerialException, which is an OSError, so "except OSError" covers a
#   pulled cable; read() and write() keep to that.
# Seen: flush(), reset_input_buffer() and reset_output_buffer() let termios.error through, which comes
#   straight from Exception. "except (OSError, SerialException)" lets it pass.
# Bites: a reconnect loop that empties the buffer before each command ends with a traceback.
. "$(dirname "$0")/common.sh"
install_python pyserial==3.5

cat >try.py <<'EOF'
import os
import pty
import serial

board, computer = pty.openpty()
port = serial.Serial(os.ttyname(computer), timeout=0.2)
os.close(computer)
os.close(board)  # the cable is pulled
for name, call in (
    ("write", lambda: port.write(b"hello")),
    ("read", lambda: port.read(1)),
    ("in_waiting", lambda: port.in_waiting),
    ("flush", port.flush),
    ("reset_input_buffer", port.reset_input_buffer),
    ("reset_output_buffer", port.reset_output_buffer),
):
    try:
        call()
        print(f"{name}: no error")
    except Exception as error:
        kind = type(error)
        print(f"{name}: {kind.__module__}.{kind.__name__}, an OSError: {isinstance(error, OSError)}")
EOF
expected 'an OSError from each'
seen python try.py <<'EOF'
write: serial.serialutil.SerialException, an OSError: True
read: serial.serialutil.SerialException, an OSError: True
in_waiting: builtins.OSError, an OSError: True
flush: termios.error, an OSError: False
reset_input_buffer: termios.error, an OSError: False
reset_output_buffer: termios.error, an OSError: False
EOF
