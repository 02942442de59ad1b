"""The buzzer's driver."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import PWM

from rollcase.hal.buzzer import Buzzer


def test_buzzer_sounds_what_it_is_told() -> None:
    buzzer = Buzzer(6)
    wave = PWM.of[6]
    equal(wave.duty, 0)
    for hz in (220, 880, 1320):
        buzzer.sound(hz)
        wave.period()
        equal((wave.hz, wave.duty, wave.running), (hz, 32768, True))


def test_buzzer_is_silent_at_once_and_at_the_low_level() -> None:
    buzzer = Buzzer(6)
    for _ in range(2):
        buzzer.sound(440)
        PWM.of[6].period()
        buzzer.sound(0)
        equal(PWM.of[6].duty, 0)
        buzzer.sound(0)
        equal(PWM.of[6].duty, 0)
