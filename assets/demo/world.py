"""The whole made-up company at once: media, people, web visits, desks, tills, and where the stories fall.

Belongs here: putting the parts together from one seed.
Never here: files, formats, deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assets.demo.awareness import Media, Series, simulate_media
from assets.demo.desk import Cases, simulate_desks
from assets.demo.people import People, simulate_people
from assets.demo.season import Season
from assets.demo.streams import Streams
from assets.demo.tills import simulate_tills
from assets.demo.web import Visits, simulate_web

SPEC = Path(__file__).with_name("moonwell.yml")
SHORTEST = 60  # fewer days do not hold every story with its deliveries


@dataclass
class World:
    spec: dict[str, Any]
    season: Season
    streams: Streams
    scale: float
    media: Media
    people: People
    visits: Visits
    desks: dict[str, Cases]  # by account
    tills: list[Series]

    @property
    def series(self) -> list[Series]:
        """Every daily count that some account reports."""
        return self.media.series + self.tills

    def story_day(self, name: str) -> int:
        return self.season.at(self.spec["stories"][name]["at"])


def read_spec() -> dict[str, Any]:
    import yaml

    spec: dict[str, Any] = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    return spec


def simulate(days: int, scale: float, seed: int, last_day: date) -> World:
    if days < SHORTEST:
        raise ValueError(f"the demo company needs at least {SHORTEST} days to tell its stories; {days} were asked for")
    if scale <= 0:
        raise ValueError(f"scale must be above 0; {scale} was asked for")
    spec = read_spec()
    season = Season(last_day - timedelta(days=days - 1), days, spec)
    streams = Streams(seed)
    media = simulate_media(streams, season)
    return World(
        spec,
        season,
        streams,
        scale,
        media,
        simulate_people(streams, season, media, scale),
        simulate_web(streams, season, media, scale),
        simulate_desks(streams, season, media, scale),
        simulate_tills(streams, season, media),
    )
