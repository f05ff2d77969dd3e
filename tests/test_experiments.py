"""Tests that a company ran: the interval of the effect covers what was planted as often as it says, with a shared season and a slow drift.

Belongs here: simulated tests through the very functions that the model runs, and one night with a geo test and a planted bridge.
Never here: associations of the bridge (test_bridge.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.test_bridge import RULES, WEEK, drifting, lowest, model_file
from tests.worlds import World

experiments = model_file("int_experiment_effects")
DAYS, TEST = 210, 28
LIFT = 0.1


def trial(rng: Any, with_control: bool, stays: float, lift: float) -> tuple[Any, Any, Any, Any]:
    """Treated, control, which days are of the test, and the days. Both share week and year; each drifts by itself and is counted."""
    days = np.arange(DAYS)
    during = days >= DAYS - TEST
    shared = WEEK[days % 7] * ((1 + 0.4 * np.sin(2 * np.pi * days / 365)) if with_control else 1.0)
    treated = rng.poisson(100 * shared * np.exp(drifting(rng, stays, 0.05, DAYS)) * np.where(during, 1 + lift, 1.0)).astype(float)
    control = rng.poisson(150 * shared * np.exp(drifting(rng, stays, 0.05, DAYS))).astype(float)
    return treated, control if with_control else None, during, days


@pytest.mark.parametrize("with_control", [True, False], ids=["geo", "on_off"])
@pytest.mark.parametrize("stays", [0.0, 0.5, 0.8])
def test_the_interval_covers_the_effect_as_often_as_it_says(with_control: bool, stays: float) -> None:
    times, covered = 150, 0
    for seed in range(times):
        found = experiments.effect_of(*trial(np.random.default_rng(seed), with_control, stays, LIFT), 0.95)
        covered += found["relative_low"] <= LIFT <= found["relative_high"]
    assert covered / times >= lowest(times), covered / times


def test_a_region_that_grows_by_itself_is_no_effect() -> None:
    """The treated region gains thirty percent a year on the other, with the test and without it."""
    times, covered = 150, 0
    for seed in range(times):
        treated, control, during, days = trial(np.random.default_rng(seed), True, 0.5, LIFT)
        found = experiments.effect_of(np.rint(treated * (1 + 0.3 * days / 365)), control, during, days, 0.95)
        covered += found["relative_low"] <= LIFT <= found["relative_high"]
    assert covered / times >= lowest(times), covered / times


def test_a_test_that_did_nothing_shows_nothing() -> None:
    times, cried = 150, 0
    for seed in range(times):
        found = experiments.effect_of(*trial(np.random.default_rng(seed), True, 0.5, 0.0), 0.95)
        cried += found["relative_low"] > 0 or found["relative_high"] < 0
    assert 1 - cried / times >= lowest(times)


def test_without_noise_the_effect_is_the_ratio_of_ratios() -> None:
    """Forty a day against eighty left alone, then sixty against a hundred: 60/100 over 40/80 is a fifth more, ten a day."""
    days = np.arange(56)
    during = days >= 42
    treated, control = np.where(during, 60.0, 40.0), np.where(during, 100.0, 80.0)
    found = experiments.effect_of(treated, control, during, days, 0.95)
    assert found["relative_effect"] == pytest.approx(0.2)
    assert found["effect"] == pytest.approx(140.0)


@pytest.mark.parametrize("told", [range(7), range(2, 7)], ids=["told_as_nothing", "not_told"])
def test_weekdays_on_which_nothing_ever_happens_say_nothing(told: range) -> None:
    """The same, of a shop that is closed on two days of the week: neither its effect nor its interval knows of them."""
    days = np.array([day for day in range(56) if day % 7 in told])
    during, is_open = days >= 42, days % 7 >= 2
    treated = is_open * np.where(during, 60.0, 40.0) + np.where(days % 2, 1.0, -1.0) * is_open
    found, _ = experiments.answer(treated, np.where(during, 100.0, 80.0), during, days, RULES)
    alone, _ = experiments.answer(treated[is_open], np.where(during, 100.0, 80.0)[is_open], during[is_open], days[is_open], RULES)
    assert found == pytest.approx(alone)
    assert found["relative_effect"] == pytest.approx(0.2, abs=0.01)
    assert found["relative_low"] > 0.1


def few(rng: Any, lift: float) -> tuple[Any, Any, Any, Any]:
    """Two orders a day against three left alone, some days without any."""
    days = np.arange(DAYS)
    during = days >= DAYS - TEST
    return rng.poisson(2 * WEEK[days % 7] * np.where(during, 1 + lift, 1)).astype(float), rng.poisson(3 * WEEK[days % 7]).astype(float), during, days


def test_a_control_of_a_few_orders_a_day_is_worth_its_orders() -> None:
    """Two months of orders on one side and three on the other know a ratio to a quarter: no day without an order makes that endless."""
    times, found = 100, [experiments.effect_of(*few(np.random.default_rng(seed), LIFT), 0.95) for seed in range(100)]
    assert sum(one["relative_low"] <= LIFT <= one["relative_high"] for one in found) / times >= lowest(times)
    assert np.median([one["relative_high"] - one["relative_low"] for one in found]) < 1.2


@pytest.mark.parametrize("with_control", [True, False], ids=["geo", "on_off"])
def test_what_was_switched_off_is_covered_too(with_control: bool) -> None:
    times, covered = 100, 0
    for seed in range(times):
        treated, control, during, days = trial(np.random.default_rng(seed), with_control, 0.6, -0.9)
        found = experiments.effect_of(treated, control, during, days, 0.95)
        covered += found["relative_low"] <= -0.9 <= found["relative_high"]
    assert covered / times >= lowest(times), covered / times


@pytest.mark.parametrize("with_control", [True, False], ids=["geo", "on_off"])
@pytest.mark.parametrize("spikes", [[100], [DAYS - 9], [DAYS - 9, DAYS - 2]], ids=["before", "during", "two"])
def test_no_day_decides_alone(with_control: bool, spikes: list[int]) -> None:
    """A day of two hundred thousand times the usual says of the others nothing, and certainly not that they fell by all there was."""
    treated, control, during, days = trial(np.random.default_rng(1), with_control, 0.3, 0.0)
    treated[spikes] *= 200_000
    assert experiments.answer(treated, control, during, days, RULES) == (dict.fromkeys(experiments.COLUMNS), "few_days_decide")


@pytest.mark.parametrize("with_control", [True, False], ids=["geo", "on_off"])
@pytest.mark.parametrize("times", [3, 20])
def test_a_burst_on_one_day_of_the_test_is_no_effect(with_control: bool, times: int) -> None:
    """One of twenty-eight days has three or twenty times the usual: without that day there is nothing, so nothing is said."""
    for seed in range(20):
        treated, control, during, days = trial(np.random.default_rng(seed), with_control, 0.3, 0.0)
        treated[DAYS - 9] *= times
        found, reason = experiments.answer(treated, control, during, days, RULES)
        assert reason == "few_days_decide" or found["relative_low"] <= 0 <= found["relative_high"]


@pytest.mark.parametrize("with_control", [True, False], ids=["geo", "on_off"])
@pytest.mark.parametrize(("stays", "lift", "before"), [(0.0, LIFT, 182), (0.8, 0.4, 182), (0.5, -0.9, 182), (0.5, 3.0, 182), (0.5, 0.0, 28)])
def test_days_that_merely_scatter_are_not_set_aside(with_control: bool, stays: float, lift: float, before: int) -> None:
    for seed in range(20):
        treated, control, during, days = (
            None if one is None else one[DAYS - TEST - before : DAYS - (TEST - 7 if before == TEST else 0)]
            for one in trial(np.random.default_rng(seed), with_control, stays, lift)
        )
        assert experiments.answer(treated, control, during, days, RULES)[1] is None


def test_a_great_day_before_the_test_makes_its_effect_less_certain() -> None:
    treated, control, during, days = trial(np.random.default_rng(3), True, 0.3, 0.4)
    treated[100] *= 20
    found, reason = experiments.answer(treated, control, during, days, RULES)
    assert reason is None
    assert found["relative_low"] <= 0.4 <= found["relative_high"]


def test_arms_that_never_have_a_weekday_in_common_say_nothing() -> None:
    days = np.arange(DAYS)
    treated, control = np.where(days % 7 == 1, 9.0, 0.0), np.where(days % 7 == 2, 9.0, 0.0)
    assert experiments.answer(treated, control, days >= DAYS - TEST, days, RULES)[1] == "no_variation"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A year of reads, sessions that follow them three days later, people reached by two accounts; and installs of two regions with a test."""
    last = date(2026, 3, 19)
    world = World(tmp_path_factory.mktemp("bridge") / "home", as_of=date(2026, 3, 20))
    rng, days = np.random.default_rng(11), [last - timedelta(days=n) for n in reversed(range(365))]
    reads = np.rint(20000 * WEEK[np.arange(365) % 7] + 4000 * drifting(rng, 0.3))
    heard = np.concatenate([np.zeros(3), reads[:-3]])
    sessions = np.rint(900 * WEEK[np.arange(365) % 7] + 0.05 * heard + drifting(rng, 0.4, 20))
    treated, control, during, _ = trial(np.random.default_rng(2), True, 0.3, 0.4)
    for name in ("press_room", "video", "north", "south"):
        world.account(name, surface="media" if name in ("press_room", "video") else "product")
    media = [f"content_reads,{day},{int(n)}" for day, n in zip(days, reads, strict=True) if day != date(2026, 1, 10)]
    media += [f"reach_unique,{day},900" for day in days]
    world.drop("press_room", "counts_reads.csv", ["metric,day,value", *media], "2026-03-20")
    world.drop("video", "counts_reach.csv", ["metric,day,value", *(f"reach_unique,{day},500" for day in days)], "2026-03-20")
    assert control is not None
    for name, values in (("north", treated), ("south", control)):
        rows = [f"installs,{day},{int(n)}" for day, n in zip(days[-DAYS:], values, strict=True)]
        rows += [f"sessions,{day},{int(n)}" for day, n in zip(days, sessions, strict=True) if name == "north"]
        world.drop(name, "counts_app.csv", ["metric,day,value", *rows], "2026-03-20")
    world.table("experiments.csv", [
        "experiment,kind,awareness_metric,outcome_metric,dimension,treated,control,starts_on,ends_on",
        f"posters,geo,content_reads,installs,account,north,south,{days[-TEST]},{last + timedelta(days=1)}",
        f"too_new,on_off,content_reads,installs,account,north,,{last},{last + timedelta(days=1)}",
    ])  # fmt: skip
    world.night()
    assert during.sum() == TEST
    return world


class TestANight:
    def test_what_was_planted_is_found_at_its_lag_and_only_there(self, night: World) -> None:
        rows = night.ask("select lag_days from awareness_bridge where outcome_metric = 'sessions' and is_distinguishable order by 1")
        assert (3,) in rows
        assert len(rows) <= 3
        ((association, low, high, days),) = night.ask(
            "select association, low, high, n_days from awareness_bridge where outcome_metric = 'sessions' and lag_days = 3 and low > 0"
        )
        assert low <= 0.05 <= high
        assert association == pytest.approx(0.05, abs=0.02)
        # the first eight days, the last three, and the one without a number with the eight that look back on it
        assert days == 365 - 8 - 3 - 9

    def test_a_number_that_cannot_be_added_up_is_no_series_and_says_so(self, night: World) -> None:
        assert night.ask("select distinct missing_reason, association from awareness_bridge where awareness_metric = 'reach_unique'") == [
            ("not_additive", None)
        ]

    def test_the_placebos_are_published_and_silent(self, night: World) -> None:
        assert night.ask("select method, count(*) from awareness_bridge_placebo where awareness_metric = 'content_reads' group by 1 order by 1") == [
            ("placebo_future", 91), ("placebo_shuffled", 91)
        ]  # fmt: skip
        assert night.ask("select count(*) from awareness_bridge_placebo where stands_out") == [(0,)]

    def test_half_of_what_was_heard_is_forgotten_in_a_fortnight(self, night: World) -> None:
        rows = night.ask("select day, value::double from kpi_daily where metric = 'content_reads' and value is not null")
        by_hand = sum(value * 0.5 ** ((date(2026, 3, 19) - day).days / 14) for day, value in rows if (date(2026, 3, 19) - day).days <= 90)
        ((stock, missing),) = night.ask("select stock::double, missing_days from awareness_stock where awareness_metric = 'content_reads' "
                                        "and day = '2026-03-19'")  # fmt: skip
        assert stock == pytest.approx(by_hand, rel=1e-9)
        assert missing == 1

    def test_the_geo_test_has_its_effect_and_the_new_one_says_it_is_too_new(self, night: World) -> None:
        rows = night.ask("select experiment, relative_low <= 0.4 and 0.4 <= relative_high, relative_low > 0, n_days_during, method, caveat, "
                         "missing_reason from experiment_effects order by 1")  # fmt: skip
        assert rows == [
            ("posters", True, True, 28, "difference_in_differences_ar1", None, None),
            ("too_new", None, None, 1, "interrupted_series_ar1", "no_control", "not_enough_days"),
        ]

    def test_none_of_it_is_a_number_of_the_company(self, night: World) -> None:
        assert night.ask("select count(*) from kpi_daily where metric not in ('content_reads', 'reach_unique', 'installs', 'sessions')") == [(0,)]
