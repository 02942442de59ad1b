"""What a record is chained to can be told from the record."""

from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import any_event

from rollcore import events
from rollcore.events import Event
from rollhost.history.chain import link_of, link_to

crcs = st.integers(0, 0xFFFFFFFF)


@given(event=any_event(), crc=crcs)
def test_link_of_a_record_is_the_link_to_the_crc_before_it(event: Event, crc: int) -> None:
    assert link_of(events.encode(event, crc)) == link_to(crc)


@given(one=crcs, other=crcs)
def test_two_crcs_have_two_links(one: int, other: int) -> None:
    assert (link_to(one) == link_to(other)) == (one == other)
