"""A scripted case in which time passes, by a clock that a test can give to the host as well."""

from pathlib import Path

from tests.host.scripted_case import DEVICE, ScriptedCase, app_in

from rollcase.server import Server
from rollcore.messages import Message


class LivingCase(ScriptedCase):
    """A case that was never used. It says that it is virtual: it has no prompt.

    Its time passes with each question for its status, and while somebody sleeps by its clock, which
    has as much of the module `time` as is needed.
    """

    TICK_MS = 50

    def __init__(self, directory: Path) -> None:
        self.now_ms = 0
        self.stands_still = False
        """Whether the case's own clock stands still."""
        super().__init__(directory, self.live, board="virtual")

    def live(self, request: Message, right: bytes) -> bytes:
        """Let some time pass after a question, and answer as the firmware does."""
        if request.verb == "status":
            self._pass(self.TICK_MS)
        return right

    def monotonic(self) -> float:
        """Return its time (s)."""
        return self.now_ms / 1000

    def sleep(self, seconds: float) -> None:
        """Let its time pass at once. Nothing may be asked meanwhile."""
        self._pass(int(seconds * 1000))

    def touch(self, ms: int) -> None:
        """Keep its button down for so long, and let it go. Nothing may be asked meanwhile."""
        for down in (True, False):
            for _ in range(0, ms if down else 300, 20):
                self.now_ms += 20
                self.app.step(self.now_ms, down, False)

    def cut(self) -> None:
        """Cut its power and give it back. Nothing may be asked meanwhile."""
        self.app = app_in(self.directory)
        self._server = Server(self.app, DEVICE, "virtual")

    def _pass(self, ms: int) -> None:
        self.now_ms += ms
        if not self.stands_still:
            self.app.step(self.now_ms, False, False)
