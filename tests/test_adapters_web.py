"""Web analytics, app stores, shops, advertising, monitors and help desks: every adapter on its own bytes, and on real exports.

A fixture is a file below `exports/<adapter>/` with what it must give beside it (`<file>.expected.json`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.adapter import claims, load
from assets.archive import Receipt
from assets.decode import decode
from assets.export import Account, Intake, Landed, MetricSpec, read_export
from assets.people import pseudonym
from tests.binaries import zipped

OWN = Path(__file__).parent / "exports"
REAL = Path(__file__).resolve().parents[1].parent / "shared" / "exports"
CATALOGUE = Path(__file__).parents[1] / "dbt_project" / "seeds" / "metrics.csv"
EXPECTED = ".expected.json"
FILES = (
    "ads_loaded", "app_store", "ga4", "google_ads", "google_business", "google_play", "matomo", "meta_ads", "monitors", "ocean_engine", "plausible",
    "product_events", "robyn", "search_console", "shopify", "snowplow", "stripe", "support", "taobao", "tiktok_ads", "umami",
)  # fmt: skip


def catalogue() -> dict[str, MetricSpec]:
    rows = csv.DictReader(CATALOGUE.open(encoding="utf-8"))
    return {
        row["metric"]: MetricSpec(
            row["feed"], row["unit"], row["unit"] == "money", row["aggregation"] in ("ratio", "index"), aggregation=row["aggregation"]
        )
        for row in rows
    }


INTAKE = Intake(
    accounts={
        "ga4": Account("ga4"),
        "web": Account("website"),
        "shop": Account("website", currency="USD"),
        "app_store": Account("app_store", "America/Los_Angeles"),
        "play": Account("google_play", "America/Los_Angeles"),
        "shopify": Account("shopify", "Europe/Berlin"),
        "ads": Account("ads"),
        "monitor": Account("press"),
        "desk": Account("helpdesk"),
        "tube": Account("youtube"),
    },
    metrics=catalogue(),
    person_key=b"test-key",
)
FIXTURES = sorted(path for path in OWN.rglob(f"*{EXPECTED}") if path.parent.name in {adapter.name for adapter in load()})
FIXTURES = [path for path in FIXTURES if json.loads(path.read_text(encoding="utf-8")).get("account") in INTAKE.accounts]


def named(path: Path) -> Any:
    return pytest.param(path, id=f"{path.parent.name}/{source_of(path).name}")


def source_of(expected: Path) -> Path:
    return expected.with_name(expected.name.removesuffix(EXPECTED))


def read(path: Path, account: str, received: str = "2026-02-02 00:00:00", raw: bytes | None = None, name: str = "") -> Landed:
    receipt = Receipt("f" * 64, f"{account}/{name or path.name}", account, datetime.fromisoformat(received), True, 0, "")
    landed = read_export(path.read_bytes() if raw is None else raw, receipt, INTAKE)
    assert landed.physical == landed.accepted + landed.quarantined + landed.duplicate
    return landed


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if value is None or isinstance(value, float | int | str) else str(value)


def rows_of(landed: Landed, shape: str, *columns: str) -> list[list[Any]]:
    frames = [frame for (_, kind), frame in landed.frames.items() if kind == shape]
    return sorted(([plain(cell) for cell in row] for frame in frames for row in frame.select(columns).rows()), key=str)


def sums(landed: Landed) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for _, frame in sorted(landed.frames.items()):
        if "metric" in frame.columns:
            found |= dict(frame.group_by("metric").agg(pl.col("value").sum()).rows())
    return found


SHAPES = {
    "counts": ("metric", "day", "campaign", "dimension", "member", "value", "currency"),
    "activity": ("at_utc", "event", "seconds"),
    "touches": ("at_utc", "source", "medium", "campaign", "channel"),
    "orders": ("order_id", "at_utc", "value", "currency", "status", "refunded"),
    "cases": ("kind", "opened_at_utc", "topic", "sentiment", "answered_at_utc"),
}


@pytest.mark.parametrize("path", [named(path) for path in FIXTURES])
def test_a_fixture_gives_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    landed = read(source_of(path), expected["account"])
    said = {"adapter": landed.adapter, "status": landed.status}
    assert said == {"adapter": expected["adapter"], "status": expected["status"] if expected.get("accepted") != 0 else landed.status}, landed.message
    for key in ("physical", "accepted", "reason"):
        if key in expected:
            assert getattr(landed, key) == expected[key], landed.message
    for shape, columns in SHAPES.items():
        if shape in expected:
            wanted = columns[1:] if shape == "orders" and path.parent.name == "ga4_events" else columns
            assert rows_of(landed, shape, *wanted) == expected[shape]
    if "sums" in expected:
        assert {metric: plain(value) for metric, value in sums(landed).items()} == expected["sums"]
    if "refused" in expected:
        assert [list(row) for row in landed.quarantine.select("line", "column_name", "rule").rows()] == expected["refused"]
    elif expected["status"] == "accepted":
        assert landed.quarantined == 0, landed.quarantine["reason"].to_list()
    text = json.dumps([frame.to_dicts() for frame in (*landed.frames.values(), landed.quarantine)], default=str)
    for personal in expected.get("hidden", []):
        assert personal not in text


def exports() -> Iterator[Path]:
    for path in sorted(OWN.rglob("*")):
        if path.is_file() and "expected" not in path.name:
            yield path


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{source_of(path).name}")
def test_exactly_one_adapter_claims_a_fixture(path: Path) -> None:
    source = source_of(path)
    platform = INTAKE.accounts[json.loads(path.read_text(encoding="utf-8"))["account"]].platform
    decoded = decode(source.read_bytes(), source.name)
    assert [claim.adapter.name for claim in claims(decoded, source.name, platform) if claim.holds] == [path.parent.name]


@pytest.mark.parametrize("path", exports(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_these_adapters_claim_no_export_of_another_platform(path: Path) -> None:
    decoded = decode(path.read_bytes(), path.name)
    ours = named() - {path.parent.name}
    for platform in {platform for adapter in load() for platform in adapter.platforms} | {"other"}:
        assert {claim.adapter.name for claim in claims(decoded, path.name, platform) if claim.holds} & ours == set()


def named() -> set[str]:
    """The adapters of the files that this module is about."""
    import yaml

    folder = Path(__file__).parents[1] / "assets" / "adapters"
    return {entry["name"] for file in FILES for entry in yaml.safe_load((folder / f"{file}.yml").read_text(encoding="utf-8"))["adapters"]}


def test_every_adapter_of_these_platforms_has_a_fixture() -> None:
    # The Parquet of GA4 is nested and made in test_exports.
    assert named() <= {path.parent.name for path in FIXTURES}


def test_every_metric_of_every_map_is_in_the_catalogue() -> None:
    assert {metric for adapter in load() for metric in adapter.metrics()} <= set(catalogue())


# --- the same report in other clothes


def test_order_of_columns_and_unknown_ones_change_nothing() -> None:
    path = OWN / "google_play_installs" / "installs_com.example.app_202601_overview.csv"
    rows = list(csv.reader(path.read_bytes().decode("utf-16").splitlines()))
    turned = "\n".join(",".join([*reversed(row), "x"]) for row in rows)
    landed = read(path, "play", raw=turned.encode())
    assert rows_of(landed, "counts", *SHAPES["counts"]) == rows_of(read(path, "play"), "counts", *SHAPES["counts"])
    assert "columns not loaded: x" in str(landed.message)


def test_people_of_a_shop_are_hashed_and_their_orders_are_one_each() -> None:
    path = OWN / "shopify_orders" / "orders_export.csv"
    landed = read(path, "shopify")
    people = [person for (person,) in rows_of(landed, "orders", "person")]
    assert len(set(people)) == 4
    assert all(person.startswith("p_") and len(person) == 34 for person in people)


def test_a_ga4_report_in_a_shop_window_of_another_network_is_refused() -> None:
    path = OWN / "ga4_reports" / "data-export by date.csv"
    landed = read(path, "tube")
    assert landed.reason == "no_adapter"
    assert "ga4_reports" in str(landed.message)


def test_a_store_report_of_sessions_in_an_app_account_is_no_ga4_report() -> None:
    raw = (OWN / "app_store_sessions" / "sessions.txt").read_bytes().replace(b"\t", b",")
    assert [c.adapter.name for c in claims(decode(raw, "sessions.csv"), "sessions.csv", "app") if c.holds] == ["app_store_sessions"]


def test_days_that_may_be_months_are_refused() -> None:
    path = OWN / "google_ads_campaigns" / "no currency.csv"
    landed = read(path, "ads", raw=b"Day,Campaign,Currency code,Cost\n03/04/2026,Spring,CAD,12.34\n")
    assert (landed.accepted, landed.quarantine["rule"].to_list()) == (0, ["day_order"])


def test_spend_in_two_currencies_keeps_them_apart() -> None:
    raw = b"Day,Campaign,Currency code,Cost\n2026-01-05,A,CAD,12.34\n2026-01-05,B,USD,1\n"
    landed = read(OWN / "google_ads_campaigns" / "no currency.csv", "ads", raw=raw)
    assert rows_of(landed, "counts", "currency", "value") == [["CAD", "12.34"], ["USD", "1"]]


# --- real exports


def real(folder: str, name: str) -> Path:
    path = REAL / folder / name
    if not path.is_file():
        pytest.skip(f"../shared/exports/{folder}/{name} is not here")
    return path


def test_a_search_console_zip_is_booked_by_its_days_and_refused_when_it_was_filtered() -> None:
    chart, queries = (
        (OWN / folder / name).read_bytes() for folder, name in (("search_console_days", "Chart.csv"), ("search_console_tables", "Queries.csv"))
    )
    members: dict[str, bytes | str] = {"Chart.csv": chart, "Queries.csv": queries}
    whole, parts = ("Filters.csv", "Filtros.csv"), ("Filters of a page.csv", "Filters of images.csv")
    for name, reason, accepted in (*((name, None, 2) for name in whole), *((name, "filtered", 0) for name in parts)):
        pack = zipped(members | {"Filters.csv": (OWN / "search_console_filters" / name).read_bytes()})
        landed = read(OWN, "web", raw=pack, name="moonwell.example-Performance-on-Search.zip")
        assert (landed.reason, landed.accepted) == (reason, accepted), landed.message
        assert sums(landed) == ({"seo_impressions": Decimal(5515)} if accepted else {})


@pytest.mark.parametrize("platform", ["x", "youtube"])
def test_advertising_in_the_folder_of_a_network_is_still_advertising(platform: str) -> None:
    path = OWN / "x_ads_loaded" / "campaign_report.csv"
    holding = [claim.adapter.name for claim in claims(decode(path.read_bytes(), path.name), path.name, platform) if claim.holds]
    assert holding == ["x_ads_loaded"]


def known(folder: str) -> dict[str, Any]:
    return dict(json.loads(real(folder, "expected.json").read_text(encoding="utf-8")))


def column_sum(path: Path, value: str, **where: tuple[str, ...]) -> Decimal:
    """What a plain reader of the file says; nothing of ours is used."""
    with path.open(encoding="utf-8") as lines:
        return sum((Decimal(row[value] or 0) for row in csv.DictReader(lines) if all(row[k] in v for k, v in where.items())), Decimal(0))


@pytest.mark.parametrize("name", ["overview", "device", "app_version", "country", "os_version"])
def test_real_google_play_installs(name: str) -> None:
    folder, file = "fivetran_google_play_seeds", f"stats_installs_{name}.csv"
    landed = read(real(folder, file), "play")
    said = known(folder)["sums"][file]
    assert (landed.adapter, landed.quarantined) == ("google_play_installs", 0)
    assert sums(landed) == {"installs": Decimal(said["daily_device_installs"]), "uninstalls": Decimal(said["daily_device_uninstalls"])}


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        *((f"stats_ratings_{name}.csv", "no_metric") for name in ("overview", "country", "device", "app_version", "os_version")),
        *((f"stats_crashes_{name}.csv", "no_metric") for name in ("overview", "app_version", "os_version")),
        *((f"stats_store_performance_{name}.csv", "no_metric") for name in ("country", "traffic_source")),
        ("earnings.csv", "no_metric"),
        ("financial_stats_subscriptions_country.csv", "no_metric"),
    ],
)
def test_real_google_play_reports_without_a_metric_are_refused_with_the_reason(file: str, reason: str) -> None:
    landed = read(real("fivetran_google_play_seeds", file), "play")
    assert (landed.status, landed.reason) == ("refused", reason), landed.message
    assert str(landed.adapter).startswith("google_play_")


@pytest.mark.parametrize(
    ("file", "adapter", "metric", "value", "where"),
    [
        (
            "app_store_download_standard_daily.csv",
            "app_store_downloads_loaded",
            "installs",
            "counts",
            {"download_type": ("First-time download", "Redownload")},
        ),
        ("app_store_installation_and_deletion_standard_daily.csv", "app_store_deletions", "uninstalls", "counts", {"event": ("Delete",)}),
        ("app_store_discovery_and_engagement_standard_daily.csv", "app_store_engagement", "store_page_views", "counts", {"event": ("Page view",)}),
        ("app_session_standard_daily.csv", "app_store_sessions", "sessions", "sessions", {}),
    ],
)
def test_real_app_store_reports(file: str, adapter: str, metric: str, value: str, where: dict[str, tuple[str, ...]]) -> None:
    path = real("fivetran_apple_store_seeds", file)
    landed = read(path, "app_store")
    wanted = column_sum(path, value, **where)
    assert (landed.adapter, landed.quarantined, landed.physical) == (adapter, 0, 10), landed.message
    assert sums(landed).get(metric, Decimal(0)) == wanted


@pytest.mark.parametrize(
    ("file", "adapter"),
    [
        ("app_crash_daily.csv", "app_store_crashes"),
        ("sales_subscription_event_summary.csv", "app_store_subscription_events"),
        ("sales_subscription_summary.csv", "app_store_subscriptions"),
    ],
)
def test_real_app_store_reports_without_a_metric_are_refused_with_the_reason(file: str, adapter: str) -> None:
    landed = read(real("fivetran_apple_store_seeds", file), "app_store")
    assert (landed.status, landed.reason, landed.adapter) == ("refused", "no_metric", adapter)


def test_real_snowplow_events_are_activity_and_touches() -> None:
    folder = "snowplow_web_events_with_expected"
    said = known(folder)
    landed = read(real(folder, "snowplow_web_events.csv"), "web")
    activity, touches = landed.frames[("retention", "activity")], landed.frames[("conversion", "touches")]
    assert (landed.adapter, landed.physical) == ("snowplow_events", said["raw_events"])
    # One event has neither person nor session: it is set aside. The answers count the empty one as one of each.
    assert landed.quarantine.select("column_name", "rule").rows() == [("domain_userid", "required_cell_empty")]
    assert activity["person"].n_unique() == said["distinct_domain_userids"] - 1
    assert activity["session"].n_unique() == said["distinct_sessions"] - 1
    assert dict(activity["event"].value_counts().rows()) == said["events_by_name"] | {"page_view": said["events_by_name"]["page_view"] - 1}
    with real(folder, "snowplow_web_events.csv").open(encoding="utf-8") as lines:
        raw = [row for row in csv.DictReader(lines) if row["domain_userid"] and row["domain_sessionid"] and row["event_name"] == "page_view"]
    assert touches.height == len({row["domain_sessionid"] for row in raw})


def test_the_package_s_own_sessions_users_and_page_views_are_among_ours() -> None:
    """The package drops doubled events, bots and late sessions, which needs its rules: what it keeps must all be here, nothing of it lost."""
    folder = "snowplow_web_events_with_expected"
    landed = read(real(folder, "snowplow_web_events.csv"), "web")
    activity = landed.frames[("retention", "activity")]

    def column(table: str, name: str) -> set[str]:
        with real(folder, f"snowplow_web_{table}_expected.csv").open(encoding="utf-8") as lines:
            return {row[name] for row in csv.DictReader(lines) if row[name]}

    said = known(folder)
    sessions, users = column("sessions", "original_domain_sessionid"), column("users", "original_domain_userid")
    assert len(column("sessions", "domain_sessionid")) == said["expected_sessions"]
    with real(folder, "snowplow_web_events.csv").open(encoding="utf-8") as lines:
        of_nobody = {row["domain_sessionid"] for row in csv.DictReader(lines) if not row["domain_userid"]}
    assert sessions - of_nobody <= set(activity["session"].drop_nulls().to_list())
    assert len(sessions & of_nobody) == 1
    assert {pseudonym(user, INTAKE.person_key) for user in users} <= set(activity["person"].to_list())
    assert activity.filter(pl.col("event") == "page_view").height >= said["expected_page_views"]


def test_real_fractribution_events_are_sessions_and_conversions_as_the_package_says() -> None:
    folder = "snowplow_fractribution_with_expected"
    landed = read(real(folder, "snowplow_fractribution_events.csv"), "shop")
    assert (landed.adapter, landed.physical, landed.quarantined) == ("snowplow_events", 98, 0)

    def told(name: str) -> list[dict[str, str]]:
        with real(folder, f"snowplow_fractribution_{name}_expected.csv").open(encoding="utf-8") as lines:
            return list(csv.DictReader(lines))

    # The package writes an f before its customers: they are users that have no account.
    def person(row: dict[str, str]) -> str:
        return pseudonym(row["customer_id"].removeprefix("f"), INTAKE.person_key)

    touches = rows_of(landed, "touches", "person", "at_utc", "source", "medium", "campaign")
    visits = [[person(r), r["visit_start_tstamp"][:19], r["source"], r["medium"], r["campaign"]] for r in told("sessions_by_customer_id")]
    assert sorted(touches) == sorted(visits)
    orders = rows_of(landed, "orders", "person", "at_utc", "value")
    wanted = [[person(r), r["conversion_tstamp"][:19], plain(Decimal(r["revenue"]))] for r in told("conversions_by_customer_id")]
    assert sorted(orders) == sorted(wanted)
    assert (len(orders), sum(Decimal(o[2]) for o in orders)) == (known(folder)["conversions"], Decimal(known(folder)["revenue"]))


def test_real_weekly_spend_is_refused() -> None:
    landed = read(real("robyn_dt_simulated_weekly", "dt_simulated_weekly.csv"), "ads")
    assert (landed.status, landed.reason, landed.adapter, landed.physical) == ("refused", "no_day", "robyn_weekly", 208)


@pytest.mark.parametrize("file", ["ticket_data.csv", "ticket_comment_data.csv"])
def test_real_tickets_are_refused_because_their_answers_stand_elsewhere(file: str) -> None:
    landed = read(real("fivetran_zendesk_seeds", file), "desk")
    assert (landed.status, landed.reason) == ("refused", "no_answers"), landed.message
