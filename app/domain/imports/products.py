"""From raw records to rows of the staging table, a column at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import ATTRIBUTES, BARCODES, NAME_LENGTH, SKU_LENGTH
from app.domain.common.text import fold, key
from app.domain.imports.additions import Further, additional_rows
from app.domain.imports.cells import Doubt, line_reader, read_attribute
from app.domain.imports.columns import Column, folded, keys
from app.domain.imports.faults import CellRefused, Fault, shortened
from app.domain.imports.fields import clear_bit
from app.domain.imports.guard import restored
from app.domain.imports.numerals import PaddedNumeral
from app.domain.imports.parsed import BarcodeRow, ParsedChunk
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Arranged, Carry, Unfit
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.readers import product_readers
from app.domain.imports.records import Chunk, Record

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


class _Parsing:
    """One chunk; its faults and warnings gather here."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._readers = product_readers(plan)
        self._preset = preset_named(plan.preset)
        self._faults: list[Fault] = []
        self._warnings: list[Fault] = []
        self._barcodes: list[BarcodeRow] = []
        self._cleared: dict[int, int] = {}
        self._arranged = Arranged(places=[], columns={})

    def run(self, chunk: Chunk, carry: Carry) -> ParsedChunk:
        full, blank = self._full_width(chunk.records)
        for broken in chunk.malformed:
            self._faults.append(
                Fault(
                    broken.number,
                    broken.line,
                    None,
                    broken.code,
                    shortened(broken.text),
                    broken.expected,
                )
            )
        pictured = bool(self._plan.columns("images"))
        own: Carry = carry.get("own", {}) if pictured else carry
        self._arranged = arranged = self._preset.arrange(full, self._plan, own)
        self._faults.extend(_unfit(unfit) for unfit in arranged.unfit)
        self._warnings.extend(_unfit(unfit) for unfit in arranged.doubts)
        rows = self._rows()
        failed = {fault.row for fault in self._faults}
        further = Further(rows, failed, carry.get("above") if pictured else None)
        return ParsedChunk(
            records=len(chunk.records) + len(chunk.malformed),
            rows=[row for row in rows if row[0] not in failed] if failed else rows,
            barcodes=[code for code in self._barcodes if code[0] not in failed],
            faults=sorted(self._faults, key=lambda fault: fault.row),
            warnings=sorted(
                (fault for fault in self._warnings if fault.row not in failed),
                key=lambda fault: fault.row,
            ),
            blank=blank,
            continuation=arranged.continuation,
            additions=additional_rows(arranged.additions, further, self._readers),
            carry={"own": arranged.carry, "above": further.last} if pictured else arranged.carry,
        )

    def _full_width(self, records: Sequence[Record]) -> tuple[list[Record], list[int]]:
        """Return the records with a cell for each header, and the numbers of the blank ones."""
        width = len(self._plan.format.header)
        full: list[Record] = []
        blank: list[int] = []
        for record in records:
            row, line, cells = record
            text = "".join(cells)
            if not text or text.isspace():
                blank.append(row)
            elif len(cells) == width:
                full.append(record)
            else:
                few = len(cells) < width
                self._faults.append(
                    Fault(
                        row,
                        line,
                        None,
                        "too_few_cells" if few else "too_many_cells",
                        shortened(self._plan.format.delimiter.join(cells)),
                        f"{width} cells, one for each header; there are {len(cells)}",
                        most=width,
                        actual=len(cells),
                    )
                )
        return full, blank

    def _rows(self) -> list[tuple[object, ...]]:
        """Return the product rows in the order of `ProductRow`."""
        places = self._arranged.places
        external_ids = self._values("external_id")
        skus, derived = self._skus(external_ids)
        names = self._values("name")
        folds = folded(names)
        barcodes = self._codes()
        active = "discontinued" if "discontinued" in self._arranged.columns else "active"
        categories = self._values("category")
        tracks = self._values("tracks_stock")
        families = self._values("family")
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
                self._values("description"),
                [path and path[0] for path in categories],
                [path and path[1] for path in categories],
                self._values("unit"),
                self._values("tax_rate"),
                self._values("price"),
                self._values("cost"),
                tracks,
                self._values(active),
                [_json_codes(codes) for codes in barcodes],
                self._not_negative("reorder_point"),
                self._not_negative("reorder_quantity"),
                self._opening(tracks),
                self._attributes(),
                [self._cleared.get(place, 0) for place in range(len(places))],
                families,
                keys(families),
                self._values("family_name"),
                self._values("family_options"),
                self._pictures("family_images"),
                self._pictures("images"),
                strict=True,
            )
        )

    def _values(self, name: str) -> list[Any]:
        """Return the values of a field of at most one column; faults and warnings are noted."""
        found = self._arranged.columns.get(name)
        if not found:
            return [None] * len(self._arranged.places)
        header, cells = found[0]
        return self._note(name, header, cells, self._readers[name].column(cells))

    def _note(
        self, name: str, header: str | None, cells: Sequence[str], column: Column
    ) -> list[Any]:
        for place, refusal in column.refused:
            self._refuse(place, header, cells[place], refusal)
        for place, doubt in column.doubts:
            self._warn(place, header, cells[place], doubt)
        for place in column.cleared:
            self._cleared[place] = self._cleared.get(place, 0) | clear_bit(name)
        return column.values

    def _refuse(self, place: int, header: str | None, cell: str, refusal: CellRefused) -> None:
        row, line = self._arranged.places[place]
        self._faults.append(
            Fault(
                row,
                line,
                header,
                refusal.reason,
                shortened(cell),
                refusal.detail,
                most=refusal.most,
                actual=refusal.actual,
            )
        )

    def _warn(self, place: int, header: str | None, cell: str, doubt: Doubt) -> None:
        row, line = self._arranged.places[place]
        self._warnings.append(Fault(row, line, header, doubt.code, shortened(cell), doubt.expected))

    def _skus(self, external_ids: list[str | None]) -> tuple[list[str | None], list[bool]]:
        """Return SKUs and which of them are derived; a row without any key is refused."""
        skus: list[str | None] = self._values("sku")
        if self._plan.format.sheet:
            self._warn_of_padding()
        derived = [False] * len(skus)
        if all(skus):
            return skus, derived
        header = self._plan.header_of("sku")
        outer = self._arranged.external_keys or [None] * len(skus)
        refused = {fault.row for fault in self._faults}
        read = line_reader("sku", most=SKU_LENGTH)
        for place, sku in enumerate(skus):
            if sku or self._arranged.places[place][0] in refused:
                continue
            text = (outer[place] or "").strip()
            if not text or text == self._plan.options.null_word:
                self._refuse(place, header, "", CellRefused("missing", "a SKU"))
                continue
            try:
                skus[place] = read(derived_sku(text))
            except CellRefused as refusal:
                self._refuse(place, header, text, refusal)
                continue
            derived[place] = True
            external_ids[place] = external_ids[place] or text
            self._warn(place, header, "", Doubt(None, "sku_derived", f"a SKU; {skus[place]} is"
                                                " made of the key of the row"))  # fmt: skip
        return skus, derived

    def _warn_of_padding(self) -> None:
        """Warn of SKUs that show leading zeros in the workbook, which the number does not have."""
        for header, cells in self._arranged.columns.get("sku", []):
            for place, cell in enumerate(cells):
                if isinstance(cell, PaddedNumeral):
                    expected = f"text; the cell is a number, so that the SKU is {cell}"
                    self._warn(place, header, cell, Doubt(None, "numeric_cell", expected))

    def _codes(self) -> list[tuple[Barcode, ...] | None]:
        """Return the barcodes of each row, over all columns that hold some."""
        columns = self._arranged.columns.get("barcodes", [])
        merged: list[tuple[Barcode, ...] | None] = [None] * len(self._arranged.places)
        for nth, (header, cells) in enumerate(columns):
            values = self._note("barcodes", header, cells, self._readers["barcodes"].column(cells))
            if nth == 0:
                merged = values
                continue
            for place, codes in enumerate(values):
                if codes:
                    merged[place] = _union(merged[place] or (), codes)
        for place, codes in enumerate(merged):
            if codes:
                row = self._arranged.places[place][0]
                for position, code in enumerate(codes):
                    self._barcodes.append((row, position, code.code, code.key))
                if len(codes) > BARCODES:
                    refusal = CellRefused(
                        "too_many", f"at most {BARCODES} codes", most=BARCODES, actual=len(codes)
                    )
                    self._refuse(place, columns[0][0], columns[0][1][place], refusal)
        return merged

    def _pictures(self, name: str) -> list[tuple[str, ...] | None]:
        """Return the addresses of each row, over all columns that hold some."""
        merged: list[tuple[str, ...] | None] = [None] * len(self._arranged.places)
        for header, cells in self._arranged.columns.get(name, []):
            if not any(cells):
                continue
            values = self._note(name, header, cells, self._readers[name].column(cells))
            merged = [
                tuple(dict.fromkeys((*(known or ()), *more))) if more else known
                for known, more in zip(merged, values, strict=True)
            ]
        return merged

    def _not_negative(self, name: str) -> list[int | None]:
        values: list[int | None] = self._values(name)
        for place, value in enumerate(values):
            if value is not None and value < 0:
                header, cells = self._arranged.columns[name][0]
                refusal = CellRefused("negative", "a quantity that is not negative")
                self._refuse(place, header, cells[place], refusal)
        return values

    def _opening(self, tracks: Sequence[bool | None]) -> list[int | None]:
        """Return opening quantities; a negative one, or one that is not counted, is nothing."""
        values: list[int | None] = self._values("quantity")
        for place, value in enumerate(values):
            if not value:
                values[place] = None
            elif value < 0 or tracks[place] is False:
                header, cells = self._arranged.columns["quantity"][0]
                doubt = (
                    Doubt(None, "negative_quantity", "0 or more; it counts as 0")
                    if value < 0
                    else Doubt(None, "quantity_ignored", "none: its stock is not counted")
                )
                self._warn(place, header, cells[place], doubt)
                values[place] = None
        return values

    def _attributes(self) -> list[str | None]:
        """Return the attributes as JSON; the same pairs are read once in a chunk."""
        rows = self._arranged.attributes
        if rows is None:
            return [None] * len(self._arranged.places)
        memo: dict[tuple[tuple[str, str], ...], str | list[tuple[int, CellRefused]] | None] = {}
        texts: list[str | None] = []
        for place, pairs in enumerate(rows):
            if pairs not in memo:
                memo[pairs] = _read_attributes(pairs, null_word=self._plan.options.null_word)
            read = memo[pairs]
            if isinstance(read, list):
                for index, refusal in read:
                    header = self._arranged.attribute_headers[index]
                    self._refuse(place, header, pairs[index][1], refusal)
                read = None
            texts.append(read)
        return texts


def _unfit(unfit: Unfit) -> Fault:
    return Fault(
        unfit.row, unfit.line, unfit.column, unfit.code, shortened(unfit.value), unfit.expected
    )


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
