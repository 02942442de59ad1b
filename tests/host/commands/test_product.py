"""``host product``: what was put on the skin, and the window that it falls into."""

from itertools import takewhile
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import use
from tests.host.calendars import read
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said

from rollcore.events import CASE_EPOCH
from rollhost.guidance.products import PRODUCTS, WHILE_ROLLING, kind_of, spellings

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


def about_products(host: Host) -> list[str]:
    """Return the lines of status about products; they are wider than the terminal is here."""
    lines = said(host, "status")
    start = next((at for at, line in enumerate(lines) if line.startswith("Products")), len(lines))
    after = list(takewhile(lambda line: line.startswith(" "), lines[start + 1 :]))
    return [*lines[start : start + 1], *after]


@pytest.fixture
def rolled(
    host_json: HostJson, two_zones: ScriptedCase, monkeypatch: pytest.MonkeyPatch
) -> ScriptedCase:
    """A case that was used on the face on Sat 21 Nov with 0.5 mm; it is Sun 22 Nov."""
    use(two_zones, NOW_S - CASE_EPOCH + DAY, zone=0)
    later(monkeypatch, 2)
    host_json("sync", "--port", two_zones.port)
    return two_zones


class TestProduct:
    def test_product_after_a_session_is_named_with_the_end_of_its_window(
        self, host: Host, host_json: HostJson, rolled: ScriptedCase
    ) -> None:
        lines = said(host, "product", "retinol", "0.3", "%", "--zone", "face")
        inside = "the window after the session of Sat 21 Nov ends Sat 28 Nov"
        assert lines[0] == "Written down: retinol on the skin, today 20:00, face: 0.3 %."
        assert lines[2:] == [f"T{inside[1:]}.", WHILE_ROLLING]
        assert about_products(host) == [
            f"Products     retinol on face, noted today 20:00: {inside}"
        ]  # fmt: skip
        (product,) = host_json("product")["products"]
        assert (product["product"], product["of_kind"]) == ("retinol", "retinoid")
        assert product["after_session"] == "2026-11-21T20:00:00+00:00"
        assert product["until"] == "2026-11-28T20:00:00+00:00"
        assert host_json("status")["products"] == [product]

    def test_product_on_other_skin_or_before_the_session_is_in_no_window_of_it(
        self, host: Host, host_json: HostJson, rolled: ScriptedCase
    ) -> None:
        said(host, "product", "vitamin-c", "--zone", "neck")
        said(host, "product", "make-up", "--zone", "face", "--at", "3d")
        found = host_json("product")["products"]
        assert [product["until"] for product in found] == [None, None]
        assert about_products(host) == []

    def test_retinoid_and_acid_are_left_before_a_session_too(
        self, host: Host, two_zones: ScriptedCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "product", "tretinoin", "--zone", "face")
        said(host, "product", "glycolic", "acid", "--zone", "neck", "--at", "2026-11-18 08:00")
        said(host, "product", "vitamin", "c", "--zone", "face")
        assert about_products(host) == [
            "Products     glycolic acid on neck, noted Wed 18 Nov 2026, 08:00: better no"
            " session before Wed 25 Nov",
            "             tretinoin on face, noted today 20:00: better no session before"
            " Fri 27 Nov",
        ]
        later(monkeypatch, 8)
        assert about_products(host) == []

    def test_shorter_needles_leave_a_shorter_time_before_a_session(
        self, host: Host, host_json: HostJson, case: ScriptedCase
    ) -> None:
        host_json("sync", "--port", case.port, "--needle", "0.25")
        said(host, "product", "differin")
        (product,) = host_json("product")["products"]
        assert product["until"] == "2026-11-25T20:00:00+00:00"

    def test_last_product_of_a_kind_on_a_zone_is_kept(
        self, host: Host, host_json: HostJson, two_zones: ScriptedCase
    ) -> None:
        said(host, "product", "retinol", "--zone", "face")
        said(host, "product", "tretinoin", "--zone", "face", "--at", "1d")
        said(host, "product", "adapalene", "--zone", "neck")
        found = [(noted["product"], noted["zone"]) for noted in host_json("product")["products"]]
        assert found == [("retinol", "face"), ("adapalene", "neck")]
        assert [
            noted["product"] for noted in host_json("product", "--zone", "neck")["products"]
        ] == ["adapalene"]

    def test_product_that_was_taken_back_or_forgotten_is_in_no_window(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "product", "retinol")
        assert host("undo", "--yes").returncode == 0
        assert about_products(host) == []
        said(host, "product", "retinol")
        (row,) = [line for line in said(host, "undo", "--list") if "retinol" in line]
        assert host("forget", row.split()[0], "--yes").returncode == 0
        assert host_json("product")["products"] == []

    @pytest.mark.parametrize(
        ("words", "kind", "text"),
        [
            ("Retin-A cream", "retinoid", "cream"),
            ("Vitamin C serum", "vitamin-c", ""),
            ("salicylic acid 2 %", "acid", "2 %"),
            ("EMLA", "numbing-cream", ""),
            ("niacinamide", "other", ""),
            ("numbing cream", "numbing-cream", ""),
            ("aloe vera gel", "moisturiser", "gel"),
            ("SPF 50", "sunscreen", "50"),
            ("rogaine", "minoxidil", ""),
        ],
    )
    def test_product_is_understood_as_people_call_it(
        self, host_json: HostJson, words: str, kind: str, text: str
    ) -> None:
        entry = host_json("product", *words.split())["entry"]
        assert (kind_of(entry["product"]), entry["text"]) == (kind, text)

    def test_word_for_two_kinds_there_is_none(self) -> None:
        words = [word for product in PRODUCTS.values() for word in product.words.split(", ")]
        assert len(words) == len(set(words))
        assert all(word.replace("-", " ") == word or word in PRODUCTS for word in spellings())
        assert max(len(word.split()) for word in words) <= 3

    def test_mistyped_product_is_met_with_the_one_that_was_meant(self, host: Host) -> None:
        sentence, step = complaint(host("product", "retinl"), 2)
        assert sentence == "There is no product 'retinl'."
        assert step.startswith("Did you mean retinol?")

    def test_medicine_that_is_taken_leads_to_a_hold(self, host: Host) -> None:
        sentence, step = complaint(host("product", "accutane"), 2)
        assert sentence == "Accutane is taken, and not put on the skin."
        assert step == "Ask a doctor before you roll: hold isotretinoin."

    @pytest.mark.parametrize("kind", PRODUCTS)
    def test_each_kind_says_what_to_know_of_it(self, host_json: HostJson, kind: str) -> None:
        advice = host_json("product", kind)["advice"]
        assert advice[-1] == WHILE_ROLLING
        assert set(PRODUCTS[kind].advice) <= set(advice)

    def test_calendar_has_the_days_before_a_session_for_a_product(
        self, host: Host, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "product", "retinol")
        assert host("export", "ics", str(home / "days.ics")).returncode == 0
        events = read((home / "days.ics").read_bytes()).values()
        ends = [event.end for event in events if event.title == "Better no session: retinol, face"]
        assert ends == [NOW_S + 7 * DAY]


class TestScalp:
    def test_aftercare_of_a_scalp_has_words_of_its_own(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=face,Scalp")
        host_json("sync", "--port", synced.port)
        said(host, "clinic", "2h", "--zone", "scalp")
        names = {window["key"]: window["name"] for window in host_json("status")["aftercare"]}
        assert names["cleanser"] == "a mild shampoo, and pat dry"
        assert "minoxidil: ask whoever treats your scalp" in names["actives"]
        said(host, "clinic", "2h", "--zone", "face")
        names = {
            window["key"]: window["name"]
            for window in host_json("status")["aftercare"]
            if window["zone"] == "face"
        }
        assert names["cleanser"] == "a gentle cleanser, and pat dry"
