"""Rule tables with every kind of mistake (I25).

Belongs here: wrong seeds and company tables, refused before anything is touched. Never here: exports.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from expectations.split import load
from pipelines.paths import SEEDS
from tests.faults.case import Case, kind
from tests.faults.judge import stats


@kind("I25", "catalogue error", "refused at load, nothing touched")
def _catalogue() -> Iterator[Case]:
    from expectations.statute import TABLES

    bad = {
        "choice": "neither", "aggregation": "averaged", "day": "2026-02-30", "whole": "1.5", "number": "many", "bool": "perhaps",
        "id": "No Such; Name", "profile": "No Such; Name", "zone": "Mars/Olympus", "currency": "EURO", "share": "1.5", "account": "../x",
        "pattern": "",
    }  # fmt: skip
    for table in sorted(TABLES):
        lines = (SEEDS / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        for column in TABLES[table].columns:
            cells = [bad[column.type]] if bad.get(column.type) else []
            cells += [""] if column.is_required else []
            for cell in cells if len(lines) > 1 else []:
                name = f"{table}.{column.name} = {cell!r}"
                yield Case("I25", name, trial=lambda home, t=table, c=column.name, cell=cell: _refused_seed(home, t, c, cell))  # type: ignore[misc]
    header = "metric,class,function,unit,aggregation,numerator,denominator"
    tables = {
        "a metric in two classes": ("metrics.csv", [header, "x,awareness,new_media,reads,additive,,", "x,conversion,e_commerce,reads,additive,,"]),
        "no aggregation": ("metrics.csv", [header, "x,awareness,new_media,reads,,,"]),
        "no class": ("metrics.csv", [header, "x,,new_media,reads,additive,,"]),
        "no owner's function": ("metrics.csv", [header, "x,awareness,,reads,additive,,"]),
        "a class nobody knows": ("metrics.csv", [header, "x,both,new_media,reads,additive,,"]),
        "a column nobody knows": ("metrics.csv", [header + ",team", "x,awareness,new_media,reads,additive,,,marketing"]),
        "a ratio of itself": ("metrics.csv", [header, "x,awareness,new_media,share,ratio,x,x"]),
        "two ratios in a circle": (
            "metrics.csv",
            [header, "x,awareness,new_media,share,ratio,y,orders", "y,awareness,new_media,share,ratio,x,orders"],
        ),
        "half a ratio": ("metrics.csv", [header, "x,awareness,new_media,share,ratio,orders,"]),
        "a sum with a denominator": ("metrics.csv", [header, "x,awareness,new_media,reads,additive,orders,sessions"]),
        "an injected name": ("metrics.csv", [header, '"x""; drop table t; --",awareness,new_media,reads,additive,,']),
        "a table nobody reads": ("metric.csv", [header, "x,awareness,new_media,reads,additive,,"]),
        "a duplicated column": ("metrics.csv", [header + ",unit", "x,awareness,new_media,reads,additive,,,reads"]),
        "too few cells": ("metrics.csv", [header, "x,awareness"]),
        "nothing but a quote": ("metrics.csv", ['"']),
        "two owners of one function": (
            "ownership.csv",
            ["profile,function,department,role", "default,new_media,marketing,accountable", "default,new_media,operations,accountable"],
        ),
        "a department nobody knows": ("ownership.csv", ["profile,function,department,role", "default,new_media,nobody,accountable"]),
        "a zone nobody knows": ("company.toml", ['time_zone = "Mars/Olympus"']),
        "a setting nobody knows": ("company.toml", ['colour = "blue"']),
        "broken settings": ("company.toml", ["name = "]),
    }
    for name, (file, lines) in tables.items():
        yield Case("I25", name, trial=lambda home, file=file, lines=lines: _refused_table(home, file, lines))  # type: ignore[misc]


def _refused_seed(home: Path, table: str, column: str, cell: str) -> list[str]:
    import csv

    seeds = home / "seeds"
    shutil.copytree(SEEDS, seeds)
    with (seeds / f"{table}.csv").open(encoding="utf-8", newline="") as source:
        records = list(csv.DictReader(source))
    chosen = random.Random(f"{table} {column} {cell}").choice(records)
    chosen[column] = cell
    with (seeds / f"{table}.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(chosen), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return _refused(seeds, home / "company", f"{table}.csv")


def _refused_table(home: Path, file: str, lines: list[str]) -> list[str]:
    (home / "company").mkdir(parents=True)
    (home / "company" / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _refused(SEEDS, home / "company", file)


def _refused(seeds: Path, company: Path, file: str) -> list[str]:
    from expectations.problems import Refused

    before = stats(company) if company.is_dir() else {}
    try:
        load(seeds, company)
    except Refused as refused:
        named = [problem for problem in refused.problems if file in problem.file and problem.message]
        touched = company.is_dir() and stats(company) != before
        return [] if named and not touched else [f"refused without naming {file}, or touched: {refused}"]
    except Exception as error:
        return [f"{type(error).__name__} instead of a refusal: {error}"]
    return ["accepted"]
