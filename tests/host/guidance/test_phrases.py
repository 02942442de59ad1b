"""The notation of phrases: what each piece of it finds in a text, and what it leaves."""

import pytest

from rollhost.guidance.phrases import pattern, patterns

LISTS = {"COLOUR": "red, dark red", "PLACE": "COLOUR cheek, chin"}


@pytest.mark.parametrize(
    ("phrases", "found", "left"),
    [
        ("pus", ["pus", "no pus!"], ["octopus", "pushed"]),
        ("near/by eye", ["near eye", "by eye"], ["near", "eye", "near/by eyes"]),
        ("lump(s)", ["lump", "lumps"], ["lumpy"]),
        ("seep(s/ing)", ["seep", "seeps", "seeping"], ["seeped"]),
        ("swell*", ["swell", "swelling"], ["unswell"]),
        ("*n't heal", ["hasn't heal", "won't heal"], ["not heal"]),
        ("eye-lid", ["eyelid", "eye-lid", "eye lid"], ["eye, lid"]),
        ("near (the) eye", ["near eye", "near the eye"], ["near my eye"]),
        ("(very/so) sore eye", ["sore eye", "so sore eye"], ["sore", "eye"]),
        ("near (the/an) eye", ["near an eye", "near the eye"], ["near thean eye"]),
        ("hard * ball", ["hard little ball"], ["hard ball", "hard, little ball"]),
        ("hard (*) ball", ["hard ball", "hard little ball"], ["hard and little ball"]),
        (
            "pain [2] worse",
            ["pain worse", "pain is now worse"],
            ["pain: worse", "pain a b c worse"],
        ),
        ("pain [2,] worse", ["pain: worse", "pain, now - much worse"], ["pain a b c worse"]),
        ("oil [2,not-COLOUR] spread", ["oil is spread", "oil: spread"], ["oil, red spread"]),
        ("COLOUR spot", ["red spot", "dark red spot"], ["dark spot"]),
        ("COLOURs", ["reds"], ["red"]),
        ("PLACE", ["red cheek", "dark red cheek", "chin"], ["cheek"]),
        ("pus,\n    fever", ["pus", "fever"], ["pu"]),
    ],
)
def test_phrase_finds_what_its_notation_says(
    phrases: str, found: list[str], left: list[str]
) -> None:
    finds = pattern(phrases, LISTS)
    assert [text for text in found if not finds.search(text)] == []
    assert [text for text in left if finds.search(text)] == []


def test_each_phrase_is_found_where_phrases_overlap() -> None:
    found = [words.findall("red hot skin") for words in patterns("red hot, hot skin", LISTS)]
    assert found == [["red hot"], ["hot skin"]]


def test_list_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="COLOR"):
        pattern("COLOR spot", LISTS)
