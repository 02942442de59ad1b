"""The meanings of the report's words."""

from rollhost.report.components import listed
from rollhost.report.markup import Inside, tag


def section() -> Inside:
    """Return the words of the report with their meanings."""
    return [
        listed(
            [
                (
                    "Disinfection soak",
                    "Ten minutes or so fully under 70 % alcohol, timed by the case, then drying in"
                    " air. The case knows what its button was told; it does not see the liquid."
                    " Nothing done at a bathroom sink is sterilisation in the clinical sense:"
                    " alcohol does not kill spores.",
                ),
                (
                    "Green, ready",
                    "Rested and freshly disinfected by the rules that the owner chose, no more.",
                ),
                (
                    "Rest",
                    "The time from the end of a session to the next one of the same area. The"
                    " longest one wins: after a use, a session at a clinic, a reaction.",
                ),
                (
                    "Against the rest",
                    "A use that was started before its rest was over, by holding the button for ten"
                    " seconds.",
                ),
                (
                    "Early by what was written down later",
                    "A use for which the case took the skin for rested: what says otherwise, such"
                    " as a session at a clinic, was written down or brought home only later.",
                ),
                (
                    "Within bounds (±)",
                    "The case had lost its power and so the time; what happened lies between what"
                    " is known before and after it.",
                ),
                (
                    "Missing, quarantine",
                    "Records that the case no longer held when it was synced, and records that came"
                    " damaged: kept as they came, and counted nowhere.",
                ),
                (
                    "Where the numbers come from",
                    "Each default of the rules has a grade: A (regulator, peer-reviewed,"
                    " professional body), B (dermatologist, manufacturer, clinic), C (health blog),"
                    " own (our choice, no source). They stand beside the numbers in the program's"
                    " firmware/rollcore/policy.py and host/rollhost/history/aftercare.py.",
                ),
            ],
            "plain",
        ),
        tag("p", "With spreading redness, pus, red streaks, rising pain or swelling, or fever: see"
            " a clinician. This is a hygiene helper, not medical advice.", class_="flag"),
    ]  # fmt: skip
