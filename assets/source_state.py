"""How far a database has been read: archive/sources/<name>.json, and the batches that are not in the archive yet.

Belongs here: the cursor, what was promised under it, durable writing of both. Never here: a connection, a query.
It lies in the archive because it belongs to it: with the batches there, it says where to go on; without them, it would skip rows.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assets.sources import Source

FOLDER = "sources"
Cursor = tuple[str, ...]


class SourceFailed(Exception):
    """One source could not be read; the message is for people and holds neither address nor value."""


@dataclass
class Batch:
    """One file that was promised: the rows behind `after` up to and with `upto`. Once its bytes are archived it is forgotten."""

    file: str
    sha256: str
    after: Cursor | None
    upto: Cursor
    rows: int


@dataclass
class State:
    """Everything known of one source. `begun` and `sequence` name its files, so that no two batches ever have the same bytes."""

    name: str
    account_id: str
    shape: str
    begun: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    sequence: int = 0
    rows: int = 0
    cursor: Cursor | None = None
    pending: list[Batch] = field(default_factory=list)
    read_at: str = ""
    error: str | None = None


def path_of(archive: Path, name: str) -> Path:
    return archive / FOLDER / f"{name}.json"


def load(archive: Path, name: str) -> State | None:
    """The state of a source, None before it was first read. A damaged one stops the source: beginning anew must be a person's wish."""
    path = path_of(archive, name)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found["pending"] = [Batch(**{**one, "after": _cursor(one["after"]), "upto": tuple(one["upto"])}) for one in found["pending"]]
        for key in ("columns", "types"):
            found[key] = tuple(found[key])
        return State(**{**found, "cursor": _cursor(found["cursor"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        text = f"archive/{FOLDER}/{path.name} is damaged; restore it from a backup, or delete it to read everything again"
        raise SourceFailed(text) from error


def _cursor(value: list[str] | None) -> Cursor | None:
    return None if value is None else tuple(value)


def save(archive: Path, state: State) -> None:
    path = path_of(archive, state.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with open(temporary, "w", encoding="utf-8") as target:
        json.dump(asdict(state), target, ensure_ascii=False, indent=1, sort_keys=True)
        target.write("\n")
        target.flush()
        os.fsync(target.fileno())
    put_in_place(temporary, path)


def put_in_place(temporary: Path, target: Path) -> None:
    """A finished and synced file becomes visible in one step."""
    os.replace(temporary, target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_of(path: Path) -> str | None:
    """SHA-256 of a plain file; None when there is none."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as source:
            while block := source.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def temporary_of(inbox: Path, file: str) -> Path:
    """Beside its target, so that the rename never crosses a disk; a leading dot is what the inbox walk leaves alone."""
    target = inbox / file
    return target.with_name(f".{target.name}.part")


def is_delivered(inbox: Path, archive: Path, batch: Batch) -> bool:
    """Whether the bytes of a batch lie in the archive, or where the night will take them from. A finished file that a crash left
    unnamed is named now."""
    if (archive / batch.sha256).is_file() or hash_of(inbox / batch.file) == batch.sha256:
        return True
    temporary = temporary_of(inbox, batch.file)
    if hash_of(temporary) != batch.sha256:
        return False
    put_in_place(temporary, inbox / batch.file)
    return True


def fits(state: State, source: Source, types: tuple[str, ...]) -> None:
    """A cursor only means something to the columns that it was read from."""
    before = (state.account_id, state.shape, state.columns, state.types)
    if before != (source.account_id, source.shape, source.cursor, types):
        was = f"{state.shape} of {state.account_id} by {', '.join(state.columns)} ({', '.join(state.types)})"
        now = f"{source.shape} of {source.account_id} by {', '.join(source.cursor)} ({', '.join(types)})"
        hint = f"give the source a new name, or delete archive/{FOLDER}/{source.name}.json to read everything again"
        raise SourceFailed(f"it was read as {was} until now, and is declared as {now}; {hint}")
