"""Words what is uncertain: whom the models credit, what awareness was followed by, which numbers to look at twice.

Belongs here: one method a part, from rows to what the template prints, each with its picture and the words beside it.
Never here: SQL, HTML, a cause where the tables know an association; a number of one ledger added to a number of another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from assets.page.charts import SMALL, Point, draw
from assets.page.ranges import Lag, band, between
from assets.page.read import RECENT, Row
from assets.page.sections import Sections
from assets.page.signals import Signals
from assets.page.wording import Wording, apart, layout

SHOWN_CHANNELS = 8
SHOWN_ANOMALIES = 6
SHOWN_FINDS = 4
SHOWN_CAUSES, SHOWN_OUTCOMES = 8, 6


class Outlook(Sections):
    db: Signals

    # credit ------------------------------------------------------------------------
    def on_the_way(self) -> Row | None:
        """Channels by the most that any model gives them; one scale a conversion type, so that bars compare downwards."""
        rows = self.db.disagreement(self.span) if self.span else []
        rows = [r for r in rows if r["conversions_high"]]
        if not rows or not self.span:
            return None
        kinds = [k for k in layout()["credit_types"] if any(r["conversion_type"] == k for r in rows)]
        tops = {k: max(r["conversions_high"] for r in rows if r["conversion_type"] == k) for k in kinds}
        cells = {(r["member"], r["conversion_type"]): r for r in rows}
        members = sorted({r["member"] for r in rows}, key=lambda m: ([-_high(cells.get((m, k))) for k in kinds], m))
        shown = [{"name": self._member(m), "cells": [self._range(cells.get((m, k)), m, k, tops[k]) for k in kinds]} for m in members[:SHOWN_CHANNELS]]
        return {
            "kinds": [self.say.term("conversion_types", k) for k in kinds],
            "rows": shown,
            "more": len(members) - len(shown),
            "models": max(r["models"] for r in rows),
            "period": self.say.month(self.span.month),
        }

    def _member(self, member: str) -> str:
        """A channel as it is written, made readable; a member in brackets is the product's own word for having none."""
        return self.say.t("unattributed") if member == layout()["unattributed"] else apart(member.replace("_", " "))

    def _range(self, row: Row | None, member: str, kind: str, top: float) -> Row | None:
        if row is None:
            return None
        say, low, high = self.say, row["conversions_low"], row["conversions_high"]
        agreed = _told(say, low) == _told(say, high)
        said = _told(say, high) if agreed else say.t("range", low=_told(say, low), high=_told(say, high))
        least, most = self._models(row["low_models"]), self._models(row["high_models"])
        title = f"{self._member(member)}, {say.term('conversion_types', kind)}: {said}"
        words = "" if agreed else say.t("range_models", least=least, most=most)
        return {"picture": between(low, high, top, title, words or say.t("all_agree")), "said": said, "models": words or say.t("all_agree")}

    def _models(self, listed: str) -> str:
        names = [self.say.term("models", m.strip()) for m in listed.split(",")]
        return self.say.join(names[:2]) + (" " + self.say.t("and_more", n=len(names) - 2) if len(names) > 2 else "")

    def helpers(self) -> list[Row]:
        rows = self.db.assists(self.span) if self.span else []
        top = max((float(r["conversions"]) for r in rows), default=0.0)
        return [
            {**worded, "picture": between(0, float(r["conversions"]), top, f"{worded['department']}, {worded['function']}", worded["conversions"])}
            for r, worded in zip(rows, self.assists(), strict=True)
        ]

    # awareness and after -------------------------------------------------------------
    def followed(self) -> Row | None:
        pairs = self.db.bridge()
        told = [p for p in pairs if p["lags"]]
        if not told:
            return {"why": sorted({self.say.reason(p["reason"]) for p in pairs if p["reason"]})} if pairs else None
        cells = {(p["awareness_metric"], p["outcome_metric"]): p for p in told}
        finds = [p for p in told if any(x["found"] for x in p["lags"])]
        outcomes = self._first({p["outcome_metric"] for p in told}, {p["outcome_metric"] for p in finds}, SHOWN_OUTCOMES)
        estimated = {p["awareness_metric"] for p in told}
        causes = self._first(estimated, {p["awareness_metric"] for p in finds}, SHOWN_CAUSES)
        blank = sorted({p["awareness_metric"] for p in pairs} - estimated, key=self._order)
        return {
            "outcomes": [self.metric(o) for o in outcomes],
            "rows": [{"name": self.metric(c), "cells": [self._pair(cells.get((c, o))) for o in outcomes]} for c in causes],
            "finds": [self._find(p) for p in finds[:SHOWN_FINDS]],
            "more": max(len(finds) - SHOWN_FINDS, 0),
            "pairs": len(told),
            "hidden": sum(c not in causes or o not in outcomes for c, o in cells),
            "found": len(finds),
            "blank": [(self.metric(c), self.say.reason(next((p["reason"] for p in pairs if p["awareness_metric"] == c), None))) for c in blank],
            "why": [],
        }

    def _first(self, metrics: set[str], found: set[str], shown: int) -> list[str]:
        """As many as fit a screen, those with a find before the others, in the order of the catalogue."""
        kept = sorted(metrics, key=lambda m: (m not in found, *self._order(m)))[:shown]
        return sorted(kept, key=self._order)

    def _order(self, metric: str) -> tuple[str, str]:
        return (self.catalogue.get(metric, {}).get("code") or "", metric)

    def _pair(self, pair: Row | None) -> Row | None:
        if pair is None:
            return None
        found = [x["lag"] for x in pair["lags"] if x["found"]]
        said = self.say.t("stands_out", days=self._runs(found)) if found else self.say.t("chance")
        title = self.say.t("band_of", awareness=self.metric(pair["awareness_metric"]), outcome=self.metric(pair["outcome_metric"]))
        lags = [Lag(x["lag"], x["middle"], x["low"], x["high"], x["found"]) for x in pair["lags"]]
        return {"picture": band(lags, title, said), "said": said, "found": bool(found)}

    def _runs(self, days: Sequence[int]) -> str:
        """2, 3, 4, 9 are said as 2–4 and 9."""
        runs = [[d for _, d in run] for _, run in groupby(enumerate(days), key=lambda p: p[1] - p[0])]
        return self.say.join(f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)

    def _find(self, pair: Row) -> str:
        """What a usual burst was followed by on the strongest of the days that stand out."""
        best = max((x for x in pair["lags"] if x["found"]), key=lambda x: (abs(x["middle"]), -x["lag"]))
        size, say = pair["burst"] or 0.0, self.say
        ends = sorted(abs(best[k] * size) for k in ("low", "high"))
        return say.t(
            "find_more" if best["middle"] > 0 else "find_less",
            awareness=self.metric(pair["awareness_metric"]),
            burst=_told(say, size),
            outcome=self.metric(pair["outcome_metric"]),
            by=_told(say, abs(best["middle"] * size)),
            low=_told(say, ends[0]),
            high=_told(say, ends[1]),
            day=str(best["lag"]),
        )

    # doubts ------------------------------------------------------------------------
    def doubts(self) -> Row:
        rows = self.db.anomalies() if self.span else []
        return {
            "rows": [self._doubt(r) for r in rows[:SHOWN_ANOMALIES]],
            "more": max(len(rows) - SHOWN_ANOMALIES, 0),
            "stands": self.db.acknowledged(),
        }

    def _doubt(self, row: Row) -> Row:
        about, say = self.catalogue.get(row["metric"], {}), self.say
        unit, how = about.get("unit"), about.get("aggregation")
        name, account = self.metric(row["metric"]), say.account(row["account_id"])
        expected = say.spoken(_rounded(row["expected"]), unit, how) if row["expected"] is not None else ""
        observed = say.spoken(row["observed"], unit, how)
        said = say.t("instead_of", observed=observed, expected=expected) if expected else observed
        return {
            "metric": name,
            "account": account,
            "day": say.day(row["day"]),
            "said": said,
            "kind": say.term("anomaly_kinds", row["kind"]),
            "factor": say.t("times", factor=say.amount(row["factor"], None, None)) if row["factor"] else "",
            "verdict": say.term("policies", row["policy"]),
            "file": row["source_file"],
            "picture": self._line(f"{name}, {account}", row["day"], self.db.of_account(row["metric"], row["account_id"], self.span), said)
            if self.span
            else Markup(""),
        }

    def _line(self, name: str, marked: dt.date, daily: Mapping[dt.date, Any], said: str) -> Markup:
        if not self.span or len(daily) < 2:
            return Markup("")
        days = [self.span.last - dt.timedelta(days=i) for i in reversed(range(RECENT))]
        points = [Point(i, float(daily[d]) if d in daily else None) for i, d in enumerate(days)]
        title = self.say.t("chart_of", metric=name, period=self.say.between(days[0], days[-1]))
        return draw(points, SMALL, from_zero=True, title=title, desc=said, ticks=[(i, "") for i, d in enumerate(days) if d == marked])

    def overlaps(self) -> list[Row]:
        found = []
        for r in self.db.overlap():
            low, high = float(r["at_least"]), float(r["at_most"])
            said = self.say.t(
                "overlap_said",
                a=r["platform_a"],
                b=r["platform_b"],
                low=self.say.whole(r["at_least"]),
                high=self.say.whole(r["at_most"]),
                day=self.say.day(r["day"]),
            )
            found.append({"said": said, "picture": between(low, high, high, f"{r['platform_a']} + {r['platform_b']}", said)})
        return found


def _high(row: Row | None) -> float:
    return float(row["conversions_high"]) if row else 0.0


def _rounded(value: float) -> float:
    """What was expected is an estimate: from ten on it has no digits behind the point."""
    return round(value) if abs(value) >= 10 else value


def _told(say: Wording, n: float) -> str:
    """An estimate, with a digit behind the point only where it is small."""
    return say.whole(n) if abs(n) >= 10 or round(n, 1) == round(n) else say.plain(n, 1 if abs(n) >= 0.1 else 2)
