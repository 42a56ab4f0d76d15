"""The columns of our own product file, and by which other headers they are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.common.text import fold

ATTRIBUTE = "attribute:"
"""A column `attribute:Colour` holds the attribute of that name."""

REASONS = "import_errors"
"""The column of a file of rejected rows that says why; nothing reads it."""

_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column can be mapped to.

    `aliases` are header keys in order of trust; `clearable` that the NULL word empties it; `many`
    that several columns may be mapped to it; `figure` that it tells the decimal mark; `code` that
    an apostrophe in front is never part of it. `example` stands in our template.
    """

    name: str
    meaning: str
    aliases: tuple[str, ...]
    clearable: bool = False
    many: bool = False
    figure: bool = False
    code: bool = False
    example: str = ""


def header_key(text: str) -> str:
    """Return what headers compare by: letters and digits, without case, accents and spaces."""
    return _NOT_WORD.sub("", fold(text))


def _keys(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FIELDS = (
    Field(
        "sku",
        "The key of the product, kept as text: leading zeros and 1E5 stay as they are.",
        _keys(
            "sku articlenumber articleno itemnumber itemno itemcode partnumber stockcode "
            "productcode productnumber reference variantsku productid"
        ),
        code=True,
        example="PEN-001",
    ),
    Field(
        "name",
        "The name, at most 255 characters.",
        _keys("name productname title itemname"),
        example="Pen, blue",
    ),
    Field(
        "description",
        "Text of any number of lines.",
        _keys("description productdescription longdescription bodyhtml"),
        clearable=True,
        example="Writes on any paper.",
    ),
    Field(
        "category",
        "The path from the root, as in `Men > Shoes`; missing categories are made.",
        _keys("category categorypath categories productcategory categoryname"),
        clearable=True,
        example="Office > Pens",
    ),
    Field(
        "family",
        "The key of the family that the product is a variant of; a missing family is made.",
        _keys("family familykey productfamily"),
        clearable=True,
        code=True,
        example="pen",
    ),
    Field(
        "family_name",
        "The name of the family, told by its first row; without one its key.",
        _keys("familyname"),
        example="Pen",
    ),
    Field(
        "family_options",
        "The attributes in which the family differs, with a vertical bar between them.",
        _keys("familyoptions"),
        example="Colour",
    ),
    Field(
        "family_images",
        "Addresses of pictures of the family, with a vertical bar between them.",
        _keys("familyimages"),
        many=True,
        example="https://cdn.example.com/pens.jpg",
    ),
    Field(
        "unit",
        "The code of a unit of the shop.",
        _keys("unit unitcode uom unitofmeasure"),
        example="piece",
    ),
    Field("tax_rate", "The code of a tax rate of the shop.", _keys("taxrate taxratecode taxcode")),
    Field(
        "price",
        "Price of one unit in the shop's currency, at most six decimal places.",
        _keys("price unitprice regularprice retailprice sellingprice listprice variantprice"),
        figure=True,
        example="1.20",
    ),
    Field(
        "cost",
        "Cost of one unit in the shop's currency, at most six decimal places.",
        _keys("cost unitcost costprice costperitem purchaseprice wholesaleprice"),
        clearable=True,
        figure=True,
        example="0.45",
    ),
    Field(
        "tracks_stock",
        "Whether stock is counted: true or false.",
        _keys("tracksstock trackstock trackinventory managestock manageinventory"),
        example="true",
    ),
    Field(
        "active",
        "Whether it is sold: true or false.",
        _keys("active isactive enabled"),
        example="true",
    ),
    Field(
        "discontinued",
        "The opposite of active: true or false.",
        _keys("discontinued isdiscontinued archived inactive"),
    ),
    Field(
        "barcodes",
        "Codes with a vertical bar between them; they take the place of those there were.",
        _keys("barcodes barcode ean ean13 upc gtin variantbarcode"),
        clearable=True,
        many=True,
        code=True,
        example="4006381333931|PEN",
    ),
    Field(
        "reorder_point",
        "The quantity at which to buy more.",
        _keys("reorderpoint reorderlevel minimumstock lowstocklevel lowstockamount"),
        clearable=True,
        figure=True,
        example="10",
    ),
    Field(
        "reorder_quantity",
        "The quantity to buy then.",
        _keys("reorderquantity reorderqty"),
        clearable=True,
        figure=True,
        example="50",
    ),
    Field(
        "external_id",
        "The key of the product in another system.",
        _keys("externalid productexternalid"),
        clearable=True,
        code=True,
        example="item-17",
    ),
    Field(
        "images",
        "Addresses of pictures with a vertical bar between them; they join those there are.",
        _keys("images imageurl imageurls imagelink imagelinks imagesrc pictureurl"),
        many=True,
        example="https://cdn.example.com/pen-1.jpg|https://cdn.example.com/pen-2.jpg",
    ),
    Field(
        "quantity",
        "The opening stock of a product that the import creates; it changes no other.",
        _keys(
            "quantity qty openingquantity onhand stockonhand unitsinstock stock "
            "inventoryquantity variantinventoryqty"
        ),
        figure=True,
        example="25",
    ),
)

FIELDS: Mapping[str, Field] = {field.name: field for field in _FIELDS}
"""The product fields by name, in the order of our own template."""

CLEARABLE: tuple[str, ...] = tuple(name for name, field in FIELDS.items() if field.clearable)
"""The fields that the NULL word empties; the place in this tuple is the bit in `cleared`."""


def tells_reasons(title: str) -> bool:
    """Tell whether a header is that of the reasons in a file of rejected rows."""
    return header_key(title) == header_key(REASONS)


def clear_bits(fields: Mapping[str, Field]) -> dict[str, int]:
    """Return the bit of each clearable field of a kind; they follow the order of the fields."""
    clearable = (name for name, field in fields.items() if field.clearable)
    return {name: 1 << place for place, name in enumerate(clearable)}


def clear_bit(field: str) -> int:
    """Return the bit of a clearable field in the column `cleared` of a parsed row."""
    return 1 << CLEARABLE.index(field)


def is_field(name: str) -> bool:
    """Tell whether a column can be mapped to this."""
    return name in FIELDS or (name.startswith(ATTRIBUTE) and name != ATTRIBUTE)
