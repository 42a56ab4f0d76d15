"""What is sent and shown of the sales of a till that was offline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, WrapValidator

from app.api.errors import InvalidRequest, status_of
from app.api.v1.schemas.common import Instant, SaleIdField, Schema
from app.api.v1.schemas.sales import ClientId, ClientNumber, GoodsIn, Register, Tenders
from app.application.sales.commands import Completion
from app.application.sales.use_cases.batch import Outcome, Told, ToldSale
from app.domain.common.errors import DomainError, FieldError
from app.domain.sales.till import TillRecord

MOST_SALES = 200


class TookPlaceIn(Schema):
    """How a sale was paid, and when."""

    tenders: Tenders = Field(default_factory=list)
    occurred_at: Instant = Field(description="When it took place.")


class ToldSaleIn(GoodsIn):
    """A sale that took place; an online till tells of it so, too."""

    register_code: Register = Field(alias="register")
    client_id: ClientId
    client_number: ClientNumber | None = None
    complete: TookPlaceIn

    def told(self, *, oversell: bool) -> ToldSale:
        till = TillRecord(
            register=self.register_code,
            client_id=self.client_id,
            client_number=self.client_number,
            digest=self._digest(),
        )
        return ToldSale(
            asked=self.sold(till),
            till=till,
            completion=Completion(
                tenders=tuple(tender.asked() for tender in self.complete.tenders),
                occurred_at=self.complete.occurred_at,
                oversell=oversell,
            ),
        )

    def _digest(self) -> bytes:
        """Hash what was told; members that a later version adds change nothing by their default."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A sale that cannot be read: it fails by itself."""

    register_code: str | None
    client_id: str | None
    refusal: DomainError


def _or_unreadable(value: Any, read: Callable[[Any], ToldSaleIn]) -> ToldSaleIn | Unreadable:
    try:
        return read(value)
    except ValidationError as error:
        named = value if isinstance(value, dict) else {}
        register, client_id = (
            name if isinstance(name := named.get(member), str) else None
            for member in ("register", "client_id")
        )
        return Unreadable(
            register_code=register, client_id=client_id, refusal=InvalidRequest.within(error)
        )


Sent = ToldSaleIn | Unreadable


class SaleBatchIn(Schema):
    sales: list[Annotated[ToldSaleIn, WrapValidator(_or_unreadable)]] = Field(
        min_length=1, max_length=MOST_SALES
    )

    @property
    def sent(self) -> Sequence[Sent]:
        return self.sales

    def told(self, *, oversell: bool) -> list[ToldSale]:
        """Return those that can be read."""
        return [one.told(oversell=oversell) for one in self.sent if isinstance(one, ToldSaleIn)]


class FaultOut(Schema):
    pointer: str = Field(description="Into the sale.")
    code: str
    detail: str

    @classmethod
    def of(cls, fault: FieldError) -> FaultOut:
        return cls(pointer=fault.pointer, code=fault.code, detail=fault.detail)


class RefusalOut(Schema):
    """What a request for this sale alone would have been answered; codes may add members."""

    model_config = ConfigDict(extra="allow")

    status: int
    code: str
    title: str
    detail: str
    errors: list[FaultOut]

    @classmethod
    def of(cls, refusal: DomainError) -> RefusalOut:
        return cls(
            status=status_of(type(refusal)),
            code=refusal.code,
            title=refusal.title,
            detail=refusal.detail,
            errors=[FaultOut.of(fault) for fault in refusal.errors],
            **refusal.extra,
        )


class ToldSaleOut(Schema):
    """What became of a sale; `problem` is there when it failed, else the sale."""

    model_config = ConfigDict(serialize_by_alias=True)

    register_code: str | None = Field(alias="register")
    client_id: str | None
    outcome: Outcome
    sale_id: SaleIdField | None
    number: str | None
    needs_attention: bool | None = Field(description="Goods left which the books did not hold.")
    problem: RefusalOut | None

    @classmethod
    def of(cls, sent: Sent, told: Told) -> ToldSaleOut:
        sale = told.sale
        return cls(
            register=sent.register_code,
            client_id=sent.client_id,
            outcome=told.outcome,
            sale_id=None if sale is None else sale.id,
            number=None if sale is None else str(sale.number),
            needs_attention=None if sale is None else sale.needs_attention,
            problem=None if told.refusal is None else RefusalOut.of(told.refusal),
        )


class SaleBatchOut(Schema):
    """One result for each sale, in the order of the request."""

    created: int
    already_there: int
    failed: int
    results: list[ToldSaleOut]

    @classmethod
    def of(cls, sent: Sequence[Sent], told: Sequence[Told]) -> SaleBatchOut:
        """Put results beside what was sent; `told` holds those of sales that could be read."""
        following = iter(told)
        all_told = [
            Told(outcome=Outcome.FAILED, refusal=one.refusal)
            if isinstance(one, Unreadable)
            else next(following)
            for one in sent
        ]
        outcomes = [one.outcome for one in all_told]
        return cls(
            created=outcomes.count(Outcome.CREATED),
            already_there=outcomes.count(Outcome.ALREADY_THERE),
            failed=outcomes.count(Outcome.FAILED),
            results=[ToldSaleOut.of(*pair) for pair in zip(sent, all_told, strict=True)],
        )
