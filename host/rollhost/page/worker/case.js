// A case in the tab: boards/virtual/tab.py, called when something is done to it and when it asks to
// be. Text in, text out. All that it sees of this computer's clock is how many ms have passed.

const LEAST_TOUCH = 100; // ms: a tap can be shorter than the contact of a real button bounces

/** Returns what hears the window's messages, once this Python has the firmware. */
export const caseInTab = (python) => {
  python.runPython("import tab; from rollhost.page.inside.told import Told; told = Told()");
  const tab = python.globals.get("tab");
  let told = python.globals.get("told");
  let seen = performance.now(); // up to when time has passed for the case
  let downAt = 0;
  let timer;

  const passed = (until) => {
    const ms = Math.max(0, Math.floor(until - seen));
    seen += ms;
    return ms;
  };

  // `asked` says that this is the answer to a message of the window.
  const post = (news, asked) => self.postMessage(JSON.stringify({ ...news, asked }));

  const tell = (answer, asked) => {
    const news = JSON.parse(told.hear(answer));
    clearTimeout(timer);
    if (news.due >= 0) timer = setTimeout(tick, Math.max(0, seen + news.due - performance.now()));
    post(news, asked);
  };

  const act = (words, at, asked = true) =>
    tell(tab.do(JSON.stringify({ ...words, ms: passed(at) })), asked);
  const tick = () => act({}, performance.now(), false);

  const anew = (answer) => {
    if (answer) {
      python.runPython("told = Told()");
      told = python.globals.get("told");
      seen = performance.now();
      tell(answer, true);
    } else post({ refused: true }, true);
  };

  return ({ call, text }) => {
    if (call === "begin") anew(tab.begin(text));
    else if (call === "again") anew(tab.again(text));
    else if (call === "number") {
      tick();
      post({ number: tab.number("") }, true);
    } else {
      const { held, ...words } = JSON.parse(text);
      let at = performance.now();
      if (words.do === "down") downAt = at;
      if (words.do === "up") at = downAt + Math.max(held, LEAST_TOUCH);
      act(words, at);
    }
  };
};
