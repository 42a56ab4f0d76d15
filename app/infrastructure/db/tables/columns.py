"""Column types that tables share."""

from __future__ import annotations

from sqlalchemy import Text

# The C collation orders by code point, as SQLite does, and lets an index answer prefix ranges.
KeyText = Text().with_variant(Text(collation="C"), "postgresql")
