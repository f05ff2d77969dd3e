"""Tries one case in a home of its own and holds what came of it against the truth about its file.

Belongs here: receiving, landing, comparing. Never here: making a bad file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

import polars as pl

from assets.archive import problems, receive, verify
from assets.export import Account, Intake
from assets.landing import FileEntry, land_all
from expectations.split import load
from pipelines import rules
from pipelines.paths import SEEDS
from pipelines.person_key import VARIABLE
from tests.faults.case import NOW, Case, Fact, Facts, File, Result


@cache
def intake() -> Intake:
    """The product's own catalogue, and a handful of accounts."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "a key for tests only, and long"
    try:
        known = rules.intake(load(SEEDS, Path("/no company tables")))
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
    accounts = {
        "acc": Account("wechat", "Asia/Shanghai", "CNY"), "linked": Account("linkedin", "UTC", "USD"),
        "ny": Account("web", "America/New_York", "USD"), "ber": Account("web", "Europe/Berlin", "EUR"),
        "apia": Account("web", "Pacific/Apia", "WST"), "nepal": Account("web", "Asia/Kathmandu", "NPR"),
    }  # fmt: skip
    return replace(known, accounts=accounts, company_time_zone="Asia/Shanghai", company_currency="CNY")


@cache
def _empty_landing() -> Path:
    """The zero-row files are the same in every home: written once, copied after."""
    home = Path(tempfile.mkdtemp(prefix="faults-empty-"))
    (home / "archive").mkdir()
    land_all(home / "archive", home / "landing", intake())
    return home / "landing"


def run(case: Case, home: Path) -> Result:
    """Tries one case in a home of its own and says what is wrong with what came of it."""
    result = Result(case.kind, case.name)
    if case.trial:
        result.wrong = case.trial(home)
        result.outcome = result.outcome or "trial"
        return result
    inbox, archive, landing = home / "inbox", home / "archive", home / "landing"
    inbox.mkdir(parents=True)
    shutil.copytree(_empty_landing(), landing)
    for file in case.files:
        path = inbox / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    if case.prepare:
        case.prepare(inbox)
    try:
        receive(inbox, archive, NOW)
        entries = {entry.file_hash: entry for entry in land_all(archive, landing, intake())}
        before = stats(archive, landing)
        receive(inbox, archive, NOW + timedelta(days=1))
        again = land_all(archive, landing, intake())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        result.wrong.append(f"raised {type(error).__name__}: {str(error)[:200]}")
        result.lost = sum(file.records or 1 for file in case.files)
        return result
    if any(entry.is_new for entry in again) or before != stats(archive, landing):
        result.wrong.append("the second run was no no-op")
    left = [str(path.relative_to(home)) for folder in (archive, landing) for path in folder.rglob(".*") if path.name.startswith((".tmp-", ".old-"))]
    if left or verify(archive):
        result.wrong.append(f"left over or damaged: {left} {verify(archive)}")
    told = {(problem.source_file, problem.reason) for problem in problems(archive)}
    result.wrong += [f"{name} was not refused as {reason}: {sorted(told)}" for name, reason in case.refused if (name, reason) not in told]
    if case.refused and entries and not case.files:
        result.wrong.append("something was read that should never have been opened")
    outcomes = []
    for file in case.files:
        entry = entries.get(sha256(file.data).hexdigest())
        if entry is None:
            result.wrong.append(f"{file.path}: neither archived nor refused" if file.path not in {name for name, _ in told} else "")
            result.lost += file.records or 1
            continue
        if (archive / entry.file_hash).read_bytes() != file.data:
            result.wrong.append(f"{file.path}: other bytes in the archive")
        outcomes.append(_hold(file, entry, landing / entry.file_hash, result))
    result.wrong = [text for text in result.wrong if text]
    result.outcome = "+".join(outcomes) or "F"
    return result


def _hold(file: File, entry: FileEntry, folder: Path, result: Result) -> str:
    """One ledger entry against the truth about its file."""
    wrong, said = result.wrong, f"{file.path} ({entry.status}, {entry.reason}: {entry.message})"
    if entry.physical_records != entry.accepted + entry.quarantined + entry.duplicate:
        wrong.append(f"{said}: the records do not add up")
    quarantine = pl.read_parquet(folder / "quarantine.parquet") if (folder / "quarantine.parquet").is_file() else pl.DataFrame()
    if quarantine.height and quarantine.select(pl.any_horizontal(pl.col("rule", "reason").is_null() | (pl.col("rule", "reason") == "")).any()).item():
        wrong.append(f"{said}: a record was set aside without rule or reason")
    outcome = "F" if entry.status != "accepted" else "Q" if entry.quarantined else "N"
    if outcome not in file.may_be:
        wrong.append(f"{said}: {outcome}, expected {file.may_be}")
    rules_seen = set(quarantine["rule"]) if quarantine.height else set()
    if file.rules and rules_seen - file.rules:
        wrong.append(f"{said}: refused by {sorted(rules_seen)}, expected {sorted(file.rules)}")
    if outcome == "F":
        if not entry.reason or not entry.message or not quarantine.height:
            wrong.append(f"{said}: refused without a record of it")
        if facts_of(folder):
            wrong.append(f"{said}: refused, and yet rows landed")
        if entry.reason == "reader_error":
            wrong.append(f"{said}: the reader failed")
        return outcome
    if entry.quarantined != quarantine.height:
        wrong.append(f"{said}: {entry.quarantined} set aside and {quarantine.height} kept")
    landed = facts_of(folder)
    missing, false = file.good - landed, landed - file.good - file.may
    if missing:
        wrong.append(f"{said}: good rows that did not land: {sorted(missing)[:3]}")
    if false:
        wrong.append(f"{said}: landed and untrue: {sorted(false)[:3]}")
    result.lost += len(missing)
    counted = (("records", file.records, entry.physical_records), ("bad", file.bad, entry.quarantined), ("repeated", file.duplicate, entry.duplicate))
    wrong += [f"{said}: {found} {name}, there are {true}" for name, true, found in counted if true is not None and true != found]
    if file.records is not None:
        result.lost += max(0, file.records - entry.physical_records)
    if file.says and file.says not in (entry.message or ""):
        wrong.append(f"{said}: does not say {file.says!r}")
    return outcome


def facts_of(folder: Path) -> Facts:
    """What landed, one fact a row: counts by what they say, events by their instant."""
    found: set[Fact] = set()
    for path in folder.glob("*_*.parquet"):
        frame = pl.read_parquet(path)
        if path.stem.endswith("_counts"):
            found |= {(m, d.isoformat(), c, str(v.normalize())) for m, d, c, v in frame.select("metric", "day", "campaign", "value").iter_rows()}
        elif path.stem.endswith("_orders"):
            found |= {("order", o, str(v.normalize()), c) for o, v, c in frame.select("order_id", "value", "currency").iter_rows()}
        else:
            found |= {("at", at.isoformat()) for at in frame["at_utc"]}
    return frozenset(found)


def stats(*folders: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            seen = path.stat()
            if path.is_file():
                found[str(path)] = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
    return found
