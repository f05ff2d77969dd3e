"""THE DOOR: assembles assets, gates, jobs and the schedule of one home. Nothing runs while it loads.

Belongs here: which things exist. Never here: an asset's work, a path's name, SQL, an owner.
"""

from __future__ import annotations

import os
from datetime import date

import dagster as dg

from assets.feeds import Evening, landing_assets
from assets.publish import published_asset
from assets.shapes import FEEDS
from pipelines import transform
from pipelines.building import environment
from pipelines.fetching import fetch
from pipelines.gates import gate
from pipelines.jobs import backfill, nightly
from pipelines.night import begin, finish
from pipelines.paths import Paths
from pipelines.rules import load_rules, owners_by_feed
from pipelines.schedules import every_night


def build(paths: Paths) -> dg.Definitions:
    """All definitions of one home."""
    split = load_rules(paths)
    os.environ.update(environment(paths))

    def evening(as_of: str) -> Evening:
        if not as_of:  # the schedule's nights; `kpi run` has fetched before it looked into the inbox, and says its run date
            fetch(paths)
        return begin(paths, date.fromisoformat(as_of) if as_of else None)

    landing = landing_assets(paths.inbox, paths.archive, paths.landing, paths.quarantine, evening, owners_by_feed(split))
    parsed = transform.manifest(paths)
    models = transform.dbt_models(paths, parsed)
    public = [dg.AssetKey(name) for name in transform.public_models(parsed)]
    landing_gate = gate("landing", paths, lambda guard: dg.AssetKey(guard.reads[0]), [dg.AssetKey(feed) for feed in FEEDS])
    publish_gate = gate("publish", paths, lambda guard: dg.AssetKey(guard.reads[0]), public)
    return dg.Definitions(
        assets=[landing, models, published_asset(public, lambda run_id: finish(paths, run_id))],
        asset_checks=[landing_gate, publish_gate],
        jobs=[nightly, backfill],
        schedules=[every_night(split.settings.time_zone)],
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and `workspace.yaml` load; called by them, not by the import."""
    return build(Paths.at())
