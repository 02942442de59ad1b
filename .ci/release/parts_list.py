"""The list of what the release is made of, as CycloneDX, from the two locks of what people run.

These are `requirements-runtime.txt`, and what the page's `package-lock.json` has for the page.
"""

import base64
import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

MARKER = "rollcase:marker"
"""The property that says on which machines a package is installed, as Python's markers say it."""

PIN = re.compile(r"(?m)^(\w.*?) \\$")
"""A package in a lock, without the hashes of its files."""

NAMESPACE = uuid.UUID("7b0e3d5c-52a3-4f0d-9b63-0d5f9f0b6c1e")
"""For the list's number, which follows from its contents; drawn at random, once."""


def parts_list(version: str, moment: int, python_lock: Path, page_lock: Path) -> bytes:
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
    parts = [*_python_parts(python_lock), *_page_parts(page_lock)]
    if not any(part.purl and part.purl.type == "npm" for part in parts) or len(parts) < 2:
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


def _python_parts(lock: Path) -> Iterator[Component]:
    for line in pins(lock.read_text(encoding="utf-8")):
        wanted = Requirement(line)
        (pin,) = wanted.specifier
        purl = PackageURL("pypi", None, wanted.name, pin.version)
        marker = str(wanted.marker) if wanted.marker else ""
        yield Component(
            name=wanted.name,
            version=pin.version,
            bom_ref=purl.to_string(),
            purl=purl,
            properties=[Property(name=MARKER, value=marker)] if marker else [],
        )


def _page_parts(lock: Path) -> Iterator[Component]:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for path, package in packages.items():
        if not path or package.get("dev"):  # the page itself, and what only makes it
            continue
        namespace, _, name = path.removeprefix("node_modules/").rpartition("/")
        purl = PackageURL("npm", namespace or None, name, package["version"])
        algorithm, _, digest = package["integrity"].partition("-")
        if algorithm != "sha512":
            raise ValueError(f"{path} is locked with {algorithm}, not with sha512.")
        yield Component(
            name=f"{namespace}/{name}" if namespace else name,
            version=package["version"],
            bom_ref=purl.to_string(),
            purl=purl,
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
        )
