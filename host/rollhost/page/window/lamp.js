// A case's lamp, drawn: it plays the pattern that the case's own table gives.

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Returns a colour as a screen shows it: pure blue is too dark there, so each has some white. */
const onScreen = (colour) => {
  const channels = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
  const white = Math.max(...channels) / 4;
  return `rgb(${channels.map((channel) => Math.round(Math.max(channel, white))).join(" ")})`;
};

export class Lamp {
  #bulb;
  #steps;
  #timer;

  /** Draws on the element `bulb`; `steps` are colours (numbers) with milliseconds. */
  constructor(bulb, steps) {
    this.#bulb = bulb;
    this.#steps = steps;
    if (isStill()) this.stop();
    else this.play();
  }

  get plays() {
    return this.#timer !== undefined;
  }

  play() {
    this.#show(0);
  }

  /** Stops at the first colour, which is lit. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#bulb.style.background = onScreen(this.#steps[0][0]);
  }

  #show(step) {
    const [colour, ms] = this.#steps[step];
    this.#bulb.style.background = onScreen(colour);
    this.#timer = setTimeout(() => this.#show((step + 1) % this.#steps.length), ms);
  }
}
