"""Where everything of one home lies; the only place that knows the names of its folders.

Belongs here: paths. Never here: reading or writing what lies at them.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT = REPOSITORY / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"


@dataclass(frozen=True)
class Paths:
    """One home. `home` is absolute: dbt and Dagster change directory, a relative home would move with them."""

    home: Path

    @classmethod
    def at(cls, home: str | Path | None = None) -> Paths:
        """The given home, else `KPI_HOME`, else `data` in the folder the command was typed in."""
        chosen = home or os.environ.get("KPI_HOME") or "data"
        return cls(Path(chosen).expanduser().absolute())

    @property
    def can_be_opened(self) -> bool:
        """dbt reads the path of a database as an address and loses what follows # or ?; engines read the path of a table as a pattern."""
        return not re.search(r"[#?*[\x00-\x1f\x7f\ud800-\udfff]", str(self.home))

    @property
    def kpi(self) -> str:
        """How `kpi` is typed for this home, to be copied into a shell."""
        return f"kpi --home {shlex.quote(str(self.home))}"

    @property
    def company(self) -> Path:
        return self.home / "company"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def database(self) -> Path:
        return self.published / "kpi.duckdb"

    @property
    def page(self) -> Path:
        return self.published / "leadership.html"

    @property
    def manifest(self) -> Path:
        return self.published / "manifest.json"

    @property
    def ownership_page(self) -> Path:
        return self.published / "ownership.html"

    @property
    def versions(self) -> Path:
        return self.published / "versions"

    @property
    def reports(self) -> Path:
        """Pages that somebody asked for. They are of no version: the next question overwrites them."""
        return self.home / "reports"

    # --- the pipeline's own: deleting it loses nothing -------------------------------------------------------------

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def rules(self) -> Path:
        return self.state / "rules"

    @property
    def building(self) -> Path:
        """Files of the night that is being built, on the same disk as what they will be renamed to."""
        return self.state / "building"

    @property
    def candidate(self) -> Path:
        return self.building / "kpi.duckdb"

    @property
    def warehouse_building(self) -> Path:
        return self.building / "warehouse.duckdb"

    @property
    def verdicts(self) -> Path:
        return self.building / "verdicts"

    @property
    def dbt_target(self) -> Path:
        return self.state / "dbt"

    @property
    def dagster(self) -> Path:
        return self.state / "dagster"

    @property
    def lock(self) -> Path:
        return self.state / "night.lock"

    @property
    def status(self) -> Path:
        return self.state / "status.json"
