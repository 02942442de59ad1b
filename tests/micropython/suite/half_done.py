"""What a program or an erase leaves on NOR flash if the power goes meanwhile."""

from hashlib import sha256

from tests.micropython.suite.stories import Dice


def in_quarters(before: "bytes | bytearray", after: bytes, quarters: int) -> bytes:
    """Return what a write that was cut short leaves: the first of the bytes that it changes."""
    changed = [place for place in range(len(after)) if before[place] != after[place]]
    done = len(changed) * quarters // 4
    end = changed[done] if done < len(changed) else len(after)
    return bytes(after[:end]) + bytes(before[end:])


def in_some_bits(before: "bytes | bytearray", after: bytes, dice: Dice) -> bytes:
    """Return what a write that was cut short leaves: any of the bits that it changes.

    NOR flash programs and erases its bits in no order. One time in three it is nearly none of
    them, or nearly all.
    """
    old, new = int.from_bytes(before, "big"), int.from_bytes(after, "big")
    bits = 8 * len(after)
    how = dice.below(6)
    chosen = _random(dice, bits)
    if how == 0:
        chosen = 1 << dice.below(bits)
        chosen |= 1 << dice.below(bits)
    elif how == 1:
        chosen = (1 << bits) - 1 ^ (1 << dice.below(bits))
    elif how == 2:
        chosen &= _random(dice, bits) & _random(dice, bits)
    elif how == 3:
        chosen |= _random(dice, bits) | _random(dice, bits)
    return (old ^ ((old ^ new) & chosen)).to_bytes(len(after), "big")


def _random(dice: Dice, bits: int) -> int:
    seed = bytes([dice.below(256) for _ in range(8)])
    data = b""
    while 8 * len(data) < bits:
        seed = sha256(seed).digest()
        data += seed
    return int.from_bytes(data, "big") >> (8 * len(data) - bits)
