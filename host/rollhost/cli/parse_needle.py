"""Needle lengths as a person types them."""

import argparse

from rollcore import policy
from rollhost.cli.program import program_name
from rollhost.guidance.numbers import CLINIC_NEEDLE_UM
from rollhost.output.policy import needle_refusal


class NotForHome(argparse.ArgumentTypeError):
    """A needle length that no policy is for; `sentence` says why, `step` what to do."""

    def __init__(self, micrometres: int) -> None:
        self.sentence, self.step = needle_refusal(micrometres, program_name())
        super().__init__(f"{self.sentence} {self.step}".removesuffix("."))


def needle(text: str) -> int:
    """Return a needle length in micrometres from a text in millimetres, for argparse."""
    low, high = policy.bounds("needle_um")
    allowed = f"{low / 1000} to {high / 1000} mm"
    try:
        micrometres = round(float(text.removesuffix("mm")) * 1000)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number: write it like 0.25 ({allowed})"
        ) from None
    try:
        policy.for_needle(micrometres)
    except policy.PolicyError:
        if high < micrometres <= CLINIC_NEEDLE_UM:
            raise NotForHome(micrometres) from None
        raise argparse.ArgumentTypeError(
            f"{text!r} is no needle length for use at home: {allowed}"
        ) from None
    return micrometres
