"""`kpi inspect`: what reading a file would give.

Belongs here: how the answer is printed. Never here: reading a file; anything that is archived or landed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pipelines.cli import PUBLISHED, Usage
from pipelines.paths import Paths
from pipelines.rules import intake, load_rules


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    return inspect(paths, Path(asked.file), asked.account, asked.json)


def inspect(paths: Paths, file: Path, account: str | None, as_json: bool) -> int:
    """What reading this file would give. Nothing is archived or landed."""
    from assets.export import inspect as look_into

    # as messages name it: inbox/<account>/<file> of the home
    file = file if file.is_file() else paths.home / file
    if file.is_dir():
        raise Usage(f"{file} is a folder; type the path of one export in it")
    if not file.is_file():
        raise Usage(f"{file}: there is no such file; type the path of an export")
    found: dict[str, Any] = look_into(file, intake(load_rules(paths)), account)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str, indent=1))
        return PUBLISHED
    print(f"{file.name}: {found['adapter'] or 'no adapter reads it'}"
          f"{' as account ' + found['account'] if found.get('account') else ''}")  # fmt: skip
    if found.get("message"):
        print(f"  {found['message']}")
    if found["bytes_looked_at"]:
        print(f"  only its first {found['bytes_looked_at']:,} bytes were looked at, and the numbers are of these; the night reads all")
    print(f"  {found['physical_records']} records: {found['accepted']} would be accepted, {found['quarantined']} quarantined, "
          f"{found['duplicate']} are exact repeats")  # fmt: skip
    for shape, rows in found.get("rows", {}).items():
        print(f"  first rows as {shape}:")
        for row in rows:
            print("    " + ", ".join(f"{key}={value}" for key, value in row.items() if value not in (None, "")))
    # a refusal of the whole file is the message above
    for refusal in [one for one in found["refusals"] if one["line"] is not None][:20]:
        print(f"  refused: line {refusal['line']}, {refusal['reason']}")
    if found.get("proposal"):
        print("  a start for an adapter of its own (assets/adapters/README.md says what a map may say):")
        print(found["proposal"])
    return PUBLISHED
