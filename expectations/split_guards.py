"""The split: what must be true of who answers for the numbers of the candidate before anybody may read it.

Belongs here: guards of owners, bookings, shares and profiles, each with a batch it must pass and batches it must fail.
Never here: SQL (evidence/ has it, by the guard's name), a metric's or a department's name.
"""

from __future__ import annotations

from expectations.guard import NO_NUMBERS, UNCOUNTED, Between, Expectation, Guard, InSet, NotNull, PairsIn, Split, Zero, one


def one_owner(split: Split) -> list[Expectation]:
    return [Between("owners", 1, 1), NotNull("profile"), NotNull("metric"), Between("cells", 1)]


def lawful_grounds(split: Split) -> list[Expectation]:
    lawful = set(split.lawful_pairs())
    if not lawful:
        raise ValueError("the law names no lawful owner for any metric")
    exempt = {(metric, ground) for metric in split.metric_ids() for ground in ("unassigned", "approved in writing")}
    return [PairsIn("metric", "ground", frozenset(lawful | exempt)), NotNull("profile"), NotNull("department")]


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


SPLIT = (
    Guard(
        name="one_accountable_owner",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily"),
        invariant="I1",
        weight="cells",
        says="every number has exactly one accountable owner in every profile",
        expects=one_owner,
        columns=("profile", "metric", "owners", "cells", "account_id", "first_day"),
        clean=[("p", "reads", 1, 30, "a", "2026-01-01")],
        poison={
            "two owners": [("p", "reads", 1, 29, "a", "2026-01-01"), ("p", "reads", 2, 1, "a", "2026-01-30")],
            "no owner": [("p", "reads", 0, 30, "a", "2026-01-01")],
            "not counted": [("p", "reads", None, 30, "a", "2026-01-01")],
            "no profile": [(None, "reads", 1, 30, "a", "2026-01-01")],
        },
        empty_when=NO_NUMBERS,
        wrong="numbers without exactly one accountable owner",
        then="look at the function's rows in company/ownership.csv, `kpi explain METRIC DAY` shows them, then `kpi run`",
    ),
    Guard(
        name="only_lawful_owners",
        gate="publish",
        reads=("owned_kpi_daily",),
        invariant="I1",
        weight="cells",
        says="no number is booked to a department that the law does not allow for its class",
        expects=lawful_grounds,
        columns=("profile", "metric", "class", "department", "ground", "cells", "first_day"),
        clean=[
            ("p", "reads", "awareness", "marketing", "marketing", 30, "d"),
            ("p", "orders", "conversion", "shop", "operations", 30, "d"),
            ("p", "orders", "conversion", "unassigned", "unassigned", 3, "d"),
            ("p", "orders", "conversion", "m", "approved in writing", 3, "d"),
        ],
        poison={
            "unlawful": [("p", "orders", "conversion", "marketing", "marketing", 30, "d")],
            "wrong case": [("p", "orders", "conversion", "operations", "Operations", 30, "d")],
            "no kind": [("p", "orders", "conversion", "operations", None, 30, "d")],
            "no metric": [("p", None, "conversion", "operations", "operations", 30, "d")],
            "neither": [("p", None, None, "operations", None, 30, "d")],
            "no department": [("p", "orders", "conversion", None, "operations", 30, "d")],
        },
        empty_when=NO_NUMBERS,
        wrong="numbers booked to a department that the law does not allow for their class",
        then="correct the department in company/ownership.csv, or give that row both a reason and approved_by, then `kpi run`",
    ),
    Guard(
        name="owners_are_the_ones_the_rules_name",
        gate="publish",
        reads=("owned_kpi_daily",),
        invariant="I1, I8",
        says="every booking is what its ownership row says, inside the row's dates",
        poison={"moved": one("reads at operations in profile p", "no ownership row says so"), "uncounted": UNCOUNTED},
        wrong="bookings that no ownership row says, or numbers left to nobody that a row covers",
        then="`kpi explain METRIC DAY --profile P` shows the row; this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="every_owner_is_booked",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily"),
        invariant="I1, I8",
        says="every ownership row is booked once on each number it speaks for",
        poison={"left out": one("revenue at m in profile p", "contributor by o:5 is not booked"), "uncounted": UNCOUNTED},
        empty_when=NO_NUMBERS,
        wrong="owners whom the rules name and whom the bookings leave out or hold twice",
        then="`kpi explain METRIC DAY --profile P` shows who was booked; this is a fault of the models: report it",
    ),
    Guard(
        name="departments_sum_to_the_company",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily"),
        invariant="I2",
        weight="cells",
        says="the departments sum to the company, and every booking holds the company's number",
        expects=sums_agree,
        columns=("profile", "metric", "currency", "cells", "difference", "cells_apart", "first_day_apart"),
        clean=[("p", "reads", None, 30, 0, 0, None), ("p", "orders", "EUR", 30, 0, 0, None)],
        poison={
            "one unit more": [("p", "reads", None, 30, 0.000001, 0, None)],
            "one unit less": [("p", "reads", None, 30, -1, 0, None)],
            "two errors that cancel": [("p", "reads", None, 30, 0, 2, "2026-01-02")],
            "no bookings": [("p", "reads", None, 0, 0, 0, None)],
            "unknown difference": [("p", "reads", None, 30, None, 0, None)],
        },
        empty_when=NO_NUMBERS,
        wrong="totals of departments that are not the company's, or bookings that hold another number",
        then="`kpi explain METRIC DAY` follows one of them; this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="profiles_change_no_total",
        gate="publish",
        reads=("owned_kpi_daily",),
        invariant="I7",
        weight="cells",
        says="every declared profile holds the same numbers",
        expects=same_totals,
        columns=("metric", "cells", "profiles_without", "different_totals"),
        clean=[("reads", 150, 0, 1)],
        poison={
            "a profile differs": [("reads", 150, 0, 2)],
            "a profile is missing": [("reads", 120, 1, 1)],
            "not counted": [("reads", 150, None, None)],
        },
        empty_when=NO_NUMBERS,
        wrong="metrics whose total depends on the profile",
        then="`kpi reorg FROM TO` shows what moves between two profiles; no total may",
    ),
    Guard(
        name="shares_sum_to_one",
        gate="publish",
        reads=("owned_kpi_daily",),
        says="shares of a number make a whole, and only what adds up has shares",
        poison={"lost credit": one("revenue in profile p", "shares from 0.9 to 0.9"), "uncounted": UNCOUNTED},
        wrong="numbers whose shares do not sum to one, or that may not be shared",
        then="correct the shares of the function in company/ownership.csv, then `kpi run`",
    ),
    Guard(
        name="assists_stay_out_of_the_numbers",
        gate="publish",
        reads=("kpi_daily",),
        invariant="I3",
        says="assists are never among the numbers they assisted",
        poison={"counted again": one("assists", "counted per function/month"), "uncounted": UNCOUNTED},
        wrong="metrics of the assist ledger among the numbers",
        then="remove that metric from the export: assists are computed, never received",
    ),
    Guard(
        name="every_metric_has_an_owner",
        gate="publish",
        reads=("owned_kpi_daily",),
        invariant="I1",
        blocking=False,
        says="every metric has a department that answers for it",
        poison={"unowned": one("reads", "unassigned from 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="metrics that nobody answers for in the profile shown",
        then="give their function a department in company/ownership.csv",
    ),
)
