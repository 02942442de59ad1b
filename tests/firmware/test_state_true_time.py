"""Rest against true time: a case in a world that knows when the skin has truly rested."""

from hypothesis import example, given
from hypothesis import strategies as st
from tests.firmware.states import (
    BOOT,
    DAY,
    LISTS,
    LONG,
    LONGEST,
    MISTAKEN,
    RULES,
    SHORT,
    USE,
    USED,
    ZONE,
    ZONES,
    Names,
    Steps,
    What,
    boot_with,
    clinic,
    clock_set,
    policy_keeping,
    reaction,
    with_zones,
)

from rollcore import events, policy, state
from rollcore.events import AFTER_USE, BEFORE_USE, Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.rest import rested_at


class Skin:
    """What was truly done to one area of skin, by the name that it had then."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.uses: list[tuple[int, int]] = []
        """The true end of each use, and its needle."""
        self.clinics: list[int] = []


class World:
    """A case in a world whose true time is known: the case's clock stands still without power.

    The world knows skin by its name, not by its place in the policy's list. Under the default
    policy a use can be of any skin, and is logged for the first zone.
    """

    def __init__(self, power_cuts: bool) -> None:
        self.power_cuts = power_cuts
        self.true = 250_000_000
        self.case = 0
        self.boots = 0
        self.state = State()
        self.rules = policy.for_needle(policy.DEFAULT_NEEDLE_UM)
        self.needle = policy.DEFAULT_NEEDLE_UM
        """The needle's length (micrometres); until a policy is set, that of the default."""
        self.here: list[list[Skin]] = [[]]
        """The skin at each place of the list; under the default policy all skin that was rolled."""
        self.skins: list[Skin] = []
        """All skin there ever was; skin that comes back to the list is in it twice."""
        self.past: list[list[Skin]] = [[], [], [], []]
        """Removed skin that counts at each place as well."""
        self.reacting: list[int] = []
        self.reactions_closed: list[int] = []
        self.write(BOOT)

    def write(self, what: What, zone: int = 0) -> None:
        self.boots += what[0] == events.BOOT
        self.state = state.fold(
            self.state,
            Event(*what, zone=zone, seq=self.state.seq + 1, boot=self.boots, time=self.case),
        )

    def rested_at(self, skins: list[Skin]) -> int:
        """Return the true time from which all this skin may be rolled again."""
        uses = [use for skin in skins for use in skin.uses]
        ends = [0]
        ends += [end + self.rules.rest_s for end, _ in uses]
        ends += [
            end + policy.default_rest_s(needle)
            for end, needle in uses
            if needle > self.rules.needle_um
        ]
        ends += [end + self.rules.clinic_rest_s for skin in skins for end in skin.clinics]
        ends += [end + self.rules.reaction_rest_s for end in self.reactions_closed]
        return max(ends)

    def truly_rested_at(self, zone: int) -> int:
        """Return the true time from which the skin at this place may be rolled again."""
        if not self.rules.revision:  # it may be any
            return self.rested_at(self.skins)
        name = self.rules.zones[zone]
        return self.rested_at([skin for skin in self.skins if skin.name == name])

    def known_as_rested_at(self, zone: int) -> int:
        """Return the true time until which the case must let this place rest, and no longer."""
        return self.rested_at([*self.here[zone], *self.past[zone]])

    def live(self, seconds: int) -> None:
        """Let time with power pass, and check at the true end of each rest and just before."""
        stops = {seconds}
        for zone in range(len(self.rules.zones)):
            for end in (self.truly_rested_at(zone), self.known_as_rested_at(zone)):
                moments = (end - self.true - 1, end - self.true)
                stops |= {moment for moment in moments if 0 <= moment <= seconds}
        lived = 0
        for stop in sorted(stops):
            self.true += stop - lived
            self.case += stop - lived
            lived = stop
            self.look()

    def look(self) -> None:
        """Check that the case never allows a use before the skin has truly rested."""
        assert self.case <= self.true
        standing = state.judge(self.state, self.rules, self.case)
        if self.reacting:
            assert standing.phase not in (state.PREPARE, state.READY)
        for zone in range(len(self.rules.zones)):
            truly_rested = self.true >= self.truly_rested_at(zone)
            rested = self.case >= rested_at(self.state, self.rules, zone)
            assert truly_rested or not rested
            assert truly_rested or not standing.rested >> zone & 1
            if not self.power_cuts:
                assert rested == (self.true >= self.known_as_rested_at(zone))

    def place(self, zone: int) -> tuple[int, Skin]:
        """Return a place in the list of the policy in force, and the skin at that place."""
        if not self.rules.revision:
            skin = Skin(ZONES[zone])
            self.here[0].append(skin)
            self.skins.append(skin)
            return 0, skin
        zone %= len(self.rules.zones)
        return zone, self.here[zone][0]

    def change(self, rules: Policy) -> None:
        """Set another policy."""
        chosen = self.rules.revision and rules.revision
        kept = policy.kept_zones(self.rules.zones, rules.zones) if chosen else 0
        gone = [skin for skins in (*self.here[kept:], *self.past[kept:]) for skin in skins]
        self.past[kept:] = [gone] * (4 - kept)
        new = [Skin(name) for name in rules.zones[kept:] if rules.revision]
        self.here[kept:] = [[skin] for skin in new] or [[]]
        self.skins += new
        self.rules = rules
        self.needle = rules.needle_um
        self.write(policy_keeping(rules, kept))
        self.look()

    def rename(self, zones: Names) -> None:
        """Set a policy with other zones and the same numbers."""
        self.change(with_zones(self.rules.changed(revision=1), *zones))

    def lose_rules(self) -> None:
        """Start without the policy, which the flash has lost."""
        self.write(BOOT)
        if self.rules.revision:
            self.change(policy.for_needle(self.needle))

    def use(self, seconds: int, zone: int, how: int, then: Policy | None) -> None:
        """Roll, and perhaps let the host set another policy (`then`) during the use.

        An override may be of any zone, whichever the log says.
        """
        name = ZONES[zone]
        zone, skin = self.place(zone)
        if how == events.OVERRIDE:
            skin = Skin(name)
            self.skins.append(skin)
            self.past = [[*skins, skin] for skins in self.past]
        needle = self.needle
        self.write((events.USE_STARTED, {"how": how, "digest": self.rules.digest}), zone)
        if then:
            self.change(then)
        self.live(seconds)
        if seconds < state.CANCEL_S:
            self.write(MISTAKEN, zone)
            return
        skin.uses.append((self.true, needle))
        self.write(USED, zone)
        self.look()

    def cut(self, off: int, lost: int, zone: int | None, then: Policy | None = None) -> None:
        """Cut the power, during a use or not; the last `lost` seconds were not on flash yet."""
        if not self.power_cuts:
            return
        skin, needle = Skin(""), self.needle
        if zone is not None:
            zone, skin = self.place(zone)
            self.write(USE, zone)
            self.live(20)
            if then:
                self.change(then)
        self.true += off
        self.case = max(self.case - lost, self.state.time)
        # Rolling on in the dark cannot be seen: at the latest it ended when power came back.
        skin.uses.append((self.true, needle))
        self.write(BOOT)
        self.look()

    def lose(self, zone: int) -> None:
        """Roll, and lose the records of the use."""
        if self.power_cuts:
            before = self.state
            self.use(60, zone, events.IN_TURN, None)
            self.state = before
            self.write(boot_with(64))
            self.look()

    def lag(self, seconds: int) -> None:
        """Let the case's clock fall behind by `seconds`."""
        if self.power_cuts:
            self.true += seconds
            self.look()

    def sync(self) -> None:
        """Let a truthful host set the clock."""
        old, self.case = self.case, self.true
        self.write(clock_set(old))
        self.look()

    def clean(self, purpose: int) -> None:
        self.write((events.SOAK_STARTED, {"purpose": purpose}))
        self.live(600)
        self.write((events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_DONE}))
        self.look()

    def clinic(self, zone: int, ago: int) -> None:
        """Set the clock, and tell of a clinic session `ago` seconds back."""
        self.sync()
        zone, skin = self.place(zone)
        skin.clinics.append(self.true - ago)
        self.write(clinic(self.true - ago), zone)
        self.look()

    def react(self, zone: int) -> None:
        self.reacting.append(zone)
        self.write(reaction(1, self.case), zone)
        self.look()

    def calm(self, which: int, ago: int) -> None:
        """Tell that a reaction was over `ago` seconds back; its zone may be renamed by now."""
        if self.reacting:
            self.sync()
            zone = self.reacting.pop(which % len(self.reacting))
            self.reactions_closed.append(self.true - ago)
            self.write(reaction(0, self.true - ago), zone)
            self.look()


SHORT_REST = SHORT.changed(revision=1, rest_h=72, short_rest=1)
WITHOUT_SOAKS = SHORT_REST.changed(soak_before_min=0, soak_after_min=0)
LONG_NEEDLE = LONGEST.changed(revision=1, soak_before_min=0, soak_after_min=0)
KINDS_OF_RULES = (
    SHORT_REST,
    WITHOUT_SOAKS,
    SHORT.changed(revision=1, rest_h=1200, clinic_rest_h=1300, reaction_rest_h=1250),
    RULES.changed(revision=1, soak_before_min=0, soak_after_min=0),
    LONG_NEEDLE,
)


SOME_RULES = st.builds(
    lambda rules, zones: with_zones(rules, *zones), st.sampled_from(KINDS_OF_RULES), LISTS
)


HOW = st.sampled_from([events.IN_TURN, events.OVERRIDE])
STEPS_WITHOUT_RULES = (
    st.tuples(st.just("live"), LONG),
    st.tuples(st.just("sync")),
    st.tuples(st.just("use"), st.integers(0, 1800), ZONE, HOW, st.none()),
    st.tuples(st.just("cut"), LONG, st.integers(0, 900), ZONE | st.none()),
    st.tuples(st.just("clean"), st.sampled_from([BEFORE_USE, AFTER_USE])),
    st.tuples(st.just("clinic"), ZONE, LONG),
    st.tuples(st.just("react"), ZONE),
    st.tuples(st.just("calm"), ZONE, LONG),
)
STEPS_OF_A_DAY = (
    *STEPS_WITHOUT_RULES,
    st.tuples(st.just("rename"), LISTS),
    st.tuples(st.just("lose_rules")),
)
STEPS_OF_A_LIFE = (
    *STEPS_OF_A_DAY,
    st.tuples(st.just("use"), st.integers(0, 1800), ZONE, HOW, SOME_RULES),
    st.tuples(st.just("cut"), LONG, st.integers(0, 900), ZONE, SOME_RULES),
    st.tuples(st.just("change"), SOME_RULES),
    st.tuples(st.just("lose"), ZONE),
    st.tuples(st.just("lag"), LONG),
)


def live_through(world: World, steps: Steps, rules: Policy, before: Steps | None = None) -> None:
    """Live through steps under the default policy (`before`), then `steps` under `rules`."""
    for name, *numbers in [*(before or []), ("change", rules), *steps]:
        getattr(world, name)(*numbers)


TWO_ZONES = with_zones(WITHOUT_SOAKS, "face", "neck")


@given(st.lists(st.one_of(*STEPS_OF_A_LIFE), max_size=25), SOME_RULES)
@example([("cut", 0, 0, 0), ("live", 4 * DAY)], WITHOUT_SOAKS)
@example([("use", 300, 0, 1, None), ("cut", 40 * DAY, 0, None), ("sync",)], WITHOUT_SOAKS)
@example([("sync",), ("use", 300, 0, 1, None), ("cut", DAY, 0, 0), ("sync",)], WITHOUT_SOAKS)
@example([("use", 300, 1, 1, None), ("cut", 40 * DAY, 0, None), ("sync",)], TWO_ZONES)
@example(
    [("use", 300, 0, 1, None), ("change", SHORT_REST), ("use", 300, 0, 2, None), ("live", 9 * DAY)],
    LONG_NEEDLE,
)
@example(
    [
        ("use", 300, 0, 1, None),
        ("change", TWO_ZONES),
        ("use", 300, 1, 2, None),
        ("change", with_zones(WITHOUT_SOAKS, "neck", "face")),
        ("live", 9 * DAY),
    ],
    with_zones(LONG_NEEDLE, "face", "neck"),
)
@example([("lose", 0), ("change", WITHOUT_SOAKS), ("live", 9 * DAY)], LONG_NEEDLE)
@example([("use", 300, 1, 1, None), ("lose_rules",), ("live", 9 * DAY)], TWO_ZONES)
@example(
    [("lose_rules",), ("use", 300, 1, 1, None), ("change", TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES
)
@example(
    [
        ("lose_rules",),
        ("clinic", 1, 0),
        ("lose_rules",),
        ("change", TWO_ZONES),
        ("live", 30 * DAY),
    ],
    TWO_ZONES,
)
@example([("lose_rules",), ("use", 300, 1, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("lose_rules",), ("cut", DAY, 0, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("use", 300, 1, 1, LONG_NEEDLE), ("rename", ("face", "neck"))], TWO_ZONES)
@example([("cut", 0, 0, 1, WITHOUT_SOAKS), ("rename", ("face", "neck"))], TWO_ZONES)
def test_rest_never_ends_before_the_skin_has_truly_rested(steps: Steps, rules: Policy) -> None:
    live_through(World(power_cuts=True), steps, rules)


@given(st.lists(st.one_of(*STEPS_OF_A_LIFE), max_size=12), SOME_RULES)
@example([("use", 300, 1, 1, None), ("live", 2 * DAY)], TWO_ZONES)
@example([("use", 300, 1, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("cut", 0, 0, 1, TWO_ZONES), ("rename", ("neck", "face"))], TWO_ZONES)
@example([("clinic", 2, 0)], TWO_ZONES)
def test_rest_from_uses_before_the_first_policy_never_ends_too_early(
    steps: Steps, rules: Policy
) -> None:
    live_through(World(power_cuts=True), [("live", 30 * DAY)], rules, before=steps)


@given(
    st.lists(st.one_of(*STEPS_WITHOUT_RULES), max_size=4),
    st.lists(st.one_of(*STEPS_OF_A_DAY), max_size=25),
    SOME_RULES,
)
@example(
    [],
    [("use", 300, 2, 1, None), ("rename", ("face", "neck")), ("live", DAY)],
    with_zones(WITHOUT_SOAKS, "face", "neck", "chest"),
)
@example(
    [("use", 300, 0, 1, None)],
    [("use", 300, 1, 1, None), ("rename", ("face",)), ("lose_rules",), ("live", 9 * DAY)],
    TWO_ZONES,
)
def test_rest_ends_to_the_second_with_power_and_a_set_clock(
    before: Steps, steps: Steps, rules: Policy
) -> None:
    """The rest is that of the zone and of all skin that the case cannot tell from it."""
    live_through(World(power_cuts=False), steps, rules, before)
