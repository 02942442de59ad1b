"""Checks that say what they saw: MicroPython's `assert` does not."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def equal(actual: object, expected: object, where: object = "") -> None:
    """Fail unless both are equal; `where` tells one round of a loop from another."""
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r} {where}")


def true(fact: object, where: object) -> None:
    """Fail with `where` unless the fact holds."""
    if not fact:
        raise AssertionError(where)


def raises(error: "type[Exception]", call: "Callable[..., object]", *args: object) -> Exception:
    """Return the error that the call raises; fail if it raises none or another."""
    try:
        result = call(*args)
    except Exception as caught:
        if not isinstance(caught, error):
            raise AssertionError(f"{caught!r} instead of {error.__name__} for {args[:1]!r}")
        return caught
    raise AssertionError(f"{result!r} instead of {error.__name__} for {args[:1]!r}")
