"""Says whether a file may be read piece by piece, and where its records begin, from the file's beginning and its map.

Belongs here: what disqualifies. Never here: reading the records. Whatever is not said here stays in memory, and is judged there.
"""

from __future__ import annotations

import dataclasses
from codecs import BOM_UTF8
from dataclasses import fields
from pathlib import Path

import numpy as np

from assets.adapter import plainly
from assets.decode import Decoded, decode
from assets.layout import row_of
from assets.maps import Adapter
from assets.pieces import Head
from assets.records import scan
from assets.refusal import Refusal

_HEAD = 1 << 20
# What a map may say of a file that is read piece by piece; whatever else it says, or will learn to say, may need the whole file.
_PER_RECORD = {
    "name", "reads", "shape", "platforms", "name_starts_with", "name_matches", "delimiters", "encodings", "short_records", "columns", "ignore",
    "ignore_matches", "missing", "apostrophes", "number", "day", "instant", "window", "snapshot_day", "lifetime", "constants", "zone", "delay_days",
    "without", "json_path", "flatten", "sheet", "ignore_sheets", "corrections",
}  # fmt: skip


def reads_record_by_record(adapter: Adapter) -> bool:
    """Whether the map asks nothing that only the whole file can answer."""
    unset = dataclasses.MISSING
    said = [part for part in fields(Adapter) if part.default is unset or getattr(adapter, part.name) != part.default]
    return {part.name for part in said} <= _PER_RECORD


def beginning(path: Path, name: str) -> Decoded | None:
    """The beginning of the file, if it is UTF-8 text in lines and nothing else."""
    with path.open("rb") as source:
        data = source.read(_HEAD)
        is_all = not source.read(1)
    return opening(data if is_all else data[: data.rfind(b"\n") + 1], name)


def opening(data: bytes, name: str) -> Decoded | None:
    """Whole lines from the beginning of a file, if they are UTF-8 text and nothing else."""
    if not data or data.removeprefix(BOM_UTF8).lstrip()[:1] in (b"[", b"{", b"<"):
        return None
    try:
        decoded = decode(data, name)
    except Refusal:
        return None
    return decoded if decoded.kind == "text" and decoded.fault is None and decoded.encoding in ("utf-8", "utf-8-sig") else None


def head_of(decoded: Decoded, delimiter: str, start: int) -> Head | None:
    records = scan(decoded.data, delimiter.encode())
    filled = np.flatnonzero(~records.is_blank)
    if len(filled) and plainly(records.text(int(filled[0]))).strip('"').startswith("sep="):
        filled = filled[1:]
    if len(filled) < 2 or not delimiter.isascii():
        return None
    at = int(filled[0])
    header = row_of(records.text(at), delimiter)
    return Head(header, delimiter, start + int(records.starts[at + 1]), int(records.lines[at + 1]))
