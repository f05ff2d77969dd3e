"""`kpi reorg FROM TO`: what each department gains and loses between two organisations, and that no total of the company moves.

Belongs here: which organisations are meant, and saying what moves as text, JSON and a page. Never here: comparing (reorganisation.py).
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from expectations.problems import near
from expectations.split import Split
from pipelines.cli import FAILED, PUBLISHED, Usage
from pipelines.draft import load_draft
from pipelines.durable import read_json, write_text
from pipelines.paths import Paths
from pipelines.questions import Row
from pipelines.reorganisation import Asked, side_by_side
from pipelines.rules import load_rules


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    files = {table: Path(path) for table, path in (("ownership", asked.draft), ("departments", asked.draft_departments)) if path}
    for path in files.values():
        if not path.is_file():
            raise Usage(f"there is no file {path}")
    draft = load_draft(paths.company, files) if files else None
    split = draft or load_rules(paths)
    before, after = _profiles(asked, paths, split, draft)
    question = Asked(before, after, draft, _day(asked.first), _day(asked.last), _day(asked.on))
    with side_by_side(paths.database, question) as comparison:
        if question.first and question.last and question.first > question.last:
            raise Usage(f"--from {question.first} lies after --to {question.last}")
        found = comparison.answer()
    found |= {"version": read_json(paths.manifest).get("version"), "draft": ", ".join(path.name for path in files.values()) or None}
    page = Path(asked.out) if asked.out else None if asked.json else paths.reports / f"reorg-{_slug(before)}-to-{_slug(after)}.html"
    if page:
        from assets.page.reorg import render_reorg

        write_text(page.absolute(), render_reorg(found, split.settings, split.tables))
        page.absolute().chmod(0o644)
    found["page"] = str(page) if page else None
    kept = all(row["is_kept"] for row in found["totals"])
    if asked.json:
        print(json.dumps({**found, "no_total_moves": kept}, ensure_ascii=False, default=str))
    else:
        _tell(found, kept)
    return PUBLISHED if kept else FAILED


def _profiles(asked: argparse.Namespace, paths: Paths, split: Split, draft: Split | None) -> tuple[str, str]:
    """The two profiles as the tables spell them. A draft may be asked about one profile alone: as it is, and as it would be."""
    import duckdb

    with duckdb.connect(str(paths.database), read_only=True) as con:
        if not con.execute("select 1 from duckdb_tables() where table_name = 'function_owners'").fetchall():
            raise Usage(f"the published version is of an earlier release; `{paths.kpi} run` publishes one that can be compared")
        published = {str(name).lower(): str(name) for (name,) in con.execute("select distinct profile from departments").fetchall()}
    drafted = {name.lower(): name for name in split.profiles()} if draft else published
    own = split.settings.profile
    before = asked.from_profile or (own if draft else None)
    after = asked.to_profile or (before if draft else None)
    if not before or not after:
        raise Usage(f"type two profiles, `{paths.kpi} reorg FROM TO`; there are {', '.join(sorted(published.values()))}")
    for name, known in ((before, published), (after, drafted)):
        if name.lower() not in known:
            hint = near(name, known.values()) or f"there are {', '.join(sorted(known.values()))}"
            raise Usage(f"'{name}' is not a profile{' of the draft' if known is drafted and draft else ' that is published'}; {hint}")
    return published[before.lower()], drafted[after.lower()]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Usage(f"'{text}' is not a day; type it as YYYY-MM-DD") from None


def _slug(profile: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", profile)


def _tell(found: dict[str, Any], kept: bool) -> None:
    draft = f", draft {found['draft']}" if found["draft"] else ""
    days = f"numbers of {found['first_day']} to {found['last_day']}, version {found['version']}"
    print(f"from {found['from_profile']} to {found['to_profile']}{draft}: {days}")
    if found["organisation_of"]:
        print(f"  every number stands under the organisation of {found['organisation_of']}: what would have moved, had it held then")
    _tell_halves(found)
    owners = sum(row["from_department"] != row["to_department"] for row in found["functions"])
    print(f"{owners} functions change hands{':' if found['functions'] else ' on these days'}")
    for row in found["functions"]:
        row_says = f"by {row['to_rule']}" if row["to_rule"] else "no row names an owner"
        why = "".join(f"; {word} {row[key]}" for word, key in (("reason:", "reason"), ("approved by", "approved_by")) if row[key])
        owner = f"{row['from_department']} -> {row['to_department']}" if row["from_department"] != row["to_department"] else row["to_department"]
        helpers = f", helped by {row['to_helpers'].replace('|', ', ') or 'nobody'}" if row["from_helpers"] != row["to_helpers"] else ""
        print(f"  {row['function']}: {owner}{helpers} ({row_says}{why})")
    for department, rows in groupby(found["departments"], key=lambda row: row["department"]):
        print(f"{department}:")
        for row in rows:
            print(f"  {_spoken(row)}")
    _tell_totals(found["totals"], kept)
    for row in found["unlawful"]:
        print(f"  the law does not allow {row['department']} to answer for {row['metric']} ({row['class']}): a night would be held, "
              "unless its row carries a reason and approved_by")  # fmt: skip
    if found["page"]:
        print(f"  page      {found['page']}")


def _tell_halves(found: dict[str, Any]) -> None:
    if found["draft"] and found["from_profile"] == found["to_profile"] and not found["changes_on"]:
        print("  the draft changes nothing in this profile")
    for row in found["halves"]:
        day = found["changes_on"][0]
        when = f"before {day}" if row["is_before"] else "of all days" if day == date.min else f"from {day}"
        print(f"  {when}: {row['moved']} of {row['numbers']} published numbers change hands")
    if len(found["changes_on"]) > 1:
        later = ", ".join(str(day) for day in found["changes_on"][1:])
        print(f"  it changes again on {later}: `--on DAY` puts the numbers under the organisation of that day")


def _spoken(row: Row) -> str:
    if row["before"] is None:
        moved = " and ".join(f"{verb} {row[key]}" for verb, key in (("gains", "numbers_gained"), ("loses", "numbers_lost")) if row[key])
        return f"{row['metric']} ({row['class']}): {moved} numbers that do not add up ({row['aggregation']}); shown to each, summed for none"
    moved = " and ".join(f"{verb} {row[key].normalize():f}" for verb, key in (("gains", "gained"), ("loses", "lost")) if row[f"numbers_{key}"])
    return (
        f"{row['metric']} ({row['class']}): {moved} {row['currency'] or row['unit']}, {row['before'].normalize():f} -> {row['after'].normalize():f}"
    )


def _tell_totals(totals: list[Row], kept: bool) -> None:
    if kept:
        added, counted = (sum(row["aggregation"] == "additive" for row in totals), len(totals))
        print(f"no total of the company moves: {added} sums and the numbers of all {counted} metrics are the same before and after")
        return
    print("A TOTAL OF THE COMPANY MOVES. That is a fault of the models, not of a table: report it")
    for row in totals:
        if not row["is_kept"]:
            print(f"  {row['metric']}: the company {row['company']} ({row['numbers']} numbers), before {row['before']} ({row['numbers_before']}), "
                  f"after {row['after']} ({row['numbers_after']})")  # fmt: skip
