"""What the demo shop sells. Invented throughout: no maker, no brand, no real article number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# GS1 leaves numbers that begin with 20 to 29 to each shop, so none can meet a real article.
_IN_STORE = "20"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Price and cost are decimal texts per unit; the cost of what is not stocked is None."""

    sku: str
    name: str
    department: str
    shelf: str
    unit: str
    price: str
    cost: str | None
    reduced: bool
    barcode: str


# Department / shelf, SKU prefix, tax; below it: name | price | cost [| unit, piece if not said].
# A cost of - marks a service, of which there is no stock.
_RANGE = """
Food / Pantry | PAN | reduced
Wheat flour 1 kg | 1.19 | 0.62
Wholemeal flour 1 kg | 1.49 | 0.81
Cane sugar 1 kg | 1.69 | 0.98
Sea salt 500 g | 0.99 | 0.41
Long-grain rice 1 kg | 2.49 | 1.38
Spaghetti 500 g | 1.29 | 0.66
Penne 500 g | 1.29 | 0.66
Red lentils 500 g | 2.19 | 1.24
Chickpeas, tinned | 1.09 | 0.55
Chopped tomatoes, tinned | 0.95 | 0.47
Olive oil 0.75 l | 8.99 | 6.05
Sunflower oil 1 l | 3.29 | 2.12
Cider vinegar 0.5 l | 1.79 | 0.93
Blossom honey 500 g | 6.49 | 4.20
Strawberry jam 340 g | 2.79 | 1.58
Rolled oats 500 g | 1.15 | 0.58
Food / Fresh | FRE | reduced
Free-range eggs, ten | 3.49 | 2.35
Whole milk 1 l | 1.29 | 0.89
Butter 250 g | 2.39 | 1.81
Plain yoghurt 500 g | 1.39 | 0.84
Mountain cheese | 18.90 | 12.40 | kg
Potatoes | 1.80 | 0.95 | kg
Carrots | 1.60 | 0.80 | kg
Apples | 2.95 | 1.72 | kg
Bananas | 1.99 | 1.18 | kg
Onions | 1.70 | 0.84 | kg
Country bread 750 g | 4.20 | 2.30
Food / Sweets | SWE | reduced
Dark chocolate 100 g | 2.29 | 1.28
Milk chocolate 100 g | 1.99 | 1.09
Butter biscuits 200 g | 2.49 | 1.31
Liquorice 150 g | 1.79 | 0.92
Fruit drops 150 g | 1.59 | 0.78
Salted peanuts 200 g | 2.19 | 1.20
Drinks / Hot | HOT | reduced
Ground coffee 500 g | 7.49 | 5.10
Coffee beans 1 kg | 15.90 | 10.95
Black tea, 50 bags | 2.99 | 1.55
Peppermint tea, 25 bags | 2.29 | 1.17
Cocoa powder 250 g | 3.49 | 2.14
Drinks / Cold | COL | standard
Mineral water 1 l | 0.89 | 0.36
Apple juice 1 l | 2.19 | 1.24
Orange juice 1 l | 2.69 | 1.66
Lemonade 0.5 l | 1.29 | 0.61
Elderflower syrup 0.5 l | 5.49 | 3.32
Household / Cleaning | CLE | standard
Washing powder 1.5 kg | 7.99 | 5.02
Washing-up liquid 0.5 l | 1.99 | 0.95
All-purpose cleaner 1 l | 2.79 | 1.36
Scouring powder 500 g | 1.89 | 0.88
Bin bags 35 l, twenty | 2.49 | 1.15
Sponges, five | 1.79 | 0.71
Dishcloths, three | 3.29 | 1.54
Floor brush | 8.90 | 4.60
Dustpan and brush | 6.50 | 3.15
Household / Kitchen | KIT | standard
Enamel mug | 7.90 | 3.95
Soup plate | 6.50 | 3.10
Drinking glass 0.3 l | 3.20 | 1.42
Bread knife | 19.90 | 10.80
Paring knife | 8.50 | 4.05
Chopping board, beech | 24.90 | 13.20
Wooden spoon | 3.90 | 1.65
Saucepan 2 l | 34.90 | 19.75
Kitchen scale | 22.50 | 12.60
Preserving jar 0.5 l | 2.90 | 1.32
Tea towel | 5.50 | 2.48
Household / Light and power | LIG | standard
LED lamp E27 | 4.99 | 2.31
LED lamp E14 | 4.49 | 2.05
Batteries AA, four | 5.49 | 2.74
Batteries AAA, four | 5.49 | 2.74
Torch | 12.90 | 6.60
Extension lead 3 m | 9.90 | 4.85
Candles, six | 4.20 | 1.98
Matches, ten boxes | 1.49 | 0.62
Workshop / Tools | TOO | standard
Claw hammer 300 g | 14.90 | 7.85
Screwdriver, slotted | 5.90 | 2.72
Screwdriver, cross-head | 5.90 | 2.72
Combination pliers | 13.50 | 6.95
Adjustable spanner | 15.90 | 8.20
Tape measure 5 m | 7.90 | 3.74
Spirit level 40 cm | 16.50 | 8.60
Hand saw | 18.90 | 9.90
Workshop / Fixings | FIX | standard
Wood screws 4 × 40, box | 4.90 | 2.15
Wood screws 5 × 60, box | 6.20 | 2.84
Wall plugs 8 mm, fifty | 3.90 | 1.58
Nails 2.5 × 60, box | 3.50 | 1.47
Picture hooks, ten | 2.90 | 1.12
Wood glue 250 g | 5.50 | 2.66
Adhesive tape 50 m | 3.20 | 1.29
Workshop / By the metre | MET | standard
Hemp rope 8 mm | 1.40 | 0.62 | m
Steel chain 4 mm | 4.80 | 2.35 | m
Garden hose 1/2 inch | 2.60 | 1.22 | m
Garden / Growing | GRO | reduced
Potting soil 20 l | 6.90 | 3.72
Tomato seeds | 2.49 | 1.05
Radish seeds | 1.99 | 0.84
Wild-flower seeds | 2.99 | 1.30
Herb pot: basil | 2.79 | 1.49
Herb pot: chives | 2.49 | 1.32
Garden / Tools | GAR | standard
Hand trowel | 8.90 | 4.30
Secateurs | 21.90 | 11.95
Watering can 10 l | 15.90 | 8.15
Gardening gloves | 6.90 | 3.18
Clay pot 18 cm | 4.50 | 2.05
Paper / Writing | WRI | standard
Exercise book A5 | 1.49 | 0.58
Notebook A5, hardcover | 8.90 | 4.22
Pencils HB, twelve | 4.50 | 1.96
Ballpoint pen, blue | 1.20 | 0.44
Envelopes C6, fifty | 3.90 | 1.72
Copy paper A4, 500 sheets | 5.90 | 3.48
Wrapping paper, roll | 2.90 | 1.18
Greetings card | 2.50 | 0.86
Services / Counter | SER | standard
Key cutting | 6.50 | -
Knife sharpening | 5.00 | -
Delivery in town | 4.90 | -
"""


def articles() -> Iterator[Article]:
    """Yield every article with its shelf, SKU and barcode, always the same ones."""
    department = shelf = prefix = ""
    reduced = False
    count = number = 0
    for line in filter(None, _RANGE.splitlines()):
        parts = [part.strip() for part in line.split("|")]
        if " / " in parts[0]:
            department, shelf = parts[0].split(" / ")
            prefix, reduced = parts[1], parts[2] == "reduced"
            number = 0
            continue
        count += 1
        number += 1
        name, price, cost = parts[:3]
        yield Article(
            sku=f"{prefix}-{number:03}",
            name=name,
            department=department,
            shelf=shelf,
            unit=parts[3] if len(parts) > 3 else "piece",
            price=price,
            cost=None if cost == "-" else cost,
            reduced=reduced,
            barcode=in_store_number(count),
        )


def in_store_number(item: int) -> str:
    """Return an EAN-13 of the shop's own range: weights 1 and 3 from the left."""
    digits = f"{_IN_STORE}{item:010}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
