"""How often each step was taken after which three members: 0 stands before the beginning, the last step of a journey leads to its end.

A chain of order one or two is the same counts, looked at less closely, so one table of steps serves every order.
Belongs here: laying each member beside those before it, and counting. Never here: what a chain makes of the counts (int_credit_by_removal).
SQL says the same with four lists unnested side by side, at three times the cost (tests/test_chain_steps.py holds this against it).
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from kernels.chains import CHAIN, chains
from kernels.pieces import side_by_side

STEP = ["third_last", "second_last", "latest", "next_step"]
ROWS = pa.schema(
    [("way", pa.int64()), *((name, pa.string()) for name in CHAIN[1:]), *((name, pa.int32()) for name in STEP), ("journeys", pa.int64())]
)
CONVERTED, LOST = -1, -2
# Memory is bounded by both: journeys are read so many at a time, and counted so many touches at a time.
JOURNEYS_AT_ONCE, TOUCHES_AT_ONCE = 2**17, 2**20
# Up to so many possible steps there is a counter for each; beyond, those that were taken are sorted.
COUNTERS = 2**20


def chain_steps(journeys: Iterable[pa.RecordBatch], base: int) -> np.ndarray:
    """Rows of STEP and their number, of journeys with a `path` of members below the base and whether it `converts`."""
    counters = base**4 if base**4 <= COUNTERS else 0
    taken, ended = np.zeros(counters, np.int64), np.zeros(2 * counters, np.int64)
    rows = [np.zeros((0, len(STEP) + 1), np.int64)]
    for counted in side_by_side(lambda piece: _counted(piece, base, counters), journeys):
        if counters:
            taken += counted[0]
            ended += counted[1]
        else:
            rows += counted
    if counters:
        rows.append(_read(np.flatnonzero(taken), taken[taken > 0], np.flatnonzero(ended), ended[ended > 0], base, None))
    return np.concatenate(rows)


def _counted(piece: pa.RecordBatch, base: int, counters: int) -> list[np.ndarray]:
    """How often each possible step was taken, and each possible end; or, where there are too many to count so, the rows that there are."""
    keys, ends, names = _laid(*piece.columns, base)
    if counters:
        return [np.bincount(keys, minlength=counters), np.bincount(ends, minlength=2 * counters)]
    return [_read(*np.unique(keys, return_counts=True), *np.unique(ends, return_counts=True), base, names)]


def _laid(path: pa.ListArray, converts: pa.BooleanArray, base: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Each step as a number: what was last and what came next, and before these the same of two steps ago. Ends are another number."""
    members, starts = path.flatten().to_numpy(), path.offsets.to_numpy()[:-1] - path.offsets[0].as_py()
    pairs = members.astype(np.int64)
    pairs[1:] += base * pairs[:-1]
    pairs[starts] = members[starts]
    size, names = base**2, None
    if 2 * size**2 > 2**63:
        names, pairs = np.unique(np.append(pairs, 0), return_inverse=True)
        pairs, size = pairs[:-1], len(names)
    keys = np.zeros_like(pairs)
    keys[2:] = pairs[:-2]
    # nobody was met two steps before the first and the second
    keys[starts] = 0
    keys[np.minimum(starts + 1, len(keys) - 1)] = 0
    keys *= size
    keys += pairs
    return keys, 2 * keys[np.append(starts[1:], len(keys)) - 1] + converts.to_numpy(zero_copy_only=False), names


def _read(keys: np.ndarray, taken: np.ndarray, ends: np.ndarray, ended: np.ndarray, base: int, names: np.ndarray | None) -> np.ndarray:
    pairs = np.divmod(np.concatenate([keys, ends // 2]), base**2 if names is None else len(names))
    earlier, now = pairs if names is None else (names[pairs[0]], names[pairs[1]])
    steps = np.column_stack([earlier // base, earlier % base, now // base, now % base, np.concatenate([taken, ended])])
    # an end comes after the last three of its last step
    steps[len(keys) :, :3] = steps[len(keys) :, 1:4]
    steps[len(keys) :, 3] = np.where(ends % 2, CONVERTED, LOST)
    return steps


def _pieces(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    offsets = batch.column("path").offsets.to_numpy()
    cuts = np.unique(np.searchsorted(offsets[:-1], np.arange(offsets[0], offsets[-2] + 1, TOUCHES_AT_ONCE)))
    return [batch.slice(start, end - start) for start, end in zip(cuts, [*cuts[1:], batch.num_rows], strict=True)]


def model(dbt, session):  # type: ignore[no-untyped-def]
    """One row per way, dimension, conversion type, last three members and next step."""
    dbt.config(materialized="table")
    ways = dict(dbt.ref("int_models").filter("markov_order is not null").project("way, true").fetchall())
    members = dict(dbt.ref("int_members").aggregate("dimension, max(code)").fetchall())
    parts = [ROWS.empty_table()]
    for chain, journeys in chains(dbt.ref("int_journeys"), ways):
        batches = journeys.project("path, converts").to_arrow_reader(JOURNEYS_AT_ONCE)
        steps = chain_steps((piece for batch in batches for piece in _pieces(batch)), members[chain[1]] + 1)
        whose = [pa.repeat(value, len(steps)) for value in chain]
        parts.append(pa.table([*whose, *map(pa.array, steps.T)], names=ROWS.names).cast(ROWS))
    return session.from_arrow(pa.concat_tables(parts)).aggregate(f"{', '.join([*CHAIN, *STEP])}, sum(journeys)::bigint as journeys")
