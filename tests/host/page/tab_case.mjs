// The page's MicroPython in Node.js, for tests of the case in the tab: `node tab_case.mjs PACKAGES`.
// The first line on standard input has the files; of each line after it, a list of [name, text], the
// function of tab.py with this name is called, and what it returns is a line on standard output.
import { createInterface } from "node:readline";

const [packages] = process.argv.slice(2);
const name = "@micropython/micropython-webassembly-pyscript";
const { loadMicroPython } = await import(`${packages}/node_modules/${name}/micropython.mjs`);

let call;
const begin = async (files) => {
  const python = await loadMicroPython({ heapsize: 8 << 20, stdout: (text) => console.error(text) });
  for (const [path, text] of Object.entries(files)) {
    python.FS.mkdirTree(path.replace(/\/[^/]*$/, ""));
    python.FS.writeFile(path, text);
  }
  python.runPython("import sys, ubinascii; sys.modules['binascii'] = ubinascii");
  python.runPython("sys.path.append('/lib')");
  python.runPython("import tab\ndef call(name, text): return getattr(tab, name)(text)");
  call = python.globals.get("call");
};

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if (call) console.log(given.map(([name, text]) => call(name, text)).join("\n"));
  else await begin(given);
}
