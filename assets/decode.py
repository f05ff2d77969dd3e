"""Turns the bytes of one export into UTF-8 text, or names the reason why they are no text.

Belongs here: byte-order marks, encodings, gzip and its caps, line ends, telling CSV from JSON lines from Parquet.
Never here: headers, columns or values.
"""

from __future__ import annotations

import codecs
import zlib
from dataclasses import dataclass

MAX_EXPANDED = 2 << 30
MAX_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
_BLOCK = 1 << 20


class Refusal(Exception):
    """The whole file is refused: a rule code and a sentence for people."""

    def __init__(self, rule: str, message: str, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.rule, self.message, self.line, self.column = rule, message, line, column


@dataclass(frozen=True)
class Decoded:
    """kind is text (CSV), jsonl or parquet. `data` is UTF-8 with LF or CRLF line ends, or the Parquet bytes untouched."""

    kind: str
    data: bytes
    encoding: str
    is_gzip: bool


def decode(raw: bytes, file_name: str) -> Decoded:
    """Bytes as received -> text or Parquet. Raises Refusal."""
    if not raw:
        raise Refusal("empty_file", "the file has 0 bytes")
    is_gzip = raw[:2] == b"\x1f\x8b"
    if is_gzip:
        raw = _expand(raw)
        if not raw:
            raise Refusal("empty_file", "the file has 0 bytes once unpacked")
    inner = file_name[:-3] if is_gzip and file_name.lower().endswith(".gz") else file_name
    if raw[:4] == b"PAR1" or inner.lower().endswith((".parquet", ".pq")):
        if raw[:4] != b"PAR1" or raw[-4:] != b"PAR1" or len(raw) < 12:
            raise Refusal("not_parquet", "name or first bytes say Parquet, but the file is not whole Parquet; export it again")
        return Decoded("parquet", raw, "parquet", is_gzip)
    if raw[:4] == b"PK\x03\x04":
        raise Refusal("no_adapter", "this is a zip or an Excel workbook; unpack it or save the sheet as CSV UTF-8, and drop that")
    if raw[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refusal("no_adapter", "this is a binary Excel file (.xls); save the sheet as CSV UTF-8 and drop that")
    data, encoding = _to_utf8(raw)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if not data.strip():
        raise Refusal("empty_file", "the file holds nothing but blank lines")
    kind = "jsonl" if data.lstrip()[:1] == b"{" or inner.lower().endswith((".jsonl", ".ndjson")) else "text"
    return Decoded(kind, data, encoding, is_gzip)


def _expand(raw: bytes) -> bytes:
    """Unpacks gzip block by block, so that a bomb is stopped at the cap and not after the memory is gone."""
    parts: list[bytes] = []
    size, rest = 0, raw
    while rest:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while rest and not unpacker.eof:
            try:
                block = unpacker.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise Refusal("bad_gzip", f"the gzip data is damaged ({error}); copy the file again") from error
            rest = unpacker.unconsumed_tail
            parts.append(block)
            size += len(block)
            if size > MAX_EXPANDED or (size > RATIO_COUNTS_FROM and size > MAX_RATIO * len(raw)):
                raise Refusal("archive_bomb", f"the file unpacks to more than {size:,} bytes from {len(raw):,}; it was not read")
            if not block and not unpacker.eof and not rest:
                break
        if not unpacker.eof:
            raise Refusal("cut_file", "the gzip data ends in the middle: the copy was cut; deliver the file again")
        rest = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _to_utf8(raw: bytes) -> tuple[bytes, str]:
    for mark, name in ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")):
        if raw.startswith(mark):
            raise Refusal("bad_encoding", f"the file is {name}; save it as UTF-8")
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(mark):
            try:
                return raw[2:].decode(name).encode("utf-8"), name
            except UnicodeDecodeError as error:
                if error.end >= len(raw) - 3:
                    raise _cut() from error
                raise _undecodable(raw[2:].decode(name, "replace")[: error.start // 2].count("\n") + 1, name) from error
    encoding = "utf-8"
    if raw.startswith(codecs.BOM_UTF8):
        raw, encoding = raw[3:], "utf-8-sig"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise _cut() from error
        raise _undecodable(raw[: error.start].count(b"\n") + 1, encoding) from error
    sample = raw[:4096]
    if sample[1::2].count(0) * 3 > len(sample) or sample[0::2].count(0) * 3 > len(sample):
        raise Refusal("bad_encoding", "the file looks like UTF-16 without a byte-order mark; save it as UTF-8")
    return raw, encoding


def _cut() -> Refusal:
    return Refusal("cut_file", "the last character is cut in half: the copy was cut; deliver the file again")


def _undecodable(line: int, encoding: str) -> Refusal:
    return Refusal("bad_encoding", f"line {line} is not {encoding} text; save the file as CSV UTF-8 and drop it again", line)
