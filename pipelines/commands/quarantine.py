"""`kpi quarantine list|show|replay`: the records that were refused, where, why, as they stood; and reading them again after a fix.

Belongs here: reading quarantine out of landing, starting the night that reads again. Never here: refusing or repairing.
"""

from __future__ import annotations

import argparse
import json

from pipelines.cli import PUBLISHED
from pipelines.paths import Paths


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if asked.what == "replay" and paths.landing.is_dir():
        return replay(paths, asked.file, asked.json)
    import duckdb

    pattern = str(paths.landing / "*" / "quarantine.parquet")
    name = asked.file or ""
    if not any(paths.landing.glob("*/quarantine.parquet")):
        print("nothing was read yet, so nothing was refused")
        return PUBLISHED
    with duckdb.connect() as con:
        theirs = "from read_parquet(?) where contains(source_file, ?) or starts_with(file_hash, ?)"
        if asked.what == "list":
            names = ["source_file", "rule", "records", "first_line", "reason"]
            chosen = f"source_file, rule, count(*), min(line), any_value(reason) {theirs} group by all"
        else:
            names = ["source_file", "line", "column_name", "rule", "reason", "raw"]
            chosen = f"{', '.join(names)} {theirs}"
        rows = con.execute(f"select {chosen} order by all", [pattern, name, name]).fetchall()
    found = [dict(zip(names, row, strict=True)) for row in rows]
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
    elif not found:
        print(f"no record of a file like '{name}' is in quarantine" if name else "no record is in quarantine")
    for row in [] if asked.json else found:
        print(" · ".join(_said(name, value) for name, value in row.items() if value is not None))
    return PUBLISHED


def _said(name: str, value: object) -> str:
    if isinstance(value, int):
        return f"{value} record{'s' if value > 1 else ''}" if name == "records" else f"{name.replace('_', ' ')} {value}"
    # repr keeps what a hostile record would do to a terminal out of it
    return repr(value)[1:-1]


def replay(paths: Paths, name: str | None, as_json: bool) -> int:
    """Read every file with refused records again, from the archive, with the tables and adapters of today; then run a night.

    A metric added to the catalogue, an account added to accounts.csv or a mended adapter gives what a right row would have given,
    with the day of the first delivery. A record that is wrong in itself is mended in the export: dropped again, it supersedes.
    """
    from assets.landing import FileEntry, entries, forget
    from pipelines.commands.night import run
    from pipelines.durable import only_one

    def refused(entry: FileEntry) -> bool:
        return entry.quarantined > 0 and (not name or name in entry.source_file or entry.file_hash.startswith(name))

    with only_one(paths.lock):
        before = {entry.file_hash: entry for entry in entries(paths.landing) if refused(entry)}
        forget(paths.landing, before)
    if not before:
        print(f"no record of a file like '{name}' is in quarantine" if name else "no record is in quarantine")
        return PUBLISHED
    # a night that saw nothing new would leave the forgotten files unread
    paths.status.unlink(missing_ok=True)
    code = run(paths, None, None, as_json)
    after = {entry.file_hash: entry for entry in entries(paths.landing)}
    for file_hash, entry in before.items():
        left = after[file_hash].quarantined if file_hash in after else entry.quarantined
        if not as_json:
            print(f"{entry.source_file}: {entry.quarantined - left} of {entry.quarantined} refused records accepted now, {left} left")
    return code
