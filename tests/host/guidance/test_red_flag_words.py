"""Signs in what people write: sentences that tell of one, and sentences that do not."""

import pytest
from tests.host.guidance.blind_sentences import FLAGGED, PLAIN

from rollhost.guidance.red_flag_words import signs_in, words_for_signs
from rollhost.guidance.signs import SIGNS

WITH = [
    ("fever and pus since yesterday", ["pus", "fever"]),
    ("yellow stuff coming out", ["pus"]),
    ("38.5", ["fever"]),
    ("red line up my cheek", ["streaks"]),
    ("getting worse", ["spreading"]),
    ("swollen shut", ["swelling", "eye"]),
    ("my eye is swollen shut", ["swelling", "eye"]),
    ("hot", ["hot"]),
    ("hot and throbbing", ["hot", "pain"]),
    ("spreading to the neck", ["spreading"]),
    ("the redness is getting bigger", ["spreading"]),
    ("temp 38.6 last night", ["fever"]),
    ("fever is gone", ["fever"]),
    ("no pus, fever since yesterday", ["fever"]),
    ("no fever until today", ["fever"]),
    ("not sure if it is pus", ["pus"]),
    ("not only red but pus", ["pus"]),
    ("a hard bump under the skin", ["lump"]),
    ("sore that does not heal", ["sore"]),
    ("it wont heal", ["sore"]),
]
"""Sentences that tell of a sign, and the signs."""

WITHOUT = [
    "hot shower",
    "no longer hot",
    "spreading sunscreen",
    "no fever no pus",
    "cold sore healed",
    "red and itchy",
    "a little red like sunburn",
    "no pus",
    "no fever or pus",
    "no fever, pus or streaks",
    "no signs of infection",
    "pain is less today",
    "not hot, not spreading",
    "without fever",
    "keep an eye on it",
    "dark circles under my eyes",
    "hay fever season started",
    "took a hot bath",
    "it was hot outside",
    "bought new sunscreen for 38.50 euro",
]
"""Sentences that tell of none: nothing but normal skin, a clear no, or everyday words."""

MORE_WITH = [
    ("the sore still hasn't healed after three weeks", ["sore"]),
    ("little blisters around the lips", ["blisters"]),
    ("rash near the eye", ["eye"]),
    ("red streaks towards the ear", ["streaks"]),
    ("it oozes and smells bad", ["pus"]),
    ("there is no doubt it's infected", ["pus"]),
    ("I had chills all night", ["fever"]),
    ("pain is worse than yesterday", ["pain"]),
    ("more swelling today", ["swelling"]),
    ("hurts so much I can't sleep", ["pain"]),
    ("it looks infected", ["pus"]),
    ("feeling feverish", ["fever"]),
    ("darker patch that grows", ["spreading"]),
    ("greenish discharge", ["pus"]),
    ("101 F", ["fever"]),
    ("my wife says it's pus", ["pus"]),
    ("no redness but pus", ["pus"]),
    ("the pus has not stopped", ["pus"]),
    ("didn't stop oozing", ["pus"]),
    ("cold sore not healing", ["sore"]),
    ("pus.", ["pus"]),
    ("PUS", ["pus"]),
    ("fluid filled bubbles", ["blisters"]),
    ("white heads with yellow tips", ["pus"]),
    ("pain went up from 2 to 7", ["pain"]),
    ("No fever yesterday, 38.7 today", ["fever"]),
    ("It isn't getting better and there's pus", ["pus"]),
    ("painful lump on jaw", ["lump"]),
    ("eyelid puffy", ["eye"]),
    ("temperature of 39", ["fever"]),
    ("red stripes going down my neck", ["streaks"]),
    ("it's warm to the touch and spreading", ["spreading", "hot"]),
    ("wound keeps opening", ["sore"]),
    ("more and more painful", ["pain"]),
    ("fever? yes", ["fever"]),
    ("feverish", ["fever"]),
    ("weeping spots", ["pus"]),
    ("pus coming out even though no fever", ["pus"]),
    ("woke up with fever", ["fever"]),
    ("hot to touch", ["hot"]),
    ("pain increasing", ["pain"]),
    ("I have a temperature", ["fever"]),
    ("swelling got worse overnight", ["swelling"]),
    ("redness worse", ["spreading"]),
    ("no more pus", ["pus"]),
    ("was hot this morning, fine now", ["hot"]),
    ("38.5C", ["fever"]),
    ("39 °C in the evening", ["fever"]),
    ("it was 101.5 °F", ["fever"]),
    ("a little liquid came out", ["pus"]),
    ("pain is increasing, not going away", ["pain"]),
    ("swelling isn't down, it increases", ["swelling"]),
    ("can not sleep because of pain", ["pain"]),
    ("pain was gone, now worse", ["pain"]),
    ("No pus yesterday. There is now.", ["pus"]),
    ("without cream it is hot", ["hot"]),
    ("used aloe, redness spreads", ["spreading"]),
    ("since the serum red streaks on my cheek", ["streaks"]),
    ("since the cream I have a lump", ["lump"]),
]

MORE_WITHOUT = [
    "no swelling any more",
    "mild swelling, gone by noon",
    "tight and dry, flaking",
    "tiny scabs",
    "never had a fever",
    "pus: none",
    "fever-free",
    "my son has a fever",
    "will see a doctor if fever comes",
    "checked for pus, nothing",
    "lump sum payment",
    "30 day streak",
    "no fever, no pus, no streaks",
    "no pus and no fever",
    "no blisters",
    "nearly gone",
    "a bit sore",
    "rolled around the eyes avoided lids",
    "put eye cream on",
    "rolled 0.5, forehead and cheeks",
    "redness faded after two days",
    "doesn't hurt much",
    "not spreading",
    "not getting worse",
    "skin feels warm like sunburn",
    "no lumps",
    "healed completely",
    "hot day, drank a lot",
    "fever: no",
    "temperature normal 36.6",
    "no pus, swelling or fever today",
    "hasn't spread",
    "cream spread evenly",
    "it has not become hot",
    "blister pack of pills",
    "blister on my heel from new shoes",
    "washed towels at 60 degrees",
    "first session today, 38 weeks to go",
    "no pain, no swelling",
    "neither hot nor swollen",
    "nothing oozing",
    "No fever yesterday or today",
    "Rolled this morning. No fever now.",
    "no fever so far",
    "walked 38.5 km, paid 38.50",
    "washed the towels at 40 °C",
    "pain 1/10",
    "pain 2 of 10",
]


@pytest.mark.parametrize(("text", "signs"), [*WITH, *MORE_WITH])
def test_sentence_with_a_sign_raises_it(text: str, signs: list[str]) -> None:
    assert signs
    assert signs_in(text) == signs


@pytest.mark.parametrize("text", [*WITHOUT, *MORE_WITHOUT])
def test_sentence_without_a_sign_raises_none(text: str) -> None:
    assert words_for_signs(text) == {}


@pytest.mark.parametrize(("text", "signs"), FLAGGED.items())
def test_sentence_written_blind_raises_its_signs(text: str, signs: set[str]) -> None:
    """Signs that were asked for before anybody had looked are found, and may be more.

    The words that were there then missed 3 of these 20 sentences: bubbles with water, bumps under
    skin, and a spot that is still open.
    """
    assert signs
    assert signs <= set(signs_in(text))


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentence_written_blind_raises_no_sign(text: str) -> None:
    """Two of these 20 raised one at first: a lumpy serum, and streaks of bronzer."""
    assert words_for_signs(text) == {}


def test_words_that_raise_a_sign_are_those_of_the_person() -> None:
    told = words_for_signs("Yellow stuff coming out since noon.\nAnd 38,5 °C")
    assert told == {"pus": "yellow stuff", "fever": "38,5"}
    assert list(told) == [sign for sign in SIGNS if sign in told]


def test_sign_is_found_in_a_long_text_among_everyday_words() -> None:
    assert signs_in("hot shower, spread sunscreen. " * 300 + "Fever at night.") == ["fever"]
