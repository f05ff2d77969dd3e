"""`kpi export mmm`: one row a day, the columns that media-mix models ask for, and no number that is not in the published tables."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.conftest import kpi, one


@pytest.fixture(scope="module")
def wide(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], list[dict[str, str]]]:
    target = tmp_path_factory.mktemp("mmm") / "mmm.csv"
    done = kpi(demo_home, "export", "mmm", "--out", str(target), "--json")
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8") as lines:
        return json.loads(done.stdout), list(csv.DictReader(lines))


Wide = tuple[dict[str, object], list[dict[str, str]]]


def test_days_follow_each_other_and_each_has_its_outcome(wide: Wide) -> None:
    days = [date.fromisoformat(row["time"]) for row in wide[1]]
    assert days == [days[0] + timedelta(days=n) for n in range(365)]
    assert all(row["kpi"] and row["revenue_per_kpi"] for row in wide[1])


def test_every_channel_with_spend_has_its_exposure_under_the_same_name(wide: Wide) -> None:
    """Meridian pairs media and media_spend by channel; PyMC-Marketing takes the spend columns."""
    said = wide[0]
    meridian, pymc = said["meridian"], said["pymc_marketing"]
    assert isinstance(meridian, dict)
    assert isinstance(pymc, dict)
    coordinates = meridian["coord_to_columns"]
    assert list(meridian["media_to_channel"].values()) == list(meridian["media_spend_to_channel"].values()) != []
    assert list(meridian["media_to_channel"]) == coordinates["media"]
    assert list(meridian["media_spend_to_channel"]) == coordinates["media_spend"]
    named = {name for columns in coordinates.values() for name in ([columns] if isinstance(columns, str) else columns)}
    assert named == set(wide[1][0])
    # what the two tools call their arguments: another name is refused by both
    assert set(meridian) == {"kpi_type", "coord_to_columns", "media_to_channel", "media_spend_to_channel"}
    assert set(coordinates) == {"time", "kpi", "revenue_per_kpi", "media", "media_spend", "organic_media"}
    assert set(pymc) == {"date_column", "target_column", "channel_columns", "control_columns"}
    assert pymc["date_column"] in wide[1][0]
    assert set(pymc["channel_columns"]) <= set(wide[1][0])
    assert pymc["target_column"] in wide[1][0]


def test_the_columns_add_up_to_what_is_published(wide: Wide, demo: duckdb.DuckDBPyConnection) -> None:
    spent = sum(Decimal(cell) for row in wide[1] for name, cell in row.items() if name.endswith("_spend") and cell)
    assert spent == one(demo, "select sum(value) from kpi_daily where metric = 'paid_spend'")
    assert sum(Decimal(row["kpi"]) for row in wide[1]) == one(demo, "select sum(value) from kpi_daily where metric = 'orders'")


def test_an_empty_cell_is_a_day_that_a_platform_left_out(wide: Wide, demo: duckdb.DuckDBPyConnection) -> None:
    empty = {(row["time"], name) for row in wide[1] for name, cell in row.items() if not cell}
    missing = demo.execute("select day::varchar, variable from media_mix_daily where missing_reason is not null").fetchall()
    assert set(missing) <= empty
    assert wide[0]["empty_cells"] == len(empty)


def test_complete_is_the_longest_stretch_of_days_that_has_every_number(wide: Wide, demo_home: Path, tmp_path: Path) -> None:
    done = kpi(demo_home, "export", "mmm", "--complete", "--out", str(tmp_path / "mmm.csv"), "--json")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "mmm.csv").open(encoding="utf-8") as lines:
        complete = list(csv.DictReader(lines))
    assert json.loads(done.stdout)["empty_cells"] == 0
    assert 0 < len(complete) < len(wide[1]), "the demo has days that a platform left out"
    stretches: list[list[dict[str, str]]] = [[]]
    for row in wide[1]:
        if all(row.values()):
            stretches[-1].append(row)
        else:
            stretches.append([])
    assert complete == max(reversed(stretches), key=len)


def test_before_the_first_night_it_says_what_to_do(tmp_path: Path) -> None:
    done = kpi(tmp_path / "home", "export", "mmm")
    assert done.returncode == 2
    assert "nothing is published" in done.stderr
