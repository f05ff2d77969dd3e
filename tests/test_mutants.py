"""The split as law, tried by breaking it: every mutant that a rule can make must turn at least one gate red, and the score is printed.

A gate is a refusal at load, the documents' own table of owners, the second copy of the law, a guard of the publish gate, or a test of the
dbt build. `make mutants` tries all mutants, the suite a part of every sort. Belongs here: the gates, the score, what may survive and why.
Never here: making mutants (mutants.py).
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import guards as registry
from expectations.problems import Refused
from expectations.split import Split, load
from expectations.verdict import judge
from tests import mutants
from tests.conftest import REPOSITORY, SCORE
from tests.mutants import Mutant
from tests.sources import SEEDS, seed
from tests.test_statute import AFTER, BEFORE, LEDGER, expected_owners
from tests.worlds import World

ALL = bool(os.environ.get("KPI_MUTANTS"))
COPY = Path(__file__).with_name("law.csv")
NOBODY = REPOSITORY / "no_such_company"

# What no gate can see, because nothing changes: the reason is written beside each, by sort and a pattern of the name.
EQUIVALENT: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Tally:
    """Which gate saw which sort of mutant, and which mutants nobody saw."""

    seen: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    survivors: list[str] = field(default_factory=list)
    equal: int = 0

    def add(self, mutant: Mutant, gate: str | None) -> None:
        if gate is not None:
            self.seen[mutant.sort][gate] += 1
        elif any(sort == mutant.sort and re.search(name, mutant.name) for sort, name, _ in EQUIVALENT):
            self.equal += 1
        else:
            self.survivors.append(f"{mutant.sort}: {mutant.name}")

    def said(self, of: str) -> str:
        gates: Counter[str] = sum(self.seen.values(), Counter())
        killed = gates.total()
        by = ", ".join(f"{gate} {count}" for gate, count in gates.most_common())
        made = killed + self.equal + len(self.survivors)
        left = f"{self.equal} equivalent, {len(self.survivors)} survived"
        return f"mutants of {of}: {made} made in {len(self.seen)} sorts, {killed} turned a gate red ({by}), {left}"


def part_of(made: Iterable[Mutant], each: int) -> list[Mutant]:
    """All of them where all are asked for; else about so many of every sort, spread over its whole length."""
    sorts: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in made:
        sorts[mutant.sort].append(mutant)
    return [one for found in sorts.values() for one in (found if ALL else found[:: max(1, len(found) // each)][:each])]


def settle(tally: Tally, of: str, record: Callable[[str, object], None]) -> None:
    record(SCORE, tally.said(of))
    assert sum(map(Counter.total, tally.seen.values())) > 0
    assert tally.survivors == []


# --- the statute ---------------------------------------------------------------------------------------------------------------------

# What of each table is law: a row in another order, a name in another language or a description is none.
LAW = {
    "ownership": ("profile", "function", "department", "role", "share", "valid_from", "valid_to"),
    "class_rules": ("class", "department_kind"),
    "metrics": (
        "metric", "class", "function", "unit", "grain", "aggregation", "direction", "null_policy", "feed", "measure",
        "numerator", "denominator", "multiplier",
    ),
    "departments": ("profile", "department", "kind", "reports_to", "valid_from", "valid_to"),
    "functions": ("function", "parent"),
    "channels": ("source", "medium", "campaign", "channel", "function", "is_direct"),
    "event_rules": ("event", "measure", "conversion_type"),
    "attribution_models": (
        "model", "family", "look_back_days", "half_life_days", "first_share", "last_share", "markov_order", "journey_resets",
        "collapse_repeats",
    ),
    "missing_reasons": ("reason",),
}  # fmt: skip


def law_of(split: Split) -> list[tuple[str, ...]]:
    """The merged statute as sorted rows of text; channels in their order, because the first that fits decides."""
    rows = []
    for table, columns in LAW.items():
        spoken = [tuple("" if row[column] is None else str(row[column]) for column in columns) for row in split.tables[table]]
        numbered = [(f"{at:03}", *row) for at, row in enumerate(spoken, 1)] if table == "channels" else sorted(spoken)
        rows += [(table, *row) for row in numbered]
    return rows


def copy_of_the_law() -> list[tuple[str, ...]]:
    with COPY.open(encoding="utf-8", newline="") as lines:
        return [tuple(row) for row in csv.reader(lines) if row]


def text_of(rows: Sequence[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def owners_of(split: Split) -> dict[tuple[str, str, str], str]:
    """(metric, profile, day) -> accountable department, asked of the merged statute."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in split.tables["owners"]:
        if row["role"] == "accountable":
            found[str(row["profile"]), str(row["function"])].append(row)
    return {
        (str(metric["metric"]), profile, day): next(
            (
                str(row["department"])
                for row in found[profile, str(metric["function"])]
                if (row["valid_from"] or date.min) <= date.fromisoformat(day) < (row["valid_to"] or date.max)
            ),
            "unassigned",
        )
        for metric in split.tables["metrics"]
        if metric["code"] != LEDGER
        for profile in split.profiles()
        for day in (BEFORE, AFTER)
    }


def test_the_law_is_the_one_that_was_agreed() -> None:
    """A second copy, kept apart: to change the law takes two edits, and a reviewer sees this one. `python -m tests.test_mutants` writes it."""
    assert law_of(load(SEEDS, NOBODY)) == copy_of_the_law()


def test_every_mutant_of_the_statute_is_refused_or_seen(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    tally, agreed, documents = Tally(), copy_of_the_law(), expected_owners()
    held = tmp_path / "seeds"
    shutil.copytree(SEEDS, held)

    def gate(mutant: Mutant) -> str | None:
        table, rows = mutant.change
        path = held / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        try:
            split = load(held, NOBODY)
        except Refused:
            return "refused at load"
        finally:
            shutil.copyfile(SEEDS / f"{table}.csv", path)
        if owners_of(split) != documents:
            return "the documents' owners"
        return "the second copy of the law" if law_of(split) != agreed else None

    for mutant in part_of(mutants.statute({path.stem: seed(path.stem) for path in SEEDS.glob("*.csv")}), 5):
        tally.add(mutant, gate(mutant))
    settle(tally, "the statute", record_property)


# --- the numbers ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Every metric of the catalogue on two days, and journeys of one to four touches that end in orders of two months."""
    world = World(tmp_path_factory.mktemp("mutants") / "home", as_of=date(2026, 1, 20))
    world.account("everything")
    world.account("shop", platform="shop", surface="product")
    lines = ["metric,day,value,currency"]
    for row in seed("metrics"):
        if row["code"] != LEDGER:
            value = row["highest"] or {"ratio": "0.25", "duration": "45"}.get(row["aggregation"], "8")
            lines += [f"{row['metric']},{day},{value},{'CNY' if row['unit'] == 'money' else ''}" for day in (BEFORE, AFTER)]
    world.drop("everything", "counts_all.csv", lines, "2026-01-10")
    touches, orders = ["person,at,source,medium,campaign"], ["order,person,at,value,currency,status"]
    sources = [("wechat", "social", "spring"), ("google", "cpc", "brand"), ("(direct)", "", ""), ("newsletter", "email", "spring")]
    for n in range(12):
        for k in range(1 + n % 4):
            touches.append(f"p{n},2025-12-{8 + 3 * k + n % 3:02}T09:00:00+08:00,{','.join(sources[(n + k * k) % 4])}")
        if n % 3 != 2:
            orders.append(f"o{n},p{n},{'2025-12-28' if n % 2 else '2026-01-02'}T10:00:00+08:00,{10 + n}.35,CNY,{'refunded' if n == 6 else 'paid'}")
    world.drop("shop", "touches_shop.csv", touches, "2026-01-10")
    world.drop("shop", "orders_shop.csv", orders, "2026-01-10")
    world.night()
    return world


class Gates:
    """The publish gate and the build's own tests over a copy of what a night computed; a mutant is undone when it was judged."""

    def __init__(self, world: World, folder: Path) -> None:
        self.split = load(SEEDS, world.paths.company)
        copies = {name: folder / f"{name}.duckdb" for name in ("warehouse", "published")}
        shutil.copyfile(world.paths.warehouse, copies["warehouse"])
        shutil.copyfile(world.paths.database, copies["published"])
        self.con = duckdb.connect()
        for name, path in copies.items():
            self.con.execute(f"attach '{path}' as {name}")
        self.con.execute("use published")
        compiled = world.paths.dbt_target / "compiled"
        nodes = json.loads((world.paths.dbt_target / "manifest.json").read_text())["nodes"].values()
        self.tests: dict[str, tuple[str, str]] = {}
        for node in nodes:
            if node["resource_type"] == "test":
                sql = next(compiled.rglob(Path(node["path"]).name)).read_text()
                self.tests[node["name"]] = (sql, node["attached_node"].split(".")[-1] if node.get("attached_node") else "")
        self.last: list[str] = []

    def first_red(self, sql: str) -> str | None:
        """The name of a gate that this change turns red. What saw the mutant before is asked first."""
        table = re.search(r"published\.main\.(\w+)", sql)
        touched = table[1] if table else ""
        self.con.execute("begin")
        try:
            self.con.execute(sql)
            found = sorted(registry.guards("publish"), key=lambda g: (self.last[-3:].count(g.name) == 0, touched not in g.reads))
            for guard in found if touched != "credit" else []:
                if guard.blocking and touched in guard.reads and judge(guard, self.con, self.split).verdict != "passed":
                    self.last.append(guard.name)
                    return "a publish guard"
            for text, tested in self.tests.values():
                if (tested == touched or f'"{touched}"' in text) and self.con.execute(f"select 1 from ({text}) limit 1").fetchall():
                    return "a test of the build"
            for guard in found if touched == "credit" else []:
                if guard.blocking and judge(guard, self.con, self.split).verdict != "passed":
                    return "a publish guard"
        finally:
            self.con.execute("rollback")
        return None


@pytest.fixture(scope="module")
def gates(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    made = Gates(world, tmp_path_factory.mktemp("copies"))
    yield made
    made.con.close()


def in_the_numbers(gates: Gates) -> Iterator[Mutant]:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        return gates.con.execute(sql).fetchall()

    fed = [metric for (metric,) in ask("select distinct metric from kpi_daily order by 1")]
    shown = gates.split.tables["metrics"]
    booked = [rule for (rule,) in ask("select distinct ownership_rule from owned_kpi_daily where ownership_rule is not null order by 1")]
    yield from mutants.bookings(gates.split.tables, booked)
    yield from mutants.labels(shown, fed)
    scored = ask("select distinct metric from scorecard where period_kind = 'quarter' and metric in (select metric from kpi_daily)")
    yield from mutants.sums(shown, [metric for (metric,) in scored])
    yield from mutants.credits(
        ask(
            "select model, conversion_type, dimension, month, arg_max(member, conversions), arg_min(member, conversions) from credit "
            "where value > 0 or conversions = 0 group by all having max(value) > 0 and count(*) > 1 order by all"
        )
    )


def test_an_unchanged_copy_turns_no_gate_red(gates: Gates) -> None:
    for table in ("owned_kpi_daily", "scorecard", "scorecard_trees", "metric_catalogue", "kpi_daily", "credit"):
        assert gates.first_red(f"delete from published.main.{table} where false") is None


def test_every_mutant_of_the_numbers_turns_a_gate_red(gates: Gates, record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for mutant in part_of(in_the_numbers(gates), 6):
        tally.add(mutant, gates.first_red(mutant.change))
    settle(tally, "the numbers", record_property)


if __name__ == "__main__":  # the second edit of a change of the law
    COPY.write_text(text_of(law_of(load(SEEDS, NOBODY))), encoding="utf-8")
