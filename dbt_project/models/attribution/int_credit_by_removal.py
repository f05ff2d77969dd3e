"""Removal effects of absorbing Markov chains, solved exactly: how many conversions fewer there would be without a member.

Belongs here: the solution of small systems that SQL has counted. Never here: counting, months, money.
"""

import numpy as np
import pyarrow as pa
from kernels.chains import CHAIN, chains
from kernels.pieces import side_by_side
from scipy import sparse

BEFORE = ["third_last", "second_last", "latest"]
ROWS = pa.schema([*((name, pa.string()) for name in ["model", *CHAIN[1:]]), ("code", pa.int32()), ("effect", pa.float64()), ("share", pa.float64())])
CONVERTED, LOST, NOBODY = -1, -2, 0
# Of a walk that goes on less than this is beyond what a double can tell from nothing.
NOTHING = 1e-17
# Up to so many states a chain is solved as the system of equations that it is; beyond, it is walked, which knows the gaps in it.
SOLVED = 64
# Members that are removed side by side, and the share of their walks' places from which a table of all of them costs less than a list.
AT_ONCE, CROWDED = 32, 0.03
# Steps after which it is seen how much of a walk is left, and whether it has settled.
STEPS = 4


def removal_effects(before: np.ndarray, after: np.ndarray, journeys: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """(members, effects). `before` holds the last members of each step, latest last; a state of the chain is the last `order` of them.

    The effect of a member is the part of all conversions that is lost when every state that holds it leads to no conversion.
    """
    recent = before[:, before.shape[1] - order :]
    arrived = np.column_stack([recent, after])[:, 1:]
    moves = after > NOBODY
    # a state as one whole number: rows of numbers are sorted ten times as slowly
    base = int(max(before.max(), after.max())) + 1
    numbers, known = np.unique(np.concatenate([recent, arrived[moves]]) @ base ** np.arange(order)[::-1], return_inverse=True)
    latest, here, there = numbers % base, known[: len(after)], known[len(after) :]
    # a step that ends where it began changes nothing of where journeys end, and whoever came ten thousand times would be walked so often
    leaves = np.ones(len(after), bool)
    leaves[moves] = here[moves] != there
    # sums of whole numbers: the order of the rows leaves no trace
    left = np.bincount(here[leaves], journeys[leaves], len(numbers))
    ends = np.bincount(here[after == CONVERTED], journeys[after == CONVERTED], len(numbers)) / left
    onward = sparse.csr_array((journeys[moves & leaves], (there[leaves[moves]], here[moves & leaves])), shape=(len(numbers),) * 2)
    onward.data /= left[onward.indices]
    # as many journeys come to a state as leave it: how often the whole chain is at a state was counted, and need not be solved or walked
    visits = left / journeys[after == CONVERTED].sum()
    members = np.unique(after[moves])
    lost = _solved if len(numbers) <= SOLVED else _walked
    pieces = [members[at : at + AT_ONCE] for at in range(0, len(members), AT_ONCE)]
    return members, np.concatenate(list(side_by_side(lambda piece: lost(piece, latest, visits, onward, ends), pieces)))


def _walked(members: np.ndarray, latest: np.ndarray, visits: np.ndarray, onward: sparse.csr_array, ends: np.ndarray) -> np.ndarray:
    """What converts after its last visit to each of the members. It is lost without the member, for a journey that enters there ends there."""
    places = np.flatnonzero(np.isin(latest, members))
    theirs = places, np.searchsorted(members, latest[places])
    walking = sparse.csr_array((visits[places], theirs), shape=(len(latest), len(members)))
    converted, beyond = np.zeros(len(members)), NOTHING * visits.max()
    while abs(walking).sum(axis=0).max() > beyond:
        for step in range(STEPS):
            further = onward @ walking
            if sparse.issparse(further):
                at_end, further = ends @ walking, further.tocoo()
                further.data[latest[further.row] == members[further.col]] = 0.0
                further = further.toarray() if further.nnz > CROWDED * len(latest) * len(members) else further.tocsr()
            else:
                # a product of numpy's would go to BLAS, whose threads burn more than they help
                at_end = np.einsum("s,sm->m", ends, walking)
                further[theirs] = 0.0
                if step == STEPS - 1:
                    further, at_end = _leapt(walking, further, at_end)
            converted, walking = converted + at_end, further
    return converted


def _leapt(walking: np.ndarray, further: np.ndarray, at_end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a step only makes a walk smaller by a factor, all that is to come is a geometric sum: added now, and walked on from what it misses.

    Exact for any factor, for what is left to walk is worked out and not guessed; taken only where less is left than after a step.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = further.sum(axis=0) / walking.sum(axis=0)
        missed = (further - factor * walking) / (1 - factor)
        ahead = abs(missed).sum(axis=0) < abs(further).sum(axis=0)
        return np.where(ahead, missed, further), np.where(ahead, at_end / (1 - factor), at_end)


def _solved(members: np.ndarray, latest: np.ndarray, visits: np.ndarray, onward: sparse.csr_array, ends: np.ndarray) -> np.ndarray:
    """The same by the equations of the chances to convert, where coming back to the member is no chance."""
    whole, lost = np.eye(len(ends)) - onward.toarray().T, np.zeros(len(members))
    for number, member in enumerate(members):
        dead = latest == member
        system, rates = whole.copy(), np.where(dead, 0.0, ends)
        system[dead] = np.eye(len(ends))[dead]
        lost[number] = visits[dead] @ (ends + onward.T @ np.linalg.solve(system, rates))[dead]
    return lost


def shares(effects: np.ndarray) -> np.ndarray:
    """Effects in proportion, to the twelve digits of a share. The largest takes what rounding leaves, so that they are one together."""
    parts = np.rint(effects / effects.sum() * 1e12).astype(np.int64)
    parts[np.argmax(effects)] += 10**12 - parts.sum()
    rounded: np.ndarray = parts / 1e12
    return rounded


def model(dbt, session):  # type: ignore[no-untyped-def]
    """One row per model, dimension, conversion type and member: what would be lost without it, and its share."""
    dbt.config(materialized="table")
    models = dbt.ref("int_models").filter("markov_order is not null").project("way, model, markov_order").order("all").fetchall()
    rows = []
    for chain, steps in chains(dbt.ref("int_chain_steps"), {way for way, *_ in models}):
        taken = steps.fetchnumpy()
        if not (taken["next_step"] == CONVERTED).any():
            continue
        before = np.column_stack([taken[column] for column in BEFORE])
        for name, order in ((name, order) for way, name, order in models if way == chain[0]):
            members, effects = removal_effects(before, taken["next_step"], taken["journeys"].astype(float), order)
            found = zip(members.tolist(), effects.tolist(), shares(effects).tolist(), strict=True)
            rows += [dict(zip(ROWS.names, (name, *chain[1:], *row), strict=True)) for row in found]
    return session.from_arrow(pa.Table.from_pylist(rows, ROWS))
