"""Random streams by name: the same seed and name give the same numbers, whoever else draws.

Belongs here: seeding and the few draws that every part of the simulation shares.
Never here: what is drawn for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Streams:
    """A family of generators. Each name has its own key, so that adding an account moves no other account's numbers."""

    seed: int

    def named(self, *name: str) -> np.random.Generator:
        import numpy as np

        digest = sha256("/".join(name).encode()).digest()
        key = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))


def drifting(rng: np.random.Generator, n: int, spread: float, memory: float = 0.6) -> Floats:
    """Noise with a memory: good days follow good days, as real audiences do."""
    import numpy as np

    shocks = rng.normal(0.0, spread * (1 - memory**2) ** 0.5, n)
    out = np.empty(n)
    level = 0.0
    for i in range(n):
        level = memory * level + shocks[i]
        out[i] = level
    return out


def weighted(rng: np.random.Generator, weights: Sequence[float] | Floats, n: int) -> Ints:
    """n indices drawn with the weights given, by cumulated weight: no dependence on the weights' own sum."""
    import numpy as np

    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Ints = np.searchsorted(edges, rng.random(n) * edges[-1], side="right").astype(np.int64)
    return np.minimum(found, len(edges) - 1)


def weighted_by_day(rng: np.random.Generator, table: Floats, day: Ints) -> Ints:
    """One index per row, drawn with the weights of that row's day (table: day x choice)."""
    import numpy as np

    edges = np.cumsum(table, axis=1)
    edges /= edges[:, -1:]
    draw = rng.random(len(day))
    out = np.zeros(len(day), dtype=np.int64)
    for choice in range(table.shape[1] - 1):  # one pass per choice keeps memory at one column, whatever the scale
        out += draw >= edges[day, choice]
    return out


def clock(rng: np.random.Generator, hours: Sequence[float], n: int) -> Ints:
    """Seconds after local midnight, busy when people are awake."""
    return weighted(rng, hours, n) * 3600 + rng.integers(0, 3600, n)


def returns(rng: np.random.Generator, start: Floats, eager: Floats, end: float, shape: dict[str, Any]) -> tuple[Ints, Floats]:
    """Who comes back and when: intensity falls as a power of the days since the start.

    Returns (index of the person, day as a float), before seasons thin it out.
    """
    import numpy as np

    left = 1.0 - float(shape["power"])
    room = np.power(1.0 + np.maximum(end - start, 0.0), left) - 1.0
    times = rng.poisson(eager * float(shape["rate"]) * room / left)
    who = np.repeat(np.arange(len(start)), times)
    offset = np.power(1.0 + rng.random(len(who)) * room[who], 1.0 / left) - 1.0
    return who, start[who] + offset
