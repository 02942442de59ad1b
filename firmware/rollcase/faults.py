"""What a fault record says: the file, the line and the kind of error."""

from rollcore.events import ERRORS, FILES

MAX_LINE = 0xFFFF


def fields(error: str, traceback: str) -> dict[str, int]:
    """Return the fields of a `fault` record.

    `error` is the name of the exception's class, `traceback` what MicroPython
    prints of it. The innermost line that is in a file of the firmware counts.
    """
    found = {"file": 0, "error": 0, "line": 0}
    for number, name in ERRORS:
        if name == error:
            found["error"] = number
    for text in traceback.split("\n"):
        quoted = text.split('"')
        if len(quoted) < 3 or "line " not in quoted[2]:
            continue
        for number, name in FILES:
            if number and quoted[1].endswith(name):
                found["file"] = number
                found["line"] = min(_leading(quoted[2].split("line ")[1]), MAX_LINE)
    return found


def _leading(text: str) -> int:
    """Return the decimal number at the start of `text`; 0 if there is none."""
    number = 0
    for char in text:
        if not "0" <= char <= "9":
            break
        number = number * 10 + ord(char) - ord("0")
    return number
