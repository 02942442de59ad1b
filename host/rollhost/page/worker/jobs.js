// The page's jobs: the engine of inside/engine.py. Text in, text out.

/** Returns what hears the window's messages, once this Python has the engine. */
export const jobs = (python) => {
  python.runPython("from rollhost.page.inside.engine import Engine; engine = Engine()");
  const engine = python.globals.get("engine");
  return ({ call, text }) =>
    self.postMessage(call === "begin" ? engine.begin(text) : engine.resume(text));
};
