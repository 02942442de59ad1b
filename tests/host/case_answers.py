"""What a case in good order answers to a question about its status."""

from rollcore.events import CASE_EPOCH
from rollcore.messages import Message

NOW = 1_800_000_000
"""In January 2027, in Unix seconds: when the case answers."""


def status(**changed: object) -> Message:
    """Return what a case answers that is in good order, but for what is `changed`."""
    fields: dict[str, object] = {
        "log": "0102030405060708",
        "first": 1,
        "next": 11,
        "acked": 10,
        "boot": 1,
        "uptime": 60,
        "time": NOW - CASE_EPOCH,
        "clock_set": 1,
        "digest": 0,
        "fault": "",
        **changed,
    }
    return Message(1, "status", fields)
