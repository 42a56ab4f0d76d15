"""Jobs: work that goes on after the request, taken by one worker at a time."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from app.domain.common.errors import Conflict

_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=5)


class JobStatus(StrEnum):
    """`dead` is a job given up after too many tries that got no further; it can be retried."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"

    @property
    def is_live(self) -> bool:
        return self in {JobStatus.QUEUED, JobStatus.RUNNING}


class LeaseLost(Conflict):
    """Another worker has the job, so nothing that this one did may be kept."""

    code = "lease_lost"
    title = "The job belongs to another worker"


class JobEnded(Conflict):
    """What has ended cannot be cancelled."""

    code = "job_ended"
    title = "The job has ended"


class JobNotDead(Conflict):
    """Only a job that was given up is tried again."""

    code = "job_not_dead"
    title = "The job was not given up"


def pause_after(attempts: int) -> timedelta:
    """Return how long a job rests after so many tries in a row: 2 s, 4 s … 5 min."""
    doublings = min(attempts - 1, 30)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
