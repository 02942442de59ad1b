"""The list of what the release is made of, as CycloneDX.

From the locks of what people run, what the page's `package-lock.json` has for the page, and the
other projects that are inside the images and the page.
"""

import base64
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

from release.image_parts import (
    FROM_COMPILER,
    PAGE_LICENCE,
    WITHIN,
    WITHIN_PAGE,
    Part,
    image_parts,
)
from release.licences import page_packages

MARKER = "rollcase:marker"
"""The property that says on which machines a package is installed, as Python's markers say it."""

FILE = "rollcase:file"
"""The property that says which file of Debian was unpacked for the images."""

PIN = re.compile(r"(?m)^(\w.*?) \\$")
"""A package in a lock, without the hashes of its files."""

NAMESPACE = uuid.UUID("7b0e3d5c-52a3-4f0d-9b63-0d5f9f0b6c1e")
"""For the list's number, which follows from its contents; drawn at random, once."""


class Locks(NamedTuple):
    """Where the locks are: texts that say what is in a release, with hashes."""

    runtime: Path
    """What `host` needs."""

    extras: Path
    """The same, and what some commands need besides."""

    page: Path
    image_sources: Path


def parts_list(version: str, moment: int, locks: Locks) -> bytes:
    """Return the list as JSON, dated `moment` (Unix time, s).

    Raises `ValueError` if it does not follow the schema, or a lock has nothing in it.
    """
    product = Component(
        name="rollcase",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"pkg:pypi/rollcase@{version}",
        purl=PackageURL("pypi", None, "rollcase", version),
        licenses=[DisjunctiveLicense(id="MIT")],
    )
    of_image = list(_image_parts(locks.image_sources))
    parts = [*_python_parts(locks), *_page_parts(locks.page), *of_image]
    kinds = {part.purl.type for part in parts if part.purl}
    if kinds != {"pypi", "npm", "generic"}:
        raise ValueError("A lock names no package.")
    bom = Bom(components=parts, version=1)
    bom.metadata.timestamp = datetime.fromtimestamp(moment, timezone.utc)
    bom.metadata.component = product
    refs = sorted(f"{part.bom_ref.value} {sorted(map(str, part.hashes))}" for part in parts)
    bom.serial_number = uuid.uuid5(NAMESPACE, json.dumps([version, moment, refs]))
    bom.register_dependency(product, parts)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        raise ValueError(f"The list does not follow the schema: {error}")
    return (text + "\n").encode()


def pins(lock: str) -> list[str]:
    """Return the packages of a lock that pip takes, each with its version and its marker."""
    return PIN.findall(lock)


def _python_parts(locks: Locks) -> Iterator[Component]:
    needed = {_purl(Requirement(pin)) for pin in pins(locks.runtime.read_text(encoding="utf-8"))}
    for line in pins(locks.extras.read_text(encoding="utf-8")):
        wanted = Requirement(line)
        (pin,) = wanted.specifier
        purl = _purl(wanted)
        marker = str(wanted.marker) if wanted.marker else ""
        yield Component(
            scope=ComponentScope.REQUIRED if purl in needed else ComponentScope.OPTIONAL,
            name=wanted.name,
            version=pin.version,
            bom_ref=purl.to_string(),
            purl=purl,
            properties=[Property(name=MARKER, value=marker)] if marker else [],
        )


def _purl(wanted: Requirement) -> PackageURL:
    (pin,) = wanted.specifier
    return PackageURL("pypi", None, wanted.name, pin.version)


def _image_parts(sources: Path) -> Iterator[Component]:
    for part in (*image_parts(sources.read_text(encoding="utf-8")), *FROM_COMPILER):
        yield _part(part, within=_parts_within(part.name, WITHIN.get(part.name, ())))


def _parts_within(outer: str, parts: Iterable[Part]) -> list[Component]:
    """Return the parts; as one may be within two others, its reference has the outer's name."""
    return [_part(part, f"{outer}:") for part in parts]


def _part(part: Part, prefix: str = "", within: Iterable[Component] = ()) -> Component:
    purl = PackageURL("generic", None, part.name, part.version or None)
    return Component(
        name=part.name,
        version=part.version or None,
        bom_ref=f"{prefix}{purl.to_string()}",
        purl=purl,
        licenses=[LicenseExpression(part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else [],
        properties=[Property(name=FILE, value=part.file)] if part.file else [],
        components=within,
    )


def _page_parts(lock: Path) -> Iterator[Component]:
    for full_name, package in page_packages(lock.read_text(encoding="utf-8")):
        namespace, _, name = full_name.rpartition("/")
        purl = PackageURL("npm", namespace or None, name, package["version"])
        algorithm, _, digest = package["integrity"].partition("-")
        if algorithm != "sha512":
            raise ValueError(f"{full_name} is locked with {algorithm}, not with sha512.")
        yield Component(
            name=full_name,
            version=package["version"],
            bom_ref=purl.to_string(),
            purl=purl,
            licenses=[LicenseExpression(PAGE_LICENCE)],
            components=_parts_within(full_name, WITHIN_PAGE),
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
        )
