"""When `host watch` syncs which port. It opens no port and reads no clock itself."""

from collections.abc import Hashable, Mapping

LOOK_S = 2.0
"""Time (s) between two looks at the list of ports (own)."""

FRESH_S = 86400.0
"""Time (s) between two syncs of a case that stays plugged in (own)."""

LONGEST_PAUSE_S = 3600.0
"""The longest pause (s) before a port that does not work is tried again (own). The first pause is
`LOOK_S`, and each is twice the one before, so that other boards are not disturbed for ever."""


class Watcher:
    """Remembers each port and when it is due. Times are in seconds of any monotonic clock.

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
        is_new = sentence not in self._complaints.values()
        self._complaints[port] = sentence
        return is_new

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
Description=Brings the log of the roller case home whenever it is plugged in

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
