"""What must be true of the candidate before anybody may read it. The split is enforced here.

Belongs here: one Guard for each such truth, with a batch it must pass and batches it must fail.
Never here: SQL (evidence/ has it, by the guard's name), a metric's or a department's name, the publishing.
"""

from __future__ import annotations

from expectations.guard import CENSUS, Between, Expectation, Guard, InSet, NotNull, PairsIn, Split, Zero
from expectations.landing_guards import CLEAN, NOTHING, UNCOUNTED, none_offends, one, some_seen_none_offends

NO_NUMBERS = "select count(*) = 0 from kpi_daily"  # asked of the table before: a later one that lost its rows is no excuse


def one_owner(split: Split) -> list[Expectation]:
    return [Between("owners", 1, 1), NotNull("profile"), NotNull("metric"), Between("cells", 1)]


def lawful_grounds(split: Split) -> list[Expectation]:
    lawful = set(split.lawful_pairs())
    if not lawful:
        raise ValueError("the law names no lawful owner for any metric")
    exempt = {(metric, ground) for metric in split.metric_ids() for ground in ("unassigned", "approved in writing")}
    return [PairsIn("metric", "ground", frozenset(lawful | exempt)), NotNull("profile"), NotNull("department")]


def pairs_of(split: Split, column: str) -> PairsIn:
    return PairsIn("metric", column, frozenset((str(row["metric"]), str(row[column])) for row in split.tables["metrics"]))


def catalogue_classes(split: Split) -> list[Expectation]:
    return [pairs_of(split, "class"), Between("cells", 1)]


def catalogue_units(split: Split) -> list[Expectation]:
    return [pairs_of(split, "unit"), pairs_of(split, "aggregation"), Between("cells", 1)]


def catalogue_metrics(split: Split) -> list[Expectation]:
    return [InSet("metric", frozenset(split.metric_ids())), Between("cells", 1)]


def sums_agree(split: Split) -> list[Expectation]:
    return [
        Zero("difference"),
        Zero("cells_apart"),
        Between("cells", 1),
        NotNull("profile"),
        InSet("metric", frozenset(split.metric_ids())),
    ]


def same_totals(split: Split) -> list[Expectation]:
    return [Between("different_totals", 1, 1), Zero("profiles_without"), NotNull("metric")]


def spoken_reasons(split: Split) -> list[Expectation]:
    words = {str(row["reason"]) for row in split.tables["missing_reasons"]}
    return [InSet("missing_reason", frozenset(words | {"(a number)"})), Between("cells", 1)]


def nothing_lost(split: Split) -> list[Expectation]:
    return [Zero("lost"), Between("held", 0), Between("came", 0)]


PUBLISH = (
    Guard(
        name="one_accountable_owner", gate="publish", reads=("kpi_daily", "owned_kpi_daily"), invariant="I1", weight="cells",
        says="every number has exactly one accountable owner in every profile",
        expects=one_owner, columns=("profile", "metric", "owners", "cells", "account_id", "first_day"),
        clean=[("p", "reads", 1, 30, "a", "2026-01-01")],
        poison={
            "two owners": [("p", "reads", 1, 29, "a", "2026-01-01"), ("p", "reads", 2, 1, "a", "2026-01-30")],
            "no owner": [("p", "reads", 0, 30, "a", "2026-01-01")],
            "not counted": [("p", "reads", None, 30, "a", "2026-01-01")],
            "no profile": [(None, "reads", 1, 30, "a", "2026-01-01")],
        },
        empty_when=NO_NUMBERS, wrong="numbers without exactly one accountable owner",
        then="look at the function's rows in company/ownership.csv, `kpi explain METRIC DAY` shows them, then `kpi run`",
    ),
    Guard(
        name="only_lawful_owners", gate="publish", reads=("owned_kpi_daily",), invariant="I1", weight="cells",
        says="no number is booked to a department that the law does not allow for its class",
        expects=lawful_grounds, columns=("profile", "metric", "class", "department", "ground", "cells", "first_day"),
        clean=[
            ("p", "reads", "awareness", "marketing", "marketing", 30, "d"), ("p", "orders", "conversion", "shop", "operations",
            30, "d"),
            ("p", "orders", "conversion", "unassigned", "unassigned", 3, "d"), ("p", "orders", "conversion", "m",
            "approved in writing", 3, "d"),
        ],
        poison={
            "unlawful": [("p", "orders", "conversion", "marketing", "marketing", 30, "d")],
            "wrong case": [("p", "orders", "conversion", "operations", "Operations", 30, "d")],
            "no kind": [("p", "orders", "conversion", "operations", None, 30, "d")],
            "no metric": [("p", None, "conversion", "operations", "operations", 30, "d")],
            "neither": [("p", None, None, "operations", None, 30, "d")],
            "no department": [("p", "orders", "conversion", None, "operations", 30, "d")],
        },
        empty_when=NO_NUMBERS, wrong="numbers booked to a department that the law does not allow for their class",
        then="correct the department in company/ownership.csv, or give that row both a reason and approved_by, then `kpi run`",
    ),
    Guard(
        name="owners_are_the_ones_the_rules_name", gate="publish", reads=("owned_kpi_daily",), invariant="I1, I8",
        says="every booking is what its ownership row says, inside the row's dates",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"moved": one("reads at operations in profile p", "no ownership row says so"), "uncounted": UNCOUNTED},
        wrong="bookings that no ownership row says, or numbers left to nobody that a row covers",
        then="`kpi explain METRIC DAY --profile P` shows the row; this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="every_owner_is_booked", gate="publish", reads=("kpi_daily", "owned_kpi_daily"), invariant="I1, I8",
        says="every ownership row is booked once on each number it speaks for",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"left out": one("revenue at m in profile p", "contributor by o:5 is not booked"), "uncounted": UNCOUNTED},
        empty_when=NO_NUMBERS, wrong="owners whom the rules name and whom the bookings leave out or hold twice",
        then="`kpi explain METRIC DAY --profile P` shows who was booked; this is a fault of the models: report it",
    ),
    Guard(
        name="classes_agree_with_the_catalogue", gate="publish", reads=("kpi_daily", "owned_kpi_daily", "scorecard"),
        invariant="I3",
        says="every metric carries its one class", weight="cells",
        expects=catalogue_classes, columns=("metric", "class", "table_name", "cells"), clean=[("reads", "awareness",
        "kpi_daily", 30)],
        poison={
            "both classes": [("reads", "awareness", "kpi_daily", 30), ("reads", "conversion", "scorecard", 1)],
            "no class": [("reads", None, "kpi_daily", 30)], "neither": [(None, None, "kpi_daily", 1)],
            "wrong case": [("reads", "Awareness", "kpi_daily", 30)],
        },
        empty_when=NO_NUMBERS, wrong="numbers whose class is not the catalogue's, so awareness and conversion would mix",
        then="compare the metric with metric_catalogue; a class is changed in company/metrics.csv, then `kpi run`",
    ),
    Guard(
        name="units_agree_with_the_catalogue", gate="publish", reads=("kpi_daily", "owned_kpi_daily"), weight="cells",
        says="every number carries the catalogue's unit and way of adding up",
        expects=catalogue_units, columns=("metric", "unit", "aggregation", "table_name", "cells"),
        clean=[("reads", "reads", "additive", "kpi_daily", 30)],
        poison={
            "another unit": [("reads", "people", "additive", "kpi_daily", 30)], "no unit": [("reads", None, "additive",
            "kpi_daily", 30)],
            "adds up otherwise": [("reads", "reads", "unique", "kpi_daily", 30)], "neither": [(None, None, None, "kpi_daily",
            30)],
        },
        empty_when=NO_NUMBERS, wrong="numbers whose unit or way of adding up is not the catalogue's",
        then="compare the metric with metric_catalogue; both are changed in company/metrics.csv, then `kpi run`",
    ),
    Guard(
        name="leaders_read_the_catalogue", gate="publish", reads=("scorecard", "scorecard_trees", "metric_catalogue"),
        invariant="I3",
        says="what leaders read of a metric is what the catalogue says of it",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"upside down": one("scorecard reads", "it says awareness additive reads down"), "uncounted": UNCOUNTED},
        wrong="metrics shown with another class, unit, direction or way of adding up than the catalogue's",
        then="compare the metric with company/metrics.csv; this is a fault of the models: report it",
    ),
    Guard(
        name="no_unknown_metric", gate="publish", reads=("kpi_daily", "owned_kpi_daily", "scorecard"), weight="cells",
        says="every published metric is in the catalogue",
        expects=catalogue_metrics, columns=("metric", "table_name", "cells"), clean=[("reads", "scorecard", 30)],
        poison={"unknown": [("raeds", "scorecard", 1)], "no name": [(None, "kpi_daily", 1)], "wrong case": [("READS",
        "kpi_daily", 1)]},
        empty_when=NO_NUMBERS, wrong="metrics that the catalogue does not have",
        then="add the metric to company/metrics.csv with its class and function, then `kpi run`",
    ),
    Guard(
        name="departments_sum_to_the_company", gate="publish", reads=("kpi_daily", "owned_kpi_daily"), invariant="I2",
        weight="cells",
        says="the departments sum to the company, and every booking holds the company's number",
        expects=sums_agree, columns=("profile", "metric", "currency", "cells", "difference", "cells_apart", "first_day_apart"),
        clean=[("p", "reads", None, 30, 0, 0, None), ("p", "orders", "EUR", 30, 0, 0, None)],
        poison={
            "one unit more": [("p", "reads", None, 30, 0.000001, 0, None)], "one unit less": [("p", "reads", None, 30, -1, 0,
            None)],
            "two errors that cancel": [("p", "reads", None, 30, 0, 2, "2026-01-02")], "no bookings": [("p", "reads", None, 0, 0,
            0, None)],
            "unknown difference": [("p", "reads", None, 30, None, 0, None)],
        },
        empty_when=NO_NUMBERS, wrong="totals of departments that are not the company's, or bookings that hold another number",
        then="`kpi explain METRIC DAY` follows one of them; this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="profiles_change_no_total", gate="publish", reads=("owned_kpi_daily",), invariant="I7", weight="cells",
        says="every declared profile holds the same numbers",
        expects=same_totals, columns=("metric", "cells", "profiles_without", "different_totals"), clean=[("reads", 150, 0, 1)],
        poison={
            "a profile differs": [("reads", 150, 0, 2)], "a profile is missing": [("reads", 120, 1, 1)],
            "not counted": [("reads", 150, None, None)],
        },
        empty_when=NO_NUMBERS, wrong="metrics whose total depends on the profile",
        then="`kpi reorg FROM TO` shows what moves between two profiles; no total may",
    ),
    Guard(
        name="shares_sum_to_one", gate="publish", reads=("owned_kpi_daily",),
        says="shares of a number make a whole, and only what adds up has shares",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"lost credit": one("revenue in profile p", "shares from 0.9 to 0.9"), "uncounted": UNCOUNTED},
        wrong="numbers whose shares do not sum to one, or that may not be shared",
        then="correct the shares of the function in company/ownership.csv, then `kpi run`",
    ),
    Guard(
        name="nulls_have_a_reason", gate="publish", reads=("kpi_daily", "scorecard"),
        says="every null has a reason and no number has one",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"silent null": one("scorecard reads", "first in 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="nulls without a reason, or numbers with one", then="this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="missing_reasons_are_known", gate="publish", reads=("kpi_daily", "scorecard", "follower_ledger", "credit"),
        weight="cells",
        says="every missing reason has words",
        expects=spoken_reasons, columns=("missing_reason", "table_name", "cells", "example"), clean=[("(a number)", "kpi_daily",
        30, "reads")],
        poison={"unknown": [("because", "scorecard", 1, "reads")], "empty": [("", "scorecard", 1, "reads")], "null": [(None,
        "s", 1, "reads")]},
        empty_when=NO_NUMBERS, wrong="missing reasons that have no words for a reader",
        then="add the reason to dbt_project/seeds/missing_reasons.csv in four languages",
    ),
    Guard(
        name="numbers_are_finite", gate="publish", reads=("kpi_daily", "scorecard"), says="every number is finite",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"not a number": one("scorecard reads", "NaN"), "uncounted": UNCOUNTED},
        wrong="numbers that are NaN or infinite", then="this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="scorecard_has_no_impossible_number", gate="publish", reads=("scorecard", "kpi_daily", "owned_kpi_daily"),
        says="people, followers and ratios are shown only at grains where they are true",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"a month of reach": one("reach by month at m in profile p", "first 2026-01-01 showing 310"),
        "uncounted": UNCOUNTED},
        wrong="scorecard numbers that no grain makes true: summed people, followers or ratios",
        then="such a period is null with the reason not_additive; this is a fault of the models: report it",
    ),
    Guard(
        name="scorecard_agrees_with_its_days", gate="publish", reads=("scorecard", "kpi_daily", "owned_kpi_daily"),
        invariant="I2",
        says="what the scorecard sums is what its days hold",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"another sum": one("reads by month at m in profile p", "first 2026-01-01 showing 311"), "uncounted": UNCOUNTED},
        wrong="scorecard sums that are not the sums of their days",
        then="`kpi explain METRIC DAY` follows one of them; report it",
    ),
    Guard(
        name="files_balance", gate="publish", reads=("files",),
        says="records = accepted + quarantined + superseded, in every file",
        expects=some_seen_none_offends, columns=CENSUS, clean=CLEAN,
        poison={"one lost": one("shop/orders.csv", "10 records, 9 accepted"), "no file": NOTHING, "uncounted": UNCOUNTED},
        wrong="files whose records do not add up, so something was lost or counted twice",
        then="`kpi inspect FILE`, and compare with its row in `files`",
    ),
    Guard(
        name="spend_is_kept", gate="publish", reads=("credit", "kpi_daily"), invariant="I5",
        says="credit shows all that was spent",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"dropped": one("linear orders by channel", "credit shows 90 and the company spent 100"), "uncounted": UNCOUNTED},
        wrong="models whose spend is not what the company spent", then="lines without a conversion are dropped: report it",
    ),
    Guard(
        name="credit_is_conserved", gate="publish", reads=("credit",), invariant="I4",
        says="every model shares out the same conversions",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"lost credit": one("first_order 2026-01-01", "conversions from 9 to 10"), "uncounted": UNCOUNTED},
        wrong="months whose conversions differ by model", then="the unattributed is a member too: report it",
    ),
    Guard(
        name="retention_is_a_share", gate="publish", reads=("retention_cohorts",), invariant="I12",
        says="retention lies between none and all",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"more than all": one("app month classic", "first cohort 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="cohorts of which more came back than there were", then="this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="tables_have_what_came_in", gate="publish",
        reads=("files", "kpi_daily", "credit", "owned_kpi_daily", "scorecard", "metric_catalogue", "departments", "ownership"),
        says="no published table is empty that had input", weight="held",
        expects=nothing_lost, columns=("table_name", "held", "came", "lost"), clean=[("kpi_daily", 30, 30, 0), ("scorecard", 0,
        0, 0)],
        poison={"empty": [("kpi_daily", 0, 30, 1)], "not counted": [("kpi_daily", None, 30, None)]},
        wrong="tables that are empty although records came in for them",
        then="`kpi status` names the step; delete warehouse.duckdb and type `kpi run`",
    ),
    Guard(
        name="assists_stay_out_of_the_numbers", gate="publish", reads=("kpi_daily",), invariant="I3",
        says="assists are never among the numbers they assisted",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"counted again": one("assists", "counted per function/month"), "uncounted": UNCOUNTED},
        wrong="metrics of the assist ledger among the numbers",
        then="remove that metric from the export: assists are computed, never received",
    ),
    Guard(
        name="no_number_lies_by_a_unit", gate="publish", reads=("anomalies",),
        says="no recent number stands a unit's factor away from what it has been",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"cents": one("spend of ads unit_slip", "24320 instead of 243.20"), "uncounted": UNCOUNTED},
        wrong="recent numbers that look multiplied by a unit's factor",
        then="deliver the file again in the right unit; or, if the number is right, write it into company/acknowledged.csv "
        "(metric,account_id,day,kind,reason,approved_by); then `kpi run`",
    ),
    Guard(
        name="odd_numbers_are_looked_at", gate="publish", reads=("anomalies",), blocking=False,
        says="no recent number looks odd",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"a spike": one("reads of a spike", "first on 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="recent numbers that look odd",
        then="look at them in the table anomalies; what is right is written into company/acknowledged.csv",
    ),
    Guard(
        name="every_metric_has_an_owner", gate="publish", reads=("owned_kpi_daily",), invariant="I1", blocking=False,
        says="every metric has a department that answers for it",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"unowned": one("reads", "unassigned from 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="metrics that nobody answers for in the profile shown",
        then="give their function a department in company/ownership.csv",
    ),
    Guard(
        name="money_has_a_rate", gate="publish", reads=("kpi_daily",), blocking=False,
        says="all money could be told in the company's currency",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"no rate": one("takings of shop", "no rate on 2 days from 2026-01-01 to 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="money that every total leaves out, because no exchange rate of the day is known",
        then="write the rates of these days into company/fx_rates.csv (day,currency,rate), then `kpi run`",
    ),
    Guard(
        name="feeds_are_current", gate="publish", reads=("feed_freshness", "channel_freshness"), blocking=False,
        says="every feed and every channel that used to come still comes",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={
            "silent": one("media reach counts", "silent since 2026-01-05"), "a channel": one("site ads", "no touch since 2026-01-05"),
            "uncounted": UNCOUNTED,
        },
        wrong="feeds and channels that used to come and have stopped",
        then="drop the newest export of the account into inbox/; a closed account gets valid_to in company/accounts.csv; "
        "of a channel ask whether it was paused or lost its tags",
    ),
    Guard(
        name="follower_ledgers_balance", gate="publish", reads=("follower_ledger",), invariant="I6", blocking=False,
        says="followers who came and left explain how the audience changed",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"unexplained": one("page", "-400 of 9000 followers unexplained on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="accounts whose followers changed by more than came and left",
        then="compare the export with the platform: removed fans, or a day that was counted late",
    ),
    Guard(
        name="followers_of_linked_networks_are_not_one_number", gate="publish", reads=("follower_overlap",), blocking=False,
        says="no two networks with followers here count the same people",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"linked": one("one and two", "together between 100 and 210 people on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="days on which two linked networks count the same people",
        then="read their followers apart, or between the bounds of follower_overlap; a total over both is too large",
    ),
    Guard(
        name="campaigns_fit_into_their_account", gate="publish", reads=("kpi_breakdown",), blocking=False,
        says="no account's campaigns add up to more than the account's own report says",
        expects=none_offends, columns=CENSUS, clean=CLEAN,
        poison={"too much": one("spend of ads", "campaigns say 90, the account 80 on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="days on which campaigns add up to more than their account; the campaigns stand",
        then="deliver both reports of those days again, downloaded together; two ad accounts need a folder each",
    ),
)  # fmt: skip
