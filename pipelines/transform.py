"""The dbt project as Dagster assets; the only place where the keys of models are made.

Belongs here: the manifest, the translation of names, how dbt is started.
Never here: SQL, or the meaning of a model.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.paths import DBT_PROJECT, Paths
from pipelines.progress import say


class OfflineDbt(DbtCliResource):
    """dbt as dagster-dbt starts it, but without asking `dbt --version`, which asks the package index and hangs without names."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))


class Translator(DagsterDbtTranslator):
    """Every layer is a group; a model's key is its name, whatever database or schema it is built in."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True, enable_source_tests_as_checks=False))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        # the stock key carries the schema as a prefix: a check on the bare name would then load, validate and guard nothing
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["fqn"][1])


def environment(paths: Paths) -> dict[str, str]:
    """What the dbt project reads of the home, and nothing of it that calls out."""
    return {
        "KPI_WAREHOUSE": str(paths.warehouse_building),
        "KPI_CANDIDATE": str(paths.candidate),
        "KPI_LANDING": str(paths.landing),
        "KPI_RULES": str(paths.rules),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_LOG_PATH": str(paths.dbt_target / "logs"),
        "DBT_TARGET_PATH": str(paths.dbt_target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def project_hash() -> str:
    """Over every file that dbt parses; a manifest of another hash is stale."""
    digest = hashlib.sha256()
    for folder in ("models", "macros"):
        for path in sorted((DBT_PROJECT / folder).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + path.read_bytes())
    digest.update((DBT_PROJECT / "dbt_project.yml").read_bytes() + (DBT_PROJECT / "profiles.yml").read_bytes())
    return digest.hexdigest()


def dbt_executable() -> str:
    """The dbt beside this Python: the one on PATH may belong to another environment."""
    return str(Path(sys.executable).with_name("dbt"))


def manifest(paths: Paths) -> Path:
    """The parsed project of this home; parsed again only when a file of the project changed."""
    path, stamp = paths.dbt_target / "manifest.json", paths.dbt_target / "project.sha256"
    wanted = project_hash() + str(paths.home)
    if path.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return path
    paths.dbt_target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603 - our own dbt, no shell
        [dbt_executable(), "--quiet", "parse", "--project-dir", str(DBT_PROJECT)],
        env={**os.environ, **environment(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the dbt project does not parse:\n{done.stdout}{done.stderr}")
    stamp.write_text(wanted)
    return path


def public_models(manifest_path: Path) -> list[str]:
    """Names of the models that are published, in alphabetical order."""
    nodes = json.loads(manifest_path.read_text())["nodes"].values()
    return sorted(node["name"] for node in nodes if node["resource_type"] == "model" and node.get("access") == "public")


def dbt_models(paths: Paths) -> dg.AssetsDefinition:
    """All models as assets of one step: dbt orders them and holds DuckDB's one writer."""
    translator = Translator()

    @dbt_assets(manifest=manifest(paths), dagster_dbt_translator=translator, name="models")
    def models(context: dg.AssetExecutionContext, dbt: OfflineDbt) -> Iterator[Any]:
        # unit tests prove the models on rows of their own: they belong to `make test`, not to every night
        say("computing the models")
        invocation = dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context, target_path=paths.dbt_target)
        outputs = []
        for event in invocation.stream():
            # outputs wait until dbt has let go of the file: only then can their rows be counted
            if isinstance(event, (dg.Output, dg.AssetMaterialization)):
                outputs.append(event)
            else:
                yield event
        rows = row_counts(paths)
        for event in outputs:
            name = str(event.metadata["unique_id"].value if "unique_id" in event.metadata else "").split(".")[-1]
            counted = {"dagster/row_count": rows[name]} if name in rows else {}
            yield event.with_metadata({**event.metadata, **counted})

    return models


def row_counts(paths: Paths) -> dict[str, int]:
    """Rows of every table in the working file and in the candidate, by table name."""
    import duckdb

    counts: dict[str, int] = {}
    for file in (paths.warehouse_building, paths.candidate):
        with duckdb.connect(str(file), read_only=True) as con:
            found = con.execute("select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'").fetchall()
            for schema, table in found:
                answer = con.execute(f'select count(*) from "{schema}"."{table}"').fetchone()  # noqa: S608 - names come from dbt
                counts[table] = int(answer[0]) if answer else 0
    return counts
