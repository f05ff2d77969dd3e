"""What the commands ask of the published file: one select a file, beside the function that reads it.

Belongs here: selecting, joining and adding up what is published. Never here: a rule, words, a metric or a department by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


@cache
def text(name: str) -> str:
    """The select, with the loops over its two sides written out. No value ever enters it here: values are bound."""
    import jinja2

    names = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (SQL of our own, not HTML)
    return names.from_string(Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")).render()


def ask(con: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """The rows of one question, each by the names of its columns."""
    cursor = con.execute(text(name), dict(values or {}))
    columns = [column[0] for column in cursor.description or []]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
