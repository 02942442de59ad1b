#!/bin/sh
# MicroPython in the browser cuts whole numbers to 32 bits when they cross to or from JavaScript.
#
# Expected: JavaScript's numbers hold whole numbers up to 2**53, Python's any; a time in milliseconds
#   crosses unharmed, or there is an error.
# Seen: 1795804424123 arrives as 508094395 in both directions, 4294967295 as -1, silently. The same
#   value as a float crosses to JavaScript whole, and is cut on its way back, having no fraction.
# Bites: Date.now() from Python, a CRC-32, an id. Pass them as text.
. "$(dirname "$0")/common.sh"
install_node @micropython/micropython-webassembly-pyscript@1.27.0

cat >try.mjs <<'EOF'
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const python = await loadMicroPython({ stdout: console.log });
python.registerJsModule("page", {
    show: (value) => console.log("JavaScript got", value),
    milliseconds: () => 1795804424123,
    same: (value) => value,
});
python.runPython(`
import page
page.show(1795804424123)
page.show(4294967295)
page.show(1795804424123.0)
print("Python got", page.milliseconds())
print("Python got back", page.same(1795804424123.0))
`);
EOF
expected '1795804424123 and 4294967295, as they were sent'
seen node try.mjs <<'EOF'
JavaScript got 508094395
JavaScript got -1
JavaScript got 1795804424123
Python got 508094395
Python got back 508094395
EOF
