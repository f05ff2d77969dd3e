"""The four landing assets: reach, followers, retention, conversion.

Belongs here: one step that receives what arrived, reads each file once, and says what of it went into which feed.
Never here: how an export is spelt (export.py), what a number means or who owns it (dbt_project).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.shapes import FEEDS

if TYPE_CHECKING:
    from assets.export import Intake
    from assets.landing import FileEntry

SHOWN = 20  # files named in the metadata of one run; the ledger has them all


class LandingConfig(dg.Config):
    """as_of: the run date (YYYY-MM-DD), today in the company's zone when empty. reland_from, reland_to: days to read again from the archive."""

    as_of: str = ""
    reland_from: str = ""
    reland_to: str = ""


@dataclass(frozen=True)
class Evening:
    """What the night begins with: what reading depends on, the clock at the door, and the run date."""

    intake: "Intake"
    now: datetime
    as_of: date


def landing_assets(
    inbox: Path,
    archive: Path,
    landing: Path,
    quarantine: Path,
    begin: Callable[[str], Evening],
    owners: Mapping[str, list[str]],
) -> dg.AssetsDefinition:
    """One step, four assets: an export may hold numbers of several feeds and is read once. `owners`: feed -> departments, from the rules."""

    @dg.multi_asset(
        name="landing",
        specs=[
            dg.AssetSpec(
                feed,
                group_name="landing",
                kinds={"polars", "parquet"},
                owners=[f"team:{owner}" for owner in owners.get(feed, [])],
                description=f"What exports said about {feed}, one Parquet file a received file and shape.",
            )
            for feed in FEEDS
        ],
    )
    def land(context: dg.AssetExecutionContext, config: LandingConfig) -> Iterator[dg.MaterializeResult[None]]:
        from assets.archive import receive
        from assets.file_names import hidden, told
        from assets.landing import forget, land_all
        from assets.relanding import file_days, write_quarantine

        evening = begin(config.as_of)
        for problem in receive(inbox, archive, evening.now).problems:
            # a log is read by more people than the operator of the inbox
            context.log.warning(told(str(problem), hidden(problem.source_file, evening.intake)))
        if config.reland_from and config.reland_to:
            again = file_days(landing, date.fromisoformat(config.reland_from), date.fromisoformat(config.reland_to))
            forget(landing, again)
            context.log.info(f"{len(again)} archived files speak of {config.reland_from} to {config.reland_to}; they are read again")
        landed = land_all(archive, landing, evening.intake)
        write_quarantine(landing, quarantine)
        context.log.info(f"{len(landed)} files in the archive, {sum(entry.is_new for entry in landed)} read in this run")
        for feed in FEEDS:
            yield dg.MaterializeResult(asset_key=feed, metadata=_metadata(landed, feed))

    return land


def _metadata(landed: list["FileEntry"], feed: str) -> dict[str, Any]:
    """What Dagster shows beside one feed: rows, the files read in this run with their hashes, and the refused ones with their reasons."""
    mine = [entry for entry in landed if entry.rows.get(feed)]
    new = [entry for entry in mine if entry.is_new]
    files = [
        dg.TableRecord(
            {
                "file": entry.source_file,
                "rows": entry.rows[feed],
                "quarantined": entry.quarantined,
                "sha256": entry.file_hash,
            }
        )
        for entry in new[-SHOWN:]
    ]
    offenders = [
        dg.TableRecord({"file": entry.source_file, "reason": entry.reason or "", "message": entry.message or ""})
        for entry in landed
        if entry.status == "refused"
    ][-SHOWN:]
    columns = [
        dg.TableColumn("file"),
        dg.TableColumn("rows", "int"),
        dg.TableColumn("quarantined", "int"),
        dg.TableColumn("sha256"),
    ]
    shown: dict[str, Any] = {
        "dagster/row_count": sum(entry.rows[feed] for entry in mine),
        "files": len(mine),
        "files read in this run": len(new),
        "records quarantined": sum(entry.quarantined for entry in mine),
    }
    if files:
        shown["newest files"] = dg.MetadataValue.table(files, schema=dg.TableSchema(columns))
    if offenders:
        shown["refused files"] = dg.MetadataValue.table(offenders)
    return shown
