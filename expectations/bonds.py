"""What ties the tables together: every name that one table uses, another must declare.

Belongs here: references between tables, ratios that close in a circle, parameters a model cannot do without.
Never here: time lines of owners (ownership.py), or the reading of a file.
"""

from __future__ import annotations

from collections.abc import Collection

from expectations.problems import Problem, near
from expectations.reading import Record
from expectations.settings import LABEL, Company
from expectations.signals import check_signals

Merged = dict[str, list[Record]]

# under this account_id the published tables of people count the whole company (dbt_project/macros/people.sql)
THE_COMPANY = "company"


def check_bonds(merged: Merged, settings: Company, setting_lines: dict[str, int], measures: set[object], problems: list[Problem]) -> None:
    """`measures` are those of the product's own catalogue: the models compute these and the event rules', and no other."""
    classes = _names(merged, "class_rules", "class")
    functions = _names(merged, "functions", "function")
    metrics = _names(merged, "metrics", "metric")
    profiles = _names(merged, "departments", "profile")
    staff = {(r.values["profile"], r.values["department"]) for r in merged["departments"]}

    for record in merged["metrics"]:
        _known(record, "class", classes, problems)
        _known(record, "function", functions, problems)
        _known(record, "numerator", metrics, problems)
        _known(record, "denominator", metrics, problems)
    for record in merged["channels"]:
        _known(record, "function", functions, problems)
    for record in merged["functions"]:
        _known(record, "parent", functions, problems)
    nobody = {(profile, department) for profile in profiles for department in reserved_departments(merged)}
    for record in merged["ownership"]:
        _known(record, "function", functions, problems)
        _works_there(record, "department", profiles, staff | nobody if record.values["role"] == "accountable" else staff, problems)
    _brands(merged, problems)
    for record in merged["targets"]:
        _known(record, "metric", metrics, problems)
        _works_there(record, "department", profiles, staff, problems)
    for record in merged["departments"]:
        _works_there(record, "reports_to", profiles, staff, problems)
    if settings.profile not in profiles:
        message = f"no department belongs to profile {settings.profile!r}"
        hint = near(settings.profile, map(str, profiles)) or f"declared are {', '.join(sorted(map(str, profiles)))}"
        problems.append(Problem(LABEL, setting_lines.get("profile"), "profile", message, hint))

    check_signals(merged, problems)
    _kinds(merged, problems)
    for record in merged["accounts"]:
        if record.values["account_id"] == THE_COMPANY:
            message = f"{THE_COMPANY!r} is all accounts together in the tables of people: name this one otherwise"
            problems.append(record.problem("account_id", message))
    for record in merged["metrics"]:
        _known(record, "measure", measures | _names(merged, "event_rules", "measure"), problems)
    _ratios(merged["metrics"], problems)
    _no_circle_of_bosses(merged["departments"], problems)
    _models(merged["attribution_models"], problems)
    for record in merged["fx_rates"]:
        if record.values["currency"] == settings.currency and record.values["rate"] not in (None, 1):
            problems.append(record.problem("rate", f"{settings.currency} is the company's own currency: its rate is 1"))


def _names(merged: Merged, table: str, column: str) -> set[object]:
    return {record.values[column] for record in merged[table]} - {None}


def _known(record: Record, column: str, known: Collection[object], problems: list[Problem]) -> None:
    name = record.values[column]
    if name is not None and name not in known:
        problems.append(record.problem(column, f"unknown {column} {name!r}", near(str(name), map(str, known))))


def _works_there(record: Record, column: str, profiles: set[object], staff: set[tuple[object, object]], problems: list[Problem]) -> None:
    profile, name = record.values["profile"], record.values[column]
    if profile is None or name is None or (profile, name) in staff:
        return
    if profile not in profiles:
        hint = near(str(profile), map(str, profiles)) or "declare its departments in company/departments.csv"
        problems.append(record.problem("profile", f"unknown profile {profile!r}", hint))
        return
    there = sorted(str(department) for at, department in staff if at == profile)
    hint = near(str(name), there) or f"it has {', '.join(there)}"
    problems.append(record.problem(column, f"profile {profile} has no department {name!r}", hint))


def reserved_departments(merged: Merged) -> set[object]:
    """What stands where nobody answers is a department by the name of its kind."""
    return {r.values["department_kind"] for r in merged["department_kinds"] if not r.values["is_declarable"]}


def _brands(merged: Merged, problems: list[Problem]) -> None:
    """A brand of an account must stand among the brands, or a roll-up would leave its numbers out."""
    brands = _names(merged, "brands", "brand")
    for record in merged["brands"]:
        _known(record, "parent", brands, problems)
    for record in merged["accounts"]:
        _known(record, "brand", brands, problems)
    _no_circle(merged["brands"], "brand", "parent", problems)
    _no_circle(merged["functions"], "function", "parent", problems)


def _no_circle(records: list[Record], child: str, parent: str, problems: list[Problem]) -> None:
    above = {r.values[child]: r.values[parent] for r in records}
    for record in records:
        at = record.values[parent]
        for _ in above:
            if at == record.values[child]:
                problems.append(record.problem(parent, f"{at} lies below itself in a circle"))
                break
            at = above.get(at)


def _kinds(merged: Merged, problems: list[Problem]) -> None:
    declarable = {r.values["department_kind"] for r in merged["department_kinds"] if r.values["is_declarable"]}
    reserved = reserved_departments(merged)
    for record in merged["departments"]:
        kind = record.values["kind"]
        if kind is not None and kind not in declarable:
            problems.append(record.problem("kind", f"{kind!r} is not one of {', '.join(sorted(map(str, declarable)))}"))
        if record.values["department"] in reserved:
            problems.append(record.problem("department", f"{record.values['department']!r} is what stands where nobody answers"))
    for record in merged["class_rules"]:
        _known(record, "department_kind", declarable, problems)


def _ratios(metrics: list[Record], problems: list[Problem]) -> None:
    for record in metrics:
        above, below = record.values["numerator"], record.values["denominator"]
        if (above is None) != (below is None):
            missing = "denominator" if below is None else "numerator"
            problems.append(record.problem(missing, "a ratio needs both a numerator and a denominator, or neither"))
        if (above is not None or below is not None) and record.values["aggregation"] not in (None, "ratio"):
            message = f"aggregation {record.values['aggregation']} has no numerator or denominator"
            problems.append(record.problem("aggregation", message, "make it ratio, or leave both empty"))
        if record.values["multiplier"] is not None and record.values["multiplier"] == 0:
            problems.append(record.problem("multiplier", "a multiplier of 0 makes every ratio 0"))
        lowest, highest = record.values["lowest"], record.values["highest"]
        if lowest is not None and highest is not None and lowest >= highest:  # type: ignore[operator]
            problems.append(record.problem("highest", f"{highest} is not above lowest, {lowest}: no number could pass"))
    _no_circle_of_ratios(metrics, problems)


def _no_circle_of_ratios(metrics: list[Record], problems: list[Problem]) -> None:
    parts = {r.values["metric"]: (r.values["numerator"], r.values["denominator"]) for r in metrics}
    for record in metrics:
        name, seen = record.values["metric"], set[object]()
        ahead = [part for part in parts[name] if part]
        while ahead:
            part = ahead.pop()
            if part not in seen:
                seen.add(part)
                ahead.extend(p for p in parts.get(part, ()) if p)
        if name in seen:
            problems.append(record.problem("numerator", f"{name} is computed from itself, in a circle of ratios"))


def _no_circle_of_bosses(departments: list[Record], problems: list[Problem]) -> None:
    """Following reports_to upward must end, or a roll-up would never."""
    above = {(r.values["profile"], r.values["department"]): (r.values["profile"], r.values["reports_to"]) for r in departments}
    for record in departments:
        start = at = (record.values["profile"], record.values["department"])
        for _ in above:
            at = above.get(at, (None, None))
            if at == start:
                problems.append(record.problem("reports_to", f"{start[1]} reports to itself in a circle"))
                break


def _models(models: list[Record], problems: list[Problem]) -> None:
    for record in models:
        values = record.values
        first, last, half_life, order = (values[c] for c in ("first_share", "last_share", "half_life_days", "markov_order"))
        if not record.is_sound:
            continue
        if values["family"] == "position":
            for column in ("first_share", "last_share"):
                if values[column] is None:
                    problems.append(record.problem(column, "a position model needs it", "for example 0.4"))
            if first is not None and last is not None and first + last > 1 + 1e-9:  # type: ignore[operator]
                problems.append(record.problem("last_share", f"first and last share make {first + last:.12g}, more than 1"))  # type: ignore[operator]
        if values["family"] == "time_decay" and half_life is None:
            problems.append(record.problem("half_life_days", "a time-decay model needs it", "for example 7"))
        if half_life is not None and half_life <= 0:  # type: ignore[operator]
            problems.append(record.problem("half_life_days", "a half-life must be above 0"))
        if order is not None and order > 3:  # type: ignore[operator]
            problems.append(record.problem("markov_order", f"order {order} is not computed", "1, 2 or 3"))
