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
    """One command needs a Python package that is missing; some machines have no wheel of it."""


class NoCaseFound(RollcaseError):
    """No port answers like a case."""

    exit_code = NO_CASE


class SeveralCases(RollcaseError):
    """Several cases answer, and the person has not said which one is meant."""

    exit_code = SEVERAL_CASES


class PortError(RollcaseError):
    """A port cannot be opened, or no case answers on it."""

    exit_code = NO_CASE


class CaseError(RollcaseError):
    """The case refused, stopped answering, or gave an answer that makes no sense."""


class ArchiveError(RollcaseError):
    """The database cannot be used."""


class ReadOnlyArchive(ArchiveError):
    """The database can be read and not written."""


class DamagedArchive(ArchiveError):
    """The database is damaged, or no database; its path may be that of another file."""
