"""Reads a zip as one received file: each member through the adapter that claims it, records added up.

Belongs here: what the members' results become together. Never here: unpacking (zipped), reading a member (export).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from assets.across import STRIDE, merged, settled
from assets.landed import quarantine_frame
from assets.refusal import Refusal
from assets.zipped import Member, files

if TYPE_CHECKING:
    from collections.abc import Callable

    from assets.archive import Receipt
    from assets.export import Landed


@dataclass(frozen=True)
class Read:
    member: str
    landed: Landed

    @property
    def is_taken(self) -> bool:
        return self.landed.status == "accepted" or self.landed.reason == "nothing_measured"

    @property
    def said(self) -> str:
        """What was wrong with the member; where it is kept is said once, of the zip."""
        return (self.landed.message or "").split(" It is kept in the archive.")[0]


def read_bundle(raw: bytes, receipt: Receipt, read_one: Callable[[Member], Landed]) -> Landed:
    """Raises Refusal when no member can be read, or when two members contradict each other."""
    found = [Read(member.name, read_one(member)) for member in list(files(raw))]
    if not found:
        raise Refusal("empty_file", "the zip holds no file")
    taken = [read for read in found if read.is_taken]
    refused = [read for read in found if not read.is_taken]
    why = [f"{read.member}: {read.said}" for read in refused]
    for read in refused:
        if read.landed.reason == "filtered":
            raise Refusal("filtered", read.said.removesuffix("."))
    if not taken:
        rule = next((read.landed.reason for read in refused if read.landed.reason not in ("no_adapter", "empty_file")), None)
        raise Refusal(rule or refused[0].landed.reason or "no_adapter", f"none of its {len(found)} members could be read: {'; '.join(why)}"[:1500])
    parts, start = [], 0
    for read in taken:
        parts.append({key: frame.with_columns(pl.col("line") + start * STRIDE) for key, frame in read.landed.frames.items()})
        start += read.landed.sources
    frames, repeated, disputed = settled(merged(parts), has_several=len(taken) > 1)
    if disputed:
        text = "two members of the zip give one key two different values; unpack it and deliver the files one by one, in their order"
        raise Refusal("members_disagree", text)
    kept = [read.landed.quarantine for read in taken] + [_every_record(read.landed, receipt.file_hash) for read in refused]
    said = [f"{read.member}: {read.landed.message}" for read in taken if read.landed.message]
    message = ". ".join([*said, *(f"not taken: {text}" for text in why)])[:3000] or None
    return _sum(found, taken, merged([{("", ""): frame} for frame in kept])[("", "")], frames, repeated, message)


def _sum(found: list[Read], taken: list[Read], quarantine: pl.DataFrame, frames: dict[tuple[str, str], pl.DataFrame], repeated: int,
         message: str | None) -> Landed:  # fmt: skip
    from assets.export import Landed

    first = taken[0].landed
    is_measured = bool(frames) or any(read.landed.status == "accepted" for read in taken)
    return Landed(
        frames=frames,
        quarantine=quarantine,
        physical=sum(read.landed.physical for read in found),
        accepted=sum(read.landed.accepted for read in taken) - repeated,
        quarantined=sum(read.landed.quarantined for read in found),
        duplicate=sum(read.landed.duplicate for read in found) + repeated,
        status="accepted" if is_measured else "empty",
        reason=None if is_measured else "nothing_measured",
        message=message,
        adapter="+".join(sorted({name for read in taken for name in (read.landed.adapter or "").split("+") if name})),
        shape=first.shape,
        encoding=first.encoding,
        delay_days=max(read.landed.delay_days for read in taken),
        corrects=sorted({metric for read in taken for metric in read.landed.corrects}),
        declined=sum(read.landed.declined for read in found),
        sources=sum(read.landed.sources for read in taken),
        whose=sorted({name for read in taken for name in read.landed.whose}),
    )


def _every_record(landed: Landed, file_hash: str) -> pl.DataFrame:
    """A refused member's records, one by one: beside members that were read, one row for all of them would not add up."""
    row = landed.quarantine.row(0)
    return quarantine_frame([(file_hash, *row[1:6], "")] * landed.quarantined)
