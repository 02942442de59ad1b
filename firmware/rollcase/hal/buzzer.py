"""The buzzer: a passive piezo, which sounds the wave that it gets."""

from machine import PWM, Pin

HALF = 32768
"""The duty of a square wave, the loudest that a pin can make."""


class Buzzer:
    """Makes tones on `pin`."""

    def __init__(self, pin: int) -> None:
        self._pwm = PWM(Pin(pin), freq=1000, duty_u16=0)

    def sound(self, hz: int) -> None:
        """Sound a tone (Hz) until the next call; 0 for silence."""
        if hz:
            self._pwm.freq(hz)
            self._pwm.duty_u16(HALF)
        else:
            # Stopped first: else the pin goes low at the end of the wave only, and a chip that
            # sleeps before that leaves it high.
            self._pwm.deinit()
            self._pwm.duty_u16(0)
