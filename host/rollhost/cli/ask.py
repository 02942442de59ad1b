"""Questions to the person at the terminal. Where there is none, nobody is asked."""

import sys


def can_ask() -> bool:
    """Return whether somebody is at a terminal who can answer."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def ask(question: str) -> str:
    """Return what the person answers, without the blanks around it; empty for Enter alone.

    The question goes to stderr, so that stdout has the answer of the command alone.
    """
    print(question, end=" ", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:  # end of input: nobody is there any more
        print(file=sys.stderr)
    return line.strip()


def agrees(question: str) -> bool:
    """Return whether the person says yes. Enter alone means no."""
    return ask(f"{question} [y/N]").casefold() in ("y", "yes")
