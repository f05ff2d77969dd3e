"""What the company's media accounts did each day: audiences, followers, campaigns, spend.

Belongs here: the daily counts of every account and the awareness they leave behind.
Never here: people and their orders, files and their formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assets.demo.season import Season
from assets.demo.streams import Streams, drifting

if TYPE_CHECKING:
    from assets.demo.streams import Floats, Ints


@dataclass
class Series:
    """One metric of one account by day. `seen` false: the platform said nothing that day, which is not zero."""

    account: str
    metric: str
    values: Ints
    seen: Any
    campaign: str = ""
    post: str = ""
    currency: str = ""
    decimals: int = 0
    written: dict[str, Any] = field(default_factory=dict)


@dataclass
class Media:
    exposure: dict[str, Floats]
    lift_people: Floats
    lift_followers: Floats
    series: list[Series]


def _audience(streams: Streams, season: Season, account: str, spec: dict[str, Any]) -> Floats:
    import numpy as np

    shape = spec["exposure"]
    rng = streams.named(account, "audience")
    level = shape["base"] * season.growth(shape["growth"]) * season.factors("media", spec["weekdays"])
    out: Floats = level * np.exp(drifting(rng, season.days, shape["noise"]))
    for _ in range(rng.poisson(shape["bursts"] * season.days / 30)):
        start, size = int(rng.integers(0, season.days)), shape["burst_size"] * rng.lognormal(0.0, 0.5)
        tail = np.arange(season.days - start)
        # A hit is discovered for a day, peaks, then fades over about a week.
        out[start:] += level[start] * size * np.where(tail == 0, 0.45, np.exp(-(tail - 1) / rng.uniform(1.3, 3.2)))
    return out


def _stock(exposure: Floats, decay: float) -> Floats:
    import numpy as np

    out = np.empty(len(exposure))
    level = float(np.median(exposure)) / (1.0 - decay)
    for i, today in enumerate(exposure):
        level = decay * level + today
        out[i] = level
    return out


def _lift(stock: Floats, usual: float, lag: int, strength: float) -> Floats:
    import numpy as np

    before = np.concatenate([np.full(lag, usual), stock[: len(stock) - lag]])
    return 1.0 + strength * np.log((1.0 + before / usual) / 2.0)


def simulate_media(streams: Streams, season: Season) -> Media:
    import numpy as np

    spec = season.spec
    accounts = {name: a for name, a in spec["accounts"].items() if "exposure" in a}
    story = spec["stories"]["million"]
    exposure = {name: _audience(streams, season, name, a) for name, a in accounts.items()}

    heard = np.zeros(season.days)
    for name, a in accounts.items():
        if not a["exposure"].get("silent"):
            heard += exposure[name]
    usual = float(np.median(heard)) / (1.0 - spec["awareness_effect"]["decay"])
    heard[season.at(story["at"])] += story["reads"]
    effect = spec["awareness_effect"]
    stock = _stock(heard, effect["decay"])
    media = Media(
        exposure,
        _lift(stock, usual, effect["lag_days"], effect["people"]),
        _lift(stock, usual, effect["lag_days"], effect["followers"]),
        [],
    )
    for name, a in accounts.items():
        if a["exposure"].get("lifted"):
            exposure[name] = exposure[name] * media.lift_people
        _write_account(streams, season, name, a, media)
    return media


def _write_account(streams: Streams, season: Season, name: str, spec: dict[str, Any], media: Media) -> None:
    import numpy as np

    seen = np.ones(season.days, dtype=bool)
    outage = season.spec["stories"]["outage"]
    if outage["account"] == name:
        start = season.at(outage["at"])
        seen[start : start + outage["days"]] = False
    if "ads" in spec:
        media.series += _advertising(streams, season, name, spec["ads"], media.exposure[name], seen)
    for written in spec.get("series", []):
        media.series += _counts(streams, season, name, spec, written, media.exposure[name], seen)
    if "followers" in spec:
        media.series += _followers(streams, season, name, spec["followers"], media, seen)


def _counts(streams: Streams, season: Season, name: str, spec: dict[str, Any], written: dict[str, Any], audience: Floats, seen: Any) -> list[Series]:
    """One declared series: whole, split by campaign, or split by post; the parts are disjoint and sum to the account."""
    import numpy as np

    metric, days = written["metric"], season.days
    rng = streams.named(name, metric)
    noise = np.exp(drifting(rng, days, 0.05, 0.3))
    small = audience * written["rate"] < 60  # small counts are counted, not scaled: they jump as counts do
    smooth = audience * written["rate"] * (1.0 if written["rate"] == 1.0 else noise)
    total = np.where(small, rng.poisson(smooth), np.rint(smooth)).astype(np.int64)
    stories = season.spec["stories"]
    if written.get("crisis"):
        story = stories["crisis"]
        since = np.arange(days) - season.at(story["at"])
        peak = np.where(since >= 0, story["peak"] * np.power(0.5, np.maximum(since, 0) / story["half_life_days"]), 0.0)
        total = total + rng.poisson(peak)
    out: list[Series] = []
    if written.get("split"):
        for campaign, window in season.spec["campaigns"].items():
            runs = np.array([window["share"] > 0 and season.holds(window, season.day(i)) for i in range(days)])
            if runs.any():
                part = np.where(runs, total * window["share"] * np.exp(drifting(rng, days, 0.15)), 0).astype(np.int64)
                part = np.minimum(part, total)
                total = total - part
                out.append(Series(name, metric, part, seen & runs, campaign, written=written))
    if written.get("by_post"):
        weights = np.array([1.0 / (1 + i) for i in range(len(spec["posts"]))])
        parts = np.array([rng.multinomial(n, weights / weights.sum()) for n in total])
        return [Series(name, metric, parts[:, i], seen, post=post, written=written) for i, post in enumerate(spec["posts"])]
    for key in ("million", "mirror"):
        story = stories[key]
        only = np.arange(days) == season.at(story["at"])
        if story["account"] == name and story["reads_metric"] == metric:
            out.append(Series(name, metric, np.where(only, story["reads"], 0).astype(np.int64), seen & only, story["campaign"]))
        if story["account"] == name and story.get("readers_metric") == metric:
            # Some of the article's readers read something else that day too: the account's people are fewer than the sum.
            total = total + np.where(only, int(story["readers"] * 0.985), 0)
            out.append(Series(name, metric, np.where(only, story["readers"], 0).astype(np.int64), seen & only, story["campaign"]))
    return [Series(name, metric, total, seen, written=written), *out]


def _followers(streams: Streams, season: Season, name: str, spec: dict[str, Any], media: Media, seen: Any) -> list[Series]:
    """A ledger that closes by itself, except where the platform removes fans without saying so."""
    import numpy as np

    rng, days, stories = streams.named(name, "followers"), season.days, season.spec["stories"]
    audience = media.exposure[name].copy()
    if stories["million"]["account"] == name:
        day = season.at(stories["million"]["at"])
        tail = np.arange(days - day)
        audience[day:] += stories["million"]["reads"] * 0.55 * np.exp(-tail / 1.2)
    gained = rng.poisson(audience * spec["per_thousand"] / 1000 * media.lift_followers).astype(np.int64)
    lost, total, level = np.zeros(days, np.int64), np.zeros(days, np.int64), int(spec["opening"])
    mood = np.exp(drifting(rng, days, 0.18))
    for i in range(days):
        # New fans are the quickest to leave, so a wave of gains is followed by a small wave of losses.
        fresh = float(gained[max(0, i - 5) : i].sum()) * 0.018
        lost[i] = rng.poisson((level * spec["churn"] + fresh) * mood[i])
        level += int(gained[i] - lost[i])
        if stories["purge"]["account"] == name and i == season.at(stories["purge"]["at"]):
            level -= stories["purge"]["followers"]
        total[i] = level
    named = zip((spec["total"], spec["gained"], spec["lost"]), (total, gained, lost), strict=True)
    return [Series(name, metric, values, seen) for metric, values in named]


def _advertising(streams: Streams, season: Season, name: str, spec: dict[str, Any], audience: Floats, seen: Any) -> list[Series]:
    """Paid exposure by campaign: people see it, money goes out in cents, searches are clicked."""
    import numpy as np

    prices, out = season.spec["ads"], []
    for campaign, window in season.spec["campaigns"].items():
        rng = streams.named(name, campaign)
        runs = np.array([season.holds(window, season.day(i)) for i in range(season.days)])
        shown = np.where(runs, audience * window["ad"] * np.exp(drifting(rng, season.days, 0.16)), 0).astype(np.int64)
        price = prices["cost_per_thousand"] * (2.4 if window.get("search") else 1.0) * np.exp(drifting(rng, season.days, 0.06))
        cents = np.rint(shown * price / 10).astype(np.int64)
        currency = season.spec["company"]["currency"]
        if not runs.any():
            continue
        out.append(Series(name, spec["impressions"], shown, seen & runs, campaign))
        out.append(Series(name, spec["spend"], cents, seen & runs, campaign, currency=currency, decimals=2))
        if window.get("search"):
            clicks = rng.binomial(shown, prices["click_rate"]).astype(np.int64)
            out.append(Series(name, spec["clicks"], clicks, seen & runs, campaign))
    return out
