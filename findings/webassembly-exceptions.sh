#!/bin/sh
# MicroPython in the browser: a JavaScript error under a Python call skips except, finally and with.
#
# Expected: as in Pyodide, the error arrives as a Python exception; at the least "finally" runs.
# Seen: the whole Python stack is dropped. No handler runs and no with block is left; the error comes
#   out of runPython in JavaScript, and the interpreter goes on with the lock still held.
# Bites: any "with lock:" or "finally: close()" around a call into the page.
. "$(dirname "$0")/common.sh"
install_node @micropython/micropython-webassembly-pyscript@1.27.0

cat >try.mjs <<'EOF'
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const python = await loadMicroPython({ stdout: console.log });
python.registerJsModule("page", {
    open: () => {
        throw new Error("no port");
    },
});
try {
    python.runPython(`
import page

class Lock:
    held = False
    def __enter__(self):
        self.held = True
    def __exit__(self, *unused):
        self.held = False

lock = Lock()
try:
    with lock:
        page.open()
except BaseException:
    print("Python: except")
finally:
    print("Python: finally")
`);
} catch (error) {
    console.log("JavaScript:", error.name, error.message);
}
python.runPython("print('Python, next run: lock held is', lock.held)");
EOF
expected 'Python: except, Python: finally, and the lock is free'
seen node try.mjs <<'EOF'
JavaScript: Error no port
Python, next run: lock held is True
EOF
