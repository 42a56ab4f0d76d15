"""Who may make an account for themselves."""

from __future__ import annotations

from enum import StrEnum

from app.domain.common.errors import Conflict, PermissionDenied


class Registration(StrEnum):
    """`open`: anybody, as a viewer. `invite`: whom an admin has invited. `closed`: nobody."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class RegistrationClosed(PermissionDenied):
    """Accounts of this shop are made by its admins."""

    code = "registration_closed"
    title = "Nobody registers here on their own"


class MailOff(Conflict):
    """This shop sends no mail."""

    code = "mail_off"
    title = "This shop sends no mail"
