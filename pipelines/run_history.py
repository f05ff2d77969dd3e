"""Dagster's record of runs in SQLite, written without waiting for the disk.

Belongs here: how that record is written. Never here: anything that a number, a version or a ledger depends on.
"""

from __future__ import annotations

from typing import Any


def write_without_waiting() -> None:
    """Six hundred events a night, each synced to disk, cost more than the models. No truth lives there: delete it, and the next night is right."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        if type(connection).__module__.startswith("sqlite3"):
            connection.execute("pragma synchronous = off")
