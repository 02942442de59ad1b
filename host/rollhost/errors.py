"""What can go wrong, as a person reads it: one sentence, and the next step."""

DONE = 0
FAILED = 1
USAGE = 2
NO_CASE = 3
SEVERAL_CASES = 4
QUARANTINED = 5


class RollcaseError(Exception):
    """Something did not work. `hint` is the next step, `exit_code` what the shell sees."""

    exit_code = FAILED

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(RollcaseError):
    """The command was called in a way that makes no sense."""

    exit_code = USAGE


class NotInstalled(RollcaseError):
    """A Python package is missing that some machines have no wheel of, and one command needs."""


class NoCaseFound(RollcaseError):
    """No port answers like a case."""

    exit_code = NO_CASE


class SeveralCases(RollcaseError):
    """More than one case is there, and nobody said which one is meant."""

    exit_code = SEVERAL_CASES


class PortError(RollcaseError):
    """A port cannot be opened, or what is behind it is no case."""

    exit_code = NO_CASE


class CaseError(RollcaseError):
    """The case refused, stopped answering, or said what makes no sense."""


class ArchiveError(RollcaseError):
    """The database cannot be used."""
