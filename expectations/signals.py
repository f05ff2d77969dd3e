"""What ties the tables of the bridge, of experiments and of anomalies to the rest of the book.

Belongs here: names that these tables use and others declare, and what an experiment must be to be one.
Never here: an estimate, a threshold, which metric is compared with which.
"""

from __future__ import annotations

from expectations.problems import Problem, near
from expectations.reading import Record

# What an outcome or an awareness series is made of, so that days can be compared: people reached twice on two days are not two people.
_PARTED_BY = "|"


def check_signals(merged: dict[str, list[Record]], problems: list[Problem]) -> None:
    metrics = {record.values["metric"]: record.values["aggregation"] for record in merged["metrics"]}
    kinds = {record.values["kind"] for record in merged["anomaly_rules"]}
    accounts = {record.values["account_id"] for record in merged["accounts"]}
    for record in merged["bridge_metrics"]:
        _declared(record, "metric", set(metrics), problems)
        if metrics.get(record.values["metric"]) in ("ratio", "duration", "lifetime"):
            problems.append(record.problem("metric", f"a {metrics[record.values['metric']]} is no series of the bridge", "take its parts instead"))
    for record in merged["mix_metrics"]:
        _declared(record, "metric", set(metrics), problems)
    for record in merged["experiments"]:
        _experiment(record, set(metrics), problems)
        if record.values["dimension"] == "account":
            for column in ("treated", "control"):
                for name in units(record.values[column]):
                    if name not in accounts:
                        problems.append(record.problem(column, f"unknown account {name!r}", near(name, map(str, accounts))))
    for record in merged["acknowledged"]:
        _declared(record, "metric", set(metrics), problems)
        _declared(record, "kind", kinds, problems)
        if record.values["account_id"] is not None and record.values["account_id"] not in accounts:
            hint = near(str(record.values["account_id"]), map(str, accounts))
            problems.append(record.problem("account_id", f"unknown account {record.values['account_id']!r}", hint))


def units(cell: object) -> list[str]:
    """The names of one cell, parted by |."""
    return [name.strip() for name in str(cell or "").split(_PARTED_BY) if name.strip()]


def _experiment(record: Record, metrics: set[object], problems: list[Problem]) -> None:
    values = record.values
    for column in ("awareness_metric", "outcome_metric"):
        if values[column] is not None and values[column] not in metrics:
            problems.append(record.problem(column, f"unknown metric {values[column]!r}", near(str(values[column]), map(str, metrics))))
    treated, control = units(values["treated"]), units(values["control"])
    if values["kind"] == "geo" and not control:
        problems.append(record.problem("control", "a geo test needs units that were left alone", "name them, parted by |"))
    both = sorted(set(treated) & set(control))
    if both:
        problems.append(record.problem("control", f"{', '.join(both)} cannot be treated and left alone at once"))
    since, until = values["starts_on"], values["ends_on"]
    if since is not None and until is not None and until <= since:  # type: ignore[operator]
        problems.append(record.problem("ends_on", f"{until} is not after starts_on {since}", "ends_on is the first day that no longer counts"))


def _declared(record: Record, column: str, known: set[object], problems: list[Problem]) -> None:
    name = record.values[column]
    if name is not None and name not in known:
        problems.append(record.problem(column, f"unknown {column} {name!r}", near(str(name), map(str, known))))
