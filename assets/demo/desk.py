"""The service desk: who asks, who is answered and when, what is decided, and the evening of the crisis.

Belongs here: cases as columns, from their opening to their end.
Never here: what counts as a good answer (that is the catalogue's), files and their formats.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from assets.demo.awareness import Media
from assets.demo.season import Season
from assets.demo.streams import Streams, clock, drifting, weighted

if TYPE_CHECKING:
    import numpy as np

    from assets.demo.streams import Ints

KINDS = ("mention", "decision", "crisis")
STEPS = ("answered", "closed", "approved", "executed")  # what may happen to a case after its opening


@dataclass
class Cases:
    """Equal-long columns sorted by opening. Instants are seconds of local wall time since the first day's midnight; below 0: never."""

    opened: Ints
    kind: Ints
    answered: Ints
    closed: Ints
    approved: Ints
    executed: Ints
    automatic: Any  # the answer was written by nobody
    topic: Ints
    mood: Ints  # hundredths
    hops: Ints
    role: Ints
    number: Any
    topics: list[str]
    roles: list[str]

    def __len__(self) -> int:
        return len(self.opened)

    def of_kind(self, name: str) -> Any:
        return self.kind == KINDS.index(name)

    def take(self, rows: Any) -> Cases:
        return replace(self, **{c: getattr(self, c)[rows] for c in _COLUMNS})

    def known_at(self, instant: int) -> Cases:
        """The same cases as somebody sees them who asks at this instant: later answers have not been given yet."""
        import numpy as np

        steps: dict[str, Any] = {s: np.where(getattr(self, s) < instant, getattr(self, s), -1) for s in STEPS}
        return replace(self, **steps, automatic=self.automatic & (steps["answered"] >= 0))

    def latest(self) -> Ints:
        """The last thing that happened to each case after its opening; below 0 where nothing did."""
        import numpy as np

        found: Ints = np.max([getattr(self, s) for s in STEPS], axis=0)
        return found


_COLUMNS = tuple(f.name for f in fields(Cases) if f.name not in ("topics", "roles"))


def simulate_desks(streams: Streams, season: Season, media: Media, scale: float) -> dict[str, Cases]:
    desks = {name: spec for name, spec in season.spec["accounts"].items() if "mentions" in spec}
    return {name: _desk(streams, season, media, scale, name, spec) for name, spec in desks.items()}


def _desk(streams: Streams, season: Season, media: Media, scale: float, name: str, spec: dict[str, Any]) -> Cases:
    import numpy as np

    parts = [_mentions(streams, season, media, scale, name, spec), _decisions(streams, season, name, spec["decisions"])]
    story = season.spec["stories"]["evening"]
    topics = [*spec["topics"]]
    roles = [*spec["decisions"]["roles"]]
    if story["account"] == name:
        topics.append(story["topic"])
        parts.append(_crisis(season, story, len(topics) - 1, roles.index(story["role"])))
    columns = {c: np.concatenate([part[c] for part in parts]) for c in parts[0]}
    order = np.lexsort((columns["kind"], columns["opened"]))
    columns = {c: values[order] for c, values in columns.items()}
    number = np.empty(len(order), dtype=object)
    for kind, letters in enumerate(("SD", "DC", "CR")):  # a case's number is unique whatever its kind
        rows = np.flatnonzero(columns["kind"] == kind)
        number[rows] = [f"{letters}-{n:06d}" for n in range(1, len(rows) + 1)]
    return Cases(**columns, number=number, topics=topics, roles=roles)


def _columns(kind: str, opened: Ints, **known: Any) -> dict[str, Any]:
    """A part of the desk's cases; columns that a kind does not have say never."""
    import numpy as np

    never = {c: np.full(len(opened), -1, dtype=np.int64) for c in (*STEPS, "topic", "mood", "hops", "role")}
    plain = {"automatic": np.zeros(len(opened), dtype=bool), "kind": np.full(len(opened), KINDS.index(kind), dtype=np.int64)}
    return {**never, **plain, "opened": opened, **known}


def _mentions(streams: Streams, season: Season, media: Media, scale: float, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    shape, days, stories = spec["mentions"], season.days, season.spec["stories"]
    rng = streams.named(name, "mentions")
    usual = shape["per_day"] * scale * season.growth(shape["growth"])
    busy = usual * np.sqrt(season.factors("shop", "leisure")) * media.lift_people * np.exp(drifting(rng, days, shape["noise"]))
    count = rng.poisson(busy)
    day = np.repeat(np.arange(days), count)
    opened = day * 86400 + clock(rng, season.spec["hours"], len(day))

    evening, topics = np.zeros(len(opened), dtype=bool), weighted(rng, [t["weight"] for t in spec["topics"].values()], len(opened))
    moods = [t["mood"] for t in spec["topics"].values()]
    story = stories["evening"]
    if story["account"] == name:
        more, start = max(story["least"], round(story["mentions"] * scale)), season.at(stories["crisis"]["at"]) * 86400
        begins, ends = (start + hour * 3600 for hour in story["hours"])
        # The rumour peaks early and is still there at midnight.
        angry = begins + ((ends - begins) * rng.beta(1.6, 2.2, more)).astype(np.int64)
        opened, topics = np.concatenate([opened, angry]), np.concatenate([topics, np.full(more, len(moods))])
        evening = (opened >= begins) & (opened < ends)
        moods = [*moods, story["mood"]]
    answered, automatic = _answers(rng, season, shape, opened, evening, count / usual, story)
    edges = stories["quarter_hour"]
    if edges["account"] == name:
        ask = season.at(edges["at"]) * 86400 + np.array([edges["met"], edges["missed"]], dtype=np.int64)
        opened, topics = np.concatenate([opened, ask]), np.concatenate([topics, np.zeros(2, dtype=np.int64)])
        answered = np.concatenate([answered, ask + shape["promise_seconds"] + np.array([0, 1])])
        automatic = np.concatenate([automatic, np.zeros(2, dtype=bool)])
    by_person = (answered >= 0) & ~automatic
    closed = np.where(by_person, answered + 1 + rng.exponential(shape["closing_seconds"], len(opened)).astype(np.int64), -1)
    mood = np.rint(np.clip(np.array(moods)[topics] + rng.normal(0, 0.24, len(opened)), -1, 1) * 100).astype(np.int64)
    return _columns("mention", opened, answered=answered, closed=closed, automatic=automatic, topic=topics, mood=mood)


def _answers(
    rng: np.random.Generator, season: Season, shape: dict[str, Any], opened: Ints, evening: Any, load: Any, story: dict[str, Any]
) -> tuple[Ints, Any]:
    """When each mention is answered, and whether by nobody. Busy days are slower; at night only the machine answers."""
    import numpy as np

    n, day, hour = len(opened), opened // 86400, opened % 86400 // 3600
    staffed = (hour >= shape["staffed"][0]) & (hour < shape["staffed"][1])
    median = shape["median_seconds"] * np.power(np.maximum(load, 0.3), shape["load"]) * season.growth(-shape["improves"])
    median = np.where(evening, story["median_seconds"], median[day])
    wait = median * np.exp(rng.normal(0.0, 1.0, n) * np.where(evening, story["spread"], shape["spread"]))
    morning = day * 86400 + np.where(hour < shape["staffed"][0], 0, 86400) + shape["staffed"][0] * 3600 + rng.integers(60, 5400, n)
    answered = np.where(staffed, opened + np.maximum(wait, 18).astype(np.int64), morning)
    # The two answers at the promise itself and a second after are told as a story: nobody else may meet those seconds by chance.
    late = answered - opened - shape["promise_seconds"]
    answered = answered + np.where((late == 0) | (late == 1), 7, 0)
    silent = rng.random(n) < np.where(evening, story["silent"], shape["silent"])
    automatic = ~silent & (rng.random(n) < np.where(staffed, shape["automatic"], shape["automatic_at_night"]))
    answered = np.where(automatic, opened + rng.integers(2, 7, n), answered)
    return np.where(silent, -1, answered), automatic


def _decisions(streams: Streams, season: Season, name: str, shape: dict[str, Any]) -> dict[str, Any]:
    """Proposed in office hours, passed from desk to desk, carried out days later, or refused on the way."""
    import numpy as np

    rng = streams.named(name, "decisions")
    working = np.array([season.day(i).weekday() < 5 for i in range(season.days)])
    count = rng.poisson(np.where(working, shape["per_week"] / 5, 0.0))
    count[season.days // 3] += 1  # the shortest period has one too
    n, (begins, ends) = int(count.sum()), shape["office"]
    opened = np.repeat(np.arange(season.days), count) * 86400 + rng.integers(begins * 3600, ends * 3600, n)

    def in_office(at: Any) -> Ints:
        of_day = at % 86400
        shift = np.where(of_day < begins * 3600, 0, 86400) + begins * 3600 + rng.integers(0, 5400, n)
        found: Ints = np.where((of_day >= begins * 3600) & (of_day < ends * 3600), at, at - of_day + shift)
        return found

    hops = 1 + weighted(rng, shape["hops"], n)
    taken = shape["hours_per_hop"] * 3600 * hops * np.exp(rng.normal(0, shape["spread"], n))
    approved = in_office(opened + np.maximum(taken, 600).astype(np.int64))
    done = shape["execution_hours"] * 3600 * np.exp(rng.normal(0, shape["spread"], n))
    executed = in_office(approved + np.maximum(done, 1800).astype(np.int64))
    approved = np.where(rng.random(n) < shape["refused"], -1, approved)
    executed = np.where((approved < 0) | (rng.random(n) < shape["dropped"]), -1, executed)
    role = weighted(rng, [*shape["roles"].values()], n)
    return _columns("decision", opened, approved=approved, executed=executed, hops=hops, role=role)


def _crisis(season: Season, story: dict[str, Any], topic: int, role: int) -> dict[str, Any]:
    import numpy as np

    opened = np.array([season.at(season.spec["stories"]["crisis"]["at"]) * 86400 + story["opened"]], dtype=np.int64)
    rest = {"topic": np.array([topic], dtype=np.int64), "role": np.array([role], dtype=np.int64)}
    return _columns("crisis", opened, answered=opened + story["statement"], closed=opened + story["over"], **rest)
