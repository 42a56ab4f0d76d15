"""What accounts and sessions refuse."""

from __future__ import annotations

from app.domain.common.errors import Conflict, InvalidValue, PermissionDenied, Unauthenticated


class LoginRefused(Unauthenticated):
    """Unknown address, wrong password or closed account: the answer does not tell which."""

    code = "login_refused"
    title = "Address or password is wrong"


class SessionEnded(Unauthenticated):
    """The session was closed or has expired: sign in again."""

    code = "session_ended"
    title = "The session has ended, sign in again"


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, used up or of an ended session."""

    code = "refresh_refused"
    title = "The refresh token is not accepted"


class OneTimeTokenRefused(Unauthenticated):
    """The one-time token is unknown, used up or expired."""

    code = "one_time_token_refused"
    title = "The one-time token is not accepted"


class SetupDone(Conflict):
    """There is a user already: set-up happens once."""

    code = "setup_done"
    title = "This shop is set up already"


class LastAdmin(Conflict):
    """One admin who can sign in must remain."""

    code = "last_admin"
    title = "The last active admin must stay"


class OwnAccount(PermissionDenied):
    """Nobody changes their own role or closes their own account."""

    code = "own_account"
    title = "Not on your own account"


class AccountClosed(Conflict):
    """The account is closed."""

    code = "account_closed"
    title = "The account is closed"


class WrongPassword(InvalidValue):
    """The present password was not given right; nothing was changed."""

    code = "wrong_password"
    title = "The present password is wrong"
