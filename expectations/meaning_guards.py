"""What the candidate's numbers are: catalogued, finite, with a reason where they are missing, and shown only where they are true.

Belongs here: guards of metrics and of what leaders read of them, each with a batch it must pass and batches it must fail.
Never here: SQL (evidence/ has it, by the guard's name), a metric's or a department's name, who answers for a number.
"""

from __future__ import annotations

from expectations.guard import NO_NUMBERS, UNCOUNTED, Between, Expectation, Guard, InSet, PairsIn, Split, one


def pairs_of(split: Split, column: str) -> PairsIn:
    return PairsIn("metric", column, frozenset((str(row["metric"]), str(row[column])) for row in split.tables["metrics"]))


def catalogue_classes(split: Split) -> list[Expectation]:
    return [pairs_of(split, "class"), Between("cells", 1)]


def catalogue_units(split: Split) -> list[Expectation]:
    return [pairs_of(split, "unit"), pairs_of(split, "aggregation"), Between("cells", 1)]


def catalogue_metrics(split: Split) -> list[Expectation]:
    return [InSet("metric", frozenset(split.metric_ids())), Between("cells", 1)]


def spoken_reasons(split: Split) -> list[Expectation]:
    words = {str(row["reason"]) for row in split.tables["missing_reasons"]}
    return [InSet("missing_reason", frozenset(words | {"(a number)"})), Between("cells", 1)]


MEANING = (
    Guard(
        name="classes_agree_with_the_catalogue",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily", "scorecard"),
        invariant="I3",
        says="every metric carries its one class",
        weight="cells",
        expects=catalogue_classes,
        columns=("metric", "class", "table_name", "cells"),
        clean=[("reads", "awareness", "kpi_daily", 30)],
        poison={
            "both classes": [("reads", "awareness", "kpi_daily", 30), ("reads", "conversion", "scorecard", 1)],
            "no class": [("reads", None, "kpi_daily", 30)],
            "neither": [(None, None, "kpi_daily", 1)],
            "wrong case": [("reads", "Awareness", "kpi_daily", 30)],
        },
        empty_when=NO_NUMBERS,
        wrong="numbers whose class is not the catalogue's, so awareness and conversion would mix",
        then="compare the metric with metric_catalogue; a class is changed in company/metrics.csv, then `kpi run`",
    ),
    Guard(
        name="units_agree_with_the_catalogue",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily"),
        weight="cells",
        says="every number carries the catalogue's unit and way of adding up",
        expects=catalogue_units,
        columns=("metric", "unit", "aggregation", "table_name", "cells"),
        clean=[("reads", "reads", "additive", "kpi_daily", 30)],
        poison={
            "another unit": [("reads", "people", "additive", "kpi_daily", 30)],
            "no unit": [("reads", None, "additive", "kpi_daily", 30)],
            "adds up otherwise": [("reads", "reads", "unique", "kpi_daily", 30)],
            "neither": [(None, None, None, "kpi_daily", 30)],
        },
        empty_when=NO_NUMBERS,
        wrong="numbers whose unit or way of adding up is not the catalogue's",
        then="compare the metric with metric_catalogue; both are changed in company/metrics.csv, then `kpi run`",
    ),
    Guard(
        name="leaders_read_the_catalogue",
        gate="publish",
        reads=("scorecard", "scorecard_trees", "metric_catalogue"),
        invariant="I3",
        says="what leaders read of a metric is what the catalogue says of it",
        poison={"upside down": one("scorecard reads", "it says awareness additive reads down"), "uncounted": UNCOUNTED},
        wrong="metrics shown with another class, unit, direction or way of adding up than the catalogue's",
        then="compare the metric with company/metrics.csv; this is a fault of the models: report it",
    ),
    Guard(
        name="no_unknown_metric",
        gate="publish",
        reads=("kpi_daily", "owned_kpi_daily", "scorecard"),
        weight="cells",
        says="every published metric is in the catalogue",
        expects=catalogue_metrics,
        columns=("metric", "table_name", "cells"),
        clean=[("reads", "scorecard", 30)],
        poison={"unknown": [("raeds", "scorecard", 1)], "no name": [(None, "kpi_daily", 1)], "wrong case": [("READS", "kpi_daily", 1)]},
        empty_when=NO_NUMBERS,
        wrong="metrics that the catalogue does not have",
        then="add the metric to company/metrics.csv with its class and function, then `kpi run`",
    ),
    Guard(
        name="nulls_have_a_reason",
        gate="publish",
        reads=("kpi_daily", "scorecard"),
        says="every null has a reason and no number has one",
        poison={"silent null": one("scorecard reads", "first in 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="nulls without a reason, or numbers with one",
        then="this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="missing_reasons_are_known",
        gate="publish",
        reads=("kpi_daily", "scorecard", "follower_ledger", "credit"),
        weight="cells",
        says="every missing reason has words",
        expects=spoken_reasons,
        columns=("missing_reason", "table_name", "cells", "example"),
        clean=[("(a number)", "kpi_daily", 30, "reads")],
        poison={"unknown": [("because", "scorecard", 1, "reads")], "empty": [("", "scorecard", 1, "reads")], "null": [(None, "s", 1, "reads")]},
        empty_when=NO_NUMBERS,
        wrong="missing reasons that have no words for a reader",
        then="add the reason to dbt_project/seeds/missing_reasons.csv in four languages",
    ),
    Guard(
        name="numbers_are_finite",
        gate="publish",
        reads=("kpi_daily", "scorecard"),
        says="every number is finite",
        poison={"not a number": one("scorecard reads", "NaN"), "uncounted": UNCOUNTED},
        wrong="numbers that are NaN or infinite",
        then="this is a fault of the models, not of a table: report it",
    ),
    Guard(
        name="scorecard_has_no_impossible_number",
        gate="publish",
        reads=("scorecard", "kpi_daily", "owned_kpi_daily"),
        says="people, followers and ratios are shown only at grains where they are true",
        poison={"a month of reach": one("reach by month at m in profile p", "first 2026-01-01 showing 310"), "uncounted": UNCOUNTED},
        wrong="scorecard numbers that no grain makes true: summed people, followers or ratios",
        then="such a period is null with the reason not_additive; this is a fault of the models: report it",
    ),
    Guard(
        name="scorecard_agrees_with_its_days",
        gate="publish",
        reads=("scorecard", "kpi_daily", "owned_kpi_daily"),
        invariant="I2",
        says="what the scorecard sums is what its days hold",
        poison={"another sum": one("reads by month at m in profile p", "first 2026-01-01 showing 311"), "uncounted": UNCOUNTED},
        wrong="scorecard sums that are not the sums of their days",
        then="`kpi explain METRIC DAY` follows one of them; report it",
    ),
    Guard(
        name="retention_is_a_share",
        gate="publish",
        reads=("retention_cohorts",),
        invariant="I12",
        says="retention lies between none and all",
        poison={"more than all": one("app month classic", "first cohort 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="cohorts of which more came back than there were",
        then="this is a fault of the models, not of a table: report it",
    ),
)
