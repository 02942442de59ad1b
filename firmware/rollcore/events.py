"""The records of the log: their kinds, their fields, their 32 bytes.

A record is written once and never changed. It holds, little-endian:

====== ==== =========================================================
offset size
====== ==== =========================================================
0      4    seq: 1 for the log's first record, then one more each time
4      1    kind
5      1    zone: its place in the policy's list, 0 to 3; 255 for all (`carried`)
6      2    boot: number of starts of the case so far (at most 65535)
8      4    uptime: seconds since that start
12     4    time: case time, seconds since 2020-01-01 00:00 UTC
16     12   the fields of its kind, then zeros
28     4    CRC-32 of the 28 bytes before, seeded with the CRC of the
            record before it (of the log's id, for the first)
====== ==== =========================================================

The chain of CRCs makes a missing, swapped or edited record visible. Kinds and
fields are listed only in this file; the journal, the line, the database and the
fold all read `KINDS`. `firmware/SPEC.md` explains them.

A field that is new takes spare bytes of its kind and reads 0 in older records: 0
always means what was so before the field existed.
"""

import struct
from binascii import crc32

from rollcore import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Words = tuple[tuple[int, str], ...]
    """Numbers, each with the word that is shown for it."""

RECORD_SIZE = 32
"""Bytes of one record."""

CASE_EPOCH = 1577836800
"""2020-01-01 00:00 UTC in Unix seconds. Case time counts from here: it stays a small
integer on MicroPython (below 2**30) until 2054, and fits its four bytes until 2156."""

FIRST_PLAUSIBLE = 189388800
"""Case time of 2026-01-01, before the first case was made: an earlier clock was never set."""

ZONES = 4
"""Most zones that a policy may name."""

ALL_ZONES = 255
"""Zone of a record that is about every zone. Only `CARRIED` may have it."""

MAX_BOOT = 0xFFFF

# Kinds. The number of a kind is never given to another.
BOOT = const(1)
CLOCK_SET = const(2)
POLICY_SET = const(3)
SOAK_STARTED = const(4)
SOAK_ENDED = const(5)
USE_STARTED = const(6)
USE_ENDED = const(7)
REFUSED = const(8)
HEAD_NEW = const(9)
HOLD_SET = const(10)
CLINIC = const(11)
REACTION = const(12)
FAULT = const(13)
BATTERY_LOW = const(14)
LID = const(15)
CARRIED = const(16)
CORRECTED = const(17)
CLOCK_HEARD = const(18)
REACTION_OPENED = const(19)
REACTION_CLOSED = const(20)
CLINICIAN_SAW = const(21)
HEAD_OUT = const(22)
OVERRIDE_ASKED = const(23)
REACTION_RED = const(24)

# Why the case started (boot.cause).
POWER_ON = const(1)
WATCHDOG = const(2)
SOFT_RESET = const(3)

# Who set the clock (clock_set.source), or said a time that was not taken (clock_heard.source).
FROM_HOST = const(1)
FROM_RTC = const(2)

# Why a setting of the clock is sure (clock_set.sure).
NOT_SURE = const(0)
SYNCHRONISED = const(1)
AGREES = const(2)
SURE_RTC = const(3)
CONFIRMED = const(4)
GIVEN = const(5)

# Why the clock was not set to a time that was heard (clock_heard.why).
UNSURE = const(0)
BEHIND_SURE = const(1)
JUMP = const(2)

# What a soak is for (soak_started.purpose, soak_ended.purpose).
BEFORE_USE = const(1)
AFTER_USE = const(2)

# How a soak ended (soak_ended.how).
SOAK_DONE = const(1)
SOAK_ABORTED = const(2)

# How a use came about (use_started.how).
IN_TURN = const(1)
OVERRIDE = const(2)

# How a use ended (use_ended.how).
BY_BUTTON = const(1)
TIMED_OUT = const(2)
CANCELLED = const(3)
AFTERWARDS = const(4)

# The gesture that was refused (refused.gesture).
PRESS = const(1)
LONG_PRESS = const(2)
VERY_LONG_PRESS = const(3)

# Why a use was refused (refused.reason).
STILL_RESTING = const(1)
HEAD_WORN_OUT = const(2)
ON_HOLD = const(3)
REACTION_OPEN = const(4)
AFTER_CLINIC = const(5)
AFTER_REACTION = const(6)
HEAD_IS_OUT = const(7)
RED_FLAG = const(8)
LOG_NEARLY_FULL = const(9)

# Why the case is on hold (hold_set.reason); NO_HOLD releases it.
NO_HOLD = const(0)
ACNE = const(1)
INFECTION = const(2)
COLD_SORE = const(3)
OPEN_WOUND = const(4)
SUNBURN = const(5)
FLARE = const(6)
ASK_DOCTOR = const(7)
OTHER = const(8)
KELOIDS = const(9)
BLEEDING = const(10)
ISOTRETINOIN = const(11)
IMMUNE_SUPPRESSION = const(12)
DIABETES = const(13)
PREGNANCY = const(14)
COLLAGEN_DISEASE = const(15)
SKIN_CANCER = const(16)
METAL_ALLERGY = const(17)

# What the lid did, or the answer that the roller was not used (lid.what).
LID_OPENED = const(1)
LID_CLOSED = const(2)
NOT_USED = const(3)

# What is carried over from another log (carried.what).
CARRIED_USE = const(1)
CARRIED_CLINIC = const(2)

# What is corrected (corrected.field): a number below is that of a moment of the state.
CORRECTED_HOLD = const(64)
CORRECTED_HEAD = const(65)
CORRECTED_NEEDLE = const(66)
CORRECTED_REACTIONS = const(67)
CORRECTED_RED = const(68)

CORRECTED_NEVER = const(0xFFFFFFFF)
"""Value of a corrected moment that has not happened."""

# Why a head is used no more (head_out.reason).
HEAD_SAID = const(0)
HEAD_DROPPED = const(1)
HEAD_BENT = const(2)
HEAD_JERKY = const(3)
HEAD_SHARED = const(4)
HEAD_INFECTED = const(5)
HEAD_LOST = const(6)
HEAD_OTHER = const(7)

# Where the firmware failed (fault.file), and with which exception (fault.error). A renamed file
# keeps its number; the number of a removed file is never given to another.
FILES: "Words" = (
    (0, "elsewhere"),
    (1, "main.py"),
    (2, "rollcase/app.py"),
    (3, "rollcase/loop.py"),
    (4, "rollcase/small_files.py"),
    (5, "rollcase/clock.py"),
    (6, "rollcase/faults.py"),
    (7, "rollcase/gestures.py"),
    (8, "rollcase/journal.py"),
    (9, "rollcase/lamp.py"),
    (10, "rollcase/server.py"),
    (11, "rollcase/policy_store.py"),
    (12, "rollcase/sounds.py"),
    (13, "rollcase/parts.py"),
    (14, "rollcase/display.py"),
    (15, "rollcase/orders.py"),
    (16, "rollcase/recorder.py"),
    (17, "rollcase/timekeeper.py"),
    (18, "rollcase/block_store.py"),
    (19, "rollcase/block_files.py"),
    (20, "rollcore/events.py"),
    (21, "rollcore/frames.py"),
    (22, "rollcore/messages.py"),
    (23, "rollcore/policy.py"),
    (24, "rollcore/segments.py"),
    (25, "rollcore/state.py"),
    (26, "rollcore/uses.py"),
    (27, "rollcore/memory.py"),
    (28, "rollcore/rest.py"),
    (29, "rollcore/snapshot.py"),
    (30, "rollcore/blocks.py"),
    (31, "rollcore/reactions.py"),
    (32, "rollcore/slots.py"),
    (40, "rollcase/hal/battery.py"),
    (41, "rollcase/hal/buzzer.py"),
    (42, "rollcase/hal/ds3231.py"),
    (43, "rollcase/hal/rgb_lamp.py"),
    (44, "rollcase/hal/latch.py"),
    (45, "rollcase/hal/levels.py"),
    (46, "rollcase/hal/lid.py"),
    (47, "rollcase/hal/serial.py"),
    # 48 was rollcase/hal/system.py.
    (49, "rollcase/hal/trace.py"),
    (50, "rollcase/hal/button.py"),
    (51, "rollcase/hal/i2c.py"),
    (52, "rollcase/hal/identity.py"),
    (53, "rollcase/hal/pause.py"),
    (54, "rollcase/hal/pixel_lamp.py"),
    (55, "rollcase/hal/plain_lamp.py"),
    (56, "rollcase/hal/reset.py"),
    (57, "rollcase/hal/supply.py"),
    (58, "rollcase/hal/ticks.py"),
    (59, "rollcase/hal/traceback.py"),
    (60, "rollcase/hal/watchdog.py"),
    (61, "rollcase/hal/flash.py"),
    (80, "rollcase/checkpoints.py"),
    (81, "rollcase/heads.py"),
    (82, "rollcase/raw_flash.py"),
    (83, "boot.py"),
)
ERRORS: "Words" = (
    (0, "another error"),
    (1, "AssertionError"),
    (2, "AttributeError"),
    (3, "ImportError"),
    (4, "IndexError"),
    (5, "KeyError"),
    (6, "MemoryError"),
    (7, "NameError"),
    (8, "NotImplementedError"),
    (9, "OSError"),
    (10, "OverflowError"),
    (11, "RuntimeError"),
    (12, "StopIteration"),
    (13, "TypeError"),
    (14, "UnicodeError"),
    (15, "ValueError"),
    (16, "ZeroDivisionError"),
)


class Field:
    """One field of a kind: its name, its struct code, and its allowed numbers.

    `words` has numbers, each with the word shown for it. If it is not empty, only
    its numbers are allowed. With `others`, every number that fits is allowed,
    and `others` is the word for a number that is not in `words`.
    """

    # Most fields have none, and what the class has takes no memory in each of them.
    words: "Words" = ()
    others = ""

    def __init__(self, name: str, code: str, words: "Words" = (), others: str = "") -> None:
        self.name = name
        self.code = code
        if words:
            self.words = words
            self.others = others

    @property
    def names(self) -> dict[int, str]:
        """The words by their numbers; made anew at each call, so `word` is for the case."""
        return dict(self.words)

    def word(self, number: int) -> str:
        """Return the word of a number; empty if it has none."""
        for known, word in self.words:
            if known == number:
                return word
        return ""

    def shown(self, number: int) -> int | str:
        """Return the word for a number, or the number itself if the field has no words."""
        return self.word(number) or self.others or number


class Kind:
    """A kind of record: its number, its name and its fields in the order of their bytes."""

    def __init__(self, number: int, name: str, *fields: Field) -> None:
        self.number = number
        self.name = name
        self.fields = fields
        self.format = "<" + "".join([field.code for field in fields])
        self.size = struct.calcsize(self.format)
        """The bytes of its fields."""


_NO_YES = ((0, "no"), (1, "yes"))

# The number that the host gave the entry, so that an entry told twice is logged once; 0 if the
# record comes from the button.
_TOKEN = Field("token", "I")

# Shared by several kinds, to save memory.
_DIGEST = Field("digest", "I")
_NEEDLE_UM = Field("needle_um", "H")
_UNTIL = Field("until", "I")
_AT = Field("at", "I")
# The token of the reaction that the record is about; 0 for all.
_OPENED = Field("opened", "I")
_PURPOSE = Field("purpose", "B", ((BEFORE_USE, "before use"), (AFTER_USE, "after use")))
_SOURCE = Field("source", "B", ((FROM_HOST, "host"), (FROM_RTC, "rtc")))
# Uses of a head.
_USES = Field("uses", "H")

_ALL = (
    Kind(
        BOOT,
        "boot",
        Field("cause", "B", ((POWER_ON, "power"), (WATCHDOG, "watchdog"), (SOFT_RESET, "restart"))),
        # Damaged bytes that replaying the log left out.
        Field("torn", "H"),
        # Records, openings and pages in which one flipped bit was put right.
        Field("corrected", "H"),
        # Records that were damaged beyond that.
        Field("lost", "H"),
        # Blank slots that were passed over because a bit had gone.
        Field("skipped", "H"),
    ),
    Kind(
        CLOCK_SET,
        "clock_set",
        # Case time before the setting; the record's own time is the new one.
        Field("old", "I"),
        _SOURCE,
        Field("forced", "B", _NO_YES),
        Field(
            "sure",
            "B",
            (
                (NOT_SURE, "no"),
                (SYNCHRONISED, "synchronised"),
                (AGREES, "agrees with a sure one"),
                (SURE_RTC, "rtc set by a sure one"),
                (CONFIRMED, "confirmed"),
                (GIVEN, "given"),
            ),
        ),
    ),
    Kind(
        POLICY_SET,
        "policy_set",
        _DIGEST,
        _NEEDLE_UM,
        # How many zones at the start of the list keep their places (`policy.kept_zones`).
        Field("kept", "B"),
    ),
    Kind(SOAK_STARTED, "soak_started", _PURPOSE),
    Kind(
        SOAK_ENDED,
        "soak_ended",
        _PURPOSE,
        Field("how", "B", ((SOAK_DONE, "done"), (SOAK_ABORTED, "aborted"))),
    ),
    Kind(
        USE_STARTED,
        "use_started",
        Field("how", "B", ((IN_TURN, "in turn"), (OVERRIDE, "override"))),
        # The digest of the policy that was in force.
        _DIGEST,
    ),
    Kind(
        USE_ENDED,
        "use_ended",
        Field(
            "how",
            "B",
            (
                (BY_BUTTON, "button"),
                (TIMED_OUT, "timed out"),
                (CANCELLED, "cancelled"),
                (AFTERWARDS, "told afterwards"),
            ),
        ),
        Field("seconds", "I"),
    ),
    Kind(
        REFUSED,
        "refused",
        # Scripts read these words in JSON and CSV, so they stay what they were before gestures were
        # called press, long press and very long press.
        Field(
            "gesture", "B", ((PRESS, "press"), (LONG_PRESS, "hold"), (VERY_LONG_PRESS, "long hold"))
        ),
        Field(
            "reason",
            "B",
            (
                (STILL_RESTING, "resting"),
                (HEAD_WORN_OUT, "head expired"),
                (ON_HOLD, "on hold"),
                (REACTION_OPEN, "reaction open"),
                (AFTER_CLINIC, "after a clinic session"),
                (AFTER_REACTION, "after a reaction"),
                (HEAD_IS_OUT, "head out"),
                (RED_FLAG, "red flag"),
                (LOG_NEARLY_FULL, "log nearly full"),
            ),
        ),
        # Case time from which a use is allowed; 0 where no date is known.
        _UNTIL,
        # The digest of the policy that was in force.
        _DIGEST,
    ),
    Kind(
        HEAD_NEW,
        "head_new",
        # Of the head before this one.
        _USES,
        _TOKEN,
    ),
    Kind(
        HOLD_SET,
        "hold_set",
        Field(
            "reason",
            "B",
            (
                (NO_HOLD, "released"),
                (ACNE, "active acne"),
                (INFECTION, "infection"),
                (COLD_SORE, "cold sore"),
                (OPEN_WOUND, "open wound"),
                (SUNBURN, "sunburn"),
                (FLARE, "flare"),
                (ASK_DOCTOR, "ask a doctor first"),
                (OTHER, "other"),
                (KELOIDS, "keloids"),
                (BLEEDING, "blood thinner or bleeding disorder"),
                (ISOTRETINOIN, "isotretinoin"),
                (IMMUNE_SUPPRESSION, "immune suppression"),
                (DIABETES, "diabetes"),
                (PREGNANCY, "pregnancy or nursing"),
                (COLLAGEN_DISEASE, "collagen disease"),
                (SKIN_CANCER, "skin cancer"),
                (METAL_ALLERGY, "metal allergy"),
            ),
            # A newer host may know more reasons; each of them is one to wait.
            others="another reason",
        ),
        # Case time at which the hold ends by itself; 0 if it stays until it is released. Of a
        # release the reason that it is about, 0 if all holds are over.
        _UNTIL,
        _TOKEN,
    ),
    # A session at a clinic, of the record's zone.
    Kind(
        CLINIC,
        "clinic",
        # Case time at which it ended.
        _AT,
        # 0 if the needle is not known.
        _NEEDLE_UM,
        _TOKEN,
    ),
    # A reaction of the skin, in the record's zone. In logs from before `REACTION_OPENED`.
    Kind(
        REACTION,
        "reaction",
        Field("open", "B", ((1, "open"), (0, "closed"))),
        # Case time at which the reaction was noticed, or was over.
        _AT,
        _TOKEN,
    ),
    # The firmware failed: at which line of which file. A newer firmware may have other files.
    Kind(
        FAULT,
        "fault",
        Field("file", "B", FILES, others=FILES[0][1]),
        Field("error", "B", ERRORS, others=ERRORS[0][1]),
        Field("line", "H"),
    ),
    Kind(BATTERY_LOW, "battery_low", Field("millivolts", "H")),
    Kind(
        LID,
        "lid",
        Field(
            "what", "B", ((LID_OPENED, "opened"), (LID_CLOSED, "closed"), (NOT_USED, "not used"))
        ),
    ),
    # What another log knows and this case has to: it makes the rest of the zone end later.
    Kind(
        CARRIED,
        "carried",
        Field("what", "B", ((CARRIED_USE, "use"), (CARRIED_CLINIC, "clinic"))),
        # The latest case time at which it can have ended.
        _AT,
        # 0 if the needle is not known.
        _NEEDLE_UM,
        # The CRC of device id, log id and seq of the record that it comes from.
        Field("origin", "I"),
    ),
    # An entry was taken back: one field of the state is set to what the host has computed.
    Kind(
        CORRECTED,
        "corrected",
        _TOKEN,
        # A moment of the state, or CORRECTED_HOLD and so on; others change nothing.
        Field("field", "B"),
        Field("value", "I"),
        Field("extra", "H"),
    ),
    # A host said the time; the clock stays as it is.
    Kind(
        CLOCK_HEARD,
        "clock_heard",
        # The case time that it said.
        Field("heard", "I"),
        _SOURCE,
        Field(
            "why", "B", ((UNSURE, "not sure"), (BEHIND_SURE, "behind a sure clock"), (JUMP, "jump"))
        ),
    ),
    Kind(
        REACTION_OPENED,
        "reaction_opened",
        _AT,
        _TOKEN,
        # Whether there is a sign that a clinician should see.
        Field("red", "B", _NO_YES),
    ),
    Kind(REACTION_CLOSED, "reaction_closed", _AT, _TOKEN, _OPENED),
    Kind(CLINICIAN_SAW, "clinician_saw", _AT, _TOKEN, _OPENED),
    # The head is used no more.
    Kind(
        HEAD_OUT,
        "head_out",
        Field(
            "reason",
            "B",
            (
                (HEAD_SAID, "said at the case"),
                (HEAD_DROPPED, "dropped"),
                (HEAD_BENT, "bent"),
                (HEAD_JERKY, "jerky"),
                (HEAD_SHARED, "shared"),
                (HEAD_INFECTED, "infected"),
                (HEAD_LOST, "lost"),
                (HEAD_OTHER, "another reason"),
            ),
            others="another reason",
        ),
        # That it has seen.
        _USES,
        _TOKEN,
    ),
    # A use against the rest was asked for; `until` is when the rest would have ended.
    Kind(OVERRIDE_ASKED, "override_asked", _UNTIL, _DIGEST),
    # A sign that a clinician should see was found at a later look at the reaction `opened`.
    Kind(REACTION_RED, "reaction_red", _AT, _TOKEN, _OPENED),
)

KINDS: dict[int, Kind] = {kind.number: kind for kind in _ALL}
"""Every kind of record, by its number."""

del _ALL  # its memory is free again

_BOUNDS = {"B": 1 << 8, "H": 1 << 16, "I": 1 << 32}
"""What the number in a field stays below, by the field's struct code."""

_HEAD = "<IBBHII"
_HEAD_SIZE = 16
_CRC_AT = 28


class RecordError(ValueError):
    """The bytes are no record that this version can read."""


class Event:
    """Something that happened to the case.

    `data` holds the fields of its kind by name. `seq`, `boot`, `uptime` (s) and
    `time` (case time, s) are filled in when it is written into a log.
    """

    def __init__(
        self,
        kind: int,
        data: dict[str, int] | None = None,
        zone: int = 0,
        seq: int = 0,
        boot: int = 0,
        uptime: int = 0,
        time: int = 0,
    ) -> None:
        self.kind = kind
        self.data: dict[str, int] = data or {}
        self.zone = zone
        self.seq = seq
        self.boot = boot
        self.uptime = uptime
        self.time = time

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        name = KINDS[self.kind].name if self.kind in KINDS else str(self.kind)
        return f"Event({self.seq} {name} {self.data} at {self.time})"

    @property
    def name(self) -> str:
        """The kind's name, such as ``use_started``."""
        return KINDS[self.kind].name


def check(event: Event) -> None:
    """Raise `RecordError` if a field is missing, unknown or out of its range."""
    kind = KINDS.get(event.kind)
    if kind is None:
        raise RecordError(f"kind {event.kind} is not known here")
    _check_zone(event.kind, event.zone)
    if len(event.data) != len(kind.fields):
        raise RecordError(f"{kind.name} needs {len(kind.fields)} fields, not {len(event.data)}")
    for field in kind.fields:
        value = event.data.get(field.name, -1)
        if field.words and not field.others:
            if not field.word(value):
                raise RecordError(f"{kind.name}.{field.name} cannot be {value}")
        elif not 0 <= value < _BOUNDS[field.code]:
            raise RecordError(f"{kind.name}.{field.name} does not fit: {value}")
    for name, value, bound in (
        ("seq", event.seq, 1 << 32),
        ("boot", event.boot, MAX_BOOT + 1),
        ("uptime", event.uptime, 1 << 32),
        ("time", event.time, 1 << 32),
    ):
        if not 0 <= value < bound:
            raise RecordError(f"{name} does not fit: {value}")


def _check_zone(kind: int, zone: int) -> None:
    """Raise `RecordError` if a record of this kind cannot be about this zone."""
    if not 0 <= zone < ZONES and not (zone == ALL_ZONES and kind == CARRIED):
        raise RecordError(f"zone {zone} is not 0 to {ZONES - 1}")


def encode(event: Event, chain: int) -> bytes:
    """Return the 32 bytes of `event`, chained to `chain`, the CRC of the record before.

    Raises `RecordError` if a field is missing or out of range.
    """
    check(event)
    kind = KINDS[event.kind]
    values = [event.data[field.name] for field in kind.fields]
    raw = bytearray(RECORD_SIZE)
    struct.pack_into(
        _HEAD, raw, 0, event.seq, event.kind, event.zone, event.boot, event.uptime, event.time
    )
    struct.pack_into(kind.format, raw, _HEAD_SIZE, *values)
    struct.pack_into("<I", raw, _CRC_AT, crc32(raw[:_CRC_AT], chain))
    return bytes(raw)


def decode(raw: bytes) -> Event:
    """Return the event in these 32 bytes. The CRC is not checked: see `intact`.

    Raises `RecordError` for a wrong size, an unknown kind, a field out of its
    range, or bytes after the fields that are not zero.
    """
    if len(raw) != RECORD_SIZE:
        raise RecordError(f"a record has {RECORD_SIZE} bytes, not {len(raw)}")
    seq, number, zone, boot, uptime, time = struct.unpack_from(_HEAD, raw, 0)
    kind = KINDS.get(number)
    if kind is None:
        raise RecordError(f"kind {number} is not known here")
    values = struct.unpack_from(kind.format, raw, _HEAD_SIZE)
    if any(raw[_HEAD_SIZE + kind.size : _CRC_AT]):
        raise RecordError(f"{kind.name} has bytes after its last field")
    # What was unpacked fits its bytes. What is left to check is less than `check` does.
    _check_zone(number, zone)
    data: dict[str, int] = {}
    for field, value in zip(kind.fields, values):
        if field.words and not field.others and not field.word(value):
            raise RecordError(f"{kind.name}.{field.name} cannot be {value}")
        data[field.name] = value
    return Event(number, data, zone, seq, boot, uptime, time)


def crc_of(raw: bytes) -> int:
    """Return the CRC in a record's bytes: the seed for the record after it."""
    crc: int = struct.unpack_from("<I", raw, _CRC_AT)[0]
    return crc


def crc_due(raw: bytes, chain: int) -> int:
    """Return the CRC that a record with these bytes should have, chained to `chain`."""
    return crc32(raw[:_CRC_AT], chain)


def seq_of(raw: bytes) -> int:
    """Return the seq in a record's bytes, without decoding the rest."""
    seq: int = struct.unpack_from("<I", raw, 0)[0]
    return seq


def intact(raw: bytes, chain: int) -> bool:
    """Say whether a record's CRC fits its bytes and `chain`, the CRC of the record before."""
    return len(raw) == RECORD_SIZE and crc_due(raw, chain) == crc_of(raw)


def split(raw: bytes, chain: int) -> "Iterator[tuple[bytes, int, bool]]":
    """Yield each whole record in `raw`: its bytes, the CRC before it, and if it is intact.

    The first record is chained to `chain`. The CRC of a damaged record may itself
    be damaged; then the next record may be chained to the CRC that the damaged one
    should have, so that damage costs one record.
    """
    due = chain
    for offset in range(0, len(raw) - RECORD_SIZE + 1, RECORD_SIZE):
        record = raw[offset : offset + RECORD_SIZE]
        crc, its_due = crc_of(record), crc_due(record, chain)
        yield record, chain, crc == its_due or intact(record, due)
        chain, due = crc, its_due


def first_chain(log_id: bytes) -> int:
    """Return the seed for the CRC of the first record of the log with this id (8 bytes)."""
    return crc32(log_id)
