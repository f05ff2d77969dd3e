"""Words the parts of the page that stand below the scores: ledgers, changes, feeds, reorganisations, glossary.

Belongs here: one method a part, from rows to what the template prints.
Never here: SQL, HTML, the scores of departments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from assets.page.ledgers import Ledgers
from assets.page.read import Row
from assets.page.scores import Kpi
from assets.page.wording import Wording, apart

SHOWN_CAMPAIGNS = 5


class Sections:
    """The names and the lists that the page shows; a part that has nothing to say is an empty list."""

    def __init__(self, published: Ledgers, say: Wording, as_of: dt.date) -> None:
        self.db, self.say, self.as_of = published, say, as_of
        self.span = published.span(as_of)
        self.departments = {d["department"]: d for d in published.departments()}
        self.functions = published.functions()
        self.catalogue = published.catalogue()

    def department(self, key: str | None) -> str:
        if not key:
            return self.say.t("nobody")
        row = self.departments.get(key)
        return self.say.name(row, key) if row else self.say.term("kinds", key)

    def function(self, key: str) -> str:
        return self.say.name(self.functions.get(key, {}), key)

    def metric(self, key: str) -> str:
        return self.say.name(self.catalogue.get(key, {}), key)

    def audience(self) -> list[Row]:
        rows = self.db.follower_months(self.span) if self.span else []
        return [{k: self.say.account(v) if k == "account_id" else None if v is None else self.say.whole(v) for k, v in r.items()} for r in rows]

    # ledgers -----------------------------------------------------------------------
    def campaigns(self) -> Row | None:
        if not self.span:
            return None
        say, seen = self.say, self.db.campaigns(self.span)
        if not seen:
            return None
        model, credit = self.db.credited(self.span)
        metric = None if model else self.db.outcome_metric(self.span)
        carried = self.db.carried(self.span, metric)
        if model:
            basis = say.t("by_credit", model=say.term("models", model))
        elif metric:
            basis = say.t("by_campaign", metric=self.metric(metric))
        else:
            basis = say.t("by_nothing")

        def outcome(row: Row) -> Any:
            if model:
                return credit.get(row["campaign"], {}).get("conversions") or 0
            return carried.get(row["campaign"], 0) if carried else None

        counted = say.term("units", "conversions") if model else self.metric(metric) if metric else ""
        known = [(r, outcome(r)) for r in seen]
        top = known[:SHOWN_CAMPAIGNS]
        mirror = sorted((p for p in known[SHOWN_CAMPAIGNS:] if p[1]), key=lambda p: -p[1])[:3]
        shown = top + mirror
        most_done = max((n or 0 for _, n in shown), default=0)
        most_seen: dict[str, Any] = {}  # by metric: a read and an exposure have no common scale
        for r, _ in shown:
            most_seen[r["metric"]] = max(r["seen"], most_seen.get(r["metric"], 0))
        # bars of one scale stand together; a metric that one campaign alone has is compared with nothing and has no bar
        shown.sort(key=lambda p: (-most_seen[p[0]["metric"]], p[0]["metric"], -p[0]["seen"]))
        alone = {metric for metric in most_seen if sum(r["metric"] == metric for r, _ in shown) == 1}
        rows = []
        for r, n in shown:
            money = credit.get(r["campaign"], {})
            paid = money.get("spend") and money.get("conversions") and not money["unrated"]
            why = "" if n is None else "no_conversions" if not n else "no_rate" if money.get("unrated") else "no_spend"
            rows.append(
                {
                    "campaign": apart(r["campaign"].replace("_", " ")),
                    "metric": self.metric(r["metric"]),
                    "seen": say.whole(r["seen"]),
                    "seen_width": None if r["metric"] in alone else round(float(r["seen"] / (most_seen[r["metric"]] or 1)) * 100, 2),
                    "done": None if n is None else _count(say, n),
                    "counted": counted,
                    "done_width": round(float((n or 0) / most_done) * 100, 2) if most_done else 0,
                    "roas": say.plain(money["value"] / money["spend"], 2) if paid else "",
                    "why": "" if paid or not why else say.reason(why),
                }
            )
        zeros = [(r["seen"], row) for row, (r, n) in zip(rows, shown, strict=True) if n is not None and not n]
        return {
            "rows": rows,
            "basis": basis,
            "case": max(zeros, key=lambda z: z[0])[1] if zeros else None,
            "period": say.between(self.span.window, self.span.last),
        }

    def assists(self) -> list[Row]:
        return [
            {
                "department": self.department(r["department"]),
                "function": self.function(r["function"]),
                "conversions": _count(self.say, r["conversions"]),
                "value": self.say.spoken(r["value"], "money", None) if r["value"] is not None else "",
            }
            for r in (self.db.assists(self.span) if self.span else [])
        ]

    # trust ---------------------------------------------------------------------------
    def changed(self, r: Row) -> Row:
        about, say = self.catalogue.get(r["metric"], {}), self.say
        unit, how = about.get("unit"), about.get("aggregation")
        before, after = r["value_before"], r["value_after"]
        both = before is not None and after is not None
        return {
            "metric": self.metric(r["metric"]),
            "account": self.say.account(r["account_id"]),
            "day": say.day(r["day"]),
            "file": r["source_file"],
            "before": say.spoken(before, unit, how) if before is not None else say.t("newly"),
            "after": say.spoken(after, unit, how) if after is not None else say.t("gone"),
            "difference": say.change(after, before, unit, how) if both else "",
            "known": say.day(r["known_after"]),
        }

    def feeds(self) -> list[Row]:
        rows = []
        for r in self.db.feeds():
            newest = min(r["newest"], self.span.last) if r["newest"] and self.span else None
            age = (self.as_of - newest).days if newest else None
            since = self.say.t("stale_since", day=self.say.day(r["since"])) if r["since"] else ""
            rows.append(
                {
                    **r,
                    "name": self.say.account(r["account_id"]),
                    "age": age,
                    "late": bool(since),
                    "since": since,
                    "newest": self.say.day(newest) if newest else "",
                }
            )
        return sorted(rows, key=lambda r: (not r["late"], r["age"] is not None, r["account_id"]))

    def ages(self, feeds: Sequence[Row]) -> str:
        """The freshest age, then the late accounts by name: an average would hide them."""
        known = [f["age"] for f in feeds if f["age"] is not None]
        late = [f for f in feeds if f["late"]]
        said = [self.say.t("n_days", n=min(known))] if known else []
        said += [f["name"] + " " + f["since"] for f in late[:3]]
        return self.say.join(said) + (" " + self.say.t("and_more", n=len(late) - 3) if len(late) > 3 else "")

    def silent_channels(self) -> list[str]:
        """Each with its account and since when: "paid_search, shop_main: stale since 12 June 2026"."""
        say = self.say
        return [
            f"{say.join([apart(r['channel']), say.account(r['account_id'])])}: {say.t('stale_since', day=say.day(r['silent_since']))}"
            for r in self.db.silent_channels()
        ]

    def reorganisations(self) -> list[Row]:
        return [
            {
                **r,
                "function": self.function(r["function"]),
                "owner": self.department(r["department"]),
                "day": self.say.day(r["valid_from"]),
                "contributes": r["role"] != "accountable",
                "before": self.say.join(self.department(d) for d in (r["before"] or "").split("|")),
            }
            for r in (self.db.reorganisations(self.span) if self.span else [])
        ]

    def glossary(self, shown: Sequence[Kpi]) -> list[Row]:
        metrics = sorted({k.metric for k in shown}, key=lambda m: (self.catalogue.get(m, {}).get("code") or "", m))
        return [
            {
                "metric": m,
                "name": self.metric(m),
                "class": self.say.term("classes", c.get("class")),
                "description": c.get("description") or "",
                "adds": self.say.term("aggregations", c.get("aggregation")),
                "function": self.function(c.get("function") or ""),
            }
            for m in metrics
            for c in [self.catalogue.get(m, {})]
        ]


def _count(say: Wording, n: Any) -> str:
    return say.whole(n) if n == int(n) else say.plain(n, 1)
