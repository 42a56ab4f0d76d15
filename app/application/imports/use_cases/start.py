"""Take a file in, look at it anew, start it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.application.common.actor import Actor
from app.application.imports.analysing import Examined
from app.application.imports.files import StoredFile
from app.application.imports.kinds import ImportKind
from app.application.imports.ports import ImportsWork, NewImport, StoredImport
from app.application.imports.queries import ImportView
from app.application.imports.run import job_kind
from app.application.jobs.ports import Bell, Json, NewJob
from app.domain.common.identifiers import IdSource, ImportId, JobId
from app.domain.common.text import clean_line
from app.domain.imports.plan import Plan
from app.domain.imports.states import ImportStarted

FILE_NAME_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Queues the jobs of imports; `kinds` are the kinds of import by name."""

    ids: IdSource
    bell: Bell
    max_attempts: int
    kinds: Mapping[str, ImportKind[Any]]

    async def start(
        self,
        work: ImportsWork,
        identifier: ImportId,
        *,
        kind: str,
        plan: Plan,
        dry_run: bool,
        actor: Actor,
    ) -> None:
        """Queue the first run of an import by a plan whose options the shop knows.

        Users may start what they may do by hand; the program itself may do all.
        """
        for permission in self.kinds[kind].needs if actor.user_id is not None else ():
            actor.require(permission)
        await self.kinds[kind].check(work, plan.options)
        job = await self.add(work, identifier, kind=kind, actor=actor)
        await work.imports.started(identifier, plan=plan, job_id=job, dry_run=dry_run)
        options = plan.options
        note = {"job": str(job), "preset": plan.preset, "dry_run": dry_run}
        note |= {"mode": options.mode.value, "on_error": options.on_error.value}
        work.audit(actor, "import.started", identifier, note=note)

    async def add(
        self,
        work: ImportsWork,
        identifier: ImportId,
        *,
        kind: str,
        actor: Actor,
        checkpoint: Json | None = None,
    ) -> JobId:
        """Queue a job that runs the import, from a checkpoint on if there is one."""
        name = job_kind(kind)
        job = NewJob(
            id=self.ids.new(JobId),
            kind=name,
            subject_id=identifier,
            actor=replace(actor, route=f"job {name}"),
            max_attempts=self.max_attempts,
            checkpoint=checkpoint,
        )
        await work.jobs.add(job)
        return job.id


class ReceiveImport:
    """Registers a stored and analysed file; with `start`, it is queued at once unless the
    analysis is in doubt about something. A dry run writes nothing but what it would change.
    """

    def __init__(self, work: ImportsWork, *, queue: Queue) -> None:
        self._work = work
        self._queue = queue

    async def __call__(
        self,
        file: StoredFile,
        *,
        name: str,
        examined: Examined,
        start: bool,
        dry_run: bool = False,
        actor: Actor,
    ) -> ImportView:
        async with self._work as work:
            identifier = self._queue.ids.new(ImportId)
            title = clean_line(name, field="file", most=FILE_NAME_LENGTH)
            await work.imports.add(
                NewImport(
                    id=identifier,
                    kind=examined.kind,
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
                plan = examined.analysis.plan
                await self._queue.start(
                    work, identifier, kind=examined.kind, plan=plan, dry_run=dry_run, actor=actor
                )
            view = await work.imports.view(identifier)
            await work.commit(view)
        if starts:
            self._queue.bell.ring()
        return view


class AnalyseImport:
    """Puts an analysis by other choices in place of the one before, as long as nothing started
    or what was started was a dry run that is over.
    """

    def __init__(self, work: ImportsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ImportId, *, examined: Examined, actor: Actor
    ) -> ImportView:
        async with self._work as work:
            await _open(work, identifier)
            await work.imports.analysed(identifier, examined.as_dict())
            note = {"choices": examined.choices.as_dict()}
            work.audit(actor, "import.analysed", identifier, note=note)
            view = await work.imports.view(identifier)
            await work.commit(view)
            return view


class StartImport:
    """Queues an import by the plan of its analysis. A dry run that is over may be followed by
    another run; a second start of any other is refused.
    """

    def __init__(self, work: ImportsWork, *, queue: Queue) -> None:
        self._work = work
        self._queue = queue

    async def __call__(
        self,
        identifier: ImportId,
        *,
        examined: Examined | None,
        dry_run: bool = False,
        actor: Actor,
    ) -> ImportView:
        """`examined` is a new analysis by other choices; None goes by the one that is stored."""
        async with self._work as work:
            found = await _open(work, identifier)
            if examined is not None:
                if examined.analysis.ambiguous is not None:
                    raise examined.analysis.ambiguous
                await work.imports.analysed(identifier, examined.as_dict())
                plan = examined.analysis.plan
            else:
                plan = found.settled_plan()
            await self._queue.start(
                work, identifier, kind=found.kind, plan=plan, dry_run=dry_run, actor=actor
            )
            view = await work.imports.view(identifier)
            await work.commit(view)
        self._queue.bell.ring()
        return view


async def _open(work: ImportsWork, identifier: ImportId) -> StoredImport:
    """Return an import that may still be started, without what a dry run left of itself."""
    found = await work.imports.get(identifier)
    if found.job_id is None:
        return found
    if not found.dry_run or (await work.jobs.status(found.job_id)).is_live:
        raise ImportStarted
    await work.imports.reset(identifier)
    return found
