"""What each path that converted gives its members: what of its rate would be lost without each, in proportion.

A path is compared with the path that is left of it without a member, so paths are numbered, and looked up by what they hold.
Belongs here: numbering, looking up, and dividing. Never here: what the shares are worth (int_credit_by_counterfactual).
SQL says the same with lists as keys, at twice the cost (tests/test_path_shares.py holds this against it).
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from kernels.chains import CHAIN, chains

COUNTED = "count(*) as journeys, coalesce(sum(value), 0) as value, count(*) - count(value) as unpriced"
ROWS = pa.schema(
    [
        ("way", pa.int64()),
        *((name, pa.string()) for name in CHAIN[1:]),
        ("path_number", pa.int32()),
        ("month", pa.date32()),
        ("journeys", pa.int64()),
        ("value", pa.decimal128(38, 6)),
        ("unpriced", pa.int64()),
        ("codes", pa.list_(pa.int32())),
        ("shares", pa.list_(pa.float64())),
    ]
)
# Memory is bounded by all: journeys are read, paths are divided, and laid out without a member, so many journeys or touches at a time.
JOURNEYS_AT_ONCE, DIVIDED_AT_ONCE, LAID_AT_ONCE = 2**17, 2**21, 2**18
WHOLE = 10**12


def path_shares(numbers: np.ndarray, converts: np.ndarray, paths: pa.Array, kind: np.dtype) -> tuple[pa.Array, pa.Array]:
    """Of each path the members met on it and their shares; of a path that never converted none. Journeys have the number of their path."""
    walked, won = np.bincount(numbers, minlength=len(paths)), np.bincount(numbers[converts], minlength=len(paths))
    rates, asked = won / walked, np.flatnonzero(won)
    touches = np.cumsum(np.diff(_starts(paths, kind))[asked])
    pieces = (_divided(asked[piece], np.append(rates, 0.0), paths, kind) for piece in _pieces(touches, DIVIDED_AT_ONCE))
    counts, codes, shares = zip(*pieces, strict=True)
    met = np.zeros(len(paths) + 1, np.int32)
    met[asked + 1] = np.concatenate(counts)
    bounds = np.cumsum(met, dtype=np.int32)
    return pa.ListArray.from_arrays(bounds, np.concatenate(codes)), pa.ListArray.from_arrays(bounds, np.concatenate(shares))


def _divided(asked: np.ndarray, rates: np.ndarray, paths: pa.Array, kind: np.dtype) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of some paths how many members were met, which, and their shares: what is lost without each as a part of all that is lost."""
    some = paths.take(pa.array(asked))
    members, starts = np.frombuffer(some.buffers()[2], kind), _starts(some, kind)
    path, code = _met(members, np.diff(starts))
    left = pc.index_in(pa.chunked_array(_without(path, code, members, starts)), paths).fill_null(len(paths)).to_numpy()
    # a path that was never walked converts at nothing, and a path that converts better without a member has lost nothing by it
    losses = np.maximum(rates[asked][path] - rates[left], 0.0)
    # whole numbers in two parts, each of which doubles add up exactly
    exact = np.rint(losses * 1e18)
    high = np.floor(exact / 2**20)
    lost = ((np.bincount(path, high) * 2**20 + np.bincount(path, exact - high * 2**20)) / 1e18)[path]
    parts = np.floor(np.divide(losses, lost, out=np.zeros_like(losses), where=lost > 0) * WHOLE + 0.5)
    # where nobody is missed the last touch takes all; otherwise it takes what rounding leaves
    parts[code == members[starts[1:] - 1][path]] += WHOLE - np.bincount(path, parts)
    return np.bincount(path), code.astype(np.int32), parts / WHOLE


def _met(members: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each path and each member that was met on it, once."""
    base = int(members.max()) + 1
    # the counts are not used: asked for them numpy sorts, in a tenth of the time
    both, _ = np.unique(np.repeat(np.arange(len(lengths)), lengths) * base + members, return_counts=True)
    path = both // base
    return path, (both - path * base).astype(members.dtype)


def _without(path: np.ndarray, code: np.ndarray, members: np.ndarray, starts: np.ndarray) -> Iterator[pa.Array]:
    """What is left of each path without the member."""
    lengths = np.diff(starts)[path]
    ends = np.cumsum(lengths)
    for piece in _pieces(ends, LAID_AT_ONCE):
        touches, before = lengths[piece], ends[piece] - lengths[piece] - (ends[piece][0] - lengths[piece][0])
        laid = members[np.arange(touches.sum()) + np.repeat(starts[path[piece]] - before, touches)]
        stay = laid != np.repeat(code[piece], touches)
        yield _as_bytes(laid[stay], np.append(0, np.cumsum(np.add.reduceat(stay, before, dtype=np.int64))))


def _pieces(ends: np.ndarray, touches: int) -> list[slice]:
    """Of whatever ends after so many touches, pieces of about as many as are wanted."""
    cuts = np.unique(np.searchsorted(ends, np.arange(0, ends[-1], touches)))
    return [slice(start, end) for start, end in pairwise([*cuts, len(ends)])]


def _as_bytes(members: np.ndarray, starts: np.ndarray) -> pa.Array:
    """Paths as strings of bytes: these Arrow compares, and lists it does not."""
    buffers = [None, pa.py_buffer(starts.astype(np.int64) * members.itemsize), pa.py_buffer(members)]
    return pa.Array.from_buffers(pa.large_binary(), len(starts) - 1, buffers)


def _starts(paths: pa.Array, kind: np.dtype) -> np.ndarray:
    starts: np.ndarray = np.frombuffer(paths.buffers()[1], np.int64)[: len(paths) + 1] // kind.itemsize
    return starts


def _known(journeys: pa.RecordBatch, kind: np.dtype) -> tuple[pa.Array, np.ndarray, pa.RecordBatch]:
    """The paths of journeys, which of them converted, and what these brought and when."""
    path, converts = journeys["path"], journeys["converts"]
    starts = path.offsets.to_numpy()
    laid = _as_bytes(path.flatten().to_numpy().astype(kind), starts - starts[0])
    return laid, converts.to_numpy(zero_copy_only=False), journeys.select(["month", "value"]).filter(converts)


def _numbered(journeys: Iterable[pa.RecordBatch], kind: np.dtype) -> tuple[pa.DictionaryArray, np.ndarray, pa.Table]:
    """The same of all journeys, with a number for each path that is known by it, and let go of the rest."""
    paths, converts, sold = zip(*(_known(batch, kind) for batch in journeys), strict=True)
    walked, converted = pa.chunked_array(paths).dictionary_encode().combine_chunks(), np.concatenate(converts)
    return walked, converted, pa.Table.from_batches(sold).append_column("path_number", walked.indices.filter(converted))


def model(dbt, session):  # type: ignore[no-untyped-def]
    """One row per way, dimension, conversion type, path that converted and month: how many journeys went so, what they brought, and to whom."""
    dbt.config(materialized="table")
    ways = dict(dbt.ref("int_models").filter("family = 'counterfactual'").project("way, true").fetchall())
    codes = dict(dbt.ref("int_members").aggregate("dimension, max(code)").fetchall())
    rows = [ROWS.empty_table()]
    for chain, journeys in chains(dbt.ref("int_journeys"), ways):
        batches = journeys.project("path, converts, month, value").to_arrow_reader(JOURNEYS_AT_ONCE)
        kind = np.min_scalar_type(codes[chain[1]])
        walked, converts, sold = _numbered(batches, kind)
        months = session.from_arrow(sold).aggregate(f"path_number, month, {COUNTED}").to_arrow_table()
        if not len(months):
            continue
        shares = path_shares(walked.indices.to_numpy(), converts, walked.dictionary, kind)
        whose = [pa.repeat(value, len(months)) for value in chain]
        rows.append(pa.table([*whose, *months.columns, *(each.take(months["path_number"]) for each in shares)], names=ROWS.names).cast(ROWS))
    return session.from_arrow(pa.concat_tables(rows))
