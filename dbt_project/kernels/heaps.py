"""Records of people in heaps that fit into the processor's cache, and their numbers in order.

Belongs here: what the models that put people's records in order share. Never here: what a record says, or what is counted of it.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

# People are dealt by the first byte of their numbers, so that what is put in order at once stays within the cache.
HEAPS = 2**8

# Numbers of people, and beside each what is known of that record.
Records = tuple[np.ndarray, np.ndarray]


def dealt(records: Iterable[Records]) -> Iterator[Records]:
    """The same records, all of a person in one heap."""
    heaps: list[list[Records]] = [[] for _ in range(HEAPS)]
    for person, known in records:
        first_byte = (person >> 56).astype(np.uint8)
        order, ends = np.argsort(first_byte, kind="stable"), np.cumsum(np.bincount(first_byte, minlength=HEAPS))
        person, known = person[order], known[order]
        for heap, start, end in zip(heaps, np.append(0, ends[:-1]), ends, strict=True):
            if start < end:
                heap.append((person[start:end], known[start:end]))
    while heaps:
        if heap := heaps.pop():
            people, parts = zip(*heap, strict=True)
            yield np.concatenate(people), np.concatenate(parts)


def ordered(numbers: np.ndarray) -> np.ndarray:
    """Ascending."""
    # numpy's own sort is four times slower on processors whose compressed stores are slow
    return pl.Series(numbers).sort(multithreaded=False).to_numpy()


def changes(numbers: np.ndarray) -> np.ndarray:
    """Where a number is not the one before it; true of the first."""
    return np.append(True, numbers[1:] != numbers[:-1])
