"""`kpi doctor`: whether installation and home are fit for a night, a line each.

Belongs here: what can be wrong before a night begins, and what to do. Never here: mending it, what a night computes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipelines import alert
from pipelines.cli import FAILED, PUBLISHED
from pipelines.durable import at_work, read_json
from pipelines.fetching import stale
from pipelines.paths import DBT_PROJECT, Paths
from pipelines.rules import load_rules
from pipelines.standing import not_as_published

LEAST_FREE_BYTES = 1 << 30


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    return doctor(paths, asked.json)


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
    look("company tables", lambda: _valid(paths))
    look("home", lambda: _writable(paths))
    look("disk", lambda: _free(paths))
    look("sources", lambda: _raise("; ".join(late)) if (late := stale(paths)) else "all declared sources were read, or none is declared")
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


def _valid(paths: Paths) -> str:
    split = load_rules(paths)
    return f"valid, {sum(map(len, split.tables.values()))} rows, hash {split.hash[:12]}"


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
    return _raise(busy) if (busy := at_work(paths.lock)) else "none"


def _no_wal(paths: Paths) -> str:
    left = [path for path in (paths.database, paths.warehouse) if path.with_name(path.name + ".wal").exists()]
    if left:
        raise RuntimeError(f"{left[0]}.wal lies beside the database: delete it, then `kpi verify`")
    return "none"


def _as_published(paths: Paths) -> str:
    if changed := not_as_published(paths, read_json(paths.status)):
        raise RuntimeError(f"not as it was published: {', '.join(changed)}; type `{paths.kpi} run`")
    return str(read_json(paths.manifest).get("version") or "nothing yet")
