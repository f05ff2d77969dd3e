"""Two true files of one account, of any two kinds, either of them first: no number counts twice, and none takes another's place.

Belongs here: all pairs of the kinds of one platform, over days that overlap, in one night. Never here: how an export is spelt (kinds).
"""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import duckdb
import pytest

from assets.archive import receive
from assets.landing import land_all
from pipelines.night import begin
from pipelines.plain import build_models
from tests.kinds import FIRST, KINDS, Kind, Truth
from tests.worlds import NOW, World

MEANS = {
    "video_plays": "views", "impressions_total": "seen", "impressions_organic": "seen", "social_engagements": "acts", "social_shares": "shares",
    "content_reads": "reads", "sessions": "visits", "installs": "installs", "paid_spend": "spend", "paid_impressions": "shown",
}  # fmt: skip
# The second begins before the first one ends; both come later, a day apart.
WINDOWS, RECEIVED = ((1, 14), (8, 21)), (32, 33)
PAIRS = [pair for pair in product(KINDS, KINDS) if pair[0].platform == pair[1].platform]

Told = dict[str, dict[int, int | None]]


def named(pair: tuple[Kind, Kind]) -> str:
    return f"{pair[0].platform}_{PAIRS.index(pair)}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """Of each account, the company's number of each metric and day."""
    world = World(tmp_path_factory.mktemp("pairs") / "home")
    for pair in PAIRS:
        account = named(pair)
        world.account(account, platform=pair[0].platform)
        for kind, (first, last), received in zip(pair, WINDOWS, RECEIVED, strict=True):
            name, content = kind.file(Truth(account), first, last, received)
            world.drop(account, name, content, str(FIRST + timedelta(days=received - 1)))
    return _counted(world)


def _counted(world: World) -> dict[str, Told]:
    evening = begin(world.paths, world.as_of, NOW)
    receive(world.paths.inbox, world.paths.archive, evening.now)
    land_all(world.paths.archive, world.paths.landing, evening.intake)
    build_models(world.paths, "--select", "+int_daily_counts", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    found: dict[str, Told] = {}
    with duckdb.connect(str(world.paths.warehouse_building), read_only=True) as con:
        rows = con.execute(
            "select account_id, metric, day - date '2025-12-31', if(count(value) = count(*), sum(value), null)::bigint"
            " from intermediate.int_daily_counts group by all"
        ).fetchall()
    for account, metric, day, value in rows:
        found.setdefault(account, {}).setdefault(metric, {})[day] = value
    return found


def metrics_of(kind: Kind, told: dict[str, Told]) -> set[str]:
    return set(told[named((kind, kind))]) & set(MEANS)


def test_every_kind_is_read(told: dict[str, Told]) -> None:
    assert [kind.name for kind in KINDS if not metrics_of(kind, told)] == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].platform}: {pair[0].name}, then {pair[1].name}")
def test_nothing_counts_twice_and_what_the_account_told_stands(pair: tuple[Kind, Kind], told: dict[str, Told]) -> None:
    account = named(pair)
    truth = Truth(account)
    for metric in set(told[account]) & set(MEANS):
        numbers, happened = told[account][metric], [truth.number(MEANS[metric], day) for day in range(1, 34)]
        counted = [numbers.get(day) or 0 for day in range(1, 34)]
        assert all(sum(counted[:day]) <= sum(happened[:day]) for day in range(1, 34)), (metric, numbers)
        wholes = [window for kind, window in zip(pair, WINDOWS, strict=True) if kind.is_whole and metric in metrics_of(kind, told)]
        days = {day for first, last in wholes for day in range(first, last + 1)}
        assert {day: numbers[day] for day in days} == {day: happened[day - 1] for day in days}, metric
