"""Who answers for a function that has no row of its own: the nearest function above it that somebody answers for, day by day.

Belongs here: following the tree of functions upward, and cutting time lines where a nearer row begins or ends.
Never here: whether a row may stand as it does (ownership.py), or whose a single number is (SQL joins it by day).

A function below another inherits the accountable row of the nearest function above it that has one on the day, with reason and approval.
Contributors come from that function and from those below it. A row that names the department of nobody ends the inheritance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from expectations.problems import Problem
from expectations.reading import Record
from expectations.timeline import TOLERANCE, covers, said, since, until


@dataclass
class Answer:
    """A row of ownership as it speaks for one function over one stretch of days; the row may be that of a function above."""

    record: Record
    function: object
    share: float | None
    begins: date
    ends: date


def line_of(function: object, parents: dict[object, object]) -> list[object]:
    """The function, the one above it, and so on; a circle (refused elsewhere) ends where it closes."""
    line: list[object] = []
    while function is not None and function not in line:
        line.append(function)
        function = parents.get(function)
    return line


def answers(merged: dict[str, list[Record]], problems: list[Problem]) -> list[Answer]:
    """Every function of every profile with the rows that speak for it, in the order of the tables."""
    rows: dict[tuple[object, object], list[Record]] = defaultdict(list)
    for record in merged["ownership"]:
        if record.is_sound:
            rows[record.values["profile"], record.values["function"]].append(record)
    parents = {r.values["function"]: r.values["parent"] for r in merged["functions"]}
    found: list[Answer] = []
    for profile in dict.fromkeys(r.values["profile"] for r in merged["departments"]):
        for function in parents:
            line = [(depth, r) for depth, at in enumerate(line_of(function, parents)) for r in rows[profile, at]]
            found += _joined(_by_stretch(function, line, problems))
    return found


def _by_stretch(function: object, line: list[tuple[int, Record]], problems: list[Problem]) -> Iterator[Answer]:
    changes = sorted({day for _, record in line for day in (since(record), until(record))})
    for begins, ends in pairwise(changes):
        active = [(depth, record) for depth, record in line if covers(record, begins, ends)]
        accountable = [depth for depth, record in active if record.values["role"] == "accountable"]
        nearest = min(accountable, default=max((depth for depth, _ in active), default=0))
        speaking: dict[object, Record] = {}
        for depth, record in sorted(active, key=lambda pair: (pair[0], pair[1].values["role"] != "accountable")):
            if depth == nearest and record.values["role"] == "accountable":
                speaking[record.values["department"]] = record  # who answers for the whole does not also contribute
            elif depth <= nearest and record.values["role"] == "contributor":
                speaking.setdefault(record.values["department"], record)
        yield from _shared(function, list(speaking.values()), begins, ends, problems)


def _shared(function: object, speaking: list[Record], begins: date, ends: date, problems: list[Problem]) -> Iterator[Answer]:
    """Where some row gives a share, who gave none has none of it: 0. Rows of two functions may make more than a whole together."""
    given = [float(r.values["share"]) for r in speaking if r.values["share"] is not None]  # type: ignore[arg-type]
    own = [r for r in speaking if r.values["function"] == function]
    if given and own and len(own) < len(speaking) and abs(sum(given) - 1) > TOLERANCE:
        message = f"with the rows that {function} takes from the function above it, its shares add up to {sum(given):.12g} from {said(begins)}"
        problems.append(own[-1].problem("share", message, "give this function an accountable row of its own"))
    for record in speaking:
        share = record.values["share"]
        yield Answer(record, function, float(share) if share is not None else 0.0 if given else None, begins, ends)  # type: ignore[arg-type]


def _joined(pieces: Iterable[Answer]) -> list[Answer]:
    """Stretches that follow one another and say the same are one."""
    whole: list[Answer] = []
    for piece in pieces:
        before = next((a for a in reversed(whole) if a.record is piece.record), None)
        if before is not None and before.ends == piece.begins and before.share == piece.share:
            before.ends = piece.ends
        else:
            whole.append(piece)
    return whole
