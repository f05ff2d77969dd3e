"""The versions that are kept, and the one that stands under the published names.

Belongs here: naming, putting in place, dropping, and telling a whole version from a damaged one. Never here: making a version; anything heavy
(a night with nothing new looks here, too).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from assets.archive import hash_of

KEPT_VERSIONS = 14
MANIFEST = "manifest.json"
# between these two a later night may write on a page; everything else of it is the version's
STATUS_OPEN, STATUS_CLOSE = "<!--status-->", "<!--/status-->"


def next_version(versions: Path, as_of: date) -> str:
    """`<run date>.<n>`: the n-th version published for that run date in this home."""
    taken = [int(path.name.rsplit(".", 1)[1]) for path in versions.glob(f"{as_of.isoformat()}.*") if path.name.rsplit(".", 1)[1].isdigit()]
    return f"{as_of.isoformat()}.{max(taken, default=0) + 1}"


def put_in_place(version_folder: Path, published: Path) -> None:
    """Let every file of a finished version take its published name, each in one rename. The manifest is last: it says which version is current."""
    # What is published was closed before it came here: a log is somebody else's, and beside it the database could be opened by nobody.
    # A temporary name is of a publishing that died.
    for left in (*published.glob("*.wal"), *published.glob(".*.new")):
        left.unlink()
    names = sorted((path.name for path in version_folder.iterdir()), key=lambda name: (name == MANIFEST, name))
    for name in names:
        link = published / f".{name}.new"
        link.unlink(missing_ok=True)
        # the same bytes under two names: the version stays where it is, and publishing costs no copy
        os.link(version_folder / name, link)
        os.replace(link, published / name)
        link.unlink(missing_ok=True)  # where both are the same file already, renaming one to the other leaves both
    wanted = set(names)
    for path in [*published.glob("*.parquet"), *published.glob("*.html")]:
        if path.name not in wanted:  # a table or a page of another version that this one does not have
            path.unlink()
    handle = os.open(published, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_old_versions(versions: Path, keep: int = KEPT_VERSIONS) -> None:
    """Keep the newest versions; a reader that still has an old file open keeps its bytes."""
    made = {path: str(manifest_of(path).get("created_at", "")) for path in versions.iterdir() if (path / MANIFEST).is_file()}
    for path in sorted(made, key=lambda path: (made[path], path), reverse=True)[keep:]:
        shutil.rmtree(path)


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a version says of itself; empty where it says nothing any more."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a version but the manifest, which carries them."""
    return {path.name: _published_hash(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != MANIFEST}


def damaged(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Names of the files that are gone from a folder, or are not what the manifest says was published."""
    return [name for name, published in manifest.get("files", {}).items() if _published_hash(folder / name) != published]


def seal(folder: Path) -> dict[str, str]:
    """What changes when anybody touches a file of the version in a folder, without reading it; and the hash of its manifest, which has none."""
    lines = []
    for name in (MANIFEST, *manifest_of(folder).get("files", {})):
        try:
            seen = os.stat(folder / name)
        except OSError:
            continue
        lines.append(repr((name, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)))
    return {"stamp": hashlib.sha256("\n".join(lines).encode()).hexdigest(), "manifest": _published_hash(folder / MANIFEST)}


def _published_hash(file: Path) -> str:
    """The hash of a file as it was published: without the word that a later night put on a page. Empty where there is no such file."""
    try:
        if file.suffix != ".html":
            return hash_of(file)
        head, mark, rest = file.read_bytes().partition(STATUS_OPEN.encode())
        tail = rest.partition(STATUS_CLOSE.encode())[2]
    except OSError:
        return ""
    return hashlib.sha256(head + mark + (STATUS_CLOSE.encode() if mark else b"") + tail).hexdigest()
