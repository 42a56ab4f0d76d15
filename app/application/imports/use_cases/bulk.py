"""Create and update many products at once, by the rules of an import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.application.common.actor import Actor
from app.application.common.retry import TransactionAborted
from app.application.imports.kinds import Task
from app.application.imports.products.decide import Decisions
from app.application.imports.products.kind import ProductImports
from app.application.imports.products.ports import ProductImportsWork
from app.domain.auth.roles import Permission
from app.domain.common.errors import AlreadyExists, FieldError, InvalidValue
from app.domain.common.identifiers import IdSource, ImportId, ProductId
from app.domain.common.money import CurrencyMismatch
from app.domain.imports.faults import Fault, Outcome
from app.domain.imports.items import ItemValues, item_plan, item_row
from app.domain.imports.parsed import BarcodeRow, ParsedChunk, ProductRow
from app.domain.imports.plan import Mode, OnError, Options


class ProductsRejected(InvalidValue):
    """Some of the products cannot be written, so none was."""

    code = "products_rejected"
    title = "Nothing was written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product to write; `currencies` are those the caller named, by field."""

    values: ItemValues
    currencies: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """What became of an item; `product_id` is None when it failed."""

    sku: str
    outcome: Outcome
    product_id: ProductId | None
    errors: Sequence[Fault]
    warnings: Sequence[Fault]


class WriteProducts:
    """Makes and changes up to some hundred products in one transaction and a constant number of
    statements. A product is found by its SKU; what an item does not name is kept, null empties a
    field that may be empty. By `on_error`, one item that fails keeps all others out (`abort`, the
    default) or is left out itself (`skip`). Stock is not touched.
    """

    def __init__(self, work: ProductImportsWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, items: Sequence[Item], *, mode: Mode, on_error: OnError, actor: Actor
    ) -> list[ItemResult]:
        if any("cost" in item.values for item in items):
            actor.require(Permission.COST_READ)
        parsed = _parsed(items)
        try:
            async with self._work as work:
                currency = (await work.product_imports.conditions()).currency
                _check_currencies(items, currency)
                plan = item_plan(Options(currency=currency, mode=mode, on_error=on_error))
                task = Task(identifier=self._ids.new(ImportId), plan=plan, actor=actor)
                decisions = await ProductImports(ids=self._ids).write(work, parsed, task)
                results = _results(parsed, decisions, items)
                if on_error is OnError.ABORT:
                    _refuse(results)
                await work.commit(results)
                return results
        except AlreadyExists as taken:
            # Another request took a unique value since this looked: all is decided anew.
            raise TransactionAborted(taken.detail) from taken


def _parsed(items: Sequence[Item]) -> ParsedChunk:
    """Return the items as rows; one whose SKU stands further up is a fault."""
    rows: list[tuple[object, ...]] = []
    barcodes: list[BarcodeRow] = []
    faults: list[Fault] = []
    wrong: list[FieldError] = []
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        try:
            row, codes = item_row(number, item.values)
        except InvalidValue as fault:
            wrong += (_within(number, error) for error in fault.errors)
            continue
        if row.sku_key in first:
            faults.append(_twice(row, first[row.sku_key]))
            continue
        first[row.sku_key] = number
        rows.append(row)
        barcodes += codes
    if wrong:
        raise InvalidValue(wrong[0].detail, errors=tuple(wrong))
    return ParsedChunk(records=len(items), rows=rows, barcodes=barcodes, faults=faults)


def _within(number: int, error: FieldError) -> FieldError:
    return FieldError(f"/products/{number}{error.pointer}", error.code, error.detail)


def _twice(row: ProductRow, first: int) -> Fault:
    expected = f"each SKU once: sku {row.sku} stands at /products/{first} already"
    return Fault(row.row, row.line, "sku", "duplicate_in_request", row.sku, expected)


def _check_currencies(items: Sequence[Item], currency: str) -> None:
    detail = f"The shop's prices are in {currency}."
    errors = tuple(
        FieldError(f"/products/{number}/{field}/currency", CurrencyMismatch.code, detail)
        for number, item in enumerate(items)
        for field, named in item.currencies.items()
        if named != currency
    )
    if errors:
        raise CurrencyMismatch(detail, errors=errors)


def _results(parsed: ParsedChunk, decisions: Decisions, items: Sequence[Item]) -> list[ItemResult]:
    ended: dict[int, tuple[Outcome, ProductId]] = {
        number: (Outcome.UNCHANGED, product) for number, product in decisions.kept.items()
    }
    ended |= {c.row: (Outcome.CREATED, c.product.id) for c in decisions.created}
    ended |= {c.row: (Outcome.UPDATED, c.product.id) for c in decisions.changed}
    errors, warnings = _by_row([*parsed.faults, *decisions.faults]), _by_row(decisions.warnings)
    results = []
    for number, item in enumerate(items):
        outcome, product = ended.get(number, (Outcome.FAILED, None))
        results.append(
            ItemResult(
                sku=item.values["sku"],
                outcome=outcome,
                product_id=product,
                errors=errors.get(number, ()),
                warnings=warnings.get(number, ()) if product else (),
            )
        )
    return results


def _by_row(faults: Sequence[Fault]) -> Mapping[int, list[Fault]]:
    found = defaultdict(list)
    for fault in faults:
        found[fault.row].append(fault)
    return found


def _refuse(results: Sequence[ItemResult]) -> None:
    errors = tuple(
        _within(number, field_error(fault))
        for number, result in enumerate(results)
        for fault in result.errors
    )
    if errors:
        raise ProductsRejected(errors=errors)


def field_error(fault: Fault) -> FieldError:
    """Return a fault of an item with the pointer inside the item."""
    pointer = f"/{fault.column}" if fault.column else ""
    return FieldError(pointer, fault.code, f"Expected {fault.expected}.")
