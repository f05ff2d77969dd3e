"""Small companies in words: a home, the files dropped into it, and the night that follows.

Belongs here: writing company tables and plain exports the way a person would. Never here: what must come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.paths import Paths
from pipelines.plain import plain_night

NOW = datetime(2026, 3, 20, 9, 0)


class World:
    """One company in one folder. Nights run in this process, without Dagster: the graph has tests of its own."""

    def __init__(self, home: Path, as_of: date = date(2026, 3, 20), **settings: str) -> None:
        self.paths = Paths.at(home)
        self.as_of = as_of
        self.table("company.toml", {"name": "Small World", "time_zone": "Asia/Shanghai", "currency": "CNY", "profile": "default",
                                    "language": "en"} | settings)  # fmt: skip
        self.accounts: dict[str, tuple[str, ...]] = {}

    def table(self, name: str, content: Mapping[str, str] | Sequence[str]) -> None:
        """Write a company table: `key = "value"` lines for the settings, CSV lines for the others."""
        self.paths.company.mkdir(parents=True, exist_ok=True)
        lines = [f'{key} = "{value}"' for key, value in content.items()] if isinstance(content, Mapping) else content
        (self.paths.company / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def account(
        self,
        account_id: str,
        platform: str = "wechat",
        surface: str = "media",
        currency: str = "CNY",
        zone: str = "Asia/Shanghai",
    ) -> None:
        self.accounts[account_id] = (account_id, platform, "account", "lantern", surface, zone, currency, "", "")
        header = "account_id,platform,kind,brand,surface,time_zone,currency,valid_from,valid_to"
        self.table("accounts.csv", [header, *(",".join(row) for row in self.accounts.values())])

    def drop(self, account_id: str, name: str, lines: Iterable[str] | bytes, received: str | None = None) -> Path:
        """Put an export into the inbox, in a date folder when its day of reception is stated."""
        folder = self.paths.inbox / account_id / (received or "")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode())
        return path

    def night(self, as_of: date | None = None, now: datetime = NOW) -> Mapping[str, Any]:
        return plain_night(self.paths, as_of or self.as_of, now)

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.paths.database), read_only=True) as con:
            return con.execute(sql, list(values)).fetchall()

    def value(self, metric: str, day: str, account_id: str | None = None, campaign: str = "") -> Any:
        """(value, missing_reason) of one cell of kpi_daily, or None where there is no row."""
        rows = self.ask(
            "select value, missing_reason from kpi_daily where metric = ? and day = ? and campaign = ? and (? is null or account_id = ?)",
            metric, day, campaign, account_id, account_id,
        )  # fmt: skip
        assert len(rows) <= 1, rows
        return rows[0] if rows else None

    def owner(self, metric: str, day: str, profile: str = "default") -> set[str]:
        """The accountable departments of a metric on a day: one name, or the world is broken."""
        return {
            row[0]
            for row in self.ask(
                "select department from owned_kpi_daily where metric = ? and day = ? and profile = ? and role = 'accountable'",
                metric,
                day,
                profile,
            )
        }
