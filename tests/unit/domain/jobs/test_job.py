"""How long a job rests, and which states go on."""

from __future__ import annotations

import pytest

from app.domain.jobs.job import JobStatus, pause_after


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 2), (2, 4), (3, 8), (7, 128), (8, 256), (9, 300), (1000, 300)]
)
def test_each_try_in_a_row_doubles_the_rest(attempts: int, seconds: int) -> None:
    assert pause_after(attempts).total_seconds() == seconds


def test_only_waiting_and_running_jobs_are_live() -> None:
    assert [status for status in JobStatus if status.is_live] == ["queued", "running"]
