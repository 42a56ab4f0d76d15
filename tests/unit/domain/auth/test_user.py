"""Users guard their own rules; the last admin who can sign in stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.auth.email import clean_email, email_key
from app.domain.auth.errors import LastAdmin, OwnAccount
from app.domain.auth.roles import Role
from app.domain.auth.user import User, UserCreated, UserUpdated
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import UserId

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA, BOB = UserId(int=1), UserId(int=2)


def user(role: Role = Role.ADMIN) -> User:
    made = User.create(ADA, email="Ada@Shop.Test", name=" Ada ", role=role, at=NOW)
    made.take_password("hash", at=NOW)
    made.take_events()
    return made


class TestCreate:
    def test_keeps_the_address_as_typed_and_waits_for_a_password(self) -> None:
        made = User.create(ADA, email=" Ada@Shop.Test ", name="Ada", role=Role.CLERK, at=NOW)

        assert (made.email, made.email_key) == ("Ada@Shop.Test", "ada@shop.test")
        assert made.active
        assert not made.can_sign_in
        [event] = made.take_events()
        assert event == UserCreated(subject=ADA, user={"role": Role.CLERK, "active": True})

    @pytest.mark.parametrize(
        "email",
        ["", "ada", "@shop.test", "ada@", "a b@shop.test", "ada@shop..test", "a@b@c", "a\n@b.c"],
    )
    def test_refuses_what_is_no_address(self, email: str) -> None:
        with pytest.raises(InvalidValue) as refused:
            clean_email(email)

        assert refused.value.errors[0].pointer == "/email"

    def test_an_address_counts_without_case_and_in_one_form(self) -> None:
        assert email_key("JOSE\u0301@Shop.TEST ") == email_key("jos\u00e9@shop.test")


class TestOneTimeToken:
    def test_counts_until_it_expires_or_is_used(self) -> None:
        made = User.create(ADA, email="ada@shop.test", name="Ada", role=Role.CLERK, at=NOW)
        made.expect_password(b"h" * 32, until=LATER, at=NOW)

        assert made.awaits_password(at=NOW)
        assert not made.awaits_password(at=LATER)

        made.take_password("hash", at=NOW)

        assert not made.awaits_password(at=NOW)
        assert (made.token_hash, made.can_sign_in) == (None, True)

    def test_is_void_once_the_account_is_closed(self) -> None:
        made = user(Role.CLERK)
        made.expect_password(b"h" * 32, until=LATER, at=NOW)

        made.deactivate(by=BOB, admins=[BOB], at=NOW)

        assert (made.token_hash, made.token_expires_at) == (None, None)


class TestRole:
    def test_changes_and_says_so(self) -> None:
        made = user()

        changes = made.change_role(Role.CLERK, by=BOB, admins=[ADA, BOB], at=LATER)

        assert changes == {"role": (Role.ADMIN, Role.CLERK)}
        assert made.updated_at == LATER
        [event] = made.take_events()
        assert event == UserUpdated(
            subject=ADA, user={"role": Role.CLERK, "active": True}, changed=("role",)
        )

    def test_nobody_changes_their_own(self) -> None:
        made = user()

        with pytest.raises(OwnAccount):
            made.change_role(Role.CLERK, by=ADA, admins=[ADA, BOB], at=LATER)

        assert made.role is Role.ADMIN

    def test_the_same_role_is_no_change_even_of_ones_own(self) -> None:
        made = user()

        assert made.change_role(Role.ADMIN, by=ADA, admins=[ADA], at=LATER) == {}
        assert made.updated_at == NOW

    def test_the_last_admin_stays(self) -> None:
        made = user()

        with pytest.raises(LastAdmin):
            made.change_role(Role.MANAGER, by=BOB, admins=[ADA], at=LATER)
        with pytest.raises(LastAdmin):
            made.deactivate(by=BOB, admins=[ADA], at=LATER)

        assert (made.role, made.active, made.updated_at) == (Role.ADMIN, True, NOW)

    def test_an_admin_who_cannot_sign_in_does_not_count_and_may_go(self) -> None:
        made = User.create(ADA, email="ada@shop.test", name="Ada", role=Role.ADMIN, at=NOW)

        assert made.deactivate(by=BOB, admins=[BOB], at=LATER) == {"active": (True, False)}


class TestAccount:
    def test_closes_and_opens_once(self) -> None:
        made = user(Role.CLERK)

        assert made.deactivate(by=BOB, admins=[BOB], at=NOW) == {"active": (True, False)}
        assert made.deactivate(by=BOB, admins=[BOB], at=NOW) == {}
        assert made.activate(at=NOW) == {"active": (False, True)}
        assert made.activate(at=NOW) == {}

    def test_nobody_closes_their_own(self) -> None:
        with pytest.raises(OwnAccount):
            user().deactivate(by=ADA, admins=[ADA, BOB], at=NOW)

    def test_a_new_password_is_no_news_to_the_world(self) -> None:
        made = user()

        made.take_password("another", at=LATER)

        assert made.take_events() == []
