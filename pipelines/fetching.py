"""Declared databases are read into the inbox before a night looks into it.

Belongs here: when sources are read, and what their failing means for the night. Never here: how one is read (assets/database.py).
"""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.paths import Paths

DECLARED = "sources.toml"


class SourceRequired(Exception):
    """A source without which the company wants no night could not be read."""


def fetch(paths: Paths) -> list[str]:
    """Read every declared source; returns a sentence for each that failed. Raises SourceRequired for one that must not."""
    if not (paths.company / DECLARED).is_file():
        return []  # most companies declare none, and pay for no driver
    from assets.database import fetch_sources

    outcomes = fetch_sources(paths.company, paths.inbox, paths.archive, datetime.now(UTC))
    missed = [outcome.sentence for outcome in outcomes if outcome.error and outcome.is_required]
    if missed:
        raise SourceRequired("; ".join(missed))
    return [outcome.sentence for outcome in outcomes if outcome.error]


def stale(paths: Paths) -> list[str]:
    """A sentence for each declared source whose last reading failed; connects to nothing."""
    if not (paths.company / DECLARED).is_file():
        return []
    from assets.database import last_outcomes

    return [outcome.sentence for outcome in last_outcomes(paths.company, paths.archive) if outcome.error]
