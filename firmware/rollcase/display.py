"""What the case shows: lamp and buzzer, and the answers to gestures."""

from rollcase import lamp, sounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.lamp import Pattern


class Display:
    """Lamp and buzzer of a case, from tick `ticks` (ms) on."""

    def __init__(self, ticks: int, trace: "Callable[[str], None]") -> None:
        self.ticks = ticks
        """The tick counter (ms) now; what is shown begins then."""
        self._trace = trace
        self._player = lamp.Player()
        self._tune = sounds.Tune()
        self._shown = ("", 0, False, 0, False)
        self._dark = False

    def show(
        self, phase: str, stage: int, clock_set: bool, failures: int, sync_me: bool = False
    ) -> None:
        """Show a phase, or `lamp.FAULT`, until the next call; with `sync_me` ask for a sync too.

        It begins anew where the number of failures is another: each failed gesture is answered.
        """
        shown = (phase, stage, clock_set, failures, sync_me)
        if shown != self._shown:
            self._shown = shown
            self._dark = False
            self._player.show(lamp.pattern_of(phase, stage, clock_set, sync_me), self.ticks)
            asks = " sync_me" if sync_me else ""
            self._trace(f"lamp {phase.replace(' ', '_')} {stage}{asks}")

    def go_dark(self) -> None:
        """Show nothing until the next answer, phase or stage: the touch is not over yet."""
        if self._shown[0] == lamp.FAULT:
            self.answer(lamp.NOTED)  # which shows the fault anew
            return
        self._dark = True
        self._player.show(lamp.DARK, self.ticks)

    def answer(self, pattern: "Pattern") -> None:
        """Show a pattern once, as the answer to a gesture."""
        if self._dark:
            self._dark = False
            phase, stage, clock_set, _, sync_me = self._shown
            self._player.show(lamp.pattern_of(phase, stage, clock_set, sync_me), self.ticks)
        if self._shown[0] == lamp.FAULT:
            # What keeps the case from its work is more than any answer; it begins anew.
            pattern = lamp.PATTERNS[lamp.FAULT][0]
        self._player.answer(pattern, self.ticks)

    def count(self, phase: str, numbers: tuple[int, ...]) -> None:
        """Answer a press in `phase` with numbers: days or minutes left, or what a head has seen."""
        if not numbers:
            self.answer(lamp.NOTED)  # held until somebody says that it is over
            return
        pattern = lamp.count(numbers[0], lamp.COLOURS[phase])
        if len(numbers) > 1:
            pattern += lamp.count(numbers[1], lamp.WHITE)
        self.answer(pattern)

    def then(self, pattern: "Pattern") -> None:
        """Show a pattern once, after the answers that wait."""
        self._player.then(pattern)

    def sound(self, tune: tuple[tuple[int, int], ...]) -> None:
        """Play a tune, where there is a buzzer."""
        self._tune.start(tune, self.ticks)

    def colour(self) -> int:
        """Return what the lamp should show now (0xRRGGBB)."""
        return self._player.colour(self.ticks)

    def tone(self) -> int:
        """Return what a buzzer should sound now, in Hz; 0 for silence."""
        return self._tune.hz(self.ticks)

    def wait_ms(self) -> int:
        """Return the milliseconds until the lamp changes colour, or a buzzer its tone."""
        lamp_ms = self._player.wait_ms(self.ticks)
        tone_ms = self._tune.wait_ms(self.ticks)
        return lamp_ms if tone_ms < 0 else min(lamp_ms, tone_ms)
