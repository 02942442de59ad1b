"""The names of zones: which zone of which policy a record is about.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events, policy
from rollcore.events import Event
from rollcore.memory import PAST, State
from rollcore.policy import Policy
from rollcore.state import has_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Named(Protocol):
        """What knows policies by their digests."""

        def with_digest(self, digest: int) -> Policy | None: ...


OF_A_ZONE = (
    events.USE_STARTED,
    events.USE_ENDED,
    events.REFUSED,
    events.CLINIC,
    events.REACTION,
    events.CARRIED,
    events.REACTION_OPENED,
    events.REACTION_CLOSED,
)
"""Kinds of records that are about a zone; the zone in records of other kinds means nothing."""


class Zones:
    """Names the zone of each record of a log, which it is given in the log's order.

    `begins` is the state that the log begins with, `told` are states that the case told later. The
    zone of a use is named by the policy that ruled when it began, also if another
    policy is set before it ends.
    """

    def __init__(self, policies: "Named", begins: State, told: "dict[int, State]") -> None:
        self._policies = policies
        self._names: dict[tuple[int, int], str | None] = {}
        self._boot = begins.boot
        self._seq = begins.seq
        self._told = told
        self._digest = begins.policy_digest
        self._use_digest = begins.policy_digest if begins.using else 0
        self._zone_unknown = bool(begins.using) and begins.elsewhere < PAST
        """Whether a use is under way for which the person did not choose the zone."""

    def of(self, event: Event) -> str | None:
        """Return the name of a record's zone.

        None if the record is about no zone, or if the policy that named it is not known. None
        also for an override or a use told afterwards, if the policy has several zones: the
        person did not choose one.
        """
        for seq, state in self._told.items():
            if self._seq < seq < event.seq:
                self._digest = state.policy_digest
        self._seq = event.seq
        if has_started(self._boot, event):
            self._use_digest, self._zone_unknown = 0, False
        self._boot = event.boot
        if event.kind == events.POLICY_SET:
            self._digest = event.data["digest"]
        if event.kind == events.USE_STARTED:
            self._use_digest = event.data["digest"] or self._digest
            self._zone_unknown = event.data["how"] == events.OVERRIDE
            return self._of_use(event)
        if event.kind == events.USE_ENDED:
            self._zone_unknown = self._zone_unknown or event.data["how"] == events.AFTERWARDS
            name = self._of_use(event)
            self._use_digest, self._zone_unknown = 0, False
            return name
        return self.under(self._digest, event)

    @property
    def digest(self) -> int:
        """The digest of the policy that rules after the last record; 0: none was ever set."""
        return self._digest

    def goes_on_from(self, state: State) -> bool:
        """Return whether one that begins with this state would name all later zones the same."""
        is_in_use = self._use_digest or self._zone_unknown
        return not is_in_use and (self._digest, self._boot) == (state.policy_digest, state.boot)

    def under(self, digest: int, event: Event) -> str | None:
        """Return the name of the zone of a record that is no use, by the policy that ruled."""
        if event.kind not in OF_A_ZONE:
            return None
        return self._name(event.data.get("digest") or digest, event.zone)

    def _of_use(self, event: Event) -> str | None:
        digest = self._use_digest or self._digest
        several = self._name(digest, 1) is not None
        return None if self._zone_unknown and several else self._name(digest, event.zone)

    def _name(self, digest: int, zone: int) -> str | None:
        """Return a zone's name in the policy with this digest; None if either is not known.

        Digest 0 stands for a case that was never given a policy.
        """
        if (digest, zone) not in self._names:
            known = self._policies.with_digest(digest) if digest else None
            zones = policy.DEFAULT_ZONES if not digest else known.zones if known else ()
            self._names[digest, zone] = zones[zone] if zone < len(zones) else None
        return self._names[digest, zone]
