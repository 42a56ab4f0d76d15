"""Identifiers that follow from what is replayed: whoever replays it again finds what is there."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from hashlib import sha256

from app.domain.common.identifiers import Id, LineId, SaleId

_NAMESPACE = "online-retail"
_COUNT_BITS = 16
_HASH_BYTES = 8


class FixedIds:
    """Hands out the identifiers of one document and of its lines, always the same ones.

    The time in them is when it happened, so that documents lie together as they followed on one
    another.
    """

    def __init__(self, name: str, at: datetime) -> None:
        self._name = name
        self._at = at
        self._given: Counter[str] = Counter()

    def new(self, kind: type[Id]) -> Id:
        number = self._given[kind.kind]
        self._given[kind.kind] += 1
        return _identifier(kind, self._name, self._at, number)


def document_id(kind: type[Id], name: str, at: datetime) -> Id:
    return _identifier(kind, name, at, 0)


def sale_line_id(invoice: str, at: datetime, position: int) -> LineId:
    return _identifier(LineId, sale_name(invoice), at, position)


def sale_id(invoice: str, at: datetime) -> SaleId:
    return document_id(SaleId, sale_name(invoice), at)


def sale_name(invoice: str) -> str:
    return invoice


def return_name(invoice: str, sale: str | None) -> str:
    return f"{invoice} of {sale or 'no sale'}"


def _identifier(kind: type[Id], name: str, at: datetime, number: int) -> Id:
    milliseconds = int(at.timestamp()) * 1000
    digest = sha256(f"{_NAMESPACE}\n{kind.kind}\n{name}".encode()).digest()[:_HASH_BYTES]
    tail = int.from_bytes(digest, "big") << _COUNT_BITS | number
    return kind(int=milliseconds << 80 | tail)
