"""What is known about rolling at home, fact by fact: where each is kept, and who says it where.

A fact is a short sentence, numbered in the order of this table. It is kept at ``module:NAME`` or
``module:NAME[key]``, or in a document. It is said to a person, word for word, in a document, in the
report, or by a command (``host …``).
"""

from dataclasses import dataclass, field

_NUMBERS = "rollhost.guidance.numbers:NUMBERS"
_WINDOWS = "rollhost.guidance.windows:ADVICE"
_REASONS = "rollhost.guidance.reasons:REASONS"
_SIGNS = "rollhost.guidance.signs:SIGNS"
_HEADS = "rollhost.guidance.heads:REASONS"
_PRODUCTS = "rollhost.guidance.products:PRODUCTS"
_NEVER = "rollhost.guidance.never:NEVER"
_CARD = "rollhost.guidance.card:CARD"
_EXPECTATIONS = "rollhost.guidance.expectations:EXPECTATIONS"
_SOURCES = "host policy --sources"
_README, _SCENES, _MONTH = "README.md", "docs/scenes.md", "docs/first-month.md"


@dataclass(frozen=True)
class Fact:
    """One fact: the sentence, where it is kept, the words for it by the place where they stand.

    With `value`, what is kept has exactly this value: of a number its value in its unit, of a
    window its hours up to 0.3 mm and over.
    """

    says: str
    kept: str
    words: dict[str, str] = field(default_factory=dict)
    value: object = None


FACTS = (
    # What rules every word
    Fact(
        "alcohol at a sink does not make anything free of spores",
        _README,
        {
            _README: "Nothing done at a bathroom sink is sterilisation in the clinical sense:"
            " alcohol does not kill spores.",
            "report": "Nothing done at a bathroom sink is sterilisation",
        },
    ),
    Fact(
        "green means rested and freshly disinfected by the rules you chose, no more",
        "rollcore.state:READY",
        {
            _README: "Green means rested and freshly disinfected by the rules you chose, no more.",
            "report": "Rested and freshly disinfected by the rules that the owner chose, no more.",
        },
    ),
    Fact(
        "what protects may be set freely",
        "rollhost.guidance.numbers:span_of",
        {_README: "what protects you may be set freely"},
    ),
    Fact(
        "the other way there are bounds, and a flag that says it is meant",
        "rollhost.guidance.numbers:BOUNDS",
        {_README: "The other way there are bounds: the rest as in the table (with `short_rest=1`)"},
    ),
    Fact(
        "a soak is 5 minutes at the least where it is not switched off",
        "rollhost.guidance.numbers:LEAST_SOAK_MIN",
        {_SCENES: "Allowed is 5 minutes to 60 minutes, or 0 to leave it out."},
        5,
    ),
    Fact(
        "a head is used 15 times at the most",
        "rollhost.guidance.numbers:MOST_HEAD_USES",
        {_README: "a head for 15 uses and 180 days"},
        15,
    ),
    Fact(
        "a head is used for 180 days at the most",
        "rollhost.guidance.numbers:MOST_HEAD_DAYS",
        {_README: "a head for 15 uses and 180 days"},
        180,
    ),
    Fact(
        "a step that is switched off is named as such",
        "rollhost.output.standing:switched_off",
        {
            _README: "a soak that your rules leave out is called switched off",
            "report": "Where the soak before a use is switched off, it means rested alone.",
        },
    ),
    # The needle's length
    Fact(
        "no authority publishes a rest for each needle length at home",
        "rollhost.output.sources:GRADES",
        {
            _SOURCES: "No authority publishes a rest for each length of needles at home",
            "report": "No authority publishes a rest for each length of needles at home",
        },
    ),
    Fact(
        "dermatologists: home rollers are not meant to go into the skin",
        _EXPECTATIONS,
        {_README: "home rollers are not meant to go into the skin"},
    ),
    Fact(
        "dermatologists: home rollers are hard to clean and dull quickly",
        _EXPECTATIONS,
        {
            _README: "are hard to clean and dull quickly",
            "report": "are hard to clean and dull quickly",
        },
    ),
    Fact(
        "0.1 to 0.3 mm: 7 days of rest",
        f"{_NUMBERS}[rest_short]",
        {_SOURCES: "7 days rest after a use, 0.1 to 0.3 mm", _README: "| 0.1 to 0.3 mm | 7 days |"},
        7,
    ),
    Fact(
        "once a week is plenty",
        f"{_NUMBERS}[rest_short]",
        {_SOURCES: "“once a week is plenty”", "report": "once a week is plenty"},
    ),
    Fact(
        "a mean is no floor: 120 hours up to 0.3 mm",
        f"{_NUMBERS}[rest_short_least]",
        {_SOURCES: "a mean is no floor", _README: "| 7 days | 5 days |"},
        120,
    ),
    Fact(
        "the skin's barrier is back within 72 hours, the last time looked at",
        f"{_NUMBERS}[rest_short_least]",
        {_SOURCES: "the skin's barrier was back within 72 hours after 0.15 and 0.25 mm"},
    ),
    Fact(
        "pores close at a mean of 58 to 63 hours; a fifth would be open at 72",
        f"{_NUMBERS}[rest_short_least]",
        {_SOURCES: "21 to 25 % would be open at 72 hours"},
    ),
    Fact(
        "darker skin closes more slowly: 66.5 ± 19.5 hours",
        f"{_NUMBERS}[rest_short_least]",
        {_SOURCES: "slower in darker skin, 66.5 ± 19.5 hours, so 97.5 % closed by about 105"},
    ),
    Fact(
        "covering delays closure",
        f"{_NUMBERS}[rest_short_least]",
        {_SOURCES: "covering delays closure (PMC3160154)"},
    ),
    Fact(
        "over 0.3 to 0.5 mm: 28 days of rest",
        f"{_NUMBERS}[rest_middle]",
        {_SOURCES: "28 days rest after a use, over 0.3 to 0.5 mm"},
        28,
    ),
    Fact(
        "over 0.3 to 0.5 mm: 14 days at the least",
        f"{_NUMBERS}[rest_middle_least]",
        {_SCENES: "With 0.5 mm needles: 28 days. 14 at the least, with short_rest=1."},
        14,
    ),
    Fact(
        "over 0.5 to 1 mm: 42 days of rest",
        f"{_NUMBERS}[rest_long]",
        {_SOURCES: "42 days rest after a use, over 0.5 to 1 mm"},
        42,
    ),
    Fact(
        "over 0.5 to 1 mm: 28 days at the least",
        f"{_NUMBERS}[rest_long_least]",
        {_README: "| over 0.5 to 1.0 mm | 42 days | 28 days |"},
        28,
    ),
    Fact(
        "over 0.5 mm there is a warning at set-up",
        "rollhost.output.policy:deep_needle_warning",
        {"host policy set needle=1.0": "Needles over 0.5 mm go deep for use at home:"},
    ),
    Fact(
        "over 0.5 mm at home is our permission alone",
        f"{_NUMBERS}[needle_most]",
        {
            "host policy set needle=1.0": "our permission alone: a nurse's guide knows 0.1 and"
            " 0.3 mm only",
            _README: "Needles over 0.5 mm at home are our permission alone.",
        },
    ),
    Fact(
        "longer needles are taken for better",
        _README,
        {_README: "Longer needles are not better at home"},
    ),
    Fact(
        "0.5 to 2.5 mm is a professional's range",
        f"{_NUMBERS}[needle_most]",
        {_SOURCES: "longer is for professionals, whose range is 0.5 to 2.5 mm"},
    ),
    Fact(
        "over 1 mm is not for home",
        f"{_NUMBERS}[needle_most]",
        {_SCENES: "1.5 mm is a clinic's length. Rollcase sets no rest for it at home."},
        1,
    ),
    Fact(
        "a clinic's session can be noted all the same",
        "rollhost.guidance.numbers:CLINIC_NEEDLE_UM",
        {_SCENES: "Ask whoever treats your skin; note sessions with host clinic."},
    ),
    Fact(
        "a clinic's session starts a rest of 28 days",
        f"{_NUMBERS}[clinic_rest]",
        {_README: "A session at a clinic counts too: it starts a rest of 28 days for its zone"},
        28,
    ),
    Fact(
        "clinics plan 3 to 6 sessions, one a month, then one a year",
        f"{_NUMBERS}[plan_fewest]",
        {_SOURCES: "clinics plan 3 to 6, monthly, at 0.5 to 2.5 mm, and then one a year"},
        3,
    ),
    Fact(
        "the longest rest wins",
        "rollcore.rest",
        {_README: "The longest rest wins.", "report": "The longest one wins"},
    ),
    # A session
    Fact(
        "clinics take 10 to 30 minutes",
        f"{_NUMBERS}[stop]",
        {_SOURCES: "clinics take 10 to 30 minutes"},
    ),
    Fact(
        "at home the lamp warns at 5 minutes",
        f"{_NUMBERS}[warn]",
        {_README: "in use for 5 minutes: come to an end"},
        5,
    ),
    Fact(
        "at home the lamp says stop at 10 minutes",
        f"{_NUMBERS}[stop]",
        {_README: "in use for 10 minutes: stop"},
        10,
    ),
    Fact(
        "under 15 seconds is a mistaken press and does not count",
        f"{_NUMBERS}[cancel]",
        {_README: "A use under 15 seconds does not count.", _SOURCES: "a mistaken press"},
        15,
    ),
    # Disinfection
    Fact(
        "alcohol does not lift blood: rinse with detergent first, at once",
        _README,
        {
            _README: "After a use rinse the roller with detergent first, because alcohol does not"
            " lift blood.",
            _MONTH: "You rinse the roller with detergent",
        },
    ),
    Fact(
        "cleaning is overdue 60 minutes after a use",
        f"{_NUMBERS}[overdue]",
        {_README: "clean me, since an hour ago", "report": "the soak began within 60 minutes"},
        60,
    ),
    Fact(
        "soak for 10 minutes before a use",
        f"{_NUMBERS}[soak_before]",
        {_README: "ten minutes fully under 70 % isopropyl alcohol", _SOURCES: "soak before a use"},
        10,
    ),
    Fact(
        "soak for 10 minutes after a use",
        f"{_NUMBERS}[soak_after]",
        {_SOURCES: "10 minutes soak after a use"},
        10,
    ),
    Fact(
        "that is ten times the minute that CDC 2008 asks of alcohol",
        f"{_NUMBERS}[soak_before]",
        {_SOURCES: "ten times the minute that CDC 2008 asks of alcohol"},
    ),
    Fact(
        "60 to 90 % works best, and activity drops sharply below 50 %",
        "rollhost.guidance.heads:ALCOHOL",
        {_SCENES: "60 to 90 % is what works; below 50 % it drops sharply."},
    ),
    Fact(
        "the alcohol is one of 70 %",
        f"{_NUMBERS}[alcohol]",
        {_SCENES: "45 % is too weak for a soak: better take 70 %."},
        70,
    ),
    Fact(
        "fresh alcohol each time, the cup covered",
        "rollhost.guidance.heads:ALCOHOL",
        {
            _README: "Fresh alcohol each time; cover the cup.",
            _SCENES: "Fresh alcohol for each soak, with the cup covered; what was used is poured"
            " away.",
        },
    ),
    Fact(
        "a bottle opened long ago is replaced",
        f"{_NUMBERS}[alcohol_old]",
        {_SCENES: "the bottle has been open since 2 Apr 2026: open a new one"},
        182,
    ),
    Fact(
        "the head lies fully under, in a cup beside the case, never in it",
        _README,
        {
            _README: "Lay the head fully under, in a cup beside the case, never in it.",
            _MONTH: "beside the case, the head fully under",
            "host demo": "beside the case, the head fully under",
        },
    ),
    Fact(
        "dry in air for 10 minutes before a use",
        f"{_NUMBERS}[dry_before]",
        {_README: "then drying in air for ten minutes before a use and thirty after it"},
        10,
    ),
    Fact(
        "dry in air for 30 minutes before the roller goes back",
        f"{_NUMBERS}[dry_after]",
        {_README: "It goes back into the case once it is dry."},
        30,
    ),
    Fact("no towel", _NEVER, {_README: "dry it with a towel: it dries in air"}),
    Fact(
        "no tap water after the soak",
        _NEVER,
        {_SCENES: "rinse the roller with tap water after the soak: germs in it can stay on"},
    ),
    Fact(
        "infections from water show late: three weeks on average",
        f"{_NUMBERS}[lumps]",
        {_SOURCES: "three weeks on average, PMC12065458"},
    ),
    Fact(
        "a soak before a use is good for 30 minutes once dry",
        f"{_NUMBERS}[ready]",
        {_README: "rested and disinfected, for 30 minutes"},
        30,
    ),
    Fact(
        "a soak after the last session never counts as the soak before the next",
        "rollcore.state:PREPARE",
        {_README: "before a use: no green without it", _SCENES: "asks for a soak before the next"},
    ),
    Fact("never boil it", _NEVER, {_README: "boil it: heat can bend the head"}),
    Fact(
        "never share it",
        _NEVER,
        {_README: "share it, not even with somebody close: it can carry infections of the blood"},
    ),
    Fact(
        "never spray in place of soaking",
        _NEVER,
        {_README: "spray alcohol in place of soaking: the head has to lie fully under"},
    ),
    Fact(
        "never put it away wet",
        _NEVER,
        {_SCENES: "Never put it away wet: it goes back once it is dry"},
    ),
    Fact(
        "alcohol burns: no flame nearby",
        _NEVER,
        {
            _README: "soak near a flame: alcohol burns",
            "boards/building.md": "No flame, no cigarette",
        },
    ),
    # The head wears out
    Fact(
        "a head warns at 8 uses",
        f"{_NUMBERS}[head_warn_uses]",
        {_README: "the same; the head is near its end"},
        8,
    ),
    Fact(
        "a head is worn out at 10 uses",
        f"{_NUMBERS}[head_uses]",
        {_README: "| 10 uses or 90 days |"},
        10,
    ),
    Fact(
        "a head is worn out at 90 days",
        f"{_NUMBERS}[head_days]",
        {_README: "| 10 uses or 90 days |", _SCENES: "used 1 of 10 times, day 1 of 90"},
        90,
    ),
    Fact(
        "over 0.5 mm a head is worn out at 3 uses",
        f"{_NUMBERS}[head_uses_long]",
        {"host policy set needle=1.0": "42 days of rest, and 3 uses of a head."},
        3,
    ),
    Fact(
        "a dropped head is out at once",
        f"{_HEADS}[dropped]",
        {_SCENES: "A fall bends needles so little that nobody sees it."},
    ),
    Fact("a bent head is out at once", f"{_HEADS}[bent]", {"host head out bent": "tears"}),
    Fact("a jerky head is out at once", f"{_HEADS}[jerky]", {"host head out jerky": "tears"}),
    Fact(
        "a shared head is out at once",
        f"{_HEADS}[shared]",
        {_SCENES: "Sharing can pass on blood infections: a head is for one person."},
    ),
    Fact(
        "a head that was used on infected skin is out at once",
        f"{_HEADS}[infected]",
        {"host head out infected": "What was on that skin can come back with it."},
    ),
    Fact(
        "a head that is out stays out until a new one is in",
        "rollcore.state:HEAD_EXPIRED",
        {_SCENES: "Until a new one is in, the case shows that the head is expired."},
    ),
    Fact(
        "a head can be condemned at the sink, without a computer",
        "rollcore.state:ACTIONS",
        {
            _README: "is out at once: keep the button down for ten seconds, before a use or"
            " after it."
        },
    ),
    Fact(
        "a head has an owner and, better, an area of its own",
        "rollhost.guidance.heads:ONE_EACH",
        {_SCENES: "One head for one person and, better, one area of skin."},
    ),
    Fact(
        "two people need two heads",
        "rollhost.guidance.heads:TWO_PEOPLE",
        {_SCENES: "Two people need two heads, better two cases.", _README: "Two people need two"},
    ),
    Fact(
        "a head leaves in a closed, puncture-proof tub",
        "rollhost.guidance.heads:DISPOSAL",
        {_SCENES: "The old head goes into a closed, puncture-proof tub"},
    ),
    Fact(
        "a new head is looked at: straight needles, no catching",
        "rollhost.guidance.heads:INSPECTION",
        {_SCENES: "Draw the head over cotton wool: it must not catch."},
    ),
    # Do not roll today
    Fact(
        "no rolling over active acne",
        f"{_REASONS}[acne]",
        {_SCENES: "Needles spread it. Wait until it has calmed down."},
    ),
    Fact(
        "no rolling over an active infection",
        f"{_REASONS}[infection]",
        {"host hold infection": "Wait until it has healed; see a clinician if it does not."},
    ),
    Fact(
        "no rolling with a cold sore",
        f"{_REASONS}[cold-sore]",
        {_SCENES: "Needles spread it over the face. Wait until it has healed."},
    ),
    Fact(
        "no rolling over an open wound",
        f"{_REASONS}[wound]",
        {"host hold wound": "Wait until it has closed."},
    ),
    Fact(
        "no rolling over sunburn",
        f"{_REASONS}[sunburn]",
        {"host hold sunburn": "Wait until it has healed."},
    ),
    Fact(
        "no rolling over a flare of eczema, psoriasis or rosacea",
        f"{_REASONS}[flare]",
        {"host hold my eczema": "Needles make a flare worse. Wait until it has calmed down."},
    ),
    Fact(
        "keloids: not at home",
        f"{_REASONS}[keloid]",
        {_SCENES: "Keloid: not at home (on hold). Each needle is a small wound"},
    ),
    Fact(
        "blood thinners and bleeding: ask a doctor first",
        f"{_REASONS}[blood-thinner]",
        {"host hold warfarin": "Ask a doctor first. Needles may bleed and bruise more."},
    ),
    Fact(
        "isotretinoin: ask a doctor first, the leaflet says 6 months",
        f"{_REASONS}[isotretinoin]",
        {_SCENES: "Ask a doctor first. Its leaflet says six months."},
    ),
    Fact(
        "many dermatologists are less strict about isotretinoin",
        f"{_REASONS}[isotretinoin]",
        {_SCENES: "Many dermatologists are less strict: ask yours."},
    ),
    Fact(
        "diabetes that is not controlled: ask a doctor first",
        f"{_REASONS}[diabetes]",
        {"host hold diabetes": "Ask a doctor first. Wounds heal more slowly"},
    ),
    Fact(
        "pregnancy or nursing: ask a doctor first",
        f"{_REASONS}[pregnancy]",
        {_SCENES: "Pregnancy: ask a doctor first (on hold until a doctor says yes)."},
    ),
    Fact(
        "a weak immune system: ask a doctor first",
        f"{_REASONS}[immune]",
        {"host hold immune": "Ask a doctor first. Small wounds get infected more easily."},
    ),
    Fact(
        "skin cancer in the area: ask a doctor first",
        f"{_REASONS}[skin-cancer]",
        {"host hold melanoma": "Ask a doctor first. Let somebody look at the area first."},
    ),
    Fact(
        "collagen disease or scleroderma: ask a doctor first",
        f"{_REASONS}[collagen]",
        {"host hold scleroderma": "Ask a doctor first. Skin may heal otherwise than it should."},
    ),
    Fact(
        "allergy to metal, such as nickel: ask a doctor first",
        f"{_REASONS}[metal]",
        {"host hold nickel": "Needles are of steel, which may have nickel in it."},
    ),
    Fact(
        "an unstable skin type: ask a doctor first",
        f"{_REASONS}[doctor]",
        {_SCENES: "an unstable skin type, which reacts easily"},
    ),
    Fact(
        "darker skin: care, because of pigment; it never holds",
        f"{_REASONS}[dark-skin]",
        {_SCENES: "Dark skin: care (no hold). Skin may turn darker where it was rolled"},
    ),
    Fact(
        "under 18: not without a doctor",
        f"{_REASONS}[under-18]",
        {"host check --reason under-18": "Under 18: care (no hold). Not without a doctor."},
    ),
    Fact(
        "a hold may end on a day",
        "rollhost.output.holds:UNTIL_HEALED",
        {_SCENES: "On hold (cold sore) until Fri 27 Nov 2026, 20:42, or longer, until it has"},
    ),
    Fact(
        "a release asks whether a doctor said yes",
        "rollhost.commands.hold:RELEASE",
        {
            _SCENES: "Released: did a doctor say yes?",
            _MONTH: "the hold is over, a doctor said yes",
        },
    ),
    Fact(
        "a misspelt reason is met with did you mean",
        "rollhost.guidance.reasons:COULD_BE",
        {"host hold pregnent": "Did you mean pregnancy?"},
    ),
    Fact(
        "the reasons are asked before the first use and once a year, by their command alone",
        "rollhost.output.checks:check_hint",
        {
            _SCENES: "Before the first use, and once a year: host check, the reasons against"
            " rolling.",
        },
    ),
    # Aftercare
    Fact(
        "no make-up, no touching: 24 and 48 hours",
        f"{_WINDOWS}[make-up]",
        {_MONTH: "no make-up, no touching, until tomorrow"},
        ((0, 24), (0, 48)),
    ),
    Fact(
        "no retinoids, acids, vitamin C: 120 and 168 hours",
        f"{_WINDOWS}[actives]",
        {_MONTH: "no retinoids, no exfoliating acids (AHA, BHA), no vitamin C, until"},
        ((0, 120), (0, 168)),
    ),
    Fact(
        "no strenuous exercise: 48 and 72 hours",
        f"{_WINDOWS}[exercise]",
        {_MONTH: "no strenuous exercise, until"},
        ((0, 48), (0, 72)),
    ),
    Fact(
        "no pool, sea or sauna: 120 hours",
        f"{_WINDOWS}[water]",
        {_MONTH: "no pool, sea or sauna, until"},
        ((0, 120), (0, 120)),
    ),
    Fact(
        "no direct sun: 168 hours",
        f"{_WINDOWS}[sun]",
        {_MONTH: "no direct sun, until"},
        ((0, 168), (0, 168)),
    ),
    Fact(
        "sunscreen outdoors: from the day after for two weeks, told as a day",
        f"{_WINDOWS}[sunscreen]",
        {_SCENES: "sunscreen outdoors, until Fri 4 Dec 2026 "},
        ((24, 336), (24, 336)),
    ),
    Fact(
        "gentle cleanser, pat dry: 168 hours",
        f"{_WINDOWS}[cleanser]",
        {_MONTH: "a gentle cleanser, and pat dry, until"},
        ((0, 168), (0, 168)),
    ),
    Fact(
        "is redness gone: asked at 72 hours",
        f"{_WINDOWS}[redness]",
        {_MONTH: "Check today: is redness or soreness gone? If not: host reaction open"},
        ((72, 96), (72, 96)),
    ),
    Fact(
        "results show over months",
        _EXPECTATIONS,
        {_README: "What rolling brings shows over months", "report": "shows over months"},
    ),
    Fact(
        "healing goes on for up to two months",
        _EXPECTATIONS,
        {_README: "skin heals for up to two of them", "report": "skin heals for up to two of them"},
    ),
    Fact(
        "results at home are milder than at a clinic",
        _EXPECTATIONS,
        {_README: "at home it is milder than at a clinic"},
    ),
    Fact(
        "dermatologists advise against rolling at home",
        _EXPECTATIONS,
        {_README: "Dermatologists advise against rolling at home"},
    ),
    # See a clinician
    Fact(
        "spreading redness: a clinician at once",
        f"{_SIGNS}[spreading]",
        {_SCENES: "redness that spreads (on brown or black skin: a patch that grows"},
    ),
    Fact("pus: a clinician", f"{_SIGNS}[pus]", {_SCENES: "See a clinician today: pus, fever."}),
    Fact(
        "red streaks: a clinician",
        f"{_SIGNS}[streaks]",
        {_SCENES: "See a clinician today: red streaks. Do not roll."},
    ),
    Fact("rising pain: a clinician", f"{_SIGNS}[pain]", {_SCENES: "pain that rises"}),
    Fact("rising swelling: a clinician", f"{_SIGNS}[swelling]", {_SCENES: "swelling that rises"}),
    Fact("fever: a clinician", f"{_SIGNS}[fever]", {_SCENES: "fever, chills, or feeling ill"}),
    Fact("hot skin: a clinician", f"{_SIGNS}[hot]", {_SCENES: "skin that is hot to the touch"}),
    Fact("blisters: a clinician", f"{_SIGNS}[blisters]", {_SCENES: "rising swelling, fever, bli"}),
    Fact(
        "near the eye: urgent",
        f"{_SIGNS}[eye]",
        {
            _SCENES: "near the eye at once",
            "host reaction open --sign eye": "See a clinician today, at once: near the eye.",
        },
    ),
    Fact(
        "a lump or a sore that does not heal: in the next three months",
        f"{_NUMBERS}[lumps]",
        {_SCENES: "in the next three months a lump or a sore that does not heal"},
        91,
    ),
    Fact(
        "redness that has not faded by 72 hours: do not roll",
        f"{_NUMBERS}[fading]",
        {
            _SCENES: "Still red after three days: please let a clinician look. Do not roll before"
            " that",
        },
        72,
    ),
    Fact(
        "the 72 hours count from the session",
        "rollhost.history.reactions:LOOKS_S",
        {_SCENES: "what has not faded 72 hours after the session"},
        (24 * 3600, 72 * 3600),
    ),
    Fact(
        "any reaction longer than 7 days: a clinician",
        f"{_NUMBERS}[long_reaction]",
        {
            _SCENES: "also: a reaction of more than 7 days",
            "host reaction open red --at 9d": "It has lasted more than a week: see a clinician.",
        },
        7,
    ),
    Fact(
        "a reaction lengthens the next rest by 14 days",
        f"{_NUMBERS}[reaction_rest]",
        {_SCENES: "The skin rests 14 days longer."},
        14,
    ),
    Fact(
        "signs are asked as one list, Enter for none",
        "rollhost.cli.ask:choose_many",
        {_SCENES: "Do you see any of these now?"},
    ),
    Fact(
        "red flags in free text are asked back or warned of",
        "rollhost.guidance.red_flag_words:words_for_signs",
        {_SCENES: 'You wrote "yellow stuff": it counts as pus. If it is not: undo.'},
    ),
    Fact(
        "a red flag stays after the reaction is over until a clinician has looked",
        "rollhost.history.reactions:waiting_for_clinician",
        {_SCENES: "On hold until a clinician has looked at the skin. Then say reaction seen."},
    ),
    Fact(
        "with a red flag the case takes no use and no override",
        "rollcore.reactions:needs_clinician",
        {_SCENES: "a use was refused: a clinician should look at the skin first"},
    ),
    Fact(
        "an override skips the rest and not the soak",
        "rollcore.events:OVERRIDE_ASKED",
        {
            _README: "A very long press while the skin rests skips the rest, not the soak",
            _MONTH: "a use was asked for, against the rest until",
        },
    ),
    # Normal, watch, clinician
    Fact(
        "normal for days: redness like a sunburn, tightness, flaking, itching, tiny scabs",
        f"{_CARD}[normal]",
        {
            _SCENES: "redness like a sunburn, mild swelling, tightness, dryness, flaking,"
            " itching, a few tiny scabs, small bruises",
            "report": "redness like a sunburn, mild swelling, tightness",
        },
    ),
    Fact(
        "on brown or black skin redness is less obvious: darker, warmer, sorer",
        f"{_CARD}[normal]",
        {_SCENES: "redness is less obvious: look for darker, warmer, sorer"},
    ),
    Fact(
        "watch: skin that turns darker, more likely in darker skin, needs sun protection",
        f"{_CARD}[watch]",
        {_SCENES: "turns darker, which is more likely in darker skin: keep it out of the sun"},
    ),
    Fact(
        "red and itchy alone is normal and costs no 14 days: watch is offered",
        "rollhost.database.diary:WATCH",
        {_SCENES: "If it is only what is normal: undo, then reaction watch. That holds nothing."},
    ),
    Fact(
        "dark spots are asked about at six weeks",
        f"{_NUMBERS}[dark_spots]",
        {_SOURCES: "six weeks: when dark marks show"},
        42,
    ),
    # What a doctor is shown
    Fact(
        "a red flag that nobody has seen stands first on the doctor's page",
        "rollhost.report.sections.dermatologist_reactions:to_be_seen",
        {"report": "Not yet seen by a clinician: pus"},
    ),
    Fact(
        "the doctor's page has a reaction in its owner's words",
        "rollhost.report.sections.dermatologist_reactions:words",
        {"report": "“ red and sore ”"},
    ),
    Fact(
        "the doctor's page has the days from a session to the onset, the needle, the head's use",
        "rollhost.report.sections.dermatologist_reactions:reactions",
        {"report": "days after a session at home: 0.25 mm, use 1 of its head"},
    ),
    Fact(
        "the doctor's page says whether a reaction was treated",
        "rollhost.report.sections.dermatologist_reactions:reactions",
        {"report": "Not seen by a clinician. Still open"},
    ),
    Fact(
        "the doctor's page has the reasons against rolling as they were answered",
        "rollhost.report.sections.dermatologist:asked_line",
        {"report": "Not asked for yet."},
    ),
    Fact(
        "for comparing, a photo is taken before a session",
        "rollhost.report.sections.photos:compared",
        {_MONTH: "For comparing, a photo is best before a session."},
    ),
    # Products
    Fact(
        "nothing on the skin while rolling",
        "rollhost.guidance.products:WHILE_ROLLING",
        {_SCENES: "Nothing on the skin while rolling: wash it off before."},
    ),
    Fact(
        "vitamin C that was rolled in gave granulomas",
        f"{_PRODUCTS}[vitamin-c]",
        {"host product vitamin c": "Vitamin C that was rolled in has left lumps in people's skin."},
    ),
    Fact(
        "hyaluronic acid is fine after a session",
        f"{_PRODUCTS}[hyaluronic]",
        {"host product hyaluronic acid": "Fine after a session, not during one."},
    ),
    Fact(
        "a plain moisturiser is fine after a session",
        f"{_PRODUCTS}[moisturiser]",
        {"host product moisturiser": "Fine after a session, not during one."},
    ),
    Fact(
        "retinoids are left before and after a session",
        f"{_PRODUCTS}[retinoid]",
        {_MONTH: "Leave it before and after a session: 5 days with needles up to 0.3 mm"},
    ),
    Fact(
        "minoxidil: ask whoever treats your scalp",
        f"{_PRODUCTS}[minoxidil]",
        {_SCENES: "Trials disagree on when: ask whoever treats your scalp."},
    ),
    Fact(
        "a scalp has windows of its own: mild shampoo, hat",
        "rollhost.guidance.scalp:name",
        {_SCENES: "no direct sun: a hat, until", "report": "a mild shampoo, and pat dry"},
    ),
    Fact(
        "status names a product that is inside a window",
        "rollhost.output.products:inside_texts",
        {_MONTH: "retinol on neck, noted today"},
    ),
    Fact(
        "numbing cream: never on large areas, broken skin or wrapped",
        f"{_PRODUCTS}[numbing-cream]",
        {_SCENES: "Never on large areas, on broken skin or under a wrap: people have died of it."},
    ),
    # Habits and words
    Fact(
        "clean hands and clean skin first",
        _NEVER,
        {_README: "roll with unwashed hands, or on skin that is not clean"},
    ),
    Fact(
        "one line of the Never list after each of the first twelve uses",
        "rollhost.guidance.numbers:REMINDED_USES",
        {_README: "After a sync that brings a use, the first twelve times, one of these is shown."},
        12,
    ),
    Fact(
        "plans of sessions come from clinics at 0.5 to 2.5 mm",
        "rollhost.output.plan:FOR_LONGER_NEEDLES",
        {"report": "Plans of sessions come from clinics, at 0.5 to 2.5 mm."},
    ),
    Fact(
        "it is a helper for hygiene, not medical advice",
        _README,
        {
            _README: "It is no medical device and gives no medical advice",
            "report": "This is a hygiene helper, not medical advice.",
        },
    ),
    Fact(
        "what goes wrong at home, and what case and host do about it",
        _README,
        {_README: "What goes wrong in use And what case and host do about it:"},
    ),
)
"""Every fact, in the order in which a person meets what it is about."""
