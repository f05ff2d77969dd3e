"""The same file again, another file of the same days, files out of order or not finished (I14 to I17, I31).

Belongs here: faults of when and how often something comes. Never here: what is wrong inside one file.
"""

from __future__ import annotations

import gzip
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from assets.archive import receive, verify
from assets.landing import land_all
from tests.faults.case import FOLDER, NOW, Case, File, facts, kind, one, rows, text
from tests.faults.hostile import put
from tests.faults.judge import facts_of, intake


@kind("I14", "same bytes again: other name, mtime, folder, gz of the same", "N, the ledger says seen")
def _again() -> Iterator[Case]:
    for name in ("counts copy.csv", "counts (1).csv", "COUNTS.CSV", "counts.csv.bak", "other/counts.csv"):
        good = rows(f"again {name}")
        data = text(good)
        file = File(f"{FOLDER}/counts.csv", data, "N", facts(good), records=12)

        def copy(inbox: Path, name: str = name, data: bytes = data) -> None:
            path = inbox / "acc" / ("2026-03-20/counts.csv" if "/" in name else f"2026-03-19/{name}")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            os.utime(path, (0, 10**9))

        yield Case("I14", name, (file,), copy)
        yield Case("I14", f"{name}: one in the ledger", trial=lambda home, copy=copy, data=data: _one_entry(home, copy, data))  # type: ignore[misc]
    good = rows("packed")
    packed = [File(f"{FOLDER}/counts {n}.csv.gz", gzip.compress(text(good), n), "N", facts(good), records=12) for n in (1, 9)]
    yield Case("I14", "gzip of the same, twice", (File(f"{FOLDER}/counts.csv", text(good), "N", facts(good), records=12), *packed))


def _one_entry(home: Path, copy: Callable[[Path], None], data: bytes) -> list[str]:
    (home / "inbox" / "acc" / "2026-03-19").mkdir(parents=True)
    (home / "inbox" / "acc" / "2026-03-19" / "counts.csv").write_bytes(data)
    receive(home / "inbox", home / "archive", NOW)
    first = [(e.file_hash, e.delivery_order) for e in land_all(home / "archive", home / "landing", intake())]
    copy(home / "inbox")
    new = receive(home / "inbox", home / "archive", NOW + timedelta(days=2))
    then = land_all(home / "archive", home / "landing", intake())
    same = first == [(e.file_hash, e.delivery_order) for e in then]
    return [] if not new and len(first) == 1 and same and not any(e.is_new for e in then) else [f"the copy was read again: {first} {then}"]


@kind("I15", "same name, new bytes (restatement)", "a new generation replaces, one restatement a changed number")
def _restated() -> Iterator[Case]:
    for seed in range(3):
        good = rows(f"restated {seed}")
        new = [(m, d, str(int(v) + 1)) if i < 3 else (m, d, v) for i, (m, d, v) in enumerate(good)]
        files = tuple(File(f"acc/2026-03-{18 + i}/counts.csv", text(r), "N", facts(r), records=12) for i, r in enumerate((good, new)))
        yield Case("I15", f"3 of 12 values, seed {seed}", files)

    for seed in range(4):
        yield Case("I15", f"rewritten where it lay, in its date folder, seed {seed}", trial=lambda home, seed=seed: _rewritten(home, seed))  # type: ignore[misc]


def _rewritten(home: Path, seed: int) -> list[str]:
    """The file of a date folder is replaced after a run has read it: what came last has the last word."""
    path = home / "inbox" / FOLDER / "counts.csv"
    path.parent.mkdir(parents=True)
    for night in range(3):
        path.write_bytes(text(rows(f"rewritten {seed} {night}")))
        receive(home / "inbox", home / "archive", NOW + timedelta(days=night))
    entries = land_all(home / "archive", home / "landing", intake())
    last = sha256(path.read_bytes()).hexdigest()
    if len(entries) == 3 and entries[-1].file_hash == last:
        return []
    return [f"of {len(entries)} generations the newest is not the last: an older one of the same name and folder is published"]


@kind("I16", "late file, days out of order, 90 days late", "its days rebuilt, the others' hashes equal")
def _orders_of_delivery() -> Iterator[Case]:
    dice = random.Random("I16")
    for _seed in range(6):
        order = dice.sample(range(5), 5)
        yield Case("I16", f"five files in the order {order}", trial=lambda home, order=order: _any_order(home, order))  # type: ignore[misc]


def _any_order(home: Path, order: list[int]) -> list[str]:
    """One run after each delivery, in any order, leaves what one run of all leaves."""
    lands = []
    for name, turns in (("at once", [range(5)]), ("one by one", [[i] for i in order])):
        root = home / name
        for turn in turns:
            for i in turn:
                days = [("content_reads", f"2026-0{1 + i // 3}-{d:02}", str(1000 * i + d)) for d in range(1, 20)]
                path = root / "inbox" / "acc" / f"2026-03-{10 + i}" / "counts.csv"
                path.parent.mkdir(parents=True)
                path.write_bytes(text(days))
                os.utime(path, (0, 10**9 - 10**7 * i))
            receive(root / "inbox", root / "archive", NOW)
            land_all(root / "archive", root / "landing", intake())
        lands.append({str(p.relative_to(root)): p.read_bytes() for f in ("archive", "landing") for p in (root / f).rglob("*") if p.is_file()})
    return [] if lands[0] == lands[1] else ["the order of delivery changed what lies in archive and landing"]


@kind("I17", "duplicate rows inside a file, overlapping files", "exact: superseded and counted; conflicting: Q both")
def _duplicates() -> Iterator[Case]:
    for seed in range(8):
        dice, good = random.Random(f"I17 {seed}"), rows(f"twice {seed}")
        again = [dice.choice(good) for _ in range(dice.randint(1, 5))]
        lines = good + again
        dice.shuffle(lines)
        yield one("I17", f"exact, seed {seed}", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(good), records=len(lines), duplicate=len(again)))
        (m, d, v), rest = good[0], good[1:]
        lines = [*rest, (m, d, v), (m, d, str(int(v) + 1)), (m, d, v)]
        dice.shuffle(lines)
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(rest), records=14, bad=3, duplicate=0, rules=frozenset({"conflicting_duplicate"}))
        yield one("I17", f"conflicting, seed {seed}", file)


@kind("I31", "file still growing while read", "left for the next run")
def _growing() -> Iterator[Case]:
    for seed in range(3):
        yield Case("I31", f"a writer at work, {seed}", trial=lambda home, seed=seed: _grow(home, seed))  # type: ignore[misc]
    for suffix in (".part", ".tmp", ".crdownload", ".partial", ".download"):

        def unfinished(home: Path, suffix: str = suffix) -> list[str]:
            path = home / "inbox" / FOLDER / f"counts.csv{suffix}"
            put(path)
            met = receive(home / "inbox", home / "archive", NOW)
            path.rename(path.with_suffix(""))
            then = receive(home / "inbox", home / "archive", NOW)
            return [] if (len(met), len(met.left), len(then)) == (0, 1, 1) else [f"{met} {met.left} {then}"]

        yield Case("I31", f"named {suffix}", trial=unfinished)


def _grow(home: Path, seed: int) -> list[str]:
    """Whatever was seen on the way is whole and true to its hash, and in the end the whole file is there."""
    good = rows(f"growing {seed}", 18)
    whole = text(good)
    # No date folder: within one, files of one name are ordered by their hash, and the last word is anybody's (I15).
    path = home / "inbox" / "acc" / "counts.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")

    def write() -> None:
        with open(path, "ab", buffering=0) as target:
            for at in range(0, len(whole), 7):
                target.write(whole[at : at + 7])
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    runs = 0
    while writer.is_alive():
        runs += 1
        receive(home / "inbox", home / "archive", NOW + timedelta(minutes=runs))
    writer.join()
    receive(home / "inbox", home / "archive", NOW + timedelta(days=1))
    orphans = verify(home / "archive")
    wrong = [f"{len(orphans)} half-written copies without a receipt stay in the archive, and are reported as damage for ever"] if orphans else []
    entries = {entry.file_hash: entry for entry in land_all(home / "archive", home / "landing", intake())}
    final = entries.get(sha256(whole).hexdigest())
    if final is None or (final.status, final.accepted) != ("accepted", 18):
        wrong.append("the finished file was not read")
    elif facts_of(home / "landing" / final.file_hash) != facts(good) or final is not list(entries.values())[-1]:
        wrong.append("the finished file does not have the last word")
    return wrong
