"""Tell somebody all that is stored about them, and forget what is personal."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.parties.ports import PartyWork
from app.application.parties.queries import CustomerFile, CustomerFileReader, PartyView
from app.application.parties.use_cases.parties import record
from app.domain.common.identifiers import CustomerId
from app.domain.parties.customer import CustomerHasDrafts
from app.domain.parties.party import PartyMerged


class ExportCustomer:
    """Returns all that is stored about a customer, with whom was merged into them.

    Sales are named by number; who took the file is in the audit log.
    """

    def __init__(self, work: PartyWork, *, reader: CustomerFileReader) -> None:
        self._work = work
        self._reader = reader

    async def __call__(self, identifier: CustomerId, *, actor: Actor) -> CustomerFile:
        found = await self._reader.customer_file(identifier)
        async with self._work as work:
            work.audit(actor, "customer.exported", identifier)
            await work.commit(found)
            return found


class AnonymizeCustomer:
    """Clears all that is personal of a customer, and of those merged into them, for good.

    Posted sales keep the name that they were posted with, as tax law asks of invoices. Refused
    while a draft sale names the customer.
    """

    def __init__(self, work: PartyWork) -> None:
        self._work = work

    async def __call__(self, identifier: CustomerId, *, expected: int, actor: Actor) -> PartyView:
        async with self._work as work:
            customer = await work.customers.hold(identifier)
            require_version(customer, expected)
            if customer.merged_into_id is not None:
                raise PartyMerged.of(customer.word, customer.code, customer.merged_into_id)
            everybody = [customer, *await work.customers.hold_merged(identifier)]
            drafts = await work.customers.drafts([one.id for one in everybody])
            if drafts:
                raise CustomerHasDrafts(
                    f"{drafts} draft sales name the customer: complete or cancel them first.",
                    extra={"drafts": drafts},
                )

            for one in everybody:
                changes = one.anonymize(at=work.started_at)
                record(work, one, "anonymized", changes, actor=actor)
                await work.customers.replace_keys(one)
            await work.flush()
            view = PartyView.of(customer, currency=await work.customers.shop_currency())
            await work.commit(view)
            return view
