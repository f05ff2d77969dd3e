"""The overseas web shop's visitors, as an analytics property would have recorded them.

Belongs here: visitors, sessions and their events, as columns. They are other people than the app's and the home shop's.
Never here: the nested export format of those events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assets.demo.awareness import Media
from assets.demo.season import Season
from assets.demo.streams import Streams, clock, drifting, returns, weighted, weighted_by_day

if TYPE_CHECKING:
    from assets.demo.streams import Floats, Ints

# The steps of a visit in the order in which they happen; the platform's own event names.
STEPS = ("session_start", "first_visit", "page_view", "user_engagement", "view_item", "add_to_cart", "begin_checkout", "purchase")
BUY = STEPS.index("purchase")


@dataclass
class Visits:
    """Sessions by row, and events that point to them."""

    visitor: Ints  # by session
    opened: Ints  # by session: seconds of local time since the first day's midnight
    number: Ints  # by session: how many-th of this visitor
    source: Ints  # by session
    first_source: Ints  # by visitor
    first_seen: Ints  # by visitor
    country: Ints  # by visitor
    item: Ints  # by session
    quantity: Ints  # by session
    event_session: Ints  # by event
    event_step: Ints  # by event
    event_at: Ints  # by event, microseconds of local time since the first day's midnight
    event_ms: Ints  # by event: engagement, or 0

    @property
    def purchases(self) -> Any:
        return self.event_step == BUY


def _sessions(streams: Streams, season: Season, media: Media, scale: float) -> tuple[Ints, Ints, Floats]:
    import numpy as np

    spec = season.spec["web"]
    burn = season.spec["people"]["burn_in_days"]
    rng = streams.named("web", "visitors")
    busy = season.growth(spec["growth"], burn) * np.exp(drifting(rng, burn + season.days, 0.15))
    busy[burn:] *= media.lift_people
    busy *= season.factors("media", "leisure", burn)
    day = np.repeat(np.arange(-burn, season.days), rng.poisson(busy * spec["visitors_per_day"] * scale))
    arrived = day + clock(rng, season.spec["hours"], len(day)) / 86400
    eager = rng.gamma(0.9, 1 / 0.9, len(arrived))
    who, when = returns(rng, arrived, eager, float(season.days), spec["visits"])
    back = np.floor(when).astype(np.int64)
    at = np.concatenate([np.rint(arrived * 86400).astype(np.int64), back * 86400 + clock(rng, season.spec["hours"], len(back))])
    who = np.concatenate([np.arange(len(arrived)), who])
    order = np.lexsort((who, at))
    return who[order], at[order], arrived


def simulate_web(streams: Streams, season: Season, media: Media, scale: float) -> Visits:
    import numpy as np

    spec, quiet = season.spec["web"], season.at(season.spec["stories"]["million"]["at"])
    who, opened, arrived = _sessions(streams, season, media, scale)
    by_person = np.lexsort((opened, who))
    n = len(who)
    starts = np.concatenate([[True], who[by_person][1:] != who[by_person][:-1]]) if n else np.zeros(0, bool)
    begin = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
    number = np.empty(n, np.int64)
    number[by_person] = np.arange(n) - begin + 1
    inside = (opened >= 0) & (opened < season.days * 86400 - 3600)
    who, opened, number = who[inside], opened[inside], number[inside]
    n = len(who)
    rng = streams.named("web", "visits")

    follows = np.ones((season.days, len(spec["sources"])))
    for i, source in enumerate(spec["sources"]):
        audience = media.exposure.get(source.get("account", ""))
        follows[:, i] = source["weight"] * (1.0 if audience is None else np.power(audience / np.median(audience), 0.6))
    source = weighted_by_day(rng, follows, opened // 86400)
    visitors = len(arrived)
    first_source = weighted(rng, [s["weight"] for s in spec["sources"]], visitors)
    first_source[who[number == 1]] = source[number == 1]

    busy = season.factors("shop", "shop")
    wanted = rng.random(n) < np.clip(spec["purchase_chance"] * np.sqrt(busy[opened // 86400]) * (1 + 0.5 * (number > 1)), 0, 0.5)
    wanted &= opened // 86400 != quiet  # the day of the million reads sells nothing anywhere
    looked = wanted | (rng.random(n) < 0.42)
    basket = wanted | (looked & (rng.random(n) < 0.16))
    checkout = wanted | (basket & (rng.random(n) < 0.45))
    pages = 1 + rng.poisson(0.9, n)
    engaged = rng.binomial(1, 0.62, n)
    many = np.stack([np.ones(n, np.int64), number == 1, pages, engaged, looked, basket, checkout, wanted], axis=1).astype(np.int64)
    flat = many.ravel()
    where = np.repeat(np.arange(flat.size), flat)
    session, step = where // len(STEPS), where % len(STEPS)
    nth = np.arange(len(where)) - np.repeat(np.cumsum(many.sum(axis=1)) - many.sum(axis=1), many.sum(axis=1))
    at = opened[session] * 1_000_000 + nth * 31_000_000 + rng.integers(0, 29_000_000, len(where)) * (nth > 0)
    ms = np.where(step >= 2, np.rint(rng.lognormal(9.4, 0.9, len(where))), 0).astype(np.int64)
    return Visits(
        who,
        opened,
        number,
        source,
        first_source,
        np.rint(arrived * 86400).astype(np.int64),
        weighted(rng, list(spec["countries"].values()), visitors),
        rng.integers(0, len(spec["items"]), n),
        1 + rng.binomial(2, 0.25, n),
        session,
        step,
        at,
        ms,
    )
