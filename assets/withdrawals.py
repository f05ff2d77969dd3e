"""What was received and shall not count: a file that its folder's account could read, but that was never that account's.

Belongs here: which bytes were withdrawn from which account, when and why, kept beside the bytes. Never here: the bytes, which stay; what the
file becomes in the landing (landing.py).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from assets.archive import WITHDRAWN, write_json


@dataclass(frozen=True, order=True)
class Withdrawal:
    """These bytes say nothing of this account."""

    file_hash: str
    account_id: str
    withdrawn_on: str
    reason: str

    def __str__(self) -> str:
        return f"it was withdrawn on {self.withdrawn_on}: {self.reason}"


def withdrawals(archive: Path) -> list[Withdrawal]:
    """All that are in force."""
    path = archive / WITHDRAWN
    return [Withdrawal(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []


def withdraw(archive: Path, file_hash: str, account_id: str, today: date, reason: str) -> None:
    """From now on these bytes count nothing of this account. Withdrawn once more, the first day stands."""
    before = withdrawals(archive)
    if not any((one.file_hash, one.account_id) == (file_hash, account_id) for one in before):
        _write(archive, [*before, Withdrawal(file_hash, account_id, today.isoformat(), reason)])


def restore(archive: Path, file_hash: str, account_id: str) -> None:
    """They count again, as if they had never been withdrawn."""
    _write(archive, [one for one in withdrawals(archive) if (one.file_hash, one.account_id) != (file_hash, account_id)])


def _write(archive: Path, found: list[Withdrawal]) -> None:
    write_json(archive / WITHDRAWN, [asdict(one) for one in sorted(found)])
