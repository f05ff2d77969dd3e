"""Files that are more than they look: bombs, nested and lying archives, more than the memory holds (I28, I32).

Belongs here: size, and what archives claim. Never here: formats inside (binary.py).
"""

from __future__ import annotations

import gzip
import io
import os
import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from assets.archive import receive
from assets.landing import land_all
from tests.binaries import zipped
from tests.faults.binary import book, members
from tests.faults.case import FOLDER, HEADER, NOW, Case, File, kind, rows, text
from tests.faults.judge import intake, run


@kind("I28", "gz or zip bomb, nested zip, zip-slip, password, 10,000 members", "F at the cap, memory flat")
def _bombs() -> Iterator[Case]:
    zeros = gzip.compress(bytes(300 << 20), 1)
    good = text(rows("zip"))
    member = zipped({"counts.csv": good})
    packs: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
        "gzip bomb": ("counts.csv.gz", lambda: zeros, {"archive_bomb"}),
        "gzip of gzip bomb": ("counts.csv.gz", lambda: gzip.compress(zeros), {"nested_archive", "archive_bomb"}),
        "gzip bombs in a row": ("counts.csv.gz", lambda: gzip.compress(bytes(40 << 20), 1) * 8, {"archive_bomb"}),
        "zip bomb": ("counts.zip", lambda: zipped({"counts.csv": bytes(200 << 20)}), {"archive_bomb"}),
        "zip bomb of many": ("counts.zip", lambda: zipped({f"counts{i}.csv": bytes(10 << 20) for i in range(12)}), {"archive_bomb"}),
        "zip in zip": ("counts.zip", lambda: zipped({"inner.zip": member}), {"nested_archive"}),
        "zip in zip in zip": ("counts.zip", lambda: zipped({"a.zip": zipped({"b.zip": member})}), {"nested_archive"}),
        "gzip in zip": ("counts.zip", lambda: zipped({"counts.csv.gz": gzip.compress(good)}), {"nested_archive"}),
        "zip in gzip": ("counts.zip.gz", lambda: gzip.compress(member), {"nested_archive"}),
        "10,000 members": ("counts.zip", lambda: zipped({f"counts{i}.csv": b"x" for i in range(10_000)}), {"archive_bomb"}),
        "an empty zip": ("counts.zip", lambda: zipped({}), {"empty_file"}), "one name twice": ("counts.zip", lambda: _twice(good), {"bad_zip"}),
        "password": ("counts.zip", lambda: _flagged(member), {"encrypted"}),
        "a lying size": ("counts.zip", lambda: _lying(zipped({"counts.csv": good})), {"bad_zip"}),
        "workbook bomb": ("followers.xlsx", lambda: zipped(members(book(rows("w"))) | {"xl/worksheets/sheet1.xml": b" " * (100 << 20)}), set()),
    }  # fmt: skip
    for slip in ("../counts.csv", "/etc/counts.csv", "..\\counts.csv", "C:\\counts.csv", "a/../../counts.csv", "counts\n.csv"):
        packs[f"zip slip {slip!r}"] = ("counts.zip", lambda slip=slip: zipped({slip: good}), {"hostile_name"})  # type: ignore[misc]
    for name, (file, make, reasons) in packs.items():
        yield Case("I28", name, trial=lambda home, f=file, m=make, r=reasons: _flat(home, File(f"{FOLDER}/{f}", m(), "F", rules=frozenset(r))))  # type: ignore[misc]


def _flat(home: Path, file: File) -> list[str]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outside = set(os.listdir(home.parent))
    result = run(Case("I28", "", (file,)), home / "tried")
    # The peak of this process may grow by the cap and its copies, not by what the bomb claims.
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    escaped = set(os.listdir(home.parent)) - outside
    return result.wrong + ([f"memory grew by {grown >> 10} MiB"] if grown > 700 << 10 else []) + [f"escaped: {name}" for name in escaped]


def _twice(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as pack:
        for i in range(2):
            with suppress(UserWarning):
                pack.writestr("counts.csv", data + b"\n" * i)
    return target.getvalue()


def _flagged(pack: bytes) -> bytes:
    changed = bytearray(pack)
    changed[6] |= 1
    changed[pack.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def _lying(pack: bytes) -> bytes:
    changed, at = bytearray(pack), pack.index(b"PK\x01\x02")
    changed[at + 24 : at + 28] = (1 << 30).to_bytes(4, "little")
    return bytes(changed)


@kind("I32", "file larger than the memory limit", "N, streamed")
def _large() -> Iterator[Case]:
    for n in (100_000, 600_000):
        yield Case("I32", f"{n:,} records", trial=lambda home, n=n: _many(home, n))  # type: ignore[misc]


def _many(home: Path, n: int) -> list[str]:
    # Each with a campaign of its own, so that none repeats another; every thousandth is bad.
    path = home / "inbox" / FOLDER / "counts.csv"
    path.parent.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    with path.open("w") as target:
        target.write(f"{HEADER},campaign\n")
        target.writelines(f"content_reads,2026-03-{1 + i % 18:02},{'x' if i % 1000 == 0 else i},c{i}\n" for i in range(n))
    receive(home / "inbox", home / "archive", NOW)
    [entry] = land_all(home / "archive", home / "landing", intake())
    bad = len(range(0, n, 1000))
    counted = (entry.physical_records, entry.accepted, entry.quarantined)
    total = pl.scan_parquet(home / "landing" / entry.file_hash / "reach_counts.parquet").select(pl.col("value").sum()).collect().item()
    true = sum(i for i in range(n) if i % 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    wrong = [] if counted == (n, n - bad, bad) and int(total) == true else [f"{counted}, sum {total} for {true}"]
    # The matrix gives 256 MiB; what is streamed takes no more for more records.
    return wrong + (
        [f"memory grew by {peak - before} MiB to {peak} MiB for a file of {path.stat().st_size >> 20} MiB"] if peak - before > 256 else []
    )
