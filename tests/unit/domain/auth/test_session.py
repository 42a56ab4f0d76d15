"""One session, its refresh tokens in a row, and what the older ones do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.auth.session import Ending, Refreshed, Session, SessionLife
from app.domain.common.identifiers import SessionId, UserId

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LIFE = SessionLife(idle=timedelta(days=14), longest=timedelta(days=30))
FIRST, SECOND, THIRD, FOURTH = (bytes([number]) * 32 for number in range(1, 5))


def begun(**changes: object) -> Session:
    values: dict[str, object] = {"address": None, "user_agent": None} | changes
    return Session.begin(
        SessionId(int=1),
        user_id=UserId(int=2),
        refresh_hash=FIRST,
        life=LIFE,
        at=NOW,
        **values,  # type: ignore[arg-type]
    )


def refresh(session: Session, token: bytes, successor: bytes, *, after: timedelta) -> Refreshed:
    return session.refresh(token, successor=successor, life=LIFE, at=NOW + after)


class TestRotation:
    def test_the_newest_token_is_followed_by_its_successor(self) -> None:
        session = begun()

        outcome = refresh(session, FIRST, SECOND, after=timedelta(minutes=9))

        assert outcome is Refreshed.ROTATED
        assert (session.refresh_hash, session.parent_hash) == (SECOND, FIRST)
        assert session.rotated_at == session.last_used_at == NOW + timedelta(minutes=9)

    @pytest.mark.parametrize(
        ("seconds", "outcome"),
        [(0, Refreshed.REPEATED), (10, Refreshed.REPEATED), (10.000001, Refreshed.REUSED)],
    )
    def test_the_parent_is_taken_for_ten_seconds(self, seconds: float, outcome: Refreshed) -> None:
        session = begun()
        refresh(session, FIRST, SECOND, after=timedelta(0))

        again = refresh(session, FIRST, SECOND, after=timedelta(seconds=seconds))

        assert again is outcome
        assert (session.refresh_hash, session.parent_hash) == (SECOND, FIRST)
        assert session.rotated_at == NOW

    def test_a_repeat_does_not_stretch_the_grace(self) -> None:
        session = begun()
        refresh(session, FIRST, SECOND, after=timedelta(0))
        refresh(session, FIRST, SECOND, after=timedelta(seconds=9))

        assert refresh(session, FIRST, SECOND, after=timedelta(seconds=11)) is Refreshed.REUSED

    def test_a_grandparent_ends_the_session(self) -> None:
        session = begun()
        refresh(session, FIRST, SECOND, after=timedelta(0))
        refresh(session, SECOND, THIRD, after=timedelta(0))

        outcome = refresh(session, FIRST, SECOND, after=timedelta(seconds=1))

        assert outcome is Refreshed.REUSED
        assert (session.ending, session.ended_at) == (Ending.REUSE, NOW + timedelta(seconds=1))
        assert refresh(session, THIRD, FOURTH, after=timedelta(seconds=2)) is Refreshed.ENDED


class TestLife:
    def test_use_lengthens_it_up_to_a_limit(self) -> None:
        session = begun()
        assert session.expires_at == NOW + timedelta(days=14)

        refresh(session, FIRST, SECOND, after=timedelta(days=10))
        assert session.expires_at == NOW + timedelta(days=24)

        refresh(session, SECOND, THIRD, after=timedelta(days=20))
        assert session.expires_at == NOW + timedelta(days=30)

    def test_an_unused_session_is_over(self) -> None:
        session = begun()

        outcome = refresh(session, FIRST, SECOND, after=timedelta(days=14))

        assert outcome is Refreshed.ENDED
        assert session.refresh_hash == FIRST
        assert session.ended_at is None

    def test_the_first_ending_stands(self) -> None:
        session = begun()
        session.end(Ending.LOGOUT, at=NOW)

        session.end(Ending.REUSE, at=NOW + timedelta(days=1))

        assert (session.ending, session.ended_at) == (Ending.LOGOUT, NOW)

    def test_keeps_no_more_of_a_device_than_fits(self) -> None:
        session = begun(address="f" * 60, user_agent="x" * 5000)

        assert (len(session.address or ""), len(session.user_agent or "")) == (45, 255)
