"""The shop as it should be, in plain Python: no database, and no code shared with the program."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
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
    # When it counts in the books; None for today.
    day: date | None = None
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

    def left(self) -> list[Moved]:
        """Return what did not come back by returns: what was drawn out of nowhere goes first."""
        found: list[Moved] = []
        for index, (line, cost) in enumerate(zip(self.lines, self.costs(), strict=True)):
            moved = [one for one in self.moved if one.line == index]
            back = self.returned[index]
            if not back:
                found += moved
                continue
            left = sum(one.quantity for one in moved) - back
            value = (cost or 0) - rounded(Fraction((cost or 0) * back, line.change))
            for one in sorted(moved, key=lambda one: not one.drawn):
                taken = min(left, one.quantity)
                if taken:
                    part = min(rounded(Fraction(one.value * taken, one.quantity)), value)
                    worth = value if taken == left else part
                    left, value = left - taken, value - worth
                    found.append(replace(one, quantity=taken, value=worth))
        return found


Shortage = tuple[str, str, int, int]


@dataclass
class Shop:
    products: dict[str, Product] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    places: list[str] = field(default_factory=lambda: [MAIN])
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    movements: int = 0
    closed_through: date | None = None
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

    def closed(self, day: date | None) -> bool:
        """Tell whether the books of a day are closed; those of today never are."""
        return day is not None and self.closed_through is not None and day <= self.closed_through

    def tell(self, sale: Sale) -> None:
        """Take a sale of an earlier day: if that is closed it counts on the first open one."""
        if self.closed(sale.day) and self.closed_through is not None:
            sale.day = self.closed_through + timedelta(days=1)
        self.complete(sale, series="S-2020")

    def complete(self, sale: Sale, *, series: str = "S") -> None:
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
                sale.moved.append(Moved(product, index, lacking, value, drawn=True))
        self.movements += len(sale.moved)
        sale.needs_attention = any(moved.drawn for moved in sale.moved)
        sale.status, sale.number = "completed", self.number(series)

    def void(self, sale: Sale, *, goods_back: bool) -> None:
        if sale.status == "completed" and goods_back:
            back = sale.left()
            for moved in back:
                if moved.drawn:
                    self.drawn[moved.product.id] -= moved.quantity
                    moved.product.last = (moved.quantity, moved.value)
                else:
                    self.levels[moved.product.id, sale.place] += moved.quantity
                    moved.product.enter(moved.quantity, moved.value)
            self.movements += len(back)
            drawn, made_good = (
                sum(moved.quantity for moved in some if moved.drawn) for some in (sale.moved, back)
            )
            sale.needs_attention = drawn != made_good
        sale.status = "voided"
        sale.version += 1
