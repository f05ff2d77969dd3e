"""Takes zip containers apart, in memory and under caps: what a bomb or a crafted name would do never happens.

Belongs here: the directory of a zip, its members' bytes, what makes one untrustworthy. Never here: what a member means.
Nothing is ever written to disk under a member's name.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from assets.refusal import Refusal

MAX_MEMBERS = 1_000
MAX_EXPANDED = 2 << 30
MAX_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
_BLOCK = 1 << 20
_WORKBOOK = {"[Content_Types].xml", "xl/workbook.xml"}
# What packing programs add of their own: no export is named like this.
_PACKAGING = ("__MACOSX/",)
_PACKAGING_NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Member:
    name: str
    data: bytes


def is_workbook(raw: bytes) -> bool:
    return set(_directory(raw).namelist()) >= _WORKBOOK


def _directory(raw: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise Refusal("bad_zip", f"the zip or workbook is damaged or cut ({str(error)[:100]}); deliver the file again") from error


def files(raw: bytes, of_workbook: bool = False) -> Iterator[Member]:
    """Every member, unpacked block by block up to the cap. Raises Refusal before anything is handed out if a name or number is wrong."""
    everything = _directory(raw).infolist()
    if len(everything) > MAX_MEMBERS * (10 if of_workbook else 1):
        raise Refusal("archive_bomb", f"the zip has {len(everything):,} members; at most {MAX_MEMBERS:,} are read")
    members = [info for info in everything if not info.is_dir()]
    if not of_workbook:
        members = [info for info in members if not _is_packaging(info.filename)]
    for info in members:
        if info.flag_bits & 0x1:
            raise Refusal("encrypted", "the zip or workbook is protected by a password; deliver it without one")
        if not _is_tame(info.filename):
            raise Refusal("hostile_name", f"a member's name leads out of the zip or holds control characters ({info.filename[:80]!r})")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("bad_zip", f"member {info.filename[:80]!r} is packed by a method that is not read; pack it again as plain zip")
    if len({info.filename for info in members}) < len(members):
        raise Refusal("bad_zip", "two members of the zip have one name; which one counts cannot be known")
    size = 0
    for info in members if of_workbook else sorted(members, key=lambda info: info.filename):
        data = _expand(raw, info, size)
        size += len(data)
        yield Member(info.filename, data)


def _is_tame(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return bool(name) and ".." not in parts and parts[0] != "" and ":" not in parts[0] and not any(ord(letter) < 32 for letter in name)


def _is_packaging(name: str) -> bool:
    return name.startswith(_PACKAGING) or name.rsplit("/", 1)[-1] in _PACKAGING_NAMES


def _expand(raw: bytes, info: zipfile.ZipInfo, before: int) -> bytes:
    """The member's bytes, by its own stream and not by the size it claims: a directory that lies would let a bomb through."""
    at = info.header_offset
    if raw[at : at + 4] != b"PK\x03\x04":
        raise Refusal("bad_zip", "the zip's directory points to no member; deliver the file again")
    begin = at + 30 + int.from_bytes(raw[at + 26 : at + 28], "little") + int.from_bytes(raw[at + 28 : at + 30], "little")
    packed = memoryview(raw)[begin : begin + info.compress_size]
    parts, size = [], 0
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
    rest: bytes | memoryview = packed
    while rest:
        if unpacker is None:
            block, rest = bytes(rest), b""
        else:
            try:
                block = unpacker.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise Refusal("bad_zip", f"member {info.filename[:80]!r} is damaged ({error}); deliver the file again") from error
            rest = unpacker.unconsumed_tail
        parts.append(block)
        size += len(block)
        if size + before > MAX_EXPANDED or (size + before > RATIO_COUNTS_FROM and size + before > MAX_RATIO * len(raw)):
            raise Refusal("archive_bomb", f"the zip unpacks to more than {size + before:,} bytes from {len(raw):,}; it was not read")
        if unpacker is not None and unpacker.eof:
            break
    data = b"".join(parts)
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise Refusal("bad_zip", f"member {info.filename[:80]!r} is not what the zip says of it; deliver the file again")
    return data
