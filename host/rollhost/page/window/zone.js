// The zone of this computer, for Python, which knows none.

const DAY = 86_400_000; // ms
const MINUTE = 60_000;

const offset = (ms) => -60 * new Date(ms).getTimezoneOffset();

/** Returns moments (Unix s), each with the seconds by which this zone is ahead of UTC from there on. */
export const offsets = () => {
  const end = Date.now() + 800 * DAY;
  let at = Date.UTC(2020, 0, 1);
  const found = [[0, offset(at)]];
  for (; at < end; at += DAY) {
    let [before, after] = [at, at + DAY];
    if (offset(before) === offset(after)) continue;
    while (after - before > MINUTE) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === offset(at)) before = middle;
      else after = middle;
    }
    found.push([after / 1000, offset(after)]);
  }
  return found;
};
