"""What was received by a clock that ran ahead: its receipts speak of a day that has not come.

Belongs here: when such a file was received instead. Never here: bytes, files, days that a folder states (those are a person's word).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assets.archive import Receipt

# Zones and a night over midnight are less; a clock that was set back by a day mends itself the day after.
BEYOND_DOUBT = timedelta(days=2)


def redated(receipts: Iterable[Receipt], now: datetime) -> list[Receipt]:
    """The receipts of days to come, moved back together so that the last of them was received now; in between they keep their order.

    Left as they are, their files would be in no version before that day comes.
    """
    ahead = [receipt for receipt in receipts if not receipt.received_stated and receipt.received_at > now + BEYOND_DOUBT]
    if not ahead:
        return []
    back = max(receipt.received_at for receipt in ahead) - now.replace(microsecond=0)
    moved = []
    for receipt in ahead:
        at = receipt.received_at - back
        order = at.isoformat(timespec="seconds") + receipt.delivery_order[receipt.delivery_order.index("|") :]
        moved.append(replace(receipt, received_at=at, delivery_order=order))
    return moved
