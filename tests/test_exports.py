"""Every adapter on its own bytes: rows as they must land, refusals with line and rule, and books that always balance."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import pickle
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import decode
from assets.adapter import BadAdapters, load, plainly
from assets.archive import Receipt
from assets.export import Account, Intake, Landed, MetricSpec, inspect, read_export
from assets.people import pseudonym
from assets.records import scan
from assets.shapes import FEED_SHAPES, schema

OWN = Path(__file__).parent / "exports"
REAL = Path(__file__).resolve().parents[1].parent / "shared" / "exports"

REACH = (
    "reach_unique",
    "impressions_organic",
    "impressions_total",
    "content_reads",
    "video_plays",
    "social_engagements",
    "social_shares",
)
METRICS = {name: MetricSpec("reach") for name in REACH}
METRICS |= {name: MetricSpec("followers") for name in ("followers_total", "followers_gained", "followers_lost")}
METRICS |= {"paid_spend": MetricSpec("reach", "money", is_money=True), "net_sentiment": MetricSpec("reach", "%", is_ratio=True)}
INTAKE = Intake(
    accounts={
        "tube": Account("youtube", "America/Los_Angeles"),
        "page": Account("facebook", "America/Los_Angeles"),
        "insta": Account("Instagram"),
        "shop": Account("shop", "Asia/Shanghai", "CNY"),
        "app_us": Account("app", "America/New_York"),
        "web": Account("web"),
    },
    metrics=METRICS,
    aliases={"AW03": "content_reads"},
    company_time_zone="Asia/Shanghai",
    company_currency="CNY",
    person_key=b"test-key",
)


def p(person: str) -> str:
    return pseudonym(person, INTAKE.person_key)


def read(raw: bytes | Path, account: str, name: str | None = None, received: str = "2026-02-02 00:00:00") -> Landed:
    name = name or (raw.name if isinstance(raw, Path) else "file.csv")
    receipt = Receipt("f" * 64, f"{account}/{name}", account, datetime.fromisoformat(received), True, 0, "")
    landed = read_export(raw, receipt, INTAKE)
    balanced(landed)
    return landed


def balanced(landed: Landed) -> None:
    assert landed.physical == landed.accepted + landed.quarantined + landed.duplicate
    assert landed.quarantine.schema == schema("quarantine")
    if landed.status != "accepted":
        assert landed.accepted == 0 or landed.reason == "nothing_measured"
        assert landed.message
    else:
        assert landed.quarantine.height == landed.quarantined
    for key, frame in landed.frames.items():
        assert key in FEED_SHAPES
        assert frame.height
        assert frame.schema == schema(key[1])


def counts(landed: Landed, *columns: str) -> list[tuple[Any, ...]]:
    frames = [frame for (_, shape), frame in landed.frames.items() if shape == "counts"]
    names = columns or ("metric", "day", "value")
    return [tuple(str(cell) if isinstance(cell, (Decimal, date)) else cell for cell in row) for row in pl.concat(frames).select(names).rows()]


def refusals(landed: Landed) -> list[tuple[int | None, str | None, str]]:
    return landed.quarantine.select("line", "column_name", "rule").rows()


# --- native exports


def test_youtube_totals_are_daily_and_an_empty_cell_is_no_zero() -> None:
    landed = read(OWN / "youtube" / "Totals.csv", "tube")
    assert (landed.adapter, landed.physical, landed.accepted) == ("youtube_daily", 3, 3)
    assert sorted(counts(landed)) == sorted(
        [("video_plays", f"2026-01-0{d}", f"{v}.000000") for d, v in ((1, 1204), (2, 998), (3, 0))]
        + [("followers_gained", "2026-01-01", "12.000000"), ("followers_gained", "2026-01-03", "0.000000")]
        + [("social_shares", f"2026-01-0{d}", f"{v}.000000") for d, v in ((1, 3), (2, 0), (3, 0))]
    )
    assert {feed for feed, _ in landed.frames} == {"reach", "followers"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Gesamtwerte.csv", [("video_plays", "2026-01-01", "100.000000"), ("video_plays", "2026-01-02", "200.000000")]),
        ("Totales.csv", [("video_plays", "2026-01-01", "7.000000")]),
        ("总计.csv", [("video_plays", "2026-01-01", "9.000000")]),
        ("Table data by date.csv", [("video_plays", "2026-01-02", "20.000000"), ("video_plays", "2026-01-01", "8.000000")]),
    ],
)
def test_youtube_total_rows_and_footers_are_no_data_in_any_language(name: str, expected: list[tuple[str, str, str]]) -> None:
    landed = read(OWN / "youtube" / name, "tube")
    assert counts(landed) == expected
    assert landed.physical == len(expected)
    assert landed.message is None


def test_youtube_breakdowns_never_meet_the_total() -> None:
    landed = read(OWN / "youtube" / "Chart data.csv", "tube")
    assert counts(landed, "dimension", "member", "value") == [
        ("geography", "DE", "10.000000"),
        ("geography", "DE", "0.000000"),
        ("geography", "US", "7.000000"),
        ("geography", "US", "8.000000"),
    ]
    content = read(OWN / "youtube" / "Chart data content.csv", "tube")
    assert counts(content, "post", "dimension", "day", "line") == [
        ("dQw4w9WgXcQ", "", "2026-01-01", 2),
        ("dQw4w9WgXcQ", "", "2026-01-02", 4),
    ]


def test_a_table_without_days_is_refused_with_what_to_drop_instead() -> None:
    landed = read(OWN / "youtube" / "Table data.csv", "tube")
    assert (landed.status, landed.reason, landed.adapter) == ("refused", "no_day", "youtube_table")
    assert "Totals.csv" in str(landed.message)
    assert "Chart data.csv" in str(landed.message)


def test_a_youtube_header_in_another_platforms_folder_is_no_youtube_file() -> None:
    landed = read(OWN / "youtube" / "Totals.csv", "shop")
    assert landed.reason == "no_adapter"
    assert "the account's platform is 'shop'" in str(landed.message)


def test_meta_days_ignore_the_hour_that_follows_daylight_saving() -> None:
    landed = read(OWN / "meta" / "Reach.csv", "page")
    assert landed.encoding == "utf-16-le"
    assert counts(landed, "metric", "day", "value", "line") == [
        ("reach_unique", "2025-03-08", "120.000000", 4),
        ("reach_unique", "2025-03-09", "131.000000", 5),
        ("reach_unique", "2025-03-10", "0.000000", 6),
    ]
    assert counts(read(OWN / "meta" / "older reach.csv", "page")) == [("reach_unique", "2023-01-01", "77.000000")]


def test_meta_days_left_out_stay_out() -> None:
    landed = read(OWN / "meta" / "Follows (1).csv", "insta")
    assert counts(landed) == [("followers_gained", "2025-01-01", "4.000000"), ("followers_gained", "2025-01-04", "1.000000")]


def test_meta_blocks_of_one_file_are_tables_of_their_own() -> None:
    landed = read(OWN / "meta" / "Views.csv", "insta")
    assert counts(landed) == [("impressions_total", "2025-01-01", "40.000000"), ("social_engagements", "2025-01-01", "5.000000")]
    assert (landed.physical, landed.accepted) == (3, 3)


def test_meta_titles_without_a_metric_or_of_the_other_network() -> None:
    assert read(OWN / "meta" / "Visits.csv", "insta").reason == "no_metric"
    both = read(OWN / "meta" / "Reach both.csv", "page")
    assert counts(both) == [("reach_unique", "2025-01-01", "12.000000")]
    assert refusals(both) == [(8, "Instagram reach", "other_platform")]
    assert read(OWN / "meta" / "Reach.csv", "insta").reason == "other_platform"


def test_facebook_page_rows_keep_stock_and_flow_apart() -> None:
    landed = read(OWN / "facebook" / "page_daily.csv", "page")
    assert [r for r in counts(landed) if r[1] == "2026-01-02"] == [
        ("followers_gained", "2026-01-02", "0.000000"),
        ("followers_lost", "2026-01-02", "0.000000"),
        ("impressions_total", "2026-01-02", "67.000000"),
    ]
    assert ("followers_total", "2026-01-01", "256.000000") in counts(landed)


def ga4_row(**changes: Any) -> dict[str, Any]:
    def param(key: str, text: str | None = None, number: int | None = None) -> dict[str, Any]:
        return {"key": key, "value": {"string_value": text, "int_value": number, "float_value": None, "double_value": None}}

    params = changes.pop("params", {})
    row: dict[str, Any] = {
        "event_timestamp": 1_767_225_600_000_000,
        "event_name": "page_view",
        "user_pseudo_id": "a.1",
        "event_params": [param(k, v if isinstance(v, str) else None, v if isinstance(v, int) else None) for k, v in params.items()],
        "ecommerce": {"purchase_revenue_in_usd": None, "transaction_id": None},
    }
    return row | changes


def ga4_file(rows: list[dict[str, Any]]) -> bytes:
    value = pl.Struct({"string_value": pl.String, "int_value": pl.Int64, "float_value": pl.Float64, "double_value": pl.Float64})
    types: dict[str, Any] = {
        "event_timestamp": pl.Int64,
        "event_name": pl.String,
        "user_pseudo_id": pl.String,
        "event_params": pl.List(pl.Struct({"key": pl.String, "value": value})),
        "ecommerce": pl.Struct({"purchase_revenue_in_usd": pl.Float64, "transaction_id": pl.String}),
    }
    target = io.BytesIO()
    pl.DataFrame(rows, schema=types).write_parquet(target)
    return target.getvalue()


def test_ga4_events_become_activity_one_touch_a_session_and_orders() -> None:
    start = 1_767_225_600_000_000
    rows = [
        ga4_row(event_name="session_start", params={"ga_session_id": 7}),
        ga4_row(event_timestamp=start + 2, params={"ga_session_id": 7, "source": "later", "medium": "cpc"}),
        ga4_row(
            event_timestamp=start + 1,
            params={"ga_session_id": 7, "source": "google", "medium": "organic", "campaign": "(organic)", "engagement_time_msec": 1500},
        ),
        ga4_row(event_name="session_start", user_pseudo_id="b.2", params={"ga_session_id": 7, "campaign": "(not set)"}),
        ga4_row(event_name="page_view", user_pseudo_id="c.3", params={"ga_session_id": 7}),
        ga4_row(event_name="purchase", user_pseudo_id="b.2", ecommerce={"purchase_revenue_in_usd": 12.5, "transaction_id": "t"}),
        ga4_row(event_name="purchase", user_pseudo_id="d.4", ecommerce={"purchase_revenue_in_usd": None, "transaction_id": None}),
        ga4_row(user_pseudo_id=None),
        ga4_row(event_timestamp=start * 100),
        ga4_row(event_name="page_view", user_pseudo_id="c.3", params={"ga_session_id": 7}),
    ]
    landed = read(ga4_file(rows), "web", "events_20260101.parquet")
    assert (landed.adapter, landed.accepted, landed.quarantined, landed.duplicate) == ("ga4_events", 7, 2, 1)
    touches = landed.frames[("conversion", "touches")].select("line", "person", "source", "medium", "campaign").rows()
    # (organic) and (not set) are GA4's words for no campaign
    assert touches == [(3, p("a.1"), "google", "organic", None), (4, p("b.2"), "(direct)", "(none)", None)]
    orders = landed.frames[("conversion", "orders")].select("order_id", "value", "currency", "status").rows()
    assert orders == [
        (f"{p('b.2')}|{start}|t", Decimal("12.5"), "USD", "paid"),
        (f"{p('d.4')}|{start}|", Decimal(0), "USD", "paid"),
    ]
    activity = landed.frames[("retention", "activity")]
    assert activity.filter(pl.col("line") == 3).select("at_utc", "seconds", "session").rows() == [
        (datetime(2026, 1, 1, 0, 0, 0, 1), 1.5, f"{p('a.1')}|7"),
    ]
    assert refusals(landed) == [(8, "user_pseudo_id", "required_cell_empty"), (9, "event_timestamp", "future_day")]


def test_ga4_rows_that_are_not_whole_are_refused_with_what_to_export() -> None:
    whole = pl.read_parquet(io.BytesIO(ga4_file([ga4_row(event_name="purchase")])))
    for broken in (whole.drop("ecommerce"), whole.with_columns(event_params=pl.lit("[]"))):
        target = io.BytesIO()
        broken.write_parquet(target)
        landed = read(target.getvalue(), "web", "events_20260101.parquet")
        assert (landed.status, landed.reason, landed.frames) == ("refused", "wrong_schema", {})
        assert "export the rows as they are, all columns" in str(landed.message)


# --- plain drops


def test_plain_counts_with_aliases_money_and_repeats() -> None:
    landed = read(OWN / "plain" / "counts_week.csv", "shop")
    assert counts(landed, "metric", "day", "value", "campaign", "post", "currency") == [
        ("content_reads", "2026-01-01", "1000000.000000", "spring_story", "", None),
        ("content_reads", "2026-01-02", "1.250000", "", "p1", None),
        ("paid_spend", "2026-01-01", "99.900000", "", "", "EUR"),
        ("paid_spend", "2026-01-02", "10.000000", "", "", "CNY"),
        ("content_reads", "2026-01-03", "7.000000", "", "", None),
        ("net_sentiment", "2026-01-01", "-0.400000", "", "", None),
    ]
    assert (landed.physical, landed.accepted, landed.duplicate) == (7, 6, 1)
    poor = read(OWN / "plain" / "counts_week.csv", "web")
    assert refusals(poor) == [(5, "currency", "money_without_currency")]


def test_every_bad_cell_sets_its_record_aside_with_line_and_rule() -> None:
    landed = read(OWN / "plain" / "counts_bad.csv", "shop")
    assert refusals(landed) == [
        (2, "value", "not_a_number"),
        (3, "day", "not_a_day"),
        (4, "day", "not_a_day"),
        (5, "day", "day_out_of_range"),
        (7, "day", "future_day"),
        (8, "metric", "unknown_metric"),
        (9, "metric", "unknown_metric"),
        (10, "value", "negative_count"),
        (11, "value", "not_finite"),
        (12, "value", "out_of_range"),
        (13, "value", "not_a_number"),
        (14, "value", "not_a_number"),
        (15, "value", "required_cell_empty"),
        (16, None, "too_few_cells"),
        (17, None, "too_many_cells"),
        (19, None, "conflicting_duplicate"),
        (20, None, "conflicting_duplicate"),
        (21, "value", "not_a_number"),
    ]
    assert counts(landed, "day", "campaign") == [("2026-02-03", ""), ("2026-01-06", "<script>alert(1)</script>")]
    raw = landed.quarantine.filter(pl.col("line") == 2)["raw"].item()
    assert raw == "content_reads,2026-01-01,654.38+0 만,"
    assert "nearest: content_reads" in landed.quarantine.filter(pl.col("line") == 8)["reason"].item()


def test_local_instants_follow_the_accounts_zone_through_both_clock_changes() -> None:
    landed = read(OWN / "plain" / "activity_app.jsonl", "app_us", received="2026-12-01 00:00:00")
    rows = landed.frames[("retention", "activity")].select("line", "person", "at_utc", "event", "seconds").rows()
    assert rows == [
        (1, p("u1"), datetime(2026, 3, 8, 7, 30), "registration", 12.5),  # 02:30 was skipped: read as 03:30 EDT
        (2, p("u1"), datetime(2026, 3, 8, 2, 30), None, None),
        (3, p("u2"), datetime(2026, 11, 1, 5, 30), None, None),  # 01:30 came twice: the first, EDT
        (4, p("u2"), datetime(2026, 2, 1, 5, 0), None, None),  # a day alone is its midnight
    ]
    assert refusals(landed) == [
        (5, "person", "required_cell_empty"),
        (6, "at", "not_an_instant"),
        (8, None, "not_json"),
        (9, None, "not_a_value"),
        (10, "seconds", "negative_count"),
    ]
    assert landed.duplicate == 1


def test_touches_with_sources_or_with_a_given_channel() -> None:
    landed = read(OWN / "plain" / "touches_shop.csv", "shop")
    assert landed.duplicate == 1
    assert landed.frames[("conversion", "touches")].select("at_utc", "source", "channel").rows() == [
        (datetime(2026, 1, 1), "wechat", None),
        (datetime(2026, 1, 1, 1, 0, 0, 250_000), None, None),
    ]
    given_ = read(OWN / "plain" / "touches_given.csv", "shop")
    assert given_.frames[("conversion", "touches")]["channel"].to_list() == ["Paid search"]


def test_orders_default_to_paid_and_disputed_orders_are_set_aside() -> None:
    landed = read(OWN / "plain" / "orders_shop.csv", "shop")
    assert landed.frames[("conversion", "orders")].select("order_id", "value", "currency", "status").rows() == [
        ("1001", Decimal(88), "CNY", "paid"),
        ("1002", Decimal(12), "USD", "paid"),
    ]
    assert refusals(landed) == [
        (4, "status", "unknown_status"),
        (5, "currency", "not_a_currency"),
        (6, "value", "negative_count"),
        (7, None, "conflicting_duplicate"),
        (8, None, "conflicting_duplicate"),
    ]
    assert landed.duplicate == 1


def test_a_header_alone_is_a_quiet_day_for_orders_and_a_fault_for_counts() -> None:
    quiet = read(OWN / "plain" / "orders_quiet_day.csv", "shop")
    assert (quiet.status, quiet.physical, quiet.frames) == ("accepted", 0, {})
    assert read(b"metric,day,value\n", "shop", "counts.csv").reason == "header_only"


def test_cases() -> None:
    landed = read(OWN / "plain" / "cases_desk.csv", "shop")
    frame = landed.frames[("retention", "cases")]
    assert frame.select("case_id", "kind", "answered_at_utc", "is_auto_reply", "sentiment", "hops", "person_role").rows() == [
        ("c1", "mention", datetime(2026, 1, 1, 0, 15), False, -0.5, None, None),
        ("c2", "decision", None, None, None, 3, "ceo"),
    ]
    assert refusals(landed) == [(4, "kind", "unknown_kind"), (5, "is_auto_reply", "not_a_flag"), (6, "hops", "not_a_number")]


@pytest.mark.parametrize("kind", ["csv", "crlf", "cr", "utf-8-sig", "utf-16-le", "utf-16-be", "gz", "jsonl", "jsonl.gz", "parquet"])
def test_the_same_records_in_any_declared_clothing_land_the_same(kind: str) -> None:
    text = "metric,day,value\ncontent_reads,2026-01-01,5\npaid_spend,2026-01-02,1.50\n"
    rows = [
        {"metric": "content_reads", "day": date(2026, 1, 1), "value": 5.0},
        {"metric": "paid_spend", "day": date(2026, 1, 2), "value": 1.5},
    ]
    lines = "".join(json.dumps(row, default=str) + "\n" for row in rows).encode()
    parquet = io.BytesIO()
    pl.DataFrame(rows).write_parquet(parquet)
    raw, name = {
        "csv": (text.encode(), "counts.csv"),
        "crlf": (text.replace("\n", "\r\n").encode(), "counts.csv"),
        "cr": (text.replace("\n", "\r").encode(), "counts.csv"),
        "utf-8-sig": (text.encode("utf-8-sig"), "counts.csv"),
        "utf-16-le": (b"\xff\xfe" + text.encode("utf-16-le"), "counts.csv"),
        "utf-16-be": (b"\xfe\xff" + text.encode("utf-16-be"), "counts.csv"),
        "gz": (gzip.compress(text.encode(), mtime=0), "counts.csv.gz"),
        "jsonl": (lines, "counts.jsonl"),
        "jsonl.gz": (gzip.compress(lines, mtime=0), "counts.jsonl.gz"),
        "parquet": (parquet.getvalue(), "counts.parquet"),
    }[kind]
    landed = read(raw, "shop", name)
    assert counts(landed, "metric", "day", "value", "currency") == [
        ("content_reads", "2026-01-01", "5.000000", None),
        ("paid_spend", "2026-01-02", "1.500000", "CNY"),
    ]


@pytest.mark.parametrize(
    ("header", "outcome"),
    [
        ("value,metric,day", None),
        ("Metric , DAY,\u00a0Value:", None),
        ("metric,day,value,mood", None),
        ("metric,date,value", "no_adapter"),
        ("metric,value", "no_adapter"),
        ("metric,day,value,value", "duplicate_column"),
    ],
)
def test_columns_reordered_added_renamed_dropped_and_doubled(header: str, outcome: str | None) -> None:
    cells = {"metric": "content_reads", "day": "2026-01-01", "value": "5", "date": "2026-01-01", "mood": "good"}
    record = ",".join(cells[plainly(name)] for name in header.split(","))
    landed = read(f"{header}\n{record}\n".encode(), "shop", "counts.csv")
    assert landed.reason == outcome
    if outcome is None:
        assert counts(landed) == [("content_reads", "2026-01-01", "5.000000")]
    if "mood" in header:
        assert landed.message == "columns not loaded: mood"
    if outcome == "no_adapter":
        assert "is missing" in str(landed.message)


# --- files that are refused whole


@pytest.mark.parametrize(
    ("raw", "name", "reason"),
    [
        (b"", "counts.csv", "empty_file"),
        (b"\xef\xbb\xbf\r\n\r\n", "counts.csv", "empty_file"),
        (gzip.compress(b"", mtime=0), "counts.csv.gz", "empty_file"),
        (b"metric,day,value\ncontent_reads,2026-01-01,5\ncontent_reads,2026-01-02", "counts.csv", "cut_file"),
        (b"metric,day,val", "counts.csv", "no_adapter"),
        (gzip.compress(b"metric,day,value\ncontent_reads,2026-01-01,5\n", mtime=0)[:-9], "counts.csv.gz", "cut_file"),
        (b'metric,day,value\ncontent_reads,2026-01-01,"5\ncontent_reads,2026-01-02,5\n', "counts.csv", "unterminated_quote"),
        (b'metric,day,value\ncontent_reads,2026-01-01,5"\ncontent_reads,2026-01-02,5"\n', "counts.csv", "unterminated_quote"),
        ("metric,day,value\ncafé,2026-01-01,5\n".encode("latin-1"), "counts.csv", "bad_encoding"),
        ("metric,day,value\n".encode("utf-16-le"), "counts.csv", "bad_encoding"),
        (b"\xff\xfe" + "metric,day".encode("utf-16-le") + b"\x00\xd8,\x00\n\x00a\x00", "counts.csv", "bad_encoding"),
        (pickle.dumps({"a": 1}), "counts.parquet", "not_parquet"),
        (b"PAR1" + b"\0" * 40 + b"PAR1", "counts.parquet", "not_parquet"),
        (b"PAR1 and then nothing", "counts.parquet", "not_parquet"),
        (b"PK\x03\x04rest", "counts.xlsx", "bad_zip"),
        (b"a,b\n1,2\n", "mystery.csv", "no_adapter"),
        (b"metric,day,value\ncontent_reads,2026-01-01,5\n", "my_numbers.csv", "no_adapter"),
    ],
)
def test_files_refused_whole_say_why_and_what_to_type(raw: bytes, name: str, reason: str) -> None:
    landed = read(raw, "shop", name)
    assert (landed.status, landed.reason) == ("empty" if reason == "empty_file" else "refused", reason)
    assert landed.frames == {}
    assert landed.quarantine.select("line", "rule").rows()[0][1] == reason
    assert reason == "empty_file" or f"kpi inspect inbox/shop/{name}" in str(landed.message)


def test_an_unknown_account_is_refused_by_name() -> None:
    landed = read(b"metric,day,value\ncontent_reads,2026-01-01,5\n", "nobody", "counts.csv")
    assert landed.reason == "no_account"
    assert "'nobody'" in str(landed.message)


def test_a_record_with_a_nul_or_of_a_megabyte_is_set_aside_alone() -> None:
    raw = (
        b"metric,day,value,post\ncontent_reads,2026-01-01,5,a\0b\ncontent_reads,2026-01-02,5," + b"x" * (1 << 20) + b"\ncontent_reads,2026-01-03,5,\n"
    )
    landed = read(raw, "shop", "counts.csv")
    assert refusals(landed) == [(2, None, "nul_byte"), (3, None, "cell_too_long")]
    assert landed.accepted == 1


def test_a_gzip_bomb_is_stopped_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "RATIO_COUNTS_FROM", 1 << 20)
    bomb = gzip.compress(b"a" * (8 << 20))
    assert read(bomb, "shop", "counts.csv.gz").reason == "archive_bomb"


def test_a_fault_of_the_reader_is_a_refusal_and_not_the_end_of_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("boom")

    monkeypatch.setattr("assets.table.scan", broken)
    landed = read(b"metric,day,value\ncontent_reads,2026-01-01,5\n", "shop", "counts.csv")
    assert landed.reason == "reader_error"
    assert "KeyError" in str(landed.message)


# --- books that balance, whatever comes

GOOD = b"metric,day,value,campaign\ncontent_reads,2026-01-01,5,a\n"
GOOD += b'content_reads,2026-01-02,6,"b, ""c""\nd"\npaid_spend,2026-01-03,7.5,\n'


def test_a_file_cut_anywhere_never_swallows_records_or_raises() -> None:
    for end in range(len(GOOD)):
        landed = read(GOOD[:end], "shop", "counts.csv")
        assert landed.reason in (None, "empty_file", "header_only", "no_adapter", "cut_file", "unterminated_quote")
        if landed.frames:
            # What lands from a stump are whole records of the file, none made of two.
            assert landed.physical <= 3
            assert all(row[2] in ("5.000000", "6.000000", "7.000000", "7.500000") for row in counts(landed))


def test_a_quote_inserted_anywhere_refuses_the_file_or_changes_nothing_of_the_books() -> None:
    for at in range(len(GOOD) + 1):
        landed = read(GOOD[:at] + b'"' + GOOD[at:], "shop", "counts.csv")
        assert landed.reason in ("unterminated_quote", "cut_file", "no_adapter")


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "5",
            "-1",
            "1e9",
            "NaN",
            "2026-01-01",
            "2026-13-01",
            "content_reads",
            "paid_spend",
            "=1+1",
            "\u202e",
            "1" * 60,
            "½",
            "٣",
        ]
    ),
    st.text(max_size=12),
)
SMALL = settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SMALL
@given(
    st.lists(st.lists(CELLS, min_size=0, max_size=6), max_size=12),
    st.sampled_from(["counts", "activity", "touches", "orders", "cases"]),
)
def test_any_cells_balance(records: list[list[str]], shape: str) -> None:
    headers = {
        "counts": "metric,day,value,campaign",
        "activity": "person,at,event,seconds",
        "touches": "person,at,source,medium",
        "orders": "order,person,at,value,currency",
        "cases": "case,kind,opened_at,hops",
    }

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text

    body = "\n".join(",".join(cell(c) for c in record) for record in records)
    raw = (headers[shape] + "\n" + body).encode("utf-8", "replace")
    landed = read(raw, "shop", f"{shape}.csv")
    assert landed.reason != "reader_error", landed.message


@SMALL
@given(
    st.binary(max_size=60),
    st.integers(0, len(GOOD)),
    st.integers(0, 30),
    st.sampled_from(["counts.csv", "counts.jsonl", "counts.parquet"]),
)
def test_any_bytes_balance(junk: bytes, at: int, gone: int, name: str) -> None:
    landed = read(GOOD[:at] + junk + GOOD[at + gone :], "shop", name)
    assert landed.reason != "reader_error", landed.message


@SMALL
@given(st.data())
def test_flipped_bits_in_parquet_never_end_the_night(data: st.DataObject) -> None:
    whole = bytearray(ga4_file([ga4_row(params={"ga_session_id": 1}), ga4_row(event_name="purchase")]))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] ^= data.draw(st.integers(1, 255))
    read(bytes(whole), "web", "events.parquet")


@SMALL
@given(st.lists(st.lists(st.text(alphabet='a,"\n\r b', max_size=5), min_size=2, max_size=2), max_size=8))
def test_the_byte_count_agrees_with_an_independent_parser(records: list[list[str]]) -> None:
    import csv

    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(records)
    found = scan(target.getvalue().encode())
    assert len(found) == len(records)
    assert (found.cells == 2).all()
    assert found.stray_quote_line is None
    assert found.open_quote_line is None


def test_records_are_found_across_chunk_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b'a,b\n"x\n,""y",1\n\n2,3\r\n"",""\n' * 7
    whole = scan(raw)
    monkeypatch.setattr("assets.records._CHUNK", 3)
    pieces = scan(raw)
    for name in ("starts", "ends", "cells", "lines"):
        assert getattr(whole, name).tolist() == getattr(pieces, name).tolist()
    assert whole.lines.tolist()[:5] == [1, 2, 4, 5, 6]


# --- the maps


def test_every_map_is_valid_and_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    assert {"plain_counts", "youtube_daily", "meta_daily", "facebook_page_daily", "ga4_events"} <= {a.name for a in load()}
    (tmp_path / "x.yml").write_text(
        "adapters:\n  - {name: a, reads: [csv], shape: counts, columns: {d: {into: when}}, colour: red}\n"
        "  - {name: b, reads: [fax], shape: counts}\n",
        encoding="utf-8",
    )
    with pytest.raises(BadAdapters) as refused:
        load(tmp_path)
    assert all(part in str(refused.value) for part in ("colour", "'when'", "adapter b: reads"))


def test_two_maps_that_claim_one_file_are_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = next(adapter for adapter in load() if adapter.name == "plain_counts")
    monkeypatch.setattr("assets.adapter.load", lambda: (plain, dataclasses.replace(plain, name="twin")))
    landed = read(b"metric,day,value\ncontent_reads,2026-01-01,5\n", "shop", "counts.csv")
    assert landed.reason == "several_adapters"
    assert "plain_counts, twin" in str(landed.message)


def test_inspect_shows_rows_refusals_and_the_nearest_map(tmp_path: Path) -> None:
    file = tmp_path / "inbox" / "shop" / "counts_bad.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes((OWN / "plain" / "counts_bad.csv").read_bytes())
    seen = inspect(file, INTAKE, None)
    assert (seen["adapter"], seen["account"], seen["accepted"]) == ("plain_counts", "shop", 3)  # nothing is in the future yet
    assert seen["refusals"][0]["rule"] == "not_a_number"
    assert len(seen["rows"]["reach counts"]) == 3
    file.with_name("odd.csv").write_bytes(b"metric,tag,value\nx,1,2\n")
    odd = inspect(file.with_name("odd.csv"), INTAKE, "shop")
    assert odd["adapter"] is None
    assert odd["header"] == ["metric", "tag", "value"]
    assert odd["nearest"][0]["adapter"] == "plain_counts"
    assert "archive" not in odd["message"]


def test_inspect_says_each_refusal_once_and_points_to_nothing_that_only_a_night_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.cli import main

    assert main(["--home", str(tmp_path), "init"]) == 0
    folder = tmp_path / "inbox" / "shop"
    folder.mkdir(parents=True)
    folder.joinpath("odd.csv").write_text("hello\nworld\n")
    folder.joinpath("counts.csv").write_text("metric,day,value\ncontent_raeds,2026-01-01,5\n")
    with (tmp_path / "company" / "accounts.csv").open("a") as accounts:
        accounts.write("shop,shop,,,product,,,,\n")
    capsys.readouterr()
    assert main(["--home", str(tmp_path), "inspect", str(folder / "odd.csv")]) == 0
    said = capsys.readouterr().out
    assert (said.count("no adapter reads this file"), "archive" in said) == (1, False)
    assert main(["--home", str(tmp_path), "inspect", str(folder / "counts.csv")]) == 0
    said = capsys.readouterr().out
    assert "refused: line 2, column metric: the catalogue" in said
    assert "kpi quarantine" not in said
    assert main(["--home", str(tmp_path), "inspect", str(folder)]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_quarantine_is_asked_for_a_name_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An underscore is a letter of a file's name and not any letter; nothing like the name is not nothing refused."""
    from pipelines.cli import main

    folder = tmp_path / "landing" / "h"
    folder.mkdir(parents=True)
    columns = ("file_hash", "source_file", "line", "column_name", "rule", "reason", "raw")
    pl.DataFrame([("abc", "shop/counts-1.csv", 2, "day", "not_a_day", "no day", "x")], schema=columns, orient="row").write_parquet(
        folder / "quarantine.parquet"
    )
    for asked, said in [("counts-1", "1 record "), ("counts_1", "no record of a file like 'counts_1'"), ("abc", "1 record "), ("", "1 record ")]:
        assert main(["--home", str(tmp_path), "quarantine", "list", *([asked] if asked else [])]) == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize("packed", [False, True])
def test_inspect_looks_at_the_beginning_of_a_long_text_only(tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.streamed.PIECEWISE_FROM", 1 << 16)
    file = tmp_path / "inbox" / "shop" / ("orders_big.csv.gz" if packed else "orders_big.csv")
    file.parent.mkdir(parents=True)
    lines = [f'o{i},p,2026-01-05 10:00,1.50,CNY,"a\nb"\n' for i in range(40_000)]
    text = ("order,person,at,value,currency,note\n" + "".join(lines)).encode()
    file.write_bytes(gzip.compress(text) if packed else text)
    seen = inspect(file, INTAKE, None)
    assert (seen["adapter"], seen["status"], seen["quarantined"]) == ("plain_orders", "accepted", 0)
    assert 0 < seen["bytes_looked_at"] <= 1 << 20 < len(text)
    assert seen["physical_records"] == seen["accepted"] < 40_000
    short = file.with_name("orders_short.csv")
    short.write_bytes(text[:60_000].rpartition(b"o")[0])
    assert inspect(short, INTAKE, None)["bytes_looked_at"] is None


# --- real exports, held against numbers that others computed


def real(*parts: str) -> tuple[Path, dict[str, Any]]:
    path = REAL.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"real export not on this machine: shared/exports/{'/'.join(parts)}")
    return path, json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))


def test_real_youtube_totals_and_chart() -> None:
    path, expected = real("youtube_studio_codingtrain", "Totals.csv")
    frame = read(path, "tube").frames[("reach", "counts")]
    assert frame["value"].sum() == expected["totals_csv_sum_views"]
    assert frame.height == expected["days"]
    monthly = frame.group_by(pl.col("day").dt.strftime("%Y-%m")).agg(pl.col("value").sum())
    assert {month: int(value) for month, value in monthly.rows()} == expected["monthly_views_from_totals"]
    chart = read(path.with_name("Chart data.csv"), "tube").frames[("reach", "counts")]
    assert chart["value"].sum() == expected["chart_csv_sum_views"]
    assert chart["member"].n_unique() == expected["geographies_in_chart"]
    assert set(chart["dimension"]) == {"geography"}
    assert read(path.with_name("Table data.csv"), "tube").reason == "no_day"
    assert read(path.with_name("subscribers_geo.csv"), "tube").reason == "no_adapter"


def test_real_ga4_sample() -> None:
    path, expected = real("ga4_merch_store_sample", "ga4_events_sampled.snappy.parquet")
    landed = read(path, "web")
    activity, orders = landed.frames[("retention", "activity")], landed.frames[("conversion", "orders")]
    assert landed.accepted == expected["events"]
    assert dict(activity["event"].value_counts().rows()) == expected["events_by_name"]
    assert (activity["person"].n_unique(), activity["session"].n_unique()) == (expected["users"], expected["sessions"])
    assert activity["session"].null_count() == expected["events_without_session_id"]
    assert (orders.height, orders["value"].sum()) == (expected["purchases"], Decimal(expected["purchase_revenue_usd"]))
    assert orders["order_id"].n_unique() == expected["purchases"]
    touches = landed.frames[("conversion", "touches")]
    assert touches.select("person", "at_utc").height == touches.height <= expected["sessions"]


def test_real_facebook_page_days() -> None:
    path, expected = real("fivetran_social_media_seeds", "facebook_pages_daily_page_metrics_total_data.csv")
    landed = read(path, "page")
    frame = pl.concat(landed.frames.values())
    known = expected["facebook_page_daily"]
    sums = dict(frame.group_by("metric").agg(pl.col("value").sum()).rows())
    assert landed.accepted == known["rows"]
    assert sums["impressions_total"] == known["page_impressions"]
    assert (sums["followers_gained"], sums["followers_lost"]) == (known["page_fan_adds"], known["page_fan_removes"])
    stock = {str(day): int(value) for day, value in frame.filter(pl.col("metric") == "followers_total").select("day", "value").rows()}
    assert stock == known["page_fans_values_by_date (cumulative, never sum)"]
    assert landed.message is None


def test_reading_twice_gives_the_same_rows() -> None:
    for path in sorted(OWN.glob("plain/*")):
        first, second = read(path, "shop"), read(path, "shop")
        assert first.quarantine.equals(second.quarantine)
        assert all(frame.equals(second.frames[key]) for key, frame in first.frames.items())
