// In a worker: MicroPython with the page's files. Which of the two this worker is for, the first
// message says: the page's jobs, or a case in the tab.
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";
import { caseInTab } from "./case.js";
import { jobs } from "./jobs.js";

const ROLES = { jobs, case: caseInTab };

// Bytes (own). A log of ten years, folded and written as a file, takes half of the first.
const HEAPS = { jobs: 32 << 20, case: 8 << 20 };

const start = async ({ wasm, files, role }) => {
  const url = URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
  const stdout = (line) => console.log(line);
  const python = await loadMicroPython({ url, heapsize: HEAPS[role], stdout });
  URL.revokeObjectURL(url);
  for (const [path, text] of Object.entries(files)) {
    let folder = "";
    for (const part of path.split("/").slice(1, -1)) {
      folder += `/${part}`;
      if (!python.FS.analyzePath(folder).exists) python.FS.mkdir(folder);
    }
    python.FS.writeFile(path, text);
  }
  // The package freezes a slow `binascii`, written in Python, that takes no text. The built-in one
  // stands behind it.
  python.runPython("import sys, ubinascii; sys.modules['binascii'] = ubinascii");
  python.runPython("sys.path.append('/lib')");
  return ROLES[role](python);
};

let hear;

self.onmessage = async ({ data }) => {
  if (hear) {
    hear(data);
    return;
  }
  hear = await start(data);
  self.postMessage("ready");
};
