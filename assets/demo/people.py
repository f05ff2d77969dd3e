"""The made-up people: when they come, through what, what they do in the app, what they buy.

Belongs here: persons, touches, orders and app activity, all as columns.
Never here: daily counts of platforms, files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assets.demo.awareness import Media
from assets.demo.columns import Columns
from assets.demo.journeys import priced, tell_stories
from assets.demo.season import Season
from assets.demo.streams import Streams, clock, drifting, returns, weighted, weighted_by_day

if TYPE_CHECKING:
    from assets.demo.streams import Floats, Ints


@dataclass
class People:
    touches: Columns
    orders: Columns
    activity: Columns
    registered_at: Ints  # by person; very late when never
    persons: int
    ways: list[dict[str, Any]]  # what a touch's kind means: source, medium, campaign
    events: list[str]
    mirror_persons: Ints
    story_persons: Ints


NEVER = 1 << 60


def _arrivals(streams: Streams, season: Season, lift: Floats, scale: float) -> Floats:
    import numpy as np

    spec = season.spec["people"]
    burn = spec["burn_in_days"]
    rng = streams.named("people", "arrivals")
    busy = np.sqrt(season.factors("shop", "shop", burn)) * season.growth(spec["growth"], burn)
    busy *= np.exp(drifting(rng, burn + season.days, 0.10))
    busy[burn:] *= lift
    each_day = rng.poisson(busy * spec["visitors_per_day"] * scale)
    day = np.repeat(np.arange(-burn, season.days), each_day)
    return day + clock(rng, season.spec["hours"], len(day)) / 86400


def _ways(season: Season, media: Media) -> tuple[list[dict[str, Any]], Floats, Floats]:
    """Every source with and without the campaigns it carries; how likely each is on each day; how readily it sells."""
    import numpy as np

    spec, days = season.spec, season.days
    ways: list[dict[str, Any]] = []
    table: list[Floats] = []
    for source in spec["sources"]:
        follows = np.ones(days)
        if "account" in source:
            audience = media.exposure[source["account"]]
            follows = np.power(audience / np.median(audience), 0.7)
        weight = source["weight"] * follows
        if source.get("carries"):
            for name, window in spec["campaigns"].items():
                if not window.get("search"):
                    runs = np.array([season.holds(window, season.day(i)) for i in range(days)])
                    share = 0.45 + window["share"]
                    ways.append({**source, "campaign": name, "lift": source["lift"] * 1.25})
                    table.append(np.where(runs, weight * share, 0.0))
                    weight = np.where(runs, weight * (1 - share), weight)
        ways.append(source)
        table.append(weight)
    return ways, np.array(table).T, np.array([w["lift"] for w in ways])


def _touches(streams: Streams, season: Season, arrived: Floats, eager: Floats, table: Floats) -> Columns:
    import numpy as np

    spec = season.spec["people"]
    rng = streams.named("people", "touches")
    who, when = returns(rng, arrived, eager, float(season.days), spec["touches"])
    who, when = np.concatenate([np.arange(len(arrived)), who]), np.concatenate([arrived, when])
    inside = (when >= 0) & (when < season.days)
    who, when = who[inside], when[inside]
    day = when.astype(np.int64)
    busy = np.sqrt(season.factors("shop", "shop"))
    first = inside[: len(arrived)].sum()
    kept = rng.random(len(day)) < (busy / busy.max())[day] * 1.35
    kept[:first] = True  # a person's arrival is a touch whatever the season
    who, day, when = who[kept], day[kept], when[kept]
    at = day * 86400 + clock(rng, season.spec["hours"], len(day))
    # The arrival keeps its own moment: a registration seconds later must not come before it.
    at[:first] = np.rint(when[:first] * 86400).astype(np.int64)
    order = np.lexsort((who, at))
    who, day, at = who[order], day[order], at[order]
    return Columns(at, who, weighted_by_day(rng, table, day), {})


def _orders(streams: Streams, season: Season, touches: Columns, eager: Floats, lift: Floats) -> Columns:
    """Some touches end in an order: soon after, or a day or three later. None on the day of the million reads."""
    import numpy as np

    spec = season.spec
    rng = streams.named("people", "orders")
    n = len(touches)
    by_person = np.lexsort((touches.at, touches.person))
    starts = np.concatenate([[True], touches.person[by_person][1:] != touches.person[by_person][:-1]]) if n else np.zeros(0, bool)
    first = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
    position = np.empty(n)
    position[by_person] = np.arange(n) - first
    busy = season.factors("shop", "shop")
    chance = spec["people"]["order_chance"] * lift[touches.kind] * (1 - 0.6 * np.exp(-position / 1.6))
    chance = chance * np.minimum(eager, 2.5)[touches.person] ** 0.5 * busy[touches.at // 86400]
    bought = rng.random(n) < chance
    slow = rng.random(n) < spec["people"]["slow_order_share"]
    minutes = np.where(slow, rng.uniform(0.8, 3.2, n) * 1440, rng.lognormal(3.1, 0.8, n))
    at = (touches.at + np.rint(minutes * 60).astype(np.int64))[bought]
    return priced(streams, season, at, touches.person[bought], "people")


def _activity(streams: Streams, season: Season, registered: Ints, eager: Floats, lift: Floats, orders: Columns) -> tuple[Columns, list[str]]:
    import numpy as np

    spec = season.spec
    rng = streams.named("app", "activity")
    members = np.flatnonzero(registered < NEVER)
    start = registered[members] / 86400
    who, when = returns(rng, start, eager[members], float(season.days), spec["people"]["visits"])
    day = np.floor(when).astype(np.int64)
    inside = (day >= 0) & (day < season.days)
    who, day = who[inside], day[inside]
    busy = season.factors("media", "leisure") * lift
    kept = rng.random(len(day)) < (busy / np.quantile(busy, 0.98))[day]
    who, day = members[who[kept]], day[kept]
    opened = day * 86400 + clock(rng, spec["hours"], len(day))
    later = opened > registered[who]  # nobody uses the app before joining
    who, opened = who[later], opened[later]
    new = members[(registered[members] >= 0) & (registered[members] < season.days * 86400)]
    buyers = registered[orders.person] + 400 <= orders.at  # the session of an order opens 300 s before it, never before joining
    session_who = np.concatenate([new, who, orders.person[buyers]])
    session_at = np.concatenate([registered[new] - 20, opened, orders.at[buyers] - 300])

    names = spec["app_events"]
    events = [names["start"], names["register"], names["order"], names["post"], *names["others"]]
    n = len(session_at)
    inner = 1 + rng.poisson(1.35, n)
    step = np.repeat(np.arange(n), inner)
    nth = np.arange(len(step)) - np.repeat(np.cumsum(inner) - inner, inner)
    kind = 4 + weighted(rng, list(names["others"].values()), len(step))
    kind = np.where(rng.random(len(step)) < 0.021, 3, kind)
    step_at = session_at[step] + 12 + nth * 47 + rng.integers(0, 40, len(step))
    seconds = np.rint(rng.lognormal(3.35, 0.75, len(step))).astype(np.int64)
    none = np.full
    at = np.concatenate([session_at, registered[new], orders.at[buyers], step_at])
    person = np.concatenate([session_who, new, orders.person[buyers], session_who[step]])
    event = np.concatenate([none(n, 0), none(len(new), 1), none(int(buyers.sum()), 2), kind]).astype(np.int64)
    spent = np.concatenate([none(n + len(new) + int(buyers.sum()), -1), seconds])
    inside = (at >= 0) & (at < season.days * 86400)
    order = np.lexsort((event, person, at))
    rows = order[inside[order]]
    return Columns(at[rows], person[rows], event[rows], {"seconds": spent[rows]}), events


def simulate_people(streams: Streams, season: Season, media: Media, scale: float) -> People:
    import numpy as np

    spec = season.spec["people"]
    ways, table, lift = _ways(season, media)
    arrived = _arrivals(streams, season, media.lift_people, scale)
    rng = streams.named("people", "character")
    eager = rng.gamma(1.1, 1 / 1.1, len(arrived))
    touches = _touches(streams, season, arrived, eager, table)
    orders = _orders(streams, season, touches, eager, lift)
    joins = np.where(np.isin(np.arange(len(arrived)), orders.person), spec["registers"]["buyer"], spec["registers"]["other"])
    first = np.rint(arrived * 86400).astype(np.int64) + rng.integers(30, 1500, len(arrived))
    registered = np.where(rng.random(len(arrived)) < joins, first, NEVER)
    touches, orders, persons, readers, friends = tell_stories(streams, season, touches, orders, ways, len(arrived), scale)
    registered = np.concatenate([registered, np.full(persons - len(arrived), NEVER)])
    activity, events = _activity(streams, season, registered, np.concatenate([eager, np.ones(persons - len(arrived))]), media.lift_people, orders)
    return People(touches, orders, activity, registered, persons, ways, events, friends, readers)
