"""The awareness bridge: on worlds whose truth is known the interval covers it as often as it says; where there is nothing, it is silent.

Belongs here: simulated series through the very functions that the model runs, and what a night publishes of them.
Never here: whether people believe an association.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.conftest import REPOSITORY

LAGS = 91
DAYS = 365
WEEK = np.array([1.0, 0.95, 0.9, 1.0, 1.1, 1.4, 1.3])
Pair = tuple[Any, Any, Any]  # awareness, outcome, the true response by lag


def model_file(name: str) -> ModuleType:
    """A dbt Python model as a module: the night runs this very file, and nothing of it is written twice."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / f"dbt_project/models/intermediate/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bridge = model_file("int_bridge_lags")


def rules(**changed: float) -> dict[str, float]:
    with (REPOSITORY / "dbt_project/seeds/bridge_rules.csv").open() as lines:
        return {row["rule"]: float(row["value"]) for row in csv.DictReader(lines)} | changed


RULES = rules()
CALENDAR = np.arange(DAYS) % 7
MONDAY = 20150  # 3 March 2025, in days since 1970


def drifting(rng: Any, stays: float, spread: float = 1.0, days: int = DAYS) -> Any:
    """A series that stays where it was by `stays` a day."""
    shocks, out = rng.normal(0, spread, days + 200), np.zeros(days + 200)
    for day in range(1, days + 200):
        out[day] = stays * out[day - 1] + shocks[day]
    return out[200:]


def walks(rng: Any) -> Pair:
    """Two random walks that know nothing of each other."""
    return 1000 + np.cumsum(rng.normal(0, 10, DAYS)), 500 + np.cumsum(rng.normal(0, 5, DAYS)), np.zeros(LAGS)


def one_season(rng: Any) -> Pair:
    """Both grow, have one year and one week, multiplied; the outcome is counted."""
    days = np.arange(DAYS)
    shared = WEEK[CALENDAR] * (1 + 0.4 * np.sin(2 * np.pi * days / DAYS + 1)) * (1 + 0.5 * days / DAYS)
    awareness = 5000 * shared * np.exp(drifting(rng, 0.6, 0.15))
    return awareness, rng.poisson(80 * shared * np.exp(drifting(rng, 0.6, 0.05))).astype(float), np.zeros(LAGS)


def two_peaks(rng: Any) -> Pair:
    """Both sell and speak twice as much in two seasons of the year as between them."""
    shared = WEEK[CALENDAR] * (1 + 0.3 * np.sin(4 * np.pi * np.arange(DAYS) / DAYS + 1))
    awareness = 5000 * shared * np.exp(drifting(rng, 0.6, 0.1))
    return awareness, rng.poisson(200 * shared * np.exp(drifting(rng, 0.6, 0.05))).astype(float), np.zeros(LAGS)


def both(rng: Any, shared: Any) -> Pair:
    """Both are lifted by the same thing, and each drifts by itself."""
    week, days = WEEK[np.arange(len(shared)) % 7], len(shared)
    awareness = 5000 * week * shared * np.exp(drifting(rng, 0.6, 0.1, days))
    return awareness, rng.poisson(200 * week * shared * np.exp(drifting(rng, 0.6, 0.05, days))).astype(float), np.zeros(LAGS)


def paydays(rng: Any) -> Pair:
    """Wages are paid on the 25th, and both are up by a fifth until the month ends."""
    dates = (MONDAY + np.arange(DAYS)).astype("M8[D]")
    return both(rng, np.where(dates - dates.astype("M8[M]") >= np.timedelta64(24, "D"), 1.2, 1.0))


def about_a_month(rng: Any) -> Pair:
    """A wave of 30.4 days, up and down by a fifth."""
    return both(rng, 1 + 0.2 * np.sin(2 * np.pi * np.arange(DAYS) / 30.4 + 1))


def other_weekends(rng: Any) -> Pair:
    """From the middle of the year on, both have a quarter more on weekends."""
    return both(rng, np.where((np.arange(DAYS) >= 180) & (CALENDAR >= 5), 1.25, 1.0))


def moving_holiday(rng: Any) -> Pair:
    """Two years, and in each a week of twice as much, eleven days earlier the second time."""
    days = np.arange(2 * DAYS)
    return both(rng, np.where(((days >= 200) & (days < 207)) | ((days >= 554) & (days < 561)), 2.0, 1.0))


def bursts(rng: Any) -> Pair:
    """A dozen hits a year, each many times a usual day, and an outcome that did not notice."""
    awareness = 5000 * WEEK[CALENDAR] * np.exp(drifting(rng, 0.5, 0.15))
    for _ in range(15):
        start = int(rng.integers(0, DAYS))
        awareness[start:] += 5000 * rng.lognormal(1, 0.6) * np.exp(-np.arange(DAYS - start) / 2)
    return awareness, rng.poisson(80 * WEEK[CALENDAR] * np.exp(drifting(rng, 0.6, 0.05))).astype(float), np.zeros(LAGS)


def planted(rng: Any, stays: float = 0.6) -> Pair:
    """Two days after awareness the outcome rises and fades over a fortnight; week, year and an autocorrelated rest lie over it."""
    days = np.arange(DAYS)
    surprise = rng.normal(0, 1000, DAYS + 200)
    awareness = np.zeros(DAYS + 200)
    for day in range(1, DAYS + 200):
        awareness[day] = stays * awareness[day - 1] + surprise[day]
    effect = np.zeros(LAGS)
    effect[2:40] = 0.004 * 0.8 ** np.arange(38)
    heard = np.convolve(awareness, effect)[200 : DAYS + 200]
    outcome = 200 * WEEK[CALENDAR] + 30 * np.sin(2 * np.pi * days / DAYS) + heard + drifting(rng, 0.5, 8)
    # a surprise today is some awareness tomorrow: what follows it is the effect of all of it
    return 5000 * WEEK[CALENDAR] + awareness[200:], outcome, np.convolve(effect, stays ** np.arange(LAGS))[:LAGS]


SPURIOUS = [walks, one_season, two_peaks, bursts, paydays, about_a_month, other_weekends]


def estimate(pair: Pair, **changed: float) -> dict[str, Any]:
    used = RULES | changed
    found = bridge.followed_by(pair[0], pair[1], MONDAY + np.arange(len(pair[0])), used)
    return {**bridge.intervals(*found[:3], used["confidence"]), "n_days": found[3], "burst_size": found[4], "from_one_day": found[5]}


def stands_out(found: dict[str, Any], beyond: Any = 0.0) -> bool:
    return bool(((found["low"] > beyond) | (found["high"] < -beyond)).any())


def simulate(world: Callable[[Any], Pair], times: int) -> dict[str, float]:
    """Shares over many worlds: how often one lag's interval, and the band of all lags, cover the truth; how often the band leaves out zero."""
    one = family = signals = 0.0
    for seed in range(times):
        pair = world(np.random.default_rng(seed))
        found = estimate(pair)
        one += float(((found["pointwise_low"] <= pair[2]) & (pair[2] <= found["pointwise_high"])).mean())
        family += bool(((found["low"] <= pair[2]) & (pair[2] <= found["high"])).all())
        signals += stands_out(found)
    return {"pointwise": one / times, "band": family / times, "signals": signals / times}


def lowest(times: int, share: float = 0.95) -> float:
    """What a share of so many trials may fall to by chance: once in two hundred."""
    return share - 2.6 * float(np.sqrt(share * (1 - share) / times))


TIMES = 200


class TestTheIntervalKeepsItsWord:
    @pytest.mark.parametrize("stays", [0.3, 0.6, 0.9])
    def test_a_planted_effect_is_covered_and_found(self, stays: float) -> None:
        share = simulate(lambda rng: planted(rng, stays), TIMES)
        assert share["pointwise"] >= lowest(TIMES), share
        assert share["band"] >= lowest(TIMES), share
        assert share["signals"] == 1.0

    def test_the_effect_stands_where_it_was_planted(self) -> None:
        found = estimate(planted(np.random.default_rng(1)))
        assert found["low"][2] > 0
        assert found["low"][3] > 0
        assert found["low"][0] <= 0 <= found["high"][0]
        assert int(np.nanargmax(found["association"])) in range(2, 7)

    @pytest.mark.parametrize("world", SPURIOUS, ids=lambda world: world.__name__)
    def test_a_spurious_pair_is_met_with_silence(self, world: Callable[[Any], Pair]) -> None:
        share = simulate(world, TIMES)
        assert 1 - share["signals"] >= lowest(TIMES), share

    def test_what_came_but_twice_is_no_find(self) -> None:
        """The band leaves out zero in a third of such worlds, but not without the one day that brought most."""
        found = [estimate(moving_holiday(np.random.default_rng(seed))) for seed in range(40)]
        assert sum(stands_out(one) for one in found) > 4
        assert sum(stands_out(one, one["from_one_day"]) for one in found) <= 2
        planted_one = estimate(planted(np.random.default_rng(1)))
        assert stands_out(planted_one, planted_one["from_one_day"])

    def test_a_single_great_burst_is_one_observation(self) -> None:
        """A million reads on one day and a good week after it: coincidence cannot be told from effect by one event."""
        rng = np.random.default_rng(3)
        awareness, outcome = 5000 + drifting(rng, 0.5, 200), 100 + drifting(rng, 0.5, 5)
        awareness[200] += 1_000_000
        outcome[201:204] += 40
        found = estimate((awareness, outcome, None))
        assert not stands_out(found)

    def test_what_lasts_long_is_not_drawn_down_by_the_own_past(self) -> None:
        """Awareness and outcome that keep nine tenths a day: half of the pull of a year's data is taken back at three weeks."""
        times, drawn = 60, {True: 0.0, False: 0.0}
        for seed in range(times):
            pair = planted(np.random.default_rng(seed), 0.9)
            for bends in drawn:
                with pytest.MonkeyPatch.context() as patch:
                    if not bends:
                        patch.setattr(bridge, "bent_back", lambda estimate, traces, *_: (estimate, traces))
                    drawn[bends] += float((estimate(pair)["association"] - pair[2])[10:30].mean()) / times
        assert drawn[False] < 0
        assert abs(drawn[True]) < 0.7 * abs(drawn[False])

    def test_without_controls_the_pull_is_that_of_the_mean(self) -> None:
        """A mean of n days alone: what followed at lag 2 lacks a share of what followed at lags 1 and 0, for each the days they overlap."""
        n = 10
        basis = np.full((n, 1), 1 / np.sqrt(n))
        found, _ = bridge.bent_back(np.array([3.0, 2.0, 1.0]), np.zeros((3, n)), basis, n)
        day, two = 9 / n / (n - 1), 8 / n / (n - 1)
        first = 2.0 + 3.0 * day
        assert found == pytest.approx([3.0, first, 1.0 + first * day + 3.0 * two])


class TestTheArithmetic:
    @pytest.mark.parametrize("lag", [0, 7, 45, 90])
    def test_every_lag_is_ordinary_least_squares_with_hc3_errors(self, lag: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """The library's own regression of that one lag gives the same coefficient, error and days; ours does all lags at once."""
        import statsmodels.api as api

        monkeypatch.setattr(bridge, "bent_back", lambda estimate, traces, *_: (estimate, traces))
        awareness, outcome, _ = planted(np.random.default_rng(5))
        awareness[100], outcome[222] = np.nan, np.nan
        ours = estimate((awareness, outcome, None), overlap_widening=0)
        ahead = np.full(DAYS, np.nan)
        ahead[: DAYS - lag] = outcome[lag:]
        design = np.column_stack([bridge.known_before(awareness, outcome, MONDAY + np.arange(DAYS), RULES), awareness])
        used = np.isfinite(design).all(axis=1) & np.isfinite(ahead)
        theirs = api.OLS(ahead[used], design[used]).fit(cov_type="HC3")
        assert ours["n_days"][lag] == used.sum()
        assert ours["association"][lag] == pytest.approx(theirs.params[-1], rel=1e-8)
        assert ours["standard_error"][lag] == pytest.approx(theirs.bse[-1], rel=1e-8)

    def test_a_missing_day_is_missing_and_not_zero(self) -> None:
        awareness, outcome, _ = planted(np.random.default_rng(6))
        whole = estimate((awareness, outcome, None))
        outcome[300] = np.nan
        holed = estimate((awareness, outcome, None))
        # day 300 itself, as an outcome; and the eight days whose own past it belongs to
        assert whole["n_days"][5] - holed["n_days"][5] == 9
        assert holed["association"][2] == pytest.approx(whole["association"][2], rel=0.2)

    def test_short_or_still_series_are_answered_with_nothing(self) -> None:
        rng = np.random.default_rng(7)
        short = estimate((rng.normal(size=60), rng.normal(size=60), None))
        still = estimate((np.full(DAYS, 7.0), rng.normal(size=DAYS), None))
        assert np.isnan(short["association"]).all()
        assert np.isnan(still["association"]).all()
        assert (still["n_days"] > 0).all()

    @pytest.mark.parametrize("days", [0, 1, 30, 59])
    def test_a_company_in_its_first_weeks_is_answered_with_nothing(self, days: int) -> None:
        """Its placebo of the future has no day at all; a model that fails would hold its first nights."""
        series = np.random.default_rng(7).normal(size=(2, days))
        answers = list(bridge.answers(*series, MONDAY + np.arange(days), RULES))
        assert {method for method, *_ in answers} >= {"placebo_future", "placebo_shuffled"}
        assert all(np.isnan(found["association"]).all() for _, found, _, _ in answers)

    @pytest.mark.parametrize("days", range(60, 96, 5))
    def test_a_history_shorter_than_the_longest_lag_is_answered_for_the_lags_it_has(self, days: int) -> None:
        """Two and a half months were enough to estimate something and too few for the last lag: the model failed, and every night was held."""
        series = np.random.default_rng(7).normal(size=(2, days))
        _, found, counted, _ = next(iter(bridge.answers(*series, MONDAY + np.arange(days), RULES)))
        assert np.isnan(found["association"][-1])
        assert len(counted) == LAGS
        assert (counted <= days).all()

    @pytest.mark.parametrize("burst", [100, 105, 115])
    def test_lags_that_leave_the_only_burst_out_are_answered_with_nothing(self, burst: int) -> None:
        """Four months without a mention, and a burst in the last weeks: what follows it further on is not known yet."""
        days = np.arange(120)
        outcome = np.random.default_rng(0).normal(100, 10, len(days))
        found, *_ = bridge.followed_by(np.where(days == burst, 1e9, 0.0), outcome, MONDAY + days, RULES)
        assert np.isfinite(found).tolist() == [lag < 120 - burst for lag in range(LAGS)]

    def test_another_scale_is_another_unit_and_nothing_else(self) -> None:
        awareness, outcome, _ = planted(np.random.default_rng(8))
        once, thousand = estimate((awareness, outcome, None)), estimate((awareness / 1000, outcome * 10, None))
        assert thousand["association"] == pytest.approx(once["association"] * 10_000, rel=1e-6)

    def test_the_same_series_give_the_same_shuffle(self) -> None:
        awareness, outcome, _ = planted(np.random.default_rng(9))
        first, second = (bridge.weeks_shuffled(awareness, outcome) for _ in range(2))
        assert (first == second).all()
        assert not (first == awareness).all()
        assert sorted(first) == sorted(awareness)


class TestThePlacebos:
    def test_awareness_of_the_future_and_of_shuffled_weeks_shows_nothing(self) -> None:
        """Even where the true effect is strong: what it cannot have caused, it does not seem to cause."""
        times, cried = 60, {"placebo_future": 0, "placebo_shuffled": 0}
        for seed in range(times):
            awareness, outcome, _ = planted(np.random.default_rng(seed))
            for method, found, _, _ in bridge.answers(awareness, outcome, MONDAY + np.arange(DAYS), RULES):
                if method in cried:
                    cried[method] += stands_out(found)
        assert all(1 - count / times >= lowest(times) for count in cried.values()), cried

    def test_awareness_that_follows_orders_shows_in_the_future_and_not_in_the_bridge(self) -> None:
        """Two days after a good day for orders more is written: awareness of the future seems to bring orders about, that of the day does not."""
        times, said = 20, dict.fromkeys(("association", "placebo_future", "placebo_shuffled"), 0)
        for seed in range(times):
            rng = np.random.default_rng(seed)
            orders = rng.poisson(200 * WEEK[CALENDAR] * np.exp(drifting(rng, 0.6, 0.15))).astype(float)
            awareness = 5000 * WEEK[CALENDAR] * np.exp(drifting(rng, 0.6, 0.1)) + 15 * np.concatenate([orders[:2], orders[:-2]])
            for method, found, _, _ in bridge.answers(awareness, orders, MONDAY + np.arange(DAYS), RULES):
                said[method] += stands_out(found)
        assert said["placebo_future"] > 0.8 * times, said
        assert 1 - said["association"] / times >= lowest(times), said
