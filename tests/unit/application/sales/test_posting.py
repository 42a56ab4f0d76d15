from __future__ import annotations

import pytest

from app.application.common.actor import Actor
from app.application.sales.commands import Completion
from app.application.sales.drafting import below
from app.application.sales.posting import complete
from app.domain.auth.roles import Role
from app.domain.common.errors import FieldError, PermissionDenied
from app.domain.common.money import Money
from app.domain.sales.tender import Tender, TenderKind, TenderMismatch, settle


async def test_selling_beyond_the_books_needs_a_right_of_its_own() -> None:
    clerk = Actor(role=Role.CLERK, trace_id="trace", route="POST /api/v1/sales")

    with pytest.raises(PermissionDenied):
        await complete(
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            Completion(tenders=(), oversell=True),
            offer=None,  # type: ignore[arg-type]
            actor=clerk,
        )


def test_faults_of_a_part_point_into_the_member_that_holds_it() -> None:
    handed_over = [Tender(kind=TenderKind.CARD, amount_minor=1)]

    with pytest.raises(TenderMismatch) as refused, below("complete"):
        settle(handed_over, total=Money(2, "EUR"))

    detail = "0.01 EUR missing: the total is 0.02, and change is given from cash only"
    assert refused.value.errors == (FieldError("/complete/tenders", "tender_mismatch", detail),)
    assert refused.value.extra["difference"] == {"amount": "0.01", "currency": "EUR"}
