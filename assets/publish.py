"""The other edge: the audited candidate becomes the published version.

Belongs here: the tables that only publishing can write (checks, version), content hashes, Parquet copies.
Never here: computing a number, judging one, which version stands under the published names (versions.py).
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    import duckdb

# A person looks at the beginning of a copy. Putting thirteen million rows in order took three times the time of all else, 7 GiB, and
# three times the file, because what was booked together no longer stands together.
ROWS_IN_ORDER = 1_000_000
# when something was learned, run or named is not what was learned: the same inputs give the same content
NOT_CONTENT = {
    "received_at", "run_id", "created_at", "version", "known_before", "known_after",
}  # fmt: skip
# the two tables that no model builds: name and type of each column, and what it means
CHECKS = {
    "check_name varchar": "The guard or dbt test.",
    "layer varchar": "Where it judges: landing and publish are the gates, the others the layers of models.",
    "verdict varchar": "passed, warned (the numbers stand; look at them) or failed.",
    "rows_seen bigint": "Rows of evidence that were judged.",
    "offenders bigint": "Rows among them that break what the check says.",
    "blocking boolean": "True when a failure holds the night.",
    "message varchar": "What is wrong, one offender, and what to do; empty where it passed.",
}
VERSION = {
    "version varchar": "The run date and the number of the publication on it.",
    "as_of date": "The run date: only what was received by then is in this version.",
    "run_id varchar": "The Dagster run that built it.",
    "code_version varchar": "A hash of the code, models and maps that built it.",
    "created_at timestamp": "When it was published, UTC.",
    "company varchar": "The company's name.",
    "profile varchar": "The organisation by which the company is run now, of all those that the tables show beside each other.",
    "currency varchar": "The company's currency: whatever money a table holds is told in it.",
}
OUTCOME = {
    "data_quality": ("One row per check that judged this version, passed or not.", CHECKS),
    "published_version": ("One row: the version that this file is.", VERSION),
}


def published_asset(deps: Iterable[dg.AssetKey], finish: Callable[[str], Mapping[str, Any]]) -> dg.AssetsDefinition:
    """The last asset of the night, downstream of every public model and so of every gate that blocks them."""

    @dg.asset(
        name="published",
        group_name="published",
        deps=list(deps),
        kinds={"duckdb", "html"},
        description="The version that analysts query and leaders read: audited, then renamed into place.",
    )
    def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        manifest = finish(context.run_id)
        tables: Mapping[str, Mapping[str, Any]] = manifest["tables"]
        return dg.MaterializeResult(
            metadata={
                "version": manifest["version"],
                "dagster/row_count": sum(int(table["rows"]) for table in tables.values()),
                "content hashes": dg.MetadataValue.json({name: table["content_hash"] for name, table in tables.items()}),
            }
        )

    return published


def write_outcome(con: "duckdb.DuckDBPyConnection", checks: Iterable[Mapping[str, Any]], version: Mapping[str, Any]) -> None:
    """Write `data_quality` and `published_version` into the candidate. Their rows exist only once everything else was judged."""
    for (table, (description, columns)), rows in zip(OUTCOME.items(), (list(checks), [version]), strict=True):
        names = [column.split()[0] for column in columns]
        con.execute(f"create or replace table {table} ({', '.join(columns)})")
        if rows:
            marks = ", ".join("?" * len(names))
            con.executemany(f"insert into {table} values ({marks})", [[row[name] for name in names] for row in rows])  # noqa: S608 - names of ours
        describe(con, {table: {"description": description, "columns": dict(zip(names, columns.values(), strict=True))}})


def describe(con: "duckdb.DuckDBPyConnection", docs: Mapping[str, Mapping[str, Any]]) -> None:
    """Put the contract's sentences into the file as comments, so that a reader of any client sees what a column means."""
    for table, doc in docs.items():
        con.execute(f"comment on table {_name(table)} is {_text(doc['description'].strip())}")
        for column, sentence in doc["columns"].items():
            con.execute(f"comment on column {_name(table)}.{_name(column)} is {_text(sentence.strip())}")


def tables_of(con: "duckdb.DuckDBPyConnection") -> list[str]:
    """Names of the published tables, in alphabetical order."""
    found = con.execute(
        "select table_name from information_schema.tables where table_schema = 'main' and table_catalog = current_database()"
    ).fetchall()
    return sorted(str(row[0]) for row in found)


def content_hash(con: "duckdb.DuckDBPyConnection", table: str) -> str:
    """A hash over the rows of a table, whatever their order and whenever they were learned; equal rows are counted, not cancelled."""
    columns = [str(row[0]) for row in con.execute(f"describe {_name(table)}").fetchall() if row[0] not in NOT_CONTENT]
    # a null, an empty text and a missing column must not spell the same row; sixteen digits of a double are noise of the adding order
    types = {str(row[0]): str(row[1]) for row in con.execute(f"describe {_name(table)}").fetchall()}
    spelt = [
        f"coalesce({f'printf($$%.9e$$, {_name(column)})' if types[column] == 'DOUBLE' else f'cast({_name(column)} as varchar)'}, chr(30))"
        for column in columns
    ]
    row = con.execute(
        f"with spelt as (select md5_number(concat_ws(chr(31), {', '.join(spelt)})) as h from {_name(table)}) "  # noqa: S608 - quoted
        # both halves are added up: a remainder of 128 bits costs DuckDB six times as much as all the rest
        "select count(*), coalesce(sum(cast(h >> 64 as hugeint)), 0), coalesce(sum(cast(h & 18446744073709551615 as hugeint)), 0) from spelt"
    ).fetchone()
    answer = con.execute("select sha256(?)", [f"{','.join(columns)}|{row}"]).fetchone()
    return str(answer[0]) if answer else ""


def copy_parquet(con: "duckdb.DuckDBPyConnection", tables: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write each of the counted tables beside the database, under a temporary name first: an external reader never meets half a file."""
    con.execute("set preserve_insertion_order = false")  # or a copy that is not put in order waits in memory for its turn
    for table, summary in tables.items():
        target = folder / f"{table}.parquet"
        temporary = folder / f".{table}.parquet.new"
        order = "order by all" if summary["rows"] <= ROWS_IN_ORDER else ""
        con.execute(f"copy (select * from {_name(table)} {order}) to {_text(str(temporary))} (format parquet, compression zstd)")  # noqa: S608 - quoted
        os.replace(temporary, target)


def count_and_hash(con: "duckdb.DuckDBPyConnection") -> dict[str, dict[str, Any]]:
    """Rows and content hash of every published table."""
    summary: dict[str, dict[str, Any]] = {}
    for table in tables_of(con):
        answer = con.execute(f"select count(*) from {_name(table)}").fetchone()  # noqa: S608 - quoted
        summary[table] = {"rows": int(answer[0]) if answer else 0, "content_hash": content_hash(con, table)}
    return summary


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
