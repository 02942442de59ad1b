// A case in this tab: its lamp and button, time, and what can be done to it. Another worker has its
// firmware, see worker/case.js. Its port has the shape of Web Serial's, so that port.js opens it too.
import { startWorker } from "./interpreter.js";
import { gestures, Lamp } from "./lamp.js";

const $ = (id) => document.getElementById(id);

const MOST_TOLD = 200; // lines (own)
const CLICK = 150; // ms that a click is held which no finger, mouse or space bar made

const toText = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

const toBytes = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));

const lost = () => new DOMException("The device has been lost.", "NetworkError");

/** The case's serial port. */
class TabPort {
  #say;
  #stream; // of what the case says, while the port is open
  isThere = false;
  #isOpen = false;

  constructor(say) {
    this.#say = say;
  }

  async open() {
    if (this.#isOpen) throw new DOMException("The port is already open.", "InvalidStateError");
    if (!this.isThere) throw new DOMException("Failed to open serial port.", "NetworkError");
    this.#isOpen = true;
    this.readable = new ReadableStream({
      start: (stream) => {
        this.#stream = stream;
      },
      cancel: () => {
        this.#stream = null;
      },
    });
    this.writable = new WritableStream({
      write: (bytes) => {
        if (!this.isThere) throw lost();
        this.#say(btoa(toText(bytes)));
      },
    });
  }

  async close() {
    if (!this.#isOpen) throw new DOMException("The port is already closed.", "InvalidStateError");
    if (this.readable.locked || this.writable.locked)
      throw new TypeError("Cannot close a port whose streams are locked.");
    this.#isOpen = false;
    this.#stream = null;
  }

  getInfo() {
    return { usbVendorId: 0x2e8a, usbProductId: 5 };
  }

  /** Passes on what the case says (base64), and whether it is still there. */
  hear(line, isThere) {
    if (line) this.#stream?.enqueue(toBytes(atob(line)));
    this.isThere = isThere;
    if (!isThere && this.#stream) {
      this.#stream.error(lost());
      this.#stream = null;
    }
  }
}

/** Returns some digits that nobody else has begun a case with. */
const newSeed = () => {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return String((high % 2 ** 21) * 2 ** 32 + low);
};

export class CaseInTab {
  #worker;
  #lamp = new Lamp($("case-lamp"));
  #news; // the newest that the worker told
  // For the worker's next answers, as pairs of what to do: it gives one for each message, in their
  // order. None is left waiting if it stops.
  #waiting = [];
  #onTime;

  /** `onTime` is called when time was made to pass. */
  constructor(onTime) {
    this.#onTime = onTime;
  }

  /** The port; opening it fails while the case has no power, or its cable is out. */
  port = new TabPort((data) => this.#do(`line ${data}`));

  /** Unix time (s) where this case lives: ahead of the computer's by what was made to pass. */
  seconds = () => this.#news.born + Math.floor(this.#news.now / 1000);

  /** Returns the time that the case lives in, by its device; nothing before it is switched on. */
  lent = () => (this.#news ? { [this.#news.device]: this.seconds() } : {});

  /** Starts the case's worker, with blank flash, and gives it power. */
  async begin(parts) {
    this.#worker = await startWorker(parts, "case");
    this.#worker.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.#worker.onerror = (event) => this.#stopped(event.message);
    this.#draw();
    const born = String(Math.floor(Date.now() / 1000));
    this.#post("begin", JSON.stringify({ seed: newSeed(), born }));
    await this.#do("on");
    $("case-begin").hidden = true;
    $("case").hidden = false;
    $("case-button").focus();
  }

  #stopped(words) {
    $("case-says").textContent = `This case has stopped: ${words}. Reload the page for another.`;
    this.port.hear("", false);
    for (const [, failed] of this.#waiting.splice(0)) failed(new Error(words));
  }

  #post(call, text = "") {
    return new Promise((done, failed) => {
      this.#waiting.push([done, failed]);
      this.#worker.postMessage({ call, text });
    });
  }

  #do(what, more = {}) {
    return this.#post("do", JSON.stringify({ do: what, ...more }));
  }

  #hear(news) {
    if (!("number" in news || news.refused)) this.#show(news);
    if (news.asked) this.#waiting.shift()[0](news);
  }

  #show(news) {
    this.#news = news;
    this.port.hear(news.line, news.on && news.cable);
    if (news.on) this.#lamp.show(Number.parseInt(news.colour, 16));
    else this.#lamp.out();
    const put = (id, text) => {
      if ($(id).textContent !== text) $(id).textContent = text; // else it would be read out again
    };
    put("case-says", `The lamp says ${news.lamp}.`);
    put("case-gestures", gestures(news.gestures).join(" "));
    $("case-says").dataset.phase = news.phase;
    put("case-power", news.on ? "Cut the power" : "Switch the power on");
    put("case-cable", news.cable ? "Pull the cable out" : "Put the cable in");
    $("case-rested").disabled = !news.rest_ms;
    this.#tell(news.said);
  }

  #tell(said) {
    for (const [at, sentence] of said) {
      const line = document.createElement("li");
      const time = document.createElement("time");
      time.textContent = new Date((this.#news.born + at / 1000) * 1000).toLocaleString(undefined, {
        dateStyle: "short",
        timeStyle: "medium",
      });
      line.append(time, ` ${sentence}`);
      $("case-told").prepend(line);
    }
    while ($("case-told").childElementCount > MOST_TOLD) $("case-told").lastChild.remove();
  }

  /** Puts the buttons to use. */
  #draw() {
    this.#drawButton();
    $("case-body").append(this.#lamp.button());
    for (const [id, what] of [
      ["case-tear", "tear"],
      ["case-pull", "pull"],
      ["case-flip", "flip"],
    ])
      $(id).onclick = () => this.#do(what);
    $("case-power").onclick = () => this.#do(this.#news.on ? "off" : "on");
    $("case-cable").onclick = () => this.#do(this.#news.cable ? "out" : "in");
    for (const [id, what] of [
      ["case-minutes", "jump 600000"],
      ["case-hour", "jump 3600000"],
      ["case-day", "jump 86400000"],
      ["case-rested", "rested"],
    ])
      $(id).onclick = async () => {
        await this.#do(what);
        await this.#onTime();
      };
    $("case-show").onclick = async () => {
      $("case-number").value = (await this.#post("number")).number;
      $("case-number").select();
      $("case-number-said").textContent = "This is its number up to now.";
    };
    $("case-again").onclick = async () => {
      const { refused } = await this.#post("again", $("case-number").value);
      $("case-number-said").textContent = refused
        ? "This is not the number of a case. Nothing was changed."
        : "Lived again.";
      if (refused) return;
      $("case-told").replaceChildren();
      this.#tell(this.#news.said);
      await this.#onTime();
    };
  }

  #drawButton() {
    const button = $("case-button");
    let since = null; // when it was pressed; null while it is not
    const down = (event) => {
      if (since !== null) return;
      since = event.timeStamp;
      button.dataset.down = "";
      this.#do("down");
    };
    const up = (event) => {
      if (since === null) return;
      this.#do("up", { held: event.timeStamp - since });
      since = null;
      delete button.dataset.down;
    };
    const isSpace = (event) =>
      event.key === " " && (event.target === button || event.target === document.body);
    button.onpointerdown = (event) => {
      if (event.button) return;
      button.setPointerCapture(event.pointerId);
      down(event);
    };
    button.onpointerup = button.onpointercancel = up;
    button.oncontextmenu = (event) => event.preventDefault();
    addEventListener("keydown", (event) => {
      if (!isSpace(event)) return;
      event.preventDefault();
      if (!event.repeat) down(event);
    });
    addEventListener("keyup", (event) => {
      if (event.key !== " ") return;
      if (isSpace(event)) event.preventDefault();
      up(event);
    });
    addEventListener("blur", up);
    button.onclick = async (event) => {
      if (event.detail) return; // a pointer's, which has been down and up
      await this.#do("down");
      await this.#do("up", { held: CLICK });
    };
  }
}
