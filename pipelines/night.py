"""The steps of a night in plain Python: how it begins, how a gate judges, how a candidate becomes the published version.

Belongs here: what Dagster's assets and checks call, and tests too. Never here: the numbers, the guards, how a page looks, Dagster.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from assets import publish, versions
from assets.feeds import Evening
from expectations.guard import Verdict
from expectations.guards import guards, required_guards_ran
from pipelines.durable import read_json, replace_file, sync_directory, sync_file, write_json, write_text
from pipelines.paths import Paths
from pipelines.progress import say
from pipelines.rules import code_version, intake, load_rules, write_rules

CHECK = ("check_name", "layer", "verdict", "rows_seen", "offenders", "blocking", "message")


class Held(Exception):
    """The night may not be published; its message says what did not pass and what to do."""


def clean_building(paths: Paths) -> None:
    """Begin with an empty building site: a file of a night that died must never be taken for this night's."""
    shutil.rmtree(paths.building, ignore_errors=True)
    for folder in (paths.building, paths.verdicts, paths.published, paths.versions, paths.landing, paths.archive, paths.inbox):
        folder.mkdir(parents=True, exist_ok=True)


def begin(paths: Paths, as_of: date | None, now: datetime | None = None) -> Evening:
    """Clear the building site, write the rules of this night, and take the time once: everything after this has it as an input."""
    split = load_rules(paths)
    clock = now or datetime.now(ZoneInfo(split.settings.time_zone)).replace(tzinfo=None, microsecond=0)
    evening = Evening(intake(split), clock, as_of or clock.date())
    say(f"receiving and reading exports (run date {evening.as_of})")
    clean_building(paths)
    write_rules(split, paths, evening.as_of)
    return evening


def judge_layer(layer: str, paths: Paths) -> list[Verdict]:
    """Judge every guard of a gate, and write the verdicts where publishing looks for them."""
    import duckdb

    from expectations.verdict import judge
    from expectations.views import open_landing

    split = load_rules(paths)
    say(f"judging {len(guards(layer))} guards of the {layer} gate")
    # the landing gate looks at files, the publish gate at the candidate, which it must not be able to change
    with duckdb.connect() if layer == "landing" else duckdb.connect(str(paths.candidate), read_only=True) as con:
        if layer == "landing":
            open_landing(con, paths.landing, paths.rules)
        verdicts = [judge(guard, con, split) for guard in guards(layer)]
    write_json(paths.verdicts / f"{layer}.json", {"verdicts": [asdict(verdict) for verdict in verdicts]})
    return verdicts


def finish(paths: Paths, run_id: str) -> Mapping[str, Any]:
    """Publish the candidate. Raises Held when a required guard did not judge; the last good version then stays as it is."""
    import duckdb

    from assets.page.ownership import render_ownership
    from assets.page.render import render

    if not paths.candidate.is_file():
        raise Held("nothing has been computed that could be published: start the whole job nightly, or type `kpi run`")
    split = load_rules(paths)
    say("publishing: hashes, Parquet, page")
    run = read_json(paths.rules / "run.json")
    checks = collect_checks(paths)
    as_of = datetime.fromisoformat(str(run["as_of"])).date()
    created = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    version = {
        "version": versions.next_version(paths.versions, as_of), "as_of": as_of, "run_id": run_id,
        "code_version": code_version(), "created_at": created,
        "company": split.settings.name, "profile": split.settings.profile, "currency": split.settings.currency,
    }  # fmt: skip
    folder = paths.building / "version"
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(paths.candidate)) as con:
        con.execute("set timezone = 'UTC'")
        publish.write_outcome(con, checks, version)
        publish.describe(con, contract(paths))
        con.execute("checkpoint")
        tables = publish.count_and_hash(con)
        publish.copy_parquet(con, tables, folder)
        html = render(con, split.settings, as_of)
        owners = render_ownership(con, split.settings, as_of)
    wal = paths.candidate.with_name(paths.candidate.name + ".wal")
    if wal.exists():
        # a file renamed beside a leftover log cannot be opened again by anybody
        raise Held(f"{wal} is still there after the checkpoint; the candidate is not published")
    write_text(folder / paths.page.name, html)
    write_text(folder / paths.ownership_page.name, owners)
    sync_file(paths.candidate)
    os.replace(paths.candidate, folder / paths.database.name)
    manifest = {
        **{key: str(value) for key, value in version.items()},
        "rules_hash": split.hash, "tables": tables, "checks": checks, "files": versions.file_hashes(folder),
        "not_in_content_hash": sorted(publish.NOT_CONTENT),
    }  # fmt: skip
    write_json(folder / paths.manifest.name, manifest)
    for path in folder.iterdir():
        path.chmod(0o444)
        sync_file(path)
    target = paths.versions / str(version["version"])
    os.replace(folder, target)
    sync_directory(paths.versions)
    versions.put_in_place(target, paths.published)
    versions.drop_old_versions(paths.versions)
    # the log of another warehouse beside this one would keep everybody from opening it
    paths.warehouse.with_name(paths.warehouse.name + ".wal").unlink(missing_ok=True)
    replace_file(paths.warehouse_building, paths.warehouse)
    return manifest


def collect_checks(paths: Paths) -> list[dict[str, Any]]:
    """Every verdict of the night: both gates, whether all required guards ran, and each dbt test of the build.

    Raises Held when a required guard is missing or a blocking check did not pass: the order of steps alone is not proof.
    """
    saved: list[Any] = [row for path in sorted(paths.verdicts.glob("*.json")) for row in cast(list[Any], read_json(path)["verdicts"])]
    verdicts = [Verdict(**row) for row in saved]
    verdicts.append(required_guards_ran(verdicts))
    checks = [{key: value for key, value in asdict(verdict).items() if key in CHECK} for verdict in verdicts]
    for result in cast(list[Any], read_json(paths.dbt_target / "run_results.json").get("results", [])):
        if result["unique_id"].startswith("test."):
            checks.append({
                "check_name": result["unique_id"].split(".")[2], "layer": "dbt", "verdict": "passed" if result["status"] == "pass" else "failed",
                "rows_seen": None, "offenders": int(result.get("failures") or 0), "blocking": True, "message": result.get("message") or "",
            })  # fmt: skip
    failed = [check for check in checks if check["blocking"] and check["verdict"] != "passed"]
    if failed:
        raise Held("; ".join(f"{check['check_name']}: {check['message']}" for check in failed))
    return sorted(checks, key=lambda check: (str(check["layer"]), str(check["check_name"])))


def contract(paths: Paths) -> dict[str, dict[str, Any]]:
    """Description of each public model and its columns, from the dbt manifest: the one place where they are written."""
    nodes = json.loads((paths.dbt_target / "manifest.json").read_text())["nodes"].values()
    return {
        node["name"]: {
            "description": node["description"],
            "columns": {name: column["description"] for name, column in node["columns"].items() if column["description"]},
        }
        for node in nodes
        if node["resource_type"] == "model" and node.get("access") == "public"
    }


def say_on_the_page(paths: Paths, status: Mapping[str, Any]) -> None:
    """Put the outcome of a night that was not published over the page of the last good version; nothing else of it changes."""
    from assets.page.render import Banner, with_status

    if not paths.page.is_file():
        return
    reasons = cast(list[str], status["reasons"])
    banner = Banner(
        verdict=str(status["outcome"]),
        reason="; ".join(reasons[:3]) + (f" (and {len(reasons) - 3} more)" if len(reasons) > 3 else ""),
        at=str(status["finished_at"]),
        age=str(status["version_created_at"]),
        command="kpi status",
    )
    with suppress(ValueError):  # a page that was cut has no place for it; the next version brings another
        write_text(paths.page, with_status(paths.page.read_text(encoding="utf-8"), banner))
