"""Says which adapter reads a file, by what the file holds.

Belongs here: comparing headers, titles and schemas with the maps. Never here: reading rows, guessing. Exactly one adapter must
claim a file; an unknown one is refused with what was nearly right.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

from assets.decode import Decoded, Refusal
from assets.maps import FIELDS, NEEDED, Adapter, BadAdapters, Column, Title, fingerprint, load, plainly

__all__ = ["FIELDS", "NEEDED", "Adapter", "BadAdapters", "Column", "Title", "fingerprint", "load", "plainly", "recognise"]


@dataclass(frozen=True)
class Claim:
    """How near one adapter came to reading a file: it claims the file when nothing is missing."""

    adapter: Adapter
    missing: tuple[str, ...]
    nearness: int

    @property
    def holds(self) -> bool:
        return not self.missing


def first_records(decoded: Decoded, delimiter: str, limit: int = 6) -> list[list[str]]:
    """The first records as cells, blank lines left out: enough to tell formats apart."""
    text = decoded.data[: 1 << 18].decode("utf-8", "replace")
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                found.append(row)
            if len(found) == limit:
                break
    except csv.Error:
        pass
    return found


def header_of(decoded: Decoded, delimiter: str = ",") -> list[str]:
    """The names that a file gives its columns."""
    if decoded.kind == "parquet":
        from assets.table import parquet_columns

        return parquet_columns(decoded.data)
    if decoded.kind == "jsonl":
        for line in decoded.data[: 1 << 20].split(b"\n"):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                return [str(key) for key in record]
        return []
    records = first_records(decoded, delimiter, 1)
    return records[0] if records else []


def claims(decoded: Decoded, file_name: str, platform: str) -> list[Claim]:
    """What every adapter says to this file, the nearest first."""
    found = [_claim(adapter, decoded, file_name, platform) for adapter in load()]
    return sorted(found, key=lambda claim: (bool(claim.missing), -claim.nearness, claim.adapter.name))


def _claim(adapter: Adapter, decoded: Decoded, file_name: str, platform: str) -> Claim:
    kind = {"text": "csv"}.get(decoded.kind, decoded.kind) + (".gz" if decoded.is_gzip else "")
    missing, nearness = ([], 0) if kind in adapter.reads else ([f"it does not read {kind}"], 0)
    if adapter.layout == "titled_blocks":
        gaps, nearness = _title_gaps(adapter, decoded)
    else:
        gaps, nearness = _header_gaps(adapter, header_of(decoded, adapter.delimiter))
    missing += gaps
    if adapter.name_starts_with and not file_name.casefold().startswith(adapter.name_starts_with):
        missing.append(f"the file name does not start with '{adapter.name_starts_with}'")
    if adapter.platforms and platform.casefold() not in adapter.platforms:
        missing.append(f"the account's platform is '{platform}', not {' or '.join(adapter.platforms)}")
    return Claim(adapter, tuple(missing), nearness)


def _header_gaps(adapter: Adapter, header: list[str]) -> tuple[list[str], int]:
    seen = {plainly(name) for name in header}
    met = [column for column in adapter.columns if column.spellings & seen]
    gaps = [f"column '{column.header}' is missing" for column in adapter.columns if column.required and column not in met]
    if not adapter.refuse and any(column.metric for column in adapter.columns) and not any(column.metric for column in met):
        wanted = [column.header for column in adapter.columns if column.metric]
        gaps.append(f"none of its metric columns is there ({', '.join(wanted[:6])})")
    if adapter.layout == "events":
        wanted = required_of_events(adapter)
        gaps += [f"column '{name}' is missing" for name in wanted if name not in header]
        return gaps, sum(name in header for name in wanted)
    if adapter.refuse and not any(column.dimension or column.into for column in met):
        gaps.append("none of its breakdown columns is there")
    gaps += [f"column '{name}' is there" for name in sorted(adapter.without & seen)]
    return gaps, len(met)


def required_of_events(adapter: Adapter) -> list[str]:
    events = dict(adapter.events)
    return [events["person"], events["at_micros"], events["event"], events["params"], events["order"]["record"]]


def delimiter_of(decoded: Decoded, adapter: Adapter) -> str:
    """A `sep=` line decides; otherwise the map."""
    first = decoded.data.lstrip()[:8].split(b"\n")[0].strip().strip(b'"')
    return first[4:5].decode() if first[:4].lower() == b"sep=" and len(first) == 5 else adapter.delimiter


def _title_gaps(adapter: Adapter, decoded: Decoded) -> tuple[list[str], int]:
    if decoded.kind != "text":
        return ["it reads text"], 0
    records = first_records(decoded, delimiter_of(decoded, adapter))
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


def recognise(head: Decoded, file_name: str, platform: str) -> Adapter:
    """The one adapter that claims this file. None or several: refused, saying what was nearly right."""
    every = claims(head, file_name, platform)
    holding = [claim.adapter for claim in every if claim.holds]
    if len(holding) == 1:
        return holding[0]
    if holding:
        names = ", ".join(adapter.name for adapter in holding)
        raise Refusal("several_adapters", f"several adapters claim the file ({names}); exactly one must")
    near = [claim for claim in every if claim.nearness][:2]
    header = ", ".join(header_of(head)[:12])[:300]
    text = f"no adapter reads this file; its first line is: {header}" if header else "no adapter reads this file"
    for claim in near:
        text += f". Nearest: {claim.adapter.name}, but {'; '.join(claim.missing[:4])}"
    raise Refusal("no_adapter", text)
