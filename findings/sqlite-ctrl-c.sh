#!/bin/sh
# sqlite3: Ctrl-C while SQLite calls a Python function is lost, and becomes an error of SQLite.
#
# Expected: KeyboardInterrupt, which comes from BaseException so that no library catches it; so does
#   whatever a signal handler raises. "except sqlite3.Error" lets it pass.
# Seen: the query ends with sqlite3.OperationalError, "user-defined function raised exception", and
#   nothing says that it was the interrupt: neither its cause nor its context. Also by way of
#   sqlite-utils, whose convert() calls a Python function for each row.
# Bites: a program that stays and tries again after an error of the database does not end by SIGTERM.
. "$(dirname "$0")/common.sh"
install_python sqlite-utils==3.38

cat >try.py <<'EOF'
import os
import signal
import sqlite3
import sqlite_utils


def pressed(value):
    os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C
    return value


def by_sqlite3():
    connection = sqlite3.connect(":memory:")
    connection.create_function("pressed", 1, pressed)
    connection.execute("SELECT pressed(1)")


def by_sqlite_utils():
    table = sqlite_utils.Database(memory=True)["dogs"]
    table.insert({"name": "Cleo"})
    table.convert("name", pressed)


for call in (lambda: pressed(1), by_sqlite3, by_sqlite_utils):
    try:
        call()
        print("no error")
    except BaseException as error:
        kind = type(error)
        print(f"{kind.__module__}.{kind.__name__}: {error}; cause {error.__cause__!r}")
EOF
expected 'builtins.KeyboardInterrupt three times'
seen python try.py <<'EOF'
builtins.KeyboardInterrupt: ; cause None
sqlite3.OperationalError: user-defined function raised exception; cause None
sqlite3.OperationalError: user-defined function raised exception; cause None
EOF
