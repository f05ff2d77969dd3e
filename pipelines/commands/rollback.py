"""`kpi rollback [VERSION]`: an earlier version takes the published names again.

Belongs here: choosing the version. Never here: building one; the next `kpi run` goes forward again.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from assets.versions import damaged, manifest_of, put_in_place
from pipelines.cli import PUBLISHED, Usage
from pipelines.durable import only_one, read_json, write_json
from pipelines.paths import Paths


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    with only_one(paths.lock):
        current: Any = read_json(paths.manifest)
        kept: list[Any] = [manifest for folder in paths.versions.glob("*") if (manifest := manifest_of(folder))]
        # by when they were made: two versions of one second are told apart by their number
        kept.sort(key=lambda manifest: (manifest["created_at"], int(manifest["version"].rsplit(".", 1)[1])))
        names = [manifest["version"] for manifest in kept]
        if not current or current["version"] not in names:
            raise Usage(f"nothing is published in {paths.home}, or its version is not kept; `{paths.kpi} run` runs a night")
        if asked.version and asked.version not in names:
            raise Usage(f"version '{asked.version}' is not kept; there are {', '.join(names)}")
        at = names.index(current["version"])
        if not asked.version and at == 0:
            raise Usage(f"{names[0]} is the oldest version that is kept; there is nothing before it")
        wanted = asked.version or names[at - 1]
        if lost := damaged(paths.versions / wanted, kept[names.index(wanted)]):
            raise Usage(f"version {wanted} is damaged ({', '.join(lost[:3])}) and stays where it is; name another of {', '.join(names)}")
        put_in_place(paths.versions / wanted, paths.published)
        # what lies behind a number would be told of another version
        paths.warehouse.unlink(missing_ok=True)
        # the next night must not take what it would build for what is published
        told = {"version": wanted, "as_of": kept[names.index(wanted)]["as_of"], "finished_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}
        write_json(paths.status, {"outcome": "rolled back", "reasons": [f"from {current['version']} by hand"]} | told)
    print(f"version {wanted} is published again ({current['version']} was); `{paths.kpi} run` goes forward")
    return PUBLISHED
