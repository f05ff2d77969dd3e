"""The split as law, in published numbers: the whole catalogue, every organisation cell by cell, targets and their pace.

Belongs here: what the tables say, compared with what a night publishes. Never here: refusals at load (test_split.py), or arithmetic of events.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources import seed
from tests.test_split import MATRIX, NOBODY, PROFILES
from tests.worlds import World

BEFORE, AFTER = "2025-12-31", "2026-01-01"  # the company of ten grows into departments in between

# The catalogue's own column of aggregation, by code; codes with a suffix are the second numbers that one row of it names.
AGGREGATION = {
    "unique": "AW01 AW04 AW25 OP02 OP09 OP10 CV02",
    "stock": "AW05 OR02 OR03",
    "ratio": "AW08 AW09 AW10 AW15 AW18 AW26 AW27 AW29 OP08 OP11 OP12 OP13 OP14 OP14_30 CV03 CV05 SV02 OR05",
    "index": "AW21 AW22 AW23 AW34 OR04",
    "duration": "OR01 OR06",
    "additive": "AW02 AW02T AW03 AW06 AW07 AW11 AW12 AW13 AW14 AW16 AW17 AW19 AW20 AW24 AW28 AW30 AW31 AW32 AW33 "
    "OP01 OP03 OP04 OP05 OP06 OP07 OP15 OP16 OP17 OP18 CV01 CV01F CV04 CV04F CV06 CV07 CV08 SV01 SV03",
}
ADDS_UP = {code: kind for kind, codes in AGGREGATION.items() for code in codes.split()}
CLASS = {"AW": "awareness", "OP": "retention", "CV": "conversion", "SV": "service", "OR": "organisation"}
CLASS_OF = {"OP03": "conversion", "OP04": "conversion", "OP05": "conversion", "OP07": "awareness", "OP08": "conversion",
            "CV04": "shared", "CV04F": "shared"}  # fmt: skip
LEDGER = "AW35"  # counted in `assists`, never received

# What the organisations of the documents change against the default, on every day; the rest is as in the default.
PR = "press_mentions press_potential_reach share_of_voice net_sentiment negative_mentions search_document_coverage kol_activations escalations_to_pr"
MEDIA = (
    "reach_unique impressions_organic impressions_total content_reads content_readers followers_total followers_gained followers_lost "
    "follower_growth_rate follower_churn_rate media_matrix_coverage video_plays h5_visits social_shares social_engagements engagement_rate"
)
MOVED = {
    "pr_in_corporate_affairs": {PR: "corporate_affairs"},
    "pr_in_president_office": {PR: "president_office"},
    "one_social_unit": {MEDIA: "social_unit", "mentions_inbound reply_within_15m_rate": "social_unit"},
    "ten_people": {},
}
UNLISTED = {  # not contested, so not in the table of contested metrics: owned as the catalogue says, in every profile that names the function
    "active_users_day active_users_month visit_frequency avg_dwell_seconds retention_d1 retention_d7 retention_d30 posts_created "
    "paying_users conversion_rate": ["operations"] * 5,
    "awareness_stock": ["marketing", "brand", "brand", "planning", "marketing"],
    "kol_activations": ["marketing", "brand", "brand", "planning", "marketing"],
    "product_launches": ["marketing", "marketing", "marketing", "planning", "marketing"],
    "decision_to_execution_minutes approval_hops management_layers exec_signal_score coordination_coverage crisis_minutes_to_statement": ["executive"]
    * 5,
}


def expected_owners() -> dict[tuple[str, str, str], str]:
    """(metric, profile, day) -> department, from the documents' table and nothing else."""
    table: dict[str, list[str]] = {}
    for line in MATRIX.strip().splitlines():
        metrics, cells = line.split(":")
        table |= {metric: [NOBODY if cell == "-" else cell for cell in cells.split()] for metric in metrics.split()}
    table |= {metric: cells for metrics, cells in UNLISTED.items() for metric in metrics.split()}
    found = {(m, p, day): cell for m, cells in table.items() for p, cell in zip(PROFILES, cells, strict=True) for day in (BEFORE, AFTER)}
    for profile, moves in MOVED.items():
        moved = {metric: department for metrics, department in moves.items() for metric in metrics.split()}
        found |= {(m, profile, day): moved.get(m, cells[0]) for m, cells in table.items() for day in (BEFORE, AFTER)}
    return found | {(m, "ten_people", BEFORE): "executive" if cells[0] == "executive" else "founding_head" for m, cells in table.items()} | {
        (m, "ten_people", day): "founding_head" for m, cells in table.items() if cells[0] == "executive" for day in (BEFORE, AFTER)
    }  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A company whose every metric came as plain counts, one file each, on the last day of a year and the first of the next."""
    world = World(tmp_path_factory.mktemp("catalogue") / "home", as_of=date(2026, 1, 20))
    world.account("everything")
    for row in seed("metrics"):
        if row["code"] != LEDGER:
            value = {"ratio": "0.25", "duration": "45"}.get(row["aggregation"], row["highest"] or "8")
            currency = ",CNY" if row["unit"] == "money" else ","
            lines = ["metric,day,value,currency", *(f"{row['metric']},{day},{value}{currency}" for day in (BEFORE, AFTER))]
            world.drop("everything", f"counts_{row['metric']}.csv", lines, "2026-01-10")
    world.night()
    return world


class TestTheWholeCatalogue:
    def test_every_metric_that_is_dropped_comes_out_with_its_class_and_its_way_of_adding_up(self, catalogue: World) -> None:
        codes = {row["metric"]: row["code"] for row in seed("metrics")}
        published = catalogue.ask("select metric, class, aggregation, value, missing_reason from kpi_daily where day = ?", BEFORE)
        found = {codes[metric]: (class_, how) for metric, class_, how, _, _ in published}
        assert found == {code: (CLASS_OF.get(code, CLASS[code[:2]]), how) for code, how in ADDS_UP.items()}
        assert len(found) == len(published) == 73  # 64 of the catalogue less the ledger's, 6 of management, 4 second numbers
        assert [row for row in published if row[3] is None or row[4] is not None] == []

    def test_the_catalogue_says_of_each_that_it_is_fed_and_of_the_ledgers_that_it_is_not(self, catalogue: World) -> None:
        rows = catalogue.ask("select is_fed, feed_state, count(*), min(code) from metric_catalogue group by all order by 1")
        assert rows == [(False, "not_fed", 1, LEDGER), (True, "fed", 73, "AW01")]

    def test_a_ratio_that_the_platform_states_stands_unless_both_its_parts_are_there(self, catalogue: World) -> None:
        # 8 clicks of money over 8 exposures is 1,000 a thousand; engagements over people reached is 1; the platform said 0.25 of both
        assert catalogue.value("cpm", BEFORE) == (1000, None)
        assert catalogue.value("engagement_rate", BEFORE) == (1, None)
        assert catalogue.value("share_of_voice", BEFORE) == (Decimal("0.25"), None)

    def test_names_in_four_languages_reach_the_published_tables(self, catalogue: World) -> None:
        for table in ("metric_catalogue", "functions", "departments", "ownership"):
            blank = " or ".join(f"coalesce(trim(name_{language}), '') = ''" for language in ("en", "zh", "es", "ko"))
            assert catalogue.ask(f"select * from {table} where {blank}") == []


class TestCellByCell:
    def test_the_published_owner_is_the_one_of_the_documents_in_every_cell(self, catalogue: World) -> None:
        # the follower ledger adds its own rates, on the first day of the month that it saw
        rows = catalogue.ask(
            "select metric, profile, day::varchar, department from owned_kpi_daily where role = 'accountable' and day in (?, ?)", BEFORE, AFTER
        )
        found = {(metric, profile, day): department for metric, profile, day, department in rows}
        expected = expected_owners()
        assert len(rows) == len(found) == 73 * 9 * 2
        assert {cell: found.get(cell) for cell in expected if found.get(cell) != expected[cell]} == {}
        # media placement and totals of the platform follow new media's row; no cell is left unsaid
        assert {metric for metric, _, _ in found.keys() - expected.keys()} == set()

    def test_public_relations_outside_marketing_rolls_up_past_it(self, catalogue: World) -> None:
        rows = catalogue.ask("select profile, department, kind, reports_to from departments where department in (?, ?) order by 1",
                             "corporate_affairs", "president_office")  # fmt: skip
        assert rows == [("pr_in_corporate_affairs", "corporate_affairs", "executive", "executive"),
                        ("pr_in_president_office", "president_office", "executive", "executive")]  # fmt: skip

    def test_an_owner_against_the_law_says_why_and_who_agreed(self, catalogue: World) -> None:
        rows = catalogue.ask(
            "select owned.profile, owned.metric from owned_kpi_daily as owned anti join class_rules using (class, department_kind) "
            "where owned.role = 'accountable' and owned.department_kind != 'unassigned' and (owned.reason is null or owned.approved_by is null)"
        )
        assert rows == []

    def test_what_nobody_owns_is_shown_with_its_number_and_is_a_warning(self, catalogue: World) -> None:
        assert catalogue.ask(
            "select department, department_kind, value, reason from owned_kpi_daily where profile = 'A' and metric = 'content_reads' and day = ?",
            BEFORE,
        ) == [("unassigned", "unassigned", 8, "no_owner")]

    def test_offline_sales_in_marketing_are_a_dated_exception(self, catalogue: World) -> None:
        rows = catalogue.ask(
            "select distinct owned.department_kind, rule.valid_from is not null, owned.approved_by from owned_kpi_daily as owned "
            "inner join ownership as rule using (ownership_rule) where owned.profile = 'B' and owned.metric = 'orders_offline'"
        )
        assert rows == [("marketing", True, "product default, documents 003 row 64")]

    def test_shares_make_a_whole_and_only_of_what_adds_up(self, catalogue: World) -> None:
        rows = catalogue.ask(
            "select aggregation, bool_or(share is not null), max(abs(total - 1)) from (select *, sum(share) over "
            "(partition by profile, metric, day) as total from owned_kpi_daily) group by 1 order by 1"
        )
        assert {kind: (some, apart) for kind, some, apart in rows if some} == {"additive": (True, 0.0)}

    def test_all_profiles_hold_the_same_company(self, catalogue: World) -> None:
        rows = catalogue.ask(
            "select metric, count(distinct total) from (select profile, metric, sum(value) as total from owned_kpi_daily "
            "where role = 'accountable' group by all) group by 1 having count(distinct total) > 1"
        )
        assert rows == []


class TestWhoElseSpeaks:
    """Two sources of one number, functions below functions, targets: a second company, small enough for a pencil."""

    @pytest.fixture(scope="class")
    def pencil(self, tmp_path_factory: pytest.TempPathFactory) -> World:
        world = World(tmp_path_factory.mktemp("pencil") / "home", as_of=date(2026, 3, 17))
        world.account("shop", platform="shop", surface="product")
        world.account("press")
        orders = ["order,person,at,value,currency", "1,ann,2026-03-02T10:00:00+08:00,10,CNY", "2,bob,2026-03-04T10:00:00+08:00,20,CNY"]
        world.drop("shop", "orders.csv", orders, "2026-03-06")
        world.drop("shop", "counts_orders.csv", [
            "metric,day,value", "orders,2026-03-02,7", "orders,2026-03-03,7", "orders,2026-03-09,7",
            "conversion_rate,2026-03-02,0.5", "conversion_rate,2026-03-03,0.4",
            "sessions,2026-03-02,100", "events_held,2026-01-05,1", "events_held,2026-02-05,1", "product_launches,2026-01-10,1",
            "negative_mentions,2026-03-02,3", "followers_total,2026-03-10,900",
        ], "2026-03-16")  # fmt: skip
        world.drop("press", "counts_press.csv", [
            "metric,day,value", "crisis_hours,2026-03-02,5", "search_answers,2026-03-02,4", "ministry_visits,2026-03-02,1",
        ], "2026-03-16")  # fmt: skip
        world.table("metrics.csv", [
            "metric,class,function,unit,aggregation", "crisis_hours,awareness,crisis_response,hours,additive",
            "search_answers,awareness,seo,answers,additive", "ministry_visits,awareness,government_relations,visits,additive",
        ])  # fmt: skip
        world.table("ownership.csv", ["profile,function,department,role", "default,seo,vendor,contributor"])
        world.table("targets.csv", [
            "profile,department,metric,period_kind,period_start,target",
            "default,marketing,events_held,quarter,2026-01-01,3",
            "default,marketing,product_launches,quarter,2026-01-01,2",
            "default,marketing,negative_mentions,month,2026-03-01,4",
            "default,marketing,negative_mentions,month,2026-04-01,0",
            "default,marketing,followers_total,month,2026-03-01,1000",
            "default,marketing,unaided_recall,quarter,2026-01-01,30",
            "default,operations,new_users,month,2026-03-01,0",
        ])  # fmt: skip
        world.night()
        return world

    def test_records_stand_before_what_is_stated_of_the_same_day(self, pencil: World) -> None:
        assert pencil.value("orders", "2026-03-02") == (1, None)
        assert pencil.value("orders", "2026-03-03") == (0, None)  # a measured zero is known; the platform's seven are another truth
        assert pencil.value("orders", "2026-03-09") == (7, None)  # past the last complete day of the records, only the platform speaks
        assert pencil.value("conversion_rate", "2026-03-02") == (Decimal("0.01"), None)
        assert pencil.value("conversion_rate", "2026-03-03") == (Decimal("0.4"), None)
        assert pencil.ask("select period_start::varchar, value, missing_reason from scorecard where profile = 'default' and "
                          "metric = 'conversion_rate' and period_kind != 'week' and period_kind != 'quarter' order by period_kind, 1") == [
            ("2026-03-02", Decimal("0.01"), None), ("2026-03-03", Decimal("0.4"), None), ("2026-03-01", None, "not_additive"),
        ]  # fmt: skip

    def test_the_function_above_answers_with_its_reason_and_its_line(self, pencil: World) -> None:
        rows = pencil.ask(
            "select owned.profile, owned.department, owned.function, rule.function, owned.reason, owned.approved_by "
            "from owned_kpi_daily as owned inner join ownership as rule using (ownership_rule) "
            "where owned.metric = 'crisis_hours' and owned.profile in ('default', 'pr_in_president_office') order by 1"
        )
        assert rows == [
            ("default", "marketing", "crisis_response", "pr", None, None),
            ("pr_in_president_office", "president_office", "crisis_response", "pr",
             "public relations belongs to the president's office in some companies (000)", "product default, documents 000 row 69"),
        ]  # fmt: skip

    def test_a_row_may_say_that_nobody_answers_although_somebody_does_above(self, pencil: World) -> None:
        rows = pencil.ask(
            "select distinct department, department_kind, share, value, reason like 'an optional function%', ownership_rule is null "
            "from owned_kpi_daily where metric = 'ministry_visits' and profile != 'A'"
        )
        assert rows == [("unassigned", "unassigned", None, 1, True, False)]

    def test_an_agency_contributes_and_the_answer_stays_inside(self, pencil: World) -> None:
        rows = pencil.ask(
            "select department, role, share, value, ownership_rule from owned_kpi_daily where metric = 'search_answers' and profile = 'default' "
            "order by role"
        )
        assert [row[:4] for row in rows] == [("marketing", "accountable", None, 4), ("vendor", "contributor", None, 4)]
        assert rows[1][4] == "company/ownership.csv:2"

    def test_two_launches_and_three_events_a_quarter_are_paced_by_the_day(self, pencil: World) -> None:
        """On the morning of 17 March 75 of the 90 days of the quarter are gone: 2.5 events and 1.67 launches would be even pace."""
        rows = pencil.ask(
            "select metric, value, target, attainment, expected_by_now, pace, is_on_pace, pace_missing_reason from scorecard "
            "where target is not null and period_kind = 'quarter' order by metric"
        )
        assert rows == [
            ("events_held", 2, 3.0, pytest.approx(2 / 3), 2.5, 0.8, False, None),
            ("product_launches", 1, 2.0, 0.5, pytest.approx(2 * 75 / 90), pytest.approx(0.6), False, None),
            ("unaided_recall", None, 30.0, None, 30.0, None, None, "not_fed"),
        ]

    def test_a_ceiling_a_stock_and_a_month_to_come(self, pencil: World) -> None:
        rows = pencil.ask(
            "select metric, period_start::varchar, value, attainment, expected_by_now, pace, is_on_pace, pace_missing_reason from scorecard "
            "where target is not null and period_kind = 'month' order by metric, 2"
        )
        assert rows == [
            ("followers_total", "2026-03-01", 900, 0.9, 1000.0, 0.9, False, None),
            ("negative_mentions", "2026-03-01", 3, 0.75, pytest.approx(4 * 16 / 31), pytest.approx(3 / (4 * 16 / 31)), False, None),
            ("negative_mentions", "2026-04-01", None, None, None, None, None, "not_begun"),
            ("new_users", "2026-03-01", None, None, 0.0, None, None, "not_fed"),
        ]

    def test_a_number_without_a_target_says_so(self, pencil: World) -> None:
        rows = pencil.ask("select distinct pace_missing_reason from scorecard where target is null")
        assert rows == [("no_target",)]

    def test_every_metric_of_a_department_has_a_row_in_the_month_of_the_run(self, pencil: World) -> None:
        owned = set(
            pencil.ask(
                "select own.profile, own.department, metrics.metric from ownership as own "
                "inner join metric_catalogue as metrics using (function) where own.role = 'accountable' and own.department != 'unassigned' "
                "and coalesce(own.valid_from, date '1900-01-01') <= date '2026-03-17' "
                "and coalesce(own.valid_to, date '2999-01-01') > date '2026-03-17' and metrics.code != ?",
                LEDGER,
            )
        )
        shown = set(pencil.ask("select profile, department, metric from scorecard where period_kind = 'month' and period_start = '2026-03-01'"))
        assert len(owned) > 400
        assert owned - shown == set()

    def test_why_there_is_no_number_yet(self, pencil: World) -> None:
        reasons = dict(
            pencil.ask(
                "select metric, missing_reason from scorecard where profile = 'default' and period_kind = 'month' "
                "and period_start = '2026-03-01' and metric in ('unaided_recall', 'events_held', 'orders', 'active_users_month')"
            )
        )
        assert reasons == {"unaided_recall": "not_fed", "events_held": "not_reported", "orders": None, "active_users_month": "not_fed"}
        fed = {metric for (metric,) in pencil.ask("select metric from metric_catalogue where is_fed and feed_state = 'fed'")}
        assert fed == {
            "orders", "revenue", "gmv_mall", "paying_users", "conversion_rate", "sessions", "events_held", "product_launches",
            "negative_mentions", "followers_total", "crisis_hours", "search_answers", "ministry_visits",
            "retention_d1",  # who buys again has come back
        }  # fmt: skip

    def test_brands_are_those_of_the_accounts(self, pencil: World) -> None:
        assert pencil.ask("select brand, parent, kind, name_zh from brands") == [("lantern", None, None, "lantern")]


def test_the_expected_table_speaks_of_every_metric_but_the_ledgers() -> None:
    metrics = {metric for metric, _, _ in expected_owners()}
    assert metrics == {row["metric"] for row in seed("metrics") if row["code"] != LEDGER}


def test_this_file_takes_no_owner_from_the_tables_it_judges() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert 'seed("owner' + 'ship")' not in text
