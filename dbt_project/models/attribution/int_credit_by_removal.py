"""Removal effects of absorbing Markov chains, solved exactly: how many conversions fewer there would be without a member.

Belongs here: the solution of small systems that SQL has counted. Never here: counting, months, money.
"""

import numpy as np
import pyarrow as pa
from kernels.chains import CHAIN, chains
from scipy import sparse

BEFORE = ["third_last", "second_last", "latest"]
ROWS = pa.schema([*((name, pa.string()) for name in ["model", *CHAIN[1:]]), ("code", pa.int32()), ("effect", pa.float64()), ("share", pa.float64())])
CONVERTED, LOST, NOBODY = -1, -2, 0
# Of a walk that goes on less than this is beyond what a double can tell from nothing.
NOTHING = 1e-17
# Up to so many states a chain is solved as the system of equations that it is; beyond, it is walked, which knows the gaps in it.
SOLVED = 64
# Members that are removed side by side: as many columns of memory as the chain has states.
AT_ONCE = 64


def removal_effects(before: np.ndarray, after: np.ndarray, journeys: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """(members, effects). `before` holds the last members of each step, latest last; a state of the chain is the last `order` of them.

    The effect of a member is the part of all conversions that is lost when every state that holds it leads to no conversion.
    """
    recent = before[:, before.shape[1] - order :]
    arrived = np.column_stack([recent, after])[:, 1:]
    moves = after > NOBODY
    # a state as one whole number: rows of numbers are sorted ten times as slowly
    base = int(max(before.max(), after.max())) + 1
    digits = base ** np.arange(order)[::-1]
    numbers, known = np.unique(np.concatenate([recent, arrived[moves]]) @ digits, return_inverse=True)
    states = numbers[:, None] // digits % base
    here, there = known[: len(after)], known[len(after) :]
    # a step that ends where it began changes nothing of where journeys end, and whoever came ten thousand times would be walked so often
    leaves = np.ones(len(after), bool)
    leaves[moves] = here[moves] != there
    # sums of whole numbers: the order of the rows leaves no trace
    left = np.bincount(here[leaves], journeys[leaves], len(states))
    ends = np.bincount(here[after == CONVERTED], journeys[after == CONVERTED], len(states)) / left
    onward = sparse.csr_array((journeys[moves & leaves], (there[leaves[moves]], here[moves & leaves])), shape=(len(states), len(states)))
    onward.data /= left[onward.indices]
    members = np.unique(after[moves])
    rates = [_rates_without(members[at : at + AT_ONCE], states, onward, ends) for at in range(0, len(members), AT_ONCE)]
    # as many journeys come to a state as leave it, so the chain as a whole converts at the rate that was seen; long walks need not be walked
    whole = journeys[after == CONVERTED].sum() / journeys[~moves].sum()
    return members, 1 - np.concatenate(rates) / whole


def _rates_without(members: np.ndarray, states: np.ndarray, onward: sparse.csr_array, ends: np.ndarray) -> np.ndarray:
    """The share of journeys that convert when a member is a dead end, for each of the members."""
    # a journey enters the states of a member by a step to it, and is lost there: the states further on are never reached
    dead = [np.flatnonzero(states[:, -1] == member) for member in members]
    if len(states) <= SOLVED:
        return np.array([_solved(onward, ends, one)[(states == NOBODY).all(axis=1)][0] for one in dead])
    rows, columns = np.concatenate(dead), np.repeat(np.arange(len(members)), [len(one) for one in dead])
    walking = np.zeros((len(states), len(members)))
    walking[(states == NOBODY).all(axis=1)] = 1.0
    converted = np.zeros(len(members))
    while walking.sum(axis=0).max() > NOTHING:
        converted += ends @ walking
        walking = onward @ walking
        walking[rows, columns] = 0.0
    return converted


def _solved(onward: sparse.csr_array, ends: np.ndarray, dead: np.ndarray) -> np.ndarray:
    system, rates = np.eye(len(ends)) - onward.toarray().T, ends.copy()
    system[dead], rates[dead] = np.eye(len(ends))[dead], 0.0
    solved: np.ndarray = np.linalg.solve(system, rates)
    return solved


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
