"""What moves between two organisations over the same published numbers, and whether every total stands still.

Belongs here: laying two sets of ownership rows side by side in a database of its own in memory, and asking what differs.
Never here: who owns what (the models' own SQL says so, over either set), words, writing anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from expectations.split import Split
from expectations.split_guards import SPLIT, lawful_grounds
from pipelines.models import Models, published_rules
from pipelines.questions import Row, ask, text

if TYPE_CHECKING:
    import duckdb

SIDES = ("before", "after")


@dataclass(frozen=True)
class Asked:
    """Two organisations. Without a draft both are published; `on` puts every number under the organisation of one day."""

    before: str
    after: str
    draft: Split | None = None
    first: date | None = None
    last: date | None = None
    on: date | None = None


@contextmanager
def side_by_side(database: Path, asked: Asked) -> Iterator[Comparison]:
    """Both organisations over the published file, which is attached and cannot be written."""
    import duckdb

    with duckdb.connect() as con:
        quoted = str(database).replace("'", "''")
        con.execute(f"attach '{quoted}' as published (read_only)")
        yield Comparison(con, asked)


class Comparison:
    def __init__(self, con: duckdb.DuckDBPyConnection, asked: Asked) -> None:
        self._con, self.asked = con, asked
        self.profiles = {"before": asked.before, "after": asked.after}
        self.span = ask(con, "reorg_span")[0]
        published = published_rules(con, "published")
        self._rules: dict[str, Mapping[str, str]] = {"before": published, "after": published}
        con.execute("create table in_force as " + text("owners_in_force"))
        self._owners = {"before": "in_force", "after": "in_force"}
        if asked.draft:
            self._rules["after"] = self._lay_out(asked.draft)
            con.execute("create schema drafted")
            self._owners["after"] = Models(con, "drafted", {}, self._rules["after"]).relation("int_function_owner")
        for side in SIDES:
            self._keep(f"{side}_functions", f"select * from {self._owners[side]} where profile = $profile", side)  # noqa: S608 (a model's name)
        # a draft that begins one day is asked about that day; a table that is in force has no such day
        self.changes: list[date] = [row["day"] for row in ask(con, "reorg_changes")] if asked.draft and asked.before == asked.after else []
        self.first, self.last, self.on = self._window()
        self._book()

    def _lay_out(self, draft: Split) -> dict[str, str]:
        """The draft's tables, through the same Parquet that a night hands to dbt: the same types, or the same text would say something else."""
        from expectations.rules_parquet import write_parquet

        self._con.execute("create schema draft")
        with TemporaryDirectory(prefix="kpi-draft-") as folder:
            written = write_parquet(draft, Path(folder))
            for table, path in written.items():
                self._con.execute(f"create table draft.{table} as select * from read_parquet(?)", [str(path)])  # noqa: S608 (a table of the statute)
        return {table: f"draft.{table}" for table in written}

    def _keep(self, name: str, select: str, side: str) -> None:
        self._con.execute(f"create table {name} as {select}", {"profile": self.profiles[side]})

    def _window(self) -> tuple[date, date, date | None]:
        """The days asked about; else the last complete month, moved to where the draft has begun, or put under the draft's first day."""
        asked, span = self.asked, self.span
        first, last, on = asked.first or span["month_first"], asked.last or span["month_last"], asked.on
        if self.changes and not (asked.first or asked.last or on):
            if self.changes[0] > span["last_day"]:
                on = self.changes[0]
            elif self.changes[0] > last:
                first, last = self.changes[0], span["last_day"]
        return first, last, on

    def _book(self) -> None:
        """The numbers of the window, booked twice by the model that books them every night."""
        con, window = self._con, {"first": self.first, "last": self.last, "day": self.on}
        con.execute(
            "create table numbers as select * replace (coalesce($day, day) as day) from published.kpi_daily where day between $first and $last",
            window,
        )
        con.execute("create table days as select distinct day from numbers")
        for side in SIDES:
            if self.asked.draft is None and self.on is None:
                self._con.execute(
                    f"create table {side}_owned as select * from published.owned_kpi_daily where profile = $profile and day between $first and $last",  # noqa: S608 (one of SIDES)
                    {"profile": self.profiles[side], "first": self.first, "last": self.last},
                )
                continue
            con.execute(f"create schema {side}_numbers")
            given = {"kpi_daily": "numbers", "int_kpi": "numbers", "int_function_owner": self._owners[side]}
            models = Models(con, f"{side}_numbers", given, self._rules[side])
            self._keep(f"{side}_owned", f"select * from {models.relation('owned_kpi_daily')} where profile = $profile", side)  # noqa: S608 (a model's name)
        con.execute("create table moves as " + text("reorg_moves"))

    def answer(self) -> dict[str, Any]:
        """Everything that is said of it, as plain rows."""
        return {
            "from_profile": self.asked.before,
            "to_profile": self.asked.after,
            "is_draft": self.asked.draft is not None,
            "first_day": self.first,
            "last_day": self.last,
            "organisation_of": self.on,
            "changes_on": self.changes,
            "halves": self._halves(),
            "functions": ask(self._con, "reorg_functions"),
            "departments": ask(self._con, "reorg_departments"),
            "moves": ask(self._con, "reorg_moves"),
            "totals": ask(self._con, "reorg_totals"),
            "unlawful": self._unlawful(),
        }

    def _halves(self) -> list[Row]:
        """For a draft of one profile: nothing before its first day may change hands, in all the history there is."""
        if not self.changes:
            return []
        for side in SIDES:
            self._con.execute(f"create schema {side}_history")
            given = {"int_kpi": "published.kpi_daily", "int_function_owner": self._owners[side]}
            models = Models(self._con, f"{side}_history", given, self._rules[side])
            self._keep(f"history_{side}", f"select * from {models.relation('int_owner_by_day')} where profile = $profile", side)  # noqa: S608 (a model's name)
        return ask(self._con, "reorg_halves", {"change": self.changes[0]})

    def _unlawful(self) -> list[Row]:
        """What tonight's gate would say of the draft: the guard's own evidence over the draft's bookings, held against its own expectation."""
        if self.asked.draft is None:
            return []
        law = next(guard for guard in SPLIT if guard.expects is lawful_grounds)
        self._con.execute("create view owned_kpi_daily as select * from after_owned")
        self._con.execute("create view rule_ownership as select * from draft.ownership")
        lawful = {pair for claim in law.expects(self.asked.draft) for pair in getattr(claim, "pairs", ())}
        cursor = self._con.execute(law.evidence)
        names = [column[0] for column in cursor.description or []]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [row for row in found if (row["metric"], row["ground"]) not in lawful]
