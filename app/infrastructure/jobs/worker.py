"""The worker: takes one job after another, keeps its lease, stops between parts when told.

Any number may run, inside API processes and on their own; they meet only in the table of jobs.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.application.common.retry import retrying
from app.application.jobs.ports import Claim, JobHandler, JobsWork, Runner
from app.application.jobs.use_cases.run import ClaimJob, FailJob, KeepJob, ReleaseJob
from app.domain.common.errors import Busy, DomainError
from app.domain.jobs.job import LeaseLost
from app.infrastructure.jobs.bell import WakeBell

_log = structlog.get_logger("stockbook.jobs")

# A bell that was lost, a rest that is over, a lease that ran out: this often a worker looks.
LOOK_EVERY = timedelta(seconds=2)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass
class Worker:
    work: Callable[[], JobsWork]
    handlers: Mapping[str, JobHandler]
    lease: timedelta
    bell: WakeBell = field(default_factory=WakeBell)
    name: str = field(default_factory=worker_name)
    look_every: timedelta = LOOK_EVERY
    _stopping: bool = False

    def stop(self) -> None:
        """End after the part that is being done; the job goes back to the queue."""
        self._stopping = True
        self.bell.ring()

    async def run(self) -> None:
        """Do jobs until `stop`; what goes wrong with one does not stop the others."""
        _log.info("worker started", worker=self.name)
        while not self._stopping:
            try:
                idle = not await self.run_next()
            except Exception:  # noqa: BLE001 - the worker outlives whatever befalls the database
                # The table of jobs is still the truth when it is back.
                _log.exception("worker could not reach the jobs", worker=self.name)
                idle = True
            if idle and not self._stopping:
                await self.bell.wait(self.look_every.total_seconds())
        _log.info("worker stopped", worker=self.name)

    async def run_next(self) -> bool:
        """Do the job that is due longest as far as it goes; False when there is none."""
        claim = await retrying(lambda: ClaimJob(self.work())(owner=self.name, lease=self.lease))
        if claim is None:
            return False
        with structlog.contextvars.bound_contextvars(
            trace_id=claim.actor.trace_id, job_id=str(claim.id), job_kind=claim.kind
        ):
            await self._do(claim)
        return True

    async def _do(self, claim: Claim) -> None:
        _log.info("job taken", attempt=claim.attempts, fence=claim.fence)
        try:
            finished = await self._run(claim)
            if not finished:
                await retrying(lambda: ReleaseJob(self.work())(claim))
            _log.info("job finished" if finished else "job put back")
        except LeaseLost:
            _log.warning("job lost to another worker")
        except DomainError as error:
            await self._failed(claim, error, final=not isinstance(error, Busy))
        except Exception as error:  # noqa: BLE001 - a poisoned job must not stop the worker
            await self._failed(claim, error, final=False)

    async def _run(self, claim: Claim) -> bool:
        """Return whether the job came to its end; False when the worker is to stop."""
        handler = self.handlers[claim.kind]
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._kept(claim))
            parts = await stack.enter_async_context(aclosing(handler.run(claim)))
            async for _ in parts:
                if self._stopping:
                    return False
        return True

    async def _failed(self, claim: Claim, error: Exception, *, final: bool) -> None:
        _log.error("job failed", final=final, exc_info=error)
        with suppress(LeaseLost):
            await retrying(lambda: FailJob(self.work())(claim, error=_report(error), final=final))

    @asynccontextmanager
    async def _kept(self, claim: Claim) -> AsyncIterator[None]:
        """Renew the lease beside the work, and interrupt the work when the job is lost."""
        working = asyncio.current_task()
        lost = False

        async def keep() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(self.lease.total_seconds() / 4)
                try:
                    await KeepJob(self.work())(claim, lease=self.lease)
                except LeaseLost:
                    lost = True
                    if working is not None:
                        working.cancel()
                    return
                except (DomainError, OSError):
                    # Three more tries before the lease ends.
                    _log.warning("heartbeat missed")

        keeper = asyncio.create_task(keep())
        try:
            yield
        except asyncio.CancelledError:
            if not lost:
                raise
            if working is not None:
                working.uncancel()
            raise LeaseLost("The heartbeat found another worker at the job.") from None
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper


def _report(error: Exception) -> dict[str, object]:
    if isinstance(error, DomainError):
        return {"code": error.code, "detail": error.detail, **error.extra}
    # What a fault says may hold data of the shop, so only the log has it.
    return {"code": "internal_error", "detail": f"The worker met a {type(error).__name__}."}


@asynccontextmanager
async def running(workers: Iterable[Runner]) -> AsyncIterator[None]:
    """Run workers beside the block; at its end they finish the part they are at."""
    started = [(worker, asyncio.create_task(worker.run())) for worker in workers]
    try:
        yield
    finally:
        for worker, _ in started:
            worker.stop()
        await asyncio.gather(*(task for _, task in started))
