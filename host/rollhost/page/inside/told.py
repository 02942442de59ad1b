"""What happens to the case in the tab, in words: made from what boards/virtual/tab.py tells."""

import json
from binascii import unhexlify

from rollcore import events
from rollhost.output import lamp_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HAPPENED = {
    "on": "The power is on.",
    "skipped": "The button is down: so the case does not run. Cut the power and let go.",
    "tears": "The power will go in the middle of the next write.",
    "out": "The cable is out.",
    "in": "The cable is in.",
    "pull": "The cable will come out in the middle of the next sync.",
    "failed": "The firmware has failed, and starts anew.",
}

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class Told:
    """What is known of the case from what it has told so far."""

    def __init__(self) -> None:
        self._pattern = ""
        self._stage = 0
        self._sync_me = False
        self._clock_set = False

    def hear(self, text: str) -> str:
        """Add words to what tab.py returns: what the lamp and the button say, what has happened."""
        news = json.loads(text)
        said = []
        for happening in news.pop("happened"):
            for sentence in self._sentences(happening):
                said.append([happening["at"], sentence])
        news["said"] = said
        news["lamp"] = self._lamp() if news["on"] else "dark: it has no power"
        news["phase"] = self._pattern if news["on"] else ""
        news["gestures"] = list(lamp_text.gestures(self._pattern if news["on"] else ""))
        return json.dumps(news)

    def _lamp(self) -> str:
        look = lamp_text.lamp(self._pattern, self._stage)
        words = self._pattern + ": " + look.words
        if look.meaning:
            words += ", " + look.meaning
        if self._sync_me:
            return words + ", " + lamp_text.SYNC_ME
        return words if self._clock_set else words + ", " + lamp_text.CLOCK_UNSET

    def _sentences(self, happening: "dict[str, Any]") -> "list[str]":
        what = happening["what"]
        if what == "trace":
            return self._traced(happening["words"])
        if what == "off":
            if happening["torn"]:
                return ["The power went in the middle of a write: half of it is on the flash."]
            return ["The power is cut."]
        if what == "jump":
            return [_passes(happening["ms"])]
        if what == "flip":
            return [f"One bit of record {happening['seq']} has flipped on the flash."]
        if what == "count":
            words, _ = lamp_text.count(happening["phase"], tuple(happening["numbers"]))
            return ["The lamp answers: " + words + "."]
        return [_HAPPENED[what]]

    def _traced(self, text: str) -> "list[str]":
        verb, _, words = text.partition(" ")
        if verb == "lamp":
            parts = words.split()
            self._pattern, self._stage = parts[0].replace("_", " "), int(parts[1])
            self._sync_me = len(parts) > 2
            return []
        if verb == "log":
            return self._logged(events.decode(unhexlify(words)))
        if verb == "fault":
            return ["The case cannot do its work: " + words + "."]
        return []

    def _logged(self, event: events.Event) -> "list[str]":
        name = event.name.replace("_", " ")
        said = [f"Record {event.seq} is on the flash: {name}."]
        if event.kind == events.BOOT:
            self._clock_set = False
            if event.data["torn"]:
                said.append("Half a record was found and dropped: the lamp had not answered it.")
            if event.data["corrected"]:
                said.append("A flipped bit was found, and put right.")
        elif event.kind == events.CLOCK_SET:
            self._clock_set = True
        elif event.kind == events.REFUSED:
            said.append("The lamp answers " + lamp_text.REFUSED[0] + ".")
        return said


def _passes(ms: int) -> str:
    """Return that so much time passes: ``1 hour passes.``, ``10 minutes pass.``"""
    seconds = ms // 1000
    for unit, name in _UNITS:
        if seconds >= unit:
            number = seconds // unit
            return f"1 {name} passes." if number == 1 else f"{number} {name}s pass."
    return "0 seconds pass."
