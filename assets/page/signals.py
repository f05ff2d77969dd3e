"""Asks for what is uncertain: how far models differ about credit, what awareness was followed by, numbers that look wrong.

Belongs here: more single selects on the published tables, as in read.py and ledgers.py.
Never here: words, formats, HTML; a sum over models, members or conversion types, which would mean nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from assets.page.ledgers import Ledgers
from assets.page.read import RECENT, Row, Span
from assets.page.wording import layout


class Signals(Ledgers):
    def disagreement(self, span: Span) -> list[Row]:
        """The month shown, never a sum of months: the least of two months may come from two models."""
        if not self._has("credit_disagreement"):
            return []
        return self._ask(
            """select conversion_type, member, models, conversions_low, conversions_high, low_models, high_models
               from credit_disagreement where dimension = 'channel' and month = ? and list_contains(?, conversion_type)
               order by member, conversion_type""",
            span.month,
            layout()["credit_types"],
        )

    def bridge(self) -> list[Row]:
        """One row a pair, its lags in order; what has no estimate keeps its reason."""
        if not self._has("awareness_bridge"):
            return []
        return self._ask(
            """select awareness_metric, outcome_metric, max(burst_size) as burst, min(missing_reason) as reason,
                 coalesce(list({lag: lag_days, middle: association, low: low, high: high, found: is_distinguishable} order by lag_days)
                   filter (where association is not null and low is not null and high is not null), []) as lags
               from awareness_bridge group by all order by awareness_metric, outcome_metric"""
        )

    def anomalies(self) -> list[Row]:
        """Recent numbers that look wrong and that nobody has let stand: what holds a night first, then the newest."""
        if not self._has("anomalies"):
            return []
        return self._ask(
            """select metric, account_id, day, kind, expected, observed, factor, policy, source_file from anomalies
               where is_recent and not is_acknowledged order by policy, day desc, score desc nulls last, metric, account_id, kind"""
        )

    def acknowledged(self) -> int:
        if not self._has("anomalies"):
            return 0
        return int(self._ask("select count(*) as n from anomalies where is_acknowledged")[0]["n"])

    def of_account(self, metric: str, account: str, span: Span) -> dict[dt.date, Any]:
        """One account's days: campaigns are parts that add up where the metric does, else the row without one is the number."""
        rows = self._ask(
            """select day, sum(value) as value from kpi_daily
               where metric = ? and account_id = ? and day > ? and value is not null
                 and (aggregation = 'additive' or coalesce(campaign, '') = '') group by day order by day""",
            metric,
            account,
            span.last - dt.timedelta(days=RECENT),
        )
        return {r["day"]: r["value"] for r in rows}

    def overlap(self) -> list[Row]:
        """Networks that count the same people, on the newest day that both are known."""
        if not self._has("follower_overlap"):
            return []
        return self._ask(
            """select platform_a, platform_b, max(day) as day, arg_max(at_least, day) as at_least, arg_max(at_most, day) as at_most
               from follower_overlap where at_most is not null group by all order by platform_a, platform_b"""
        )
