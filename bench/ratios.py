"""Two things timed in turn, and the ratio of their medians.

Belongs here: the stopwatch, child processes for honest peak memory, the printed line. Never here: what is measured.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TURNS = 3


@dataclass(frozen=True)
class Cost:
    """Median of wall and CPU seconds over the turns, and the highest peak of memory."""

    wall: float
    cpu: float
    peak_mib: float


def in_turn(work: Callable[[], object], floor: Callable[[], object], turns: int = TURNS) -> tuple[Cost, Cost]:
    """Run both alternately in child processes: neither warms the other's caches more than the other's warms its own."""
    ours, theirs = each_in_turn(lambda: once(work), lambda: once(floor), turns=turns)
    return ours, theirs


def each_in_turn(*works: Callable[[], Cost], turns: int = TURNS) -> list[Cost]:
    """Median costs of several works that measure themselves, taken in turn."""
    taken = [[work() for work in works] for _ in range(turns)]
    return [_median(list(costs)) for costs in zip(*taken, strict=True)]


def once(act: Callable[[], object], before: Callable[[], object] = lambda: None) -> Cost:
    """One run in a child process; what is done before is not counted."""
    import multiprocessing

    receiver, sender = multiprocessing.Pipe(duplex=False)

    def child() -> None:
        before()
        started, spent = time.perf_counter(), _cpu()
        act()
        wall, cpu = time.perf_counter() - started, _cpu() - spent
        sender.send((wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    sender.close()  # the child's end is then the only one: its death ends the wait
    try:
        answer = receiver.recv()
    except EOFError:
        raise RuntimeError("the measured work died; what it said stands above") from None
    process.join()
    return Cost(*answer)


def command(words: Sequence[str]) -> Callable[[], object]:
    """A command as work; a non-zero exit is an error, because a failing command is always fast."""
    return lambda: subprocess.run(list(words), check=True, capture_output=True)


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs), max(cost.peak_mib for cost in costs))


def ratio(work: Cost, floor: Cost) -> str:
    return f"{work.wall / floor.wall:.2f} x wall, {work.cpu / floor.cpu:.2f} x CPU"


def told(goal: str, work: Cost, floor: Cost, what: str, against: str, wanted: str) -> None:
    """One line: the goal, the ratio of wall and of CPU, what it is a ratio of, and what the goal asks."""
    print(
        f"{goal:4} {what}: {work.wall / floor.wall:6.2f} x wall, {work.cpu / floor.cpu:6.2f} x CPU of {against} "
        f"({work.wall:.2f} s against {floor.wall:.2f} s, peak {work.peak_mib:.0f} MiB); goal: {wanted}",
        flush=True,
    )
