"""Which program has made a calendar file, without the library that reads calendars."""

CALENDAR_HEAD_BYTES = 1024
"""Within so many bytes a calendar says who has written it (own)."""


def is_our_calendar(data: bytes) -> bool:
    """Return whether a file is a calendar that this program has written; its first bytes do."""
    head = data[:CALENDAR_HEAD_BYTES]
    return head.startswith(b"BEGIN:VCALENDAR") and b"\nPRODID:-//Rollcase//" in head
