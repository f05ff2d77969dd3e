"""Turns the bytes of one export into UTF-8 text, sheets of text cells, or Parquet, or names the reason why they are none of these.

Belongs here: byte-order marks, encodings, gzip and its caps, line ends, telling kinds of file apart by their bytes.
Never here: headers, columns or values.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from assets.refusal import Refusal

if TYPE_CHECKING:
    from assets.sheets import Sheet

__all__ = ["MAX_WHOLE", "Decoded", "Refusal", "decode", "expanded", "reencoded", "too_large"]

# What is not read piece by piece is held in memory, many times over: beyond this it is refused instead of ending the night.
MAX_WHOLE = 256 << 20
MAX_EXPANDED = 2 << 30
MAX_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
_BLOCK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_TABLES = {b"%PDF": "a PDF", b"Obj\x01": "Avro", b"ORC": "ORC", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture"}
_MARKUP = re.compile(rb"\s*<(\?xml|!|[A-Za-z]+[\s>])")
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


@dataclass(frozen=True)
class Decoded:
    """kind is text (CSV, TSV), jsonl, json, parquet, xlsx, xls or zip. `data` is UTF-8 with LF or CRLF line ends, or the bytes untouched.

    `fault` says why the bytes are no text as they are; an adapter that declares their encoding may still read them.
    """

    kind: str
    data: bytes
    encoding: str
    is_gzip: bool
    sheets: tuple[Sheet, ...] = ()
    fault: Refusal | None = None


def decode(raw: bytes, file_name: str) -> Decoded:
    """Bytes as received -> text, sheets, Parquet or an unopened zip. Raises Refusal."""
    if not raw:
        raise Refusal("empty_file", "the file has 0 bytes")
    is_gzip = raw[:2] == b"\x1f\x8b"
    if is_gzip:
        raw = b"".join(expanded(io.BytesIO(raw), len(raw)))
        if not raw:
            raise Refusal("empty_file", "the file has 0 bytes once unpacked")
    if len(raw) > MAX_WHOLE:
        raise too_large(len(raw))
    inner = file_name[:-3] if is_gzip and file_name.lower().endswith(".gz") else file_name
    if raw[:4] == b"PAR1" or inner.lower().endswith((".parquet", ".pq")):
        if raw[:4] != b"PAR1" or raw[-4:] != b"PAR1" or len(raw) < 12:
            raise Refusal("not_parquet", "name or first bytes say Parquet, but the file is not whole Parquet; export it again")
        return Decoded("parquet", raw, "parquet", is_gzip)
    if raw[:2] == b"PK" and raw[2:4] in (b"\x03\x04", b"\x05\x06"):
        return _zip(raw, is_gzip)
    if raw[:8] == _OLE:
        from assets.sheets import workbook

        return Decoded("xls", raw, "xls", is_gzip, workbook(raw, is_xlsx=False))
    if what := next((what for first, what in _NO_TABLES.items() if raw.startswith(first)), None):
        raise Refusal("not_a_table", f"the file is {what}, which is not read; export the numbers as CSV, a workbook, JSON lines or Parquet")
    if raw[:2] == b"\x1f\x8b":
        raise Refusal("nested_archive", "the file is packed twice; unpack it once and drop that")
    try:
        data, encoding = _to_utf8(raw)
    except Refusal as fault:
        if fault.rule != "bad_encoding":
            raise
        said = _CHARSET.search(raw[:2048]) if raw.lstrip()[:1] == b"<" else None
        if said is None:
            return Decoded("text", raw, "unknown", is_gzip, fault=fault)
        found = _recoded(raw, said[1].decode("ascii"))
        if found is None:
            raise
        data, encoding = found, said[1].decode("ascii").lower()
    return _of_text(data, encoding, is_gzip, inner.lower())


def _zip(raw: bytes, is_gzip: bool) -> Decoded:
    from assets.sheets import workbook
    from assets.zipped import is_workbook

    if is_workbook(raw):
        return Decoded("xlsx", raw, "xlsx", is_gzip, workbook(raw, is_xlsx=True))
    if is_gzip:
        raise Refusal("nested_archive", "the file is a zip inside gzip; unpack it once and drop that")
    return Decoded("zip", raw, "zip", is_gzip)


def reencoded(decoded: Decoded, encodings: tuple[str, ...], file_name: str) -> Decoded | None:
    """Bytes that are no UTF-8, read in the first declared encoding that takes them all."""
    for name in encodings:
        data = _recoded(decoded.data, name)
        if data is not None:
            try:
                return _of_text(data, name, decoded.is_gzip, file_name.lower())
            except Refusal:
                continue
    return None


def _recoded(raw: bytes, encoding: str) -> bytes | None:
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return text.removeprefix("\ufeff").encode("utf-8")


def _of_text(data: bytes, encoding: str, is_gzip: bool, name: str) -> Decoded:
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if not data.strip():
        raise Refusal("empty_file", "the file holds nothing but blank lines")
    if data.lstrip()[:1] == b"<":
        from assets import markup

        if markup.is_sheetml(data):
            # Decoded already: what the XML says of its own encoding is no longer so.
            body = re.sub(rb"^\s*<\?xml.*?\?>", b"", data, count=1, flags=re.DOTALL)
            return Decoded("xls", data, encoding, is_gzip, markup.sheetml_sheets(body))
        if markup.is_html(data):
            return Decoded("xls", data, encoding, is_gzip, markup.html_sheets(data.decode("utf-8", "replace")))
        if _MARKUP.match(data):
            text = "the file is XML or a web page without a table (a page to log in, or a message?); export the numbers as CSV, TSV or JSON"
            raise Refusal("not_a_table", text)
    kind = _kind(data, name)
    if kind == "json":
        from assets.jsondoc import parsed

        parsed(data)
    return Decoded(kind, data, encoding, is_gzip)


def _kind(data: bytes, name: str) -> str:
    """JSON lines are objects that end with their line; anything else that begins like JSON is one document."""
    start = data.lstrip()
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if start[:1] == b"[" and (name.endswith(".json") or start.rstrip()[-1:] == b"]"):
        return "json"
    if start[:1] != b"{":
        return "text"
    first, _, rest = start.partition(b"\n")
    if not rest.strip():
        return "json" if name.endswith(".json") else "jsonl"
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        # A first line that is no whole object: a document over many lines, unless the name or the next line says otherwise.
        return "json" if name.endswith(".json") or rest.lstrip()[:1] != b"{" else "jsonl"
    return "jsonl"


def too_large(size: int) -> Refusal:
    text = f"the file has {size:,} bytes; of its kind at most {MAX_WHOLE:,} are read at once. Export it in parts, by month or by day, or as plain CSV"
    return Refusal("too_large", text)


def expanded(source: BinaryIO, packed: int) -> Iterator[bytes]:
    """Unpacks gzip block by block, so that a bomb is stopped at the cap and not after the memory or the disk is gone."""
    size, rest = 0, source.read(_BLOCK)
    while rest:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while rest and not unpacker.eof:
            try:
                block = unpacker.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise Refusal("bad_gzip", f"the gzip data is damaged ({error}); copy the file again") from error
            rest = unpacker.unconsumed_tail or (b"" if unpacker.eof else source.read(_BLOCK))
            size += len(block)
            if size > MAX_EXPANDED or (size > RATIO_COUNTS_FROM and size > MAX_RATIO * packed):
                raise Refusal("archive_bomb", f"the file unpacks to more than {size:,} bytes from {packed:,}; it was not read")
            yield block
        if not unpacker.eof:
            raise Refusal("cut_file", "the gzip data ends in the middle: the copy was cut; deliver the file again")
        rest = unpacker.unused_data.lstrip(b"\0")
        while not rest and (more := source.read(_BLOCK)):
            rest = more.lstrip(b"\0")


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
