"""The text of dbt's models over other tables: one statement of a rule, asked of rules that nobody has signed yet.

Belongs here: filling a model's source() and ref() with the relations of another connection, and building what it reads first.
Never here: a rule, a copy of a model's SQL, writing to a home. A model that needs more of dbt than source and ref is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.paths import DBT_PROJECT

if TYPE_CHECKING:
    import duckdb

MODELS = DBT_PROJECT / "models"
# the published name of a rule table, where it is not the same
PUBLISHED_AS = {"metrics": "metric_catalogue"}


def published_rules(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """The rule tables of a published file, under the names the models ask for."""
    tables = [str(name) for (name,) in con.execute("select table_name from duckdb_tables() where database_name = $1", [database]).fetchall()]
    return {table: f'"{database}".{table}' for table in tables} | {rule: f'"{database}".{name}' for rule, name in PUBLISHED_AS.items()}


class Models:
    """Models built as tables of one schema. `given` answers ref() and `sources` answers source('rules', …); what neither knows is built."""

    def __init__(self, con: duckdb.DuckDBPyConnection, schema: str, given: Mapping[str, str], sources: Mapping[str, str]) -> None:
        self._con, self._schema, self._sources = con, schema, sources
        self._built = dict(given)

    def relation(self, model: str) -> str:
        """The relation that holds a model's rows, built with everything it reads."""
        if model not in self._built:
            self._con.execute(f"create table {self._schema}.{model} as {self._text(model)}")
            self._built[model] = f"{self._schema}.{model}"
        return self._built[model]

    def _text(self, model: str) -> str:
        import jinja2

        found = sorted(MODELS.rglob(f"{model}.sql"))
        if len(found) != 1:
            raise LookupError(f"{len(found)} models are called {model}")
        # a macro or a source that is not known here must stop, or the text would say something else than it does at night
        names = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (SQL of our own, not HTML)
        return names.from_string(found[0].read_text(encoding="utf-8")).render(ref=self.relation, source=self._source)

    def _source(self, source: str, table: str) -> str:
        if source != "rules" or table not in self._sources:
            raise LookupError(f"{source}.{table} is not among the rules that are asked")
        return self._sources[table]
