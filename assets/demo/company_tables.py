"""The demo company's own tables, as its people would keep them.

Belongs here: accounts, settings, the dated reorganisation, targets, exchange rates.
Never here: rules that hold for every company (those ship as the product's defaults).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from assets.demo.native import table
from assets.demo.parcels import put
from assets.demo.streams import drifting
from assets.demo.truth import Truth
from assets.demo.world import World


def write(world: World, folder: Path, truth: Truth, shipped: frozenset[bytes]) -> tuple[list[str], list[str]]:
    """Returns (tables of the demo, those of them that were left alone because somebody keeps another content than was shipped)."""
    rates = _rates(world)
    tables = {
        "company.toml": _settings(world),
        "accounts.csv": _accounts(world),
        "ownership.csv": _ownership(truth.stories["reorganisation"]),
        "channels.csv": _channels(world),
        "targets.csv": _targets(world, truth, rates),
        "fx_rates.csv": table(("day", "currency", "rate"), ((d.isoformat(), c, f"{r:.4f}") for d, c, r in rates)),
    }
    kept = []
    for name, raw in tables.items():
        path = folder / name
        if path.is_file() and path.read_bytes() not in shipped | {raw}:
            kept.append(name)  # edited by people, so never overwritten
        else:
            put(path, raw)
    return sorted(tables), sorted(kept)


def _settings(world: World) -> bytes:
    keys = ("name", "time_zone", "currency", "profile", "language")
    return "".join(f'{key} = "{world.spec["company"][key]}"\n' for key in keys).encode()


def _accounts(world: World) -> bytes:
    company = world.spec["company"]
    header = ("account_id", "platform", "kind", "brand", "surface", "time_zone", "currency", "valid_from", "valid_to")
    rows = [
        (name, a["platform"], a["kind"], company["brand"], a["surface"], a.get("time_zone", company["time_zone"]),
         a.get("currency", company["currency"]), "", "")
        for name, a in world.spec["accounts"].items()
    ]  # fmt: skip
    return table(header, rows)


def _channels(world: World) -> bytes:
    header = ("source", "medium", "campaign", "channel", "function", "is_direct")
    return table(header, ([str(rule.get(c, "")).lower() for c in header] for rule in world.spec["channels"]))


def _ownership(move: dict[str, Any]) -> bytes:
    header = ("profile", "function", "department", "role", "share", "valid_from", "valid_to", "reason", "approved_by")
    rows = []
    for function in move["functions"]:
        role = (move["profile"], function), ("accountable", "")
        rows.append((*role[0], move["from"], *role[1], "", move["date"], move["reason"], move["approved_by"]))
        rows.append((*role[0], move["to"], *role[1], move["date"], "", move["since"], move["approved_by"]))
    return table(header, rows)


def _rates(world: World) -> list[tuple[date, str, float]]:
    import numpy as np

    out: list[tuple[date, str, float]] = []
    for currency, shape in world.spec["fx"].items():
        rng = world.streams.named("fx", currency)
        path = shape["start"] * np.exp(np.cumsum(drifting(rng, world.season.days, shape["wobble"], 0.1)))
        out += [(world.season.day(i), currency, round(float(rate), 4)) for i, rate in enumerate(path)]
    return sorted(out, key=lambda row: row[:2])


def _by_day(world: World, rates: list[tuple[date, str, float]]) -> dict[str, Any]:
    """Daily company totals that plans are made against, by metric or by the name of an event fact."""
    import numpy as np

    days = world.season.days
    out: dict[str, Any] = {}
    for one in world.series:
        out[one.metric] = out.get(one.metric, np.zeros(days)) + np.where(one.seen, one.values, 0) / 10**one.decimals
    people, visits = world.people, world.visits
    joined = people.registered_at[(people.registered_at >= 0) & (people.registered_at < days * 86400)]
    rate = {(currency, world.season.index(day)): value for day, currency, value in rates}
    placed, value = np.zeros(days), np.zeros(days)
    orders = people.orders
    for at, cents, currency in zip(orders.at // 86400, orders.extra["cents"], orders.extra["currency"], strict=True):
        placed[at] += 1
        value[at] += cents / 100 * rate.get((str(currency), int(at)), 1.0)
    prices = list(world.spec["web"]["items"].values())
    foreign = next(iter(world.spec["fx"]))
    for session in visits.event_session[visits.purchases]:
        at = int(visits.opened[session] // 86400)
        placed[at] += 1
        value[at] += prices[visits.item[session]] * visits.quantity[session] * rate[foreign, at]
    facts = {"registered": np.bincount(joined // 86400, minlength=days), "placed": placed, "value": value}
    return {**out, **{metric: facts[fact] for metric, fact in world.spec["target_facts"].items()}}


def _months(world: World) -> Iterator[tuple[date, int, int]]:
    """Each month of the period: its first day and the days of it that the period holds."""
    start = 0
    while start < world.season.days:
        day = world.season.day(start)
        length = calendar.monthrange(day.year, day.month)[1] - day.day + 1
        last = min(world.season.days, start + length) - 1
        yield day.replace(day=1), start, last
        start = last + 1


def _rounded(value: float) -> str:
    """Plans are round numbers: two digits count."""
    size = 10 ** max(0, len(str(int(value))) - 2)
    return str(int(round(value / size) * size))


def _targets(world: World, truth: Truth, rates: list[tuple[date, str, float]]) -> bytes:
    import numpy as np

    daily, move = _by_day(world, rates), truth.stories["reorganisation"]
    big = truth.stories["million_article"]
    rows = []
    for plan in world.spec["targets"]:
        rng = world.streams.named("targets", plan["metric"])
        for month, first, last in _months(world):
            owner = plan.get("department") or move["to" if month.isoformat() >= move["date"] else "from"]
            key = (move["profile"], owner, plan["metric"], "month", month.isoformat())
            if "fixed" in plan:
                rows.append((*key, str(plan["fixed"])))
                continue
            came = float(np.sum(daily[plan["metric"]][first : last + 1]))
            if plan["metric"] == big["metric"] and first <= world.story_day("million") <= last:
                came -= big["reads"]  # nobody plans a million reads
            whole = calendar.monthrange(month.year, month.month)[1] / (last - first + 1)
            target = came * whole * plan["factor"] * float(np.exp(rng.normal(0, 0.07)))
            if target >= 1:
                rows.append((*key, _rounded(target)))
    return table(("profile", "department", "metric", "period_kind", "period_start", "target"), rows)
