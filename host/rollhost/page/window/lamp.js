// A lamp, drawn: of a case in the tab, which its firmware moves, and of a case that was synced, which
// plays the pattern that the firmware's table gives. Stopped, it shows the last colour that was lit.

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Returns a colour as a screen shows it: pure blue is too dark there, so each has some white. */
const onScreen = (colour) => {
  const channels = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
  const white = Math.max(...channels) / 4;
  return `rgb(${channels.map((channel) => Math.round(Math.max(channel, white))).join(" ")})`;
};

const GESTURES = ["Press", "Hold for 2 seconds", "Hold for 10 seconds"];

/** Returns sentences: what the button does now, a longer hold where that does something else. */
export const gestures = (does) =>
  GESTURES.map((gesture, at) => {
    const isNew = does[at] && does[at] !== "as hold" && does.indexOf(does[at]) === at;
    return isNew ? `${gesture}: ${does[at]}.` : "";
  }).filter(Boolean);

export class Lamp {
  #bulb;
  #plays = !isStill();
  #timer;

  /** Draws on the element `bulb`. */
  constructor(bulb) {
    this.#bulb = bulb;
  }

  /** Returns a button that stops the lamp and lets it play on. */
  button() {
    const button = document.createElement("button");
    const name = () => {
      button.textContent = this.#plays ? "Stop the lamp" : "Play the lamp";
    };
    button.onclick = () => {
      this.#plays = !this.#plays;
      name();
    };
    name();
    return button;
  }

  /** Shows a colour (0xRRGGBB); a stopped lamp shows no dark between two lit ones. */
  show(colour) {
    this.#bulb.dataset.colour = colour.toString(16).padStart(6, "0");
    if (this.#plays || colour) this.#bulb.style.background = onScreen(colour);
  }

  /** Is without power: dark, stopped or not. */
  out() {
    this.#bulb.style.background = "";
  }

  /** Shows colours (numbers), each for so many milliseconds, again and again. The first is lit. */
  repeat(steps, step = 0) {
    const [colour, ms] = steps[step];
    if (this.#plays || !step) this.show(colour);
    this.#timer = setTimeout(() => this.repeat(steps, (step + 1) % steps.length), ms);
  }

  /** Ends what it repeats. */
  end() {
    clearTimeout(this.#timer);
  }
}
