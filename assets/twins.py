"""Finds records of a long file that may be the same or contradict each other, without holding the records.

Belongs here: eight bytes for every record, in a file beside. Never here: whether two records are duplicates (rows decides).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.shapes import KEYS

Hashes = npt.NDArray[np.uint64]

# Hashes sorted at once: 64 MiB.
_AT_ONCE = 8 << 20
# Hashes looked through at once: what stays in the processor's cache.
_READ = 1 << 18


def hashes(good: pl.DataFrame, shape: str) -> Hashes:
    """Equal for records that could be duplicates of each other: those of one key, or without a key those spelt alike."""
    key = [name for name in KEYS[shape] if name in good.columns]
    names = key or [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
    # As texts: a column is numbered in one piece and may not be in the next.
    return good.select(pl.col(names)).cast({pl.Categorical: pl.String}).hash_rows().to_numpy()


class Register:
    """The hashes of all good records, piece by piece."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: list[int] = []

    def add(self, found: Hashes) -> None:
        with self._path.open("ab") as target:
            found.tofile(target)
        self._counts.append(len(found))

    def repeated(self) -> Hashes:
        """Every hash that is there more than once, sorted."""
        parts = max(1, -(-sum(self._counts) // _AT_ONCE))
        edges = [((1 << 64) * part // parts) for part in range(parts + 1)]
        return np.concatenate([self._repeated(first, last - 1) for first, last in pairwise(edges)])

    def _repeated(self, first: int, last: int) -> Hashes:
        own = [part.filter(part.is_between(first, last)) for part in map(pl.Series, self._slices())]
        ordered = pl.concat([pl.Series([], dtype=pl.UInt64), *own]).sort().to_numpy()  # half as long as NumPy takes
        return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])

    def count(self, wanted: Hashes) -> int:
        """How many records have one of these hashes."""
        return sum(int(among(part, wanted).sum()) for part in self._slices())

    def pieces_with(self, wanted: Hashes) -> list[int]:
        """The pieces that hold one of these hashes."""
        with self._path.open("rb") as source:
            return [number for number, count in enumerate(self._counts) if among(np.fromfile(source, np.uint64, count), wanted).any()]

    def _slices(self) -> Iterator[Hashes]:
        if not sum(self._counts):
            return
        # Read, not mapped: pages that are mapped count as this process's memory, and grow with the file.
        with self._path.open("rb") as source:
            while len(part := np.fromfile(source, np.uint64, _READ)):
                yield part


def among(found: Hashes, wanted: Hashes) -> npt.NDArray[np.bool_]:
    """`wanted` is sorted."""
    if not len(wanted):
        return np.zeros(len(found), dtype=bool)
    places = np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)
    hit: npt.NDArray[np.bool_] = wanted[places] == found
    return hit
