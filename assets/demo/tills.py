"""What the tills of the shops of bricks ring up by day.

Belongs here: baskets, members' prices, the days the shops are closed.
Never here: online orders, which have persons behind them; files and their formats.
"""

from __future__ import annotations

from typing import Any

from assets.demo.awareness import Media, Series
from assets.demo.season import Season
from assets.demo.streams import Streams, drifting, weighted


def simulate_tills(streams: Streams, season: Season, media: Media) -> list[Series]:
    out: list[Series] = []
    for name, account in season.spec["accounts"].items():
        if "tills" in account:
            out += _tills(streams, season, media, name, account["tills"])
    return out


def _tills(streams: Streams, season: Season, media: Media, name: str, spec: dict[str, Any]) -> list[Series]:
    """Baskets are drawn one by one and added up in cents, so that a day's value is one that its number of baskets can have."""
    import numpy as np

    rng, days = streams.named(name, "tills"), season.days
    busy = spec["per_day"] * season.growth(spec["growth"]) * season.factors(spec["season"], spec["weekdays"])
    busy *= np.exp(drifting(rng, days, spec["noise"], 0.4)) * np.power(media.lift_people, spec["lift"])
    is_open = np.array([not season.holds(spec["closed"], season.day(i)) for i in range(days)])
    count = np.where(is_open, rng.poisson(busy), 0).astype(np.int64)
    day = np.repeat(np.arange(days), count)
    full = np.array(season.spec["prices"], dtype=np.int64)[weighted(rng, season.spec["price_weights"], len(day))]
    percent = np.where(rng.random(len(day)) < spec["members"], spec["members_pay"], 100)
    cents = np.zeros(days, dtype=np.int64)
    np.add.at(cents, day, full * percent)
    seen, currency = np.ones(days, dtype=bool), season.spec["company"]["currency"]
    return [Series(name, spec["count"], count, seen), Series(name, spec["value"], cents, seen, currency=currency, decimals=2)]
