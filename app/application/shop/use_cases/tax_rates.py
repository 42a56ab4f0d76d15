"""Make and change tax rates."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.shop.ports import ShopWork
from app.domain.common.identifiers import IdSource, TaxRateId
from app.domain.shop.tax_rate import DefaultTaxRate, TaxRate, TaxRateValues


class CreateTaxRate:
    """Adds a rate under a code that no other has."""

    def __init__(self, work: ShopWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, *, code: str, name: str, rate_ppm: int, actor: Actor) -> TaxRate:
        async with self._work as work:
            rate = TaxRate.create(self._ids.new(TaxRateId), code=code, name=name, rate_ppm=rate_ppm)

            work.tax_rates.add(rate)
            work.track(rate)
            created = {key: (None, value) for key, value in rate.snapshot().items()}
            work.audit(actor, "tax_rate.created", rate.id, changes=created)
            await work.flush()
            await work.commit(rate)
            return rate


class UpdateTaxRate:
    """Changes name, percentage or activity; posted documents keep the rate they had."""

    def __init__(self, work: ShopWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: TaxRateId, values: TaxRateValues, *, expected: int, actor: Actor
    ) -> TaxRate:
        async with self._work as work:
            rate = await work.tax_rates.get(identifier)
            require_version(rate, expected)

            changes = rate.change(values)
            if "active" in changes and not rate.active:
                shop = await work.shop.get()
                if shop.default_tax_rate_id == rate.id:
                    raise DefaultTaxRate

            if changes:
                work.track(rate)
                work.audit(actor, "tax_rate.updated", rate.id, changes=changes)
            await work.flush()
            await work.commit(rate)
            return rate
