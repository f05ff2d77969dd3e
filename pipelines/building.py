"""`dbt build` in this process, and what became of every model and test.

Belongs here: starting dbt and letting go of its file. Never here: Dagster, the keys of models, SQL.
A process of its own for dbt would pay its import once more every night (DECISIONS.md, 14).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipelines.paths import DBT_PROJECT, Paths

# unit tests prove the models on rows of their own: they belong to `make test`, not to every night
NIGHTLY = ("--exclude-resource-type", "unit_test")
# a line a model and test; at dbt's own `debug` every statement is written out twice, for a fifth of the CPU of a small night
LOGGED = ("--log-level-file", "info")


@dataclass(frozen=True)
class Node:
    """A model or a test that dbt finished; `status` in dbt's own words."""

    unique_id: str
    status: str
    message: str
    seconds: float
    failures: int | None

    @property
    def is_wrong(self) -> bool:
        return self.status in ("error", "fail", "runtime error")

    @property
    def has_run(self) -> bool:
        return self.status != "skipped"


def wrong(nodes: list[Node]) -> str:
    """The models and tests that did not pass, by name and with what dbt says of each; empty where all did."""
    return "; ".join(f"{node.unique_id}: {node.message}" for node in nodes if node.is_wrong)


class BuildFailed(Exception):
    """dbt could not start, or built nothing at all."""


def environment(paths: Paths) -> dict[str, str]:
    """What the dbt project reads of the home, and nothing of it that calls out."""
    return {
        "KPI_WAREHOUSE": str(paths.warehouse_building),
        "KPI_CANDIDATE": str(paths.candidate),
        "KPI_LANDING": _in_a_location(paths.landing),
        "KPI_RULES": _in_a_location(paths.rules),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_LOG_PATH": str(paths.dbt_target / "logs"),
        "DBT_TARGET_PATH": str(paths.dbt_target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _in_a_location(folder: Path) -> str:
    """As it stands in the location of a source: text between quotes of SQL that dbt-duckdb fills in as a format."""
    return str(folder).replace("'", "''").replace("{", "{{").replace("}", "}}")


def parse(paths: Paths) -> None:
    """Write the manifest of the project. Raises BuildFailed when it does not parse."""
    # dbt patches what it last parsed, and stumbles over unit tests of a model that is no longer there: every night would fail after an upgrade
    (paths.dbt_target / "partial_parse.msgpack").unlink(missing_ok=True)
    _invoke(paths, "parse")


def build(paths: Paths, *selection: str) -> list[Node]:
    """Build what is selected, all that a night needs if nothing is. Raises BuildFailed when nothing was built and nothing tested."""
    selection = selection or NIGHTLY
    results = getattr(_invoke(paths, "build", *selection), "results", None)
    if not results:
        raise BuildFailed(f"dbt built nothing for {' '.join(selection)}: nothing was computed and nothing was tested")
    return [Node(r.node.unique_id, str(r.status), str(r.message or ""), float(r.execution_time), r.failures) for r in results]


def _invoke(paths: Paths, *words: str) -> object:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(environment(paths))
    paths.dbt_target.mkdir(parents=True, exist_ok=True)
    try:
        done = dbtRunner().invoke(["--quiet", *LOGGED, *words, "--project-dir", str(DBT_PROJECT)])
    finally:
        # dbt keeps its connection open for the next command; the file could not be opened by anybody else until this process ends
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if done.exception and not isinstance(done.exception, Exception):
        raise done.exception  # dbt was asked to stop, and has no say in why
    if done.exception:
        raise BuildFailed(f"dbt did not run: {done.exception}") from done.exception
    return done.result
