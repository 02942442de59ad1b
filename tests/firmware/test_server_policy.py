"""The server: the policy is asked for, set, and told again after it was lost."""

import pytest
from tests.firmware.server_line import OWN, RULES, TWO_ZONES, Line, tell_zones
from tests.firmware.whole_case import NOW, bring_to, lose_policy, soak

from rollcase import policy_store
from rollcase.recorder import NO_POLICY
from rollcore import events, frames, messages, policy, state
from rollcore.rest import rested_at

# Asked for and set


def test_policy_is_answered_as_text(line: Line) -> None:
    assert line.ask("policy").word("policy") == policy.for_needle(500).text


def test_policy_is_set_and_answered_back(line: Line) -> None:
    assert line.ask("rule", policy=RULES.text).word("policy") == RULES.text
    assert line.ask("policy").word("policy") == RULES.text
    assert line.ask("status").integer("digest") == RULES.digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("needle_um=250", "needle_um=1500"), "needle_um: allowed is 100 to 1000"),
        (("rest_h=168", "rest_h=71"), "rest_h: allowed is 72 to 9600"),
        (("rest_h=168", "rest_h=100"), "rest_h: allowed is 168 or more"),
        (("warn_min=5", "warn_min=05"), "warn_min: allowed is 1 to 29"),
        (("1;", "2;"), "format: allowed is 1"),
        ((";zones=face", ""), "policy: allowed is 19 items"),
        (("face", "Face"), "zones: allowed is names of"),
        (("face", "face,face"), "zones: allowed is each name once"),
        (("face", "face,"), "zones: allowed is names of"),
        (("face", "a,b,c,d,e"), "zones: allowed is 1 to 4 names"),
        (("rest_h=168", "rest_h=-168"), "rest_h: allowed is 72 to 9600"),
        (("rest_h=168", "rest_h=4294967296"), "rest_h: allowed is 72 to 9600"),
        (("clinic_rest_h=672", "clinic_rest_h=671"), "clinic_rest_h: allowed is 672 to 9600"),
        (("reaction_rest_h=336", "reaction_rest_h=0"), "reaction_rest_h: allowed is 336 to 9600"),
        (("stop_min=10", "stop_min=5"), "stop_min: allowed is more than warn_min"),
        (
            ("clinic_rest_h=672;reaction_rest_h=336", "reaction_rest_h=336;clinic_rest_h=672"),
            "clinic_rest_h: allowed is 672 to 9600",
        ),
        (("zones=face", "zones=" + "a" * 100), "zones: allowed is names of"),
    ],
)
def test_bad_policy_is_refused_in_words_and_the_old_one_stays(
    line: Line, change: tuple[str, str], words: str
) -> None:
    line.ask("rule", policy=RULES.text)
    before = line.case.last_seq
    code, why_not = line.error("rule", policy=RULES.text.replace(*change, 1))
    assert code == messages.BAD_POLICY
    assert words in why_not
    assert line.ask("policy").word("policy") == RULES.text
    assert line.case.news(before) == []


@pytest.mark.parametrize("size", [401, 500_000])
def test_policy_that_is_too_long_is_not_taken(line: Line, size: int) -> None:
    line.ask("rule", policy=RULES.text)
    before = line.case.last_seq
    body = b"7 rule " + RULES.text.encode().ljust(size, b"a")
    for answer in line.send(frames.encode(body)):
        assert (answer.verb, answer.word("code")) == ("error", messages.BAD_REQUEST)
    assert line.ask("policy").word("policy") == RULES.text
    assert line.case.news(before) == []


def test_policy_is_logged_with_the_number_of_kept_zones(line: Line) -> None:
    for zones, kept in (
        (("face", "neck"), 0),  # what the case called a face may be any skin
        (("face", "neck", "chest"), 2),
        (("face", "chest"), 1),
        (("chest", "face"), 0),
        (("chest",), 1),
    ):
        new = policy.Policy(policy.numbers_of(RULES), zones)
        line.ask("rule", policy=new.text)
        assert line.case.log()[-1].data == {"digest": new.digest, "needle_um": 250, "kept": kept}


def test_policy_with_other_numbers_keeps_all_zones(line: Line) -> None:
    line.ask("rule", policy=TWO_ZONES.text)
    line.ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2


def test_kept_zones_are_the_same_after_a_power_cut(line: Line) -> None:
    line.ask("rule", policy=TWO_ZONES.text)
    line.case.switch_on()
    Line(line.case).ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2


def resting_zones(line: Line) -> list[bool]:
    app = line.case.app
    zones = range(len(app.policy.zones))
    return [app.clock.time < rested_at(app.journal.state, app.policy, z) for z in zones]


def test_use_before_the_first_policy_rests_every_zone(line: Line) -> None:
    bring_to(line.case, state.CLEAN_ME)
    line.ask("rule", policy=TWO_ZONES.text)
    assert resting_zones(line) == [True, True]


# A lost policy


DAMAGES = {
    "gone": None,
    "empty": b"",
    "noise": b"\xff\xfe\xfd",
    "other rules": RULES.text.encode(),
}


def lose_rules(line: Line, damage: bytes | None = b"") -> Line:
    """Let the flash lose the policy; return the line to the case that starts without it."""
    lose_policy(line.case, damage)
    line.case.switch_on()
    return Line(line.case)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_start_without_the_policy_says_so_and_logs_no_other(
    two_zones: Line, damage: bytes | None
) -> None:
    before = two_zones.case.last_seq
    line = lose_rules(two_zones, damage)
    boot = ("boot", {"cause": events.POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0})
    assert line.case.news(before) == [boot]
    assert line.case.app.fault == NO_POLICY
    assert line.ask("policy").word("policy") == OWN.text
    assert line.ask("status").integer("digest") == OWN.digest
    line.case.switch_on()
    assert line.case.news(before) == [boot, boot]
    assert line.case.app.fault == NO_POLICY


def test_boot_with_the_policy_or_before_any_logs_no_policy(line: Line) -> None:
    line.case.switch_on()
    assert [event.name for event in line.case.log()] == ["boot", "boot"]
    line.ask("rule", policy=TWO_ZONES.text)
    before = line.case.last_seq
    line.case.switch_on()
    assert [name for name, _ in line.case.news(before)] == ["boot"]


def test_no_use_begins_without_the_policy(line: Line) -> None:
    """Its rest may have been longer than that of any policy that the case knows."""
    tell_zones(line)
    line = lose_rules(line)
    soak(line.case)
    line.case.wait(600)
    assert line.case.app.standing.phase == state.READY
    before = line.case.last_seq
    line.case.press()
    assert line.case.app.standing.phase == state.READY
    assert line.case.last_seq == before
    assert line.case.app.fault == NO_POLICY


def test_what_is_of_one_zone_is_not_taken_without_the_policy(line: Line) -> None:
    """Nobody can say which skin that is."""
    tell_zones(line)
    line = lose_rules(line)
    clinic = {"token": 5, "zone": 0, "at": NOW, "needle_um": 0}
    assert line.error("clinic", **clinic) == (messages.BAD_STORAGE, NO_POLICY)
    carried = {"zone": 0, "what": 1, "at": NOW, "needle_um": 0, "origin": 5}
    assert line.error("carried", **carried) == (messages.BAD_STORAGE, NO_POLICY)
    assert line.ask("carried", **{**carried, "zone": events.ALL_ZONES}).verb == "told"
    line.ask("rule", policy=TWO_ZONES.text)
    assert line.ask("clinic", **clinic).verb == "told"


def test_policy_after_a_lost_one_keeps_no_zone(line: Line) -> None:
    """Nobody can say which skin had the names of the next list."""
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line = lose_rules(line)
    line.ask("rule", policy=RULES.text)
    assert line.case.log()[-1].data["kept"] == 0
    assert line.case.phase == state.RESTING


def test_policy_lost_twice_shortens_no_rest(line: Line) -> None:
    tell_zones(line)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line = lose_rules(line)
    line.ask("rule", policy=TWO_ZONES.text)
    line = lose_rules(line)
    assert line.case.app.fault == NO_POLICY
    line.ask("rule", policy=TWO_ZONES.text)
    assert resting_zones(line) == [True, True]


def test_lost_policy_that_is_set_again_is_in_force_and_keeps_no_zone(two_zones: Line) -> None:
    line = lose_rules(two_zones)
    line.ask("rule", policy=TWO_ZONES.text)
    assert line.case.log()[-1].data["kept"] == 0
    assert line.case.app.fault == ""
    assert line.case.app.policy.text == TWO_ZONES.text


def test_lost_policy_that_is_back_on_flash_is_in_force_at_the_next_start(two_zones: Line) -> None:
    """A power cut while the policy is set again leaves it on flash and not in the log."""
    line = lose_rules(two_zones)
    policy_store.store(str(line.case.directory), TWO_ZONES)
    line.case.switch_on()
    assert line.case.app.fault == ""
    assert line.case.app.policy.text == TWO_ZONES.text


def test_zones_named_after_a_lost_policy_keep_their_places_again(two_zones: Line) -> None:
    line = lose_rules(two_zones)
    line.ask("rule", policy=TWO_ZONES.text)
    line.ask("clinic", token=5, zone=1, at=NOW, needle_um=0)
    line.ask("rule", policy=TWO_ZONES.changed(revision=2).text)
    assert line.case.log()[-1].data["kept"] == 2
    assert resting_zones(line) == [False, True]


def test_policy_that_the_flash_does_not_take_is_an_error_and_the_old_one_stays(line: Line) -> None:
    line.case.flash.broken = True
    assert line.error("rule", policy=RULES.text)[0] == messages.BAD_STORAGE
    line.case.flash.broken = False
    assert line.ask("policy").word("policy") == policy.for_needle(500).text
