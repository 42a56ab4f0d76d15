"""From raw records to rows of the staging table, a column at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import ATTRIBUTES, BARCODES, NAME_LENGTH, SKU_LENGTH
from app.domain.common.text import fold, key
from app.domain.imports.additions import Further, additional_rows
from app.domain.imports.cells import Doubt, line_reader, read_attribute
from app.domain.imports.columns import folded, keys
from app.domain.imports.faults import CellRefused
from app.domain.imports.guard import restored
from app.domain.imports.numerals import PaddedNumeral
from app.domain.imports.parsed import BarcodeRow, ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.readers import product_readers
from app.domain.imports.records import Chunk

_DIGEST = 10
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def parse(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of product records; `carry` is that of the chunk before, empty at the start.

    Any division of a file into chunks gives the same rows, faults and warnings. All that the file
    alone can tell is checked here. What needs the shop or the rest of the file is checked by the
    import in its staging table:

    - a SKU, external id or barcode twice in the file: the row that comes first keeps it;
    - a barcode or external id that another product has, a unit or tax rate the shop does not have,
      a quantity with more places than the unit;
    - for a product to be created: that name and price are there; for mode create that there is no
      product yet, for mode update that there is one.

    A product is found by `sku_key`; for a derived SKU by `external_id` first.
    """
    return _Parsing(plan).run(chunk, carry)


def derived_sku(external_key: str) -> str:
    """Return the SKU of a product that has none: its external key, shortened by a digest."""
    text = " ".join(external_key.split())
    if len(text) <= SKU_LENGTH:
        return text
    digest = sha256(key(text).encode()).hexdigest()[:_DIGEST]
    return f"{text[: SKU_LENGTH - _DIGEST - 1]}-{digest}"


class _Parsing(RowParsing):
    """One chunk of products."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, product_readers(plan))
        self._barcodes: list[BarcodeRow] = []

    def run(self, chunk: Chunk, carry: Carry) -> ParsedChunk:
        pictured = bool(self.plan.columns("images"))
        arranged = self.arrange(chunk, carry.get("own", {}) if pictured else carry)
        rows = self._rows()
        failed = {fault.row for fault in self.faults}
        further = Further(rows, failed, carry.get("above") if pictured else None)
        return replace(
            self.parsed(chunk, rows),
            barcodes=[code for code in self._barcodes if code[0] not in failed],
            additions=additional_rows(arranged.additions, further, self.readers),
            carry={"own": arranged.carry, "above": further.last} if pictured else arranged.carry,
        )

    def _rows(self) -> list[tuple[object, ...]]:
        """Return the product rows in the order of `ProductRow`."""
        places = self.arranged.places
        external_ids = self.values("external_id")
        skus, derived = self._skus(external_ids)
        names = self.values("name")
        folds = folded(names)
        barcodes = self._codes()
        active = "discontinued" if "discontinued" in self.arranged.columns else "active"
        categories = self.values("category")
        tracks = self.values("tracks_stock")
        families = self.values("family")
        return list(
            zip(
                [row for row, _ in places],
                [line for _, line in places],
                skus,
                keys(skus),
                derived,
                external_ids,
                names,
                [name and name[:NAME_LENGTH] for name in folds],
                _search_texts(folded(skus), folds, barcodes),
                self.values("description"),
                [path and path[0] for path in categories],
                [path and path[1] for path in categories],
                self.values("unit"),
                self.values("tax_rate"),
                self.values("price"),
                self.values("cost"),
                tracks,
                self.values(active),
                [_json_codes(codes) for codes in barcodes],
                self._not_negative("reorder_point"),
                self._not_negative("reorder_quantity"),
                self._opening(tracks),
                self._attributes(),
                self.emptied(),
                families,
                keys(families),
                self.values("family_name"),
                self.values("family_options"),
                self._pictures("family_images"),
                self._pictures("images"),
                strict=True,
            )
        )

    def _skus(self, external_ids: list[str | None]) -> tuple[list[str | None], list[bool]]:
        """Return SKUs and which of them are derived; a row without any key is refused."""
        skus: list[str | None] = self.values("sku")
        if self.plan.format.sheet:
            self._warn_of_padding()
        derived = [False] * len(skus)
        if all(skus):
            return skus, derived
        header = self.plan.header_of("sku")
        outer = self.arranged.external_keys or [None] * len(skus)
        refused = {fault.row for fault in self.faults}
        read = line_reader("sku", most=SKU_LENGTH)
        for place, sku in enumerate(skus):
            if sku or self.arranged.places[place][0] in refused:
                continue
            text = (outer[place] or "").strip()
            if not text or text == self.plan.options.null_word:
                self.refuse(place, header, "", CellRefused("missing", "a SKU"))
                continue
            try:
                skus[place] = read(derived_sku(text))
            except CellRefused as refusal:
                self.refuse(place, header, text, refusal)
                continue
            derived[place] = True
            external_ids[place] = external_ids[place] or text
            self.warn(place, header, "", Doubt(None, "sku_derived", f"a SKU; {skus[place]} is"
                                                " made of the key of the row"))  # fmt: skip
        return skus, derived

    def _warn_of_padding(self) -> None:
        """Warn of SKUs that show leading zeros in the workbook, which the number does not have."""
        for header, cells in self.arranged.columns.get("sku", []):
            for place, cell in enumerate(cells):
                if isinstance(cell, PaddedNumeral):
                    expected = f"text; the cell is a number, so that the SKU is {cell}"
                    self.warn(place, header, cell, Doubt(None, "numeric_cell", expected))

    def _codes(self) -> list[tuple[Barcode, ...] | None]:
        """Return the barcodes of each row, over all columns that hold some."""
        columns = self.arranged.columns.get("barcodes", [])
        merged: list[tuple[Barcode, ...] | None] = [None] * len(self.arranged.places)
        for nth, (header, cells) in enumerate(columns):
            values = self.note("barcodes", header, cells, self.readers["barcodes"].column(cells))
            if nth == 0:
                merged = values
                continue
            for place, codes in enumerate(values):
                if codes:
                    merged[place] = _union(merged[place] or (), codes)
        for place, codes in enumerate(merged):
            if codes:
                row = self.arranged.places[place][0]
                for position, code in enumerate(codes):
                    self._barcodes.append((row, position, code.code, code.key))
                if len(codes) > BARCODES:
                    refusal = CellRefused(
                        "too_many", f"at most {BARCODES} codes", most=BARCODES, actual=len(codes)
                    )
                    self.refuse(place, columns[0][0], columns[0][1][place], refusal)
        return merged

    def _pictures(self, name: str) -> list[tuple[str, ...] | None]:
        """Return the addresses of each row, over all columns that hold some."""
        merged: list[tuple[str, ...] | None] = [None] * len(self.arranged.places)
        for header, cells in self.arranged.columns.get(name, []):
            if not any(cells):
                continue
            values = self.note(name, header, cells, self.readers[name].column(cells))
            merged = [
                tuple(dict.fromkeys((*(known or ()), *more))) if more else known
                for known, more in zip(merged, values, strict=True)
            ]
        return merged

    def _not_negative(self, name: str) -> list[int | None]:
        values: list[int | None] = self.values(name)
        for place, value in enumerate(values):
            if value is not None and value < 0:
                header, cells = self.arranged.columns[name][0]
                refusal = CellRefused("negative", "a quantity that is not negative")
                self.refuse(place, header, cells[place], refusal)
        return values

    def _opening(self, tracks: Sequence[bool | None]) -> list[int | None]:
        """Return opening quantities; a negative one, or one that is not counted, is nothing."""
        values: list[int | None] = self.values("quantity")
        for place, value in enumerate(values):
            if not value:
                values[place] = None
            elif value < 0 or tracks[place] is False:
                header, cells = self.arranged.columns["quantity"][0]
                doubt = (
                    Doubt(None, "negative_quantity", "0 or more; it counts as 0")
                    if value < 0
                    else Doubt(None, "quantity_ignored", "none: its stock is not counted")
                )
                self.warn(place, header, cells[place], doubt)
                values[place] = None
        return values

    def _attributes(self) -> list[str | None]:
        """Return the attributes as JSON; the same pairs are read once in a chunk."""
        rows = self.arranged.attributes
        if rows is None:
            return [None] * len(self.arranged.places)
        memo: dict[tuple[tuple[str, str], ...], str | list[tuple[int, CellRefused]] | None] = {}
        texts: list[str | None] = []
        for place, pairs in enumerate(rows):
            if pairs not in memo:
                memo[pairs] = _read_attributes(pairs, null_word=self.plan.options.null_word)
            read = memo[pairs]
            if isinstance(read, list):
                for index, refusal in read:
                    header = self.arranged.attribute_headers[index]
                    self.refuse(place, header, pairs[index][1], refusal)
                read = None
            texts.append(read)
        return texts


def _union(codes: tuple[Barcode, ...], more: Iterable[Barcode]) -> tuple[Barcode, ...]:
    found = {code.key: code for code in codes}
    for code in more:
        found.setdefault(code.key, code)
    return tuple(found.values())


def _json_codes(codes: Sequence[Barcode] | None) -> str | None:
    if not codes:
        return None
    if len(codes) == 1 and codes[0].code.isalnum():
        return f'["{codes[0].code}"]'
    return _encode([code.code for code in codes])


def _search_texts(
    skus: Sequence[str | None],
    names: Sequence[str | None],
    barcodes: Sequence[Sequence[Barcode] | None],
) -> list[str | None]:
    """Return what `fields.search_text` gives, from parts that are folded already."""
    return [
        f"{sku}\n{name}" + _folded_codes(codes) if codes else f"{sku}\n{name}" if name else None
        for sku, name, codes in zip(skus, names, barcodes, strict=True)
    ]


def _folded_codes(codes: Sequence[Barcode]) -> str:
    # A key that differs from its code is that of a trade item number, and both are digits.
    return "".join(
        [
            f"\n{fold(code.code)}" if code.key == code.code else f"\n{code.code}\n{code.key}"
            for code in codes
        ]
    )


def _read_attributes(
    pairs: Sequence[tuple[str, str]], *, null_word: str | None
) -> str | list[tuple[int, CellRefused]] | None:
    """Return the JSON of the pairs that say something, or what is wrong at which place."""
    patch: dict[str, str | None] = {}
    wrong: list[tuple[int, CellRefused]] = []
    for index, (name, cell) in enumerate(pairs):
        text = cell.strip()
        if not name.strip() or not text:
            continue
        try:
            label, value = read_attribute(name, restored(text))
            patch[label] = None if text == null_word else value
        except CellRefused as refusal:
            wrong.append((index, refusal))
    if len(patch) > ATTRIBUTES:
        expected = f"at most {ATTRIBUTES} attributes"
        wrong.append((0, CellRefused("too_many", expected, most=ATTRIBUTES, actual=len(patch))))
    if wrong:
        return wrong
    return _encode(patch) if patch else None
