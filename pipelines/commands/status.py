"""`kpi status`: what is published, how old it is, and how the last night ended.

Belongs here: what is asked of files on disk, and how the answer is printed. Never here: writing, repairing, judging a night.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from pipelines.cli import PUBLISHED
from pipelines.commands.outcome import in_one_line
from pipelines.durable import at_work, read_json
from pipelines.paths import Paths
from pipelines.standing import RUNNING, not_as_published

SHOWN_FILES = 10


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    return status(paths, asked.json)


def status(paths: Paths, as_json: bool) -> int:
    """How old the published version is, how the last night ended, and which files could not be taken."""
    from assets.archive import problems
    from assets.landing import entries

    last: Any = read_json(paths.status)
    manifest = read_json(paths.manifest)
    age = None
    if manifest:
        age = datetime.now(UTC).replace(tzinfo=None) - datetime.fromisoformat(str(manifest["created_at"]))
    checks: Any = manifest.get("checks", [])
    answer = {
        "version": manifest.get("version"), "as_of": manifest.get("as_of"), "created_at": manifest.get("created_at"),
        "age_hours": round(age.total_seconds() / 3600, 1) if age is not None else None,
        "not_as_published": not_as_published(paths, last),
        "checks_passed": sum(check["verdict"] == "passed" for check in checks),
        "checks_not_passed": [check["check_name"] for check in checks if check["verdict"] != "passed"],
        "stale": _published(paths, "feed_freshness", "is_stale", "account_id", "feed", "shape", "stale_since", "usual_gap_days"),
        "silent_channels": _published(paths, "channel_freshness", "is_silent", "account_id", "channel", "silent_since", "longest_pause_days"),
        "not_archived": [problem.message for problem in problems(paths.archive)],
        "refused": [f"{entry.source_file}: {entry.reason}" for entry in entries(paths.landing) if entry.status == "refused"],
        "last_night": _last_night(paths, last) if last else None,
    }  # fmt: skip
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
        return PUBLISHED
    if manifest:
        print(f"published: version {answer['version']}, run date {answer['as_of']}, {answer['age_hours']} hours old")
        if answer["not_as_published"]:
            print(f"  NOT as it was published: {', '.join(answer['not_as_published'])}; `{paths.kpi} run` puts it right")
        print(f"  checks: {answer['checks_passed']} passed")
        for check in checks:
            if check["verdict"] != "passed":
                print(f"  {check['verdict']}: {check['check_name']}: {in_one_line(check['message'])}")
        for feed in answer["stale"]:
            usual = f"{feed['usual_gap_days']} day{'s' if feed['usual_gap_days'] != 1 else ''}"
            print(f"  stale since {feed['stale_since']}: {feed['account_id']} ({feed['feed']}, {feed['shape']}), usually received every {usual}")
        for heard in answer["silent_channels"]:
            print(f"  no touch of {heard['channel']} in {heard['account_id']} since {heard['silent_since']}, "
                  f"never away for more than {heard['longest_pause_days']} days before")  # fmt: skip
    else:
        print(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    if night := answer["last_night"]:
        print(f"last night: {night['outcome']} at {night['finished_at'] or night['began_at']} (run date {night['as_of']})")
        for reason in [*(night["reasons"] or []), *([night["alert"]] if night["alert"] else [])]:
            print(f"  {reason}")
        if night["outcome"] != "published" and manifest:
            print(f"  version {answer['version']} stays published until a night passes")
    for message in answer["not_archived"]:
        print(f"not archived: {message}")
    for refused in answer["refused"][-SHOWN_FILES:]:
        print(f"refused: {refused}")
    if len(answer["refused"]) > SHOWN_FILES:
        print(f"  and {len(answer['refused']) - SHOWN_FILES} files before them: table `files`, status refused")
    return PUBLISHED


def _last_night(paths: Paths, last: dict[str, Any]) -> dict[str, Any]:
    """How the last night ended. One that only began is at work now, or it died without a word."""
    night = {key: last.get(key) for key in ("outcome", "as_of", "began_at", "finished_at", "step", "reasons", "alert")}
    if night["outcome"] != RUNNING:
        return night
    if busy := at_work(paths.lock):
        return night | {"reasons": [busy]}
    return night | {"outcome": "died", "reasons": [f"it was stopped before it could say how it ended: `{paths.kpi} run` goes on"]}


def _published(paths: Paths, table: str, flag: str, *columns: str) -> list[dict[str, Any]]:
    """Rows of a published table that carry a flag; none where nothing is published or the version is older than that table."""
    import duckdb

    if not paths.database.is_file():
        return []
    try:
        with duckdb.connect(str(paths.database), read_only=True) as con:
            rows = con.execute(f"select {', '.join(columns)} from {table} where {flag} order by all").fetchall()  # noqa: S608 - names of ours
    except duckdb.Error:
        return []
    return [dict(zip(columns, row, strict=True)) for row in rows]
