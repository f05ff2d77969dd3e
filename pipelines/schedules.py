"""When the night runs, in the company's time zone.

Belongs here: the hour. Never here: what a night does.
"""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import nightly

# Platforms close the day before at eight in the morning (WeChat says so); half an hour later it can be read.
HOUR = "30 8 * * *"


def every_night(time_zone: str) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(name="every_night", job=nightly, cron_schedule=HOUR, execution_timezone=time_zone)
