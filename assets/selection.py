"""Chooses the records of a table that a map books, and makes one of records that belong together.

Belongs here: keep_where, drop_where, group. Never here: what a cell means once its record is chosen.
"""

from __future__ import annotations

import polars as pl

from assets.cells import present
from assets.maps import Adapter
from assets.plain_names import plainly
from assets.refusal import Refusal
from assets.rejection import Rejection


def _place(name: str, adapter: Adapter, places: dict[str, int], purpose: str) -> str:
    """The cell by this name, or by another spelling of the column that the map knows by it."""
    wanted = plainly(name)
    spellings = [wanted, *(other for column in adapter.columns if wanted in column.spellings for other in sorted(column.spellings))]
    found = next((places[other] for other in spellings if other in places), None)
    if found is None:
        raise Refusal("no_adapter", f"the header lacks {name}, by which its records are {purpose}")
    return f"c{found}"


def _optional(adapter: Adapter, places: dict[str, int]) -> set[str]:
    """The spellings of columns that need not be there, and are not."""
    return {name for column in adapter.columns if not column.required and not column.is_in([], frozenset(places)) for name in column.spellings}


def kept(source: pl.DataFrame, adapter: Adapter, places: dict[str, int]) -> tuple[pl.DataFrame, list[str]]:
    """The records that the map books."""
    keep, absent = pl.lit(True), _optional(adapter, places)
    for rules, is_kept in ((adapter.keep_where, True), (adapter.drop_where, False)):
        for name, allowed in rules:
            if not is_kept and plainly(name) in absent:
                continue
            says = present(pl.col(_place(name, adapter, places, "told apart"))).fill_null("").is_in(list(allowed))
            keep = keep & (says if is_kept else ~says)
    chosen = source.filter(keep)
    left = source.height - chosen.height
    named = ", ".join(name for name, _ in (*adapter.keep_where, *adapter.drop_where))
    return chosen, [f"{left} records are not booked by the map (by {named})"] if left else []


def grouped(source: pl.DataFrame, adapter: Adapter, places: dict[str, int]) -> tuple[pl.DataFrame, list[Rejection]]:
    """One record a group: its first, filled up from the others. A group that contradicts itself is set aside whole."""
    assert adapter.group is not None
    by = _place(adapter.group.by, adapter, places, "put together")
    absent = _optional(adapter, places)
    named = [_place(name, adapter, places, "put together") for name in adapter.group.first_non_empty if plainly(name) not in absent]
    shared = [name for name in dict.fromkeys(named) if name != by]
    # A record without a group's name stands alone, and fails for want of it.
    key = pl.coalesce(present(pl.col(by)), pl.concat_str(pl.lit("\x00"), pl.col("row").cast(pl.String)))
    keyed = source.with_columns(key.alias("group"))
    said = [present(pl.col(name)).drop_nulls() for name in shared]
    told = keyed.group_by("group", maintain_order=True).agg(
        pl.col("row").first().alias("first"),
        *(text.first().alias(f"first_{name}") for text, name in zip(said, shared, strict=True)),
        *(text.n_unique().alias(f"unique_{name}") for text, name in zip(said, shared, strict=True)),
    )
    keyed = keyed.join(told, on="group", how="left", maintain_order="left")
    against = pl.any_horizontal(pl.col(f"unique_{name}") > 1 for name in shared) if shared else pl.lit(False)
    disputed: list[Rejection] = [(row, "conflicting_duplicate", None, None) for row in keyed.filter(against)["row"].to_list()]
    first = keyed.filter(~against & (pl.col("row") == pl.col("first")))
    return first.with_columns(pl.col(f"first_{name}").alias(name) for name in shared).select(source.columns), disputed
