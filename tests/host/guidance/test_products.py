"""What is known of products: their words, and how long each is left before a session."""

import pytest

from rollhost.guidance import scalp
from rollhost.guidance.products import NO_PRODUCTS, PRODUCTS, before_s, kind_of, shown, spellings
from rollhost.guidance.reasons import HOLDING
from rollhost.guidance.windows import ADVICE

DAY = 86400


def test_each_word_is_for_one_kind_and_no_medicine() -> None:
    words = [word for product in PRODUCTS.values() for word in product.words.split(", ")]
    assert len(words) == len(set(words))
    assert not set(NO_PRODUCTS) & set(spellings())
    assert set(NO_PRODUCTS.values()) <= set(HOLDING)


def test_window_of_a_product_is_one_of_aftercare() -> None:
    keys = {advice.key for advice in ADVICE}
    assert {product.window for product in PRODUCTS.values()} <= {"", *keys}


@pytest.mark.parametrize(
    ("kind", "needle_um", "days"),
    [("retinoid", 300, 5), ("retinoid", 301, 7), ("acid", 0, 7), ("vitamin-c", 300, 0)],
)
def test_days_before_a_session_go_by_the_needle(kind: str, needle_um: int, days: int) -> None:
    assert before_s(kind, needle_um) == days * DAY


def test_word_of_a_newer_version_is_another_product() -> None:
    assert kind_of("snail-mucin") == "other"
    assert kind_of("vitamin-c") == kind_of("Vitamin C".lower()) == "vitamin-c"


def test_names_of_kinds_are_shown_as_people_write_them() -> None:
    found = [shown(word) for word in ("vitamin-c", "make-up", "numbing-cream", "retinol")]
    assert found == ["vitamin C", "make-up", "numbing cream", "retinol"]


def test_every_product_but_plain_ones_says_what_to_know_and_names_a_source() -> None:
    assert [name for name, one in PRODUCTS.items() if not one.advice] == ["other"]
    assert all(product.source for product in PRODUCTS.values())


def test_words_on_products_promise_nothing() -> None:
    said = " ".join(line for product in PRODUCTS.values() for line in product.advice).lower()
    assert not [word for word in ("steril", "safe", "cure", "guarantee") if word in said]


@pytest.mark.parametrize(("zone", "is_scalp"), [("Scalp", True), ("hairline", True), (None, False)])
def test_scalp_is_known_by_what_it_is_called(zone: str | None, is_scalp: bool) -> None:
    assert scalp.is_scalp(zone) is is_scalp
    cleanser = scalp.name("cleanser", "a gentle cleanser", zone)
    assert (cleanser != "a gentle cleanser") is is_scalp
    assert scalp.name("exercise", "no exercise", zone) == "no exercise"


def test_words_for_a_scalp_are_for_windows_that_there_are() -> None:
    keys = {advice.key for advice in ADVICE}
    assert set(scalp._NAMES) <= keys
