"""Says which adapter reads a file, by what the file holds.

Belongs here: comparing headers, titles and schemas with the maps. Never here: reading rows, guessing. Exactly one adapter must
claim a file; an unknown one is refused with what was nearly right.
"""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assets.decode import Decoded, Refusal, reencoded
from assets.jsondoc import flattened
from assets.map_files import BadAdapters, fingerprint, load
from assets.maps import Adapter, Column, Title
from assets.plain_names import plainly
from assets.refusal import unnamed

__all__ = ["Adapter", "BadAdapters", "Column", "Title", "fingerprint", "load", "plainly", "recognise"]

_HEAD = 1 << 18
# How far into a file of several tables its headers are looked for, to tell whose file it is.
_TABLES_WITHIN = 400
# A pattern that is longer tells people nothing.
_READABLE = 80
# How many JSON records tell the names of all.
_SPARSE = 50


@dataclass(frozen=True)
class Claim:
    """How near one adapter came to reading a file: it claims the file when nothing is missing."""

    adapter: Adapter
    missing: tuple[str, ...]
    nearness: int
    decoded: Decoded

    @property
    def holds(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Head:
    """A record that may be a header, with the line above it and the sheet it stands in."""

    header: list[str]
    # The one-cell lines and comments above it, since the last table.
    above: str = ""
    sheet: str | None = None
    # The first cells of all records above it.
    keys: frozenset[str] = frozenset()

    @functools.cached_property
    def seen(self) -> frozenset[str]:
        return frozenset(plainly(name) for name in self.header)


def first_records(decoded: Decoded, delimiter: str, limit: int = 6) -> list[list[str]]:
    """The first records as cells, blank lines left out: enough to tell formats apart."""
    return [list(row) for row in _records(decoded.data[:_HEAD], delimiter, limit)]


@functools.lru_cache(maxsize=16)
def _records(head: bytes, delimiter: str, limit: int) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(head.decode("utf-8", "replace"), newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                found.append(tuple(row))
            if len(found) == limit:
                break
    except csv.Error:
        pass
    return tuple(found)


def header_of(decoded: Decoded, delimiter: str = ",", adapter: Adapter | None = None) -> list[str]:
    """The names that a file gives its columns, or the first line that looks like names."""
    if decoded.kind == "parquet":
        from assets.parquet import parquet_columns

        return parquet_columns(decoded.data)
    if decoded.kind == "zip" or decoded.fault:
        return []
    if decoded.sheets:
        rows = [row for sheet in decoded.sheets for row in sheet.rows[:20] if row]
        return max(rows[:5], key=lambda row: sum(bool(cell) for cell in row), default=[])
    if decoded.kind in ("json", "jsonl"):
        return _json_names(decoded, adapter)
    records = first_records(decoded, delimiter, 1)
    return records[0] if records else []


def is_document(decoded: Decoded, adapter: Adapter) -> bool:
    """Whether JSON is read as one document: an object on one line may be that or a line of records, and only the map knows."""
    return decoded.kind == "json" or (decoded.kind == "jsonl" and "json" in adapter.reads and "jsonl" not in adapter.reads)


def _json_names(decoded: Decoded, adapter: Adapter | None) -> list[str]:
    from assets.jsondoc import document, records_at

    if decoded.kind == "json" or (adapter and is_document(decoded, adapter)):
        try:
            items = records_at(decoded.data, adapter.json_path, adapter.unnest, adapter.json_keys) if adapter else document(decoded.data, ())
        except Refusal:
            return []
        return _names_of(items[:_SPARSE], adapter)
    found = []
    for line in decoded.data[: 1 << 20].split(b"\n"):
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
        if len(found) == _SPARSE:
            break
    return _names_of(found, adapter)


def _names_of(records: list[Any], adapter: Adapter | None) -> list[str]:
    """The names of the first records together: a record leaves out what it has nothing to say about."""
    names: dict[str, None] = {}
    for record in records:
        if isinstance(record, dict):
            names |= dict.fromkeys(str(key) for key in (flattened(record) if adapter and adapter.flatten else record))
    return list(names)


def claims(decoded: Decoded, file_name: str, platform: str) -> list[Claim]:
    """What every adapter says to this file, the nearest first; of two that are as near, the one of the account's platform."""
    found = [_claim(adapter, decoded, file_name, platform) for adapter in load()]
    own = platform.casefold()

    def distance(claim: Claim) -> tuple[bool, int, bool, int, str]:
        is_foreign = own not in claim.adapter.platforms
        return bool(claim.missing), -claim.nearness, is_foreign, len(claim.missing), claim.adapter.name

    return sorted(found, key=distance)


def _claim(adapter: Adapter, decoded: Decoded, file_name: str, platform: str) -> Claim:
    if decoded.fault:
        again = reencoded(decoded, adapter.encodings, file_name) if adapter.encodings else None
        if again is None:
            return Claim(adapter, (f"it does not read this encoding ({decoded.fault.message})",), 0, decoded)
        decoded = again
    missing = [] if _reads(adapter, decoded) else [f"it does not read {'csv' if decoded.kind == 'text' else decoded.kind}"]
    nearness = 0
    if adapter.layout == "titled_blocks":
        gaps, nearness = _title_gaps(adapter, decoded)
        missing += gaps
    elif adapter.layout == "events" or not missing:
        gaps, nearness = _best_gaps(adapter, decoded)
        missing += gaps
    elif decoded.kind != "zip":
        # Told to the reader as nearly right: the header fits, the kind of file does not.
        nearness = _best_gaps(adapter, decoded)[1]
    return Claim(adapter, (*missing, *_outside(adapter, file_name, platform)), nearness, decoded)


def _outside(adapter: Adapter, file_name: str, platform: str) -> list[str]:
    """What speaks against the adapter whatever is in the file."""
    missing = []
    if adapter.name_starts_with and not file_name.casefold().startswith(adapter.name_starts_with):
        missing.append(f"the file name does not start with '{adapter.name_starts_with}'")
    if adapter.name_matches and not adapter.name_matches.search(file_name):
        missing.append(f"the file name does not look like {adapter.name_matches.pattern}")
    if adapter.platforms and platform.casefold() not in adapter.platforms:
        missing.append(f"the account's platform is '{platform}', not {' or '.join(adapter.platforms)}")
    return missing


def _reads(adapter: Adapter, decoded: Decoded) -> bool:
    if decoded.kind == "text":
        return bool(adapter.reads & {"csv", "tsv"})
    return decoded.kind in adapter.reads or (decoded.kind == "jsonl" and is_document(decoded, adapter))


def heads(decoded: Decoded, adapter: Adapter, delimiter: str) -> Iterator[Head]:
    """Every record that may be a header of this adapter's, in the beginning of the file."""
    if decoded.kind in ("parquet", "json", "jsonl"):
        yield Head(header_of(decoded, delimiter, adapter))
        return
    limit = _TABLES_WITHIN if adapter.tables else adapter.header_within
    # Comments and a `sep=` line stand above the header and do not count.
    wide = limit if limit == 1 and not adapter.comments else limit + 50
    sheets: list[tuple[str | None, list[list[str]]]] = (
        [(sheet.name, [row for row in sheet.rows[: wide + 50] if row]) for sheet in decoded.sheets]
        if decoded.sheets
        else [(None, first_records(decoded, delimiter, max(wide, 2)))]
    )
    for name, rows in sheets:
        above: list[str] = []
        keys: set[str] = set()
        seen = 0
        for row in rows:
            if is_comment(row[0], adapter):
                above.append(row[0])
                continue
            if seen == 0 and plainly(row[0]).startswith("sep="):
                continue
            for header in slices(row) if adapter.side_by_side else [row]:
                yield Head(header, "\n".join(above), name, frozenset(keys))
            keys.add(plainly(row[0]))
            filled = [cell for cell in row if cell.strip()]
            above = [*above, filled[0]] if len(filled) == 1 else []
            seen += 1
            if seen >= limit:
                break


def is_comment(first: str, adapter: Adapter) -> bool:
    return bool(adapter.comments) and first.lstrip(" \ufeff").startswith(str(adapter.comments))


def slices(row: list[str]) -> list[list[str]]:
    """A header of tables that stand side by side: parted where it is empty."""
    return [[row[i] for i in span] for span in spans(row)]


def spans(row: list[str]) -> list[range]:
    """The runs of columns that have a name."""
    found: list[range] = []
    start = None
    for at, cell in enumerate([*row, ""]):
        if cell.strip() and start is None:
            start = at
        elif not cell.strip() and start is not None:
            found.append(range(start, at))
            start = None
    return found


def _best_gaps(adapter: Adapter, decoded: Decoded) -> tuple[list[str], int]:
    return _gaps_with(adapter, decoded, delimiter_of(decoded, adapter))


def _gaps_with(adapter: Adapter, decoded: Decoded, delimiter: str) -> tuple[list[str], int]:
    """The fewest gaps of any record with any table of the adapter."""
    best: tuple[list[str], int] | None = None
    for head in heads(decoded, adapter, delimiter):
        for part in adapter.parts:
            if part.ignore_table:
                continue
            gaps, near = part_gaps(part, head)
            if best is None or (len(gaps), -near) < (len(best[0]), -best[1]):
                best = gaps, near
            if not gaps:
                return [], near
    return best or (["it has no header"], 0)


def part_gaps(part: Adapter, head: Head) -> tuple[list[str], int]:
    """What is missing for this record to be the header of this table."""
    gaps, near = _header_gaps(part, head)
    if part.sheet and head.sheet is not None and not part.sheet.search(head.sheet):
        gaps.append(f"the sheet '{head.sheet}' is not named {part.sheet.pattern}")
    if part.title_matches and not part.title_matches.search(head.above):
        pattern = part.title_matches.pattern
        gaps.append(f"no line like {pattern if len(pattern) <= _READABLE else 'those of its platform'} stands above it")
    gaps += [f"no line '{key}' stands above it" for key, dimension in part.above if not dimension and key not in head.keys]
    return gaps, near


def _header_gaps(adapter: Adapter, head: Head) -> tuple[list[str], int]:
    met = [column for column in adapter.columns if column.is_in(head.header, head.seen)]
    gaps = [f"column '{column.header}' is missing" for column in adapter.columns if column.required and column not in met]
    if not adapter.refuse and adapter.counting and not any(column.counts for column in met):
        gaps.append(f"none of its metric columns is there ({', '.join(column.header for column in adapter.counting[:6])})")
    if adapter.layout == "events":
        wanted = required_of_events(adapter)
        gaps += [f"column '{name}' is missing" for name in wanted if name not in head.header]
        return gaps, sum(name in head.header for name in wanted)
    if adapter.refuse and not any(column.dimension or column.into for column in met):
        gaps.append("none of its breakdown columns is there")
    gaps += [f"column '{name}' is there" for name in sorted(adapter.without & head.seen)]
    return gaps, len(met)


def required_of_events(adapter: Adapter) -> list[str]:
    events = dict(adapter.events)
    return [events["person"], events["at_micros"], events["event"], events["params"]]


def delimiter_of(decoded: Decoded, adapter: Adapter) -> str:
    """A `sep=` line decides; otherwise the first declared delimiter with which the header fits best."""
    if decoded.kind != "text":
        return ","
    first = decoded.data.lstrip(b" \r\n")[:8].split(b"\n")[0].strip(b"\r ").strip(b'"')
    if first[:4].lower() == b"sep=" and len(first) == 5:
        return first[4:5].decode("ascii", "replace")
    head = decoded.data[:_HEAD]
    marks = [mark for mark in adapter.delimiters if mark.encode() in head] or [adapter.delimiters[0]]
    if len(marks) == 1:
        return marks[0]

    def misfit(mark: str) -> tuple[int, int]:
        gaps, near = _title_gaps(adapter, decoded, mark) if adapter.layout == "titled_blocks" else _gaps_with(adapter, decoded, mark)
        return len(gaps), -near

    return min(marks, key=misfit)


def _title_gaps(adapter: Adapter, decoded: Decoded, delimiter: str | None = None) -> tuple[list[str], int]:
    if decoded.kind != "text":
        return ["it reads text"], 0
    records = first_records(decoded, delimiter or delimiter_of(decoded, adapter))
    if records and plainly(records[0][0]).startswith("sep="):
        records = records[1:]
    if len(records) < 2 or len([cell for cell in records[0] if cell]) != 1:
        return ["no title line stands above the header"], 0
    return block_gaps(adapter, records[0][0], records[1])


def block_gaps(adapter: Adapter, title: str, header: list[str]) -> tuple[list[str], int]:
    """Whether this header belongs below this title."""
    seen = {plainly(name) for name in header}
    gaps = []
    for column in adapter.columns:
        spellings = column.spellings | ({plainly(title)} if column.or_title else set())
        if column.required and not spellings & seen:
            gaps.append(f"column '{column.header}' is missing")
    return gaps, len(adapter.columns) - len(gaps)


def recognise(head: Decoded, file_name: str, platform: str) -> tuple[Adapter, Decoded]:
    """The one adapter that claims this file, and the file as that adapter decodes it. None or several: refused, saying what was nearly right."""
    # Most are out of the question before the file is looked at; all are asked only where it must be said what was nearly right.
    possible = [adapter for adapter in load() if not _outside(adapter, file_name, platform)]
    holding = [claim for adapter in possible if (claim := _claim(adapter, head, file_name, platform)).holds]
    if len(holding) == 1:
        return holding[0].adapter, holding[0].decoded
    every = claims(head, file_name, platform)
    holding = [claim for claim in every if claim.holds]
    if holding:
        names = ", ".join(claim.adapter.name for claim in holding)
        raise Refusal("several_adapters", f"several adapters claim the file ({names}); exactly one must")
    if head.fault:
        raise head.fault
    near = [claim for claim in every if claim.nearness][:2]
    header = unnamed(", ".join(header_of(head)[:12])[:300])
    text = f"no adapter reads this file; its first line is: {header}" if header else "no adapter reads this file"
    for claim in near:
        text += f". Nearest: {claim.adapter.name}, but {'; '.join(claim.missing[:4])}"
    raise Refusal("no_adapter", text)
