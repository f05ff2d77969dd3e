"""`kpi init` and `kpi demo`: making a home, and filling its inbox with a made-up company's exports.

Belongs here: folders and templates. Never here: what the demo company did (assets/demo), what a table means (expectations).
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import expectations
from pipelines.cli import Usage
from pipelines.paths import Paths


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if asked.command == "init":
        return init(paths, asked.company)
    return demo(paths, asked.days, asked.scale, asked.seed)


def init(paths: Paths, company: str, quiet: bool = False) -> int:
    """Make the home. Tables that are already there are never overwritten: they are the company's, reviewed like code."""
    for folder in (paths.company, paths.inbox, paths.archive, paths.landing, paths.quarantine, paths.published):
        folder.mkdir(parents=True, exist_ok=True)
    before = {path.name for path in paths.company.iterdir()}
    if company == "demo" and not quiet:
        from assets.demo.write import write_demo

        with tempfile.TemporaryDirectory() as elsewhere:  # its tables name what its exports hold; the exports are `kpi demo`'s to write
            write_demo(Path(elsewhere), paths.company, shipped=as_shipped())
    elif company != "demo":
        for source in sorted((Path(expectations.__file__).parent / "companies" / company).iterdir()):
            if source.name not in before:
                shutil.copyfile(source, paths.company / source.name)
    if not quiet:
        written = sorted({path.name for path in paths.company.iterdir()} - before)
        print(f"home {paths.home}: {', '.join(written) or 'nothing new'} in company/{'; what was there stays' if before else ''}")
        print(f"next: put exports into {paths.inbox}/<account_id>/, then `{paths.kpi} run`")
    return 0


def demo(paths: Paths, days: int, scale: float, seed: int) -> int:
    """Write the demo company's tables and a year of its exports, as its platforms would have given them."""
    if days < 60 or scale <= 0:
        raise Usage("kpi demo needs --days of 60 or more and a --scale above 0: shorter, its story does not fit")
    if paths.inbox.exists() and any(paths.inbox.iterdir()) and not (paths.company / "company.toml").exists():
        raise Usage(f"{paths.inbox} already holds exports of another company; choose an empty home: `kpi --home DIR demo`")
    from assets.demo.world import read_spec
    from assets.demo.write import write_demo

    accounts = paths.company / "accounts.csv"
    named = accounts_named(accounts)
    if named and accounts.read_bytes() not in as_shipped() and not named >= set(read_spec()["accounts"]):
        raise Usage(f"{paths.company} holds the tables of another company; choose an empty home: `kpi --home DIR demo`")
    init(paths, "demo", quiet=True)
    show = sys.stderr.isatty()

    def progress(done: int, of: int, path: str) -> None:
        # our own file names, on one line that is written over: past the filter that keeps names from moving the cursor
        print(f"\r  {done}/{of} {path[:60]:60}", end="", file=sys.__stderr__)

    truth = write_demo(paths.inbox, paths.company, days=days, scale=scale, seed=seed, progress=progress if show else None, shipped=as_shipped())
    if show:
        print(file=sys.stderr)
    kept = f"; kept as they were: {', '.join(truth.company_files_kept)}" if truth.company_files_kept else ""
    print(f"{len(truth.files)} exports of the demo company lie in {paths.inbox}; its tables in {paths.company}{kept}")
    morning = date.fromisoformat(str(truth.last_day)) + timedelta(days=1)
    print(f"next: `{paths.kpi} run --as-of {morning}`, the morning after its last day")
    return 0


def as_shipped() -> frozenset[bytes]:
    """Every table that `kpi init` writes, as nobody has touched it yet."""
    return frozenset(path.read_bytes() for path in Path(expectations.__file__).parent.glob("companies/*/*.csv"))


def accounts_named(table: Path) -> set[str]:
    """The accounts that a table of accounts names, right or wrong otherwise; none where there is no table."""
    if not table.is_file():
        return set()
    with table.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        return {row["account_id"] for row in csv.DictReader(lines) if row.get("account_id")}
