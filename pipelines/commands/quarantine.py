"""`kpi quarantine list|show`: the records that were refused, where, why, and as they stood.

Belongs here: reading quarantine out of landing. Never here: refusing or repairing.
"""

from __future__ import annotations

import argparse
import json
import sys

from pipelines.cli import PUBLISHED, REFUSED
from pipelines.paths import Paths


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if asked.what == "replay":
        print(
            "kpi quarantine replay is not in this release: mend the export and drop it again; the new file supersedes the old one",
            file=sys.stderr,
        )
        return REFUSED
    import duckdb

    pattern = str(paths.landing / "*" / "quarantine.parquet")
    wanted = f"%{asked.file or ''}%"
    if not any(paths.landing.glob("*/quarantine.parquet")):
        print("nothing was read yet, so nothing was refused")
        return PUBLISHED
    with duckdb.connect() as con:
        if asked.what == "list":
            rows = con.execute(
                "select source_file, rule, count(*) as records, min(line) as first_line, any_value(reason) as reason from read_parquet(?) "
                "where source_file like ? or file_hash like ? group by all order by all", [pattern, wanted, wanted]).fetchall()  # fmt: skip
            names = ["source_file", "rule", "records", "first_line", "reason"]
        else:
            rows = con.execute(
                "select source_file, line, column_name, rule, reason, raw from read_parquet(?) "
                "where source_file like ? or file_hash like ? order by all", [pattern, wanted, wanted]).fetchall()  # fmt: skip
            names = ["source_file", "line", "column_name", "rule", "reason", "raw"]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
    elif not found:
        print("no record is in quarantine")
    for row in [] if asked.json else found:
        # repr keeps what a hostile record would do to a terminal out of it
        print(" · ".join(repr(value)[1:-1] if isinstance(value, str) else str(value) for value in row.values() if value is not None))
    return PUBLISHED
