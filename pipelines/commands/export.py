"""`kpi export mmm`: the published media mix as the one wide table that media-mix models read.

Belongs here: the shape of that file, and what its columns are called in Meridian and in PyMC-Marketing.
Never here: a number, or a guess where one is missing; `media_mix_daily` has the numbers, and an empty cell stays empty.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from pipelines.cli import PUBLISHED, Usage
from pipelines.paths import Paths

# From the first to the last day on which the outcome is known: both tools want days without a gap and an outcome on each.
WIDE = """
with days as (
    select cast(unnest(generate_series(min(day), max(day), interval 1 day)) as date) as day
    from media_mix_daily where variable = 'kpi' and value is not null
)
select days.day as time, {columns}
from days left join media_mix_daily as mix using (day)
group by days.day order by days.day
"""
# Of stretches of the same length the latest: what is nearest to the budget that is asked about.
COMPLETE = """
with days as ({wide}),
told as (select *, {known} as is_known from days),
stretches as (select *, count(*) filter (where not is_known) over (order by time) as stretch from told)
select * exclude (is_known, stretch) from stretches
where is_known and stretch = (select stretch from stretches where is_known group by stretch order by count(*) desc, min(time) desc limit 1)
order by time
"""
PAIRED = ("media", "media_spend")
ORDER = "['kpi', 'revenue_per_kpi', 'media', 'media_spend', 'organic_media']"


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    import duckdb

    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    target = Path(asked.out) if asked.out else paths.home / "reports" / "mmm.csv"
    with duckdb.connect(str(paths.database), read_only=True) as con:
        if not con.execute("select count(*) from information_schema.tables where table_name = 'media_mix_daily'").fetchall()[0][0]:
            raise Usage(f"the published version is older than this command; `{paths.kpi} run` makes a new one")
        found = con.execute(
            f"select distinct part, channel, variable, list_position({ORDER}, part) as place from media_mix_daily order by place, variable"  # noqa: S608
        ).fetchall()
        if not any(part == "kpi" for part, *_ in found):
            raise Usage("no outcome is published yet (part kpi of mix_metrics), so there is nothing for a model to explain")
        names = [str(variable) for _, _, variable, _ in found]
        columns = ", ".join(f'max(mix.value) filter (where mix.variable = ?) as "{name}"' for name in names)
        wide = WIDE.format(columns=columns)
        if asked.complete:
            wide = COMPLETE.format(wide=wide, known=" and ".join(f'"{name}" is not null' for name in names))
        table: Any = con.execute(wide, names)
        rows = table.fetchall()
    empties = {name: count for place, name in enumerate(names, 1) if (count := sum(row[place] is None for row in rows))}
    if not rows:
        raise Usage("no day has a number in every column; without --complete the file says which cells are empty")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    lines = [",".join(["time", *names]), *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(part, target)
    of: dict[str, dict[str, str]] = {}
    for kind, channel, variable, _ in found:
        of.setdefault(str(kind), {})[str(variable)] = str(channel)
    empty = sum(empties.values())
    # Meridian wants of every channel both, what was seen and what was paid
    both = set(of.get("media", {}).values()) & set(of.get("media_spend", {}).values())
    pairs = [{name: channel for channel, name in sorted(zip(of[part].values(), of[part], strict=True)) if channel in both} for part in PAIRED if both]
    media, spend = pairs or ({}, {})
    alone = sorted({*of.get("media", {}), *of.get("media_spend", {})} - {*media, *spend})
    organic = sorted(of.get("organic_media", {}))
    said = {
        "file": str(target), "days": len(rows), "empty_cells": empty, "empty_cells_by_column": empties,
        # as they stand the keyword arguments of Meridian's CsvDataLoader and of PyMC-Marketing's MMM
        "meridian": {
            "kpi_type": "non-revenue", "media_to_channel": media, "media_spend_to_channel": spend,
            "coord_to_columns": {"time": "time", "kpi": "kpi", "media": list(media), "media_spend": list(spend)}
                                | ({"revenue_per_kpi": "revenue_per_kpi"} if "revenue_per_kpi" in of else {})
                                | ({"organic_media": organic} if organic else {}),
        },
        "pymc_marketing": {"date_column": "time", "target_column": "kpi", "channel_columns": sorted(of.get("media_spend", {})),
                           "control_columns": organic or None},
    }  # fmt: skip
    if asked.json:
        print(json.dumps(said, indent=2))
        return PUBLISHED
    print(f"{target}: {len(rows)} days, {len(names)} columns, {empty} empty cells")
    if empties:
        print(f"  days without a number (media_mix_daily says why): {', '.join(f'{name} {count}' for name, count in empties.items())}")
        print("  Meridian takes no empty cell: drop or fill them knowingly, or --complete keeps the longest stretch of days without one")
    if alone:
        print(f"  not in Meridian's map, which wants exposure and spend of every channel: {', '.join(alone)}")
    print(f"  Meridian        CsvDataLoader: {json.dumps(said['meridian'])}")
    print(f"  PyMC-Marketing  MMM: {json.dumps(said['pymc_marketing'])}")
    return PUBLISHED
