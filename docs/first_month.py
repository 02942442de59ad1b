"""Writes first-month.md: a month with a case, and what each command says in it.

Usage: make docs. The case is virtual, with the real firmware; its time jumps from
one visit to the next. A test lives through it again and compares.
"""

from pathlib import Path

from docs.walk import DAY, HOUR, MINUTE, Walk, begin, clean, prepare, roll

from rollhost.guidance.never import NEVER

FILE = Path(__file__).resolve().parent / "first-month.md"

# Each wait is a minute longer than what it is for, because a busy computer presses late.


def live(walk: Walk) -> None:
    """Live through the month."""
    walk.say("# A month with Rollcase")
    walk.say(
        "Every command as somebody meets it in the first month, with what it says. Nothing here is"
        " typed by hand: `make docs` lives through it with a virtual case, the real firmware in it,"
        " and writes this page; a test does it again and compares. `…` stands for lines that differ"
        " from one computer to the next."
    )
    _first_evening(walk)
    _too_early(walk)
    _skin(walk)
    _a_month_later(walk)
    _mistakes(walk)
    _two_people(walk)
    _for_a_board(walk)


def _first_evening(walk: Walk) -> None:
    walk.title("Friday: a new case")
    walk.say("The roller moves in, and the case goes to the computer's USB port.")
    walk.host("--help")
    walk.host("doctor", only="clock of|no database")
    walk.host("ports")
    walk.host("sync --needle 0.25")
    walk.say("Two areas of skin, each with a rest of its own. The rules wait for the next sync.")
    walk.host("policy")
    walk.host("policy --sources", only="^(7|120) |isopropyl|grade|^A")
    walk.host("policy set zones=face,neck")
    walk.host("policy diff")
    walk.say("The reasons against rolling: none of them is so for you.")
    walk.host("check")
    walk.host("check --none")
    walk.host("name bathroom")
    walk.host("sync")
    walk.say("Then the first session. What never to do stands here once, in whole. Never")
    walk.say("\n".join(f"- {rule}" for rule in NEVER))
    walk.say("After a sync that brings a use, the first twelve times, one of these is shown.")
    walk.say("You want to see what comes of it. For comparing, a photo is best before a session.")
    walk.photo("day-1.jpg", "#d99a86")
    walk.host("photo day-1.jpg before the first --zone face")
    prepare(walk)
    roll(walk, "A press shows the next rested area: one flash, the face. Holding starts the use.")
    clean(walk)
    walk.host("sync")
    walk.host("status")
    walk.say("Red like a sunburn is normal. You keep an eye on it, and the case need not hold.")
    walk.host("reaction watch red like a sunburn --zone face --redness 4 --pain 1")


def _too_early(walk: Walk) -> None:
    walk.title("Sunday and Monday: too early")
    walk.wait(2 * DAY - 2 * HOUR)
    walk.host("reaction over")
    walk.say("On Sunday the neck has its turn. It was not rolled yet, so nothing is against it.")
    prepare(walk)
    roll(walk, "The press shows two flashes: the neck.")
    clean(walk)
    walk.wait(DAY - HOUR)
    walk.lamp("On Monday you try again, and hold the button. Too early: no.", "long_press")
    walk.lamp(
        "You insist, and hold it for ten seconds. The case logs it, and wants its soak first.",
        "very_long_press",
    )
    prepare(walk)
    walk.lamp("You hold, and roll.", "long_press")
    walk.wait(3 * MINUTE)
    walk.lamp("You press: done. You leave it at that and go to bed.", "press")
    walk.wait(2 * HOUR)
    walk.lamp("Two hours later it still wants to be cleaned.")
    clean(walk)
    walk.host("sync")
    walk.host("log --since 2d")
    walk.host("alcohol new 70 % --at yesterday")
    walk.host("alcohol")
    walk.host('note "slept badly" --at yesterday')


def _skin(walk: Walk) -> None:
    walk.title("Tuesday to Friday: the skin says no")
    walk.wait(16 * HOUR)
    walk.host("reaction open red and sore --zone neck --redness 5 --pain 2")
    walk.host("status")
    walk.wait(DAY)
    walk.host("reaction")
    walk.host("reaction look nearly gone --redness 1 --pain 0")
    walk.wait(2 * DAY)
    walk.host("reaction over")
    walk.host("hold")
    walk.host("hold sunburn --until 5d")
    walk.host("sync")
    walk.lamp("You hold the button. The case knows, too.", "long_press")
    walk.say("And you are to take isotretinoin soon. A release asks whether a doctor said yes.")
    walk.host("hold roaccutane")
    walk.host("hold release")
    walk.host("hold release sunburn")
    walk.host("hold release --doctor --note 'Dr Smith, by phone'")
    walk.say("A session at a clinic in the first days of November counts as well.")
    walk.host("clinic 2026-11-02 --needle 1.5 --zone face Dr Smith")
    walk.say("The clinic plans four of these, one a month.")
    walk.host("plan start --sessions 4 --from 2026-11-02 --zone face")
    walk.say("The head has fallen into the sink. You have another one, and keep it for the face.")
    walk.host("head out dropped into the sink")
    walk.host("head new --zone face")
    walk.watch()
    walk.host("head")
    walk.host("product retinol 0.3 % --zone neck")
    walk.host("status", only="Products")
    walk.host("product", only="Noted")
    walk.host("log --kind clinic --kind reaction --kind head_new")


def _a_month_later(walk: Walk) -> None:
    walk.title("A month later")
    walk.wait(24 * DAY)
    walk.host("status")
    walk.photo("day-30.jpg", "#d9a58c")
    walk.host("photo day-30.jpg a month on --zone face")
    prepare(walk)
    roll(walk, "One flash: the face.")
    clean(walk)
    walk.host("sync")
    walk.host("photo")
    walk.host("plan")
    walk.say("What would a rest of 28 days have refused?")
    walk.host("policy replay rest=28d")
    walk.host("report")
    walk.host("export csv rollcase.csv")
    walk.host("export diary diary.csv")
    walk.host("export ics rollcase.ics")
    walk.host("export json rollcase.json")
    walk.host("import rollcase.json --db other.db")
    walk.host("backup")
    walk.host("verify")
    walk.host("watch --systemd", only=r"^\[|Description|Restart")
    walk.host("completion bash", only="complete -")


def _mistakes(walk: Walk) -> None:
    walk.title("What goes wrong, and what is said then")
    walk.host("note --at 2026-02-30 hello")
    walk.host("clinic tomorrow --zone face")
    walk.host("photo lost.jpg")
    walk.host("reaction open itchy --zone neck")
    walk.say("It was only the scarf, and no case knows of it yet.")
    walk.host("undo --yes")
    walk.host("export json rollcase.json")
    walk.host("import rollcase.csv")
    walk.host("policy set needle=1.5")
    walk.host("policy set rest=3d")
    walk.host("log --zone knee")
    walk.host("status --case kitchen")
    walk.host("hold release --until 3d")
    walk.host("stats")


def _two_people(walk: Walk) -> None:
    walk.title("Ann moves in")
    walk.say("What she writes down is about her skin, and her case will be told of it, not yours.")
    walk.host("person add Ann")
    walk.host("hold sunburn --until 10d --person ann")
    walk.host("status --person Ann")
    walk.host("status")
    walk.say("Then she gets the case, with the roller's head out: a head is for one person.")
    walk.host("case lend bathroom Ann --yes")
    walk.host("sync")
    walk.host("status")
    walk.host("case")
    walk.say("A note for her was meant for you, after all. It was the last thing written down.")
    walk.host("note new alcohol --person Ann")
    walk.host("undo --yes --person Ann")
    walk.host("note new alcohol")
    walk.say("A photo that should not have been noted is erased, and not only taken back.")
    walk.host("forget day-1.jpg --yes")
    walk.host("restore rollcase.db", only="itself")


def _for_a_board(walk: Walk) -> None:
    walk.title("What this month had no need of")
    walk.say("Two commands are for a board that one can hold in the hand:")
    walk.host("install")
    walk.host("rescue")
    walk.say("`host sim` and `host demo` are for whoever has none yet: see the README.")


def write() -> str:
    """Live through it and return the document."""
    with begin() as walk:
        live(walk)
        return walk.text


def main() -> None:
    """Write the document."""
    FILE.write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
