"""Shows how a file would be read, without receiving it: what `kpi inspect FILE` prints.

Belongs here: describing. Never here: archiving, landing, another way of reading.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.archive import Receipt
from assets.decode import Refusal, decode, expanded
from assets.export import Intake, read_export
from assets.lengthy import opening
from assets.pieces import last_end
from assets.streamed import is_long

FIRST_ROWS = 5
# Of a text that the night reads in pieces, so much from its beginning says how it is read.
BEGINNING = 1 << 20
SHOWN_REFUSALS = 200
UNREAD = ("no_adapter", "bad_encoding")


def inspect(path: Path, intake: Intake, account_id: str | None = None, now_local: datetime | None = None) -> dict[str, Any]:
    """Adapter, first rows a shape, what would be refused and why. The account is the folder's below `inbox`, or the one given."""
    beginning = _beginning_of(path)
    raw = path.read_bytes() if beginning is None else beginning
    account, guessed = (account_id, False) if account_id else _account_of(path, intake)
    # Without a stated moment of receipt nothing is in the future: inspecting must say the same tomorrow.
    received = now_local or datetime.fromisoformat("9998-01-01")
    receipt = Receipt(hashlib.sha256(raw).hexdigest(), path.name, account or "", received, now_local is not None, len(raw), "")
    known = intake
    if account is None:
        # No account: the format can still be told, except where it hangs on the platform.
        from assets.export import Account

        known = replace(intake, accounts={**intake.accounts, "": Account("")})
    read = read_export(raw, receipt, known)
    rows = {
        (shape if shape != "counts" else f"{feed} {shape}"): frame.drop("file_hash").head(FIRST_ROWS).to_dicts()
        for (feed, shape), frame in read.frames.items()
    }
    refusals = read.quarantine.select("line", "column_name", "rule", "reason", "raw").head(SHOWN_REFUSALS).to_dicts()
    platform = intake.accounts[account].platform if account in intake.accounts else ""
    header, nearest, draft = _nearest(raw, path.name, platform)
    return {
        "file": path.name,
        "account": account,
        "account_guessed": guessed,
        "adapter": read.adapter,
        "encoding": read.encoding,
        "status": read.status,
        "reason": read.reason,
        # What is true of received files only (archived, in quarantine, type this to inspect it) is left out here.
        "message": read.message.split(" It is kept in the archive.")[0].split("; see: kpi quarantine list")[0] if read.message else None,
        # The bytes that the numbers below are of, where it is not the whole file.
        "bytes_looked_at": None if beginning is None else len(beginning),
        "physical_records": read.physical,
        "accepted": read.accepted,
        "quarantined": read.quarantined,
        "duplicate": read.duplicate,
        "rows": rows,
        "refusals": refusals,
        "header": header,
        "nearest": [] if read.adapter else nearest,
        # A starting map, for a file that nobody reads.
        "proposal": None if read.adapter or read.reason not in UNREAD else draft,
    }


def _beginning_of(path: Path) -> bytes | None:
    """The first records of a long text, unpacked; null: a file that is read whole, at night as here."""
    long_enough, is_gzip = is_long(path)
    if not long_enough:
        return None
    with path.open("rb") as source:
        blocks = expanded(source, path.stat().st_size) if is_gzip else iter(lambda: source.read(BEGINNING), b"")
        try:
            data, is_more = next(blocks), bool(next(blocks, b""))
        except Refusal:
            return None
    data = data[: last_end(data)]
    return data if is_more and opening(data, path.name.removesuffix(".gz")) else None


def _account_of(path: Path, intake: Intake) -> tuple[str | None, bool]:
    for folder in path.resolve().parents:
        if folder.name in intake.accounts:
            return folder.name, True
        if folder.parent.name == "inbox":
            return folder.name, True
    return None, False


def _nearest(raw: bytes, name: str, platform: str) -> tuple[list[str], list[dict[str, Any]], str | None]:
    """The header seen, the adapters that come nearest with what they miss, and a draft of a map for it."""
    from assets.adapter import claims, header_of
    from assets.proposal import proposal

    try:
        decoded = decode(raw, name)
        header = header_of(decoded)
        near = [claim for claim in claims(decoded, name, platform) if claim.nearness][:3]
        draft = proposal(decoded, name, platform) or None
    except Refusal:
        return [], [], None
    except Exception:  # a damaged Parquet schema: the refusal above has already said so
        return [], [], None
    return header, [{"adapter": claim.adapter.name, "missing": list(claim.missing)} for claim in near], draft
