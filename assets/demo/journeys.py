"""Orders with their prices, and the two campaigns whose people do exactly one thing.

Belongs here: baskets, refunds, the readers who never buy, the friends who only buy.
Never here: everybody else's days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assets.demo.columns import Columns
from assets.demo.season import Season
from assets.demo.streams import Streams, clock, weighted

if TYPE_CHECKING:
    from assets.demo.streams import Ints


def priced(streams: Streams, season: Season, at: Ints, person: Ints, stream: str, plain: bool = False) -> Columns:
    import numpy as np

    spec = season.spec
    rng = streams.named(stream, "baskets")
    n = len(at)
    quantity = 1 + rng.binomial(3, 0.17, n)
    cents = np.asarray(spec["prices"], dtype=np.int64)[weighted(rng, spec["price_weights"], n)] * quantity * 100
    cents -= np.where(rng.random(n) < 0.34, rng.choice([100, 500, 1000, 1250], n), 0)  # coupons
    names = [spec["company"]["currency"], *spec["foreign"]]
    abroad = weighted(rng, [1 - sum(spec["foreign"].values()), *spec["foreign"].values()], n)
    cents = np.where(abroad > 0, cents // 7 + 295, cents)
    status = weighted(rng, [1 - sum(spec["statuses"].values()), *spec["statuses"].values()], n)
    if plain:
        abroad, status = abroad * 0, status * 0
    decided = at + np.rint(rng.uniform(2, 20, n) * 86400).astype(np.int64)
    decided = np.where(status == 1, decided, at)
    quiet = season.at(spec["stories"]["million"]["at"])
    kept = (at < season.days * 86400) & (at // 86400 != quiet)
    order = np.lexsort((person[kept], at[kept]))
    extra = {"cents": cents, "currency": np.array(names)[abroad], "decided": decided}
    return Columns(at, person, status, extra).take(np.flatnonzero(kept)[order])


def tell_stories(
    streams: Streams, season: Season, touches: Columns, orders: Columns, ways: list[dict[str, Any]], persons: int, scale: float
) -> tuple[Columns, Columns, int, Ints, Ints]:
    """Adds two stories: an article that touches only people who never buy, a coupon whose ten people do nothing but buy."""
    import numpy as np

    million, mirror = season.spec["stories"]["million"], season.spec["stories"]["mirror"]
    rng = streams.named("stories", "people")
    for story in (million, mirror):
        ways.append({"source": story["source"], "medium": story["medium"], "campaign": story["campaign"]})
    fresh = max(20, round(million["touches"] * scale * 0.7))
    old = np.setdiff1d(np.unique(touches.person), orders.person)
    old = np.sort(rng.permutation(old)[: round(million["touches"] * scale * 0.3)])
    readers = np.concatenate([old, np.arange(persons, persons + fresh)])
    friends = np.arange(persons + fresh, persons + fresh + mirror["buyers"])
    day = season.at(million["at"])
    read_at = day * 86400 + clock(rng, season.spec["hours"], len(readers))
    click_at = season.at(mirror["at"]) * 86400 + 36000 + np.sort(rng.integers(0, 30000, len(friends)))
    at = np.concatenate([touches.at, read_at, click_at])
    who = np.concatenate([touches.person, readers, friends])
    kind = np.concatenate([touches.kind, np.full(len(readers), len(ways) - 2), np.full(len(friends), len(ways) - 1)])
    order = np.lexsort((who, at))
    more = priced(streams, season, click_at + rng.integers(120, 1500, len(friends)), friends, "stories", plain=True)
    both = {k: np.concatenate([v, more.extra[k]]) for k, v in orders.extra.items()}
    all_orders = Columns(
        np.concatenate([orders.at, more.at]),
        np.concatenate([orders.person, more.person]),
        np.concatenate([orders.kind, more.kind]),
        both,
    )
    all_orders = all_orders.take(np.lexsort((all_orders.person, all_orders.at)))
    return Columns(at[order], who[order], kind[order], {}), all_orders, persons + fresh + len(friends), readers, friends
