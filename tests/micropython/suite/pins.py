"""A pin of a `machine` of ours, for the suite's hardware tests."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Pin:
    """Remembers its level. Nothing here allocates, so that what does can be told."""

    IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 3
    IRQ_FALLING, IRQ_RISING = 4, 8

    def __init__(self, number: int, mode: int = -1, pull: int = -1, value: int = 0) -> None:
        self.number = number
        self.mode = mode
        self.pull = pull
        self.level = value
        self.trigger = 0

    def value(self, level: "int | None" = None) -> int:
        """Return the level, or set it."""
        if level is not None:
            self.level = level
        return self.level

    def irq(self, handler: "Callable[[Pin], None]", trigger: int) -> None:
        """Take a handler."""
        self.trigger = trigger
