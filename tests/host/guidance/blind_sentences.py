"""Sentences of a diary, written without a look at the words that `red_flag_words` knows.

They are written as people write at home after rolling: short, with typos, and some by people whose
first language is not English. The spelling is to stay as it is.
"""

FLAGGED: dict[str, set[str]] = {
    "the red is getting bigger evry day, now its on my neck too": {"spreading"},
    "redness went from cheek down to the jaw since yesterday": {"spreading"},
    "skin feels like its burning up, realy warm when i touch it": {"hot"},
    "yellow stuff coming out of 2 pores on the chin": {"pus"},
    "Left cheek is oozing and smells a bit": {"pus"},
    "there is red line going from the spot up to my ear": {"streaks"},
    "hurts more then yesterday": {"pain"},
    "pain is worse today, could not sleep from it": {"pain"},
    "woke up and my face is more puffy than last night": {"swelling"},
    "I have temprature 38.4 since last evening": {"fever"},
    "shivering and feel sick like flu, cheek all red": {"fever"},
    "small bubbles with water in them on my forehead": {"blisters"},
    "little blister next to my nose": {"blisters"},
    "its all red and sore under my left eye, lid is a bit thick": {"eye"},
    "hard little ball under the skin of my chin, was not there before": {"lump"},
    "Two bumps under skin came 5 weeks after last roll": {"lump"},
    "that spot on cheek still open after 3 weeks": {"sore"},
    "scab keeps coming back and wont close, 4 weeks now": {"sore"},
    "no pus but feverish tonight and the swelling is bigger": {"fever", "swelling"},
    "Redness was normal first 2 days, now spreads and hot, white-yellow pus at one place": {
        "spreading",
        "hot",
        "pus",
    },
}
"""Each sentence that tells of a red flag, with the signs that it names: at the least these."""

PLAIN: tuple[str, ...] = (
    "no fever, no pus, just a bit red",
    "pink for one day, gone this morning",
    "itchy and flaking around the mouth, like after a sunburn",
    "bit tight and dry, used moisturizer",
    "hot shower this morning before rolling, then soak",
    "kid has fever, stayed home and did not roll",
    "spread the serum thin over forehead and cheeks",
    "bought new eye cream, only used it at night",
    "swelling went down allready, all calm",
    "pain less than last time, 2 of 10",
    "serum is lumpy, think its out of date",
    "had a blister on my heel from new shoes",
    "the spot from last month has healed completly",
    "lid of the case was open, closed it. rolled face 0.25",
    "not warm to touch, not swollen, redness almost gone",
    "Very hot day today, put sunscreen twice",
    "bronzer left streaks, washed it off",
    "the redness did not spread and dosn't hurt anymore",
    "friend got blisters from her roller, mine fine",
    "some pinpoint bleeding and tiny scabs, fell off day 4",
)
"""Sentences that tell of no red flag."""
