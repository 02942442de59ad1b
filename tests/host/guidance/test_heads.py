"""What is known of heads and alcohol: every reason the case knows, each with words and a source."""

from rollcore import events
from rollhost.guidance.heads import (
    ALCOHOL,
    DISPOSAL,
    INSPECTION,
    ONE_EACH,
    REASONS,
    advice_at_change,
    advice_when_out,
)


def test_every_reason_of_the_record_but_the_unnamed_ones_has_words() -> None:
    (field,) = [known for known in events.KINDS[events.HEAD_OUT].fields if known.name == "reason"]
    unnamed = {events.HEAD_SAID, events.HEAD_OTHER}
    known = {number: word for number, word in field.names.items() if number not in unnamed}
    assert known == {reason.number: name for name, reason in REASONS.items()}


def test_each_word_is_for_one_reason() -> None:
    words = [word for reason in REASONS.values() for word in reason.words.split(", ")]
    assert len(words) == len(set(words))
    assert all(word == word.strip().lower() for word in words)


def test_every_reason_names_its_source_with_a_grade() -> None:
    assert all(reason.source.endswith(("(A)", "(B)", "own")) for reason in REASONS.values())


def test_lost_head_is_not_to_be_put_away() -> None:
    assert DISPOSAL not in advice_when_out("lost")
    assert DISPOSAL in advice_when_out("")


def test_first_head_has_no_old_one_to_put_away() -> None:
    assert advice_at_change(has_zone=True, has_old=False) == list(INSPECTION)
    assert advice_at_change(has_zone=False, has_old=True) == [*INSPECTION, ONE_EACH, DISPOSAL]


def test_words_on_heads_and_alcohol_promise_nothing() -> None:
    every = [*INSPECTION, ONE_EACH, DISPOSAL, *ALCOHOL]
    every += [words for reason in REASONS.values() for words in (reason.meaning, reason.why)]
    said = " ".join(every).lower()
    assert not [word for word in ("steril", "safe", "cure", "guarantee", "clean") if word in said]
