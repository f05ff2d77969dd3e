"""Turns scorecard rows into what a reader sees of one metric: the number, its change, its line, its target, and what is missing.

Belongs here: choosing the period shown and the fair one to compare with; saying why a number is absent.
Never here: SQL, HTML, a value the scorecard does not hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from assets.page.charts import LARGE, SMALL, Point, Shape, draw
from assets.page.read import HISTORY, RECENT, Published, Row, Span, month_end, month_start, period_end
from assets.page.wording import Wording

FROM_ZERO = ("additive",)  # sums are drawn from zero; levels and rates would be flat lines there
LISTED = 3
FEWEST = 4  # days that make a line


@dataclass(frozen=True)
class Target:
    share: str
    text: str
    period: str
    met: bool | None  # None while the period still runs
    verdict: str
    width: float
    mark: float
    distance: float  # how far off, as a share of the target; above 0 on the wrong side


@dataclass(frozen=True)
class Change:
    text: str
    tone: str  # better, worse or plain
    tone_word: str
    versus: str
    by: str = ""
    more: bool | None = None
    before: str = ""


@dataclass
class Kpi:
    metric: str
    department: str
    name: str
    group: str
    rank: int
    kind: str
    order: str
    value: str = ""
    unit: str = ""
    spoken: str = ""
    period: str = ""
    is_month: bool = True
    adds_up: bool = False
    change: Change | None = None
    target: Target | None = None
    notes: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)  # what the number should hold and does not
    parts: list[tuple[str, str]] = field(default_factory=list)
    absent: str = ""
    sparks: list[Markup] = field(default_factory=list)


class Scores:
    def __init__(self, published: Published, span: Span, say: Wording) -> None:
        self._span, self._say = span, say
        self.catalogue = published.catalogue()
        self._daily = published.daily(span)
        self._missing = published.missing_days(span)
        self._unpriced = published.unpriced_days(span)
        self._accounts = published.newest_by_account(span)
        self._terms = published.terms()
        self._rows: dict[tuple[str, str], dict[tuple[str, dt.date], Row]] = {}
        for row in published.scores(span):
            self._rows.setdefault((row["department"], row["metric"]), {})[row["period_kind"], row["period_start"]] = row
        self._departments = published.departments()

    # what there is -------------------------------------------------------------
    def name(self, metric: str) -> str:
        return self._say.name(self.catalogue.get(metric, {}), metric)

    def of(self, department: str, owned: Sequence[str]) -> list[Kpi]:
        """The department's metrics with a number: those of the month shown, and those it owns now whose feed fell silent."""
        keys = {k for k in (*self._rows, *self._daily, *self._accounts) if k[0] == department and self._speaks(k)}
        kpis = [self._kpi(*k) for k in keys if k[1] in owned or self._in_month(k)]
        return sorted(kpis, key=lambda k: (k.rank, k.order, k.metric))

    def silent(self, department: str, owned: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Metrics the department owns without any number, by the reason given."""
        keys = {k for k in self._rows if k[0] == department} | {(department, m) for m in owned}
        by_reason: dict[str, list[str]] = {}
        for k in sorted(keys, key=lambda k: (self.catalogue.get(k[1], {}).get("code") or "", k[1])):
            if not self._speaks(k):
                reason = next((r["missing_reason"] for r in self._rows.get(k, {}).values() if r["missing_reason"]), "not_fed")
                by_reason.setdefault(reason, []).append(self.name(k[1]))
        return [(self._say.reason(r), names) for r, names in sorted(by_reason.items())]

    def _speaks(self, key: tuple[str, str]) -> bool:
        known = any(r["value"] is not None for r in self._rows.get(key, {}).values())
        return known or key in self._daily or key in self._accounts

    def _answers(self, key: tuple[str, str], day: dt.date) -> bool:
        """Whether a department owed the number of a day: what is silent before or after its term is no gap of its."""
        terms = self._terms.get(key)
        return terms is None or any(begin <= day < end for begin, end in terms)

    def _in_month(self, key: tuple[str, str]) -> bool:
        """False for a metric that moved to another owner before the month: its old owner no longer answers for it."""
        row, since = self._rows.get(key, {}).get(("month", self._span.month)), self._span.month
        days = [*self._daily.get(key, {}), *(r["day"] for r in self._accounts.get(key, []))]
        return bool(row and row["value"] is not None) or any(d >= since for d in days)

    # one metric ----------------------------------------------------------------
    def _kpi(self, department: str, metric: str) -> Kpi:
        say, span, key = self._say, self._span, (department, metric)
        about = self.catalogue.get(metric, {})
        rows, daily = self._rows.get(key, {}), self._daily.get(key, {})
        sample = next(iter(rows.values()), {})
        unit, how = about.get("unit") or sample.get("unit"), about.get("aggregation")
        currency, direction = sample.get("currency"), about.get("direction") or sample.get("direction")
        kind = about.get("class") or sample.get("class")
        kpi = Kpi(
            metric,
            department,
            self.name(metric),
            say.term("classes", kind),
            say.rank("classes", kind),
            kind or "",
            about.get("code") or metric,
            adds_up=how == "additive",
        )
        shown, before = rows.get(("month", span.month)), rows.get(("month", span.before))
        running = rows.get(("month", month_start(span.last)))

        if shown and shown["value"] is not None:
            self._show(kpi, shown["value"], unit, how, currency, say.month(span.month))
            if before and before["value"] is not None and self._was_whole(daily) and self._is_priced(metric):
                kpi.change = self._change(shown["value"], before["value"], unit, how, direction, say.month_name(span.before))
        elif daily and before and before["value"] is not None and (about.get("grain") or "").startswith("cohort"):
            # the month is too young; its last day alone would be the luck of a few people
            self._show(kpi, before["value"], unit, how, currency, say.month(span.before))
            kpi.is_month = False
        elif daily:
            last = max(daily)
            self._show(kpi, daily[last], unit, how, currency, say.t("on_day", day=say.short(last)))
            kpi.is_month = False
            week = daily.get(last - dt.timedelta(days=7))
            if week is not None:
                kpi.change = self._change(daily[last], week, unit, how, direction, say.short(last - dt.timedelta(days=7)))
        else:
            self._by_account(kpi, unit, how)
            kpi.absent = say.reason((shown or sample).get("missing_reason"))
        if span.complete and running and running["period_start"] != span.month and running["value"] is not None:
            value = say.spoken(running["value"], unit, how, currency)
            said = say.t("so_far_value", period=say.month_name(running["period_start"]), value=value)
            kpi.notes.append(said + self._pace(running, unit, how, currency))
        kpi.target = self._target([shown, *rows.values()], unit, how, currency, direction)
        self._note_missing(kpi)
        series = [(kpi.name, daily)] if daily else [(f"{kpi.name}, {a}", d) for a, d in self._series_by_account(kpi)]
        kpi.sparks = [s for name, days in series if (s := self._draw(name, key, days, SMALL, RECENT, unit, how))]
        return kpi

    def _was_whole(self, daily: Mapping[dt.date, Any]) -> bool:
        """A month that began half-way is no measure: what is compared with it would always seem to have grown."""
        starts_late = len(daily) > 20 and min(daily) > self._span.before + dt.timedelta(days=6)
        return self._span.complete and self._span.first <= self._span.before and not starts_late

    def _is_priced(self, metric: str) -> bool:
        """Whether all money of both months has a rate: a sum does not fall by what is in no total, though it would seem to."""
        end = month_end(self._span.month)
        return not any(self._span.before <= day <= end for days in self._unpriced.get(metric, {}).values() for day in days)

    def _show(self, kpi: Kpi, value: Any, unit: str | None, how: str | None, currency: str | None, period: str) -> None:
        kpi.value, kpi.unit = self._say.amount(value, unit, how), self._say.unit(unit, currency)
        kpi.spoken, kpi.period = self._say.spoken(value, unit, how, currency), period

    def _change(self, now: Any, then: Any, unit: str | None, how: str | None, direction: str | None, before: str) -> Change:
        say = self._say
        text = say.change(now, then, unit, how)
        if text == say.t("unchanged"):
            return Change(text, "plain", "", say.t("versus", before=before), before=before)
        good = (now > then) == (direction == "up")
        tone = ("better" if good else "worse") if direction in ("up", "down") else "plain"
        word = say.t(tone) if tone != "plain" else ""
        return Change(text, tone, word, say.t("versus", before=before), text.lstrip("+−") if then else "", now > then, before)

    def _by_account(self, kpi: Kpi, unit: str | None, how: str | None) -> None:
        """People of two accounts cannot be added, so each account says its own newest number."""
        accounts = self._accounts.get((kpi.department, kpi.metric), [])
        if not accounts:
            return
        newest = max(r["day"] for r in accounts)
        same = [r for r in accounts if r["day"] == newest]
        kpi.parts = [(self._say.account(r["account_id"]), self._say.amount(r["value"], unit, how)) for r in same[:LISTED]]
        monthly = (self.catalogue.get(kpi.metric, {}).get("grain") or "").endswith("month")
        kpi.period = self._say.month(newest) if monthly else self._say.t("on_day", day=self._say.short(newest))
        kpi.is_month = False
        kpi.notes.append(self._say.t("per_account"))
        if len(accounts) > len(kpi.parts):
            kpi.notes.append(self._say.t("and_more", n=len(accounts) - len(kpi.parts)))

    def _target(self, rows: Sequence[Row | None], unit: str | None, how: str | None, currency: str | None, direction: str | None) -> Target | None:
        for row in rows:
            if not row or not row["target"] or row["attainment"] is None or row["period_start"] == self._span.before:
                continue
            say, share, limit = self._say, float(row["attainment"]), direction == "down"
            over = period_end(row["period_kind"], row["period_start"]) <= self._span.last
            met = None if not over else share <= 1 if limit else share >= 1
            # 99.6 % must not read "100 %, not met"
            spoken = say.percent(share, 1 if share != 1 and abs(share - 1) < 0.005 else 0)
            text = say.t("of_limit" if limit else "of_target", share=spoken, target=say.spoken(row["target"], unit, how, currency))
            widest = max(share, 1.0) * 1.04
            return Target(
                spoken,
                text,
                say.period(row["period_kind"], row["period_start"]),
                met,
                say.t("running" if met is None else "met" if met else "not_met") + (self._pace(row, unit, how, currency) if met is None else ""),
                round(max(share, 0.0) / widest * 100, 1),
                round(100 / widest, 1),
                share - 1 if limit else 1 - share,
            )
        return None

    def _pace(self, row: Row, unit: str | None, how: str | None, currency: str | None) -> str:
        """Whether a period that still runs is where an even pace would be, in words; nothing is said where no pace is known."""
        if row["is_on_pace"] is None or row["expected_by_now"] is None:
            return ""
        expected = self._say.spoken(row["expected_by_now"], unit, how, currency)
        return self._say.t("on_pace" if row["is_on_pace"] else "behind_pace", expected=expected)

    def _note_missing(self, kpi: Kpi) -> None:
        """A month that lacks days, or money without a rate, is said to lack them, beside its number."""
        key, end = (kpi.department, kpi.metric), min(month_end(self._span.month), self._span.last)
        short = []
        for words, lacking in (("unpriced_days", self._unpriced), ("missing_days", self._missing)):
            for account, days in lacking.get(kpi.metric, {}).items():
                n = sum(self._span.month <= d <= end and self._answers(key, d) for d in days)
                if n:
                    short.append(self._say.t(words, account=self._say.account(account), n=n))
        kpi.lacks += short[:2]
        if len(short) > 2:
            kpi.lacks.append(self._say.t("and_more", n=len(short) - 2))

    # lines -----------------------------------------------------------------------
    def _series_by_account(self, kpi: Kpi) -> list[tuple[str, dict[dt.date, Any]]]:
        named = [account for account, _ in kpi.parts]
        series = [(self._say.account(r["account_id"]), r["daily"]) for r in self._accounts.get((kpi.department, kpi.metric), [])]
        return [(account, daily) for account, daily in series if account in named]

    def large(self, kpi: Kpi, beside: Sequence[Kpi]) -> Markup:
        """The line of one panel; all that stand beside each other show the same days, from the first that any of them has."""
        about = self.catalogue.get(kpi.metric, {})
        series = {k.metric: self._daily.get((k.department, k.metric), {}) for k in (kpi, *beside)}
        oldest = self._span.last - dt.timedelta(days=HISTORY - 1)
        first = max(oldest, min((min(days) for days in series.values() if days), default=oldest))
        days = (self._span.last - first).days + 1
        return self._draw(kpi.name, (kpi.department, kpi.metric), series[kpi.metric], LARGE, days, about.get("unit"), about.get("aggregation"))

    def _draw(
        self, name: str, key: tuple[str, str], daily: Mapping[dt.date, Any], shape: Shape, days: int, unit: str | None, how: str | None
    ) -> Markup:
        say, last = self._say, self._span.last
        first = last - dt.timedelta(days=days - 1)
        inside = {d: v for d, v in daily.items() if first <= d <= last}
        if len(inside) < FEWEST:
            return Markup("")
        lacking = {d for short in (self._missing, self._unpriced) for gone in short.get(key[1], {}).values() for d in gone}
        partial = {d for d in lacking if self._answers(key, d)}
        span = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
        points = [Point(i, float(inside[d]) if d in inside else None, d not in partial) for i, d in enumerate(span)]
        peak = max(inside, key=lambda d: (inside[d], d))
        begun = min(inside)

        def speak(value: Decimal) -> str:
            return say.spoken(value, unit, how)

        desc = say.t(
            "chart_desc",
            low=speak(min(inside.values())),
            high=speak(inside[peak]),
            peak=say.short(peak),
            last=speak(inside[max(inside)]),
            gaps=str(sum(d not in inside and self._answers(key, d) for d in span if d >= begun)),
        )
        title = say.t("chart_of", metric=name, period=say.between(first, last))
        large = shape is LARGE
        ticks = [(i, say.month_tick(d)) for i, d in enumerate(span) if d.day == 1 and len(span) - i > 12] if large else []
        high = f"{speak(inside[peak])} · {say.short(peak)}" if large else ""
        return draw(points, shape, from_zero=how in FROM_ZERO, title=title, desc=desc, ticks=ticks, high=high)
