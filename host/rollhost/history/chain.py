"""What a record is chained to, from its own bytes alone.

A record's CRC is seeded with the CRC of the record before it. If the seed changes,
the CRC changes by the same bits whatever the bytes are. So these bits stand for the
seed; they are called a link. Links are compared with each other.
"""

from rollcore import events

_EMPTY = bytes(events.RECORD_SIZE)


def link_of(raw: bytes) -> int:
    """Return the link of a whole record: `link_to` the CRC of the record that it is chained to."""
    return events.crc_of(raw) ^ events.crc_due(raw, 0)


def link_to(crc: int) -> int:
    """Return the link of every record that is chained to a record with this CRC."""
    return events.crc_due(_EMPTY, crc) ^ events.crc_due(_EMPTY, 0)
