"""Asks the published database what the page shows; every question is one select.

Belongs here: choosing rows and columns, and naming the profile and the days asked about.
Never here: words, formats, HTML, arithmetic that makes a new metric. Sums are asked only of additive metrics.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

import duckdb

from assets.page.wording import layout

Row = dict[str, Any]
HISTORY = 180
RECENT = 90


def month_start(day: dt.date, back: int = 0) -> dt.date:
    count = day.year * 12 + day.month - 1 - back
    return dt.date(count // 12, count % 12 + 1, 1)


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def period_end(kind: str, start: dt.date) -> dt.date:
    if kind in ("month", "quarter"):
        return month_end(month_start(start, 0 if kind == "month" else -2))
    return start + dt.timedelta(days=6 if kind == "week" else 0)


@dataclass(frozen=True)
class Span:
    """What the numbers reach: the first and newest day, and the newest month that is complete (or the running one)."""

    first: dt.date
    last: dt.date
    month: dt.date
    complete: bool

    @classmethod
    def of(cls, first: dt.date, last: dt.date) -> Span:
        newest = month_start(last) if month_end(last) == last else month_start(last, 1)
        return cls(first, last, newest, True) if newest >= month_start(first) else cls(first, last, month_start(last), False)

    @property
    def before(self) -> dt.date:
        return month_start(self.month, 1)

    @property
    def window(self) -> dt.date:
        """Six calendar months, the shown one included: what campaigns and assists are counted over."""
        return month_start(self.month, 5)


class Published:
    def __init__(self, con: duckdb.DuckDBPyConnection, profile: str) -> None:
        self._con = con
        self.profile = profile
        self._tables = {t for (t,) in con.execute("select table_name from information_schema.tables").fetchall()}

    def _ask(self, sql: str, *values: object) -> list[Row]:
        cursor = self._con.execute(sql, list(values))
        names = [c[0] for c in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _has(self, table: str) -> bool:
        return table in self._tables

    # what and when -----------------------------------------------------------
    def version(self) -> Row:
        found = self._ask("select version, as_of from published_version")
        return found[0] if found else {"version": None, "as_of": None}

    def span(self, as_of: dt.date) -> Span | None:
        # the day of the run is not over: a few orders of its morning would be the newest day of every line
        row = self._ask(
            "select min(day) as first, coalesce(max(day) filter (day < ?), max(day)) as last from kpi_daily where value is not null", as_of
        )[0]
        return Span.of(row["first"], row["last"]) if row["last"] else None

    def catalogue(self) -> dict[str, Row]:
        rows = self._ask("select * from metric_catalogue order by valid_from nulls first")
        return {r["metric"]: r for r in rows}  # a later definition replaces an earlier one

    def departments(self) -> list[Row]:
        rows = self._ask("select * from departments where profile = ? order by department, valid_from nulls first", self.profile)
        return list({r["department"]: r for r in rows}.values())

    def all_departments(self) -> list[Row]:
        return self._ask("select * from departments order by profile, department, valid_from nulls first")

    def held(self) -> list[Row]:
        """Who answers for which function from when to when, in every profile; a day at both ends, so that days can be compared."""
        return self._ask(
            """select * replace (coalesce(valid_from, date '0001-01-01') as valid_from, coalesce(valid_to, date '9999-12-31') as valid_to)
               from function_owners order by profile, function, valid_from, role, department"""
        )

    def law(self) -> list[Row]:
        return self._ask("select class, department_kind from class_rules order by class, department_kind") if self._has("class_rules") else []

    def accounts(self) -> dict[str, Row]:
        return {r["account_id"]: r for r in self._ask("select * from accounts")} if self._has("accounts") else {}

    def functions(self) -> dict[str, Row]:
        return {r["function"]: r for r in self._ask("select * from functions")} if self._has("functions") else {}

    def reasons(self, language: str) -> dict[str, str]:
        rows = self._ask("select * from missing_reasons") if self._has("missing_reasons") else []
        return {r["reason"]: r.get(f"text_{language}") or r.get("text_en") or "" for r in rows}

    # scores ------------------------------------------------------------------
    def scores(self, span: Span) -> list[Row]:
        """The month shown, the one before, the running one; any other period with a target that holds the month's last day."""
        last_day = min(month_end(span.month), span.last)
        return self._ask(
            """select department, department_kind, metric, class, period_kind, period_start, value, unit, target, attainment,
                 missing_reason, direction, currency, expected_by_now, is_on_pace
               from scorecard
               where profile = $1 and ((period_kind = 'month' and period_start in ($2, $3, $4))
                 or (period_kind = 'quarter' and target is not null and date_trunc('quarter', $5::date) = period_start)
                 or (period_kind = 'week' and target is not null and date_trunc('week', $5::date) = period_start))
               order by all""",
            self.profile,
            span.month,
            span.before,
            month_start(span.last),
            last_day,
        )

    def daily(self, span: Span) -> dict[tuple[str, str], dict[dt.date, Any]]:
        rows = self._ask(
            """select department, metric, period_start, value from scorecard
               where profile = ? and period_kind = 'day' and value is not null
                 and period_start > ? and period_start <= ? order by all""",
            self.profile,
            span.last - dt.timedelta(days=HISTORY),
            span.last,
        )
        found: dict[tuple[str, str], dict[dt.date, Any]] = {}
        for r in rows:
            found.setdefault((r["department"], r["metric"]), {})[r["period_start"]] = r["value"]
        return found

    def newest_by_account(self, span: Span) -> dict[tuple[str, str], list[Row]]:
        """The last number of each account, for metrics whose accounts must not be added; campaigns are parts, not the whole."""
        rows = self._ask(
            """select department, metric, account_id, max(day) as day, arg_max(value, day) as value,
                 map_from_entries(list((day, value) order by day)) as daily
               from owned_kpi_daily
               where profile = ? and role = 'accountable' and value is not null and coalesce(campaign, '') = '' and day > ? and day <= ?
                 and aggregation not in ('additive', 'stock')
               group by department, metric, account_id order by value desc, account_id""",
            self.profile,
            span.last - dt.timedelta(days=RECENT),
            span.last,
        )
        found: dict[tuple[str, str], list[Row]] = {}
        for r in rows:
            found.setdefault((r["department"], r["metric"]), []).append(r)
        return found

    def missing_days(self, span: Span) -> dict[str, dict[str, list[dt.date]]]:
        """metric -> account -> days without a number, for accounts that usually report daily (a third of their days or more).

        Cohorts are left out: a young one owes nothing yet.
        """
        rows = self._ask(
            """with seen as (select distinct metric, account_id, day from kpi_daily where value is not null and day > $1),
               feeds as (
                 select s.metric, s.account_id, min(s.day) as first_day,
                   least($2::date, coalesce(max(a.valid_to) - 1, $2::date)) as last_day
                 from seen as s left join accounts as a using (account_id)
                 where s.metric not in (select metric from metric_catalogue where grain like 'cohort%')
                 group by all
                 having count(distinct s.day) * 3 >= date_diff('day', min(s.day), $2::date) + 1),
               told as (select distinct metric, account_id, day from kpi_daily
                 where day > $1 and (value is not null or not list_contains($3, missing_reason))),
               due as (select metric, account_id, unnest(generate_series(first_day, last_day, interval 1 day))::date as day
                 from feeds)
               select metric, account_id, list(day order by day) as days from due anti join told using (metric, account_id, day)
               group by all order by all""",
            span.last - dt.timedelta(days=HISTORY),
            span.last,
            layout()["flagged_reasons"],
        )
        found: dict[str, dict[str, list[dt.date]]] = {}
        for r in rows:
            found.setdefault(r["metric"], {})[r["account_id"]] = r["days"]
        return found

    def unpriced_days(self, span: Span) -> dict[str, dict[str, list[dt.date]]]:
        """metric -> account -> days whose money is in no total, because no rate of the day is known."""
        rows = self._ask(
            """select metric, account_id, list(distinct day order by day) as days from kpi_daily
               where list_contains(?, missing_reason) and day > ? and day <= ? group by all order by all""",
            layout()["unpriced_reasons"],
            span.last - dt.timedelta(days=HISTORY),
            span.last,
        )
        found: dict[str, dict[str, list[dt.date]]] = {}
        for r in rows:
            found.setdefault(r["metric"], {})[r["account_id"]] = r["days"]
        return found

    def owners(self, day: dt.date, nobody: str) -> list[Row]:
        """Who answers for, or contributes to, which metric on a day: by the rules, numbers or not. A function takes the owner of the one above."""
        return self._ask(
            """select c.metric, coalesce(if(o.department_kind != ?, o.department, null), '') as department, coalesce(o.role, 'accountable') as role
               from (select distinct metric, function from metric_catalogue) as c
               left join function_owners as o on o.function = c.function and o.profile = ?
                 and (o.valid_from is null or o.valid_from <= ?) and (o.valid_to is null or o.valid_to > ?)
               order by all""",
            nobody,
            self.profile,
            day,
            day,
        )

    def terms(self) -> dict[tuple[str, str], list[tuple[dt.date, dt.date]]]:
        """(department, metric) -> from when to when the department answers for it; the second day is the first that no longer counts."""
        rows = self._ask(
            """select o.department, c.metric, list((coalesce(o.valid_from, date '0001-01-01'), coalesce(o.valid_to, date '9999-12-31'))) as terms
               from metric_catalogue as c inner join function_owners as o using (function)
               where o.profile = ? and o.role = 'accountable' group by all""",
            self.profile,
        )
        return {(r["department"], r["metric"]): [tuple(term) for term in r["terms"]] for r in rows}

    def answering(self, day: dt.date) -> set[str]:
        """The departments that answer for a function on a day, with a metric or without."""
        rows = self._ask(
            """select distinct department from function_owners where profile = ? and role = 'accountable'
                 and (valid_from is null or valid_from <= ?) and (valid_to is null or valid_to > ?)""",
            self.profile,
            day,
            day,
        )
        return {row["department"] for row in rows}

    def follower_months(self, span: Span) -> list[Row]:
        if not self._has("follower_ledger"):
            return []
        return self._ask(
            """select account_id, arg_min(opening, day) filter (where opening is not null) as opening, sum(gained) as gained,
                 sum(lost) as lost, arg_max(closing, day) filter (where closing is not null) as closing, sum(residual) as residual
               from follower_ledger where day >= ? and day <= ? group by account_id
               order by closing desc nulls last, account_id""",
            span.month,
            min(month_end(span.month), span.last),
        )

    def reorganisations(self, span: Span) -> list[Row]:
        """Ownership that began within the history shown, or will; with whoever held the same role until that day."""
        return self._ask(
            """select n.function, n.role, n.department, n.valid_from, n.reason, n.approved_by,
                 (select string_agg(distinct o.department, '|' order by o.department) from ownership as o
                  where o.profile = n.profile and o.function = n.function and o.role = n.role and o.department != n.department
                    and (o.valid_from is null or o.valid_from < n.valid_from) and o.valid_to = n.valid_from) as before
               from ownership as n where n.profile = ? and n.valid_from > ?
               order by n.valid_from desc, n.function, n.role, n.department""",
            self.profile,
            span.last - dt.timedelta(days=HISTORY),
        )
