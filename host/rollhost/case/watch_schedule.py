"""When `host watch` syncs which port and does its rounds, and what it says only once.

It opens no port and reads no clock itself.
"""

from collections.abc import Hashable, Mapping, Sequence

LOOK_S = 2.0
"""Time (s) between two looks at the list of ports (own)."""

FRESH_S = 86400.0
"""Time (s) between two syncs of a case that stays plugged in (own)."""

LONGEST_PAUSE_S = 3600.0
"""The longest pause (s) before a port that does not work is tried again (own). The first pause is
`LOOK_S`, and each is twice the one before, so that other boards are not disturbed for ever."""

ROUND_S = 900.0
"""Time (s) between two rounds, in which everything but a sync is done (own)."""

FIRST_RETRY_S = 60.0
"""The first pause (s) after a round in which something went wrong (own): after a sleep the network
comes later. Each pause is twice the one before, up to `ROUND_S`."""

SLEPT_S = 60.0
"""By how much (s) more than the steady clock the wall clock has moved once the computer has slept
(own). So little is no sleep that matters, and no clock is put right by so much in between."""


class Sleeps:
    """Notices that the computer has slept, or that its clock was set ahead.

    On Linux and macOS the steady clock stands still in a sleep. On Windows it goes on, and what
    became due by then is due.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None

    def noticed(self, steady: float, wall: float) -> bool:
        """Return whether it was so since the last look, by two clocks (s) that are read at once.

        A wall clock that was set back is no sleep.
        """
        before, self._ahead = self._ahead, wall - steady
        return before is not None and self._ahead - before > SLEPT_S


class Rounds:
    """When the next round is due, the first one at once. Times are in s of any steady clock."""

    def __init__(self) -> None:
        self._due_at: float | None = None
        self._pause = FIRST_RETRY_S

    def is_due(self, now: float) -> bool:
        """Return whether a round is due."""
        return self._due_at is None or self._due_at <= now

    def done(self, now: float, is_wrong: bool) -> None:
        """Note that a round was done, by itself or after syncs, and whether something was wrong."""
        pause = min(self._pause, ROUND_S) if is_wrong else ROUND_S
        self._due_at = now + pause
        self._pause = 2 * pause if is_wrong else FIRST_RETRY_S

    def wake(self) -> None:
        """Let the next round be due at once: the computer has slept."""
        self._due_at = None
        self._pause = FIRST_RETRY_S


class Complaints:
    """What each part of a round has complained of: it is said once, and not in each round."""

    def __init__(self) -> None:
        self._said: dict[str, Sequence[str]] = {}

    def has(self, sentence: str) -> bool:
        """Return whether a part has said this sentence in its last round."""
        return any(sentence in said for said in self._said.values())

    def new(self, part: str, wrong: Sequence[str], is_put_off: bool = False) -> list[str]:
        """Return those of the sentences that no part has said in its last round.

        With `is_put_off` what the part said before goes on to be so.
        """
        news = [sentence for sentence in dict.fromkeys(wrong) if not self.has(sentence)]
        self._said[part] = [*wrong, *(self._said.get(part, []) if is_put_off else [])]
        return news


class Watcher:
    """Remembers each port and when it is due. Times are in seconds of any steady clock.

    A port comes with a mark. It differs after the cable was pulled and plugged in again, if
    the system shows that.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Hashable] = {}
        self._due_at: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._complaints: dict[str, str] = {}

    def due(self, ports: Mapping[str, Hashable], now: float) -> list[str]:
        """Return the ports to sync now. `ports` has all that are plugged in, with their marks."""
        for port, mark in list(self._marks.items()):
            if port not in ports or ports[port] != mark:
                self._forget(port)
        for port, mark in ports.items():
            if port not in self._marks:
                self._marks[port] = mark
                self._due_at[port] = now
        return [port for port in ports if self._due_at[port] <= now]

    def wake(self, now: float) -> None:
        """Let every port be due at once: the computer has slept, or cases have to hear of news."""
        for port in self._due_at:
            self._due_at[port] = now
        self._pauses.clear()

    def synced(self, port: str, now: float) -> None:
        """Note that a sync of this port was completed."""
        self._due_at[port] = now + FRESH_S
        self._pauses.pop(port, None)
        self._complaints.pop(port, None)

    def failed(self, port: str, sentence: str, now: float) -> bool:
        """Note why a sync failed; return whether `sentence` is new, for this and other ports."""
        pause = self._pauses.get(port, LOOK_S)
        self._due_at[port] = now + pause
        self._pauses[port] = min(2 * pause, LONGEST_PAUSE_S)
        is_new = not self.complains_of(sentence)
        self._complaints[port] = sentence
        return is_new

    def complains_of(self, sentence: str) -> bool:
        """Return whether the last sync of some port failed with this sentence."""
        return sentence in self._complaints.values()

    def has_failed(self, port: str) -> bool:
        """Return whether the last sync of this port failed."""
        return port in self._pauses

    def _forget(self, port: str) -> None:
        for table in (self._marks, self._due_at, self._pauses, self._complaints):
            table.pop(port, None)


def unit(command: list[str]) -> str:
    """Return a systemd user unit that runs this command, whose first word is an absolute path."""
    return f"""\
[Unit]
Description=Brings the log of the roller case home, and does what follows

[Service]
ExecStart={" ".join(map(quoted, command))}
Restart=on-failure
RestartSec=30

[Install]
WantedBy=default.target
"""


def quoted(word: str) -> str:
    """Return a word quoted for systemd, so that it stays one word and nothing in it is replaced."""
    for char, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$"), ("\n", "\\n")):
        word = word.replace(char, escaped)
    return f'"{word}"'
