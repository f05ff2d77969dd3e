"""One piece of the work on each processor, in the order of the pieces.

Belongs here: how pieces are handed out. Never here: what is done with a piece.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Made = TypeVar("Made")


def side_by_side(work: Callable[[Piece], Made], pieces: Iterable[Piece]) -> Iterator[Made]:
    """What the work makes of each. numpy lets go of the interpreter while it counts, so threads do."""
    at_once = os.cpu_count() or 1
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            # an executor's own `map` would take in every piece at once, and memory would grow with their number
            if len(waiting) >= at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
