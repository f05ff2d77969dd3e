"""Receives what lies in the inbox: keeps the bytes, unread, under their hash, with a receipt.

Belongs here: copying bytes durably, remembering when they were first seen.
Never here: what is inside a file. Nothing parses before the bytes are safe; nothing heavy is imported (every `kpi` pays for it).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from assets.inbox import UNDATED, Found, Problem, shown, walk

_CHUNK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
_COPY_NUMBER = re.compile(r"^(?P<stem>.*?) ?\((?P<n>\d{1,6})\)$")
_TEMPORARY = ".tmp-"
WITHDRAWN = "withdrawn.json"


@dataclass(frozen=True)
class Receipt:
    """That these bytes came, where and when they were first seen, and where else they lay."""

    file_hash: str
    source_file: str
    account_id: str
    received_at: datetime
    received_stated: bool
    bytes: int
    delivery_order: str
    also_seen_as: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, str]:
        """Where it lay, by account: of several places in one account's folder the first."""
        found: dict[str, str] = {}
        for place in (self.source_file, *self.also_seen_as):
            found.setdefault(place.partition("/")[0], place)
        return found


class Reception(list[Receipt]):
    """The receipts written now (first seen in this walk), with what was refused unopened and what was left for the next run."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self.left: list[str] = []
        self.seen_again: list[str] = []


def receive(inbox: Path, archive: Path, now_local: datetime) -> Reception:
    """Copies every new file of inbox/<account>/[date/] into the archive and returns the new receipts."""
    archive.mkdir(parents=True, exist_ok=True)
    _sweep(archive)
    known = {receipt.file_hash: receipt for receipt in receipts(archive)}
    turns = Counter(receipt.source_file for receipt in known.values())
    reception = Reception()
    # Sorted, so that of several names for the same new bytes the earliest stated date wins, then the path: never the order in
    # which the disk happens to list them.
    met = walk(inbox)
    reception.problems, reception.left = met.problems, met.left
    for found in met.found:
        try:
            file_hash, size = _archive_bytes(found.path, archive, known)
        except _StillChanging:
            reception.left.append(found.source_file)
            continue
        except _NotOpened as error:
            text = f"inbox/{shown(found.source_file)}: it could not be opened ({error}); nothing of it was taken."
            reception.problems.append(Problem(found.source_file, found.account_id, "not_readable", text))
            continue
        before = known.get(file_hash)
        if before is None:
            receipt = _first_receipt(found, file_hash, size, now_local, turns[found.source_file])
            turns[found.source_file] += 1
            reception.append(receipt)
        else:
            names = set(before.also_seen_as) | ({found.source_file} - {before.source_file})
            receipt = replace(before, also_seen_as=tuple(sorted(names)))
            if found.source_file != before.source_file:
                reception.seen_again.append(found.source_file)
        if receipt != before:
            _write_receipt(archive, receipt)
            known[file_hash] = receipt
    reception[:] = sorted((known[receipt.file_hash] for receipt in reception), key=lambda r: r.delivery_order)
    _write_problems(archive, reception.problems)
    return reception


def receipts(archive: Path) -> list[Receipt]:
    """All receipts, in the order in which their files supersede each other."""
    if not archive.is_dir():
        return []
    found = []
    for entry in os.scandir(archive):
        stem, dot, suffix = entry.name.partition(".")
        if suffix == "json" and dot and _HASH.fullmatch(stem):
            content = json.loads(Path(entry.path).read_text(encoding="utf-8"))
            content["received_at"] = datetime.fromisoformat(content["received_at"])
            content["also_seen_as"] = tuple(content["also_seen_as"])
            found.append(Receipt(**content))
    return sorted(found, key=lambda receipt: receipt.delivery_order)


def problems(archive: Path) -> list[Problem]:
    """What the last walk refused to open."""
    path = archive / "refused.json"
    if not path.is_file():
        return []
    return [Problem(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def verify(archive: Path) -> list[str]:
    """Names every archived file whose bytes do not hash to its name, whose receipt is missing, or whose bytes are."""
    wrong = []
    names = {entry.name for entry in os.scandir(archive)} if archive.is_dir() else set()
    for name in sorted(names):
        if _HASH.fullmatch(name):
            if hash_of(archive / name) != name or f"{name}.json" not in names:
                wrong.append(name)
        elif name.endswith(".json") and _HASH.fullmatch(name[:-5]) and name[:-5] not in names:
            wrong.append(name)
    return wrong


def inbox_fingerprint(inbox: Path, archive: Path) -> str:
    """Changes when anything in the inbox does; costs one stat a file and reads none.

    Of the archive only what is wrong with it counts (bytes without receipt, receipts without bytes): a whole archive grows by the
    very run that the fingerprint is compared with, and must not make that run look new. What was withdrawn, a person did.
    """
    lines = []
    for folder, folders, files in os.walk(inbox):
        for name in files + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            path = os.path.join(folder, name)
            try:
                seen = os.lstat(path)
            except FileNotFoundError:
                continue
            # ctime as well: bytes can be rewritten with size and mtime put back, the inode's change time cannot.
            lines.append(repr((os.path.relpath(path, inbox), seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_mode)))
    names = set(os.listdir(archive)) if archive.is_dir() else set()
    bytes_of = {name for name in names if _HASH.fullmatch(name)}
    receipt_of = {name[:-5] for name in names if name.endswith(".json") and _HASH.fullmatch(name[:-5])}
    lines += sorted(f"archive: {name}" for name in bytes_of ^ receipt_of)
    if WITHDRAWN in names:
        lines.append(f"withdrawn: {hash_of(archive / WITHDRAWN)}")
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "backslashreplace")).hexdigest()


class _StillChanging(Exception):
    """The file was being written while it was read."""


class _NotOpened(Exception):
    """The inbox entry cannot be opened. A disk that fails later, in reading or copying, is no fault of the entry and raises."""


def _open(path: Path) -> int:
    # O_NOFOLLOW: the entry may have been swapped for a link since it was listed. O_NONBLOCK: a FIFO would hang the night.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as gone:
        raise _StillChanging from gone
    except OSError as error:
        raise _NotOpened(error.strerror) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _NotOpened("not a regular file")
    return descriptor


def _archive_bytes(path: Path, archive: Path, known: dict[str, Receipt]) -> tuple[str, int]:
    with os.fdopen(_open(path), "rb") as source:
        before = os.fstat(source.fileno())
        digest, size = hashlib.sha256(), 0
        while block := source.read(_CHUNK):
            digest.update(block)
            size += len(block)
        file_hash = digest.hexdigest()
        if not (file_hash in known and (archive / file_hash).is_file()):
            source.seek(0)
            _copy(source.fileno(), archive, file_hash, before)
        try:
            _still(source.fileno(), before, size)
        except _StillChanging:
            if file_hash not in known:  # a state on the way to the whole file: no receipt will ever speak of it
                (archive / file_hash).unlink(missing_ok=True)
            raise
    return file_hash, size


def _still(source: int, before: os.stat_result, size: int) -> None:
    after = os.fstat(source)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise _StillChanging


def _copy(source: int, archive: Path, file_hash: str, before: os.stat_result) -> None:
    temporary = archive / f"{_TEMPORARY}{file_hash}"
    digest = hashlib.sha256()
    try:
        with open(temporary, "wb") as target:
            while block := os.read(source, _CHUNK):
                digest.update(block)
                target.write(block)
            target.flush()
            os.fchmod(target.fileno(), 0o444)
            os.fsync(target.fileno())
        if digest.hexdigest() != file_hash:
            raise _StillChanging
        # looked at before the name is given: bytes of a file that is still growing would stay in the archive without a receipt
        _still(source, before, before.st_size)
        os.replace(temporary, archive / file_hash)
        _sync_folder(archive)
    finally:
        temporary.unlink(missing_ok=True)


def _first_receipt(found: Found, file_hash: str, size: int, now_local: datetime, turn: int) -> Receipt:
    stated = found.stated != UNDATED
    received_at = datetime.fromisoformat(found.stated) if stated else now_local.replace(microsecond=0, tzinfo=None)
    order = delivery_order(received_at, found.path.name, file_hash, turn)
    return Receipt(file_hash, found.source_file, found.account_id, received_at, stated, size, order)


def delivery_order(received_at: datetime, name: str, file_hash: str, turn: int = 0) -> str:
    """Text that sorts generations: a browser's `Reach (2).csv` came after `Reach (1).csv`, whichever was listed first.

    `turn`: how many files lay under this very path before. Two cannot lie there at once, so the one seen later was put there later.
    """
    stem = name
    for suffix in (".gz", ".csv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt", ".tsv"):
        if stem.lower().endswith(suffix):
            stem = stem[: -len(suffix)]
    copy = _COPY_NUMBER.match(stem)
    stem, number = (copy["stem"], int(copy["n"])) if copy else (stem, 0)
    return f"{received_at.isoformat(timespec='seconds')}|{stem}|{number:06}|{turn:06}|{file_hash}"


def _write_receipt(archive: Path, receipt: Receipt) -> None:
    content = asdict(receipt) | {"received_at": receipt.received_at.isoformat(timespec="seconds")}
    write_json(archive / f"{receipt.file_hash}.json", content)


def _write_problems(archive: Path, found: list[Problem]) -> None:
    content = [asdict(problem) for problem in sorted(found, key=lambda p: (p.source_file, p.reason))]
    path = archive / "refused.json"
    if content != [asdict(problem) for problem in problems(archive)]:
        write_json(path, content)


def write_json(path: Path, content: object) -> None:
    """Durably, the whole content or what was there before."""
    temporary = path.with_name(f"{_TEMPORARY}{path.name}")
    with open(temporary, "w", encoding="utf-8") as target:
        json.dump(content, target, ensure_ascii=False, indent=1, sort_keys=True)
        target.flush()
        os.fsync(target.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut after the rename may forget the name although the bytes are on disk.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(archive: Path) -> None:
    for entry in os.scandir(archive):
        if entry.name.startswith(_TEMPORARY):
            os.unlink(entry.path)


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
