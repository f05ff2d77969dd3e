"""The dbt project as Dagster assets; the only place where the keys of models are made.

Belongs here: the manifest, the translation of names, what of a build Dagster is told.
Never here: SQL, the meaning of a model, how dbt is started (building.py).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from pipelines.building import build, parse, wrong
from pipelines.durable import read_json
from pipelines.paths import DBT_PROJECT, Paths
from pipelines.progress import say


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


def project_hash() -> str:
    """Over every file that dbt parses; a manifest of another hash is stale."""
    digest = hashlib.sha256()
    for folder in ("models", "macros"):
        for path in sorted((DBT_PROJECT / folder).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + path.read_bytes())
    digest.update((DBT_PROJECT / "dbt_project.yml").read_bytes() + (DBT_PROJECT / "profiles.yml").read_bytes())
    return digest.hexdigest()


def manifest(paths: Paths) -> Mapping[str, Any]:
    """The parsed project of this home; parsed again only when a file of the project changed, or a night died while dbt wrote it down."""
    path, stamp = paths.dbt_target / "manifest.json", paths.dbt_target / "project.sha256"
    wanted = project_hash() + str(paths.home)
    if stamp.is_file() and stamp.read_text() == wanted and (parsed := read_json(path)):
        return parsed
    parse(paths)
    stamp.write_text(wanted)
    return read_json(path)


def public_models(parsed: Mapping[str, Any]) -> list[str]:
    """Names of the models that are published, in alphabetical order."""
    nodes = parsed["nodes"].values()
    return sorted(node["name"] for node in nodes if node["resource_type"] == "model" and node.get("access") == "public")


def dbt_models(paths: Paths, parsed: Mapping[str, Any]) -> dg.AssetsDefinition:
    """All models as assets of one step: dbt orders them and holds DuckDB's one writer."""
    translator = Translator()

    @dbt_assets(manifest=parsed, dagster_dbt_translator=translator, name="models")
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        say("computing the models")
        nodes = build(paths)
        rows = row_counts(paths)
        checks = context.selected_asset_check_keys
        for node in nodes:
            test = get_asset_check_key_for_test(parsed, translator, node.unique_id, project=None) if node.unique_id.startswith("test.") else None
            if test in checks and test is not None and node.has_run:
                yield dg.AssetCheckResult(
                    asset_key=test.asset_key,
                    check_name=test.name,
                    passed=not node.is_wrong,
                    metadata={"seconds": node.seconds, "status": node.status, "failed rows": node.failures or 0},
                )
            elif node.unique_id.startswith("model.") and node.has_run and not node.is_wrong:
                name = node.unique_id.split(".")[-1]
                counted = {"dagster/row_count": rows[name]} if name in rows else {}
                yield dg.Output(None, dg.AssetKey(name).to_python_identifier(), metadata={"seconds": node.seconds, **counted})
        if failed := wrong(nodes):
            raise dg.Failure(failed)

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
