"""Finds the physical records of a delimited text, by counting bytes: the independent count that the parser is held against.

Belongs here: where a record begins and ends, its line, its number of cells, quotes that do not close.
Never here: what a cell means. Nothing here uses the CSV parser's result, or a parser that swallows rows would agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CHUNK = 8 << 20
_LF, _CR, _QUOTE = 10, 13, 34

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """Every line of the text that is not inside quotes, blank ones included. `lines` are 1-based physical line numbers."""

    data: bytes
    starts: Positions
    ends: Positions
    cells: Positions
    lines: Positions
    is_terminated: bool
    open_quote_line: int | None
    stray_quote_line: int | None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def is_blank(self) -> Flags:
        blank: Flags = self.starts == self.ends
        return blank

    def raw(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]]

    def text(self, index: int) -> str:
        return self.raw(index).decode("utf-8", "replace")

    def join(self, indices: Positions) -> bytes:
        """The bytes of these records, one a line; runs of neighbours are copied whole."""
        if not len(indices):
            return b""
        breaks = np.flatnonzero(np.diff(indices) != 1) + 1
        firsts = indices[np.concatenate(([0], breaks))]
        lasts = indices[np.concatenate((breaks - 1, [len(indices) - 1]))]
        runs: Iterable[tuple[int, int]] = zip(self.starts[firsts].tolist(), self.ends[lasts].tolist(), strict=True)
        return b"\n".join(self.data[start:end] for start, end in runs) + b"\n"


def scan(data: bytes, delimiter: bytes = b",") -> Records:
    """One pass over the bytes in chunks; a newline or delimiter counts only outside quotes."""
    everything = np.frombuffer(data, dtype=np.uint8)
    ends: list[Positions] = []
    newlines: list[Positions] = []
    counts: list[Positions] = []
    inside, delimiters_before, stray = False, 0, None
    for offset in range(0, len(everything), _CHUNK):
        chunk = everything[offset : offset + _CHUNK]
        is_newline = chunk == _LF
        is_delimiter = chunk == delimiter[0]
        is_quote = chunk == _QUOTE
        newlines.append(np.flatnonzero(is_newline) + offset)
        if inside or is_quote.any():
            within = np.logical_xor.accumulate(is_quote) ^ inside
            if stray is None:
                at = np.flatnonzero(is_quote)
                stray = stray_quote(everything, at + offset, within[at], delimiter[0])
            inside = bool(within[-1])
            is_newline, is_delimiter = is_newline & ~within, is_delimiter & ~within
        at = np.flatnonzero(is_newline)
        ends.append(at + offset)
        where = np.flatnonzero(is_delimiter)
        counts.append(np.searchsorted(where, at) + delimiters_before)
        delimiters_before += len(where)
    end, newline, count = (np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in (ends, newlines, counts))
    terminated = bool(len(everything)) and bool(len(end)) and int(end[-1]) == len(everything) - 1
    if len(everything) and not terminated:
        end = np.append(end, len(everything))
        count = np.append(count, delimiters_before)
    start = np.concatenate(([0], end[:-1] + 1)) if len(end) else end
    lines = np.searchsorted(newline, start) + 1
    cells = np.diff(count, prepend=0) + 1
    stripped = end - ((end > start) & (everything[np.maximum(end - 1, 0)] == _CR)) if len(end) else end
    return Records(
        data,
        start,
        stripped,
        cells,
        lines,
        terminated,
        int(lines[-1]) if inside else None,
        int(np.searchsorted(newline, stray) + 1) if stray is not None else None,
    )


def stray_quote(everything: npt.NDArray[np.uint8], at: Positions, opens: Flags, delimiter: int, is_end: bool = True) -> int | None:
    """The first quote that neither opens a cell, closes one, nor is doubled. Such a quote may swallow whole records in pairs.

    `is_end`: whether the text ends where `everything` does.
    """
    if not len(at):
        return None
    before = everything[np.maximum(at - 1, 0)]
    after = everything[np.minimum(at + 1, len(everything) - 1)]
    first, last = at == 0, (at == len(everything) - 1) & is_end
    good_open = first | (before == delimiter) | (before == _LF) | (before == _CR) | (before == _QUOTE)
    good_close = last | (after == delimiter) | (after == _LF) | (after == _CR) | (after == _QUOTE)
    wrong = np.flatnonzero(np.where(opens, ~good_open, ~good_close))
    return int(at[wrong[0]]) if len(wrong) else None
