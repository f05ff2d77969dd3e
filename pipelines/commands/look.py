"""`kpi inspect`, `status`, `doctor`, `verify`: looking without changing anything.

Belongs here: what is asked of files on disk and how the answer is printed.
Never here: writing, repairing, judging a night.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipelines import alert
from pipelines.cli import FAILED, PUBLISHED, Usage
from pipelines.durable import Busy, only_one, read_json
from pipelines.fetching import stale
from pipelines.paths import DBT_PROJECT, Paths
from pipelines.rules import intake, load_rules
from pipelines.standing import RUNNING, not_as_published

LEAST_FREE_BYTES = 1 << 30


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if asked.command == "inspect":
        return inspect(paths, Path(asked.file), asked.account, asked.json)
    return {"status": status, "doctor": doctor, "verify": verify}[asked.command](paths, asked.json)


def inspect(paths: Paths, file: Path, account: str | None, as_json: bool) -> int:
    """What reading this file would give. Nothing is archived or landed."""
    from assets.export import inspect as look_into

    # as messages name it: inbox/<account>/<file> of the home
    file = file if file.is_file() else paths.home / file
    if not file.is_file():
        raise Usage(f"{file}: there is no such file; type the path of an export")
    found: dict[str, Any] = look_into(file, intake(load_rules(paths)), account)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str, indent=1))
        return PUBLISHED
    print(f"{file.name}: {found['adapter'] or 'no adapter reads it'}"
          f"{' as account ' + found['account'] if found.get('account') else ''}")  # fmt: skip
    if found.get("message"):
        print(f"  {found['message']}")
    if found["bytes_looked_at"]:
        print(f"  only its first {found['bytes_looked_at']:,} bytes were looked at, and the numbers are of these; the night reads all")
    print(f"  {found['physical_records']} records: {found['accepted']} would be accepted, {found['quarantined']} quarantined, "
          f"{found['duplicate']} are exact repeats")  # fmt: skip
    for shape, rows in found.get("rows", {}).items():
        print(f"  first rows as {shape}:")
        for row in rows:
            print("    " + ", ".join(f"{key}={value}" for key, value in row.items() if value not in (None, "")))
    for refusal in found.get("refusals", [])[:20]:
        where = [f"{word} {refusal[key]}" for word, key in (("line", "line"), ("column", "column_name")) if refusal.get(key)]
        print(f"  refused: {', '.join(where) or 'the file'}: {refusal['reason']}")
    if found.get("proposal"):
        print("  a start for an adapter of its own (assets/adapters/README.md says what a map may say):")
        print(found["proposal"])
    return PUBLISHED


SHOWN_FILES = 10


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
        warned = ", ".join(answer["checks_not_passed"])
        print(f"  checks: {answer['checks_passed']} passed{', not passed: ' + warned if warned else ''}")
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
    try:
        _unlocked(paths)
    except RuntimeError as busy:
        return night | {"reasons": [str(busy)]}
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


def doctor(paths: Paths, as_json: bool) -> int:
    """Installation and home, one line each; exit 1 when something must be mended before a night can pass."""
    findings: list[dict[str, Any]] = []

    def look(what: str, test: Callable[[], str]) -> None:
        try:
            findings.append({"what": what, "ok": True, "found": test()})
        except Exception as broken:  # every finding is reported, whatever it is
            findings.append({"what": what, "ok": False, "found": f"{broken}".strip()})

    look("python", lambda: sys.version.split()[0])
    for package in ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "polars", "great-expectations"):
        look(package, lambda package=package: _version(package))  # type: ignore[misc]
    look(
        "dbt project",
        lambda: str(DBT_PROJECT) if (DBT_PROJECT / "dbt_project.yml").is_file() else _raise("dbt_project.yml is missing"),
    )
    look(
        "company tables",
        lambda: f"valid, {sum(map(len, load_rules(paths).tables.values()))} rows, hash {load_rules(paths).hash[:12]}",
    )
    look("home", lambda: _writable(paths))
    look("disk", lambda: _free(paths))
    look("sources", lambda: _raise("; ".join(stale(paths))) if stale(paths) else "all declared sources were read, or none is declared")
    look("alert", lambda: (alert.command() or ["no command is declared that tells of a night that was not published"])[0])
    look("no other run", lambda: _unlocked(paths))
    look("no leftover log", lambda: _no_wal(paths))
    look("published", lambda: _as_published(paths))
    good = all(finding["ok"] for finding in findings)
    if as_json:
        print(json.dumps({"ok": good, "findings": findings}, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding['ok'] else 'BAD '} {finding['what']}: {finding['found']}")
        if not good:
            print("mend what is BAD; for packages type `make setup`", file=sys.stderr)
    return PUBLISHED if good else FAILED


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise RuntimeError("is not installed; type `make setup`") from None


def _raise(message: str) -> str:
    raise RuntimeError(message)


def _writable(paths: Paths) -> str:
    if not paths.home.is_dir():
        raise RuntimeError(f"{paths.home} does not exist; type `{paths.kpi} init`")
    probe = paths.home / ".probe"
    probe.write_text("")
    probe.unlink()
    return f"{paths.home} can be written"


def _free(paths: Paths) -> str:
    free = shutil.disk_usage(paths.home if paths.home.exists() else paths.home.parent).free
    if free < LEAST_FREE_BYTES:
        raise RuntimeError(f"{free >> 20} MiB free; a night needs room for a second copy of what is published")
    return f"{free >> 30} GiB free"


def _unlocked(paths: Paths) -> str:
    if not paths.lock.exists():
        return "none"
    try:
        with only_one(paths.lock):
            return "none"
    except Busy as busy:
        raise RuntimeError(str(busy)) from None


def _no_wal(paths: Paths) -> str:
    left = [path for path in (paths.database, paths.warehouse) if path.with_name(path.name + ".wal").exists()]
    if left:
        raise RuntimeError(f"{left[0]}.wal lies beside the database: delete it, then `kpi verify`")
    return "none"


def _as_published(paths: Paths) -> str:
    if changed := not_as_published(paths, read_json(paths.status)):
        raise RuntimeError(f"not as it was published: {', '.join(changed)}; type `{paths.kpi} run`")
    return str(read_json(paths.manifest).get("version") or "nothing yet")


def verify(paths: Paths, as_json: bool) -> int:
    """Rehash every published table and file, and every archived one. Exit 1 names what differs."""
    import duckdb

    from assets import publish
    from assets.archive import verify as verify_archive
    from assets.versions import damaged

    manifest: Any = read_json(paths.manifest)
    if not manifest or not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    wrong: list[str] = []
    try:
        with duckdb.connect(str(paths.database), read_only=True) as con:
            found = publish.count_and_hash(con)
            version_row = con.execute("select version from published_version").fetchone()
            if version_row != (manifest["version"],):
                wrong.append(f"kpi.duckdb is version {version_row}, the manifest says {manifest['version']}")
            for table in sorted(set(found) | set(manifest["tables"])):
                if found.get(table) != manifest["tables"].get(table):
                    wrong.append(f"table {table} is not what was published: {found.get(table)} against {manifest['tables'].get(table)}")
    except duckdb.Error as broken:
        wrong.append(f"{paths.database} cannot be read: {broken}")
    wrong += [f"{name} is not the file that was published" for name in damaged(paths.published, manifest)]
    wrong += verify_archive(paths.archive)
    if as_json:
        print(json.dumps({"ok": not wrong, "version": manifest["version"], "wrong": wrong}, ensure_ascii=False))
    elif wrong:
        for line in wrong:
            print(line, file=sys.stderr)
        print(
            f"next: `{paths.kpi} run` puts right what is published; what is damaged in archive/ comes back by dropping its export again",
            file=sys.stderr,
        )
    else:
        print(f"version {manifest['version']} is what was published: {len(manifest['tables'])} tables and the archive are as their hashes say")
    return FAILED if wrong else PUBLISHED
