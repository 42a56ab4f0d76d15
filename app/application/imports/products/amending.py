"""What records that are no products change of products of rows further up."""

from __future__ import annotations

from dataclasses import replace

from app.application.imports.products.families import Families, Warn, pictured
from app.application.imports.products.model import Change, Creation, Draft, Shelf
from app.domain.common.identifiers import ProductId
from app.domain.imports.parsed import Above, AdditionRow


class Amending:
    """`taken` has the products of this chunk by the SKU keys that their rows took, `written` what
    is written of them. Products of chunks before are those of the shelf.
    """

    def __init__(self, shelf: Shelf, changed: list[Change], families: Families, warn: Warn) -> None:
        self._shelf = shelf
        self._changed = changed
        self._families = families
        self._warn = warn
        self._pictures: dict[str, tuple[str, ...]] = {}
        self.taken: dict[str, Draft] = {}
        self.written: dict[ProductId, Creation | Change] = {}

    def add(self, addition: AdditionRow) -> None:
        """Take what a record adds to a family, or to the product above if its row was taken."""
        above = addition.above
        if addition.members:
            self._adopt(addition)
        elif addition.family_key is not None:
            self._families.add(addition)
        elif above is not None and self._shelf.first_rows.get(above.sku_key) == above.row:
            self._picture(addition, above)

    def pictures(self, above: str | None) -> dict[str, tuple[str, ...]]:
        """Return what pictures the products have by now to which some were added, and the last."""
        last = self._current(self.taken.get(above or ""))
        return {**({above: last.images} if above and last else {}), **self._pictures}

    def _picture(self, addition: AdditionRow, above: Above) -> None:
        """Add pictures to a product; in a rehearsal one of an earlier chunk is not there."""
        key = above.sku_key
        product = self._current(self.taken.get(key) or self._shelf.known(above))
        known = self._pictures.get(key, self._shelf.pictures.get(key))
        if known is None and product is not None:
            known = product.images
        if known is None:
            return
        self._pictures[key] = images = pictured(known, addition.images, addition, self._warn)
        if product is not None:
            self._amend(addition, product, images=images)

    def _adopt(self, addition: AdditionRow) -> None:
        """Put products of rows further up into the family of which a record tells."""
        # In a rehearsal those of earlier chunks were undone, but it tells of their family as well.
        taken = [key for key in addition.members if key in self._shelf.first_rows]
        known = [self.taken.get(key) or self._shelf.by_sku.get(key) for key in taken]
        found = map(self._current, known)
        members = [product for product in found if product is not None]
        family = self._families.of(addition)
        if family is None or not taken:
            return
        for product in members:
            self._amend(addition, product, family_id=family.id, family=family.key)
        self._families.tell(addition)

    def _current(self, product: Draft | None) -> Draft | None:
        """Return a product as it is by now."""
        written = self.written.get(product.id) if product else None
        return written.product if written else product

    def _amend(self, addition: AdditionRow, product: Draft, **values: object) -> None:
        differing = {name: new for name, new in values.items() if getattr(product, name) != new}
        if not differing:
            return
        written = self.written.get(product.id)
        if written is None:
            after = replace(product, version=product.version + 1)
            written = Change(addition.row, addition.line, product, after, amended=True)
            self._changed.append(written)
            self.written[product.id] = written
        for name, new in differing.items():
            setattr(written.product, name, new)
            if isinstance(written, Change) and name != "family":
                written.changes[name] = (getattr(written.before, name), new)
