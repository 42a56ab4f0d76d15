"""What the exports of web shops share: a product with options becomes one product per variant."""

from __future__ import annotations

from collections.abc import Iterable

# What shops write for a product that has no options.
_NO_VARIANT = frozenset({"", "default title", "default variant", "default"})


def variant_name(title: str, values: Iterable[str]) -> str:
    """Return `Camisole - Navy / Small`; the title alone when the variant has no name of its own."""
    told = [value for value in values if not is_default(value, title=title)]
    return f"{title} - {' / '.join(told)}" if title and told else title


def variant_key(handle: str, values: Iterable[str]) -> str | None:
    """Return `camisole/navy/small`: what a variant without SKU is known by."""
    told = [value for value in values if not is_default(value, title="")]
    return "/".join((handle, *told)).casefold() if handle else None


def is_default(value: str, *, title: str) -> bool:
    """Tell whether an option value says nothing beyond the title."""
    if not value:
        return True
    word = value.strip().casefold()
    return word in _NO_VARIANT or word == title.strip().casefold()


def activity(status: str, published: str) -> str:
    """Return the word for `active`: the status decides, without one whether it is published.

    Anything that is no known status is returned as it stands, to be refused as no boolean.
    """
    word = status.strip().casefold()
    if not word:
        return published
    if word in {"active", "published"}:
        return "true"
    if word in {"draft", "archived", "proposed", "rejected"}:
        return "false"
    return status
