"""Holds the tables of one received file against each other: what two of them say alike counts once, what they dispute is named.

Belongs here: landed rows of several tables, sheets or zip members. Never here: duplicates within one table (rows), deliveries (SQL).
"""

from __future__ import annotations

import polars as pl

from assets.shapes import KEYS

# A record's number in the file is its place in its source, and this much more for every source (text, sheet, member) before it.
STRIDE = 1_000_000_000
Frames = dict[tuple[str, str], pl.DataFrame]


def merged(parts: list[Frames]) -> Frames:
    """Frames of the same feed and shape under one another."""
    keys = sorted({key for frames in parts for key in frames})
    return {key: pl.concat([frames[key] for frames in parts if key in frames]) for key in keys}


def lines_in(frames: Frames) -> set[int]:
    return {int(line) for frame in frames.values() for line in frame["line"].unique().to_list()}


def settled(frames: Frames, has_several: bool) -> tuple[Frames, int, set[int]]:
    """The rows without those that repeat an earlier table, how many records have no row left, and the lines that contradict each other.

    A key that two tables answer differently loses all its records: neither can be believed. Shapes without a key (a person may really do
    the same thing twice) are only held against other tables.
    """
    if not has_several:
        return frames, 0, set()
    before = lines_in(frames)
    disputed: set[int] = set()
    kept: Frames = {}
    for (feed, shape), frame in frames.items():
        content = [name for name in frame.columns if name not in ("line", "file_hash")]
        source = pl.col("line") // STRIDE
        alike = frame.filter(source == source.min().over(content))
        key = KEYS[shape]
        if key:
            alike = alike.unique(subset=content, keep="first", maintain_order=True)
            against = alike.filter(pl.struct(key).is_duplicated())
            if against.height:
                all_of_them = frame.join(against.select(key).unique(), on=key, how="semi", nulls_equal=True)
                disputed |= set(all_of_them["line"].to_list())
        kept[(feed, shape)] = alike
    if disputed:
        gone = pl.Series(sorted(disputed), dtype=pl.Int64)
        kept = {key: frame.filter(~pl.col("line").is_in(gone.implode())) for key, frame in kept.items()}
    vanished = len(before - lines_in(kept) - disputed)
    return {key: frame for key, frame in kept.items() if frame.height}, vanished, disputed
