"""Finds the declared columns of a map in a header, and makes one cell of the places where a column stands.

Belongs here: spellings, a column given twice, alternatives, parts that are read together. Never here: what a cell means.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from assets.cells import present
from assets.maps import Adapter, Column
from assets.plain_names import plainly
from assets.refusal import Refusal


@dataclass(frozen=True)
class Met:
    """A declared column as one file has it: its places, the one asked first in front, and the names there."""

    column: Column
    places: tuple[int, ...]
    names: tuple[str, ...]
    joined: tuple[int, ...] = ()
    same: tuple[tuple[int, str], ...] = ()
    witnesses: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        return self.names[0]

    @property
    def told_apart(self) -> str:
        """All its places, for people: two columns may have one name."""
        return " and ".join(f"'{name}' (column {place + 1})" for place, name in zip(self.places, self.names, strict=True))

    def raw(self, missing: tuple[str, ...]) -> pl.Expr:
        """The cell as text: the first place that says anything, with its companions behind it; null where others contradict its zero."""
        text = pl.col(f"c{self.places[0]}")
        if len(self.places) > 1:
            text = pl.coalesce(self._said(place, missing) for place in self.places)
        if self.joined:
            text = pl.when(text.is_not_null()).then(pl.concat_str(text, *(pl.col(f"c{at}") for at in self.joined), separator=" ", ignore_nulls=True))
        if self.witnesses:
            is_contradicted = pl.any_horizontal(pl.col(f"c{at}").str.contains("[1-9]").fill_null(False) for at in self.witnesses)
            text = pl.when(~(is_contradicted & text.str.contains(r"^[0.,\s]+$"))).then(text)
        return text

    def disagrees(self, missing: tuple[str, ...]) -> pl.Expr | None:
        """Where two of its places say different things and the map does not say which of them counts."""
        if len(self.places) == 1 or self.column.first_of:
            return None
        said = [present(pl.col(f"c{place}"), missing) for place in self.places]
        return pl.any_horizontal((one != other).fill_null(False) for at, one in enumerate(said) for other in said[:at])

    @staticmethod
    def _said(place: int, missing: tuple[str, ...]) -> pl.Expr:
        return pl.when(present(pl.col(f"c{place}"), missing).is_not_null()).then(pl.col(f"c{place}"))


def _places(wanted: tuple[str, ...], names: list[str]) -> tuple[int, ...]:
    """Where those of the wanted columns stand that are there."""
    return tuple(names.index(name) for name in map(plainly, wanted) if name in names)


def matched(adapter: Adapter, header: list[str], title: str | None = None) -> tuple[list[Met], list[str]]:
    """The declared columns that are there, in the header's order, and the names that no map mentions."""
    names = [plainly(name) for name in header]
    hits: dict[int, list[tuple[int, int]]] = {}
    strange = []
    filters = {plainly(key) for key, _ in (*adapter.keep_where, *adapter.drop_where)}
    for place, name in enumerate(header):
        found = _owner(adapter, name, title)
        if found is not None:
            hits.setdefault(found[0], []).append((found[1], place))
        elif names[place] and names[place] not in filters and not adapter.ignores(name):
            strange.append(name)
    met = []
    for at, ranked in hits.items():
        column, places = adapter.columns[at], [place for _, place in sorted(ranked)]
        # a platform's file may say a thing twice, and then both are compared; our own format is a contract
        if adapter.name_starts_with and len(places) > 1:
            both = " and ".join(f"{place + 1} ('{header[place]}')" for place in sorted(places))
            raise Refusal("duplicate_column", f"columns {both} are the same; keep the one that counts", None, header[places[0]])
        joined, same, witnesses = (_places(these, names) for these in (column.joined_with, column.same_as, column.zero_with))
        labelled = tuple((place, header[place]) for place in same)
        met.append(Met(column, tuple(places), tuple(header[place] for place in places), joined, labelled, witnesses))
    named = [one.column.metric for one in met if one.column.metric]
    for metric in named:
        if named.count(metric) > 1:
            both = " and ".join(f"'{one.label}'" for one in met if one.column.metric == metric)
            raise Refusal("duplicate_column", f"columns {both} both say {metric}; which one counts cannot be known", None, metric)
    return sorted(met, key=lambda one: min(one.places)), strange


def _owner(adapter: Adapter, name: str, title: str | None) -> tuple[int, int] | None:
    """The column that a header belongs to, and when it is asked among that column's places."""
    spelt = plainly(name)
    for at, column in enumerate(adapter.columns):
        if spelt in column.spellings or (column.or_title and title and spelt == plainly(title)):
            return at, 0
    for at, column in enumerate(adapter.columns):
        if spelt in column.alternatives:
            return at, 1 + column.alternatives.index(spelt)
    for at, column in enumerate(adapter.columns):
        if column.fits(name):
            return at, 0
    return None
