"""Rows are decided in the order of the file, wherever it is cut into chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.application.imports.products.decide import decide, history_at_stake
from app.application.imports.products.model import Draft, FamilyDraft, Owner, Shelf, TaxRate, Unit
from app.domain.common.identifiers import ProductId, TaxRateId, UnitId
from app.domain.imports.fields import clear_bit
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.parsed import Above, AdditionRow, BarcodeRow, ProductRow
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.records import Checkpoint, FileFormat

PIECE, KILOGRAM = UnitId(int=1), UnitId(int=2)
UNTAXED, FULL = TaxRateId(int=1), TaxRateId(int=2)
HEADER = ("sku", "name", "price", "unit", "barcode", "quantity")
FIELDS = ("sku", "name", "price", "unit", "barcodes", "quantity")


def plan(mode: Mode = Mode.UPSERT) -> Plan:
    start = Checkpoint(0, 1, 2)
    return Plan(
        format=FileFormat("utf-8", False, ",", "\n", HEADER, start),
        preset="free",
        mapping=tuple(enumerate(FIELDS)),
        decimal=DecimalMark.POINT,
        options=Options(currency="EUR", mode=mode),
    )


def row(number: int, sku: str, **values: Any) -> ProductRow:
    name = values.get("name", f"Name {sku}")
    empty = dict.fromkeys(ProductRow._fields)
    return ProductRow(
        **empty
        | {
            "row": number,
            "line": number + 1,
            "sku": sku,
            "sku_key": sku.lower(),
            "sku_derived": False,
            "name": name,
            "name_folded": name and name.lower(),
            "search_text": name and f"{sku}\n{name}".lower(),
            "price_micros": 2_000_000,
            "cleared": 0,
            "family": values.get("family_key") and str(values["family_key"]).upper(),
        }
        | values
    )


def addition(number: int, **values: Any) -> AdditionRow:
    empty = dict.fromkeys(AdditionRow._fields) | {"images": (), "members": ()}
    family = values.get("family_key") and str(values["family_key"]).upper()
    return AdditionRow(**empty | {"row": number, "line": number + 1, "family": family} | values)


@dataclass
class Counter:
    """Hands out identifiers in order."""

    last: int = 0x1000

    def new(self, kind: type[Any]) -> Any:
        self.last += 1
        return kind(int=self.last)


@dataclass
class Shop:
    """Products in memory, and what the rows of a file came to."""

    products: dict[ProductId, Draft] = field(default_factory=dict)
    moved: frozenset[ProductId] = frozenset()
    first_rows: dict[str, int] = field(default_factory=dict)
    ids: Counter = field(default_factory=Counter)
    outcomes: dict[int, str] = field(default_factory=dict)
    warned: list[tuple[int, str]] = field(default_factory=list)
    families: dict[str, FamilyDraft] = field(default_factory=dict)

    def shelf(self) -> Shelf:
        stored = [replace(product) for product in self.products.values()]
        return Shelf(
            by_sku={product.sku_key: product for product in stored},
            by_external_id={p.external_id: p for p in stored if p.external_id is not None},
            keyed={
                p.external_id: Owner(id=p.id, sku=p.sku)
                for p in stored
                if p.external_id is not None
            },
            owners={c.key: Owner(id=p.id, sku=p.sku) for p in stored for c in p.barcodes},
            first_rows=dict(self.first_rows),
            units={"piece": Unit(PIECE, 0), "kg": Unit(KILOGRAM, 3)},
            decimals={PIECE: 0, KILOGRAM: 3},
            tax_rates={"none": TaxRate(UNTAXED, True), "old": TaxRate(FULL, False)},
            default_tax_rate=UNTAXED,
            currency="EUR",
            families={key: replace(family) for key, family in self.families.items()},
        )

    def take(
        self,
        rows: Sequence[ProductRow],
        codes: Sequence[BarcodeRow] = (),
        mode: Mode = Mode.UPSERT,
        additions: Sequence[AdditionRow] = (),
    ) -> Shop:
        """Decide and apply one chunk."""
        shelf = self.shelf()
        moved = frozenset(history_at_stake(rows, shelf)) & self.moved
        done = decide(
            rows, codes, additions, shelf=shelf, moved=moved, plan=plan(mode), ids=self.ids
        )
        for creation in done.created:
            self.products[creation.product.id] = creation.product
            self.outcomes[creation.row] = f"created {creation.opening}"
        for change in done.changed:
            self.products[change.product.id] = change.product
        for change in done.updated:
            self.outcomes[change.row] = f"updated {sorted(change.changes)}"
        for fault in done.faults:
            self.outcomes[fault.row] = f"{fault.column} {fault.code} {fault.expected}"
        self.warned += [(warning.row, warning.code) for warning in done.warnings]
        self.first_rows |= done.keys
        for family in done.families:
            stored = (family.name, family.options, family.images)
            self.families[family.key.lower()] = replace(family, before=stored)
        outcomes = (done.created, done.updated, done.faults, done.kept)
        assert sum(map(len, outcomes)) == len(rows)
        return self

    def seen(self) -> tuple[Any, ...]:
        """All but the identifiers, which a run hands out as it goes."""
        products = sorted(
            (
                replace(product, id=ProductId(int=0), category_id=None, family_id=None)
                for product in self.products.values()
            ),
            key=lambda product: product.sku_key,
        )
        families = {key: family.before for key, family in self.families.items()}
        return products, self.outcomes, self.warned, self.first_rows, families


KEYS = st.sampled_from(["a", "b", "c", "d"])
KIN: dict[str, st.SearchStrategy[Any]] = {
    "family_key": st.sampled_from([None, "f", "g"]),
    "family_name": st.sampled_from([None, "Pens", "Pots"]),
    "family_options": st.sampled_from([None, ("Colour",), ("Size",)]),
    "family_images": st.sampled_from([None, ("1",), ("2", "1")]),
    "images": st.sampled_from([None, ("3",), ("4", "3")]),
}
KIN_ALONE = st.fixed_dictionaries({}, optional=KIN)
VALUES = st.fixed_dictionaries(
    {},
    optional=KIN
    | {
        "price_micros": st.sampled_from([None, 1_000_000, 2_000_000]),
        "name": st.sampled_from([None, "Tea", "Pot"]),
        "external_id": st.sampled_from([None, "x", "y"]),
        "sku_derived": st.booleans(),
        "unit": st.sampled_from([None, "piece", "kg", "barrel"]),
        "tax_rate": st.sampled_from([None, "none", "old"]),
        "opening_quantity": st.sampled_from([None, 1000, 1500]),
        "cleared": st.sampled_from([0, clear_bit("description")]),
    },
)


@st.composite
def files(draw: st.DrawFn) -> tuple[list[ProductRow], list[BarcodeRow], set[int]]:
    """Rows that fight over few keys and codes, and where the file is cut."""
    own = st.lists(KEYS, max_size=2, unique=True)
    drawn = draw(st.lists(st.tuples(KEYS, VALUES, own), max_size=8))
    rows = [row(number, sku.upper(), **values) for number, (sku, values, _) in enumerate(drawn, 1)]
    codes = [
        (number, position, code, code)
        for number, (_, _, own) in enumerate(drawn, 1)
        for position, code in enumerate(own)
    ]
    return rows, codes, draw(st.sets(st.integers(0, max(len(rows), 1))))


@given(files(), files(), st.sampled_from(Mode))
def test_where_the_file_is_cut_does_not_show(
    earlier: tuple[list[ProductRow], list[BarcodeRow], set[int]],
    file: tuple[list[ProductRow], list[BarcodeRow], set[int]],
    mode: Mode,
) -> None:
    rows, codes, cuts = file
    whole, cut = Shop(), Shop()
    for shop in (whole, cut):
        shop.take(earlier[0], earlier[1])
        shop.first_rows.clear()
        shop.moved = frozenset(list(shop.products)[::2])

    whole.take(rows, codes, mode)
    for start, end in pairwise(sorted({0, len(rows), *(c for c in cuts if c < len(rows))})):
        part = rows[start:end]
        numbers = {one.row for one in part}
        cut.take(part, [code for code in codes if code[0] in numbers], mode)

    assert cut.seen() == whole.seen()


@given(files())
def test_the_same_file_again_changes_nothing(
    file: tuple[list[ProductRow], list[BarcodeRow], set[int]],
) -> None:
    rows, codes, _ = file
    shop = Shop().take(rows, codes)
    done = {number for number, told in shop.outcomes.items() if told.startswith("created")}
    again = [one for one in rows if one.row in done]
    before = shop.seen()[0]
    shop.first_rows.clear()
    shop.outcomes.clear()

    shop.take(again, [code for code in codes if code[0] in done])

    assert shop.seen()[0] == before
    assert shop.outcomes == {}


class TestRows:
    def test_a_new_product_needs_name_and_price(self) -> None:
        shop = Shop().take([row(1, "A", name=None), row(2, "B", price_micros=None)])

        assert shop.outcomes == {
            1: "name missing a name, which a new product needs",
            2: "price missing a price, which a new product needs",
        }
        assert shop.products == {}

    def test_a_row_that_failed_leaves_its_sku_to_the_next(self) -> None:
        shop = Shop().take([row(1, "A", unit="barrel"), row(2, "A"), row(3, "a")])

        assert shop.outcomes[1] == "unit unknown_unit one of kg, piece"
        assert shop.outcomes[2] == "created 0"
        assert shop.outcomes[3].startswith("sku duplicate_in_file")

    def test_a_derived_sku_finds_its_product_by_the_outer_key(self) -> None:
        shop = Shop().take([row(1, "MINE", external_id="handle/red")])
        shop.first_rows.clear()

        derived = row(1, "handle/red", external_id="handle/red", sku_derived=True, name="Red")
        shop.take([derived])

        [product] = shop.products.values()
        assert (product.sku, product.name) == ("MINE", "Red")
        assert product.search_text == "mine\nred"

    def test_what_has_moved_keeps_its_unit(self) -> None:
        shop = Shop().take([row(1, "A")])
        shop.first_rows.clear()
        shop.moved = frozenset(shop.products)

        shop.take([row(1, "A", unit="kg")])

        assert shop.outcomes[1].startswith("unit product_has_history")

    def test_an_opening_quantity_fits_the_unit(self) -> None:
        shop = Shop().take(
            [
                row(1, "A", opening_quantity=1500),
                row(2, "B", opening_quantity=1500, unit="kg", cost_micros=1),
                row(3, "C", opening_quantity=1000),
            ]
        )

        assert shop.outcomes[1].startswith("quantity too_many_decimals")
        assert (shop.outcomes[2], shop.outcomes[3]) == ("created 1500", "created 1000")
        assert shop.warned == [(3, "cost_unknown")]

    def test_attributes_are_patched(self) -> None:
        shop = Shop().take([row(1, "A", attributes='{"Colour": "red", "Size": "S"}')])
        shop.first_rows.clear()

        shop.take([row(1, "A", attributes='{"Size": null, "Fit": "slim"}')])

        [product] = shop.products.values()
        assert product.attributes == {"Colour": "red", "Fit": "slim"}
        assert shop.outcomes[1] == "updated ['attributes']"


@st.composite
def further_down(
    draw: st.DrawFn, values: st.SearchStrategy[dict[str, Any]] = VALUES
) -> list[ProductRow | AdditionRow]:
    """Rows, and below them records that add pictures or make products a family."""
    records: list[ProductRow | AdditionRow] = []
    above: Above | None = None
    for number in range(1, draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["row", "row", "picture", "family", "adoption"]))
        image = draw(st.sampled_from("123456"))
        key = draw(st.sampled_from("fg"))
        if kind == "row" or above is None:
            made = row(number, draw(KEYS), **draw(values))
            above = Above(number, made.sku_key, made.sku_derived, made.external_id)
            records.append(made)
        elif kind == "picture":
            records.append(addition(number, images=(image,), above=above))
        elif kind == "family":
            records.append(addition(number, family_key=key, family_images=(image,)))
        else:
            members = tuple(draw(st.lists(KEYS, max_size=3, unique=True)))
            records.append(addition(number, family_key=key, members=members, family_name="All"))
    return records


def read(shop: Shop, records: Sequence[ProductRow | AdditionRow]) -> Shop:
    rows = [record for record in records if isinstance(record, ProductRow)]
    additions = [record for record in records if isinstance(record, AdditionRow)]
    return shop.take(rows, additions=additions)


def unversioned(shop: Shop) -> tuple[Any, ...]:
    """What shows of a shop, but for how often and at once with what a product was written."""
    products, outcomes, *rest = shop.seen()
    told = {
        row: "updated" if text.startswith("updated") else text for row, text in outcomes.items()
    }
    return [replace(product, version=0) for product in products], told, *rest


@given(further_down(), further_down(), st.sets(st.integers(0, 9)))
def test_what_is_added_further_down_does_not_depend_on_where_the_file_is_cut(
    earlier: list[ProductRow | AdditionRow],
    file: list[ProductRow | AdditionRow],
    cuts: set[int],
) -> None:
    whole, cut = Shop(), Shop()
    for shop in (whole, cut):
        read(shop, earlier)
        shop.first_rows.clear()

    read(whole, file)
    for start, end in pairwise(sorted({0, len(file), *(c for c in cuts if c < len(file))})):
        read(cut, file[start:end])

    assert unversioned(cut) == unversioned(whole)


@given(further_down(KIN_ALONE))
def test_pictures_that_are_added_again_change_nothing(
    file: list[ProductRow | AdditionRow],
) -> None:
    shop = read(Shop(), file)
    products, *_, families = unversioned(shop)
    shop.first_rows.clear()

    read(shop, file)

    again, *_, same = unversioned(shop)
    assert ([product.images for product in again], same) == (
        [product.images for product in products],
        families,
    )


class TestFamilies:
    def test_a_row_that_fails_makes_no_family(self) -> None:
        shop = Shop().take([row(1, "A", family_key="f", price_micros=None)])

        assert shop.families == {}
        assert shop.first_rows == {}

    def test_the_first_row_of_a_family_tells_its_name_and_options(self) -> None:
        first = row(1, "A", family_key="f", family_name="Pens", family_options=("Colour",))
        shop = Shop().take(
            [
                first,
                row(2, "B", family_key="f"),
                row(3, "C", family_key="f", family_name="Pots"),
                row(4, "D", family_key="f", family_options=("Size",)),
            ]
        )

        assert shop.families["f"].before == ("Pens", ("Colour",), ())
        assert shop.warned == [(3, "family_differs"), (4, "family_differs")]
        assert {product.family for product in shop.products.values()} == {"F"}

    def test_without_a_name_a_family_is_called_by_its_key(self) -> None:
        assert Shop().take([row(1, "A", family_key="f")]).families["f"].name == "F"

    def test_pictures_join_those_there_are_up_to_fifty(self) -> None:
        many = tuple(str(number) for number in range(49))
        shop = Shop().take([row(1, "A", images=many, family_key="f", family_images=many)])
        shop.first_rows.clear()

        shop.take([row(1, "A", images=("1", "x", "y"), family_key="f", family_images=("z", "0"))])

        [product] = shop.products.values()
        assert product.images == (*many, "x")
        assert shop.families["f"].images == (*many, "z")
        assert shop.warned == [(1, "too_many_images")]

    def test_pictures_below_a_row_that_failed_go_to_no_other_product(self) -> None:
        above = Above(2, "a", sku_derived=False, external_id=None)
        shop = Shop().take(
            [row(1, "A"), row(2, "A")], additions=[addition(3, images=("x",), above=above)]
        )

        assert [product.images for product in shop.products.values()] == [()]

    def test_the_null_word_takes_a_product_out(self) -> None:
        shop = Shop().take([row(1, "A", family_key="f")])
        shop.first_rows.clear()
        shop.take([row(1, "A", cleared=clear_bit("family"))])

        [product] = shop.products.values()
        assert (product.family_id, product.family) == (None, None)
        assert shop.outcomes[1] == "updated ['family_id']"
