"""The project's own SQL, compiled by dbt once, to be run over rows of a caller's making: for worlds too many or too large for a night.

Belongs here: the text of models as dbt would run it, their order, and the models that are Python. Never here: rows, or what must come of them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from pipelines.building import environment
from pipelines.paths import DBT_PROJECT, Paths

MODELS = DBT_PROJECT / "models"


class Compiled:
    """`text` of each model by name, reading other models by their bare names and the rules as `rules_<table>`."""

    def __init__(self, folder: Path, *paths: str) -> None:
        paths = paths or ("path:models/attribution",)
        places = environment(Paths.at(folder)) | {"KPI_WAREHOUSE": ":memory:", "KPI_CANDIDATE": ":memory:"}
        command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "compile", "--no-introspect", "--project-dir", str(DBT_PROJECT)]
        done = subprocess.run([*command, "--select", *paths], env={**os.environ, **places}, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise RuntimeError(f"the project does not compile:\n{done.stdout}{done.stderr}")
        target = Path(places["DBT_TARGET_PATH"])
        nodes = json.loads((target / "manifest.json").read_text())["nodes"].values()
        models = {node["name"]: node for node in nodes if node["resource_type"] == "model"}
        self.parents = {
            name: {key.split(".")[-1] for key in node["depends_on"]["nodes"] if key.startswith("model.")} for name, node in models.items()
        }
        compiled = target / "compiled" / "kpi_attribution"
        self.text = {
            name: _with_bare_names((compiled / node["original_file_path"]).read_text())
            for name, node in models.items()
            if node["language"] == "sql" and (compiled / node["original_file_path"]).is_file()
        }

    def run(self, con: duckdb.DuckDBPyConnection, *wanted: str) -> None:
        """Make the wanted models and all that they stand on and that the connection does not have yet."""
        for name in wanted:
            if (name,) in con.execute("show tables").fetchall():
                continue
            self.run(con, *sorted(self.parents[name]))
            if name in self.text:
                con.execute(f"create table {name} as {self.text[name]}")
            else:
                made_in_python(con, name, python_model(name))


class _Dbt:
    """As much of dbt as a Python model sees."""

    def __init__(self, ref: Callable[[str], Any]) -> None:
        self.ref = ref

    def config(self, **_: object) -> None:
        """Nothing is materialised here."""


def made_in_python(con: duckdb.DuckDBPyConnection, name: str, module: ModuleType) -> None:
    """The table of a Python model, as dbt would make it."""
    made = module.model(_Dbt(con.table), con)
    assert made is not None
    con.execute(f"create table {name} as from made")


def python_model(name: str) -> ModuleType:
    """The module of a Python model, as dbt would import it."""
    if str(DBT_PROJECT) not in sys.path:  # module_paths of profiles.yml
        sys.path.append(str(DBT_PROJECT))
    spec = importlib.util.spec_from_file_location(name, next(MODELS.rglob(f"{name}.py")))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _with_bare_names(text: str) -> str:
    text = re.sub(r"read_parquet\('[^']*/(\w+)\.parquet'\)", r"rules_\1", text)
    return re.sub(r'"memory"\."\w+"\."(\w+)"', r"\1", text)


def table(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """A table of the caller's rows."""
    con.execute(f"create or replace table {name} ({columns})")
    rows = list(rows)
    if rows:
        con.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)
