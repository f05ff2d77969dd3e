"""Writing so that a crash leaves either the old file or the new one.

Belongs here: temporary name, fsync, rename, fsync of the directory; the lock of the night.
Never here: what is written.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sync_directory(folder: Path) -> None:
    """Make renames in `folder` survive a power cut; without it the old name may come back."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(temporary: Path, target: Path) -> None:
    """Put a finished file in place of another in one step: readers see the old or the new one, never a part."""
    sync_file(temporary)
    os.replace(temporary, target)
    sync_directory(target.parent)


def write_text(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    temporary.write_text(text, encoding="utf-8")
    replace_file(temporary, target)


def write_json(target: Path, value: object) -> None:
    write_text(target, json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def read_json(path: Path) -> dict[str, object]:
    """The object in a JSON file, or an empty one where there is no such file or it cannot be read (it is rebuilt then)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_KEPT: dict[Path, int] = {}


class Busy(Exception):
    """Another run holds the lock; its message names the process."""


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the lock of the home. The kernel releases it when the process dies, so a lock file left behind locks nobody out."""
    handle = _held(lock)
    try:
        yield
    finally:
        os.close(handle)


def only_one_until_the_end(lock: Path) -> None:
    """Hold the lock of the home for as long as this process lives: for a night that Dagster starts, whose steps nobody brackets."""
    if lock not in _KEPT:
        _KEPT[lock] = _held(lock)


def _held(lock: Path) -> int:
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, lock)
    except Busy:
        os.close(handle)
        raise
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def at_work(lock: Path) -> str:
    """Who holds the lock of the home, in a sentence; empty where nobody does."""
    if not lock.exists():
        return ""
    try:
        with only_one(lock):
            return ""
    except Busy as busy:
        return str(busy)


def _take(handle: int, lock: Path) -> None:
    """Tried for a moment: somebody who only looks whether it is free (`kpi doctor`) must not cost anybody a night."""
    until = time.monotonic() + 0.5
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            if time.monotonic() < until:
                time.sleep(0.02)
                continue
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise Busy(f"another run holds {lock} (process {holder})") from held
        return
