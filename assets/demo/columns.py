"""Rows kept as columns: what happened, when, to whom.

Belongs here: holding and cutting them.
Never here: what the kinds mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assets.demo.streams import Ints


@dataclass
class Columns:
    """Equal-long columns sorted by time. `at` is seconds of local wall time since the first day's midnight."""

    at: Ints
    person: Ints
    kind: Ints  # touches: source; orders: status; activity: event
    extra: dict[str, Any]

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Any) -> Columns:
        return Columns(self.at[rows], self.person[rows], self.kind[rows], {k: v[rows] for k, v in self.extra.items()})

    def between(self, first: int, last: int) -> Columns:
        """The rows of the days first..last (inclusive)."""
        return self.take((self.at >= first * 86400) & (self.at < (last + 1) * 86400))
