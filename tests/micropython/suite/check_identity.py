"""The driver of identities."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Machine

from rollcase.hal.identity import device_id, random_id


def test_device_id_is_the_chips_own_in_hex() -> None:
    equal(device_id(), "e661a4d111223344")
    equal(Machine.unique_id().hex(), device_id())


def test_random_ids_have_8_bytes_and_differ() -> None:
    equal(len(random_id()), 8)
    equal(random_id() != random_id(), True)
