"""Settles the duplicates of a long file: finds who may be one, reads only those again, and lets `rows` decide.

Belongs here: which records are looked at together. Never here: what a duplicate or a contradiction is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.passage import Passage
from assets.rejection import rejections
from assets.repeats import settle_duplicates
from assets.rows import Rows
from assets.spool import QUARANTINE, Spool
from assets.twins import Register, among, hashes

# Records that may be duplicates, settled at once.
SETTLED_AT_ONCE = 500_000


def settle(file: Passage, register: Register, spool: Spool) -> npt.NDArray[np.int64]:
    """Settles duplicates over all pieces; the lines whose rows have to go, sorted."""
    repeated = register.repeated()
    rounds = -(-register.count(repeated) // SETTLED_AT_ONCE) if len(repeated) else 0
    gone = [np.zeros(0, np.int64)]
    for wanted in np.array_split(repeated, max(1, rounds)) if rounds else []:
        found = []
        for number in register.pieces_with(wanted):
            good = file.rows(file.again(number)).good
            found.append(good.filter(among(hashes(good, file.adapter.shape), wanted)))
        candidates = pl.concat(found)
        settled = settle_duplicates(Rows(candidates, rejections([])), file.adapter.shape)
        lost = np.setdiff1d(candidates["row"].to_numpy(), settled.good["row"].to_numpy())
        file.duplicate += settled.duplicate
        file.accepted -= len(lost)
        gone.append(lost)
        for number, disputed in _by_piece(file, settled.rejected):
            spool.add(QUARANTINE, file.set_aside(disputed, file.again(number)))
    return np.sort(np.concatenate(gone))


def _by_piece(file: Passage, rejected: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    starts = np.array([piece.line for piece, _ in file.read])
    numbers = np.searchsorted(starts, rejected["row"].to_numpy(), side="right") - 1
    return [(int(number), rejected.filter(pl.Series(numbers == number))) for number in np.unique(numbers)]
