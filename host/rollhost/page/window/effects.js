// What a job in the worker may ask of the window, and what it is told. The other end is
// inside/effects.py. Each function takes an effect and returns the reply; none throws.

/** Returns the effects, by what they do. */
export const effects = ({ port, store, ask, progress, seconds }) => ({
  now: () => ({ now: seconds() }),
  // -> { gone: true } where the line is broken
  "write port": ({ data }) => port.write(data),
  // -> { text, took_ms }: bytes (base64; none if none came within `ms`), or { gone: true }
  "read port": ({ ms }) => port.read(ms),
  // -> { found }, or { text } of what is long; what there is to read stands in store.js
  "read store": ({ what, ...where }) => store.read(what, where),
  // -> { failed: true } if nothing of it was kept
  keep: async ({ changes, text }) => {
    try {
      await store.keep(changes, text);
      return {};
    } catch (error) {
      console.warn(error);
      return { failed: true };
    }
  },
  // -> { yes }
  ask: async ({ question, now }) => ({ yes: await ask(question, now) }),
  progress: ({ done, total }) => {
    progress(done, total);
    return {};
  },
});
