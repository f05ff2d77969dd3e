"""The same night without Dagster: the steps in their order, in one process.

Belongs here: the order of steps for callers that need no run history: tests, benchmarks, a rebuild in a script.
Never here: a step's work. Dagster's graph has the same steps; a test compares what the two publish.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pipelines.building import BuildFailed, build, wrong
from pipelines.night import Held, begin, finish, judge_layer
from pipelines.paths import Paths


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
    """`dbt build`. Raises Held with the models and tests that did not pass, by name."""
    try:
        nodes = build(paths, *selection)
    except BuildFailed as error:
        raise Held(str(error)) from error
    if failed := wrong(nodes):
        raise Held(failed)
