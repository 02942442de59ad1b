"""The policy: defaults and floors from the domain, one spelling, invalid ones refused."""

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.micropython.suite import vectors

from rollcore import messages, policy
from rollcore.messages import Message
from rollcore.policy import FIELDS, Policy, PolicyError

NAMES = [name for name, _, _ in FIELDS]
DEFAULT = policy.for_needle(500).text

# What the domain says of a needle length: from, to (micrometres), rest and its floor (hours),
# and how many uses a head is good for.
DOMAIN = [
    (100, 300, 7 * 24, 72, 10),
    (301, 500, 28 * 24, 14 * 24, 10),
    (501, 1000, 42 * 24, 28 * 24, 3),
]
LENGTHS = [
    pytest.param(needle, rest, floor, uses, id=f"{needle}um")
    for low, high, rest, floor, uses in DOMAIN
    for needle in (low, (low + high) // 2, high)
]


def spelled(**changes: object) -> str:
    """Return the default policy's text with some items spelled differently."""
    items = dict(item.split("=") for item in DEFAULT.split(";")[1:])
    items.update({name: str(value) for name, value in changes.items()})
    return ";".join(["1", *(f"{name}={value}" for name, value in items.items())])


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        policy.parse(text)
    return caught.value


def outcome(make: Callable[[], Policy]) -> str:
    """Return the text of the policy, or the words of the error."""
    try:
        return make().text
    except PolicyError as error:
        return str(error)


@pytest.mark.parametrize(("name", "low", "high"), FIELDS)
def test_field_has_bounds(name: str, low: int, high: int) -> None:
    assert policy.bounds(name) == (low, high)


def test_bounds_of_the_fields_are_those_that_policies_on_flash_were_made_by() -> None:
    # Written out: a case keeps a policy that it took years ago, so no version may narrow one.
    assert FIELDS == (
        ("revision", 0, 65535), ("needle_um", 100, 1000), ("rest_h", 72, 9600),
        ("short_rest", 0, 1), ("clinic_rest_h", 672, 9600), ("reaction_rest_h", 336, 9600),
        ("soak_before_min", 0, 60), ("dry_before_min", 0, 120), ("ready_min", 5, 240),
        ("soak_after_min", 0, 60), ("dry_after_min", 0, 240), ("overdue_min", 10, 1440),
        ("warn_min", 1, 29), ("stop_min", 2, 30), ("head_warn_uses", 1, 100),
        ("head_uses", 1, 100), ("head_days", 1, 400),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        (250, "1;revision=0;needle_um=250;rest_h=168;short_rest=0;clinic_rest_h=672;"
              "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;"
              "soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
              "head_warn_uses=8;head_uses=10;head_days=90;zones=face"),
        (500, "1;revision=0;needle_um=500;rest_h=672;short_rest=0;clinic_rest_h=672;"
              "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;"
              "soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
              "head_warn_uses=8;head_uses=10;head_days=90;zones=face"),
        (1000, "1;revision=0;needle_um=1000;rest_h=1008;short_rest=0;clinic_rest_h=672;"
               "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;"
               "soak_after_min=10;dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
               "head_warn_uses=2;head_uses=3;head_days=90;zones=face"),
    ],
)  # fmt: skip
def test_default_policy_is_this_text(needle: int, text: str) -> None:
    assert policy.for_needle(needle).text == text


def test_unknown_field_has_no_bounds() -> None:
    with pytest.raises(PolicyError) as caught:
        policy.bounds("zones")
    assert (caught.value.field, caught.value.allowed) == ("zones", "a field of a policy")


# Defaults and floors


@pytest.mark.parametrize(("needle", "rest", "floor", "uses"), LENGTHS)
def test_rest_and_wear_follow_from_the_needle(
    needle: int, rest: int, floor: int, uses: int
) -> None:
    rules = policy.for_needle(needle)
    assert (rules.needle_um, rules.rest_s) == (needle, rest * 3600)
    assert rules.head_uses == uses
    assert rules.head_s == 90 * 86400


@pytest.mark.parametrize(("needle", "rest", "floor", "uses"), LENGTHS)
def test_rest_goes_down_to_the_floor_and_no_further(
    needle: int, rest: int, floor: int, uses: int
) -> None:
    rules = policy.for_needle(needle)
    assert rules.changed(rest_h=floor, short_rest=1).rest_s == floor * 3600
    with pytest.raises(PolicyError) as caught:
        rules.changed(rest_h=floor - 1, short_rest=1)
    assert caught.value.field == "rest_h"
    assert str(floor) in caught.value.allowed


@pytest.mark.parametrize(("needle", "rest", "floor", "uses"), LENGTHS)
def test_rest_below_the_default_must_be_meant(
    needle: int, rest: int, floor: int, uses: int
) -> None:
    rules = policy.for_needle(needle)
    assert rules.changed(rest_h=rest - 1, short_rest=1).rest_s == (rest - 1) * 3600
    assert rules.changed(rest_h=rest + 1).rest_s == (rest + 1) * 3600
    with pytest.raises(PolicyError) as caught:
        rules.changed(rest_h=rest - 1)
    assert caught.value.field == "rest_h"
    assert "short_rest=1" in caught.value.allowed
    assert str(rest) in caught.value.allowed


@pytest.mark.parametrize(("needle", "rest", "floor", "uses"), LENGTHS)
def test_rest_of_a_longer_needle_is_the_default_one(
    needle: int, rest: int, floor: int, uses: int
) -> None:
    assert policy.default_rest_s(needle) == rest * 3600


@pytest.mark.parametrize("needle", [100, 250, 500, 1000])
def test_clinic_and_reaction_rests_are_the_domains_for_every_needle(needle: int) -> None:
    rules = policy.for_needle(needle)
    assert (rules.clinic_rest_s, rules.reaction_rest_s) == (28 * 86400, 14 * 86400)


@pytest.mark.parametrize(("name", "hours"), [("clinic_rest_h", 672), ("reaction_rest_h", 336)])
@pytest.mark.parametrize("short_rest", [0, 1])
def test_clinic_and_reaction_rests_cannot_be_shortened(
    name: str, hours: int, short_rest: int
) -> None:
    rules = policy.for_needle(250)
    assert rules.changed(**{name: hours + 1}).digest != rules.digest
    with pytest.raises(PolicyError) as caught:
        rules.changed(**{name: hours - 1, "short_rest": short_rest})
    assert (caught.value.field, caught.value.allowed) == (name, f"{hours} to 9600")


def test_default_steps_take_the_times_of_the_domain() -> None:
    rules = policy.for_needle(500)
    assert (rules.soak_before_s, rules.soak_after_s) == (600, 600)
    assert (rules.dry_before_s, rules.dry_after_s) == (600, 1800)
    assert (rules.ready_s, rules.overdue_s) == (1800, 3600)
    assert (rules.warn_s, rules.stop_s) == (300, 600)
    assert rules.head_warn_uses == 8


@pytest.mark.parametrize("needle", [-1, 0, 99, 1001, 1500, 2500, 1 << 40])
def test_needle_not_for_home_is_refused(needle: int) -> None:
    with pytest.raises(PolicyError) as caught:
        policy.for_needle(needle)
    assert caught.value.field == "needle_um"
    assert "100 to 1000" in caught.value.allowed
    assert "clinic" in caught.value.allowed


def test_needle_over_one_millimetre_is_refused_as_text_too() -> None:
    error = refused(spelled(needle_um=1001, rest_h=9600))
    assert (error.field, "100 to 1000" in error.allowed) == ("needle_um", True)


# The text


@pytest.mark.parametrize(("needle", "text", "digest"), vectors.POLICIES)
def test_default_policy_is_its_golden_text(needle: int, text: str, digest: int) -> None:
    rules = policy.for_needle(needle)
    assert (rules.text, rules.digest) == (text, digest)


@st.composite
def any_numbers(draw: st.DrawFn) -> dict[str, int]:
    """Return numbers that are each in range, and perhaps do not go together."""
    return {name: draw(st.integers(low, high)) for name, low, high in FIELDS}


any_zones = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12),
    min_size=1, max_size=4, unique=True,
).map(tuple)  # fmt: skip


@given(any_numbers(), any_zones)
def test_policy_text_parses_to_the_same_policy(numbers: dict[str, int], zones: Any) -> None:
    try:
        rules = Policy(numbers, zones)
    except PolicyError:
        return
    again = policy.parse(rules.text)
    assert (again.text, again.digest) == (rules.text, rules.digest)
    assert policy.numbers_of(again) == numbers
    assert again.zones == zones


@given(any_numbers())
def test_digest_is_the_start_of_the_texts_sha256(numbers: dict[str, int]) -> None:
    try:
        rules = Policy(numbers)
    except PolicyError:
        return
    assert f"{rules.digest:08x}" == hashlib.sha256(rules.text.encode()).hexdigest()[:8]


def test_every_number_is_in_the_text_in_its_order() -> None:
    assert [item.split("=")[0] for item in DEFAULT.split(";")] == ["1", *NAMES, "zones"]


def test_every_default_has_a_source_or_is_marked_as_our_own() -> None:
    text = inspect.getdoc(policy) or ""
    bullets = text[text.index("Where the numbers come from") :].split("\n- ")[1:]
    assert len(bullets) >= 6
    for bullet in bullets:
        assert any(grade in bullet for grade in ("A)", "A;", "(B)", "own")), bullet


def test_longest_policy_fits_the_line() -> None:
    numbers = {name: high for name, _, high in FIELDS}
    zones = tuple(letter * 12 for letter in "abcd")
    rules = Policy(numbers, zones)
    assert policy.parse(rules.text).text == rules.text
    question = messages.encode(
        Message(0xFFFFFFFF, "rule", {"policy": rules.text}), messages.REQUESTS
    )
    assert len(question) <= messages.MAX_REQUEST
    assert messages.decode(question, messages.REQUESTS).word("policy") == rules.text


def test_each_number_is_where_the_firmware_looks_for_it() -> None:
    """Each number is different here, so that no field can be read in place of another."""
    numbers = {
        "revision": 77, "needle_um": 250, "rest_h": 169, "short_rest": 0, "clinic_rest_h": 701,
        "reaction_rest_h": 402, "soak_before_min": 11, "dry_before_min": 12, "ready_min": 13,
        "soak_after_min": 14, "dry_after_min": 15, "overdue_min": 16, "warn_min": 17,
        "stop_min": 18, "head_warn_uses": 19, "head_uses": 20, "head_days": 21,
    }  # fmt: skip
    rules = Policy(numbers, ("neck", "face"))
    found = {name: value for name, value in vars(rules).items() if isinstance(value, int)}
    assert found == {
        "revision": 77, "needle_um": 250, "rest_s": 169 * 3600, "clinic_rest_s": 701 * 3600,
        "reaction_rest_s": 402 * 3600, "soak_before_s": 660, "dry_before_s": 720, "ready_s": 780,
        "soak_after_s": 840, "dry_after_s": 900, "overdue_s": 960, "warn_s": 1020, "stop_s": 1080,
        "head_warn_uses": 19, "head_uses": 20, "head_s": 21 * 86400,
    }  # fmt: skip
    assert rules.zones == ("neck", "face")


def test_change_of_an_unknown_number_is_refused() -> None:
    with pytest.raises(PolicyError, match="rest_days") as caught:
        policy.for_needle(500).changed(rest_days=3)
    assert caught.value.field == "rest_days"


def test_change_of_numbers_keeps_zones_and_other_numbers() -> None:
    rules = policy.parse(spelled(zones="face,neck")).changed(revision=7)
    assert rules.text == spelled(zones="face,neck", revision=7)


# Bad policies


@pytest.mark.parametrize(("name", "low", "high"), FIELDS)
def test_number_out_of_its_range_is_refused_with_the_range(name: str, low: int, high: int) -> None:
    for value in {low - 1, high + 1, -1, 4294967295, 99999999999999999999}:
        error = refused(spelled(**{name: value}))
        assert error.field == name
        assert f"{low} to {high}" in error.allowed
        assert str(error) == f"{error.field}: allowed is {error.allowed}"


NOT_DECIMAL = ["", " ", "-0", "+{}", "0{}", "00", " {}", "{} ", "{}.0", "{}e0", "0x{}", "{}_0",
               "\u0661\u0662", "\uff11", "\u00b2", "{}\n", "{}\0", "none", "{}={}"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_number_spelled_otherwise_is_refused_with_the_range(name: str) -> None:
    _, low, high = FIELDS[NAMES.index(name)]
    value = policy.numbers_of(policy.for_needle(500))[name]
    for spelling in NOT_DECIMAL:
        error = refused(spelled(**{name: spelling.replace("{}", str(value))}))
        assert (error.field, error.allowed) == (name, f"{low} to {high}")


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_policy_without_one_of_its_numbers_is_refused(place: int) -> None:
    items = DEFAULT.split(";")
    error = refused(";".join(items[: place + 1] + items[place + 2 :]))
    assert (error.field, error.allowed) == ("policy", f"{len(FIELDS) + 2} items, in order")


@pytest.mark.parametrize("place", range(len(NAMES) - 1), ids=NAMES[:-1])
def test_policy_in_another_order_is_refused_at_the_first_item_out_of_place(place: int) -> None:
    items = DEFAULT.split(";")
    items[place + 1], items[place + 2] = items[place + 2], items[place + 1]
    error = refused(";".join(items))
    _, low, high = FIELDS[place]
    assert (error.field, error.allowed) == (NAMES[place], f"{low} to {high}")


@pytest.mark.parametrize("text", ["", ";", "0" + DEFAULT[1:], "2" + DEFAULT[1:], " " + DEFAULT])
def test_policy_of_another_format_is_refused(text: str) -> None:
    error = refused(text)
    assert (error.field, error.allowed) == ("format", "1")


@pytest.mark.parametrize("text", ["1", DEFAULT + ";", DEFAULT + ";zones=face", DEFAULT + DEFAULT])
def test_policy_with_another_number_of_items_is_refused(text: str) -> None:
    assert refused(text).field == "policy"


@pytest.mark.parametrize("size", [401, 512, 4096, 500_000])
def test_text_longer_than_any_policy_is_refused_unread(size: int) -> None:
    error = refused(DEFAULT + "a" * (size - len(DEFAULT)))
    assert (error.field, error.allowed) == ("policy", "text of up to 400 characters")


@pytest.mark.parametrize(
    ("zones", "allowed"),
    [
        ("", "1 to 12 letters"),
        ("face,", "1 to 12 letters"),
        ("Face", "1 to 12 letters"),
        ("fa ce", "1 to 12 letters"),
        ("face1", "1 to 12 letters"),
        ("visag\u00e9", "1 to 12 letters"),
        ("\u0444", "1 to 12 letters"),
        ("fa\x1bce", "1 to 12 letters"),
        ("=face", "1 to 12 letters"),
        ("a" * 13, "1 to 12 letters"),
        (",", "1 to 12 letters"),
        (",face", "1 to 12 letters"),
        ("face,,neck", "1 to 12 letters"),
        ("face, neck", "1 to 12 letters"),
        ("face,neck,face", "each name once"),
        ("face,face", "each name once"),
        ("a,b,c,d,e", "1 to 4 names"),
        ("a,a,a,a,a", "1 to 4 names"),
    ],
)
def test_zones_with_invalid_names_are_refused(zones: str, allowed: str) -> None:
    error = refused(spelled(zones=zones))
    assert error.field == "zones"
    assert allowed in error.allowed


@pytest.mark.parametrize("zones", ["a", "z", "a,z", "abcdefghijkl,mnopqrstuvwx,yz"])
def test_zones_are_names_of_1_to_12_letters_from_a_to_z(zones: str) -> None:
    assert policy.parse(spelled(zones=zones)).zones == tuple(zones.split(","))


def test_last_item_that_is_not_zones_is_refused() -> None:
    error = refused(DEFAULT.replace("zones=", "areas="))
    assert (error.field, error.allowed) == ("zones", "a list of names")


@pytest.mark.parametrize(
    ("changes", "field", "allowed"),
    [
        ({"warn_min": 10}, "stop_min", "more than warn_min"),
        ({"stop_min": 5}, "stop_min", "more than warn_min"),
        ({"head_uses": 7}, "head_warn_uses", "head_uses or less"),
        ({"head_warn_uses": 11}, "head_warn_uses", "head_uses or less"),
    ],
)
def test_numbers_that_do_not_go_together_are_refused(
    changes: dict[str, int], field: str, allowed: str
) -> None:
    error = refused(spelled(**changes))
    assert (error.field, error.allowed) == (field, allowed)


@given(any_numbers(), any_zones)
def test_policy_is_refused_as_text_where_it_is_refused_as_numbers(
    numbers: dict[str, int], zones: Any
) -> None:
    text = spelled(**numbers, zones=",".join(zones))
    assert outcome(lambda: policy.parse(text)) == outcome(lambda: Policy(numbers, zones))


@given(st.text(max_size=500))
def test_any_text_parses_or_raises_a_policy_error(text: str) -> None:
    try:
        rules = policy.parse(text)
    except PolicyError:
        return
    assert rules.text == text


@given(st.data())
def test_damaged_policy_text_is_another_policy_or_a_policy_error(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(DEFAULT)))
    text = DEFAULT[:place] + data.draw(st.text(max_size=3)) + DEFAULT[place + 1 :]
    try:
        rules = policy.parse(text)
    except PolicyError:
        return
    assert rules.text == text


# Zones


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("face", "face", 1),
        ("face", "face neck", 1),
        ("face neck", "face", 1),
        ("face neck", "neck face", 0),
        ("face neck", "neck", 0),
        ("face neck chest", "face chest", 1),
        ("face neck chest", "face chest neck", 1),
        ("face neck chest", "chest neck face", 0),
        ("face neck chest", "hand neck chest", 0),
        ("face neck chest belly", "face neck hand belly", 2),
        ("face neck chest belly", "face neck chest belly", 4),
        ("face", "faces", 0),
        ("faces", "face", 0),
    ],
)
def test_kept_zones_and_all_before_them_keep_name_and_place(old: str, new: str, kept: int) -> None:
    assert policy.kept_zones(tuple(old.split()), tuple(new.split())) == kept


@given(any_zones, any_zones, st.integers(0, 4))
def test_kept_zones_are_the_common_beginning_of_both_lists(
    one: Any, other: Any, shared: int
) -> None:
    other = (*one[:shared], *other)
    kept = policy.kept_zones(one, other)
    assert kept == policy.kept_zones(other, one)
    assert kept >= min(shared, len(one))
    assert one[:kept] == other[:kept]
    assert one[kept : kept + 1] != other[kept : kept + 1] or kept == len(one) == len(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("face", "neck"), ("neck", "hand"), ("arms", "chin"), ("scalp", "stomach"), ("jaw", "scar")],
)
def test_swapped_zones_are_not_kept(one: str, other: str) -> None:
    assert policy.kept_zones((one, other), (other, one)) == 0


# Rests by length


@pytest.mark.parametrize(("needle", "rest", "floor", "uses"), LENGTHS)
def test_default_rest_of_a_needle_is_that_of_its_default_policy(
    needle: int, rest: int, floor: int, uses: int
) -> None:
    assert policy.default_rest_s(needle) == rest * 3600 == policy.for_needle(needle).rest_s


@pytest.mark.parametrize("needle", [0, -1])
def test_unknown_needle_has_no_default_rest(needle: int) -> None:
    assert policy.default_rest_s(needle) == 0


@pytest.mark.parametrize("needle", [1001, 1500, 65535])
def test_needle_that_no_policy_allows_rests_as_the_longest_that_one_allows(needle: int) -> None:
    assert policy.default_rest_s(needle) == policy.default_rest_s(1000) == 42 * 86400


# Numbers


@given(st.integers(0, (1 << 32) - 1))
def test_plain_decimal_below_2_to_the_32_is_a_number(number: int) -> None:
    assert policy.is_number(str(number))


@given(st.text(max_size=12) | st.from_regex(r"[-+ 0-9_.]{0,11}", fullmatch=True))
def test_other_spellings_of_a_number_are_refused(text: str) -> None:
    try:
        plain = str(int(text)) == text and 0 <= int(text) < 1 << 32
    except ValueError:
        plain = False
    assert policy.is_number(text) == plain


@pytest.mark.parametrize("text", ["4294967296", "9999999999", "10000000000", "01", "00", "", "-1"])
def test_is_number_holds_at_the_edges(text: str) -> None:
    assert not policy.is_number(text)
