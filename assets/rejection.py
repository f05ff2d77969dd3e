"""A record that was set aside: its place in the file, the rule, the column and a detail for people.

Belongs here: that one type and its frame. Never here: rules.
"""

from __future__ import annotations

import polars as pl

Rejection = tuple[int, str, str | None, str | None]
_REJECTED = {"row": pl.Int64(), "rule": pl.String(), "column": pl.String(), "detail": pl.String()}


def rejections(rows: list[Rejection]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_REJECTED, orient="row")
