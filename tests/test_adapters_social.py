"""The maps of social platforms on bytes of our own making, and on real exports where they stand beside the project.

A fixture is a file below tests/exports/<platform>/ with a `<file>.expected.json` beside it, written by hand: the account's platform, the
map that must claim the file, the records and every row that must land. A new fixture needs no line here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.adapter import claims, load
from assets.archive import Receipt
from assets.decode import Refusal, decode
from assets.export import Account, Intake, Landed, MetricSpec, read_export

OWN = Path(__file__).parent / "exports"
SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
FOLDERS = (
    "baijiahao", "bilibili", "douyin", "facebook", "instagram", "linkedin", "meta", "sohu", "tiktok", "toutiao", "wechat", "wechat_channels", "weibo",
    "x", "xiaohongshu", "youtube", "zhihu",
)  # fmt: skip
PLATFORMS = (*FOLDERS, "twitter", "shop", "web", "app", "ga4")
SUFFIX = ".expected.json"
FIXTURES = sorted(path for folder in FOLDERS for path in (OWN / folder).glob(f"*{SUFFIX}"))


def catalogue() -> dict[str, MetricSpec]:
    """Every metric of the catalogue that lands as counts; a share may be negative, a count may not."""
    with (SEEDS / "metrics.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {
        row["metric"]: MetricSpec(
            row["feed"], row["unit"], row["unit"] == "money", row["aggregation"] in ("ratio", "index"), aggregation=row["aggregation"]
        )
        for row in rows
        if row["feed"]
    }


INTAKE = Intake(
    accounts={platform: Account(platform, "UTC", "EUR") for platform in PLATFORMS},
    metrics=catalogue(),
    company_time_zone="Asia/Shanghai",
    company_currency="CNY",
    person_key=b"test-key",
)


def read(path: Path, account: str, name: str | None = None, received: str = "2026-02-02", raw: bytes | None = None) -> Landed:
    receipt = Receipt("f" * 64, f"{account}/{name or path.name}", account, datetime.fromisoformat(received), True, 0, "")
    landed = read_export(path if raw is None else raw, receipt, INTAKE)
    assert landed.physical == landed.accepted + landed.quarantined + landed.duplicate
    return landed


def rows_of(landed: Landed) -> list[list[Any]]:
    frames = [frame for (_, shape), frame in landed.frames.items() if shape == "counts"]
    if not frames:
        return []
    wanted = ("metric", "day", "value", "post", "dimension", "member", "is_lifetime")
    return [[m, d.isoformat(), v, *rest] for m, d, v, *rest in pl.concat(frames).select(wanted).rows()]


def total(landed: Landed, metric: str) -> int:
    return int(sum(row[2] for row in rows_of(landed) if row[0] == metric))


def claiming(path: Path, platform: str) -> list[str]:
    try:
        head = decode(path.read_bytes(), path.name)
    except Refusal:
        return []
    return [claim.adapter.name for claim in claims(head, path.name, platform) if claim.holds]


def fixture_name(path: Path) -> str:
    return f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


@pytest.mark.parametrize("wanted", FIXTURES, ids=fixture_name)
def test_a_fixture_lands_as_written_beside_it(wanted: Path) -> None:
    expected = json.loads(wanted.read_text(encoding="utf-8"))
    path = wanted.with_name(wanted.name.removesuffix(SUFFIX))
    landed = read(path, expected["platform"], received=expected["received"])
    told = f"{landed.status} {landed.reason} {landed.message}"
    if "adapter" in expected:
        assert landed.adapter == expected["adapter"], told
        assert claiming(path, expected["platform"]) == [expected["adapter"]]
    if expected.get("status") == "refused":
        assert (landed.status, landed.reason) == ("refused", expected["reason"]), told
        assert not landed.frames
        return
    books = (landed.physical, landed.accepted, landed.quarantined)
    assert books == (expected["physical"], expected["accepted"], expected["quarantined"]), told
    refusals = [list(row) for row in landed.quarantine.select("line", "column_name", "rule").rows()]
    assert refusals == expected.get("refusals", [])
    found = sorted(rows_of(landed), key=str)
    known = sorted(([m, d, Decimal(v), *rest] for m, d, v, *rest in expected.get("rows", [])), key=str)
    assert [[str(cell) for cell in row[:2]] + row[3:] for row in found] == [[str(cell) for cell in row[:2]] + row[3:] for row in known], told
    assert [row[2] for row in found] == [row[2] for row in known]


def every_fixture() -> Iterator[Path]:
    yield from sorted(path for path in OWN.rglob("*") if path.is_file() and ".expected" not in path.name and path.suffix != ".md")


@pytest.mark.parametrize("path", every_fixture(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_file_is_claimed_by_two_maps_whatever_the_account(path: Path) -> None:
    try:
        head = decode(path.read_bytes(), path.name)
    except Refusal:
        return
    for platform in sorted({name for adapter in load() for name in adapter.platforms} | {""}):
        assert sum(claim.holds for claim in claims(head, path.name, platform)) <= 1, platform


def test_every_metric_of_every_map_is_in_the_catalogue() -> None:
    with (SEEDS / "metrics.csv").open(encoding="utf-8") as lines:
        known = {row["metric"] for row in csv.DictReader(lines)}
    assert {adapter.name: adapter.metrics() - known for adapter in load() if adapter.metrics() - known} == {}


@pytest.mark.parametrize(
    ("folder", "file"),
    [("linkedin", "moonwell_followers_1769990000.xls"), ("wechat", "user_analysis.xls"), ("x", "account_overview_analytics.csv"),
     ("tiktok", "Content.csv"), ("xiaohongshu", "笔记列表明细表.xlsx")],
)  # fmt: skip
def test_an_export_in_another_platforms_folder_is_refused(folder: str, file: str) -> None:
    landed = read(OWN / folder / file, "shop")
    assert (landed.status, landed.reason, landed.frames) == ("refused", "no_adapter", {})
    assert "platform" in str(landed.message)


def test_the_order_of_columns_and_columns_that_are_new_make_no_difference() -> None:
    path = OWN / "instagram" / "Jan-01-2026_Jan-28-2026_2201.csv"
    lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    turned = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in [*reversed(line), "new"]) for line in lines)
    assert sorted(rows_of(read(path, "instagram", raw=turned.encode())), key=str) == sorted(rows_of(read(path, "instagram")), key=str)


def test_a_post_export_by_days_is_no_lifetime_export_and_books_nothing() -> None:
    path = OWN / "instagram" / "Jan-01-2026_Jan-28-2026_2201.csv"
    landed = read(path, "instagram", raw=path.read_bytes().replace(b"Lifetime", b"01/09/2026"))
    assert rows_of(landed) == []


def test_a_window_of_two_years_does_not_give_a_day_its_year() -> None:
    path = OWN / "tiktok" / "Overview.csv"
    landed = read(path, "tiktok", "Overview 2024-01-01_2026-02-01.csv")
    assert landed.quarantine["rule"].to_list() == ["no_year"] * 3


def test_personal_columns_do_not_land() -> None:
    landed = read(OWN / "linkedin" / "moonwell_updates_1769990002.xls", "linkedin")
    assert "A. Person" not in str([frame.to_dicts() for frame in landed.frames.values()])


# --- real exports


def expected_of(exports: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((exports / "fivetran_social_media_seeds" / "expected.json").read_text())
    return content


@pytest.fixture(scope="module")
def seed(exports: Path) -> Callable[[str, str], Landed]:
    return lambda file, account: read(exports / "fivetran_social_media_seeds" / file, account, received="2026-02-02")


def test_real_youtube_rows_by_country_add_up_to_the_channel(seed: Callable[[str, str], Landed], exports: Path) -> None:
    known = expected_of(exports)["youtube"]
    landed = seed("youtube_channel_basic_data.csv", "youtube")
    assert landed.accepted == known["rows"]
    sums = {metric: total(landed, metric) for metric in ("video_plays", "social_shares", "followers_gained", "followers_lost")}
    assert list(sums.values()) == [known["views"], known["shares"], known["subscribers_gained"], known["subscribers_lost"]]
    assert total(landed, "social_engagements") == known["likes"] + known["comments"] + known["shares"]
    days: dict[str, int] = {}
    for metric, day, value, *_ in rows_of(landed):
        if metric == "video_plays" and value:
            days[day] = days.get(day, 0) + int(value)
    assert days == {day: views for day, views in known["views_by_date"].items() if views}


def test_real_organic_tweets(seed: Callable[[str, str], Landed], exports: Path) -> None:
    known = expected_of(exports)["x"]
    landed = seed("organic_tweet_report.csv", "x")
    assert (landed.accepted, len({row[3] for row in rows_of(landed)})) == (known["rows"], known["distinct_tweets"])
    assert total(landed, "impressions_organic") == known["impressions"]
    assert total(landed, "social_engagements") == known["engagements"]
    assert total(landed, "social_shares") == known["retweets"]


def test_real_facebook_posts_are_counters_and_their_last_state_is_the_truth(seed: Callable[[str, str], Landed], exports: Path) -> None:
    known = expected_of(exports)["facebook_posts"]
    landed = seed("facebook_pages_lifetime_post_metrics_total_data.csv", "facebook")
    rows = [row for row in rows_of(landed) if row[0] == "impressions_total"]
    assert all(row[-1] for row in rows)
    assert (len(rows), sum(row[2] for row in rows)) == (known["rows"], known["naive_sum_post_impressions_wrong"])
    last = {row[3]: row[2] for row in sorted(rows, key=lambda row: row[1])}
    assert (len(last), sum(last.values())) == (known["posts"], known["latest_sum_post_impressions"])


def test_real_linkedin_shares_end_where_an_independent_reader_says(seed: Callable[[str, str], Landed], exports: Path) -> None:
    known = expected_of(exports)["linkedin"]
    landed = seed("linkedin_pages_share_statistic_data.csv", "linkedin")
    # One share has two states of one day: the earlier is superseded. Four shares were passed on -1 times: LinkedIn corrects itself.
    assert (landed.physical, landed.quarantined, landed.duplicate) == (known["rows"], 0, 1)
    rows = sorted((row for row in rows_of(landed) if row[0] == "impressions_total"), key=lambda row: row[1])
    assert all(row[-1] for row in rows)
    last = {row[3]: row[2] for row in rows}
    assert (len(last), sum(last.values())) == (known["shares"], known["latest_sum_impressions"])
    assert sum(1 for row in rows_of(landed) if row[0] == "social_shares" and row[2] < 0) == 4
    assert "social_shares" in landed.corrects
    with (exports / "fivetran_social_media_seeds" / "linkedin_pages_share_statistic_data.csv").open(encoding="utf-8") as lines:
        raw = sorted(csv.DictReader(lines), key=lambda row: row["_fivetran_synced"])
    acts = {row["_share_entity_urn"]: sum(int(row[name]) for name in ("like_count", "comment_count", "share_count")) for row in raw}
    found = sorted((row for row in rows_of(landed) if row[0] == "social_engagements"), key=lambda row: row[1])
    assert {row[3]: row[2] for row in found} == acts
    assert sum(int(row["like_count"]) for row in {row["_share_entity_urn"]: row for row in raw}.values()) == known["latest_sum_likes"]


def test_real_instagram_insights_that_fill_every_kind_are_set_aside(seed: Callable[[str, str], Landed], exports: Path) -> None:
    landed = seed("instagram_business_media_insights_data.csv", "instagram")
    # The answers sum likes, comments and reach, none of which is a metric by itself; and no post is an album, a story, a photo and a reel.
    assert landed.physical == landed.quarantined == expected_of(exports)["instagram"]["rows"]
    assert set(landed.quarantine["rule"].to_list()) == {"columns_disagree"}


def test_real_facebook_engagements_are_the_platforms_own_total(seed: Callable[[str, str], Landed], exports: Path) -> None:
    landed = seed("facebook_pages_daily_page_metrics_total_data.csv", "facebook")
    with (exports / "fivetran_social_media_seeds" / "facebook_pages_daily_page_metrics_total_data.csv").open(encoding="utf-8") as lines:
        assert total(landed, "social_engagements") == sum(int(float(row["page_post_engagements"] or 0)) for row in csv.DictReader(lines))


@pytest.mark.parametrize("file", ["account_history.csv", "tweet.csv", "youtube_video_data.csv", "linkedin_pages_share_history_data.csv"])
def test_real_files_without_a_metric_by_day_are_nobodys(seed: Callable[[str, str], Landed], file: str) -> None:
    assert seed(file, "youtube").reason == "no_adapter"
