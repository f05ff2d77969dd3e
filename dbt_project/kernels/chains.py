"""Journeys, or what was counted of them, chain by chain: what one way of walking says of one dimension and one kind of conversion.

Belongs here: taking rows apart by chain. Never here: what is counted or divided in a chain.
"""

from collections.abc import Collection, Iterator
from typing import Any

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation

CHAIN = ["way", "dimension", "conversion_type"]


def chains(rows: DuckDBPyRelation, ways: Collection[int]) -> Iterator[tuple[tuple[Any, ...], DuckDBPyRelation]]:
    """Each chain of those ways that has rows, in order, with its rows."""
    for chain in rows.project(", ".join(CHAIN)).distinct().order("all").fetchall():
        if chain[0] in ways:
            way, dimension, kind = (ColumnExpression(name) == ConstantExpression(said) for name, said in zip(CHAIN, chain, strict=True))
            yield chain, rows.filter(way & dimension & kind)
