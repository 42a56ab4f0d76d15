"""The shop as it should be, in plain Python: no database, and no code shared with the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

MAIN = "00000000000000000000000001"
MILLE = 1000
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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
    fulfilled: Counter[int] = field(default_factory=Counter)
    until: datetime | None = None

    @property
    def total(self) -> int:
        return sum(
            rounded(Fraction(line.product.price * line.change, MILLE)) for line in self.lines
        )

    def costs(self) -> list[int | None]:
        """Return what each line cost: what its goods were worth, or what the catalog says.

        Of a sale without a number only the goods that left have a cost.
        """
        return [
            self._cost(index, line)
            if self.number or (self.fulfilled[index] and line.product.tracked)
            else None
            for index, line in enumerate(self.lines)
        ]

    def rests(self, *, tracked: bool = True) -> dict[int, int]:
        """Return what of each line still has to leave; all lines, or those with stock to take."""
        rests = {n: line.change - self.fulfilled[n] for n, line in enumerate(self.lines)}
        if not tracked:
            return rests
        return {n: rest for n, rest in rests.items() if rest and self.lines[n].product.tracked}

    def taking(self, parts: dict[int, int]) -> tuple[Line, ...]:
        return tuple(Line(self.lines[index].product, -part) for index, part in parts.items())

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


@dataclass
class Kept:
    """Goods that are kept at a place: for a line of a sale, or for anybody."""

    product: Product
    place: str
    remaining: int
    until: datetime | None
    sale: Sale | None = None
    line: int = 0


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
    # Of which places a posted count speaks: what is told of long before leaves them as they are.
    counted: set[tuple[str, str]] = field(default_factory=set)
    closed_through: date | None = None
    numbers: Counter[str] = field(default_factory=Counter)
    kept: dict[str, Kept] = field(default_factory=dict)
    now: datetime = LONG_AGO

    def number(self, series: str) -> int:
        self.numbers[series] += 1
        return self.numbers[series]

    def shortages(
        self,
        lines: tuple[Line, ...],
        place: str,
        *,
        besides: Sale | None = None,
        fact: bool = False,
    ) -> list[Shortage]:
        """Return product, place, asked and available, in the order of the products.

        What is kept for others than the sale is not there, unless goods are gone as a fact.
        """
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line.product.id] -= line.change
        reach = {
            product: self.levels[product, place]
            - (0 if fact else self.kept_at(product, place, besides=besides))
            for product in wanted
        }
        return [
            (product, place, asked, reach[product])
            for product, asked in sorted(wanted.items())
            if asked > reach[product]
        ]

    # What is kept

    def is_live(self, kept: Kept) -> bool:
        return kept.until is None or kept.until > self.now

    def kept_at(self, product: str, place: str, *, besides: Sale | None = None) -> int:
        return sum(
            kept.remaining
            for kept in self.kept.values()
            if (kept.product.id, kept.place) == (product, place)
            and self.is_live(kept)
            and (besides is None or kept.sale is not besides)
        )

    def keep(
        self,
        key: str,
        product: Product,
        place: str,
        remaining: int,
        *,
        until: datetime | None,
        sale: Sale | None = None,
        line: int = 0,
    ) -> None:
        self.kept[key] = Kept(product, place, remaining, until, sale, line)

    def end_lapsed(self, places: Collection[tuple[str, str]]) -> None:
        """Give up what is past its time where somebody takes or reserves."""
        self.kept = {
            key: kept
            for key, kept in self.kept.items()
            if self.is_live(kept) or (kept.product.id, kept.place) not in places
        }

    def held(self, sale: Sale) -> dict[int, int]:
        """Return what is kept now for the lines of a sale."""
        return {
            kept.line: kept.remaining
            for kept in self.kept.values()
            if kept.sale is sale and self.is_live(kept)
        }

    def lacks(self, sale: Sale) -> bool:
        held = self.held(sale)
        return sale.status == "confirmed" and any(
            held.get(index, 0) < rest for index, rest in sale.rests().items()
        )

    def hold(self, sale: Sale, wanted: dict[int, int]) -> None:
        """Keep this for the lines of a sale, and nothing else."""
        self.end_lapsed(
            {(line.product.id, sale.place) for line in sale.lines if line.product.tracked}
        )
        for index, line in enumerate(sale.lines):
            key = f"{sale.id}/{index}"
            if not wanted.get(index):
                self.kept.pop(key, None)
            else:
                # What is there already keeps its turn.
                self.keep(
                    key, line.product, sale.place, wanted[index],
                    until=sale.until, sale=sale, line=index,
                )  # fmt: skip

    def lacking(self, sale: Sale, parts: dict[int, int]) -> list[Shortage]:
        """Return what is not there for parts of a sale, whose lines take what is kept for them."""
        tracked = {n: part for n, part in parts.items() if sale.lines[n].product.tracked}
        wanted: Counter[str] = Counter()
        for index, part in tracked.items():
            wanted[sale.lines[index].product.id] += part
        return [
            (product, sale.place, asked, self.reach(sale, tracked, product))
            for product, asked in sorted(wanted.items())
            if asked > self.reach(sale, tracked, product)
        ]

    def reach(self, sale: Sale, parts: dict[int, int], product: str) -> int:
        held = self.held(sale)
        own = sum(
            min(part, held.get(index, 0))
            for index, part in parts.items()
            if sale.lines[index].product.id == product
        )
        return self.levels[product, sale.place] - self.kept_at(product, sale.place) + own

    def consume(self, sale: Sale, parts: dict[int, int]) -> None:
        self.end_lapsed({(sale.lines[n].product.id, sale.place) for n in parts})
        for index, part in parts.items():
            kept = self.kept.get(f"{sale.id}/{index}")
            if kept is not None:
                kept.remaining -= min(kept.remaining, part)
                if not kept.remaining:
                    del self.kept[f"{sale.id}/{index}"]

    def shrink(self, lines: tuple[Line, ...], place: str) -> None:
        """Let the newest go without what a place can no longer keep, after goods were lost."""
        change: Counter[str] = Counter()
        for line in lines:
            change[line.product.id] += line.change
        lost = {product for product, moved in change.items() if moved < 0}
        self.end_lapsed({(product, place) for product in lost})
        for product in lost:
            beyond = self.kept_at(product, place) - self.levels[product, place]
            for key, kept in reversed(list(self.kept.items())):
                if beyond > 0 and (kept.product.id, kept.place) == (product, place):
                    gone = min(beyond, kept.remaining)
                    beyond -= gone
                    kept.remaining -= gone
                    if not kept.remaining:
                        del self.kept[key]

    def hand_over(self, sale: Sale, parts: dict[int, int]) -> None:
        """Let parts of an order leave, all of which are there."""
        tracked = {
            index: parts[index]
            for index, line in enumerate(sale.lines)
            if line.product.tracked and parts.get(index)
        }
        self.consume(sale, tracked)
        for index, part in tracked.items():
            product = sale.lines[index].product
            value = product.leave(part)
            self.levels[product.id, sale.place] -= part
            sale.moved.append(Moved(product, index, part, value, drawn=False))
        self.movements += len(tracked)

    # What moves

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

    def find_late(self, sale: Sale, rests: dict[int, int]) -> dict[str, tuple[int, int]]:
        """Let counts give what a late sale takes; returns quantity and value by product."""
        wanted: Counter[str] = Counter()
        for index, rest in rests.items():
            wanted[sale.lines[index].product.id] += rest
        found: dict[str, tuple[int, int]] = {}
        for product_id, asked in wanted.items():
            if sale.day is not None and (product_id, sale.place) in self.counted:
                product = self.products[product_id]
                found[product_id] = (asked, rounded(product.average() * asked))
                product.enter(*found[product_id])
                self.levels[product_id, sale.place] += asked
                self.movements += 1
        return found

    def take_late(self, line: Line, place: str) -> None:
        """Take what came in long ago out of the count that has counted it since."""
        if (line.product.id, place) in self.counted:
            line.product.leave(line.change)
            self.levels[line.product.id, place] -= line.change
            self.movements += 1

    def complete(self, sale: Sale, *, series: str = "S") -> None:
        """Take the goods of a sale, the shortfall out of nowhere, from the last lines on."""
        rests, before = sale.rests(), len(sale.moved)
        sold = [(index, sale.lines[index]) for index in rests]
        found = self.find_late(sale, rests)
        averages = {line.product.id: line.product.average() for _, line in sold}
        left = {line.product.id: self.reach(sale, rests, line.product.id) for _, line in sold}
        self.consume(sale, rests)
        for index, line in sold:
            product = line.product
            held = min(rests[index], left[product.id])
            lacking = rests[index] - held
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
        for product_id, last in found.items():
            self.products[product_id].last = last
        self.movements += len(sale.moved) - before
        sale.needs_attention = any(moved.drawn for moved in sale.moved)
        sale.status, sale.number = "completed", self.number(series)

    def void(self, sale: Sale, *, goods_back: bool) -> None:
        if sale.status == "confirmed":
            self.hold(sale, {})
        if goods_back:
            back = sale.left()
            for moved in back:
                if moved.drawn:
                    self.drawn[moved.product.id] -= moved.quantity
                    self.short[moved.product.id, sale.place] -= moved.quantity
                    self.short_value[moved.product.id, sale.place] -= moved.value
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
