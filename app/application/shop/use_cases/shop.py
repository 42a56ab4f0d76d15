"""Change the shop's settings."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.shop.ports import ShopWork
from app.domain.common.errors import InvalidValue, UnknownReference
from app.domain.shop.shop import CurrencyFrozen, Shop, ShopValues


class UpdateShop:
    """Takes the given settings; the currency only until the first stock movement."""

    def __init__(self, work: ShopWork) -> None:
        self._work = work

    async def __call__(self, values: ShopValues, *, expected: int, actor: Actor) -> Shop:
        async with self._work as work:
            shop = await work.shop.get()
            require_version(shop, expected)
            await _check_default_rate(work, values)

            changes = shop.change(values, at=work.started_at)
            if "currency" in changes and await work.shop.freezes_currency():
                raise CurrencyFrozen

            if changes:
                work.track(shop)
                work.audit(actor, "shop.updated", shop.id, changes=changes)
            await work.flush()
            await work.commit(shop)
            return shop


async def _check_default_rate(work: ShopWork, values: ShopValues) -> None:
    if "default_tax_rate_id" not in values:
        return
    identifier = values["default_tax_rate_id"]
    rate = await work.tax_rates.find(identifier)
    if rate is None:
        raise UnknownReference.of("default_tax_rate_id", "tax rate", identifier)
    if not rate.active:
        raise InvalidValue.of("default_tax_rate_id", f"{rate.code} is not active", code="inactive")
