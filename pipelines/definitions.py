"""THE DOOR: assembles assets, gates, jobs and the schedule of one home. Nothing runs while it loads.

Belongs here: which things exist. Never here: an asset's work, a path's name, SQL, an owner.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

from assets.feeds import Evening, landing_assets
from assets.publish import published_asset
from assets.shapes import FEEDS
from pipelines import transform
from pipelines.building import environment
from pipelines.durable import only_one_until_the_end
from pipelines.fetching import fetch
from pipelines.gates import gate
from pipelines.jobs import backfill, nightly
from pipelines.night import begin, finish
from pipelines.paths import Paths
from pipelines.rules import load_rules, owners_by_feed
from pipelines.schedules import every_night


def build(paths: Paths, is_locked: bool = True) -> dg.Definitions:
    """All definitions of one home. `is_locked`: who runs a job holds the lock of the home already; Dagster's pages and schedule do not."""
    split = load_rules(paths)
    os.environ.update(environment(paths))

    def hold() -> None:
        if not is_locked:
            only_one_until_the_end(paths.lock)

    def evening(as_of: str) -> Evening:
        hold()
        if not as_of:  # the schedule's nights; `kpi run` has fetched before it looked into the inbox, and says its run date
            fetch(paths)
        return begin(paths, date.fromisoformat(as_of) if as_of else None)

    landing = landing_assets(paths.inbox, paths.archive, paths.landing, paths.quarantine, evening, owners_by_feed(split))
    parsed = transform.manifest(paths)
    models = transform.dbt_models(paths, parsed)

    def publish(run_id: str) -> Mapping[str, Any]:
        hold()
        return finish(paths, run_id)

    public = [dg.AssetKey(name) for name in transform.public_models(parsed)]
    landing_gate = gate("landing", paths, lambda guard: dg.AssetKey(guard.reads[0]), [dg.AssetKey(feed) for feed in FEEDS])
    publish_gate = gate("publish", paths, lambda guard: dg.AssetKey(guard.reads[0]), public)
    return dg.Definitions(
        assets=[landing, models, published_asset(public, publish)],
        asset_checks=[landing_gate, publish_gate],
        jobs=[nightly, backfill],
        schedules=[every_night(split.settings.time_zone)],
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and `workspace.yaml` load; called by them, not by the import."""
    return build(Paths.at(), is_locked=False)
