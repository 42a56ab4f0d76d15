"""What is shown of stock: levels, movements, explanations, and whether the books add up."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.api.v1.schemas.common import (
    DocumentIdField,
    LineIdField,
    LocationIdField,
    MoneyOut,
    MovementIdField,
    ProductIdField,
    Schema,
    UserIdField,
)
from app.application.inventory.queries import (
    Level,
    MovementView,
    ProductStock,
    ProductStockView,
    Step,
)
from app.application.inventory.verification import CheckResult, Finding, Verification
from app.domain.common.money import UnitPrice
from app.domain.inventory.movement import DocumentKind, MovementKind

_INCOMING = "Ordered from suppliers and not arrived."
_COST = "Only for those who may see costs."


class LevelOut(Schema):
    """What lies of a product at one location."""

    product_id: ProductIdField
    sku: str
    name: str
    location_id: LocationIdField
    location: str = Field(description="Code of the location.")
    on_hand: str = Field(examples=["3.000"])
    reserved: str = Field(examples=["1.000"], description="What of it is kept for somebody.")
    available: str = Field(
        examples=["2.000"], description="The rest, where goods are for sale; elsewhere nothing."
    )
    incoming: str = Field(examples=["0.000"], description=_INCOMING)

    @classmethod
    def of(cls, level: Level) -> LevelOut:
        return cls(
            product_id=level.product_id,
            sku=level.sku,
            name=level.name,
            location_id=level.location_id,
            location=level.location_code,
            on_hand=str(level.on_hand),
            reserved=str(level.reserved),
            available=str(level.available),
            incoming=str(level.incoming),
        )


class StockOut(Schema):
    """All that the shop owns of a product, over all its locations."""

    product_id: ProductIdField
    sku: str
    name: str
    on_hand: str = Field(examples=["3.000"])
    reserved: str = Field(examples=["1.000"], description="What of it is kept for somebody.")
    available: str = Field(
        examples=["2.000"],
        description="Without what is reserved or lies where nothing is for sale.",
    )
    incoming: str = Field(examples=["0.000"], description=_INCOMING)
    reorder_point: str | None
    reorder_quantity: str | None
    low: bool = Field(description="What is available is down to the reorder point.")
    average_cost: MoneyOut | None = Field(description=_COST)
    value: MoneyOut | None = Field(description=_COST)

    @classmethod
    def of(cls, stock: ProductStock, *, costs: bool) -> StockOut:
        return cls(
            product_id=stock.product_id,
            sku=stock.sku,
            name=stock.name,
            on_hand=str(stock.on_hand),
            reserved=str(stock.reserved),
            available=str(stock.available),
            incoming=str(stock.incoming),
            reorder_point=_text(stock.reorder_point),
            reorder_quantity=_text(stock.reorder_quantity),
            low=stock.is_low,
            average_cost=_price(stock.average_cost, stock.value.currency) if costs else None,
            value=MoneyOut.of(stock.value) if costs else None,
        )


class ProductStockOut(StockOut):
    levels: list[LevelOut]

    @classmethod
    def showing(cls, stock: ProductStockView, *, costs: bool) -> ProductStockOut:
        return cls(
            **StockOut.of(stock, costs=costs).model_dump(),
            levels=[LevelOut.of(level) for level in stock.levels],
        )


class MovementOut(Schema):
    """One row of the ledger: a quantity that went from one location to another."""

    id: MovementIdField
    product_id: ProductIdField
    sku: str
    source_id: LocationIdField
    target_id: LocationIdField
    quantity: str = Field(examples=["3.000"])
    kind: MovementKind
    reason: str | None
    document_kind: DocumentKind
    document_id: DocumentIdField
    line_id: LineIdField
    reverses_id: MovementIdField | None = Field(description="The movement that this one undoes.")
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime
    unit_cost: MoneyOut | None = Field(description=_COST)
    value: MoneyOut | None = Field(description=_COST)

    @classmethod
    def of(cls, view: MovementView, *, costs: bool) -> MovementOut:
        movement = view.movement
        return cls(
            id=movement.id,
            product_id=movement.product_id,
            sku=view.sku,
            source_id=movement.source,
            target_id=movement.target,
            quantity=str(movement.quantity),
            kind=movement.kind,
            reason=movement.reason,
            document_kind=movement.document_kind,
            document_id=movement.document_id,
            line_id=movement.line_id,
            reverses_id=movement.reverses,
            user_id=movement.user_id,
            occurred_at=movement.occurred_at,
            recorded_at=movement.recorded_at,
            unit_cost=_price(view.unit_cost, view.value.currency) if costs else None,
            value=MoneyOut.of(view.value) if costs else None,
        )


class StepOut(Schema):
    """One movement, what it changed, and what the figure was right after it."""

    movement_id: MovementIdField
    kind: MovementKind
    reason: str | None
    document_kind: DocumentKind
    document_id: DocumentIdField
    line_id: LineIdField
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime
    change: str = Field(examples=["-2.000"])
    balance: str = Field(examples=["3.000"])
    value_change: MoneyOut | None = Field(description=_COST)
    value: MoneyOut | None = Field(description=_COST)

    @classmethod
    def of(cls, step: Step, *, costs: bool) -> StepOut:
        movement = step.movement
        return cls(
            movement_id=movement.id,
            kind=movement.kind,
            reason=movement.reason,
            document_kind=movement.document_kind,
            document_id=movement.document_id,
            line_id=movement.line_id,
            user_id=movement.user_id,
            occurred_at=movement.occurred_at,
            recorded_at=movement.recorded_at,
            change=str(step.change),
            balance=str(step.balance),
            value_change=MoneyOut.of(step.value_change) if costs else None,
            value=MoneyOut.of(step.value) if costs else None,
        )


class ExplanationOut(Schema):
    """How a figure came to be, newest movement first.

    The last step leads back to nothing: its balance is its change. `balance` and `value` are those
    right after the first movement of this page.
    """

    balance: str = Field(examples=["3.000"])
    value: MoneyOut | None = Field(description=_COST)
    items: list[StepOut]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


class FindingOut(Schema):
    """One thing that does not add up."""

    subject: dict[str, str] = Field(examples=[{"product_id": "01JZ8Q4T7W3N5R9X2B6C8D0E1F"}])
    expected: str
    found: str

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        return cls(subject=dict(finding.subject), expected=finding.expected, found=finding.found)


class CheckOut(Schema):
    """One check with what it found: nothing, in a healthy shop."""

    name: str
    description: str
    findings: list[FindingOut]
    more: bool = Field(description="There are more findings than are listed.")

    @classmethod
    def of(cls, check: CheckResult) -> CheckOut:
        return cls(
            name=check.name,
            description=check.description,
            findings=[FindingOut.of(finding) for finding in check.findings],
            more=check.more,
        )


class VerificationOut(Schema):
    clean: bool
    checks: list[CheckOut]

    @classmethod
    def of(cls, verification: Verification) -> VerificationOut:
        return cls(
            clean=verification.is_clean,
            checks=[CheckOut.of(check) for check in verification.checks],
        )


def _price(price: UnitPrice, currency: str) -> MoneyOut:
    return MoneyOut(amount=price.amount, currency=currency)


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
