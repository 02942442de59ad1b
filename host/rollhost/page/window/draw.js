// Facts onto the screen. What a case says is put there as text, never as markup.
import { gestures, Lamp } from "./lamp.js";

const $ = (id) => document.getElementById(id);

export const at = (seconds) =>
  new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });

/** Returns a number with its noun: 1 record, 2 records. */
export const count = (number, one, several = `${one}s`) => `${number} ${number === 1 ? one : several}`;

// Where things are said: beside the button that was pressed, so that whoever pressed it sees the answer.
let said = $("said");
let isNew = false; // whether something was said there since

/** Says what comes next in this place, and questions are asked there. */
export const sayAt = (id) => {
  said = $(id);
  isNew = false;
};

/** Says a sentence, and the next step; what was said elsewhere goes, since it is over. */
export const say = (sentence, step = "") => {
  isNew = true;
  for (const place of document.querySelectorAll(".said")) {
    const [first, second] = place.children;
    first.textContent = place === said ? sentence : "";
    second.textContent = place === said ? step : "";
  }
};

/** Scrolls as far as needed for what was said to be seen. */
export const showSaid = () => {
  if (!isNew) return;
  const { top, bottom } = said.getBoundingClientRect();
  // Not scrollIntoView: from there on Tab would begin.
  scrollBy(0, Math.min(top, 0) || Math.max(bottom - innerHeight, 0));
};

export const progress = (done, total) => {
  const bar = $("progress");
  if (bar.hidden && done < total) said.after(bar);
  bar.hidden = done >= total;
  bar.max = Math.max(total, 1);
  bar.value = Math.max(done, 0);
};

/** Asks a question on the page; resolves to whether the answer was yes. */
export const ask = (sentence) =>
  new Promise((done) => {
    const before = document.activeElement;
    const answer = (yes) => {
      $("question").hidden = true;
      before?.focus();
      done(yes);
    };
    said.after($("question"));
    $("asked").textContent = sentence;
    $("yes").onclick = () => answer(true);
    $("no").onclick = () => answer(false);
    $("question").hidden = false;
    $("yes").focus();
  });

const made = (name, text = "", className = "") => {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
};

/** Returns the lamp of a case, and what its button does now. */
const drawnLamp = (facts, { looks, unset }) => {
  const box = made("div", "", "lamp");
  const words = made("div");
  if (!facts.lamp) {
    words.append(made("p", "What its lamp shows is not known until the next sync."));
    box.append(words);
    return box;
  }
  const stages = looks[facts.fault ? "fault" : facts.phase];
  const look = stages[Math.min(facts.stage, stages.length - 1)];
  const bulb = made("span", "", "bulb");
  bulb.ariaHidden = "true";
  const shows = [look.words, look.meaning && `(${look.meaning})`, !facts.clock_set && unset];
  words.append(made("p", `Its lamp now: ${shows.filter(Boolean).join(" ")}.`));
  for (const sentence of gestures(look.gestures)) words.append(made("p", sentence, "faint"));
  const lamp = new Lamp(bulb);
  lamp.repeat(facts.lamp);
  words.append(lamp.button());
  box.append(bulb, words);
  lamps.push(lamp);
  return box;
};

let lamps = [];

const drawnCase = (facts, texts) => {
  const article = made("article");
  const { clinician, old, headline, rows } = facts.says;
  const kind = facts.board === "virtual" ? " (to try)" : "";
  const heading = made("h2", `Case ${facts.device.slice(-6)}${kind}`);
  const list = made("dl");
  article.dataset.device = facts.device;
  article.ariaLabel = heading.textContent;
  article.append(heading);
  if (clinician) article.append(made("p", clinician, "flag"));
  if (old) article.append(made("p", old, "old"));
  article.append(made("p", headline, "headline"), drawnLamp(facts, texts));
  let last = "";
  for (const [name, text] of rows) {
    if (name !== last) list.append(made("dt", name));
    list.append(made("dd", text));
    last = name;
  }
  article.append(list);
  return article;
};

/** Returns the log of a case: closed at first, and read a page at a time by `read(shown)`. */
const drawnLog = (read) => {
  const details = made("details", "", "log");
  const list = made("ol");
  const more = made("button", "Older records");
  let shown = 0;
  const next = async () => {
    const { rows, more: hasMore } = await read(shown);
    const items = rows.map(([seq, at, sentence]) => {
      const item = made("li");
      item.append(made("span", at, "at"), made("span", sentence));
      item.dataset.seq = seq;
      return item;
    });
    list.append(...items);
    shown += rows.length;
    more.hidden = !hasMore;
    if (document.activeElement === more && !hasMore) details.querySelector("summary").focus();
  };
  more.hidden = true;
  more.onclick = next;
  details.ontoggle = () => details.open && !shown && next();
  details.append(made("summary", "Log, the newest first"), list, more);
  return details;
};

const logs = new Map(); // by device: the log as drawn, and of how many records

/** Draws every case anew; `texts` are the lamp's words, `read(device, shown)` reads a log. */
export const cases = (found, texts, read) => {
  for (const lamp of lamps) lamp.end();
  lamps = [];
  const articles = found.map((facts) => {
    const article = drawnCase(facts, texts);
    let log = logs.get(facts.device);
    if (log?.records !== facts.records) {
      const isOpen = log?.details.open ?? false;
      log = { records: facts.records, details: drawnLog((shown) => read(facts.device, shown)) };
      log.details.open = isOpen;
      logs.set(facts.device, log);
    }
    article.append(log.details);
    return article;
  });
  $("cases").replaceChildren(...articles);
  $("cases").dataset.facts = JSON.stringify(found); // for tests, and for who looks
};

/** Opens what is folded for paper, and folds it again. */
export const onPaper = () => {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
};

/** Shows what is kept, and which buttons may be pressed. */
export const keeping = ({ keeps, hasCases, isFull, hasPicked, isFile, busy, hasSerial }) => {
  $("kept").textContent = keeps
    ? "What your cases have told is kept in this browser."
    : "Nothing is kept in this browser: what is shown goes when this tab is closed.";
  $("who-can-read").hidden = !isFile;
  $("keep").disabled = busy || keeps;
  $("forget").disabled = busy || !(keeps || hasCases);
  $("save").disabled = busy || !hasCases;
  $("sync").disabled = busy || !hasSerial;
  $("take-in").disabled = busy;
  $("full").hidden = !isFull;
  $("pick").disabled = busy;
  $("acknowledge").disabled = busy || !hasPicked || !hasSerial;
};
