"""`kpi verify`: whether what is published and archived is what it was.

Belongs here: recounting and rehashing. Never here: putting right what differs (`kpi run` does).
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from pipelines.cli import FAILED, PUBLISHED, Usage
from pipelines.durable import read_json
from pipelines.paths import Paths
from pipelines.rules import code_version


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    return verify(paths, asked.json)


def verify(paths: Paths, as_json: bool) -> int:
    """Rehash every published table and file, and every archived one. Exit 1 names what differs."""
    import duckdb

    from assets import publish
    from assets.archive import verify as verify_archive
    from assets.versions import damaged

    manifest: Any = read_json(paths.manifest)
    if not manifest or not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    wrong: list[str] = []
    # another code may hash otherwise, or leave out other columns: of its tables the rows are compared, and the bytes of its files
    is_ours = manifest["code_version"] == code_version()
    compared = ("rows", "content_hash") if is_ours else ("rows",)
    try:
        with duckdb.connect(str(paths.database), read_only=True) as con:
            found = publish.count_and_hash(con)
            version_row = con.execute("select version from published_version").fetchone()
            if version_row != (manifest["version"],):
                wrong.append(f"kpi.duckdb is version {version_row}, the manifest says {manifest['version']}")
            for table in sorted(set(found) | set(manifest["tables"])):
                now, then = found.get(table, {}), manifest["tables"].get(table, {})
                if [now.get(key) for key in compared] != [then.get(key) for key in compared]:
                    wrong.append(f"table {table} is not what was published: {found.get(table)} against {manifest['tables'].get(table)}")
    except duckdb.Error as broken:
        wrong.append(f"{paths.database} cannot be read: {broken}")
    wrong += [f"{name} is not the file that was published" for name in damaged(paths.published, manifest)]
    wrong += verify_archive(paths.archive)
    if as_json:
        print(json.dumps({"ok": not wrong, "version": manifest["version"], "wrong": wrong}, ensure_ascii=False))
    elif wrong:
        for line in wrong:
            print(line, file=sys.stderr)
        print(
            f"next: `{paths.kpi} run` puts right what is published; what is damaged in archive/ comes back by dropping its export again",
            file=sys.stderr,
        )
    else:
        what = f"{len(manifest['tables'])} tables" if is_ours else f"{len(manifest.get('files', {}))} files"
        print(f"version {manifest['version']} is what was published: {what} and the archive are as their hashes say")
        if not is_ours:
            print(f"  another version of this code published it: of its {len(manifest['tables'])} tables the rows were counted, not hashed")
    return FAILED if wrong else PUBLISHED
