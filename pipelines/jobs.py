"""What can be started: the night, and a backfill of past days.

Belongs here: names and selections of jobs. Never here: what a step does.
"""

from __future__ import annotations

import dagster as dg

# One process: DuckDB has one writer, and a process a step would cost more than the work.
nightly = dg.define_asset_job("nightly", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor,
                              description="Read what arrived, compute, guard, publish.")  # fmt: skip
backfill = dg.define_asset_job("backfill", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor,
                               description="Read the archived exports that speak of one day or a range of days again, then a night.")  # fmt: skip
JOBS = {job.name for job in (nightly, backfill)}
