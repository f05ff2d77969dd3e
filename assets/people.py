"""Turns a person's identifier into a keyed pseudonym: the same person is the same everywhere, and nobody can tell who.

Belongs here: the one function that does it. Never here: the key (it lives outside the data), which columns hold people.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LENGTH = 32


def pseudonym(person: str, key: bytes) -> str:
    """A bare hash could be tried out against a list of addresses; without the key this one cannot."""
    return "p_" + hmac.digest(key, person.encode("utf-8", "surrogatepass"), "sha256").hex()[:_LENGTH]


def pseudonyms(series: pl.Series, key: bytes) -> pl.Series:
    """Each distinct person hashed once."""
    from assets.dates import spelt_out

    return spelt_out(series, lambda person: pseudonym(person, key))
