"""One file of a shared folder: a JSON export that ends with its checksum, plain or encrypted.

The plain one is what `host export json` writes, with one member more at its end, so that `host
import` takes it too. The encrypted one is a line that says so, how the key is made of the
passphrase, and the plain one within; its own checksum tells a file that was cut short from a
passphrase that does not fit. What is encrypted is authenticated as well: nobody without the
passphrase can change it unseen.
"""

import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from rollhost.database.diary import ME
from rollhost.errors import NotInstalled, RollcaseError
from rollhost.exchange import export_csv_json
from rollhost.history.history import History

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

USER = "user"
"""The member that names the person who uses the computer: a token; null where nobody said it."""

MAGIC = b"rollcase encrypted share "
"""What an encrypted file begins with; then its version and a newline."""

SEALED_VERSION = 1
"""Version of the encrypted file; increased when a part of it changes its meaning."""

COST = 17
"""The cost of scrypt for new files, as a power of 2 (2^17, with blocks of 1 KiB, takes 128 MiB
and half a second): what OWASP advises for passwords since 2023."""

COSTS = range(10, 19)
"""Costs that are taken when a file is read: who can write the folder must not fill our memory."""

_SALT, _NONCE, _DIGEST = 16, 12, 32
"""How many bytes the salt, the nonce and the checksum of an encrypted file have."""

_END = re.compile(rb',\n "sha256": "([0-9a-f]{64})"\n}\n\Z')
"""The end of a plain file; the checksum is over all bytes before it."""

_END_BYTES = 64 + len(',\n "sha256": ""\n}\n')


class Refused(RollcaseError):
    """A file is no whole share, or cannot be read; the sentence begins after the file's name."""


class Damaged(Refused):
    """A file is not as it was written."""


class Newer(Refused):
    """A newer version of this program has written the file."""

    def __init__(self) -> None:
        super().__init__("was written by a newer version of this program", "Update this program.")


class WrongPassphrase(Refused):
    """The file is whole, but this passphrase does not open it."""


class NoPassphrase(Refused):
    """The file is encrypted, and no passphrase was given."""


def plain(history: History, user: tuple[int, str] | None) -> bytes:
    """Return the plain file of what is known.

    `user` are the token and the name of the person who uses this computer. They stand in the file
    in place of `ME`, so that other persons' computers know them apart.
    """
    text = export_csv_json.text_of(for_others(export_csv_json.document(history), user))
    body = text.removesuffix("\n}\n").encode()
    return body + f',\n "sha256": "{sha256(body).hexdigest()}"\n}}\n'.encode()


def for_others(document: dict[str, object], user: tuple[int, str] | None) -> dict[str, object]:
    """Return the document of an export with its `USER`; see `plain`."""
    document[USER] = None
    if user is not None:
        _name_user(document, user)
    known = {row["token"] for row in _rows(document["persons"])}
    for row in _rows(document["diary"]):
        if row["person"] not in known:  # what a case is called, by somebody who is left out
            row["person"] = ME if user is None else user[0]
    return document


def _name_user(document: dict[str, object], user: tuple[int, str]) -> None:
    token, name = user
    document[USER] = token
    logs = [log for case in _rows(document["cases"]) for log in _rows(case["logs"])]
    for row in [*_rows(document["diary"]), *logs]:
        if row["person"] == ME:
            row["person"] = token
    others = [row for row in _rows(document["persons"]) if row["token"] not in (ME, token)]
    document["persons"] = [{"token": token, "name": name}, *others]


def _rows(rows: object) -> list[dict[str, object]]:
    assert isinstance(rows, list)
    return rows


def seal(data: bytes, passphrase: bytes) -> bytes:
    """Return the encrypted file of a plain one. Raises `NotInstalled` without the library."""
    head = MAGIC + f"{SEALED_VERSION}\n".encode() + bytes([COST])
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    head += salt + nonce
    sealed = head + _cipher(passphrase, salt, COST).encrypt(nonce, data, head)
    return sealed + sha256(sealed).digest()


def is_sealed(data: bytes) -> bool:
    """Return whether a file is an encrypted one, of whatever version."""
    return data.startswith(MAGIC)


def unseal(data: bytes, passphrase: bytes | None) -> bytes:
    """Return the plain file within an encrypted one; a plain one as it is.

    Raises `Refused`, or `NotInstalled` without the library.
    """
    if not is_sealed(data):
        return data
    first, _, _ = data.partition(b"\n")
    version = first.removeprefix(MAGIC)
    if version.isdigit() and int(version) > SEALED_VERSION:
        raise Newer()
    start = len(first) + 1
    sealed, digest = data[:-_DIGEST], data[-_DIGEST:]
    short = start + 1 + _SALT + _NONCE + 16
    if version != b"1" or len(sealed) < short or sha256(sealed).digest() != digest:
        raise damaged()
    if passphrase is None:
        raise NoPassphrase("is encrypted", "Say --passphrase-file FILE.")
    cost = data[start]
    if cost not in COSTS:
        raise damaged()
    salt = data[start + 1 : start + 1 + _SALT]
    head = data[: start + 1 + _SALT + _NONCE]
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(passphrase, salt, cost).decrypt(head[-_NONCE:], sealed[len(head) :], head)
    except InvalidTag:
        raise WrongPassphrase("does not open with this passphrase", "Is it spelt right?") from None


def check(data: bytes) -> None:
    """Raise `Refused` unless a plain file ends with its checksum."""
    end = _END.search(data, max(len(data) - _END_BYTES, 0))
    if end is None or sha256(data[: end.start()]).hexdigest().encode() != end[1]:
        raise damaged()


def damaged() -> Damaged:
    """Return the refusal of a file that is not as it was written."""
    return Damaged(
        "is damaged or cut short", "Its computer writes it anew the next time that it shares."
    )


def _cipher(passphrase: bytes, salt: bytes, cost: int) -> "ChaCha20Poly1305":
    try:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
            raise
        raise NotInstalled(
            "The package cryptography is not installed, and shares are encrypted with it.",
            "Install it: pip install cryptography.",
        ) from None
    key = Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(passphrase)
    return ChaCha20Poly1305(key)
