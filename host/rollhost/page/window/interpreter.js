// A worker with an interpreter of its own. It runs one job at a time; the others wait.

/** Returns the bytes of a part of the page, which is packed as base64 of gzip. */
export const unpacked = async (part) => {
  const packed = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
};

const textOf = async (part) => new TextDecoder().decode(await unpacked(part));

// Where the browser knows Trusted Types, the page's policy lets no text become code or markup. The
// address of our own worker is the one exception.
const trusted = globalThis.trustedTypes?.createPolicy("rollcase-worker", {
  createScriptURL: (address) => address,
});

const addressOf = (source) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const address = URL.createObjectURL(blob);
  return trusted ? trusted.createScriptURL(address) : address;
};

/** Starts a worker from the page's parts, as "jobs" or "case"; returns it once it is ready. */
export const startWorker = async (parts, role) => {
  const [source, wasm, files] = await Promise.all([
    textOf(parts.worker),
    unpacked(parts.wasm),
    textOf(parts.files),
  ]);
  const worker = new Worker(addressOf(source));
  await new Promise((done, failed) => {
    worker.onmessage = () => done();
    worker.onerror = (event) => failed(new Error(event.message));
    worker.postMessage({ wasm, files: JSON.parse(files), role }, [wasm]);
  });
  return worker;
};

// What crosses is JSON: a whole number that crosses to Python as one is cut to 32 bits. A long `text`
// stands behind it as it is, after a line feed: Python takes over a second for one of 1 MB in JSON.

const written = ({ text, ...words }) =>
  JSON.stringify(words) + (text === undefined ? "" : `\n${text}`);

const parsed = (message) => {
  const end = message.indexOf("\n");
  if (end < 0) return JSON.parse(message);
  return { ...JSON.parse(message.slice(0, end)), text: message.slice(end + 1) };
};

export class Interpreter {
  #worker;
  #answered = () => {};
  #last = Promise.resolve();

  /** Starts a worker from the page's parts; returns it once its Python is ready. */
  static async start(parts) {
    const interpreter = new Interpreter();
    const worker = (interpreter.#worker = await startWorker(parts, "jobs"));
    worker.onmessage = ({ data }) => interpreter.#answered(data);
    return interpreter;
  }

  /** Runs a job to its end with these effects; returns the last one, `done` or `failed`. */
  run(job, effects) {
    const turn = this.#last.then(() => this.#run(job, effects));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #run(job, effects) {
    let effect = await this.#ask("begin", job);
    while (effect.do !== "done" && effect.do !== "failed")
      effect = await this.#ask("resume", await effects[effect.do](effect));
    return effect;
  }

  #ask(call, words) {
    return new Promise((done) => {
      this.#answered = (message) => done(parsed(message));
      this.#worker.postMessage({ call, text: written(words) });
    });
  }
}
