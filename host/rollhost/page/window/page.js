// The page: its buttons, and the jobs that they begin. `PARTS` stands before this, see build.py.
import { CaseInTab } from "./case.js";
import * as draw from "./draw.js";
import { effects } from "./effects.js";
import { Interpreter, unpacked } from "./interpreter.js";
import * as serial from "./port.js";
import { Store } from "./store.js";
import { offsets } from "./zone.js";

const $ = (id) => document.getElementById(id);

const seconds = () => Math.floor(Date.now() / 1000);

const NO_PORT = [
  "No port was chosen.",
  "Plug the case in, then sync, and choose it in the list. The case in this tab is not in it: it has a button of its own.",
];

const TO_TRY =
  "A case to try counts in the program like a real one. To look at it alone: host import rollcase.json --db try.db," +
  " then host status --db try.db.";

const NO_SERIAL = [
  "This browser cannot talk to a case.",
  "These can: Chrome and Edge on a computer, Chrome for Android from 148 on, Firefox from 151 on." +
    " A file that was saved can be looked at here all the same.",
];

const REFRESH = 60_000; // ms: what stands changes with time

const questions = { clock: (now) => `Is it ${draw.at(now)}?` };

const synced = ({ new: count, corrected }) =>
  `Synced: ${draw.count(count, "new record")}.` +
  (corrected === 1 ? " A flipped bit was found in one of them, and put right." : "") +
  (corrected > 1 ? ` Flipped bits were found in ${corrected} of them, and put right.` : "");

/** Returns whether a case is none of metal. */
const isToTry = ({ board }) => board === "virtual";

/** Returns a number from 1 to 2**31 - 1 for the first question to a case. */
const firstNumber = () => (crypto.getRandomValues(new Uint32Array(1))[0] >>> 1) || 1;

const start = async () => {
  const [interpreter, store, texts] = await Promise.all([
    Interpreter.start(PARTS),
    Store.open(),
    unpacked(PARTS.texts),
  ]);
  const { advice, clock_unset: unset, format, lamp: looks } = JSON.parse(new TextDecoder().decode(texts));
  let found = [];
  let busy = false;
  let picked = ""; // the text of the file that was picked again
  const zone = offsets();

  const run = (job, port = null, now = seconds) =>
    interpreter.run(
      { ...job, offsets: zone },
      effects({
        port,
        store,
        seconds: now,
        progress: draw.progress,
        ask: (question, now) => draw.ask(questions[question](now)),
      }),
    );

  const keeping = () => {
    draw.keeping({
      busy,
      keeps: store.keeps,
      hasCases: found.length > 0,
      isFull: found.some((facts) => facts.nearly_full),
      hasPicked: picked !== "",
      isFile: location.protocol === "file:",
      hasSerial: serial.isThere(),
    });
    $("case-begin").disabled = busy;
    $("case-sync").disabled = busy;
    $("case-see").hidden = !found.some(isToTry);
  };

  const readLog = async (device, shown) => {
    const last = await run({ job: "log", device, shown });
    return last.do === "done" ? last.answer : { rows: [], more: false };
  };

  const show = async () => {
    const last = await run({ job: "status", advice, lent: caseInTab.lent() });
    if (last.do !== "done") {
      draw.say(last.sentence, last.step);
      return;
    }
    // What has not changed is not drawn again: a person may be reading it, or have the focus there.
    const isSame = JSON.stringify(last.answer) === JSON.stringify(found);
    found = last.answer;
    if (!isSame) draw.cases(found, { looks, unset }, readLog);
  };

  /**
   * Does one thing, and says what came of it at the place with this id; the buttons wait until it is
   * done. `data-did` counts them, for tests.
   */
  const doing = (act, place = "said") => async (event) => {
    if (busy) return;
    const before = document.activeElement;
    busy = true;
    draw.sayAt(place);
    keeping();
    try {
      await act(event);
      await show();
    } catch (error) {
      console.error(error);
      draw.say(`This browser says: ${error.message}`, "Nothing is lost. Try again.");
    }
    busy = false;
    draw.progress(0, 0);
    keeping();
    // A button that cannot be pressed for a while loses the focus.
    if (document.activeElement === document.body) before?.focus({ preventScroll: true });
    draw.showSaid();
    document.body.dataset.did = String(Number(document.body.dataset.did ?? 0) + 1);
  };

  const choose = async () => {
    const chosen = await serial.choose();
    if (!chosen) draw.say(...NO_PORT);
    return chosen;
  };

  /** Runs a job on a port; undefined if that cannot be opened. */
  const onPort = async (chosen, sentence, job, now = seconds) => {
    let port;
    try {
      port = await serial.Port.open(chosen);
    } catch (error) {
      console.warn(error);
      draw.say(
        "This port cannot be opened: another program or tab may have it.",
        "Close that (host watch, a terminal, another tab with this page), and try again.",
      );
      return;
    }
    try {
      draw.say(sentence);
      return await run({ ...job, first_number: String(firstNumber()) }, port, now);
    } finally {
      await port.close();
    }
  };

  const sync = async () => {
    const chosen = await choose();
    if (chosen) await syncWith(chosen);
  };

  const syncCaseInTab = async () => {
    if (caseInTab.port.isThere) await syncWith(caseInTab.port, caseInTab.seconds);
    else draw.say("The case in this tab has no power, or its cable is out.", "Switch it on, put the cable in, and sync.");
  };

  const syncWith = async (chosen, now = seconds) => {
    const last = await onPort(chosen, "Syncing…", { job: "sync" }, now);
    if (last?.do === "failed") draw.say(last.sentence, last.step);
    else if (last) draw.say(synced(last.answer), said(last.answer));
  };

  const said = ({ fault, clock, clock_refused: refused, quarantined }) =>
    [
      fault && `The case shows SOS: ${fault}. The program mends that, and loses nothing: host sync.`,
      clock === "heard" && "Its clock was left as it is: nobody has said that the clock of this computer is right.",
      clock === "refused" && `Its clock was left as it is: ${refused}.`,
      quarantined === 1 && "One of them cannot be read, and is kept as it came.",
      quarantined > 1 && `${quarantined} of them cannot be read, and are kept as they came.`,
    ]
      .filter(Boolean)
      .join(" ");

  const pick = async (event) => {
    const [file] = event.target.files;
    picked = file ? await file.text() : "";
    if (file) draw.say("The file is read.", "Now let the case delete what it holds.");
  };

  const acknowledge = async () => {
    const chosen = await choose();
    if (!chosen) return;
    const last = await onPort(chosen, "Asking the case…", { job: "acknowledge", format, text: picked });
    if (last?.do === "failed") draw.say(last.sentence, last.step);
    else if (last) {
      picked = "";
      $("pick").value = "";
      draw.say(
        `The case may delete its records up to number ${last.answer.seq}.`,
        "They are in your file alone, unless the program has them: keep that file. The case deletes them when it needs the room.",
      );
    }
  };

  const caseInTab = new CaseInTab(doing(async () => {}, "said-case"));

  const save = async () => {
    const last = await run({ job: "export", format });
    if (last.do === "failed") {
      draw.say(last.sentence, last.step);
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([last.text], { type: "application/json" }));
    link.download = "rollcase.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    draw.say("Saved as rollcase.json.", found.some(isToTry) ? TO_TRY : "To take it into the program: host import rollcase.json.");
  };

  const takeIn = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const last = await run({ job: "take in", format, text: await file.text() });
    event.target.value = "";
    if (last.do === "failed") draw.say(last.sentence, last.step);
    else {
      const { new: count, entries, left_out } = last.answer;
      const rest = [
        entries && draw.count(entries, "entry of a diary", "entries of a diary"),
        left_out && draw.count(left_out, "case"),
      ];
      const step = rest.some(Boolean) ? `For the program alone: ${rest.filter(Boolean).join(", ")}.` : "";
      draw.say(`Taken in: ${draw.count(count, "new record")}.`, step);
    }
  };

  const keep = async () => {
    try {
      await store.keepHere();
    } catch (error) {
      console.warn(error);
      const why = error.name === "QuotaExceededError" ? "its storage is full" : "it refuses to";
      draw.say(`This browser does not keep it: ${why}.`, "It is here until this tab is closed: save a file.");
      return;
    }
    draw.say("Kept in this browser.");
  };

  const forget = async () => {
    if (!(await draw.ask("Forget every case here? The cases keep their logs."))) return;
    await store.forget();
    draw.say("Forgotten.");
  };

  $("sync").onclick = doing(sync);
  $("case-begin").onclick = doing(() => caseInTab.begin(PARTS), "said-begin");
  $("case-sync").onclick = doing(syncCaseInTab, "said-case");
  $("save").onclick = doing(save);
  $("take-in").onchange = doing(takeIn);
  $("keep").onclick = doing(keep, "said-keep");
  $("forget").onclick = doing(forget, "said-keep");
  $("pick").onchange = doing(pick, "said-full");
  $("acknowledge").onclick = doing(acknowledge, "said-full");
  draw.onPaper();
  keeping();
  if (serial.isThere()) draw.say("Plug the case in, and sync.", "No case yet? Further down is one to try, in this tab.");
  else draw.say(...NO_SERIAL);
  document.body.dataset.ready = String(Math.round(performance.now())); // ms
  await show();
  keeping();
  document.body.dataset.shown = String(Math.round(performance.now()));
  setInterval(() => {
    if (!busy && found.length && document.visibilityState === "visible") show();
  }, REFRESH);
};

start().catch((error) => {
  if (error.name === "VersionError") {
    draw.say(
      "A newer page keeps cases in this browser, and this one cannot read them.",
      "Open the newer page. Nothing was changed.",
    );
    return;
  }
  console.error(error);
  draw.say(`This page could not start: ${error.message}`, "Get it again, or use another browser.");
});
