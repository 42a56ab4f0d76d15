"""What posting the past needs from storage."""

from __future__ import annotations

from typing import Protocol

from app.application.inventory.ports import InventoryWork
from app.application.returns.ports import ReturnsWork


class ReplayWork(ReturnsWork, InventoryWork, Protocol): ...
