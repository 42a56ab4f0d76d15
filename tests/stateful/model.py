"""The shop as it should be, in plain Python: no database, and no code shared with the program."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

MAIN = "00000000000000000000000001"
MILLE = 1000


def rounded(exact: Fraction) -> int:
    """Half away from zero; nothing here is negative."""
    return int(exact + Fraction(1, 2))


@dataclass
class Product:
    """Quantities in thousandths, money in cents; `last` is what moved last, and at what value."""

    id: str
    sku: str
    price: int
    cost: int | None
    whole: bool
    tracked: bool
    active: bool = True
    version: int = 1
    quantity: int = 0
    value: int = 0
    last: tuple[int, int] | None = None

    def average(self) -> Fraction:
        """Return the value of a thousandth: of what is held, of the last move, of the catalog."""
        if self.quantity:
            return Fraction(self.value, self.quantity)
        if self.last is not None:
            return Fraction(self.last[1], self.last[0])
        return Fraction(self.cost or 0, MILLE)

    def enter(self, quantity: int, value: int) -> None:
        self.quantity += quantity
        self.value += value
        self.last = (quantity, value)

    def leave(self, quantity: int) -> int:
        value = rounded(Fraction(self.value, self.quantity) * quantity)
        self.quantity -= quantity
        self.value -= value
        self.last = (quantity, value)
        return value


@dataclass(frozen=True)
class Line:
    """`change` is signed; `cost` is what the whole line is worth, None for the average."""

    product: Product
    change: int
    cost: int | None = None


@dataclass(frozen=True)
class Moved:
    """Goods of a sale that left: from the shelf, or out of nowhere if `drawn`."""

    product: Product
    line: int
    quantity: int
    value: int
    drawn: bool


@dataclass
class Sale:
    id: str
    place: str
    lines: tuple[Line, ...]
    version: int = 1
    status: str = "draft"
    number: int | None = None
    needs_attention: bool = False
    moved: list[Moved] = field(default_factory=list)
    returned: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(
            rounded(Fraction(line.product.price * line.change, MILLE)) for line in self.lines
        )

    def costs(self) -> list[int | None]:
        """Return what each line cost: what its goods were worth, or what the catalog says."""
        return [self._cost(index, line) for index, line in enumerate(self.lines)]

    def _cost(self, index: int, line: Line) -> int | None:
        if line.product.tracked:
            return sum(moved.value for moved in self.moved if moved.line == index)
        if line.product.cost is None:
            return None
        return rounded(Fraction(line.product.cost * line.change, MILLE))


Shortage = tuple[str, str, int, int]


@dataclass
class Shop:
    products: dict[str, Product] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    places: list[str] = field(default_factory=lambda: [MAIN])
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    # By product and place: what was sold there beyond the books, and at what value.
    short: Counter[tuple[str, str]] = field(default_factory=Counter)
    short_value: Counter[tuple[str, str]] = field(default_factory=Counter)
    movements: int = 0
    numbers: Counter[str] = field(default_factory=Counter)

    def number(self, series: str) -> int:
        self.numbers[series] += 1
        return self.numbers[series]

    def shortages(self, lines: tuple[Line, ...], place: str) -> list[Shortage]:
        """Return product, place, asked and available, in the order of the products."""
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line.product.id] -= line.change
        return [
            (product, place, asked, self.levels[product, place])
            for product, asked in sorted(wanted.items())
            if asked > self.levels[product, place]
        ]

    def post(self, lines: tuple[Line, ...], place: str) -> list[int]:
        """Move the goods of a document and return the value of each line; there is enough."""
        values: dict[int, int] = {}
        for index, line in enumerate(lines):
            if line.change > 0:
                worth = rounded(line.product.average() * line.change)
                values[index] = worth if line.cost is None else line.cost
                line.product.enter(line.change, values[index])
        for index, line in enumerate(lines):
            if line.change < 0:
                values[index] = line.product.leave(-line.change)
            self.levels[line.product.id, place] += line.change
        for index, line in enumerate(lines):
            # The ledger holds the lines in their order, whatever was valued first.
            line.product.last = (abs(line.change), values[index])
        self.movements += len(lines)
        return [values[index] for index in range(len(lines))]

    def complete(self, sale: Sale) -> None:
        """Take the goods of a sale, the shortfall out of nowhere, from the last lines on."""
        sold = [(i, line) for i, line in enumerate(sale.lines) if line.product.tracked]
        averages = {line.product.id: line.product.average() for _, line in sold}
        left = {line.product.id: self.levels[line.product.id, sale.place] for _, line in sold}
        for index, line in sold:
            product = line.product
            held = min(line.change, left[product.id])
            lacking = line.change - held
            left[product.id] -= held
            if held:
                value = product.leave(held)
                self.levels[product.id, sale.place] -= held
                sale.moved.append(Moved(product, index, held, value, drawn=False))
            if lacking:
                value = rounded(averages[product.id] * lacking)
                product.last = (lacking, value)
                self.drawn[product.id] += lacking
                self.short[product.id, sale.place] += lacking
                self.short_value[product.id, sale.place] += value
                sale.moved.append(Moved(product, index, lacking, value, drawn=True))
        self.movements += len(sale.moved)
        sale.needs_attention = any(moved.drawn for moved in sale.moved)
        sale.status, sale.number = "completed", self.number("S")

    def void(self, sale: Sale, *, goods_back: bool) -> None:
        if sale.status == "completed" and goods_back:
            for moved in sale.moved:
                if moved.drawn:
                    self.drawn[moved.product.id] -= moved.quantity
                    self.short[moved.product.id, sale.place] -= moved.quantity
                    self.short_value[moved.product.id, sale.place] -= moved.value
                    moved.product.last = (moved.quantity, moved.value)
                else:
                    self.levels[moved.product.id, sale.place] += moved.quantity
                    moved.product.enter(moved.quantity, moved.value)
            self.movements += len(sale.moved)
            sale.needs_attention = False
        sale.status = "voided"
        sale.version += 1
