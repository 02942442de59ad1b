"""The policy: all rules of one case, such as how long to rest, soak and dry.

Host and device enforce the same functions from this file. A policy travels as
one line of text, ``1;needle_um=500;rest_h=672;…``, always with every field and
always in the order of `FIELDS`, so that equal policies are equal text and have the
same digest on both sides.

What a policy may be here are outer limits, which no version narrows: a case keeps a policy that
it took years ago. Where an owner makes one, the host has closer bounds on some numbers; they
stand in `rollhost.guidance.numbers`, with the source of every number.

Where the numbers come from, graded A (regulator, peer-reviewed, professional
body), B (dermatologist, manufacturer, clinic), own (our choice, no source):

- Rest after 0.1 to 0.3 mm: 7 days, not under 72 hours. The skin's barrier was
  back within 72 h after 0.15 and 0.25 mm (doi 10.1111/j.1524-4725.2012.02550.x,
  A); pores closed after a mean of 58 to 63 h (PMC8259462, A).
- Rest after 0.3 to 0.5 mm: 28 days, not under 14. Makers and dermatologists say
  2 to 4 weeks (B).
- Rest after 0.5 to 1.0 mm: 42 days, not under 28. "Minimum six weeks" (B).
- Over 1.0 mm is for professionals (B): refused.
- Soak 10 minutes in 70 % isopropyl alcohol before and after: sources range from
  1 to 60 minutes; 60 to 90 % is the effective range (A). Air dry 10 minutes
  before a use, 30 before the roller goes back (own).
- A soak before use is good for 30 minutes once dry; clean within 60 minutes
  after; warn at 5 minutes of use, stop at 10 (own).
- A head is worn out after 10 uses or 90 days, after 3 uses over 0.5 mm (own,
  inside found ranges of 1 to 15 uses and 6 weeks to 12 months).
- A clinic session rests 28 days ("monthly", B), a reaction 14 days after it is
  closed (own); both may only be lengthened.
"""

from binascii import hexlify

from rollcore import const
from rollcore.events import ZONES

FORMAT = 1
"""Version of the text form, its first item."""

MAX_TEXT = 400
"""Longest text that `parse` reads, in characters; a full policy has about 300."""

MAX_NEEDLE_UM = const(1000)

DEFAULT_NEEDLE_UM = 500
"""The needle of a case that was never given a policy, in micrometres (own)."""

_LENGTHS = (
    # up to (micrometres), default rest (h), floor (h), head uses, warn at
    (300, 7 * 24, 72, 10, 8),
    (500, 28 * 24, 14 * 24, 10, 8),
    (MAX_NEEDLE_UM, 42 * 24, 28 * 24, 3, 2),
)

FIELDS = (
    # name, lowest, highest
    ("revision", 0, 65535),  # counts the owner's changes; 0 in a default policy
    ("needle_um", 100, MAX_NEEDLE_UM),  # micrometres
    ("rest_h", 72, 9600),  # hours from the end of a use; the floor rises with the needle
    ("short_rest", 0, 1),  # 1: a rest below the default is intended
    ("clinic_rest_h", 28 * 24, 9600),  # hours from the end of a session at a clinic
    ("reaction_rest_h", 14 * 24, 9600),  # hours from the close of a reaction
    ("soak_before_min", 0, 60),  # minutes; 0 switches the step off, as below
    ("dry_before_min", 0, 120),
    ("ready_min", 5, 240),
    ("soak_after_min", 0, 60),
    ("dry_after_min", 0, 240),
    ("overdue_min", 10, 1440),
    ("warn_min", 1, 29),  # minutes into a use
    ("stop_min", 2, 30),
    ("head_warn_uses", 1, 100),
    ("head_uses", 1, 100),
    ("head_days", 1, 400),
)
"""Every number of a policy: its name, its lowest and its highest value."""


DEFAULT_ZONES = ("face",)
"""The zones of a case that was never given a policy."""


class PolicyError(ValueError):
    """A policy is invalid: `field` names the field, `allowed` says in words what it may be."""

    def __init__(self, field: str, allowed: str) -> None:
        super().__init__(f"{field}: allowed is {allowed}")
        self.field = field
        self.allowed = allowed


class Policy:
    """A valid policy. `numbers` holds every number of `FIELDS` by name, `zones` 1 to 4 names.

    Raises `PolicyError` for invalid numbers or names, so that no invalid policy exists.
    """

    def __init__(self, numbers: dict[str, int], zones: tuple[str, ...] = DEFAULT_ZONES) -> None:
        _check(numbers, zones)
        self.zones = zones
        self.revision = numbers["revision"]
        self.needle_um = numbers["needle_um"]
        self.rest_s = numbers["rest_h"] * 3600
        self.clinic_rest_s = numbers["clinic_rest_h"] * 3600
        self.reaction_rest_s = numbers["reaction_rest_h"] * 3600
        self.soak_before_s = numbers["soak_before_min"] * 60
        self.dry_before_s = numbers["dry_before_min"] * 60
        self.ready_s = numbers["ready_min"] * 60
        self.soak_after_s = numbers["soak_after_min"] * 60
        self.dry_after_s = numbers["dry_after_min"] * 60
        self.overdue_s = numbers["overdue_min"] * 60
        self.warn_s = numbers["warn_min"] * 60
        self.stop_s = numbers["stop_min"] * 60
        self.head_warn_uses = numbers["head_warn_uses"]
        self.head_uses = numbers["head_uses"]
        self.head_s = numbers["head_days"] * 86400
        items = [str(FORMAT)]
        items.extend([f"{name}={numbers[name]}" for name, _, _ in FIELDS])
        items.append("zones=" + ",".join(zones))
        self.text = ";".join(items)
        self._digest: int | None = None  # not computed yet

    @property
    def digest(self) -> int:
        """The first four bytes of the SHA-256 of the text: records name the policy by them."""
        if self._digest is None:
            # On a computer this brings OpenSSL: 4 MB, which few commands need.
            from hashlib import sha256

            self._digest = int(hexlify(sha256(self.text.encode()).digest()[:4]), 16)
        return self._digest

    def changed(self, **numbers: int) -> "Policy":
        """Return this policy with some numbers changed. Raises `PolicyError`."""
        mine = numbers_of(self)
        for name in numbers:
            if name not in mine:
                raise PolicyError(name, "a field of a policy")
        mine.update(numbers)
        return Policy(mine, self.zones)


def for_needle(needle_um: int) -> Policy:
    """Return the default policy for a needle length in micrometres (100 to 1000).

    Raises `PolicyError` for other lengths: they are not for use at home.
    """
    rest_h, _, uses, warn = _by_length(needle_um)
    return Policy(
        {
            "revision": 0,
            "needle_um": needle_um,
            "rest_h": rest_h,
            "short_rest": 0,
            "clinic_rest_h": 28 * 24,
            "reaction_rest_h": 14 * 24,
            "soak_before_min": 10,
            "dry_before_min": 10,
            "ready_min": 30,
            "soak_after_min": 10,
            "dry_after_min": 30,
            "overdue_min": 60,
            "warn_min": 5,
            "stop_min": 10,
            "head_warn_uses": warn,
            "head_uses": uses,
            "head_days": 90,
        }
    )


def parse(text: str) -> Policy:
    """Return the policy in `text`, which must be exactly as `Policy.text` has it.

    Raises a `PolicyError` that names the field and what it may be.
    """
    if len(text) > MAX_TEXT:
        raise PolicyError("policy", f"text of up to {MAX_TEXT} characters")
    items = text.split(";")
    if items[0] != str(FORMAT):
        raise PolicyError("format", str(FORMAT))
    if len(items) != len(FIELDS) + 2:
        raise PolicyError("policy", f"{len(FIELDS) + 2} items, in order")
    numbers: dict[str, int] = {}
    for (name, low, high), item in zip(FIELDS, items[1:]):
        prefix = name + "="
        digits = item[len(prefix) :]
        if not item.startswith(prefix) or not is_number(digits):
            raise PolicyError(name, f"{low} to {high}")
        numbers[name] = int(digits)
    if not items[-1].startswith("zones="):
        raise PolicyError("zones", "a list of names")
    return Policy(numbers, tuple(items[-1][len("zones=") :].split(",")))


def bounds(name: str) -> tuple[int, int]:
    """Return the lowest and highest value of a field. Raises `PolicyError` for an unknown name."""
    for field, low, high in FIELDS:
        if field == name:
            return low, high
    raise PolicyError(name, "a field of a policy")


def default_rest_s(needle_um: int) -> int:
    """Return the default rest (s) after a use with this needle (micrometres).

    That is 0 if the needle is not known. One that is longer than any policy allows, of which a case
    can be told, has the longest rest.
    """
    if needle_um <= 0:
        return 0
    for up_to, rest_h, _, _, _ in _LENGTHS:
        if needle_um <= up_to:
            return rest_h * 3600
    return _LENGTHS[-1][1] * 3600


def shortest_rest_s(needle_um: int) -> int:
    """Return the rest (s) after a use that no policy for this needle (micrometres) goes below.

    Raises `PolicyError` for a needle that no policy allows.
    """
    return _by_length(needle_um)[1] * 3600


def kept_zones(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """Return with how many equal names both lists of zones begin: these zones are kept."""
    kept = 0
    while kept < min(len(old), len(new)) and old[kept] == new[kept]:
        kept += 1
    return kept


def numbers_of(policy: Policy) -> dict[str, int]:
    """Return the numbers of a policy by the names in `FIELDS`."""
    numbers: dict[str, int] = {}
    for item in policy.text.split(";")[1:-1]:
        name, value = item.split("=")
        numbers[name] = int(value)
    return numbers


def is_number(text: str) -> bool:
    """Say whether `text` is a plain decimal number below 2**32.

    It has no sign, no blank, no leading zero, and none of the other spellings
    that `int` accepts.
    """
    if not 1 <= len(text) <= 10 or (text[0] == "0" and text != "0"):
        return False
    # Of bytes, only ASCII digits are digits. Character by character is four times as slow here.
    return text.encode().isdigit() and int(text) < 1 << 32


def _by_length(needle_um: int) -> tuple[int, int, int, int]:
    """Return default rest (h), shortest rest (h), uses of a head, and the use to warn at."""
    if needle_um >= 100:
        for up_to, rest_h, floor_h, uses, warn in _LENGTHS:
            if needle_um <= up_to:
                return rest_h, floor_h, uses, warn
    raise PolicyError(
        "needle_um",
        f"100 to {MAX_NEEDLE_UM} (0.1 to 1.0 mm); longer needles are for a clinic",
    )


def _check(numbers: dict[str, int], zones: tuple[str, ...]) -> None:
    rest_h, floor_h, _, _ = _by_length(numbers["needle_um"])
    for name, low, high in FIELDS:
        if not low <= numbers[name] <= high:
            raise PolicyError(name, f"{low} to {high}")
    if numbers["rest_h"] < floor_h:
        raise PolicyError("rest_h", f"{floor_h} or more with this needle")
    if numbers["rest_h"] < rest_h and not numbers["short_rest"]:
        raise PolicyError("rest_h", f"{rest_h} or more (less only with short_rest=1)")
    if numbers["stop_min"] <= numbers["warn_min"]:
        raise PolicyError("stop_min", "more than warn_min")
    if numbers["head_uses"] < numbers["head_warn_uses"]:
        raise PolicyError("head_warn_uses", "head_uses or less")
    if not 1 <= len(zones) <= ZONES:
        raise PolicyError("zones", f"1 to {ZONES} names")
    for position, zone in enumerate(zones):
        if zone in zones[:position]:
            raise PolicyError("zones", "each name once")
        if not 1 <= len(zone) <= 12 or not all("a" <= char <= "z" for char in zone):
            raise PolicyError("zones", "names of 1 to 12 letters a to z")
