"""The statute book says what the documents say, and a contradiction in it is refused with file and line."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from expectations.problems import Problem, Refused
from expectations.settings import Company
from expectations.split import Split, load
from expectations.statute import COMPANY_TABLES, LANGUAGES, TABLES

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "dbt_project" / "seeds"
COMPANIES = ROOT / "expectations" / "companies"
PROFILES = ("default", "A", "B", "C", "new_media_under_ops")
MORE_PROFILES = ("pr_in_corporate_affairs", "pr_in_president_office", "one_social_unit", "ten_people")

# The table of contested metrics, cell by cell: default, A, B, C, and the variant. A dash is a cell nobody is named for.
MATRIX = """
reach_unique impressions_organic content_reads content_readers   : marketing - brand planning operations
video_plays h5_visits social_shares impressions_total            : marketing - brand planning operations
followers_total followers_gained followers_lost                  : marketing - brand planning operations
follower_growth_rate follower_churn_rate media_matrix_coverage   : marketing - brand planning operations
social_engagements engagement_rate                               : marketing - operations - operations
paid_impressions paid_spend cpm                                  : marketing - - - marketing
seo_impressions sem_clicks                                       : marketing operations operations - marketing
press_mentions press_potential_reach share_of_voice              : marketing brand brand planning marketing
net_sentiment negative_mentions search_document_coverage         : marketing brand brand planning marketing
branded_search_volume unaided_recall brand_favourability         : marketing brand brand planning marketing
events_held event_attendance                                     : marketing marketing marketing planning marketing
sessions unique_visitors new_users registrations                 : operations operations operations operations operations
installs uninstalls store_page_views store_conversion_rate       : operations operations operations operations operations
content_published content_views_product                          : operations - - operations operations
content_interactions_product                                     : operations - - operations operations
orders gmv_mall                                                  : operations - - operations operations
orders_offline revenue_offline                                   : sales - marketing - sales
revenue                                                          : operations operations operations operations operations
fan_conversion_rate                                              : operations operations operations operations operations
ad_sales_revenue bd_deals                                        : sales - - sales sales
mentions_inbound reply_within_15m_rate                           : service - - - service
escalations_to_pr                                                : marketing brand brand planning marketing
"""

NOBODY = "unassigned"
CELLS = [
    (metric, profile, NOBODY if owner == "-" else owner)
    for line in MATRIX.strip().splitlines()
    for metric in line.split(":")[0].split()
    for profile, owner in zip(PROFILES, line.split(":")[1].split(), strict=True)
]


@pytest.fixture(scope="module")
def split() -> Split:
    return load(SEEDS, ROOT / "no_such_company")


@pytest.fixture
def company(tmp_path: Path) -> Callable[..., Path]:
    """A company folder from the text of its files: company(ownership="...", company="...toml...")."""

    def write(**files: str | bytes) -> Path:
        for name, text in files.items():
            path = tmp_path / f"{name}.{'toml' if name == 'company' else 'csv'}"
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path

    return write


def refusals(folder: Path, seeds: Path = SEEDS) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        load(seeds, folder)
    return refused.value.problems


def owners(split: Split, metric: str, profile: str, day: date = date(2026, 6, 1), role: str = "accountable") -> list[str]:
    function = next(m["function"] for m in split.tables["metrics"] if m["metric"] == metric)
    return [
        str(row["department"])
        for row in split.tables["owners"]
        if (row["profile"], row["function"], row["role"]) == (profile, function, role)
        and (row["valid_from"] or date.min) <= day < (row["valid_to"] or date.max)  # type: ignore[operator]
    ]


# what the product ships ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metric", "profile", "owner"), CELLS, ids=[f"{m}-{p}" for m, p, _ in CELLS])
def test_each_contested_metric_has_the_owner_that_the_documents_give_it(split: Split, metric: str, profile: str, owner: str) -> None:
    assert (owners(split, metric, profile) or [NOBODY]) == [owner]


def test_contributors_are_those_of_the_documents(split: Split) -> None:
    found = {p: owners(split, "fan_conversion_rate", p, role="contributor") for p in PROFILES}
    assert found == {"default": ["marketing"], "A": [], "B": ["brand"], "C": ["planning"], "new_media_under_ops": []}
    found = {p: owners(split, "revenue", p, role="contributor") for p in PROFILES}
    assert found == {p: ["sales" if p == "C" else "marketing"] for p in PROFILES}


def test_the_catalogue_is_complete(split: Split) -> None:
    codes = {str(m["code"]) for m in split.tables["metrics"]}
    wanted = {f"{kind}{n:02}" for kind, last in {"AW": 35, "OP": 18, "CV": 8, "SV": 3, "OR": 6}.items() for n in range(1, last + 1)}
    assert wanted <= codes
    assert codes - wanted == {"AW02T", "OP14_30", "CV01F", "CV04F"}
    assert len(split.tables["metrics"]) == len(codes) == 74


def test_every_default_owner_is_lawful_or_says_why(split: Split) -> None:
    kinds = {(d["profile"], d["department"]): d["kind"] for d in split.tables["departments"]}
    lawful = split.lawful_pairs()
    exceptions = set()
    for row in split.tables["ownership"]:
        metrics = [m["metric"] for m in split.tables["metrics"] if m["function"] == row["function"]]
        if row["department"] == NOBODY:
            assert row["reason"], row
            continue
        kind = kinds[row["profile"], row["department"]]
        if row["role"] == "accountable" and any((m, kind) not in lawful for m in metrics):
            assert row["reason"], row
            assert row["approved_by"], row
            exceptions.add((row["profile"], row["function"]))
    assert {e for e in exceptions if e[0] == "ten_people"} >= {("ten_people", "new_media"), ("ten_people", "user_operation")}
    assert {f for p, f in exceptions if p == "one_social_unit"} == {"pr_escalation", "store_exposure", "social_service"}
    exceptions = {e for e in exceptions if e[0] in PROFILES}
    assert ("B", "offline_sales") in exceptions
    assert ("default", "new_media") not in exceptions
    assert len(exceptions) == 16  # store exposure and escalations in five profiles, and six moved functions


def test_awareness_that_lands_in_product_data_has_a_written_override(split: Split) -> None:
    landing = {m["function"] for m in split.tables["metrics"] if m["class"] == "awareness" and m["lands_in_product_data"]}
    assert landing == {"store_exposure"}
    assert all(r["reason"] and r["approved_by"] for r in split.tables["ownership"] if r["function"] in landing)


def test_company_c_has_no_marketing_department_and_one_centre(split: Split) -> None:
    assert "marketing" not in split.departments("C")
    centres = {d["centre"] for d in split.tables["departments"] if d["profile"] == "C" and d["kind"] != "executive"}
    assert centres == {"market operations"}


def test_everything_shown_to_people_is_named_in_four_languages() -> None:
    for table in ("metrics", "functions", "departments", "department_kinds", "brands", "missing_reasons"):
        prefix = "text" if table == "missing_reasons" else "name"
        with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert all(row[f"{prefix}_{language}"].strip() for language in LANGUAGES), (table, row)
                assert row[f"{prefix}_zh"] != row[f"{prefix}_en"]


def test_channels_end_with_one_that_catches_everything(split: Split) -> None:
    ranks = [c["priority"] for c in split.tables["channels"]]
    assert ranks == list(range(1, len(ranks) + 1))
    last = split.tables["channels"][-1]
    assert (last["source"], last["medium"], last["campaign"]) == (None, None, None)


def test_every_table_and_column_is_described() -> None:
    import yaml

    described = yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    assert {table["name"] for table in described} == set(TABLES)
    for table in described:
        assert [column["name"] for column in table["columns"]] == list(TABLES[table["name"]].names)
        assert table["description"].startswith("One row per ")
        assert all(column["description"].endswith(".") for column in table["columns"])


@pytest.mark.parametrize("name", ["a", "b", "c", "empty"])
def test_company_templates_load_and_explain_themselves(name: str) -> None:
    folder = COMPANIES / name
    split = load(SEEDS, folder)
    assert split.settings.profile == {"a": "A", "b": "B", "c": "C", "empty": "default"}[name]
    readme = (folder / "README.md").read_text()
    for file in [f"{table}.csv" for table in COMPANY_TABLES] + ["company.toml"]:
        assert (folder / file).exists()
        assert f"`{file}`" in readme


# functions below functions ---------------------------------------------------------------------------------------------


def lines(split: Split, profile: str, function: str) -> list[tuple[object, ...]]:
    """(department, role, share, from, until, through) of a function, the order of the table."""
    columns = ("department", "role", "share", "valid_from", "valid_to", "through")
    return [tuple(r[c] for c in columns) for r in split.tables["owners"] if (r["profile"], r["function"]) == (profile, function)]


def test_every_function_of_the_documents_is_a_row_below_the_one_it_is_part_of(split: Split) -> None:
    found: dict[object, set[object]] = {}
    for row in split.tables["functions"]:
        found.setdefault(row["parent"], set()).add(row["function"])
    assert found["brand"] == {"positioning_strategy", "advertising_creative", "visual_standard", "brand_architecture", "brand_events"}
    assert found["pr"] >= {"media_relations", "opinion_monitoring", "crisis_response", "government_relations", "leader_packaging"}
    assert found["marketing_planning"] >= {"product_communication", "joint_activities", "exhibitions", "investment_promotion"}
    assert found["new_media"] == {"account_matrix", "brand_communication", "new_media_operation", "qa_marketing"}
    # the table of contested metrics names these by themselves: who is named for new media is not thereby named for buying media
    assert found[None] >= {"interactive_marketing", "media_placement", "fan_conversion", "offline_sales", "store_exposure", "pr_escalation"}
    assert found["online_promotion"] == {"seo", "sem"}
    assert found["operation"] == {
        "content_operation", "user_operation", "event_operation", "product_operation", "app_store_operation", "shop_operation"
    }  # fmt: skip
    assert found["shop_operation"] == {"shop_assortment", "shop_service", "shop_promotion"}
    assert found["sales"] == {"advertising_sales", "business_development"}


def test_a_function_takes_the_owner_of_the_one_above_with_its_reason(split: Split) -> None:
    assert lines(split, "B", "community_operation") == [("operations", "accountable", None, None, None, "interactive_marketing")]
    (row,) = [r for r in split.tables["owners"] if (r["profile"], r["function"]) == ("pr_in_president_office", "crisis_response")]
    (above,) = [r for r in split.tables["ownership"] if (r["profile"], r["function"]) == ("pr_in_president_office", "pr")]
    assert {key: row[key] for key in above if key != "function"} == {key: above[key] for key in above if key != "function"}
    assert (row["department"], row["reason"]) == ("president_office", "public relations belongs to the president's office in some companies (000)")
    assert lines(split, "A", "content_operation") == []
    assert lines(split, "C", "community_operation") == []
    assert lines(split, "C", "new_media_operation") == [("planning", "accountable", None, None, None, "new_media")]


def test_a_row_of_its_own_changes_nothing_before_its_day(company: Callable[..., Path]) -> None:
    made = load(SEEDS, company(ownership=OWN + "default,seo,operations,accountable,,2026-03-01,2026-05-01\n"))
    assert lines(made, "default", "seo") == [
        ("marketing", "accountable", None, None, date(2026, 3, 1), "online_promotion"),
        ("operations", "accountable", None, date(2026, 3, 1), date(2026, 5, 1), "seo"),
        ("marketing", "accountable", None, date(2026, 5, 1), None, "online_promotion"),
    ]
    assert lines(made, "default", "sem") == [("marketing", "accountable", None, None, None, "online_promotion")]


def test_a_contributor_below_joins_the_owner_above(split: Split, company: Callable[..., Path]) -> None:
    assert lines(split, "default", "advertising_creative") == [
        ("vendor", "contributor", None, None, None, "advertising_creative"),
        ("marketing", "accountable", None, None, None, "brand"),
    ]
    assert lines(split, "A", "joint_activities") == [
        ("brand", "contributor", None, None, None, "joint_activities"),
        ("marketing", "accountable", None, None, None, "marketing_planning"),
    ]
    own = OWN + "A,marketing_planning,marketing,accountable,1,,\nA,exhibitions,brand,contributor,,2026-02-01,\n"
    assert lines(load(SEEDS, company(ownership=own)), "A", "exhibitions") == [
        ("marketing", "accountable", 1.0, None, None, "marketing_planning"),
        ("brand", "contributor", 0.0, date(2026, 2, 1), None, "exhibitions"),
    ]


def test_nobody_between_two_owners_must_be_said(company: Callable[..., Path]) -> None:
    gap = "A,brand,brand,accountable,,,2026-01-01\nA,brand,marketing,accountable,,2026-02-01,\n"
    (problem,) = refusals(company(ownership=OWN + gap))
    assert str(problem).endswith("if nobody is meant to, write a row for those days that says so)")
    made = load(SEEDS, company(ownership=OWN + gap + "A,brand,unassigned,accountable,,2026-01-01,2026-02-01\n"))
    assert [row[0] for row in lines(made, "A", "positioning_strategy")] == ["brand", "unassigned", "marketing"]


def test_a_company_of_ten_grows_into_departments_on_a_day(split: Split) -> None:
    held = {d: {owners(split, m, "ten_people", d)[0] for m in ("content_reads", "orders", "mentions_inbound")} for d in (
        date(2025, 12, 31), date(2026, 1, 1))}  # fmt: skip
    assert held == {date(2025, 12, 31): {"founding_head"}, date(2026, 1, 1): {"marketing", "operations", "service"}}


# merging ---------------------------------------------------------------------------------------------------------------


def test_no_company_means_the_defaults(split: Split) -> None:
    assert split.settings == Company("Company", "Asia/Shanghai", "CNY", "default", "en")
    assert split.tables["accounts"] == []


def test_an_override_changes_only_the_cells_it_fills(split: Split, company: Callable[..., Path]) -> None:
    changed = load(SEEDS, company(metrics="metric,direction,name_en\npaid_spend,up,Spend\n"))
    before, after = ({m["metric"]: m for m in s.tables["metrics"]} for s in (split, changed))
    assert {k for k in before["paid_spend"] if before["paid_spend"][k] != after["paid_spend"][k]} == {"direction", "name_en"}
    assert {k: v for k, v in before.items() if k != "paid_spend"} == {k: v for k, v in after.items() if k != "paid_spend"}


def test_a_measure_of_the_product_may_feed_the_companys_metric_too(company: Callable[..., Path]) -> None:
    rows = "metric,class,function,unit,aggregation,measure\nnet_orders,conversion,shop_operation,orders,additive,orders.count\n"
    made = load(SEEDS, company(metrics=rows))
    row = next(m for m in made.tables["metrics"] if m["metric"] == "net_orders")
    assert (row["null_policy"], row["feed"]) == ("absent_is_zero", "conversion")


def test_a_new_metric_takes_the_habits_of_its_class(company: Callable[..., Path]) -> None:
    made = load(SEEDS, company(metrics="metric,class,function,unit,aggregation\npodcast_plays,awareness,new_media,plays,ADD\n"))
    row = next(m for m in made.tables["metrics"] if m["metric"] == "podcast_plays")
    assert (row["feed"], row["aggregation"], row["direction"], row["null_policy"]) == (
        "reach",
        "additive",
        "up",
        "absent_is_missing",
    )
    assert (row["name_en"], row["name_ko"], row["code"]) == ("Podcast plays", "Podcast plays", "podcast_plays")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ADD", "additive"),
        ("snap", "stock"),
        ("Uniq", "unique"),
        ("RATIO", "ratio"),
        ("DIST", "duration"),
        ("LIFE", "lifetime"),
        ("IDX", "index"),
    ],
)
def test_aggregations_may_be_written_in_the_short_form(company: Callable[..., Path], written: str, meant: str) -> None:
    made = load(SEEDS, company(metrics=f"metric,class,function,unit,aggregation\nx,awareness,brand,things,{written}\n"))
    assert next(m["aggregation"] for m in made.tables["metrics"] if m["metric"] == "x") == meant


def test_a_function_of_the_companys_own_needs_two_files_to_agree(company: Callable[..., Path]) -> None:
    metrics = "metric,class,function,unit,aggregation\npodcast_plays,awareness,podcast,plays,additive\n"
    (problem,) = refusals(company(metrics=metrics))
    assert str(problem).startswith("company/metrics.csv line 2, column function: unknown function 'podcast'")
    own = "profile,function,department,role\ndefault,podcast,marketing,accountable\n"
    made = load(SEEDS, company(metrics=metrics, ownership=own))
    assert owners(made, "podcast_plays", "default") == ["marketing"]


def test_company_ownership_stands_in_for_all_rows_of_its_pair(company: Callable[..., Path]) -> None:
    own = """profile,function,department,role,share,valid_from,valid_to,reason,approved_by
default,new_media,marketing,accountable,,,2026-04-01,,
default,new_media,operations,accountable,,2026-04-01,,new media moves,the board
"""
    made = load(SEEDS, company(ownership=own))
    assert owners(made, "content_reads", "default", date(2026, 3, 31)) == ["marketing"]
    assert owners(made, "content_reads", "default", date(2026, 4, 1)) == ["operations"]
    assert owners(made, "content_reads", "C") == ["planning"]
    rules = [r["ownership_rule"] for r in made.tables["ownership"]]
    assert "company/ownership.csv:3" in rules
    assert len(set(rules)) == len(rules)


def test_a_profile_of_the_companys_own(company: Callable[..., Path]) -> None:
    folder = company(
        company='profile = "flat"\n',
        departments="profile,department,kind\nflat,everybody,executive\n",
        ownership="profile,function,department,role\nflat,leadership,everybody,accountable\n",
    )
    made = load(SEEDS, folder)
    assert made.departments("flat") == {"everybody"}
    assert owners(made, "orders", "flat") == []


def test_company_channels_are_tried_first_in_their_order(company: Callable[..., Path]) -> None:
    rows = "source,medium,channel,function,is_direct\nGoogle,CPC,search_ads,online_promotion,\nmetro,,underground,,false\n"
    channels = load(SEEDS, company(channels=rows)).tables["channels"]
    assert [(c["priority"], c["channel"], c["source"], c["is_direct"]) for c in channels[:2]] == [
        (1, "search_ads", "google", False),
        (2, "underground", "metro", False),
    ]
    assert channels[-1]["priority"] == len(channels)


def test_models_accounts_targets_and_rates_of_the_company(company: Callable[..., Path]) -> None:
    made = load(
        SEEDS,
        company(
            company='name = "Lantern"\ntime_zone = "Europe/Madrid"\ncurrency = "EUR"\nprofile = "A"\nlanguage = "es"\n',
            attribution_models="model,family,half_life_days\ntime_decay,time_decay,3.5\nmine,markov,\n",
            accounts="account_id,platform,surface,time_zone,name_zh\n7-eleven_shop,shop,product,,\nwechat,wechat,media,Asia/Shanghai,公众号\n",
            targets="profile,department,metric,period_kind,period_start,target\nA,operations,revenue,quarter,2026-04-01,1000.5\n",
            fx_rates="day,currency,rate\n2026-01-02,USD,0.9212345678\n",
        ),
    )
    models = {m["model"]: m for m in made.tables["attribution_models"]}
    assert (models["time_decay"]["half_life_days"], models["time_decay"]["look_back_days"]) == (3.5, 30)
    assert (models["mine"]["markov_order"], models["linear"]["family"]) == (1, "linear")
    zones = {a["account_id"]: (a["time_zone"], a["currency"]) for a in made.tables["accounts"]}
    assert zones == {"7-eleven_shop": ("Europe/Madrid", "EUR"), "wechat": ("Asia/Shanghai", "EUR")}
    names = [(a["name_en"], a["name_zh"], a["name_ko"]) for a in made.tables["accounts"]]
    assert names == [("7-eleven_shop",) * 3, ("wechat", "公众号", "wechat")]
    assert made.tables["targets"][0]["target"] == 1000.5
    assert str(made.tables["fx_rates"][0]["rate"]) == "0.92123457"


def test_a_blank_share_beside_shares_that_make_one_is_nothing(company: Callable[..., Path]) -> None:
    own = "profile,function,department,role,share\nA,revenue,operations,accountable,1.0\nA,revenue,marketing,contributor,\n"
    made = load(SEEDS, company(ownership=own))
    shares = {r["department"]: r["share"] for r in made.tables["ownership"] if (r["profile"], r["function"]) == ("A", "revenue")}
    assert shares == {"operations": 1.0, "marketing": 0.0}


def test_three_thirds_make_one(company: Callable[..., Path]) -> None:
    third = 1 / 3
    own = f"profile,function,department,role,share\ndefault,revenue,operations,accountable,{third}\n"
    own += f"default,revenue,marketing,contributor,{third}\ndefault,revenue,sales,contributor,{third}\n"
    assert load(SEEDS, company(ownership=own))


def test_an_unlawful_owner_without_reason_is_not_refused_here(company: Callable[..., Path]) -> None:
    own = "profile,function,department,role\ndefault,user_operation,marketing,accountable\n"
    assert owners(load(SEEDS, company(ownership=own)), "sessions", "default") == ["marketing"]


def test_what_spreadsheets_leave_behind_is_tolerated(split: Split, company: Callable[..., Path]) -> None:
    folder = company(
        metrics=b"\xef\xbb\xbfmetric,name_en\r\n\r\n,\r\nrevenue,Turnover\r\n",
        ownership="profile,function,department,role,share,valid_from,valid_to,reason,approved_by\n",
        targets="",
        fx_rates="\n\n",
        channels="source,medium\n,\n",
    )
    made = load(SEEDS, folder)
    assert next(m["name_en"] for m in made.tables["metrics"] if m["metric"] == "revenue") == "Turnover"
    assert made.tables["ownership"] == split.tables["ownership"]


# refusals --------------------------------------------------------------------------------------------------------------

OWN = "profile,function,department,role,share,valid_from,valid_to\n"
MET = "metric,class,function,unit,aggregation,numerator,denominator\n"
TGT = "profile,department,metric,period_kind,period_start,target\n"
ACC = "account_id,platform,surface,time_zone,currency,valid_from,valid_to\n"
DEP = "profile,department,kind,reports_to,valid_from,valid_to\n"
REFUSED = {
    "unknown column": ("ownership", "profile,function,departmnt\n", 1, "departmnt", "unknown column"),
    "column twice": ("accounts", "account_id,platform,platform\n", 1, "platform", "twice"),
    "missing column": ("targets", "profile,metric\nA,revenue\n", 1, "department", "missing"),
    "semicolons": ("metrics", "metric;class\n", 1, "metric;class", "unknown column"),
    "too many cells": ("fx_rates", "day,currency,rate\n2026-01-01,USD,7,1\n", 2, None, "4 cells under a header of 3"),
    "open quote": ("metrics", 'metric,name_en\nrevenue,"Turn\n', 2, None, "CSV"),
    "not UTF-8": ("metrics", b"metric,name_zh\nrevenue," + "营收".encode("gb18030"), 2, None, "UTF-8"),
    "unknown function": ("ownership", OWN + "default,new_medai,marketing,accountable,,,\n", 2, "function", "unknown function"),
    "unknown department": ("ownership", OWN + "C,new_media,marketing,accountable,,,\n", 2, "department", "has no department"),
    "unknown profile": ("ownership", OWN + "D,new_media,marketing,accountable,,,\n", 2, "profile", "unknown profile"),
    "unknown role": ("ownership", OWN + "A,brand,brand,owner,,,\n", 2, "role", "'owner'"),
    "impossible share": ("ownership", OWN + "A,revenue,operations,accountable,1.5,,\n", 2, "share", "impossible"),
    "shares below one": (
        "ownership", OWN + "A,revenue,operations,accountable,0.7,,\nA,revenue,marketing,contributor,0.2,,\n",
        3, "share", "add up to 0.9",
    ),
    "shares of a later time": (
        "ownership",
        OWN + "A,revenue,operations,accountable,1,,\nA,revenue,marketing,contributor,0.2,2026-01-01,\n",
        3, "share", "from 2026-01-01",
    ),
    "shared for a while": (
        "ownership",
        OWN + "A,revenue,operations,accountable,,,\nA,revenue,marketing,contributor,1,2026-01-01,\n", 2, "share", "second one"
    ),
    "share of a ratio": (
        "ownership",
        OWN + "A,fan_conversion,operations,accountable,0.5,,\nA,fan_conversion,brand,contributor,0.5,,\n",
        3, "share", "can be shared out",
    ),
    "two owners": (
        "ownership", OWN + "A,brand,brand,accountable,,,\nA,brand,marketing,accountable,,2026-01-01,\n",
        3, "valid_from", "two accountable",
    ),
    "a gap": (
        "ownership",
        OWN + "A,brand,brand,accountable,,,2026-01-01\nA,brand,marketing,accountable,,2026-01-02,\n",
        3, "valid_from", "nobody answers",
    ),
    "owner and contributor": (
        "ownership", OWN + "A,brand,brand,accountable,,,\nA,brand,brand,contributor,,,\n", 3, "department", "twice"
    ),
    "backwards": ("ownership", OWN + "A,brand,brand,accountable,,2026-02-01,2026-02-01\n", 2, "valid_to", "not after"),
    "not a day": ("ownership", OWN + "A,brand,brand,accountable,,01/02/2026,\n", 2, "valid_from", "not a day"),
    "impossible day": ("ownership", OWN + "A,brand,brand,accountable,,2026-02-30,\n", 2, "valid_from", "not a day"),
    "new metric without class": ("metrics", MET + "x,,brand,things,additive,,\n", 2, "class", "must not be empty"),
    "new metric without aggregation": ("metrics", MET + "x,awareness,brand,things,,,\n", 2, "aggregation", "must not be empty"),
    "override of nothing known": ("metrics", "metric,direction\nrevenu,down\n", 2, "class", "must not be empty"),
    "unknown class": ("metrics", MET + "x,fame,brand,things,additive,,\n", 2, "class", "unknown class"),
    "unknown aggregation": ("metrics", MET + "x,awareness,brand,things,sum,,\n", 2, "aggregation", "'sum'"),
    "unknown measure": ("metrics", "metric,measure\nrevenue,orders.valeu\n", 2, "measure", "did you mean orders.value"),
    "dangling numerator": ("metrics", MET + "x,awareness,brand,%,ratio,nothing,orders\n", 2, "numerator", "unknown numerator"),
    "half a ratio": ("metrics", MET + "x,awareness,brand,%,ratio,orders,\n", 2, "denominator", "both"),
    "ratio that is none": ("metrics", MET + "x,awareness,brand,%,additive,orders,sessions\n", 2, "aggregation", "no numerator"),
    "ratio circle": (
        "metrics", MET + "x,awareness,brand,%,ratio,y,orders\ny,awareness,brand,%,ratio,orders,x\n", 2, "numerator", "circle"
    ),
    "metric name": ("metrics", MET + "../x,awareness,brand,%,index,,\n", 2, "metric", "usable name"),
    "metric twice": ("metrics", "metric,name_en\nrevenue,a\nrevenue,b\n", 3, "metric", "already on line 2"),
    "control character": ("metrics", "metric,name_en\nrevenue,a\x07b\n", 2, "name_en", "control character"),
    "account outside": ("accounts", ACC + "../etc,shop,product,,,,\n", 2, "account_id", "usable name"),
    "account twice": ("accounts", ACC + "a,shop,product,,,,\na,shop,product,,,,\n", 3, "account_id", "already on line 2"),
    "account surface": ("accounts", ACC + "a,shop,web,,,,\n", 2, "surface", "media, product"),
    "bad zone": ("accounts", ACC + "a,shop,product,Shanghai,,,\n", 2, "time_zone", "IANA"),
    "folder of zones": ("accounts", ACC + "a,shop,product,America/Argentina,,,\n", 2, "time_zone", "IANA"),
    "escaping zone": ("accounts", ACC + "a,shop,product,../../etc/passwd,,,\n", 2, "time_zone", "IANA"),
    "bad currency": ("accounts", ACC + "a,shop,product,,RMB,,\n", 2, "currency", "ISO 4217"),
    "unknown kind": ("departments", DEP + "x,team,sport,,,\n", 2, "kind", "'sport'"),
    "kind of nobody": ("departments", DEP + "x,team,unassigned,,,\n", 2, "kind", "'unassigned'"),
    "reserved department": ("departments", DEP + "x,unassigned,sales,,,\n", 2, "department", "nobody answers"),
    "boss unknown": ("departments", DEP + "x,team,sales,cmo,,\n", 2, "reports_to", "has no department"),
    "circle of bosses": ("departments", DEP + "x,team,sales,top,,\nx,top,executive,team,,\n", 2, "reports_to", "circle"),
    "department overlap": (
        "departments", DEP + "x,team,sales,,,2026-01-01\nx,team,sales,,2025-06-01,\n", 3, "valid_from", "already described"
    ),
    "target on unknown metric": (
        "targets", TGT + "A,operations,revenu,month,2026-01-01,5\n",
        2, "metric", "did you mean revenue",
    ),
    "target on unknown department": (
        "targets", TGT + "A,sales,revenue,month,2026-01-01,5\n",
        2, "department", "has no department",
    ),
    "target on another department's number": (
        "targets", TGT + "B,marketing,content_reads,month,2026-01-01,5\n", 2, "department", "answered for by brand by seeds/ownership.csv"
    ),
    "target on nobody's number": (
        "targets", TGT + "A,marketing,content_reads,month,2026-01-01,5\n", 2, "department", "answered for by nobody"
    ),
    "target of a contributor": (
        "targets", TGT + "B,brand,fan_conversion_rate,month,2026-01-01,5\n", 2, "department", "does not answer for"
    ),
    "target before the company grew": (
        "targets", TGT + "ten_people,marketing,content_reads,month,2025-12-01,5\n", 2, "department", "on any day from 2025-12-01 to 2026-01-01"
    ),
    "target for nobody": ("targets", TGT + "A,unassigned,content_reads,month,2026-01-01,5\n", 2, "department", "has no department"),
    "nobody contributes": ("ownership", OWN + "A,brand,unassigned,contributor,,,\n", 2, "department", "has no department"),
    "share of nobody's whole": (
        "ownership", OWN + "A,seo,operations,contributor,0.2,,\n", 2, "share", "add up to 0.2"
    ),
    "shares of two functions": (
        "ownership",
        OWN + "A,marketing_planning,marketing,accountable,1,,\nA,exhibitions,brand,contributor,1,,\n",
        3, "share", "from the function above it, its shares add up to 2",
    ),
    "two rows a share of a stock": (
        "ownership", OWN + "A,app_store_operation,operations,accountable,1,,\n", 2, "share", "can be shared out (ratio)"
    ),
    "brand above itself": ("brands", "brand,parent,kind\nLantern,Lamp,sub\nLamp,Lantern,main\n", 2, "parent", "circle"),
    "brand above unknown": ("brands", "brand,parent,kind\nLantern,Lamp,sub\n", 2, "parent", "unknown parent 'Lamp'"),
    "brand of no kind": ("brands", "brand,parent,kind\nLantern,,grand\n", 2, "kind", "'grand'"),
    "target on a wrong day": (
        "targets", TGT + "A,operations,revenue,month,2026-01-02,5\n",
        2, "period_start", "first of a month",
    ),
    "target of a year": ("targets", TGT + "A,operations,revenue,year,2026-01-01,5\n", 2, "period_kind", "'year'"),
    "target no number": ("targets", TGT + 'A,operations,revenue,month,2026-01-01,"1,000"\n', 2, "target", "not a number"),
    "target infinite": ("targets", TGT + "A,operations,revenue,month,2026-01-01,inf\n", 2, "target", "not a number"),
    "target empty": ("targets", TGT + "A,operations,revenue,month,2026-01-01,\n", 2, "target", "must not be empty"),
    "rate twice": ("fx_rates", "day,currency,rate\n2026-01-01,USD,7\n2026-01-01,USD,7.1\n", 3, "day", "already on line 2"),
    "rate of zero": ("fx_rates", "day,currency,rate\n2026-01-01,USD,0\n", 2, "rate", "impossible"),
    "rate of itself": ("fx_rates", "day,currency,rate\n2026-01-01,CNY,7\n", 2, "rate", "own currency"),
    "position without shares": ("attribution_models", "model,family\nmine,position\n", 2, "first_share", "needs it"),
    "position over one": (
        "attribution_models", "model,family,first_share,last_share\nmine,position,0.6,0.6\n", 2, "last_share", "more than 1"
    ),
    "decay without half-life": ("attribution_models", "model,family\nmine,time_decay\n", 2, "half_life_days", "needs it"),
    "half-life of zero": (
        "attribution_models", "model,family,half_life_days\nmine,time_decay,0\n",
        2, "half_life_days", "above 0",
    ),
    "order too high": ("attribution_models", "model,family,markov_order\nmine,markov,4\n", 2, "markov_order", "not computed"),
    "look-back of nothing": (
        "attribution_models", "model,family,look_back_days\nmine,last,0\n",
        2, "look_back_days", "whole number",
    ),
    "channel of unknown function": ("channels", "source,channel,function\nx,y,nobody\n", 2, "function", "unknown function"),
    "not a bool": ("channels", "source,channel,is_direct\nx,y,maybe\n", 2, "is_direct", "neither true nor false"),
    "toml unknown": ("company", 'name = "x"\nzone = "UTC"\n', 2, "zone", "unknown setting"),
    "toml zone": ("company", 'name = "x"\n\ntime_zone = "Mars/Olympus"\n', 3, "time_zone", "IANA"),
    "toml currency": ("company", 'currency = "cny"\n', 1, "currency", "ISO 4217"),
    "toml profile": ("company", 'profile = "a"\n', 1, "profile", "no department belongs"),
    "toml language": ("company", 'language = "fr"\n', 1, "language", "one of en"),
    "toml number": ("company", "name = 7\n", 1, "name", "not text"),
    "toml broken": ("company", 'name = "x"\ncurrency = \n', 2, None, "cannot be read"),
    "stray table": ("ownerships", OWN, None, None, "no such company table"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_contradiction_is_refused_with_its_place(company: Callable[..., Path], case: str) -> None:
    table, text, line, column, words = REFUSED[case]
    problems = refusals(company(**{table: text}))
    file = f"company/{table}.{'toml' if table == 'company' else 'csv'}"
    here = [p for p in problems if (p.file, p.line, p.column) == (file, line, column) and words in str(p)]
    assert here, "\n".join(map(str, problems))


def test_an_owner_must_exist_on_the_days_it_owns(company: Callable[..., Path]) -> None:
    folder = company(
        departments=DEP + "default,social,marketing,executive,2026-01-01,2026-07-01\n",
        ownership=OWN + "default,new_media,social,accountable,,2026-01-01,\n",
    )
    (problem,) = refusals(folder)
    assert str(problem).startswith("company/ownership.csv line 2, column department: social of profile default does not exist from 2026-07-01")


def test_a_brand_of_an_account_stands_among_the_brands_where_there_are_any(company: Callable[..., Path]) -> None:
    accounts = "account_id,platform,surface,brand\na,shop,product,Lantern\nb,shop,product,iLamp_2\nc,shop,product,Lantern\nd,shop,product,\n"
    made = load(SEEDS, company(accounts=accounts))
    assert [(b["brand"], b["parent"], b["kind"], b["name_ko"]) for b in made.tables["brands"]] == [
        ("Lantern", None, None, "Lantern"), ("iLamp_2", None, None, "iLamp_2")
    ]  # fmt: skip
    (problem,) = refusals(company(accounts=accounts, brands="brand,parent,kind\nLantern,,main\n"))
    assert str(problem).startswith("company/accounts.csv line 3, column brand: unknown brand 'iLamp_2'")


def test_functions_that_lie_below_themselves_are_refused(tmp_path: Path) -> None:
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    text = (seeds / "functions.csv").read_text(encoding="utf-8")
    (seeds / "functions.csv").write_text(text.replace("\nonline_promotion,,", "\nonline_promotion,seo,"), encoding="utf-8")
    assert {(p.column, p.message) for p in refusals(tmp_path / "none", seeds)} == {
        ("parent", "seo lies below itself in a circle"), ("parent", "online_promotion lies below itself in a circle")
    }  # fmt: skip


def test_all_errors_are_told_at_once_and_in_order(company: Callable[..., Path]) -> None:
    folder = company(
        company='profile = "Z"\n',
        accounts=ACC + "a,shop,product,Nowhere,RMB,,\n",
        ownership=OWN + "A,brand,brand,accountable,2,,\nA,nothing,brand,accountable,,,\n",
        targets=TGT + "A,operations,revenue,month,2026-01-01,x\n",
    )
    problems = refusals(folder)
    assert [(p.file, p.line, p.column) for p in problems] == [
        ("company/accounts.csv", 2, "currency"),
        ("company/accounts.csv", 2, "time_zone"),
        ("company/company.toml", 1, "profile"),
        ("company/ownership.csv", 2, "share"),
        ("company/ownership.csv", 3, "function"),
        ("company/targets.csv", 2, "target"),
    ]
    assert str(problems[3]) == "company/ownership.csv line 2, column share: a share of 2 is impossible (shares lie between 0 and 1)"


def test_a_quoted_line_break_does_not_shift_the_lines_after_it(company: Callable[..., Path]) -> None:
    problems = refusals(company(metrics='metric,name_en\n\nrevenue,"a\nb"\norders,fine\nnonsense,x\n'))
    assert {p.line for p in problems} == {3, 6}


def test_a_broken_seed_is_refused_like_a_company_table(tmp_path: Path) -> None:
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    rules = seeds / "class_rules.csv"
    rules.write_text(rules.read_text() + "fame,marketers\n")
    (problem,) = refusals(tmp_path / "none", seeds)
    assert (problem.file, problem.column) == ("seeds/class_rules.csv", "department_kind")


# the result ------------------------------------------------------------------------------------------------------------


def test_the_hash_names_the_rules_and_nothing_else(split: Split, company: Callable[..., Path]) -> None:
    assert load(SEEDS, ROOT / "elsewhere").hash == split.hash
    folder = company(metrics="metric,name_en\n")
    assert load(SEEDS, folder).hash == split.hash
    company(metrics="metric,name_en\nrevenue,Turnover\n")
    changed = load(SEEDS, folder).hash
    assert changed != split.hash
    company(metrics="name_en,metric\r\nTurnover,revenue\r\n")
    assert load(SEEDS, folder).hash == changed
    company(company='language = "ko"\n')
    assert load(SEEDS, folder).hash != changed


def test_the_hash_does_not_depend_on_the_process() -> None:
    say = "from pathlib import Path; from expectations.split import load; print(load(Path('dbt_project/seeds'), Path('none')).hash)"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", say], cwd=ROOT, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(hashes) == 1


def test_questions_that_guards_ask(split: Split) -> None:
    assert ("orders", "operations") in split.lawful_pairs()
    assert ("orders", "sales") in split.lawful_pairs()
    assert ("orders", "marketing") not in split.lawful_pairs()
    assert ("content_reads", "operations") not in split.lawful_pairs()
    assert split.profiles() == {*PROFILES, *MORE_PROFILES}
    assert split.kinds() == {"marketing", "operations", "sales", "product", "service", "executive", "unassigned"}
    assert split.money_metrics() == {"paid_spend", "cpm", "revenue", "revenue_offline", "ad_sales_revenue", "gmv_mall"}
    assert split.classes()["store_page_views"] == "awareness"
    assert {"no_conversions", "not_additive", "not_fed"} <= split.missing_reasons()


def test_reading_the_rules_does_not_load_the_heavy_libraries() -> None:
    say = "import sys, expectations.split\n"
    say += "print([m for m in ('polars', 'duckdb', 'pandas', 'pydantic', 'dagster') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", say], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parquet_keeps_every_row_and_types_empty_tables(split: Split, tmp_path: Path) -> None:
    import polars as pl

    from expectations.rules_parquet import schema, write_parquet

    first = {path.name: path.read_bytes() for path in write_parquet(split, tmp_path).values()}
    assert first == {path.name: path.read_bytes() for path in write_parquet(split, tmp_path).values()}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{table}.parquet" for table in split.tables)
    for table, rows in split.tables.items():
        frame = pl.read_parquet(tmp_path / f"{table}.parquet")
        assert dict(frame.schema) == schema(table)
        assert frame.to_dicts() == rows
    assert schema("ownership")["ownership_rule"] == pl.String()
    assert schema("fx_rates")["rate"] == pl.Decimal(18, 8)
