"""Tables of phrases: what tells of a sign, what is everyday talk, and what says that it is not so.

They are in the notation of `phrases`. `red_flag_words` says how they are used. A phrase that is
found too often costs a question, and one that is missing may cost a sign: in doubt it is here.
"""

import re

from rollhost.guidance.phrases import Phrases, pattern, patterns

LISTS: dict[str, Phrases] = {
    # What may spread or grow, and the places where people roll.
    "SKIN": "red*, dark*, rash, patch*, area, blotch*, mark, spot, skin, it, this, that",
    "BODY": """
        skin, face, cheek(s), neck, forehead, chin, jaw, jawline, nose, temple(s), lip(s), scalp,
        head, chest, arm(s), leg(s), thigh(s), belly, stomach, back, shoulder(s)
    """,
    "LARGER": "bigger/larger/wider/broader",
    "GROWS": """
        get(s)/getting/got/gotten/grow(s)/growing/grew/become(s)/becoming/became (*) LARGER,
        is/are/look(s)/seem(s)/even/much/far (*) LARGER,
        expand*, growing, grows, grew, creep*, extend*, doubled, twice the/as
    """,
    "RISES": """
        worse*, increas*, rising, rises, rose, more, stronger, intens*, grow*, severe*, unbearable,
        terribl*, awful*, excruciat*, extreme*, throb*, up from, worsen*
    """,
    "HURTS": "pain*, hurt*, sore*, ache(s), aching, tender*, sting(s), stinging",
    "SWOLLEN": "swell*, swollen, swole, puff*",
    "A_LOT": "bad(ly), much, a lot, like hell, terribly",
    "CANNOT": "can't, cant, cannot, can not, could not, couldnot, couldn't, couldnt, could n't",
    "VERY": """
        more, very, really, badly, so, hugely, massively, terribly, extremely, increasing*, rising,
        growing, worse, worsening, big, bigger, huge, massive, increased, lots of, a lot of
    """,
    # Pus and what is like it.
    "COLOUR": """
        yellow*, yelow*, green*, white, whitish, cloudy, cream(y/ish), milky, smelly, foul*, thick,
        sticky, gooey, stinking, honey*, brown*, grey*, gray*
    """,
    "STUFF": """
        stuff, fluid, liquid, discharge, goo, gunk, gunge, ooze, matter, drainage, slime, crust(s),
        crusty, scab(s), head(s), tip(s), substance, drop(s), secretion, bumps, juice
    """,
    "COMES": """
        come(s), came, coming, run*, ran, leak*, drain*, seep*, drip*, weep*, ooz*, squeez*, press*
    """,
    "COMES_OUT": "COMES (right) out/from/off",
    "LEADS": """
        running, runing, run(s), going, goes, moving, creep*, leading, climb*, travel*, track*, up,
        down, toward(s), away
    """,
    "TEMPERATURE": "temp, temperature, temprature",
    "HIGH": "38/39/40/41/100/101/102/103/104/105/106",
    # The eye, and where something is.
    "EYE": "eye(s), eye-lid(s), lid(s)",
    "BY": """
        near, by, around, round, beside, under, below, beneath, above, over, in, on, at, to, toward,
        towards, into, close to, next to, reach*, both, corner of
    """,
    "WHOSE": "my, the, her, his, one, an, left, right, lower, upper, inner, outer, both",
    "IS": """
        is, are, look(s), feel(s), got, has, have, get(s), keep(s), was, were, swelled, swole, all,
        very, so, really, half, itself, also
    """,
    "SORE_EYE": """
        red, swollen, swelling, swells, swell, sore, hurt(s), painful, water*, closed, closing,
        shut, puffy, itch*, burn*, bulg*, crust*, stick*, weep*
    """,
    # What goes onto the skin, so that it may be spread, leave streaks, or be near an eye.
    "PRODUCT": """
        sun-screen, sun-block, cream, serum, gel, lotion, moisturi*, oil, butter, balm, ointment,
        mask, make-up, mascara, concealer, foundation, primer, shadow, liner, acid, toner, vaseline,
        aloe, honey, petroleum, spf, bronzer, self-tan(ner), fake-tan(ner), blush, rouge, powder,
        paint, shampoo, conditioner, soap, cleanser
    """,
    "KEEPS_AWAY": """
        avoid*, keep*/kept/stay* away, keep*/kept clear, away/far from, clear of, well below,
        nowhere near, not near/around/in/under, not close to
    """,
    # A sore, and what keeps it from healing.
    "WOUND": "spot(s), sore(s), wound(s), cut(s), scab(s), scratch*, skin, bump(s), pimple(s)",
    "NOT": """
        not, never, no longer, without, refus*, fail(s), failing, wont, doesnt, isnt, hasnt, slow,
        *n't
    """,
    "SOON": "to, yet, really, quite, fully, want, going, been, be, properly, completely",
    # Everyday talk.
    "PALE": """
        white, whitish, cloudy, yellow, green, milky, creamy, thick, sticky, brown, grey, gray
    """,
    "LUCKY": "win*, los*, hot, lucky, long*, day, week, month, my, sleep, unbroken, new, good, a",
    "FINE": "bikini, fine, smile, laugh, frown, forehead, tan, jaw, hair, neck",
    "FOOT": "heel(s), foot, feet, toe(s), shoe(s), boot(s), thumb, palm, hiking, running, rowing",
    "WARM": "hot, warm",
    "WARM_THING": """
        shower*, bath*, water, drink(s), sauna, tub, towel(s), yoga, compress*, flush*, flash*,
        chocolate, coffee, tea, sauce(s), pepper, pan, wax, stone(s), room, sun, sunny, kitchen,
        air, iron, plate, spot, dog, meal, food, soup, pot, car, tap, chilli, curry, wash*, rinse,
        milk, bed, pool, sand
    """,
    "WARM_TIME": """
        day(s), night(s), week, afternoon, morning, evening, weather, summer, climate, season,
        country, holiday, humid, outside
    """,
    "WARM_PLACE": """
        weather, outside, summer, day, room, flat, office, bathroom, train, water, shower,
        it was so, sun, pool, bath, tea, coffee, sauna, heatwave
    """,
    "WARM_WATER": """
        water, shower, bath, wash*, outside, weather, sauna, heatwave, soak, room, summer, sun,
        laundry, towel(s), pool, machine, alcohol
    """,
    "OF_WATER": """
        water, shower, bath, wash, outside, in the sun, in the shade, weather, sauna, room, laundry
    """,
    "ELSEWHERE": "muscle(s), gym, leg(s), back, knee(s), head, tooth, feet, shoulder(s), period",
    "UP_TO_SIX": "0/1/2/3/4/5/6",
    "STAYS": "not, no, never, *n't, isnt, wont, doesnt, hasnt, RISES",
    "NOT_SO": "not, no, less, never, hardly",
    "NOT_VERY": """
        less, no more, not much, without much, not so much, not a lot of, never much, not very,
        not really, not so, not too, not that
    """,
    "RELATIVE": """
        son, daughter, kid(s), child, children, baby, husband, wife, partner, dog, cat, mother, mum,
        mom, father, dad, colleague, friend, boss, neighbor, neighbour, brother, sister, flatmate,
        boyfriend, girlfriend
    """,
}
"""Phrases that others name in capitals."""


def _finds(phrases: Phrases) -> re.Pattern[str]:
    return pattern(phrases, LISTS)


_TELLS: dict[str, Phrases] = {
    "spreading": """
        spread(s/ing/ed), SKIN [4,] GROWS, red*/rash/patch [3,] mov*/reach*/went/wander*,
        worse, worsen(s/ed/ing), deteriorat*,
        LARGER/redder/darker/angrier than/every/each, LARGER/redder/darker/angrier by the
    """,
    "hot": """
        hot, burning up, very/really/quite/so/much/getting warm, warm to (the) touch, warmer than,
        heat (coming) off/from, radiat* heat, feverish skin
    """,
    "pus": """
        pus, puss, pusy, pussy, pus-filled, pustul*, purulent, abscess*, boils, a/the/big boil,
        infected, infection(s), septic, sepsis, impetigo, cellulitis, fester*, suppurat*,
        COLOUR [2] STUFF, stuff/something/fluid/liquid/gunk/goo/matter/yellow/green [3] COMES_OUT,
        ooze(s/d), oozing, oozy, weeps, weepy, weeping, seep(s/ing/ed), discharge,
        smell(s) bad/foul/rotten/off, bad/foul smell
    """,
    "streaks": """
        streak(s/y/ed/ing),
        red/dark/pink/purple/angry (*) line(s)/stripe(s)/band(s)/trail(s)/vein(s),
        line(s)/stripe(s) [2] LEADS
    """,
    "pain": """
        HURTS [4,] RISES, RISES (*) pain*/sore*/hurt*/tender*,
        RISES and * (*) pain*/sore*/hurt*/tender*,
        throb*, agony, sorer, excruciating, unbearabl*, very/really/so/terribly painful,
        hurt(s)/hurting/sore/pain* (so/very/quite/really) A_LOT,
        bad/strong/sharp/intense/stabbing/much pain(s), a lot of pain(s), lots of pain(s),
        CANNOT (*) touch/sleep, pain [2,] 7/8/9/10
    """,
    "swelling": """
        SWOLLEN [4,] RISES/A_LOT, SWOLLEN [4,] like a,
        SWOLLEN [4,] bigger/larger/huge/massive*/shut/closed/hard/spread*,
        VERY (and) (more) swell*/swollen/swole/puffy,
        swelling up, swell(s/ed/en) up, ballooned,
        swollen lip(s)/tongue/throat/node(s)/gland(s)/lymph*,
        lip(s)/tongue/throat/gland(s)/node(s) is/are/got/has/have (*) swollen/swelling
    """,
    # Temperatures with a decimal or a unit, such as 38.5, are found by `red_flag_words`.
    "fever": """
        fever(s), feaver(s), feever(s), faver(s), faever(s), fevar(s), fevr,
        feverish, fevered, febrile,
        chills, shiver*, shaking with cold, night sweats, flu-like,
        feel* (*) ill/unwell/sick, feel* (*) like flu, feel* (*) the flu,
        high/raised/elevated/with/slight TEMPERATURE, running/have/had/has/got/with a TEMPERATURE,
        bit of a TEMPERATURE, of a TEMPERATURE,
        TEMPERATURE (is/was) high/raised/elevated/up/rising,
        TEMPERATURE/thermometer [3,] HIGH
    """,
    "blisters": """
        blist*, fluid-filled, water-filled, filled with fluid/water/liquid, vesicle(s),
        bubbles with/of (*) water/fluid/liquid, bubbles full of (*) water/fluid/liquid,
        bubbles [4] on/in/under (my/the) (*) BODY,
        water bump(s) [4] on/in/under (my/the) (*) BODY
    """,
    "eye": """
        BY (of) (WHOSE) (WHOSE) (WHOSE) EYE, eye-lid(s), swollen shut,
        EYE (IS) (IS) (IS) SORE_EYE,
        red/swollen/sore/sticky/painful/puffy/watery/watering/infected (*) eye(s),
        blurry/blurred/blury/blured/double vision/sight, see(ing) double/blurry,
        vision/sight (is/was/got/gets/has) (*) blurry/blurred/blury/blured/worse/double/going,
        open my/the/her/his/one (*) eye(s)
    """,
    "lump": """
        lump(s), lumpy, nodul*, granuloma*, cyst(s),
        hard (*) bump(s)/knot(s)/ball(s)/spot(s)/swelling/thing/pea/bit,
        knot(s)/ball(s)/bump(s)/pea/hardness under/underneath/beneath/in (my/the) (*) BODY,
        something hard under/underneath/beneath/in (my/the) (*) BODY
    """,
    "sore": """
        open/non-healing/unhealed sore(s)/wound(s), non-healing, ulcer(s), ulcerat*,
        keep(s)/still/again (*) bleed*, won't stop (*) bleed*, wont stop (*) bleed*, bleeds again,
        keep(s)/kept coming back, keep(s)/kept re-opening/opening/scabbing,
        keep(s)/kept breaking open,
        WOUND [5,] still/again/always open,
        still open after/since/for (*) (*) day(s)/week(s)/month(s)
    """,
}

TELLS = {sign: patterns(phrases, LISTS) for sign, phrases in _TELLS.items()}
"""What tells of each sign."""

HEALS_NOT = _finds("""
    NOT (SOON) (SOON) (SOON) heal(s/ed/ing), NOT (SOON) (SOON) (SOON) close(s/d)/closing (up)
""")
"""A sore that does not heal: here the "not" makes the sign."""

_EVERYDAY: dict[str, Phrases] = {
    "spreading": """
        spread* [4] PRODUCT, PRODUCT [3,not-SKIN] spread*, spreadsheet*,
        spread* (out) (the) session(s)/uses/load/days/word/evenly/sheet/butter/them/it,
        spread* over * days/weeks/months/sessions,
        weather/mood/traffic/news/film/movie/job/commute/pollen/noise [4,] wors*,
        worse for wear, worse things, could be worse, looks worse than it,
        not/isn't/no (*) (any) worse
    """,
    "hot": """
        WARM-WARM_TIME, WARM and * WARM_TIME, WARM-WARM_THING, WARM * WARM_THING,
        WARM and * (*) WARM_THING, WARM_PLACE [4,] WARM, hot topic/pink/rod,
        WARM [2,] outside, WARM [2,] out there, WARM [2,] in the room/office/train/sun
    """,
    "pus": """
        hand-gel, discharged, infection control, clear fluid/liquid/discharge/stuff, octopus,
        PALE (*) PRODUCT/tea/smoothie/bottle,
        puss in, pussy-cat, pussy willow, to boil(s), until it boil(s), water boil(s),
        before it boil(s),
        yeast/ear/throat/chest/bladder/urinary/kidney/tooth/dental/sinus/lung/eye infection,
        prevent*/avoid*/against*/stop* (*) infection, risk of (*) infection,
        infection risk/prevention,
        blackhead(s), whitehead(s), bottle/tube/pump/dispenser/tap [4,] leak*/ooz*/seep*/drip*
    """,
    "streaks": """
        LUCKY-streak, FINE-line(s), red line bus/train,
        streak of/going/continues/broken/is, PRODUCT [3,not-SKIN] streak*, streak* [3] PRODUCT,
        streak* [3] tan/mirror/window/hair/highlight(s), tan/hair/mirror/window/dye [3,] streak*,
        line(s) around/on/of (my/the) mouth/forehead/lip(s)
    """,
    "pain": """
        pain [1,] UP_TO_SIX [0,] 10, pain [1,] UP_TO_SIX of 10, pain [1,] UP_TO_SIX out of 10,
        NOT_VERY (*) pain*/sore*/hurt*/bad*, pain-less*, no more pain/soreness, pain-killer(s),
        doesn't/didn't/don't hurt (*) much/more/badly/bad, doesn't/didn't/don't hurt (*) a lot,
        does/did not hurt (*) much/more/badly/bad, does/did not hurt (*) a lot,
        not/no (*) more pain*/sore*/tender*, pain*/sore*/hurt* [3,] no/not/any more/worse,
        ELSEWHERE/stomach [3,] pain*/sore*/hurt*/ach*
    """,
    "swelling": """
        swelling [3,not-STAYS] down/less/gone/fad*/better, puff pastry,
        ankle(s)/feet/knee(s)/leg(s)/finger(s)/wrist(s) [3,] swollen/swell*
    """,
    "fever": """
        hay-fever, fever blister(s)/tree, fever-few,
        cabin/yellow/dance/spring/gold/football fever,
        saturday night fever, fever-free, sick/ill of/leave, sick/ill and tired,
        room/water/body/normal/bath/shower TEMPERATURE,
        TEMPERATURE (is/was) normal/fine/ok/okay/good,
        WARM_WATER [5,] HIGH/42, HIGH/42 [1,] deg*/c (c) [3] OF_WATER
    """,
    "blisters": """
        blister* pack/plaster/tape, blistering heat/sun/pace,
        blister* [4,] FOOT/raking, FOOT/raking/hike/walk [4,] blister*
    """,
    "eye": """
        keep*/kept/an/my/one/have/had/having/laid/cast eye(s) on/out/open,
        with an eye(s) on/out/open,
        keep/kept/keeping an/my/one/a (*) eye, my eye(s) opened/fell, eye to eye, in the eyes of,
        circle(s)/bag(s)/ring(s) under/below/around (my/the) eye(s),
        under-eye cream/serum/gel/patch*/circle(s)/bag(s)/concealer,
        eye cream/serum/gel/patch*/doctor/contact/liner/shadow/lash(es)/brow(s),
        eye make-up/test/mask/drops,
        KEEPS_AWAY [4,] EYE,
        lid of/on/closed/open/is, case/box/jar/the/open*/clos*/cup (*) lid
    """,
    "lump": """
        lump sum*, lump in my/the/her/his throat,
        lumpy (*) mattress/pillow/porridge/bed/sauce/PRODUCT,
        PRODUCT is/are/was/look(s)/feel(s)/got/get(s)/has/had/went/turned/goes (*) lumpy/lumps,
        PRODUCT comes out (*) lumpy/lumps, lump* of/together,
        lump* in the/my PRODUCT/mattress/pillow,
        sugar lump(s), cystic, hard spot/bit/thing for/to/about/was, on the head
    """,
    "sore": """
        heal(s/ed)/close(s/d) well/fine/nicely/completely/up/now/fully, mouth/stomach ulcer(s),
        shop/store/pharmacy/clinic/door/window/lid/case/app [3,] clos*
    """,
}

EVERYDAY = {sign: _finds(phrases) for sign, phrases in _EVERYDAY.items()}
"""Everyday talk with words of each sign: what it overlaps does not tell of the sign."""

EASES = {
    "pain": (
        _finds("""
            HURTS [4,not-STAYS] less/gone/faded/fades/fading/better,
            HURTS [4,not-STAYS] going away
        """),
        _finds("worse*, more*, throb*"),
    ),
    "swelling": (
        _finds("NOT_SO (*) (very/more/so/really/badly/rising) swell*/swollen/puffy"),
        _finds("worse, shut"),
    ),
}
"""Everyday talk as well, unless one of the second phrases stands later in the same sentence."""

# Two lists that decide together: near the eye alone may be where the serum went.
NO_COMPLAINT = _finds("PRODUCT, rolled, wrinkle(s), crow('s), crows, tired, glasses")
COMPLAINT = _finds("""
    red*, swell*, swollen, sore*, pain*, hurt*, itch*, rash, puff*, blister*, bump*, pus, hot,
    burn*, infect*, react*, ooz*, spot(s), tender, lump*, inflam*, irritat*
""")

WORSE_OF_ANOTHER = _finds("pain*, hurt*, sore*, swell*, swollen, puff*")
"""What is "worse" where it is not the redness."""

DENIES = _finds("""
    no longer, no more, not any more, no, not, never, without, none, zero, neither, nor, isn't,
    wasn't, aren't, weren't, hasn't, haven't, hadn't, didn't, don't, doesn't, isnt, wasnt, arent,
    werent, hasnt, havent, hadnt, didnt, dont, doesnt, free of/from, absence of, nothing, nobody,
    hardly any, lack of, rather than, instead of, stopped being
""")
"""What says that a sign which follows is not there."""

DENIES_NOW = _finds("no longer, no more, stopped being")
"""Those of them that say that it was there."""

DENIES_SOMETHING_ELSE = _finds("""
    sure, certain, know, tell, idea, doubt, question, only, just, think, believe, stop(s), stopped,
    stopping, help(s/ed/ing), better, heal(s/ed/ing), improv*, go, goes, going, away, leave,
    leaving, until, till, unless, because, since, despite, although, except, due, from, yet, why,
    it is/was/gets/feels, it's,
    let(s), touch, sleep, work(s/ing/ed), matter, even, notice(d), expect(ed), look good, good,
    well, fine, normal, ok, okay, nice, right
""")
"""Words between a "not" and a sign that the "not" is about, in place of the sign."""

ANSWERS_NO = _finds("no, none, nope, not, nothing, zero, 0, never, absent, neg*")
"""What says no after a sign and a colon, a question mark, a dash."""

IS_NOT = _finds("""
    free, (is/was/are/were) absent, (is/was/are/were) ruled out,
    (is/was/are/were) never came/there/happened
""")
HAS_NOT = _finds("""
    has/have/had/did/does/is/was/are/were not/never, hasn't/haven't/didn't/doesn't/isn't/wasn't
""")
"""What says no after a sign."""

GONE = _finds("gone, stop*, heal*, go*, been treated, better*, impro*, less*, fad*, get*, want*")
"""What makes something else of "has not" after a sign: the sign is still there."""

SUPPOSES = _finds("""
    in case (of), watch(ed/ing) (out) for, look(ed/ing) out for, check(ed/ing) for, read (*) about,
    beware of, prevent(s), to avoid, as soon as, should i/it/there get/become/be/develop/turn, if
""")
"""What stands before a sign that is not said to be there."""

WONDERS = _finds("as/know/sure/tell/wonder/wondering/see/idea if")
"""An "if" that leaves it open whether the sign is there."""

SOMEBODY_ELSE = _finds("""
    RELATIVE has/had/is/was/got/with/running, RELATIVE came down with, RELATIVE's
""")
"""What stands before a sign that somebody else has, together with `ILL_AT_HOME`."""

ILL_AT_HOME = _finds("a/an/at/home/ill/in/bed/with/high/the/some/very/down/got/and/running")
"""Words that may stand between somebody else and their sign."""

EARLIER = _finds("""
    at first, initially, to begin with, yesterday, last night, this morning, earlier, before
""")
LATER = _finds("today, now, tonight, but, then, since, this morning, this evening")
UNTIL = _finds("until, till")
"""What tells of a change: what was not there at first may be there now."""

AND_OR = _finds("or, and, nor")
"""What stands after a time to which another one is added: "no fever yesterday or today"."""

PRICED = _finds("cost, paid, price, for, eur, size, page, bus, room, line")
"""What stands before a number that is no temperature."""

OTHER_UNITS = _finds("mm, cm, m, km, kg, g, ml, eur*, usd, h, hours, min, years, percent")
"""What stands after a number that is no temperature, apart from signs such as %."""
