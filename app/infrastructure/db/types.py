"""Column types that carry the domain's values: typed ids, UTC instants, prices, quantities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, LargeBinary, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.domain.common.identifiers import Ulid
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity

Json = JSON().with_variant(JSONB(), "postgresql")


class UlidType(TypeDecorator[Ulid]):
    """`uuid` on Postgres, 16 bytes on SQLite; both sort by time."""

    impl = Uuid
    cache_ok = True

    def __init__(self, kind: type[Ulid]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: Ulid | None, dialect: Dialect) -> UUID | bytes | None:
        if value is None:
            return None
        return value if dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> Ulid | None:
        if value is None:
            return None
        return self.kind(int=value.int) if dialect.name == "postgresql" else self.kind(bytes=value)


class TextList(TypeDecorator[tuple[str, ...]]):
    """Texts in order, as a JSON list."""

    impl = Json
    cache_ok = True

    def process_bind_param(
        self, value: tuple[str, ...] | None, dialect: Dialect
    ) -> list[str] | None:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC; SQLite has no zones, so it is put back on the way out."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant = value.astimezone(UTC)
        return instant if dialect.name == "postgresql" else instant.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class UnitPriceType(TypeDecorator[UnitPrice]):
    """Millionths in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: UnitPrice | None, dialect: Dialect) -> int | None:
        return None if value is None else value.micros

    def process_result_value(self, value: int | None, dialect: Dialect) -> UnitPrice | None:
        return None if value is None else UnitPrice(value)


class QuantityType(TypeDecorator[Quantity]):
    """Thousandths in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Quantity | None, dialect: Dialect) -> int | None:
        return None if value is None else value.thousandths

    def process_result_value(self, value: int | None, dialect: Dialect) -> Quantity | None:
        return None if value is None else Quantity(value)
