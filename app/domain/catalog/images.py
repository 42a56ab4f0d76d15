"""Pictures by address: kept and shown as they were typed, and never fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from app.domain.catalog.limits import IMAGE_LENGTH, IMAGES
from app.domain.common.errors import FieldError, InvalidValue

IMAGE_SEPARATOR = "|"
INVALID_IMAGE = "invalid_image"

_SCHEMES = frozenset({"http", "https"})
# Most addresses; what does not look like this is looked at more closely.
_PLAIN = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[!#-;=?-\[\]^-{}~]*)?")
# What no address may hold (RFC 3986, section 2), the sign between addresses in a file among it.
_NEVER = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff"<>\\|]|\s')


def image_address(text: str, *, field: str = "images") -> str:
    """Return an http or https address of a host, without credentials, exactly as it was typed."""
    reason = image_fault(text)
    if reason:
        raise InvalidValue.of(field, reason, code=INVALID_IMAGE)
    return text


@lru_cache(8_192)
def image_fault(text: str) -> str | None:
    """Return what is wrong with an address, None if nothing is."""
    if len(text) > IMAGE_LENGTH:
        return f"has {len(text)} characters, at most {IMAGE_LENGTH} are allowed"
    if _PLAIN.fullmatch(text):
        return None
    if _NEVER.search(text):
        return "holds a blank or a sign that no address has; write it as %20 and so on"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in _SCHEMES or not host:
        return "is no address that begins with http:// or https:// and a host"
    if "@" in parts.netloc:
        return "holds a user name or password"
    return None


def parse_images(addresses: Sequence[str], *, field: str = "images") -> tuple[str, ...]:
    """Read all addresses of a thing, each once; faults are reported together."""
    if len(addresses) > IMAGES:
        raise InvalidValue.of(field, f"holds at most {IMAGES} addresses", code="too_many")
    faults: list[FieldError] = []
    found: dict[str, None] = {}
    for index, text in enumerate(addresses):
        reason = image_fault(text)
        if reason:
            faults.append(FieldError(f"/{field}/{index}", INVALID_IMAGE, reason))
        elif text in found:
            faults.append(FieldError(f"/{field}/{index}", "duplicate", "is there already"))
        found[text] = None
    if faults:
        raise InvalidValue("An image address is not acceptable.", errors=tuple(faults))
    return tuple(found)
