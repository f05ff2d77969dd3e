"""The same night without Dagster: the steps in their order, in one process.

Belongs here: the order of steps for callers that need no run history: tests, benchmarks, a rebuild in a script.
Never here: a step's work. Dagster's graph has the same steps; a test compares what the two publish.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pipelines import transform
from pipelines.night import Held, begin, finish, judge_layer
from pipelines.paths import DBT_PROJECT, Paths


def plain_night(paths: Paths, as_of: date | None = None, now: datetime | None = None) -> Mapping[str, Any]:
    """Run one night and return its manifest. Raises Held when a gate or a model does not pass; the last good version then stays."""
    from assets.archive import receive
    from assets.landing import land_all
    from assets.relanding import write_quarantine

    evening = begin(paths, as_of, now)
    receive(paths.inbox, paths.archive, evening.now)
    land_all(paths.archive, paths.landing, evening.intake)
    write_quarantine(paths.landing, paths.quarantine)
    _stop_at("landing", paths)
    build_models(paths)
    _stop_at("publish", paths)
    return finish(paths, run_id="plain")


def _stop_at(layer: str, paths: Paths) -> None:
    failed = [verdict for verdict in judge_layer(layer, paths) if verdict.holds_the_night]
    if failed:
        raise Held("; ".join(f"{verdict.check_name}: {verdict.message}" for verdict in failed))


def build_models(paths: Paths, *selection: str) -> None:
    """`dbt build` in this process. Raises Held with the models and tests that did not pass, by name."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(transform.environment(paths))
    paths.dbt_target.mkdir(parents=True, exist_ok=True)
    try:
        selection = selection or ("--exclude-resource-type", "unit_test")
        done = dbtRunner().invoke(["--quiet", "build", "--project-dir", str(DBT_PROJECT), *selection])
    finally:
        # dbt keeps its connection open for the next command; the file could not be opened by anybody else until this process ends
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if done.success and not getattr(done.result, "results", None):
        raise Held(f"dbt built nothing for {' '.join(selection)}: nothing was computed and nothing was tested")
    if not done.success:
        results = getattr(done.result, "results", None) or []
        wrong = [f"{result.node.unique_id}: {result.message}" for result in results if str(result.status) in ("error", "fail")]
        raise Held("; ".join(wrong) or f"dbt did not run: {done.exception}")
