"""What a guard is: one sentence that must be true at a border, the evidence that decides it, and rows that prove it bites.

Belongs here: the shape of a guard, of its expectations and of its verdict, as plain data.
Never here: Great Expectations (verdict.py alone knows it), a rule of the company, SQL that is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

EVIDENCE = Path(__file__).with_name("evidence")
EVERYTHING = "(all)"
CENSUS = ("subject", "checked", "offences", "detail")
NAMED = 20  # offenders that a census names; the count of all of them is in its first row

CENSUS_OF = f"""
with judged as materialized (
    select subject, checked, coalesce(offences, 1) as offences, detail from (
JUDGED
    )
)
(
    select
        '{EVERYTHING}' as subject, cast(coalesce(sum(checked), 0) as bigint) as checked,
        cast(coalesce(sum(offences), 0) as bigint) as offences, cast(null as varchar) as detail
    from judged
)
union all
(
    select cast(subject as varchar), cast(checked as bigint), cast(offences as bigint), cast(detail as varchar)
    from judged where offences != 0 order by offences desc, subject limit {NAMED}
)
"""  # noqa: S608  two constants of this module

NO_NUMBERS = "select count(*) = 0 from kpi_daily"  # asked of the table before: a later one that lost its rows is no excuse

Row = tuple[Any, ...]


class Split(Protocol):
    """What a guard asks of the statute book; expectations/split.py has it."""

    @property
    def tables(self) -> Mapping[str, Sequence[Mapping[str, Any]]]: ...
    @property
    def settings(self) -> Any: ...
    def lawful_pairs(self) -> set[tuple[str, str]]: ...
    def metric_ids(self) -> Iterable[str]: ...


class Expectation:
    """A claim about evidence rows. Every claim about a value also claims that there is one: a null would slip through."""


@dataclass(frozen=True)
class NotNull(Expectation):
    column: str


@dataclass(frozen=True)
class Unique(Expectation):
    columns: tuple[str, ...]


@dataclass(frozen=True)
class InSet(Expectation):
    column: str
    values: frozenset[Any]


@dataclass(frozen=True)
class PairsIn(Expectation):
    first: str
    second: str
    pairs: frozenset[tuple[Any, Any]]


@dataclass(frozen=True)
class Between(Expectation):
    column: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Zero(Expectation):
    column: str


@dataclass(frozen=True)
class RowCountAtLeast(Expectation):
    rows: int


def none_offends(split: Split) -> list[Expectation]:
    """A census without offences; nothing to look at is lawful."""
    return [Zero("offences"), Between("checked", 0)]


def some_seen_none_offends(split: Split) -> list[Expectation]:
    """A census without offences that did look at something."""
    return [Zero("offences"), Between("checked", 1)]


CLEAN = [(EVERYTHING, 3, 0, None)]
NOTHING = [(EVERYTHING, 0, 0, None)]
UNCOUNTED = [(EVERYTHING, 3, None, None)]


def one(subject: str, detail: str) -> list[tuple[str, int, int, str | None]]:
    return [(EVERYTHING, 3, 1, None), (subject, 1, 1, detail)]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """name is also the name of its evidence file and of its Dagster check; reads are landing feeds or marts."""

    name: str
    gate: str
    says: str
    reads: tuple[str, ...]
    poison: Mapping[str, Sequence[Row]]
    wrong: str
    then: str
    # most guards are a census: what was checked, and what offends
    expects: Callable[[Split], list[Expectation]] = none_offends
    columns: tuple[str, ...] = CENSUS
    clean: Sequence[Row] = tuple(CLEAN)
    invariant: str = ""
    blocking: bool = True
    weight: str | None = None  # the evidence column that counts the rows behind an evidence row
    empty_when: str | None = None  # SQL for one bool: is no evidence at all lawful? Without it, it never is
    sql: str | None = None  # only where a guard has no evidence file of its own (tests)

    @property
    def is_census(self) -> bool:
        return self.columns == CENSUS

    @property
    def evidence(self) -> str:
        """The SQL that reduces tables to the few rows that decide. A census gets its first row, which counts everything, here."""
        text = self.sql if self.sql is not None else (EVIDENCE / f"{self.name}.sql").read_text(encoding="utf-8")
        return census(text) if self.is_census else text


def census(judged: str) -> str:
    """One row that counts all, then the offenders by name. A null count is an offence: it must not vanish in a sum."""
    return CENSUS_OF.replace("JUDGED", judged)


@dataclass(frozen=True)
class Verdict:
    """One row of data_quality, and the sentence for the person who is woken by it."""

    check_name: str
    layer: str
    verdict: str
    rows_seen: int
    offenders: int
    blocking: bool
    sample_offenders: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""

    @property
    def holds_the_night(self) -> bool:
        return self.blocking and self.verdict != "passed"
