"""Names of columns as they are compared.

Belongs here: what makes no difference between two spellings of one name. Never here: any name.
"""

from __future__ import annotations

import functools
import unicodedata


def plainly(name: str) -> str:
    """A header as it is compared: soft hyphens, marks, NBSP, trailing colons and case make no difference."""
    # every map asks it of every name; a cell that is no name must not stay in memory
    return _remembered(name) if len(name) <= _LONGEST_NAME else _spelt_plainly(name)


def _spelt_plainly(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    for invisible in ("\u00ad", "\ufeff", "\u200b", "\u200e", "\u200f"):
        text = text.replace(invisible, "")
    return " ".join(text.replace("\u00a0", " ").split()).rstrip(":： ").casefold()


_LONGEST_NAME = 200


_remembered = functools.lru_cache(maxsize=1 << 14)(_spelt_plainly)
