"""Sums up the world into the truth: the numbers that a night over the written files has to reach.

Belongs here: sums of the simulation's own columns.
Never here: reading any written file; the truth does not come from what it judges.
"""

from __future__ import annotations

from typing import Any

from assets.demo.desk import KINDS
from assets.demo.exports import Exports
from assets.demo.native import money
from assets.demo.stories import Told
from assets.demo.truth import Truth
from assets.demo.web import STEPS


def _totals(exports: Exports, told: Told) -> tuple[dict[str, Any], dict[str, int], dict[str, Any]]:
    spec = exports.world.spec["accounts"]
    stocks = {a["followers"]["total"] for a in spec.values() if "followers" in a}
    sums: dict[tuple[str, str, str], int] = dict(told.deltas)
    cents: set[str] = set()
    closing: dict[str, int] = {}
    for one in exports.world.series:
        if one.metric in stocks:
            closing[one.account] = int(one.values[one.seen][-1])
            continue
        if one.decimals:
            cents.add(one.metric)
        key = (one.account, one.metric, one.campaign)
        sums[key] = sums.get(key, 0) + int(one.values[one.seen].sum())
    totals: dict[str, dict[str, int]] = {}
    campaigns: dict[str, dict[str, int]] = {}
    for (account, metric, campaign), value in sums.items():
        mine, all_of_it = totals.setdefault(account, {}), campaigns.setdefault(metric, {})
        mine[metric] = mine.get(metric, 0) + value
        all_of_it[campaign] = all_of_it.get(campaign, 0) + value

    def text(metric: str, value: int) -> str:
        return money(value) if metric in cents else str(value)

    return (
        {account: {m: text(m, v) for m, v in sorted(mine.items())} for account, mine in sorted(totals.items())},
        closing,
        {metric: {c: text(metric, v) for c, v in sorted(mine.items())} for metric, mine in sorted(campaigns.items())},
    )


def _orders(exports: Exports) -> dict[str, Any]:
    import numpy as np

    orders, status = exports.world.people.orders, exports.final_statuses()
    day = orders.at // 86400
    value = {
        name: {
            currency: money(int(orders.extra["cents"][(status == i) & (orders.extra["currency"] == currency)].sum()))
            for currency in sorted(set(orders.extra["currency"].tolist()))
        }
        for i, name in enumerate(exports.statuses)
    }
    first = np.unique(orders.person, return_index=True)[1]
    return {
        "placed": len(orders),
        "by_status": {name: int((status == i).sum()) for i, name in enumerate(exports.statuses)},
        "value_by_status": value,
        "by_day": np.bincount(day, minlength=len(exports.days)).tolist(),
        "buyers": len(first),
        "repeat_orders": len(orders) - len(first),
        "changed_later": int((orders.extra["decided"] // 86400 != day).sum()),
    }


def _activity(exports: Exports) -> dict[str, Any]:
    import numpy as np

    people = exports.world.people
    rows = people.activity
    day = rows.at // 86400
    pairs = np.unique(day * people.persons + rows.person) // people.persons
    return {
        "records": len(rows),
        "by_event": {name: int((rows.kind == i).sum()) for i, name in enumerate(people.events)},
        "active_people_by_day": np.bincount(pairs, minlength=len(exports.days)).tolist(),
    }


def _web(exports: Exports) -> dict[str, Any]:
    import numpy as np

    visits = exports.world.visits
    prices = np.array([round(p * 100) for p in exports.world.spec["web"]["items"].values()], dtype=np.int64)
    bought = visits.event_session[visits.purchases]
    return {
        "records": len(visits.event_at),
        "sessions_opened": len(visits.opened),
        "visitors": len(np.unique(visits.visitor)),
        "purchases": len(bought),
        "value_usd": money(int((prices[visits.item[bought]] * visits.quantity[bought]).sum())),
        "by_event": {name: int((visits.event_step == i).sum()) for i, name in enumerate(STEPS)},
    }


def _cases(exports: Exports, account: str) -> dict[str, Any]:
    import numpy as np

    known, days = exports.cases_known(account, exports.world.season.days), len(exports.days)
    promise = exports.world.spec["accounts"][account]["mentions"]["promise_seconds"]
    mention, decision = known.of_kind("mention"), known.of_kind("decision")
    by_person = (known.answered >= 0) & ~known.automatic
    in_time = mention & by_person & (known.answered - known.opened <= promise)

    def by_day(rows: Any) -> list[int]:
        found: list[int] = np.bincount(known.opened[rows] // 86400, minlength=days).tolist()
        return found

    return {
        "records": len(known),
        "by_kind": {name: int(known.of_kind(name).sum()) for name in KINDS},
        "mentions_by_day": by_day(mention),
        "in_time_by_day": by_day(in_time),
        "mentions": int(mention.sum()),
        "in_time": int(in_time.sum()),
        "late": int((mention & by_person & ~in_time).sum()),
        "automatic": int((mention & known.automatic).sum()),
        "never": int((mention & (known.answered < 0)).sum()),
        "approved": int((decision & (known.approved >= 0)).sum()),
        "executed": int((decision & (known.executed >= 0)).sum()),
        "hops": int(known.hops[decision].sum()),
    }


def answer(exports: Exports, told: Told) -> Truth:
    import numpy as np

    world = exports.world
    totals, closing, campaigns = _totals(exports, told)
    people, last = world.people, world.season.days * 86400
    joined = (people.registered_at >= 0) & (people.registered_at < last)
    return Truth(
        company=world.spec["company"]["name"],
        seed=world.streams.seed,
        scale=world.scale,
        days=world.season.days,
        first_day=world.season.first_day.isoformat(),
        last_day=world.season.last_day.isoformat(),
        accounts=list(world.spec["accounts"]),
        totals=totals,
        closing_followers=closing,
        campaign_totals=campaigns,
        orders=_orders(exports),
        web=_web(exports),
        touches=len(people.touches),
        activity=_activity(exports),
        cases={account: _cases(exports, account) for account in world.desks},
        persons={
            "touched": len(np.unique(people.touches.person)),
            "registered_in_period": int(joined.sum()),
            "registered_before": int((people.registered_at < 0).sum()),
        },
        awareness_effect={
            **world.spec["awareness_effect"],
            "stock": "stock(t) = decay * stock(t-1) + exposure(t); exposure: the daily audiences of all media accounts, summed",
            "factor": "1 + strength * ln((1 + stock(t - lag_days) / usual) / 2)",
            "largest_lift_of_people": round(float(world.media.lift_people.max()), 6),
        },
        stories=told.record,
    )
