"""How long and how many: one place for the API, the import and the tables."""

from __future__ import annotations

SKU_LENGTH = 64
NAME_LENGTH = 255
DESCRIPTION_LENGTH = 50_000
BARCODE_LENGTH = 64
BARCODES = 20
EXTERNAL_ID_LENGTH = 255
ATTRIBUTES = 50
ATTRIBUTE_NAME_LENGTH = 64
ATTRIBUTE_VALUE_LENGTH = 1_000
IMAGES = 50
IMAGE_LENGTH = 2_000

# In an index entry of Postgres like a path below: 1,020 bytes at most.
FAMILY_KEY_LENGTH = 255
FAMILY_OPTIONS = 5

CATEGORY_NAME_LENGTH = 120
CATEGORY_SLUG_LENGTH = 120
CATEGORY_DEPTH = 10
# In an index entry of Postgres, which holds 2,704 bytes: 500 characters have 2,000 at most.
CATEGORY_PATH_LENGTH = 500
