"""Take a file in, look at it anew, start it."""

from __future__ import annotations

from dataclasses import replace

from app.application.common.actor import Actor
from app.application.imports.analysing import Examined
from app.application.imports.files import StoredFile
from app.application.imports.ports import ImportsWork, NewImport
from app.application.imports.products.run import KIND
from app.application.imports.queries import ImportView
from app.application.jobs.ports import Bell, NewJob
from app.domain.common.errors import UnknownReference
from app.domain.common.identifiers import IdSource, ImportId, JobId
from app.domain.common.text import clean_line
from app.domain.imports.plan import Options, Plan
from app.domain.imports.states import ImportStarted

FILE_NAME_LENGTH = 255


class ReceiveImport:
    """Registers a stored and analysed file; with `start`, it is queued at once unless the
    analysis is in doubt about something.
    """

    def __init__(self, work: ImportsWork, *, ids: IdSource, bell: Bell, max_attempts: int) -> None:
        self._work = work
        self._ids = ids
        self._bell = bell
        self._max_attempts = max_attempts

    async def __call__(
        self, file: StoredFile, *, name: str, examined: Examined, start: bool, actor: Actor
    ) -> ImportView:
        async with self._work as work:
            identifier = self._ids.new(ImportId)
            title = clean_line(name, field="file", most=FILE_NAME_LENGTH)
            await work.imports.add(
                NewImport(
                    id=identifier,
                    file_hash=file.hash,
                    file_name=title,
                    file_size=file.size,
                    analysis=examined.as_dict(),
                    user_id=actor.user_id,
                    session_id=actor.session_id,
                    token_id=actor.token_id,
                )
            )
            note = {"file": title, "sha256": file.hash, "bytes": file.size}
            work.audit(actor, "import.received", identifier, note=note)
            starts = start and examined.analysis.ambiguous is None
            if starts:
                job = _new_job(self._ids, identifier, actor, max_attempts=self._max_attempts)
                await _queue(work, identifier, examined.analysis.plan, job, actor=actor)
            view = await work.imports.view(identifier)
            await work.commit(view)
        if starts:
            self._bell.ring()
        return view


class AnalyseImport:
    """Puts an analysis by other choices in place of the one before, as long as nothing started."""

    def __init__(self, work: ImportsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ImportId, *, examined: Examined, actor: Actor
    ) -> ImportView:
        async with self._work as work:
            found = await work.imports.get(identifier)
            if found.job_id is not None:
                raise ImportStarted
            await work.imports.analysed(identifier, examined.as_dict())
            note = {"choices": examined.choices.as_dict()}
            work.audit(actor, "import.analysed", identifier, note=note)
            view = await work.imports.view(identifier)
            await work.commit(view)
            return view


class StartImport:
    """Queues an import by the plan of its analysis; a second start is refused."""

    def __init__(self, work: ImportsWork, *, ids: IdSource, bell: Bell, max_attempts: int) -> None:
        self._work = work
        self._ids = ids
        self._bell = bell
        self._max_attempts = max_attempts

    async def __call__(
        self, identifier: ImportId, *, examined: Examined | None, actor: Actor
    ) -> ImportView:
        """`examined` is a new analysis by other choices; None goes by the one that is stored."""
        async with self._work as work:
            found = await work.imports.get(identifier)
            if found.job_id is not None:
                raise ImportStarted
            if examined is not None:
                if examined.analysis.ambiguous is not None:
                    raise examined.analysis.ambiguous
                await work.imports.analysed(identifier, examined.as_dict())
                plan = examined.analysis.plan
            else:
                plan = found.settled_plan()
            job = _new_job(self._ids, identifier, actor, max_attempts=self._max_attempts)
            await _queue(work, identifier, plan, job, actor=actor)
            view = await work.imports.view(identifier)
            await work.commit(view)
        self._bell.ring()
        return view


def _new_job(ids: IdSource, identifier: ImportId, actor: Actor, *, max_attempts: int) -> NewJob:
    return NewJob(
        id=ids.new(JobId),
        kind=KIND,
        subject_id=identifier,
        actor=replace(actor, route=f"job {KIND}"),
        max_attempts=max_attempts,
    )


async def _queue(
    work: ImportsWork, identifier: ImportId, plan: Plan, job: NewJob, *, actor: Actor
) -> None:
    await _check_defaults(work, plan.options)
    await work.jobs.add(job)
    await work.imports.started(identifier, plan=plan, job_id=job.id)
    note = {"job": str(job.id), "mode": plan.options.mode, "preset": plan.preset}
    work.audit(actor, "import.started", identifier, note=note)


async def _check_defaults(work: ImportsWork, options: Options) -> None:
    """Refuse a unit or tax rate that the shop does not have before thousands of rows do."""
    if options.unit is None and options.tax_rate is None:
        return
    conditions = await work.product_imports.conditions()
    if options.unit is not None and options.unit not in conditions.units:
        raise UnknownReference.of("unit", "unit", options.unit)
    if options.tax_rate is not None and options.tax_rate not in conditions.tax_rates:
        raise UnknownReference.of("tax_rate", "tax rate", options.tax_rate)
