"""The meanings of the report's words."""

from rollhost.guidance.expectations import EXPECTATIONS
from rollhost.report.components import listed
from rollhost.report.markup import Inside, tag


def section() -> Inside:
    """Return the words of the report with their meanings."""
    return [
        listed(
            [
                (
                    "Disinfection soak",
                    "Rinsed with detergent, then ten minutes or so fully under fresh 70 % alcohol,"
                    " in a covered cup beside the case and timed by it, then drying in air. The"
                    " case knows what its button was told; it does not see the liquid. Nothing done"
                    " at a bathroom sink is sterilisation in the clinical sense: alcohol does not"
                    " kill spores.",
                ),
                (
                    "Green, ready",
                    "Rested and freshly disinfected by the rules that the owner chose, no more."
                    " Where the soak before a use is switched off, it means rested alone.",
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
                ("What to expect", EXPECTATIONS),
            ],
            "plain",
        ),
        tag("p", "With spreading redness, pus, red streaks, rising pain or swelling, or fever: see"
            " a clinician. This is a hygiene helper, not medical advice.", class_="flag"),
    ]  # fmt: skip
