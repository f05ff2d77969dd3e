"""Who answers, and when: the time line of every function in every profile, and of every department.

Belongs here: overlaps, gaps, two owners at once, shares that do not add up, owners who are not there yet.
Never here: whether an owner is lawful for the class of a metric. That holds a night (a guard), it does not refuse a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from expectations.problems import Problem
from expectations.reading import Record
from expectations.timeline import TOLERANCE, said, since, until


def _groups(records: Iterable[Record], *columns: str) -> Iterator[tuple[tuple[str, ...], list[Record]]]:
    """Groups in order of time. A group with an unreadable row is left out: half a time line proves nothing."""
    found: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in records:
        found[tuple(str(record.values[c]) for c in columns)].append(record)
    for key, rows in found.items():
        if all(row.is_sound for row in rows):
            yield key, sorted(rows, key=lambda r: (since(r), r.line))


def _place(record: Record) -> str:
    return f"{record.file} line {record.line}"


def check_departments(departments: list[Record], problems: list[Problem]) -> None:
    for (profile, department), rows in _groups(departments, "profile", "department"):
        for earlier, later in pairwise(rows):
            if since(later) < until(earlier):
                message = f"{department} of profile {profile} is already described for these days on {_place(earlier)}"
                problems.append(later.problem("valid_from", message, "end the earlier row with valid_to"))


def check_ownership(merged: dict[str, list[Record]], problems: list[Problem]) -> None:
    owners = merged["ownership"]
    for (profile, function), rows in _groups(owners, "profile", "function"):
        accountable = [row for row in rows if row.values["role"] == "accountable"]
        _one_at_a_time(profile, function, accountable, problems)
        _nobody_twice(profile, function, rows, problems)
        if _shares_add_up(profile, function, rows, problems):
            _settle_blanks(profile, function, rows, problems)
    _shares_mean_something(owners, merged["metrics"], problems)
    _owners_exist_on_their_days(owners, merged["departments"], problems)


def _one_at_a_time(profile: str, function: str, rows: list[Record], problems: list[Problem]) -> None:
    """Exactly one accountable department a day, from the first day anybody is to the last."""
    for earlier, later in pairwise(rows):
        if since(later) < until(earlier):
            message = (
                f"two accountable owners of {function} in profile {profile} from {said(since(later))}: "
                f"{later.values['department']} here, {earlier.values['department']} on {_place(earlier)}"
            )
            problems.append(later.problem("valid_from", message, "end the earlier row on the day this one begins"))
        elif since(later) > until(earlier):
            message = f"nobody answers for {function} in profile {profile} from {until(earlier)} to {since(later)}"
            hint = f"the row before it is {_place(earlier)}; if nobody is meant to, write a row for those days that says so"
            problems.append(later.problem("valid_from", message, hint))


def _nobody_twice(profile: str, function: str, rows: list[Record], problems: list[Problem]) -> None:
    for at, later in enumerate(rows):
        for earlier in rows[:at]:
            both_accountable = earlier.values["role"] == later.values["role"] == "accountable"
            same = earlier.values["department"] == later.values["department"]
            if same and not both_accountable and since(later) < until(earlier) and since(earlier) < until(later):
                message = f"{later.values['department']} stands twice for {function} in profile {profile} on the same days"
                problems.append(later.problem("department", message, f"the other row is {_place(earlier)}"))


def _shares_add_up(profile: str, function: str, rows: list[Record], problems: list[Problem]) -> bool:
    """Between two changes of the time line the shares are constant; where any is given, all given ones make 1."""
    changes = sorted({since(r) for r in rows} | {until(r) for r in rows})
    for begins, ends in pairwise(changes):
        active = [r for r in rows if since(r) <= begins and ends <= until(r)]
        given = [float(r.values["share"]) for r in active if r.values["share"] is not None]  # type: ignore[arg-type]
        if given and abs(sum(given) - 1) > TOLERANCE:
            message = f"the shares of {function} in profile {profile} add up to {sum(given):.12g} from {said(begins)}, not to 1"
            blamed = next(r for r in reversed(active) if r.values["share"] is not None)
            problems.append(blamed.problem("share", message, "the accountable share and the contributors' shares make 1"))
            return False
    return True


def _settle_blanks(profile: str, function: str, rows: list[Record], problems: list[Problem]) -> None:
    """Where others share a number and make 1, who gave no share has none of it: 0, so that every share of a number is known."""
    changes = sorted({since(r) for r in rows} | {until(r) for r in rows})
    shared = [
        (begins, ends)
        for begins, ends in pairwise(changes)
        if any(r.values["share"] is not None and since(r) <= begins and ends <= until(r) for r in rows)
    ]
    for record in [r for r in rows if r.values["share"] is None]:
        days = [(b, e) for b, e in pairwise(changes) if since(record) <= b and e <= until(record)]
        touched = [span for span in days if span in shared]
        if touched and touched != days:
            message = f"{function} in profile {profile} is shared out only from {said(touched[0][0])}, within this row's days"
            problems.append(record.problem("share", message, "end this row on that day and begin a second one with its share"))
        elif touched:
            record.values["share"] = 0.0


def _shares_mean_something(owners: list[Record], metrics: list[Record], problems: list[Problem]) -> None:
    """A share of people, of a stock or of a ratio is no number. A function with something to share may carry shares."""
    aggregations: dict[object, set[object]] = defaultdict(set)
    for metric in metrics:
        aggregations[metric.values["function"]].add(metric.values["aggregation"])
    for record in owners:
        found = aggregations[record.values["function"]]
        if record.values["share"] is not None and found and "additive" not in found:
            message = f"no metric of {record.values['function']} can be shared out ({', '.join(sorted(map(str, found)))})"
            problems.append(record.problem("share", message, "leave the share empty: every row is shown, nothing is divided"))


def _owners_exist_on_their_days(owners: list[Record], departments: list[Record], problems: list[Problem]) -> None:
    days = dict(_groups(departments, "profile", "department"))
    for record in owners:
        rows = days.get((str(record.values["profile"]), str(record.values["department"])))
        if not rows or not record.is_sound:
            continue
        covered = since(record)
        for row in rows:
            if since(row) <= covered < until(row):
                covered = until(row)
        if covered < until(record):
            message = f"{record.values['department']} of profile {record.values['profile']} does not exist from {said(covered)}"
            problems.append(record.problem("department", message, f"its days stand on {_place(rows[0])}"))
