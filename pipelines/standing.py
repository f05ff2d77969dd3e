"""Whether what is published is still what was published, and putting it right from the version that is kept.

Belongs here: what a night finds under the published names before it begins. Never here: making a version; anything heavy (a night with nothing
new looks here, too).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assets.versions import MANIFEST, damaged, manifest_of, put_in_place, seal
from pipelines.durable import replace_file
from pipelines.paths import Paths

# the outcome of a night that has begun and not said yet how it ended
RUNNING = "running"
SHOWN_NAMES = 3


def put_right(paths: Paths, before: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What was damaged under the published names: sentences on what was put in place again, and on what no whole copy is kept of."""
    names, version = not_as_published(paths, before), manifest_of(paths.published).get("version") or before.get("version")
    if not names:
        return [], []
    found = f"{', '.join(names[:SHOWN_NAMES])}{f' and {len(names) - SHOWN_NAMES} more' if len(names) > SHOWN_NAMES else ''} of version {version}"
    kept = paths.versions / str(version)
    if manifest_of(kept).get("version") != version or _wrong(kept, before):
        return [], [f"published/ did not hold what was published ({found}), and versions/ has no whole copy: made anew from what was received"]
    put_in_place(kept, paths.published)
    return [f"published/ did not hold what was published ({found}): put in place again from versions/"], []


def not_as_published(paths: Paths, before: Mapping[str, Any]) -> list[str]:
    """Names of published files that are gone or changed; they are read only where somebody has touched one since they were seen whole."""
    if not (manifest_of(paths.published) or before.get("version")) or before.get("seal") == seal(paths.published):
        return []
    return _wrong(paths.published, before)


def _wrong(folder: Path, before: Mapping[str, Any]) -> list[str]:
    manifest = manifest_of(folder)
    sealed = before.get("seal", {}).get("manifest") if before.get("version") == manifest.get("version") else None
    is_cut = not manifest or (sealed and sealed != seal(folder)["manifest"])
    return [*damaged(folder, manifest), *([MANIFEST] if is_cut else [])]


def finished(paths: Paths, before: Mapping[str, Any]) -> dict[str, Any]:
    """The status that a night would have left that died with its version made, after what it had still to do; empty where it made none.

    A version is made when its folder has its name: everything in it is written and judged by then.
    """
    if before.get("outcome") != RUNNING:
        return {}
    began = str(before["began_at"])[:19]
    made = [manifest for folder in paths.versions.glob(f"{before['as_of']}.*")
            if (manifest := manifest_of(folder)).get("version") == folder.name and str(manifest["created_at"]) >= began
            and folder.name != before.get("version") and not damaged(folder, manifest)]  # fmt: skip
    if not made:
        return {}
    version = max(made, key=lambda manifest: str(manifest["created_at"]))["version"]
    put_in_place(paths.versions / str(version), paths.published)
    if paths.warehouse_building.is_file():
        replace_file(paths.warehouse_building, paths.warehouse)
    return {"as_of": before["as_of"], "fingerprint": before["fingerprint"], "outcome": "published", "reasons": []}
