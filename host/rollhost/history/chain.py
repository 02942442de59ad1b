"""What a record is chained to, told from the record alone.

A record's CRC begins with the CRC of the record before it. The CRC of the same
bytes with two seeds differs by the same bits whatever the bytes are, so that
these bits stand for the seed: a link. Links are compared with each other.
"""

from rollcore import events

_EMPTY = bytes(events.RECORD_SIZE)


def link_of(raw: bytes) -> int:
    """Return what a whole record is chained to: `link_to` of that record's CRC."""
    return events.crc_of(raw) ^ events.crc_due(raw, 0)


def link_to(crc: int) -> int:
    """Return the link of every record that is chained to a record with this CRC."""
    return events.crc_due(_EMPTY, crc) ^ events.crc_due(_EMPTY, 0)
