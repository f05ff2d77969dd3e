"""Writes what was read into the landing: one folder a received file, all of it or nothing.

Belongs here: durable, idempotent writing. Never here: reading formats, the inbox (only the archive is read), the warehouse.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from assets.archive import Receipt, hash_of, receipts
from assets.export import PARSER_VERSION, Intake, Landed, read_archived
from assets.file_names import hidden, told, without_people
from assets.people import pseudonym
from assets.shapes import parquet_name, write_empty
from assets.withdrawals import Withdrawal, withdrawals

__all__ = ["DamagedArchive", "FileEntry", "entries", "forget", "land", "land_all", "write_empty"]


NOTHING: Mapping[str, Withdrawal] = MappingProxyType({})


class DamagedArchive(RuntimeError):
    """Archived bytes no longer hash to their name: restore them from a backup; nothing was changed."""


@dataclass(frozen=True)
class FileEntry:
    """file.json: the ledger row of one received file."""

    file_hash: str
    source_file: str
    account_id: str
    adapter: str | None
    shape: str | None
    received_at: str
    received_stated: bool
    delivery_order: str
    bytes: int
    physical_records: int
    accepted: int
    quarantined: int
    duplicate: int
    status: str
    reason: str | None
    message: str | None
    shapes: list[str]
    encoding: str | None
    rows: dict[str, int]
    parser_version: int
    intake_hash: str
    # Younger than so many days at receipt, a day is provisional.
    delay_days: int
    # Of the quarantined records, those of tables that a map knows and refuses.
    declined: int
    # Metrics that its platform corrects with negative numbers.
    corrects: list[str]
    # The properties, pages or channels that the file names, as pseudonyms: they may be people's.
    whose: list[str]
    # SHA-256 of each Parquet file beside it: what has changed since is read again from the archive.
    parts: dict[str, str]
    # Whether this run read it; of the run, not of the file, so it is not written down.
    is_new: bool = field(default=False, compare=False)


def land(receipt: Receipt, archive: Path, landing: Path, intake: Intake, withdrawn: Mapping[str, Withdrawal] = NOTHING) -> FileEntry:
    """Reads one archived file into landing/<hash>/ unless it lies there already, read by this parser with these rules.

    `withdrawn`: by account, from which this file was. Where no other account is left, all its records are set aside.
    """
    places = _places(receipt, intake, withdrawn)
    # a file of several places is read anew when any of their accounts is: another may now be the first that can read it
    intake_hash = "+".join([intake.hash_for(place.account_id) + str(withdrawn.get(place.account_id, "")) for place in places])
    folder = landing / receipt.file_hash
    present = _entry(folder)
    shown = {told(place.source_file, hidden(place.source_file, intake)) for place in places}
    wanted = (PARSER_VERSION, intake_hash, receipt.delivery_order, _parts(folder))
    if present and present.source_file in shown and (present.parser_version, present.intake_hash, present.delivery_order, present.parts) == wanted:
        return present
    archived = archive / receipt.file_hash
    if hash_of(archived) != receipt.file_hash:
        name = f"archive/{receipt.file_hash} ({min(shown)})"
        raise DamagedArchive(f"{name} is damaged; restore it from a backup or deliver the file again, then: kpi run")
    landing.mkdir(parents=True, exist_ok=True)
    temporary = landing / f".tmp-{receipt.file_hash}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        place, named, read = _read(archived, places, intake, temporary)
        if place.account_id in withdrawn:
            read = _set_aside(read, withdrawn[place.account_id], replace(receipt, source_file=named[0]), temporary)
        _write(read, temporary)
        entry = _entry_of(read, place, named, intake_hash, intake.person_key, _parts(temporary))
        _write_entry(entry, temporary)
        _replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return entry


def _places(receipt: Receipt, intake: Intake, withdrawn: Mapping[str, Withdrawal]) -> list[Receipt]:
    """Where the bytes were seen in folders of accounts and not withdrawn; where in none, only where they were seen first."""
    known = [account for account in receipt.places if account in intake.accounts and account not in withdrawn]
    return [replace(receipt, source_file=receipt.places[account], account_id=account) for account in known or [receipt.account_id]]


def _read(archived: Path, places: list[Receipt], intake: Intake, temporary: Path) -> tuple[Receipt, tuple[str, str], Landed]:
    """Read at the first place whose account can read it: what was dropped into the wrong folder and moved is refused there only.

    Returns the place, its path and account as they may be shown, and what was read. Where no account can, the first says why.
    """
    readings = []
    for place in places:
        shown, read = without_people(read_archived(archived, place, intake, temporary), place.source_file, intake)
        readings.append((place, (shown, told(place.account_id, hidden(place.source_file, intake))), read))
        if read.status != "refused":
            return readings[-1]
    return readings[0]


def _set_aside(read: Landed, withdrawn: Withdrawal, receipt: Receipt, temporary: Path) -> Landed:
    """A file that was withdrawn was read to count its records; what it gave goes."""
    from assets.landed import Unread, refused
    from assets.refusal import Refusal

    for part in temporary.glob("*.parquet"):
        part.unlink()
    found = refused(Refusal("withdrawn", str(withdrawn)), Unread(read.physical, encoding=read.encoding), receipt)
    # a person's word, and no sign that a platform has changed the form of its exports
    found.declined = found.quarantined
    return found


def _entry_of(read: Landed, receipt: Receipt, named: tuple[str, str], intake_hash: str, person_key: bytes, parts: dict[str, str]) -> FileEntry:
    """`named`: the path and the account as they may be shown."""
    source_file, account_id = named
    return FileEntry(
        file_hash=receipt.file_hash,
        source_file=source_file,
        account_id=account_id,
        adapter=read.adapter,
        shape=read.shape,
        received_at=receipt.received_at.strftime("%Y-%m-%d %H:%M:%S"),
        received_stated=receipt.received_stated,
        delivery_order=receipt.delivery_order,
        bytes=receipt.bytes,
        physical_records=read.physical,
        accepted=read.accepted,
        quarantined=read.quarantined,
        duplicate=read.duplicate,
        status=read.status,
        reason=read.reason,
        message=read.message,
        shapes=read.shapes,
        encoding=read.encoding,
        rows=_rows_by_feed(read),
        parser_version=PARSER_VERSION,
        intake_hash=intake_hash,
        delay_days=read.delay_days,
        declined=read.declined,
        corrects=read.corrects,
        whose=sorted(pseudonym(name.casefold(), person_key) for name in read.whose),
        parts=parts,
        is_new=True,
    )


def _parts(folder: Path) -> dict[str, str]:
    return {path.name: hash_of(path) for path in sorted(folder.glob("*.parquet"))}


def _write(read: Landed, folder: Path) -> None:
    frames = {parquet_name(feed, shape): frame for (feed, shape), frame in read.frames.items() if frame.height}
    if read.quarantine.height:
        frames["quarantine.parquet"] = read.quarantine
    for name, frame in sorted(frames.items()):
        frame.write_parquet(folder / name, compression="zstd", statistics=True)


def _write_entry(entry: FileEntry, folder: Path) -> None:
    """The ledger row; with it all that is known of one file is on disk to stay."""
    content = {name: value for name, value in asdict(entry).items() if name != "is_new"}
    (folder / "file.json").write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    for path in sorted(folder.iterdir()):
        with path.open("rb") as written:
            _sync(written.fileno())
    _sync_folder(folder)


def land_all(
    archive: Path,
    landing: Path,
    intake: Intake,
    only: Collection[str] | None = None,
    progress: Callable[[int, int, FileEntry], None] | None = None,
) -> list[FileEntry]:
    """Lands every received file (or those hashes of `only`), in delivery order; `progress(done, of, entry)` after each."""
    landing.mkdir(parents=True, exist_ok=True)
    _sweep(landing)
    write_empty(landing)
    wanted = [receipt for receipt in receipts(archive) if only is None or receipt.file_hash in only]
    withdrawn: dict[str, dict[str, Withdrawal]] = {}
    for one in withdrawals(archive):
        withdrawn.setdefault(one.file_hash, {})[one.account_id] = one
    found = []
    for number, receipt in enumerate(wanted, 1):
        found.append(land(receipt, archive, landing, intake, withdrawn.get(receipt.file_hash, NOTHING)))
        if progress:
            progress(number, len(wanted), found[-1])
    return found


def entries(landing: Path) -> list[FileEntry]:
    """The ledger as it lies on disk, in delivery order."""
    if not landing.is_dir():
        return []
    found = [_entry(folder) for folder in landing.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    return sorted((entry for entry in found if entry), key=lambda entry: entry.delivery_order)


def forget(landing: Path, hashes: Iterable[str]) -> None:
    """Removes what was read of these files, so that the next night reads them again from the archive."""
    for file_hash in hashes:
        if len(file_hash) == 64 and all(c in "0123456789abcdef" for c in file_hash):
            shutil.rmtree(landing / file_hash, ignore_errors=True)


def _rows_by_feed(read: Landed) -> dict[str, int]:
    rows: dict[str, int] = {}
    for (feed, _), count in sorted(read.rows.items()):
        rows[feed] = rows.get(feed, 0) + count
    return rows


def _entry(folder: Path) -> FileEntry | None:
    try:
        return FileEntry(**json.loads((folder / "file.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # absent, damaged, or written by a version with other fields: read again
        return None


def _replace(temporary: Path, folder: Path) -> None:
    old = folder.with_name(f".old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.rename(folder, old)
    # This rename is the commit: rows and ledger entry appear together. A crash before it leaves no folder, and the next night
    # reads the file again.
    os.rename(temporary, folder)
    _sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sweep(landing: Path) -> None:
    for entry in os.scandir(landing):
        if entry.name.startswith((".tmp-", ".old-")):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
