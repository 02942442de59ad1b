"""Writes scenes.md: twenty short stories in which something is at stake, in the product's words.

Usage: make docs. Each scene has a virtual case of its own, with the real firmware; its time jumps.
A test lives through all of them again and compares.
"""

from pathlib import Path

from docs.walk import DAY, HOUR, MINUTE, Walk, begin, clean, prepare, roll

FILE = Path(__file__).resolve().parent / "scenes.md"

# Each wait is a minute longer than what it is for, because a busy computer presses late.


def weekly(walk: Walk) -> None:
    """0.25 mm, once a week."""
    walk.say("Your first roller has needles of 0.25 mm. You ask how often.")
    walk.host("sync --needle 0.25")
    _session(walk)
    walk.say("You rolled for four minutes and soaked the roller.")
    walk.host("sync")
    walk.wait(7 * DAY)
    walk.lamp("A week later the lamp says that it is time.")
    walk.host("status")


def too_early(walk: Walk) -> None:
    """0.5 mm, and it is too early."""
    _own(walk, "0.5")
    _session(walk)
    walk.wait(10 * DAY)
    walk.say("With needles of 0.5 mm the skin rests for four weeks. Ten days have passed.")
    walk.lamp("You hold the button.", "long_press")
    walk.lamp("You press: how much longer? It flashes the days.", "press")
    walk.host("sync")
    walk.host("policy set rest=10d")


def scalp(walk: Walk) -> None:
    """1.5 mm for the scalp, and minoxidil."""
    walk.say("A video showed a roller of 1.5 mm for thinner hair, with minoxidil after it.")
    walk.host("sync --needle 1.5")
    walk.say("So you take needles of 0.25 mm, for the scalp alone.")
    with walk.unwritten():
        walk.host("sync --needle 0.25")
        walk.host("policy set zones=scalp")
        walk.host("sync")
    walk.host("product minoxidil 5 % --zone scalp")
    _session(walk)
    walk.say("You rolled your scalp.")
    _sync(walk)
    walk.host("status")


def acne(walk: Walk) -> None:
    """Active acne."""
    _own(walk, "0.25")
    walk.say("Your skin breaks out on the day on which you wanted to roll.")
    walk.host("hold pimples")
    _sync(walk)
    walk.lamp("You hold the button all the same.", "long_press")
    walk.wait(14 * DAY)
    walk.say("Two weeks later your skin is calm.")
    walk.host("hold release")
    walk.host("sync")


def cold_sore(walk: Walk) -> None:
    """A cold sore."""
    _own(walk, "0.25")
    walk.say("There is a cold sore on your lip.")
    walk.host("hold herpes --until 7d")
    walk.host("sync")
    walk.wait(8 * DAY)
    walk.say("A week has passed.")
    walk.host("status")


def isotretinoin(walk: Walk) -> None:
    """Isotretinoin."""
    _own(walk, "0.25")
    walk.say("A doctor has put you on isotretinoin, and you look for the place to note it.")
    walk.host("product accutane")
    walk.host("hold accutane")
    walk.host("hold release")
    walk.host("hold release --doctor --note 'Dr Smith: from June on'")


def pregnancy(walk: Walk) -> None:
    """Pregnancy."""
    _own(walk, "0.25")
    walk.say("You expect a baby.")
    walk.host("check --reason pregnant")
    walk.host("sync")
    walk.host("hold release", answer="n")


def day_four(walk: Walk) -> None:
    """Still red on day 4."""
    _own(walk, "0.25")
    _session(walk)
    _sync(walk)
    walk.wait(DAY)
    walk.say("On the day after, the skin is red and itches.")
    walk.host("reaction watch red and itchy --redness 5 --pain 1")
    walk.wait(3 * DAY)
    walk.say("On day 4 it is still red.")
    walk.host("reaction look still red --redness 4 --pain 1")
    walk.host("status")


def red_flags(walk: Walk) -> None:
    """Fever and pus, in your own words."""
    _own(walk, "0.25")
    _session(walk)
    walk.wait(2 * DAY)
    walk.say("Two days after, you only want to write a line.")
    walk.host("note shivering since last night, and yellow stuff oozes from my cheek")
    walk.host("reaction open shivering, and yellow stuff oozes from my cheek")
    walk.host("sync")
    walk.lamp("You hold the button.", "long_press")


def closed_after_red_flag(walk: Walk) -> None:
    """The reaction is over; nobody has looked at it."""
    _own(walk, "0.25")
    _session(walk)
    walk.wait(DAY)
    with walk.unwritten():
        walk.host("reaction open --sign streaks")
        walk.host("sync")
    walk.wait(2 * DAY)
    walk.say("There were red streaks two days ago. They are gone, and you feel well.")
    walk.host("reaction over all gone")
    walk.host("sync")
    walk.lamp("You hold the button for ten seconds.", "very_long_press")
    walk.say("You go. The doctor says that it heals.")
    walk.host("reaction seen Dr Smith: it heals")
    walk.host("status")


def dropped(walk: Walk) -> None:
    """The roller fell."""
    _own(walk, "0.25")
    walk.say("The roller has fallen onto the tiles. It looks as before.")
    walk.host("head out fell on the floor")
    walk.host("sync")
    walk.lamp("You hold the button.", "long_press")
    walk.host("head new")


def tap_water(walk: Walk) -> None:
    """Rinsed with tap water."""
    _own(walk, "0.25")
    _session(walk)
    walk.say("After the soak you rinsed the roller under the tap, as one does with a toothbrush.")
    walk.host("sync")
    walk.say("You did not know that. Nothing has happened yet: you will not roll for a week.")
    walk.host("note rinsed the roller under the tap after the soak")
    walk.wait(8 * DAY)
    walk.lamp("The lamp asks for a soak before the next use, whatever was before.")
    walk.lamp("You press.", "press")


def short_soak(walk: Walk) -> None:
    """The soak stopped at three minutes."""
    _own(walk, "0.25")
    walk.lamp("You lay the roller into alcohol and press.", "press")
    walk.wait(3 * MINUTE)
    walk.lamp("You press: how much longer? It flashes the minutes.", "press")
    walk.lamp("You are in a hurry, and hold the button: the soak is stopped.", "long_press")
    walk.lamp("You hold it again, to roll. It starts a soak, from the beginning.", "long_press")
    walk.host("policy set soak_before=3")


def old_alcohol(walk: Walk) -> None:
    """Old alcohol."""
    _own(walk, "0.25")
    walk.say("The bottle has stood in the bathroom since spring.")
    walk.host("alcohol new 70 % --at 2026-04-02")
    walk.host("status")
    walk.say("The new one is weaker.")
    walk.host("alcohol new 45 %")


def stored_wet(walk: Walk) -> None:
    """Put away wet."""
    _own(walk, "0.25")
    with walk.unwritten():
        for _ in range(3):
            _session(walk)
            walk.wait(8 * DAY)
        prepare(walk)
        roll(walk)
        walk.wait(2 * MINUTE)
        walk.lamp("", "press")
    walk.wait(11 * MINUTE)
    walk.lamp("The soak after the use is done, and you want to go to bed.")
    walk.lamp("You press: how much longer? It flashes the minutes.", "press")
    walk.say("So you put the roller away wet, as often.")
    walk.host("sync")


def a_couple(walk: Walk) -> None:
    """A couple."""
    _own(walk, "0.25")
    walk.say("Ann would like to roll, too.")
    walk.host("person add Ann")
    walk.host("status --person Ann")
    walk.say("She has used your roller once, only to try.")
    walk.host("head out shared with Ann")
    walk.host("sync")


def travel(walk: Walk) -> None:
    """Away from home."""
    _own(walk, "0.25")
    _session(walk)
    _sync(walk)
    walk.wait(5 * DAY)
    walk.say("You are in Tokyo; the case lies at home.")
    with walk.abroad("Asia/Tokyo"):
        walk.host("status")
        walk.wait(3 * DAY)
        walk.host("status")
        walk.host("hold sunburn --until 10d")
    walk.wait(DAY)
    walk.say("Home again.")
    walk.host("sync")


def darker_skin(walk: Walk) -> None:
    """Darker skin."""
    _own(walk, "0.25")
    walk.say("Your skin is brown.")
    walk.host("check --reason 'brown skin'")
    _session(walk)
    _sync(walk)
    walk.wait(DAY)
    walk.say("The day after a session a cheek is warm and sore. Is it red? It is hard to tell.")
    walk.host("reaction open one cheek is warm and sore --redness 2 --pain 2", answer="")


def keloid(walk: Walk) -> None:
    """Keloids."""
    _own(walk, "0.25")
    walk.say("Your piercing has left a thick scar years ago.")
    walk.host("check", answer="6")
    walk.host("sync")
    walk.host("hold release")


def numbing_cream(walk: Walk) -> None:
    """Numbing cream."""
    _own(walk, "0.25")
    walk.say("It stings, and a friend has given you a cream.")
    walk.host("product emla --zone face")
    _session(walk)
    _sync(walk)
    walk.host("product", only="Noted")


SCENES = (
    weekly, too_early, scalp, acne, cold_sore, isotretinoin, pregnancy, day_four, red_flags,
    closed_after_red_flag, dropped, tap_water, short_soak, old_alcohol, stored_wet, a_couple,
    travel, darker_skin, keloid, numbing_cream,
)  # fmt: skip
"""The scenes in the order of the page; the first line of each docstring is its title."""


def _own(walk: Walk, needle: str) -> None:
    """Have a case that knows its needle, in mm."""
    with walk.unwritten():
        walk.host(f"sync --needle {needle}")
        walk.wait(HOUR)


def _session(walk: Walk) -> None:
    """Have a session in the right way."""
    with walk.unwritten():
        prepare(walk)
        roll(walk)
        clean(walk)


def _sync(walk: Walk) -> None:
    """Sync; nothing in it is of interest."""
    with walk.unwritten():
        walk.host("sync")


def write() -> str:
    """Live through every scene and return the document."""
    texts = [
        "# Twenty scenes\n\n"
        "What Rollcase says where something is at stake, word for word. Nothing here is typed by"
        " hand: `make docs` lives through each scene with a virtual case, the real firmware in it,"
        " and writes this page; a test does it again and compares. [A month with"
        " Rollcase](first-month.md) shows every command.\n"
    ]
    for number, scene in enumerate(SCENES, 1):
        with begin() as walk:
            title = (scene.__doc__ or "").splitlines()[0].rstrip(".")
            walk.title(f"{number}. {title}")
            scene(walk)
            texts.append(walk.text.rstrip() + "\n")
    return "\n".join(texts)


def main() -> None:
    """Write the document."""
    FILE.write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
