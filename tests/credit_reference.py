"""Credit computed the long way: every conversion by itself, every permutation, every chain as a system of exact fractions.

Belongs here: definitions written down as plainly as they can be read. Never here: anything that the project computes with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

START: tuple[str, ...] = ()
Path = tuple[str, ...]
Credit = dict[str, Fraction]


@dataclass(frozen=True)
class Journey:
    """One conversion, or (value None) none: channels in order, and how many days before the last touch each was."""

    path: Path
    ages: tuple[Fraction, ...]
    value: int | None


def by_place(family: str, journey: Journey, direct: str) -> Credit:
    """What a rule gives each channel of one conversion, with 40/20/40 and a half-life of a week."""
    n = len(journey.path)
    if family == "first":
        weights = [1 if i == 0 else 0 for i in range(n)]
    elif family == "last":
        weights = [1 if i == n - 1 else 0 for i in range(n)]
    elif family == "last_non_direct":
        chosen = max((i for i in range(n) if journey.path[i] != direct), default=n - 1)
        weights = [1 if i == chosen else 0 for i in range(n)]
    elif family == "linear":
        weights = [1] * n
    elif family == "position":
        first = last = Fraction(2, 5)
        ends = [first, last] if n == 2 else [first, *[(1 - first - last) / (n - 2)] * (n - 2), last]
        weights = [1] if n == 1 else ends
    else:
        weights = [Fraction(2 ** (-float(age) / 7)) for age in journey.ages]
    credit: Credit = defaultdict(Fraction)
    for channel, weight in zip(journey.path, weights, strict=True):
        credit[channel] += Fraction(weight) / Fraction(sum(weights))
    return credit


def shapley(sold: Sequence[tuple[Path, int]]) -> Credit:
    """Over every order in which the channels could have joined: what each adds to the conversions that those before it win alone."""
    players = sorted({channel for path, _ in sold for channel in path})

    def won(coalition: set[str]) -> int:
        return sum(worth for path, worth in sold if set(path) <= coalition)

    credit: Credit = defaultdict(Fraction)
    orders = list(permutations(players))
    for order in orders:
        for i, player in enumerate(order):
            credit[player] += Fraction(won(set(order[: i + 1])) - won(set(order[:i])), len(orders))
    return credit


def counterfactual(journeys: Sequence[Journey]) -> Iterator[tuple[Journey, Credit]]:
    """Each conversion with its shares: what its path converts at, less what it converts at without the channel."""
    walked, converted = Counter(j.path for j in journeys), Counter(j.path for j in journeys if j.value is not None)

    def rate(path: Path) -> Fraction:
        return Fraction(converted[path], walked[path]) if walked[path] else Fraction(0)

    for journey in journeys:
        if journey.value is not None:
            path = journey.path
            losses = {c: max(Fraction(0), rate(path) - rate(tuple(p for p in path if p != c))) for c in set(path)}
            total = sum(losses.values())
            yield journey, {c: loss / total for c, loss in losses.items()} if total else {path[-1]: Fraction(1)}


def removal(journeys: Sequence[Journey], order: int) -> Credit:
    """Shares of the removal effects of a chain whose states are the last `order` channels: the equations solved in fractions."""
    steps: dict[Path, Counter[Path | bool]] = defaultdict(Counter)
    for journey in journeys:
        state = START
        for channel in journey.path:
            arrived = (*state, channel)[-order:]
            steps[state][arrived] += 1
            state = arrived
        steps[state][journey.value is not None] += 1
    whole = _converting(steps, None)
    effects = {c: 1 - _converting(steps, c) / whole for c in {c for j in journeys for c in j.path}}
    return {channel: effect / sum(effects.values()) for channel, effect in effects.items()}


def _converting(steps: Mapping[Path, Counter[Path | bool]], without: str | None) -> Fraction:
    states = [state for state in steps if without not in state]
    rows = []
    for state in states:
        total = sum(steps[state].values())
        row = [Fraction(int(state == other)) - Fraction(steps[state][other], total) for other in states]
        rows.append([*row, Fraction(steps[state][True], total)])
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [cell / rows[i][i] for cell in rows[i]]
        for r in range(len(rows)):
            if r != i and rows[r][i]:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return rows[states.index(START)][-1]
