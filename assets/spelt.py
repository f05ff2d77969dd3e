"""How the cells of one file, and of one table in it, are written: what its map, its account and its reception say together.

Belongs here: putting those together, for files read whole and for files read in pieces. Never here: reading a cell (cells).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from assets.cells import Spelling
from assets.dates import Window
from assets.maps import Adapter

if TYPE_CHECKING:
    from assets.archive import Receipt
    from assets.export import Account, Intake


def of_file(adapter: Adapter, account: Account, receipt: Receipt, intake: Intake, *, has_native_days: bool = False) -> Spelling:
    return Spelling(
        zone=adapter.zone or account.time_zone or intake.company_time_zone,
        company_zone=intake.company_time_zone,
        last_day=receipt.received_at.date() + timedelta(days=1),
        person_key=intake.person_key,
        has_native_days=has_native_days,
    )


def of_table(how: Spelling, part: Adapter, window: Window) -> Spelling:
    """The same file's spelling, with what the map says of this one of its tables."""
    return replace(how, day=part.day, instant=part.instant, missing=part.missing, apostrophes=part.apostrophes, window=window)
