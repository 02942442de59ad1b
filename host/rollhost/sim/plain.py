"""A virtual case in plain lines, for a screen reader: a line for each change. No I/O here."""

from rollhost.output import lamp_text
from rollhost.sim.screen import STEPS, View, ask_words, clock_words, look_words, passing


class Teller:
    """Says what has changed in a `View` since it was asked last; it empties the view's log."""

    def __init__(self) -> None:
        self._lamp = ""
        self._answer = ""
        self._sync = ""
        self._jumped_s = 0.0

    def news(self, view: View) -> list[str]:
        """Return a line for each change; the first time also how to go on."""
        if not view.pattern:  # the case has not shown anything yet
            return []
        lines = [f"{clock_words(at)}  {text}" for at, text, _ in view.lines]
        view.lines.clear()
        if view.answer and view.answer != self._answer:
            lines.append(f"The lamp answers: {view.answer}.")
        self._answer = view.answer
        lamp = _lamp(view)
        if lamp != self._lamp:
            lines.append(lamp)
        # As time goes by it changes each minute, and is said at the next jump.
        if view.sync != self._sync and (view.jumped_s != self._jumped_s or not self._sync):
            lines.append(_sync(view))
            self._sync = view.sync
        if not self._lamp:
            lines = [
                f"Rollcase, virtual case on {view.port}; {view.flash}.",
                *lines,
                "Space is its button. A question mark says what each key does now; q ends it.",
            ]
        self._lamp = lamp
        self._jumped_s = view.jumped_s
        return lines

    def explanation(self, view: View) -> list[str]:
        """Return where the case stands, and what each key does now."""
        press, long_press, very_long_press = lamp_text.gestures(view.pattern)
        return [
            _lamp(view),
            f"space, a press: {press or 'nothing'}",
            f"h, held for 2 seconds: {long_press or 'nothing'}",
            f"l, held for 10 seconds: {very_long_press or 'nothing'}",
            "c: the power is cut, and comes back",
            *(f"{key}: {passing(name)}" for key, (_, name) in STEPS.items()),
            "q: the end",
            _sync(view),
        ]


def _lamp(view: View) -> str:
    shown = [look_words(view), ask_words(view)]
    return f"{view.pattern.capitalize()}. Lamp: {', '.join(filter(None, shown))}."


def _sync(view: View) -> str:
    return f"Sync it with: {view.sync}"
