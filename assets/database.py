"""Reads what the company's databases wrote since the last night, and drops it into the inbox as ordinary plain files.

Belongs here: the order of steps that makes it exactly once: a finished hidden file, then the promise (cursor and hash) in the
archive, then the file's name. Whatever dies in between, the next night sees which step it was and goes on from there.
Never here: SQL, reading settings, what a row means. Nothing here runs, and nothing is imported, unless a source is declared.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assets.source_state import (
    Batch,
    Cursor,
    SourceFailed,
    State,
    fits,
    hash_of,
    is_delivered,
    load,
    put_in_place,
    save,
    temporary_of,
)
from assets.sources import FILE, Source, read_sources

if TYPE_CHECKING:
    from assets.postgres import Query, Row

# A batch ends here at the latest: what unpacks to more than 64 MiB from little is taken for an archive bomb by the reader.
MAX_BATCH_BYTES = 16 << 20


@dataclass
class Outcome:
    """What one source gave this night. `files` are paths under the inbox; `error` is a sentence for people, None when all went well."""

    source: str
    account_id: str
    is_required: bool
    files: list[str] = field(default_factory=list)
    rows: int = 0
    error: str | None = None

    @property
    def sentence(self) -> str:
        if self.error is None:
            return f"source {self.source}: {self.rows:,} rows in {len(self.files)} files"
        stale = "the numbers of its account end where it was last read" if not self.rows else f"{self.rows:,} rows were read before that"
        return f"source {self.source} failed: {self.error}. {stale[0].upper()}{stale[1:]}; the next night goes on from there."


def fetch_sources(company: Path, inbox: Path, archive: Path, now: datetime, environment: Mapping[str, str] | None = None) -> list[Outcome]:
    """Reads every declared source into the inbox; `now` is aware, and nothing written after it is read. The caller holds the night's lock.

    A source that fails is an outcome, not an exception: the night goes on with what it has. A full disk raises.
    """
    if now.tzinfo is None:
        raise ValueError("now must say its zone: it is compared with the database's clock")
    sources, problems = read_sources(company / FILE)
    if problems:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return [_fetch(source, inbox, archive, now, os.environ if environment is None else environment) for source in sources]


def last_outcomes(company: Path, archive: Path) -> list[Outcome]:
    """How the last reading of each declared source ended, for status and doctor; connects to nothing."""
    found = []
    for source in read_sources(company / FILE)[0]:
        outcome = Outcome(source.name, source.account_id, source.required)
        try:
            state = load(archive, source.name)
            outcome.error = state.error if state else "it was never read"
        except SourceFailed as failed:
            outcome.error = str(failed)
        found.append(outcome)
    return found


def _fetch(source: Source, inbox: Path, archive: Path, now: datetime, environment: Mapping[str, str]) -> Outcome:
    from assets.postgres import opened

    outcome = Outcome(source.name, source.account_id, source.required)
    state: State | None = None
    try:
        state = load(archive, source.name)
        with opened(source, environment, now) as query:
            if state is None or not state.sequence:  # nothing was promised yet: a declaration may be mended until it fits
                begun = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
                state = State(source.name, source.account_id, source.shape, begun, source.cursor, query.types)
            fits(state, source, query.types)
            _make_folder(inbox / source.account_id)
            _settle(state, query, inbox, archive, outcome)
            _sweep(source, inbox)
            _read_on(state, source, query, inbox, archive, outcome)
    except SourceFailed as failed:
        outcome.error = str(failed)
    if state is not None:
        state.read_at, state.error = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), outcome.error
        save(archive, state)
    return outcome


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink():
        raise SourceFailed(f"inbox/{folder.name} is a link; the inbox does not follow links")


def _settle(state: State, query: Query, inbox: Path, archive: Path, outcome: Outcome) -> None:
    """What was promised and lies nowhere is read again: from the same edge to the same edge, whatever was added behind it since."""
    kept = []
    for batch in state.pending:
        if (archive / batch.sha256).is_file():
            continue
        if not is_delivered(inbox, archive, batch):
            with _Writer(inbox, batch.file) as again:
                for row in query.rows(batch.after, batch.upto):
                    again.add(row)
            if not again.rows:  # every row of it has changed since, and comes with a higher cursor
                again.discard()
                continue
            batch.sha256, batch.rows = again.sha256, again.rows
            save(archive, state)
            put_in_place(again.temporary, inbox / batch.file)
            outcome.files.append(batch.file)
            outcome.rows += again.rows
        kept.append(batch)
    if kept != state.pending:
        state.pending = kept
        save(archive, state)


def _sweep(source: Source, inbox: Path) -> None:
    """Hidden files that a crash left before they were promised: their rows are read again under the next number."""
    name = re.compile(rf"\.{source.shape}_{source.name}_\d{{8}}T\d{{6}}Z_\d{{8}}\.jsonl\.gz\.part")
    for entry in os.scandir(inbox / source.account_id):
        if name.fullmatch(entry.name):
            os.unlink(entry.path)


def _read_on(state: State, source: Source, query: Query, inbox: Path, archive: Path, outcome: Outcome) -> None:
    if query.has_unplaced_rows():
        raise SourceFailed(f"some rows have no value in {' or '.join(source.cursor)}; a row without a cursor would never be read")
    rows = _rising(query.rows(state.cursor), state.cursor, source)
    row = next(rows, None)
    while row is not None:
        after, upto = state.cursor, row.cursor
        sequence = state.sequence + 1
        # Sorted by name in the order of reading: of two files of one night the later supersedes.
        file = f"{source.account_id}/{source.shape}_{source.name}_{state.begun}_{sequence:08}.jsonl.gz"
        with _Writer(inbox, file) as batch:
            while row is not None and batch.rows < source.batch_rows and batch.bytes < MAX_BATCH_BYTES:
                batch.add(row)
                upto = row.cursor
                row = next(rows, None)
        state.pending.append(Batch(file, batch.sha256, after, upto, batch.rows))
        state.sequence, state.cursor, state.rows = sequence, upto, state.rows + batch.rows
        # The promise comes before the name: a file that nobody promised could be read a second time under another one.
        save(archive, state)
        put_in_place(batch.temporary, inbox / file)
        outcome.files.append(file)
        outcome.rows += batch.rows


def _rising(rows: Iterator[Row], before: Cursor | None, source: Source) -> Iterator[Row]:
    """Two rows of one cursor can be cut apart by the end of a batch, and the second would be lost."""
    for row in rows:
        if row.cursor == before:
            names = ", ".join(source.cursor)
            raise SourceFailed(f"two rows have the same cursor ({names}); add a column to it that tells them apart, such as the key")
        before = row.cursor
        yield row


class _Writer:
    """One batch on its way: a hidden file beside its target, complete and on disk when the block is left."""

    def __init__(self, inbox: Path, file: str) -> None:
        self.temporary = temporary_of(inbox, file)
        self.rows = self.bytes = 0
        self.sha256 = ""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC  # the inbox is open to others: no link is followed
        self._raw = os.fdopen(os.open(self.temporary, flags, 0o644), "wb")
        # No time in it, or the same rows would never be the same bytes. Its own name, or an order that is paid, refunded and paid
        # again would be the same bytes as the first time: the archive would take it for a copy, and the refund would stand.
        self._packed = gzip.GzipFile(Path(file).name.removesuffix(".gz"), "wb", 6, self._raw, mtime=0)

    def __enter__(self) -> _Writer:
        return self

    def add(self, row: Row) -> None:
        line = json.dumps(row.cells, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        self._packed.write(line)
        self.rows += 1
        self.bytes += len(line)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._raw:
            self._packed.close()
            self._raw.flush()
            os.fsync(self._raw.fileno())
        if kind is not None:
            self.discard()
            return
        self.sha256 = hash_of(self.temporary) or ""

    def discard(self) -> None:
        self.temporary.unlink(missing_ok=True)
