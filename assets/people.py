"""Turns a person's identifier into a keyed pseudonym: the same person is the same everywhere, and nobody can tell who.

Belongs here: the one function that does it. Never here: the key (it lives outside the data), which columns hold people.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl

_LENGTH = 32
_BLOCK = 64
# People of whom the pseudonym is remembered: the next piece of a long file speaks of the same ones. Bounds memory.
_REMEMBERED = 1 << 20


class _Digest(Protocol):
    def copy(self) -> _Digest: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


@functools.lru_cache(maxsize=4)
def _keyed(key: bytes) -> tuple[_Digest, _Digest]:
    """HMAC-SHA256 with the key's two blocks digested already (RFC 2104): they are the same for everybody, and half of the work."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def pseudonym(person: str, key: bytes) -> str:
    """A bare hash could be tried out against a list of addresses; without the key this one cannot."""
    return _hashed([person], key)[0]


def _hashed(people: list[str], key: bytes) -> list[str]:
    inner, outer = _keyed(key)
    found = []
    for person in people:
        said, whole = inner.copy(), outer.copy()
        said.update(person.encode("utf-8", "surrogatepass"))
        whole.update(said.digest())
        found.append("p_" + whole.hexdigest()[:_LENGTH])
    return found


# The key and what is known under it, in this process's memory only.
_known: list[tuple[bytes, pl.DataFrame]] = []


def pseudonyms(series: pl.Series, key: bytes) -> pl.Series:
    """Each distinct person hashed once, and those of the pieces before not again.

    Without a lock, on purpose: this runs in Polars' own threads, which take up other work while they wait for a join. One that holds a
    lock then meets it again, in another call of this function, and waits for itself for ever. Two columns that are read at once may hash
    the same person twice, and what only one of them learnt may be forgotten: work, never a wrong pseudonym.
    """
    import polars as pl

    asked = series.rename("said").to_frame()
    known = next((known for under, known in _known if under == key and known.height <= _REMEMBERED), None)
    if known is None:
        known = pl.DataFrame(schema={"said": pl.String, "is": pl.String})
    found = _told(asked, known)
    new = asked.filter(found.is_null())["said"].drop_nulls().unique(maintain_order=True)
    if len(new):
        more = pl.DataFrame({"said": new, "is": pl.Series(_hashed(new.to_list(), key), dtype=pl.String)})
        # Where nobody was known, nobody is likely to come again: to remember all of them would only make every search longer.
        _known[:] = [(key, more if found.null_count() == len(found) else pl.concat([known, more]))]
        found = more["is"] if len(new) == len(asked) else found.zip_with(found.is_not_null(), _told(asked, more))
    return found.alias(series.name)


def _told(asked: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    return asked.join(known, on="said", how="left", maintain_order="left")["is"]
