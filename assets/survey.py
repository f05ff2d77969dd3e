"""Looks at every byte of a long text before any of it is read: is it text, do its quotes close, how many lines does it have.

Belongs here: one pass in blocks, memory that does not grow with the file. Never here: records, cells, adapters.
What stands here decides on the whole file, as `decode` and `records` do for a file that is held in memory.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assets.records import stray_quote
from assets.refusal import Refusal

# Small enough to stay in the processor's cache while it is looked at.
BLOCK = 1 << 20
_LF, _QUOTE = 10, 34


def blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(start)
        while block := source.read(BLOCK):
            yield block


def is_utf8(path: Path, start: int) -> bool:
    """Whether all bytes behind the byte-order mark are UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks(path, start):
            # Blocks of ASCII need no decoding, unless a letter of the block before is still open.
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def filled_lines(path: Path, start: int) -> int:
    """Lines that hold more than blanks: what a file that nobody could read is said to hold."""
    count, is_filled = 0, False
    for block in blocks(path, start):
        *whole, rest = block.split(b"\n")
        for line in whole:
            count += is_filled or bool(line.strip())
            is_filled = False
        is_filled = is_filled or bool(rest.strip())
    return count + is_filled


def refuse_open_quotes(path: Path, start: int, delimiter: str) -> None:
    """Raises Refusal for a quote that is not closed or stands inside a cell: it may swallow whole records."""
    is_inside, before, done, opened = False, b"\n", 0, 0
    for own, following in _with_next(path, start):
        if is_inside or b'"' in own:
            letters = np.frombuffer(before + own + following, np.uint8)
            quotes = letters[1 : 1 + len(own)] == _QUOTE
            within = np.logical_xor.accumulate(quotes) ^ is_inside
            at = stray_quote(letters, np.flatnonzero(quotes) + 1, within[quotes], delimiter.encode()[0], is_end=not following)
            if at is not None:
                raise open_quote(_line_at(path, start, done + max(0, at - 1)))
            ends = np.flatnonzero((letters[1 : 1 + len(own)] == _LF) & ~within)
            is_inside = bool(within[-1])
            if len(ends):
                opened = done + int(ends[-1]) + 1
        elif (last := own.rfind(b"\n")) >= 0:
            opened = done + last + 1
        done += len(own)
        before = own[-1:]
    if is_inside:
        raise open_quote(_line_at(path, start, opened))


def _line_at(path: Path, start: int, length: int) -> int:
    """The line of the byte that stands so far behind the start; only who refuses a file asks."""
    line = 1
    for block in blocks(path, start):
        line += block.count(b"\n", 0, max(0, length))
        length -= len(block)
    return line


def open_quote(line: int) -> Refusal:
    return Refusal(
        "unterminated_quote", f"a quote near line {line} is not closed or stands inside a cell and may swallow records; nothing was read", line
    )


def _with_next(path: Path, start: int) -> Iterator[tuple[bytes, bytes]]:
    """Every block with the byte behind it."""
    held = b""
    for block in blocks(path, start):
        if held:
            yield held, block[:1]
        held = block
    if held:
        yield held, b""
