"""Asks for what stands beside the scores: campaigns and their conversions, assists, restatements, checks, feeds, refusals.

Belongs here: more single selects on the published tables, as in read.py.
Never here: words, formats, HTML; a number of one ledger added to a number of another.
"""

from __future__ import annotations

from typing import Any

from assets.page.read import Published, Row, Span
from assets.page.wording import layout


class Ledgers(Published):
    # campaigns ---------------------------------------------------------------
    def campaigns(self, span: Span) -> list[Row]:
        """Each campaign with its largest additive awareness count. Counts of different metrics are never summed."""
        return self._ask(
            """with sums as (
                 select campaign, metric, unit, sum(value) as seen from kpi_daily
                 where coalesce(campaign, '') not in ('', 'unattributed') and aggregation = 'additive' and unit != 'money' and value is not null
                   and day between ? and ? and list_contains(?, class) group by all)
               select campaign, arg_max(metric, seen) as metric, max(seen) as seen, arg_max(unit, seen) as unit
               from sums group by campaign order by seen desc, campaign""",
            span.window,
            span.last,
            layout()["ledgers"]["awareness"],
        )

    def credited(self, span: Span) -> tuple[str | None, dict[str, Row]]:
        """One model's conversions by campaign; models are alternatives, so exactly one is read. Without touches none was measured."""
        if not self._has("credit") or not self._met_anybody():
            return None, {}
        models = [r["model"] for r in self._ask("select distinct model from credit where dimension = 'campaign' order by model")]
        if not models:
            return None, {}
        model = next((m for m in layout()["credit_models"] if m in models), models[0])
        # spend stands beside every conversion type of a month, because a campaign is not paid once for each: it is counted once
        rows = self._ask(
            """with months as (
                 select member, month, sum(conversions) as conversions, sum(value) as value, max(spend) as spend,
                   bool_or(value is null or missing_reason = 'no_rate') as unrated from credit
                 where model = ? and dimension = 'campaign' and month >= ? and list_contains(?, conversion_type) group by all)
               select member, sum(conversions) as conversions, sum(value) as value, sum(spend) as spend, bool_or(unrated) as unrated
               from months group by member order by member""",
            model,
            span.window,
            layout()["credit_types"],
        )
        return model, {r["member"]: r for r in rows}

    def _met_anybody(self) -> bool:
        """Touches were received: without any, every campaign has a credit of 0 that nobody measured."""
        heard = "union all select 1 from feed_freshness where shape = 'touches'" if self._has("feed_freshness") else ""
        rows = self._ask(f"select 1 from credit where member != ? and conversions > 0 {heard} limit 1", layout()["unattributed"])  # noqa: S608 - a text above
        return bool(rows)

    def outcome_metric(self, span: Span) -> str | None:
        """The first conversion count of the catalogue that a campaign's own record carries: one metric, for different ones cannot be added."""
        rows = self._ask(
            """select metric from metric_catalogue where list_contains(?, class) and aggregation = 'additive' and unit != 'money'
                 and metric in (select metric from kpi_daily where value is not null and day between ? and ? and coalesce(campaign, '') != '')
               order by code, metric limit 1""",
            layout()["ledgers"]["outcome"],
            span.window,
            span.last,
        )
        return str(rows[0]["metric"]) if rows else None

    def carried(self, span: Span, metric: str | None) -> dict[str, Any]:
        """Conversions whose own fact carries a campaign."""
        rows = self._ask(
            """select campaign, sum(value) as n from kpi_daily where metric = ? and coalesce(campaign, '') != ''
                 and value is not null and day between ? and ? group by campaign order by campaign""",
            metric,
            span.window,
            span.last,
        )
        return {r["campaign"]: r["n"] for r in rows}

    def assists(self, span: Span) -> list[Row]:
        if not self._has("assists"):
            return []
        return self._ask(
            """select department, function, sum(assisted_conversions) as conversions, sum(assisted_value) as value from assists
               where profile = ? and month >= ? group by all order by conversions desc, department, function""",
            self.profile,
            span.window,
        )

    # trust -------------------------------------------------------------------
    def restatements(self, shown: int) -> tuple[int, list[Row]]:
        if not self._has("restatements"):
            return 0, []
        total = self._ask("select count(*) as n from restatements")[0]["n"]
        rows = self._ask("select * from restatements order by known_after desc, day desc, metric, account_id, version desc limit ?", shown)
        return total, rows

    def checks(self) -> list[Row]:
        if not self._has("data_quality"):
            return []
        return self._ask("select check_name, layer, verdict, rows_seen, offenders, blocking from data_quality order by layer, check_name")

    def feeds(self) -> list[Row]:
        """Each account with its newest day, its files, and since when one of its feeds is silent; records of a file refused whole are no records."""
        silent = "feed_freshness" if self._has("feed_freshness") else "(select '' as account_id, null::date as stale_since, false as is_stale)"
        return self._ask(
            f"""with newest as (select account_id, max(day) as newest from kpi_daily where value is not null group by all),
               silent as (select account_id, min(stale_since) as since from {silent} where is_stale group by all),
               received as (select account_id, count(*) as files, sum(accepted) as accepted,
                 sum(quarantined) filter (where status != 'refused') as quarantined from files group by all)
               select account_id, min(a.platform) as platform, any_value(n.newest) as newest, any_value(s.since) as since,
                 coalesce(any_value(r.files), 0) as files, coalesce(any_value(r.accepted), 0) as accepted,
                 coalesce(any_value(r.quarantined), 0) as quarantined
               from (select distinct account_id, platform from accounts) as a left join newest as n using (account_id)
               left join silent as s using (account_id) left join received as r using (account_id)
               group by account_id order by account_id"""  # noqa: S608 - one of two texts above
        )

    def silent_channels(self) -> list[Row]:
        """Channels whose touches stopped while those of their account went on, the newest silence first."""
        if not self._has("channel_freshness"):
            return []
        return self._ask(
            "select account_id, channel, silent_since from channel_freshness where is_silent order by silent_since desc, account_id, channel"
        )

    def refusals(self) -> list[Row]:
        """Records refused from files that were read; a file refused whole is told as a file, not once more as a record."""
        if not self._has("quarantine"):
            return []
        return self._ask(
            """select rule, min(reason) as reason, count(*) as n, min(source_file) as source_file,
                 arg_min(line, source_file) as line, arg_min(raw, source_file) as raw
               from quarantine anti join (select file_hash from files where status = 'refused') using (file_hash)
               group by rule order by n desc, rule"""
        )

    def refused_files(self) -> list[Row]:
        return self._ask("select source_file, reason from files where status = 'refused' order by received_at desc, source_file")
