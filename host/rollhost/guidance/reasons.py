"""Reasons against rolling at home: what each means, where it comes from, what people call it.

Grades: A (regulator, peer-reviewed, professional body), B (dermatologist, manufacturer, clinic),
own (our choice, no source). Nothing here is medical advice: a reason says whether rolling waits,
and whom to ask.
"""

from typing import NamedTuple

from rollcore import events

NOT_AT_HOME = "not at home"
ASK_DOCTOR = "ask a doctor first"
CARE = "care"

KINDS = {
    NOT_AT_HOME: "on hold",
    ASK_DOCTOR: "on hold until a doctor says yes",
    CARE: "no hold",
}
"""What follows from a reason of each kind."""


class Reason(NamedTuple):
    """One reason against rolling.

    `line` is its line in a list. `means` says what it means, in a sentence or two. `hold` is its
    number of `hold_set.reason`, `NO_HOLD` if it never holds. `words` are what people call it, apart
    by commas. `heals` says that it passes by itself: then a day may end its hold. `is_asked` says
    that ``host check`` asks for it.
    """

    name: str
    line: str
    kind: str
    means: str
    source: str
    hold: int = events.NO_HOLD
    words: str = ""
    heals: bool = False
    is_asked: bool = True

    @property
    def needs_doctor(self) -> bool:
        """Whether its hold is released by a doctor's yes alone: not what heals by itself."""
        return self.hold != events.NO_HOLD and not self.heals


_CLINICS = "clinics' leaflets and dermatologists: not while it is there (B)"
_FIRST = "clinics ask before a first session (B)"

_REASONS = (
    Reason(
        "acne", "active acne with cysts, or a breakout", NOT_AT_HOME,
        "Needles spread it. Wait until it has calmed down.", _CLINICS, events.ACNE,
        "pimple, spot, zit, cyst, cystic acne, active acne, pustule, breakout",
        heals=True,
    ),
    Reason(
        "infection", "an infection of the skin", NOT_AT_HOME,
        "Needles spread it. Wait until it has healed; see a clinician if it does not.", _CLINICS,
        events.INFECTION,
        "infected, skin infection, active infection, boil, abscess, abscesses, impetigo, fungus,"
        " ringworm, wart, shingles, pus",
        heals=True,
    ),
    Reason(
        "cold-sore", "a cold sore (herpes)", NOT_AT_HOME,
        "Needles spread it over the face. Wait until it has healed.", _CLINICS, events.COLD_SORE,
        "coldsore, herpes, fever blister, lip blister, lip herpes",
        heals=True,
    ),
    Reason(
        "wound", "an open wound", NOT_AT_HOME, "Wait until it has closed.", _CLINICS,
        events.OPEN_WOUND, "cut, graze, scratch, scratches, scab, open skin, broken skin, sore",
        heals=True,
    ),
    Reason(
        "sunburn", "sunburn", NOT_AT_HOME, "Wait until it has healed.", _CLINICS, events.SUNBURN,
        "sunburnt, sunburned, sun burn",
        heals=True, is_asked=False,
    ),
    Reason(
        "flare", "rosacea, eczema or psoriasis that flares there now", NOT_AT_HOME,
        "Needles make a flare worse. Wait until it has calmed down.", _CLINICS, events.FLARE,
        "eczema, dermatitis, atopic dermatitis, neurodermatitis, psoriasis, rosacea, flare up",
        heals=True,
    ),
    Reason(
        "keloid", "keloids or raised scars, now or ever", NOT_AT_HOME,
        "Each needle is a small wound, and may leave such a scar.",
        "clinics advise against it (B)", events.KELOIDS,
        "raised scar, raised scarring, keloid scar, hypertrophic scar, thick scar, bumpy scar",
    ),
    Reason(
        "blood-thinner", "a blood thinner, or blood that does not clot well", ASK_DOCTOR,
        "Needles may bleed and bruise more. Stop no medicine for rolling.", _FIRST,
        events.BLEEDING,
        "bleeding, bleeding disorder, clotting disorder, anticoagulant, anticoagulation, warfarin,"
        " coumadin, marcumar, heparin, aspirin, clopidogrel, plavix, apixaban, eliquis,"
        " rivaroxaban, xarelto, dabigatran, pradaxa, haemophilia, hemophilia,"
        " haemophiliac, hemophiliac, von willebrand, bruise easily",
    ),
    Reason(
        "isotretinoin", "isotretinoin (Roaccutane), now or in the last six months", ASK_DOCTOR,
        "Its leaflet says six months. Many dermatologists are less strict: ask yours.",
        "the leaflet; less strict: Spring 2017, ASDS 2017 (A)", events.ISOTRETINOIN,
        "accutane, roaccutane, roacutan, claravis, absorica, isotrex, aknenormin, acne pills",
    ),
    Reason(
        "immune", "a weakened immune system, by an illness or a medicine", ASK_DOCTOR,
        "Small wounds get infected more easily.", _FIRST, events.IMMUNE_SUPPRESSION,
        "immune suppression, immune system, immunosuppression, immunosuppressed,"
        " immunosuppressant, immune deficiency, immunodeficiency, weak immune system, hiv, aids,"
        " chemotherapy, chemo, transplant, prednisone, prednisolone, methotrexate, ciclosporin,"
        " cyclosporine, azathioprine",
    ),
    Reason(
        "diabetes", "diabetes that is not well controlled", ASK_DOCTOR,
        "Wounds heal more slowly and get infected more easily.", _FIRST, events.DIABETES,
        "diabetic, diabetes mellitus, high blood sugar, insulin",
    ),
    Reason(
        "pregnancy", "pregnancy, or nursing a baby", ASK_DOCTOR,
        "Little is known about it: ask before you roll.", _FIRST, events.PREGNANCY,
        "pregnant, expecting, expecting a baby, nursing, breastfeeding, breast feeding, lactating",
    ),
    Reason(
        "collagen", "a collagen disease, scleroderma or lupus", ASK_DOCTOR,
        "Skin may heal otherwise than it should.", _FIRST, events.COLLAGEN_DISEASE,
        "collagen disease, collagen disorder, connective tissue disease, scleroderma, lupus,"
        " morphea, ehlers danlos",
    ),
    Reason(
        "skin-cancer", "skin cancer in the area, now or before", ASK_DOCTOR,
        "Let somebody look at the area first.", _FIRST, events.SKIN_CANCER,
        "cancer, melanoma, basal cell, basalioma, squamous cell, actinic keratosis",
    ),
    Reason(
        "metal", "an allergy to metal, such as nickel", ASK_DOCTOR,
        "Needles are of steel, which may have nickel in it.", "Chu 2021 (A)",
        events.METAL_ALLERGY,
        "metal allergy, nickel, nickel allergy, allergic to nickel, allergic to metal",
    ),
    Reason(
        "doctor",
        "an unstable skin type, which reacts easily, or an illness or a medicine to ask about",
        ASK_DOCTOR, "A doctor who knows of it can tell what it means for your skin.", _FIRST,
        events.ASK_DOCTOR,
        "ask a doctor, ask doctor, physician, dermatologist, unstable skin, unstable skin type",
    ),
    Reason(
        "dark-skin", "darker skin tones (brown or black)", CARE,
        "Skin may turn darker where it was rolled: rest longer, and use sunscreen.",
        "darker skin closes more slowly, Sci Rep 2020 10:18963 (A, indirect); pigment (B)",
        words="darker skin, dark skin tone, brown skin, black skin, olive skin, pigmentation",
    ),
    Reason(
        "under-18", "you are under 18", CARE, "Not without a doctor.", "(own)",
        words="under age, underage, minor, teenager, child",
    ),
    Reason(
        "other", "another reason", NOT_AT_HOME, "For a reason of your own, as long as you like.",
        "(own)", events.OTHER, "another reason",
        heals=True, is_asked=False,
    ),
)  # fmt: skip

REASONS = {reason.name: reason for reason in _REASONS}
"""Every reason, by the word that ``host hold`` and ``host check`` take."""

ASKED = {name: reason for name, reason in REASONS.items() if reason.is_asked}
"""The reasons that ``host check`` asks for."""

HOLDING = {name: reason for name, reason in REASONS.items() if reason.hold != events.NO_HOLD}
"""The reasons that keep a case from a use."""

COULD_BE = {
    "burn": ("sunburn", "wound"),
    "blister": ("cold-sore", "wound"),
    "rash": ("flare", "infection"),
    "scar": ("keloid", "wound"),
    "allergy": ("metal", "flare"),
    "medicine": ("blood-thinner", "isotretinoin", "immune", "doctor"),
    "medication": ("blood-thinner", "isotretinoin", "immune", "doctor"),
    "pill": ("blood-thinner", "isotretinoin", "immune", "doctor"),
    "skin type": ("doctor", "dark-skin"),
}  # fmt: skip
"""Words that are not enough to go by, and what they could mean: the person is asked."""

_BY_NUMBER = {reason.hold: reason for reason in HOLDING.values()}


def of_hold(number: int) -> Reason | None:
    """Return the reason with this number of `hold_set.reason`; None for one that is newer."""
    return _BY_NUMBER.get(number)


def needs_doctor(number: int) -> bool:
    """Return whether a hold with this number of `hold_set.reason` asks for a doctor's yes.

    So does one that a newer version has given: nothing is known of it here.
    """
    reason = of_hold(number)
    return reason is None or reason.needs_doctor


def heals(number: int) -> bool:
    """Return whether the skin heals from what this number of `hold_set.reason` stands for."""
    reason = of_hold(number)
    return reason is not None and reason.heals and number != events.OTHER
