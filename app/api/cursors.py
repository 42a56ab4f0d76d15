"""Cursors: the sort key of a page's last item, signed and bound to its list.

A client treats them as opaque. The signature keeps them so: a cursor cannot be made up, nor used
with another sort or other filters, where it would skip items without a word.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from app.api.errors import InvalidCursor
from app.application.common.paging import Key, KeyValue

_MAC_BYTES = 16


class Cursors:
    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"cursor\0" + secret).digest()

    def encode(self, key: Key, *, scope: str) -> str:
        text = json.dumps([_tagged(value) for value in key], separators=(",", ":")).encode()
        return _armoured(self._mac(text, scope) + text)

    def decode(self, cursor: str, *, scope: str) -> Key:
        """Return the key; `InvalidCursor` unless `encode` made it for the same scope."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        genuine = hmac.compare_digest(mac, self._mac(text, scope))
        if not genuine or cursor != _armoured(raw):
            raise InvalidCursor("Keep filters and sort as they were, or start without a cursor.")
        return tuple(_untagged(value) for value in json.loads(text))

    def _mac(self, text: bytes, scope: str) -> bytes:
        return hmac.digest(self._key, scope.encode() + b"\0" + text, "sha256")[:_MAC_BYTES]


def _armoured(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _tagged(value: KeyValue) -> object:
    return {"b": value.hex()} if isinstance(value, bytes) else value


def _untagged(value: object) -> KeyValue:
    match value:
        case {"b": str(text)}:
            return bytes.fromhex(text)
        case str() | int():
            return value
        case _:
            raise InvalidCursor
