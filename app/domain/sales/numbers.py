"""The series in which sales are numbered."""

from __future__ import annotations

from app.domain.common.numbers import DocumentNumber, posting_year

__all__ = ["SALES_SERIES", "DocumentNumber", "posting_year"]

SALES_SERIES = "S"
