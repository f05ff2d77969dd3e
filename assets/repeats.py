"""Records of one file that say the same, or contradict each other.

Belongs here: one of identical records, all of a disputed key. Never here: records of other files (models supersede those).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from assets.rows import Rows
from assets.shapes import KEYS


def settle_duplicates(rows: Rows, shape: str) -> Rows:
    """Keeps one of identical records; sets aside all records of a key that the file contradicts itself about."""
    good = rows.good
    if not good.height:
        return rows
    key = [name for name in KEYS[shape] if name in good.columns]
    if not key:
        whole = [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
        alone = good.unique(subset=whole, keep="first", maintain_order=True)
        return replace(rows, good=alone, duplicate=rows.duplicate + good.height - alone.height)
    spelt = [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
    content = [name for name in good.columns if name not in ("row", "said", *spelt)]
    alone = good.unique(subset=content, keep="first", maintain_order=True)
    duplicate = good.height - alone.height
    again = alone.select(pl.struct(key).is_duplicated()).to_series()
    rejected = rows.rejected
    has_unread = any(name.startswith("unread") for name in good.columns)
    why = "columns that are not loaded may tell them apart" if has_unread else None
    if again.any():
        against = alone.filter(again)
        # Every physical record of a disputed key is set aside, its exact repeats included: they are evidence of the dispute.
        disputed = good.join(against.select(key).unique(), on=key, how="semi", nulls_equal=True)
        duplicate -= disputed.height - against.height
        rejected = pl.concat(
            [
                rejected,
                disputed.select(
                    "row",
                    pl.lit("conflicting_duplicate").alias("rule"),
                    pl.lit(None, pl.String).alias("column"),
                    pl.lit(why, pl.String).alias("detail"),
                ),
            ]
        )
        alone = alone.filter(~again)
    return replace(rows, good=alone, rejected=rejected, duplicate=rows.duplicate + duplicate)
