"""What the job engine needs: the table of jobs, handlers of its kinds, and a bell."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.application.common.actor import Actor
from app.application.common.uow import UnitOfWork
from app.domain.common.identifiers import JobId, Ulid
from app.domain.jobs.job import JobStatus

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """`subject_id` is what the job works on: it can have one live job of a kind.

    With a `checkpoint` it begins as if it had got there.
    """

    id: JobId
    kind: str
    subject_id: Ulid
    actor: Actor
    max_attempts: int
    checkpoint: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job in the hands of one worker: `fence` grows with each claim and is never used again.

    `attempts` counts this one too, since the last progress.
    """

    id: JobId
    kind: str
    subject_id: Ulid
    actor: Actor
    fence: int
    attempts: int
    max_attempts: int
    checkpoint: Json | None
    cancel_requested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A job whose last worker was never heard of again."""

    id: JobId
    kind: str
    subject_id: Ulid
    actor: Actor


class JobRepository(Protocol):
    """All times are those of the database; a claim that is outdated meets `LeaseLost`."""

    async def add(self, job: NewJob) -> None:
        """Queue it, due at once."""
        ...

    async def claim(self, *, owner: str, lease: timedelta) -> Claim | None:
        """Take the job that is due longest, if there is one; nobody else takes the same."""
        ...

    async def heartbeat(self, claim: Claim, *, lease: timedelta) -> None:
        """Keep the job for another lease."""
        ...

    async def advance(self, claim: Claim, *, checkpoint: Json, lease: timedelta) -> bool:
        """Note how far the job got, in the transaction of what it did; tries count anew.

        Tells whether somebody asked to cancel it.
        """
        ...

    async def is_cancelled(self, claim: Claim) -> bool:
        """Tell whether somebody asked to cancel it, without holding up whoever does."""
        ...

    async def status(self, identifier: JobId) -> JobStatus:
        """Return how the job stands; `NotFound` when there is none."""
        ...

    async def finish(self, claim: Claim, status: JobStatus, *, error: Json | None = None) -> None:
        """End it for good."""
        ...

    async def release(self, claim: Claim) -> None:
        """Put it back, due at once, as if this worker had not taken it."""
        ...

    async def postpone(self, claim: Claim, *, pause: timedelta, error: Json) -> None:
        """Put it back to be tried again after the pause."""
        ...

    async def sweep(self) -> list[GivenUp]:
        """Put back what silent workers held; return those that had no try left, now dead."""
        ...

    async def cancel(self, identifier: JobId) -> JobStatus:
        """Cancel a waiting job at once, ask a running one to stop; return its status now.

        What has ended is `JobEnded`.
        """
        ...

    async def revive(self, identifier: JobId) -> None:
        """Queue a dead job again from its checkpoint; any other is `JobNotDead`."""
        ...


class JobsWork(UnitOfWork, Protocol):
    @property
    def jobs(self) -> JobRepository: ...


class JobHandler(Protocol):
    """Does the jobs of one kind."""

    def run(self, claim: Claim) -> AsyncGenerator[None]:
        """Go on from the checkpoint, yield after each committed part, finish the job at its end.

        Between parts the worker may stop it. An error of the domain that is not `Busy` fails the
        job for good, every other one is a reason to try again.
        """
        ...


class Bell(Protocol):
    """Wakes a worker of this process; others look by themselves."""

    def ring(self) -> None: ...


class Runner(Protocol):
    """A worker; any number may run, in this process and in others."""

    async def run(self) -> None:
        """Do jobs until `stop`."""
        ...

    def stop(self) -> None:
        """End after the part that is being done; the job goes back to the queue."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What the edges need of the engine: `worker` makes one that hears the bell."""

    bell: Bell
    max_attempts: int
    worker: Callable[[], Runner]
