"""Bad input of every kind (the fault matrix, I01 to I34), and what came of it: `python -m tests.faults I03 I29` replays kinds, a line a case.

Belongs here: making bad files from a seed, with the truth about them by our own count; receiving, landing, and holding the result against it.
Never here: what is published of it (test_faults.py has the nights).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import random
import resource
import shutil
import socket
import sys
import tempfile
import threading
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from assets.archive import problems, receive, verify
from assets.export import Account, Intake
from assets.landing import FileEntry, land_all
from expectations.split import load
from pipelines import rules
from pipelines.paths import SEEDS
from pipelines.person_key import VARIABLE
from tests.binaries import Cell, html, sheetml, xls, xlsx, zipped

NOW = datetime(2026, 3, 20, 9, 0)
FOLDER = "acc/2026-03-19"  # received on the 19th: the 20th is the last day that a file may speak of
HEADER = "metric,day,value"
Fact = tuple[str, ...]
Facts = frozenset[Fact]
Row = tuple[str, str, str]


@dataclass(frozen=True)
class File:
    """One bad file and the truth about it. `may_be`: N read whole, Q some records set aside, F refused; several letters where the matrix allows."""

    path: str
    data: bytes
    may_be: str
    good: Facts = frozenset()
    # What else may land, because the bytes do say it; everything beyond is a false number.
    may: Facts = frozenset()
    # Records by the generator's own count, and how many of them are bad or repeated, when the file is read.
    records: int | None = None
    bad: int | None = None
    duplicate: int | None = None
    rules: frozenset[str] = frozenset()
    says: str = ""


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    files: tuple[File, ...] = ()
    # Entries that no File can make (links, pipes), and the reason by which each must be refused unopened.
    prepare: Callable[[Path], None] | None = None
    refused: tuple[tuple[str, str], ...] = ()
    # A trial that is not receive and land: returns what is wrong with the outcome.
    trial: Callable[[Path], list[str]] | None = None


@dataclass
class Result:
    kind: str
    name: str
    outcome: str = ""
    wrong: list[str] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True)
class Kind:
    id: str
    what: str
    expected: str
    cases: Callable[[], Iterable[Case]]


KINDS: dict[str, Kind] = {}
# Kinds whose crash or hang could take the tests with it, or that are measured by the memory they take.
ALONE = ("I28", "I29", "I30", "I32")


def kind(id: str, what: str, expected: str) -> Callable[[Callable[[], Iterable[Case]]], Callable[[], Iterable[Case]]]:
    def known(cases: Callable[[], Iterable[Case]]) -> Callable[[], Iterable[Case]]:
        KINDS[id] = Kind(id, what, expected, cases)
        return cases

    return known


# --- the judge


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
        before = _stats(archive, landing)
        receive(inbox, archive, NOW + timedelta(days=1))
        again = land_all(archive, landing, intake())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        result.wrong.append(f"raised {type(error).__name__}: {str(error)[:200]}")
        result.lost = sum(file.records or 1 for file in case.files)
        return result
    if any(entry.is_new for entry in again) or before != _stats(archive, landing):
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


def _stats(*folders: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            seen = path.stat()
            if path.is_file():
                found[str(path)] = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
    return found


# --- good files, to be spoilt


def fact(metric: str, day: str, value: str, campaign: str = "") -> Fact:
    return (metric, day, campaign, str(Decimal(value).quantize(Decimal("0.000001")).normalize()))


def rows(seed: object, n: int = 12) -> list[Row]:
    """Days of March with numbers of their own, of two metrics that count."""
    dice = random.Random(f"rows {seed}")
    return [(dice.choice(("content_reads", "video_plays")), f"2026-03-{day:02}", str(dice.randint(100, 99_999))) for day in range(1, n + 1)]


def facts(records: Iterable[Row]) -> Facts:
    return frozenset(fact(*row) for row in records)


def text(records: Iterable[Iterable[str]], header: str = HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *(",".join(record) for record in records)]) + end).encode()


def one(kind: str, name: str, file: File) -> Case:
    return Case(kind, name, (file,))


def spoilt(id: str, name: str, seed: object, cells: Iterable[str], column: int, rule: Iterable[str], n: int = 12, quote: bool = True) -> Case:
    """A good file in which some records say something impossible in one column; the others must land."""
    good, dice = rows(seed, n), random.Random(f"{id} {seed}")
    bad = list(cells)
    lines: list[list[str]] = [list(row) for row in good]
    for cell in bad:
        line = list(dice.choice(good))
        line[column] = f'"{cell}"' if quote and any(mark in cell for mark in ',"\n') else cell
        lines.insert(dice.randint(0, len(lines)), line)
    file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=n + len(bad), bad=len(bad), duplicate=0, rules=frozenset(rule))
    return one(id, name, file)


def each(id: str, spoils: dict[str, str], column: int, rule: Iterable[str]) -> Iterator[Case]:
    """One case a bad cell, and one with all of them in one file."""
    rule = tuple(rule)
    for name, cell in spoils.items():
        yield spoilt(id, name, name, [cell], column, rule)
    yield spoilt(id, "all at once", "all", spoils.values(), column, rule)


# --- files


@kind("I01", "0-byte file", "F empty")
def _empty() -> Iterator[Case]:
    shells = {
        "0 bytes": b"",
        "blank lines": b"\n\r\n\n",
        "blanks": b"  \t \n",
        "only a byte-order mark": b"\xef\xbb\xbf",
        "gzip of nothing": gzip.compress(b""),
    }
    for name, data in shells.items():
        for suffix in ("csv", "jsonl"):
            file = File(f"{FOLDER}/counts.{suffix}", data, "F", records=0, rules=frozenset({"empty_file"}))
            yield one("I01", f"{name} as {suffix}", file)
    for suffix in ("parquet", "xlsx", "csv.gz", "zip", "json"):
        yield one("I01", f"0 bytes as {suffix}", File(f"{FOLDER}/counts.{suffix}", b"", "F", rules=frozenset({"empty_file"})))
    beside = rows("beside an empty one")
    good = File(f"{FOLDER}/counts good.csv", text(beside), "N", facts(beside), records=12)
    yield Case("I01", "beside a good file", (File(f"{FOLDER}/counts.csv", b"", "F"), good))


@kind("I02", "header only", "F unless the feed allows empty days")
def _header_only() -> Iterator[Case]:
    for end in ("\n", "\r\n", ""):
        yield one("I02", f"counts {end!r}", File(f"{FOLDER}/counts.csv", (HEADER + end).encode(), "F", rules=frozenset({"header_only", "cut_file"})))
    events = {"orders": "order,person,at,value,currency", "touches": "person,at,channel", "activity": "person,at", "cases": "case,kind,opened_at"}
    for shape, header in events.items():
        yield one("I02", shape, File(f"{FOLDER}/{shape}.csv", f"{header}\n".encode(), "N", records=0))


@kind("I03", "cut in the middle of a row / no final newline", "cut: F; newline: N")
def _cut() -> Iterator[Case]:
    # A text column last: only the very last cell may look whole and not be.
    good = rows("cut", 40)
    header = "day,value,metric"
    turned = [(day, value, metric) for metric, day, value in ((m, f"2026-0{1 + i // 20}-{1 + i % 20:02}", v) for i, (m, _, v) in enumerate(good))]
    whole, said = text(turned, header), [fact(metric, day, value) for day, value, metric in turned]
    for cut in (*range(1, 91), *range(91, 201, 3)):
        data = whole[:-cut]
        full = data.count(b"\n") - 1
        tail = data.rsplit(b"\n", 1)[1].decode()
        cells = tail.split(",")
        if tail == "":
            file = File(f"{FOLDER}/counts.csv", data, "N", frozenset(said[:full]), records=full, bad=0)
        elif len(cells) < 3:
            file = File(f"{FOLDER}/counts.csv", data, "F", rules=frozenset({"cut_file"}))
        elif cells == list(turned[full]):
            file = File(f"{FOLDER}/counts.csv", data, "N", frozenset(said[: full + 1]), records=full + 1, bad=0)
        else:
            # The last cell is cut: no metric is called so.
            file = File(
                f"{FOLDER}/counts.csv", data, "QF", frozenset(said[:full]), rules=frozenset({"unknown_metric", "required_cell_empty", "cut_file"})
            )
        yield one("I03", f"{cut} bytes short", file)
    # A number last, cut inside its digits: without a final newline nobody can tell; it may only say what the bytes say.
    good = rows("digits")
    whole = text(good)
    for cut in (2, 3):
        data = whole[:-cut]
        metric, day, value = data.rsplit(b"\n", 1)[1].decode().split(",")
        file = File(f"{FOLDER}/counts.csv", data, "NF", facts(good[:-1]), frozenset({fact(metric, day, value)}), records=12)
        yield one("I03", f"the last number {cut - 1} digits short", file)
    for name, pack in (("json lines", jsonl(good)), ("gzip", gzip.compress(whole)), ("parquet", parquet(good)), ("xlsx", book(good))):
        suffix = {"json lines": "jsonl", "gzip": "csv.gz"}.get(name, name)
        place = f"linked/2026-03-19/followers.{suffix}" if name == "xlsx" else f"{FOLDER}/counts.{suffix}"
        for part in (0.3, 0.6, 0.9, 0.99):
            data = pack[: int(len(pack) * part)]
            yield one("I03", f"{name} cut at {part:.0%}", File(place, data, "F"))


@kind("I04", "unterminated quote", "F, line count proves it")
def _quotes() -> Iterator[Case]:
    for seed in range(40):
        dice, good = random.Random(f"I04 {seed}"), rows(f"quote {seed}", 30)
        whole = text(good)
        at = dice.randint(0, len(whole) - 1)
        data = whole[:at] + b'"' + whole[at:]
        yield one("I04", f"quote at byte {at}, seed {seed}", File(f"{FOLDER}/counts.csv", data, "F"))
    for seed in range(15):
        # Two of them: the parser finds them balanced, and swallows what is between.
        dice, good = random.Random(f"I04 two {seed}"), rows(f"quotes {seed}", 30)
        whole = text(good)
        first, second = sorted(dice.sample(range(len(HEADER) + 1, len(whole)), 2))
        data = whole[:first] + b'"' + whole[first:second] + b'"' + whole[second:]
        yield one("I04", f"quotes at bytes {first} and {second}, seed {seed}", File(f"{FOLDER}/counts.csv", data, "FQN", may=facts(good)))


@kind("I05", "too few or too many columns in some rows", "Q with line")
def _ragged() -> Iterator[Case]:
    for seed in range(20):
        dice, good = random.Random(f"I05 {seed}"), rows(f"ragged {seed}")
        lines = [list(row) for row in good]
        bad = dice.randint(1, 4)
        for _ in range(bad):
            line = list(dice.choice(good))
            line = dice.choice((line[:1], line[:2], [*line, "x"], [*line, "", ""], [*line, *line]))
            lines.insert(dice.randint(0, len(lines) - 1), line)
        file = File(
            f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=12 + bad, bad=bad, rules=frozenset({"too_few_cells", "too_many_cells"})
        )
        yield one("I05", f"seed {seed}", file)


@kind("I06", "text in a number, empty required cell", "Q")
def _text_in_number() -> Iterator[Case]:
    words = ("abc", "12a", "n/a", "-", "1 2", "0x10", "1e3", "٣٤", "十", "12.", ".5", "--5", "+5", "1_000", "TRUE", "=1+1", "12\u200b")
    yield from each("I06", {word: word for word in words}, 2, {"not_a_number"})
    yield from each("I06", {"empty value": "", "blank value": "  ", "nbsp value": "\u00a0"}, 2, {"required_cell_empty"})
    yield spoilt("I06", "empty day", "day", [""], 1, {"required_cell_empty"})
    yield spoilt("I06", "empty metric", "metric", [""], 0, {"required_cell_empty"})


@kind("I07", "impossible date, year 0001 or 9999, future day", "Q")
def _impossible_days() -> Iterator[Case]:
    days = (
        "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "2025-02-29", "0001-01-01", "0000-00-00", "1989-12-31", "9999-12-31", "2026-03-21",
        "2027-01-01", "10000-01-01", "-2026-01-01", "2026-2-3", "20260203", "2026-W05-1", "2026-034", "yesterday", "44927", "2026-03-05T25:00:00",
    )  # fmt: skip
    yield from each("I07", {day: day for day in days}, 1, {"not_a_day", "day_out_of_range", "future_day"})


@kind("I08", "day and month ambiguous, mixed formats", "Q, never guessed")
def _ambiguous_days() -> Iterator[Case]:
    days = (
        "01/02/2026", "1/2/2026", "02.01.2026", "2026/01/02", "01-02-2026", "Jan 2, 2026", "2 Jan 2026", "2026年1月2日", "02-Jan-26", "2026.01.02",
    )  # fmt: skip
    yield from each("I08", {day: day for day in days}, 1, {"not_a_day"})


@kind("I09", "locale numbers, thin spaces, currency and percent signs", "Q unless declared")
def _locale_numbers() -> Iterator[Case]:
    numbers = (
        "1.234,56", "1,234.56", "1,234", "1 234", "1\u202f234", "1\u2009234", "1\u00a0234", "1'234", "¥12", "$12", "12 €", "12%", "12％", "(12)",
        "1.2万", "3亿", "１２", "−5", "1.234.567",
    )  # fmt: skip
    yield from each("I09", {number: number for number in numbers}, 2, {"not_a_number"})
    for number in ("1,234", "1.234,56"):  # unquoted, the separator is one of the file
        good = rows(number)
        lines = [*good, (good[0][0], "2026-03-18", number)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=13, bad=1, rules=frozenset({"too_many_cells"}))
        yield one("I09", f"{number} unquoted", file)


@kind("I10", "NaN, inf, 1e400, -0, negative counts, 2^63", "Q")
def _not_finite() -> Iterator[Case]:
    numbers = (
        "NaN", "nan", "inf", "-inf", "Infinity", "∞", "1e400", "1E5", "-1", "-0.000001", "9223372036854775808", "9" * 25, "9" * 400,
        "-9223372036854775809", "1" + "0" * 40 + ".5",
    )  # fmt: skip
    rules = {"not_finite", "not_a_number", "negative_count", "out_of_range"}
    yield from each("I10", {number[:24]: number for number in numbers}, 2, rules)
    for zero in ("-0", "-0.0"):
        # Zero by another spelling: the number that lands is 0, and nothing is hidden by it.
        good = rows(zero)
        file = File(
            f"{FOLDER}/counts.csv", text([*good, ("content_reads", "2026-03-18", zero)]), "QN", facts(good),
            frozenset({fact("content_reads", "2026-03-18", "0")}), records=13,
        )  # fmt: skip
        yield one("I10", zero, file)
    good = rows("last")
    file = File(
        f"{FOLDER}/counts.csv",
        text([*good, ("content_reads", "2026-03-18", "9223372036854775807")]),
        "N",
        facts(good) | {fact("content_reads", "2026-03-18", "9223372036854775807")},
        records=13,
    )
    yield one("I10", "2^63 - 1 is a number", file)


@kind("I11", "Latin-1, UTF-16, BOM, NUL, lone surrogate, CR-only lines", "declared encoding: N or F; NUL: Q")
def _encodings() -> Iterator[Case]:
    good = [(*row, "été in 上海") for row in rows("encoding")]
    said = frozenset(fact(*row) for row in good)
    plain = text(good, HEADER + ",campaign").decode()
    latin = plain.replace("上海", "Köln")
    ways = {
        "utf-8": (plain.encode(), "N"), "utf-8 with mark": (b"\xef\xbb\xbf" + plain.encode(), "N"),
        "utf-16 with mark": (plain.encode("utf-16"), "N"), "utf-16 be with mark": (b"\xfe\xff" + plain.encode("utf-16-be"), "N"),
        "utf-16 le": (plain.encode("utf-16-le"), "F"), "utf-16 be": (plain.encode("utf-16-be"), "F"), "utf-32": (plain.encode("utf-32"), "F"),
        "gb18030": (plain.encode("gb18030"), "F"), "latin-1": (latin.encode("latin-1"), "F"), "cp1252": (latin.encode("cp1252"), "F"),
        "cr only": (plain.replace("\n", "\r").encode(), "N"), "crlf": (plain.replace("\n", "\r\n").encode(), "N"),
        "lone surrogate": (plain.replace("上", "\ud800").encode("utf-8", "surrogatepass"), "F"),
        "utf-16 lone surrogate": (plain.replace("上", "\ud800").encode("utf-16", "surrogatepass"), "F"),
        "overlong": (plain.encode().replace(b"\xc3\xa9", b"\xc0\xaf"), "F"), "two marks": (b"\xef\xbb\xbf" * 2 + plain.encode(), "NF"),
        "cut character": (plain.encode() + b"content_reads,2026-03-15,5,\xe4\xb8", "F"),
    }  # fmt: skip
    for name, (data, may_be) in ways.items():
        yield one(
            "I11",
            name,
            File(f"{FOLDER}/counts.csv", data, may_be, said if may_be == "N" else frozenset(), said, records=12 if may_be == "N" else None),
        )
    for seed in range(6):
        records = rows(f"nul {seed}")
        at = random.Random(f"I11 {seed}").randrange(12)
        lines = [list(row) for row in records]
        lines[at][seed % 3] += "\0"
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(r for i, r in enumerate(records) if i != at), records=12, bad=1)
        yield one("I11", f"NUL in line {at + 2}", file)
    mixed = rows("mixed ends")
    data = "".join([HEADER + "\n", *(",".join(row) + end for row, end in zip(mixed, ("\n", "\r\n") * 6, strict=True))]).encode()
    yield one("I11", "mixed line ends", File(f"{FOLDER}/counts.csv", data, "N", facts(mixed), records=12))


@kind(
    "I12",
    "column added, renamed, dropped, reordered, duplicated, case changed",
    "reorder, case: N; added: N + notice; renamed, dropped, duplicated: F",
)
def _headers() -> Iterator[Case]:
    good = rows("header")
    place = f"{FOLDER}/counts.csv"
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        names = HEADER.split(",")
        data = text(([row[i] for i in order] for row in good), ",".join(names[i] for i in order))
        yield one("I12", f"order {order}", File(place, data, "N", facts(good), records=12))
    for header in ("METRIC,DAY,VALUE", "Metric,Day,Value", " metric , day ,value ", "metric:,day,value", "\u00admetric,day,value"):
        yield one("I12", f"header {header!r}", File(place, text(good, header), "N", facts(good), records=12))
    for name in ("added", "department", "e-mail", "名", "x" * 300):
        data = text(((*row, "?") for row in good), f"{HEADER},{name}")
        yield one("I12", f"added {name[:20]}", File(place, data, "N", facts(good), records=12, says="columns not loaded"))
    for at, name in enumerate(HEADER.split(",")):
        others = [i for i in range(3) if i != at]
        yield one("I12", f"{name} renamed", File(place, text(good, HEADER.replace(name, name[:-1] + "x")), "F"))
        yield one("I12", f"{name} without a name", File(place, text(good, HEADER.replace(name, "")), "F"))
        dropped = text(([row[i] for i in others] for row in good), ",".join(HEADER.split(",")[i] for i in others))
        yield one("I12", f"{name} dropped", File(place, dropped, "F"))
        yield one("I12", f"{name} twice", File(place, text(((*row, row[at]) for row in good), f"{HEADER},{name}"), "F"))
        yield one("I12", f"{name} twice, in capitals", File(place, text(((*row, "7") for row in good), f"{HEADER},{name.upper()}"), "F"))


@kind("I13", "type drift: an integer feed starts to send text ids", "F or Q")
def _drift() -> Iterator[Case]:
    for share in (0, 3, 9, 11):
        good = rows(f"drift {share}")
        lines = [(m, d, v if i < share else f"id-{v}") for i, (m, d, v) in enumerate(good)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "QF", facts(good[:share]), records=12, bad=12 - share, rules=frozenset({"not_a_number"}))
        yield one("I13", f"{12 - share} of 12 are text", file)
    lines = [(f"4711{i}", day, value) for i, (_, day, value) in enumerate(good)]
    yield one(
        "I13", "metrics become numbers", File(f"{FOLDER}/counts.csv", text(lines), "QF", bad=12, records=12, rules=frozenset({"unknown_metric"}))
    )
    mixed = [{"metric": m, "day": d, "value": v if i % 2 else int(v)} for i, (m, d, v) in enumerate(good)]
    mixed += [{"metric": "content_reads", "day": "2026-03-17", "value": bad} for bad in (True, [1], {"a": 1})]  # type: ignore[dict-item]
    data = "\n".join(json.dumps(record) for record in mixed).encode() + b"\n"
    yield one("I13", "json lines of many types", File(f"{FOLDER}/counts.jsonl", data, "Q", facts(good), records=15, bad=3))


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


@kind("I18", "unknown metric, misspelled, trailing blank, NFC or NFD, look-alike letters", "normalised only by declared aliases, else Q")
def _confusables() -> Iterator[Case]:
    names = [
        "content_readz", "content reads", "content-reads", "Content_Reads", "CONTENT_READS", "content_reads ", " content_reads",
        "content_reads\u00a0", "c\u043entent_reads", "content_re\u0430ds", "ｃontent_reads", "content\uff3freads", "content_reads\u200b",
        "content_read\u017f", "conten\u0442_reads", "content_reads\u0301", "contént_reads", unicodedata.normalize("NFD", "contént_reads"),
        "\u202econtent_reads", "null", "0", "reach", "AW999", "content_reads;content_reads", "__proto__",
    ]  # fmt: skip
    yield from each("I18", {ascii(name): name for name in names}, 0, {"unknown_metric"})
    alias, metric = next((a, m) for a, m in sorted(intake().aliases.items()) if m == "content_reads")
    good = rows("alias")
    data = text([*good, (alias, "2026-03-18", "7")])
    yield one("I18", "a declared alias", File(f"{FOLDER}/counts.csv", data, "N", facts(good) | {fact(metric, "2026-03-18", "7")}, records=13))


@kind("I19", "metric labelled with the wrong team, both teams, or none", "Q, or the label is not believed; blocking check red if any reaches a mart")
def _labels() -> Iterator[Case]:
    for header in ("department", "team", "class", "function", "owner", "department_kind", "role", "profile"):
        good = rows(f"label {header}")
        data = text(((*row, team) for row, team in zip(good, ("sales", "marketing", "operations", "") * 3, strict=True)), f"{HEADER},{header}")
        yield one("I19", header, File(f"{FOLDER}/counts.csv", data, "N", facts(good), records=12, says="columns not loaded"))
    for name in ("content_reads@sales", "sales.content_reads", "content_reads;sales", "marketing", "operations/orders"):
        yield spoilt("I19", f"metric {name}", name, [name], 0, {"unknown_metric"})


@kind("I20", "unit change: cents for euros, percent for ratio, thousand-fold", "lands as the file says; the night warns or holds by anomaly_rules")
def _units() -> Iterator[Case]:
    for factor in ("100", "0.01", "1000", "0.001"):
        good = rows(f"unit {factor}")
        m, d, v = good[5]
        lines = [*good[:5], (m, d, format(Decimal(v) * Decimal(factor), "f")), *good[6:]]
        yield one("I20", f"one day times {factor}", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=12))


@kind("I21", "volume -90 % or x10, a channel missing", "lands as the file says; the night warns by anomaly_rules and channel_freshness")
def _volume() -> Iterator[Case]:
    good = rows("volume", 18)
    for name, kept in (("90 % gone", good[:2]), ("one row", good[:1]), ("half", good[:9])):
        yield one("I21", name, File(f"{FOLDER}/counts.csv", text(kept), "N", facts(kept), records=len(kept)))
    many = [(m, d, str(10 * int(v))) for m, d, v in good]
    yield one("I21", "ten times", File(f"{FOLDER}/counts.csv", text(many), "N", facts(many), records=18))


@kind("I22", "feed silent for 1, 2, 7 days", "stale since a day, by its own habit; those days are missing, never zero")
def _silence() -> Iterator[Case]:
    for days in (1, 2, 7):
        good = rows(f"silence {days}", 18)
        kept = good[:5] + good[5 + days :]
        yield one("I22", f"{days} days left out", File(f"{FOLDER}/counts.csv", text(kept), "N", facts(kept), records=18 - days))


@kind("I23", "followers go backwards, counter reset, cumulative sent as daily", "as the file says, residual shown; the night warns by anomaly_rules")
def _followers() -> Iterator[Case]:
    series = {"backwards": (1000, 900, 1010), "reset": (1000, 0, 12), "cumulative": (10, 30, 60)}
    for name, numbers in series.items():
        for metric in ("followers_total", "followers_gained"):
            lines = [(metric, f"2026-03-{i:02}", str(n)) for i, n in enumerate(numbers, 1)]
            yield one("I23", f"{metric} {name}", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=3))


@kind("I24", "ratio fed with a zero denominator, retention above 100 %", "null with reason / Q")
def _denominators() -> Iterator[Case]:
    lines = [("installs", "2026-03-01", "5"), ("store_page_views", "2026-03-01", "0")]
    yield one("I24", "zero denominator", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=2))
    for value in ("#DIV/0!", "NaN", "inf", "1/0", "∞"):
        yield spoilt("I24", value, value, [value], 2, {"not_a_number", "not_finite"})
    # A share of a whole, just within, at and just beyond what the catalogue holds possible.
    for metric, within, beyond in (
        ("retention_d7", ("0", "1", "0.4"), ("1.000001", "1.4", "40", "-0.1")),
        ("net_sentiment", ("-1", "0", "1"), ("-1.01", "55")),
        ("unaided_recall", ("0", "12.5", "100"), ("100.5", "-1")),
        ("conversion_rate", ("0", "1.7"), ("-0.01",)),
    ):
        lines = [(metric, f"2026-03-{day:02}", value) for day, value in enumerate((*within, *beyond), 1)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(lines[: len(within)]), records=len(lines), bad=len(beyond),
                    rules=frozenset({"beyond_bounds"}))  # fmt: skip
        yield one("I24", f"{metric} beyond its bounds", file)


@kind("I25", "catalogue error", "refused at load, nothing touched")
def _catalogue() -> Iterator[Case]:
    from expectations.statute import TABLES

    bad = {
        "choice": "neither", "aggregation": "averaged", "day": "2026-02-30", "whole": "1.5", "number": "many", "bool": "perhaps",
        "id": "No Such; Name", "profile": "No Such; Name", "zone": "Mars/Olympus", "currency": "EURO", "share": "1.5", "account": "../x",
        "pattern": "",
    }  # fmt: skip
    for table in sorted(TABLES):
        lines = (SEEDS / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        for column in TABLES[table].columns:
            cells = [bad[column.type]] if bad.get(column.type) else []
            cells += [""] if column.is_required else []
            for cell in cells if len(lines) > 1 else []:
                name = f"{table}.{column.name} = {cell!r}"
                yield Case("I25", name, trial=lambda home, t=table, c=column.name, cell=cell: _refused_seed(home, t, c, cell))  # type: ignore[misc]
    header = "metric,class,function,unit,aggregation,numerator,denominator"
    tables = {
        "a metric in two classes": ("metrics.csv", [header, "x,awareness,new_media,reads,additive,,", "x,conversion,e_commerce,reads,additive,,"]),
        "no aggregation": ("metrics.csv", [header, "x,awareness,new_media,reads,,,"]),
        "no class": ("metrics.csv", [header, "x,,new_media,reads,additive,,"]),
        "no owner's function": ("metrics.csv", [header, "x,awareness,,reads,additive,,"]),
        "a class nobody knows": ("metrics.csv", [header, "x,both,new_media,reads,additive,,"]),
        "a column nobody knows": ("metrics.csv", [header + ",team", "x,awareness,new_media,reads,additive,,,marketing"]),
        "a ratio of itself": ("metrics.csv", [header, "x,awareness,new_media,share,ratio,x,x"]),
        "two ratios in a circle": (
            "metrics.csv",
            [header, "x,awareness,new_media,share,ratio,y,orders", "y,awareness,new_media,share,ratio,x,orders"],
        ),
        "half a ratio": ("metrics.csv", [header, "x,awareness,new_media,share,ratio,orders,"]),
        "a sum with a denominator": ("metrics.csv", [header, "x,awareness,new_media,reads,additive,orders,sessions"]),
        "an injected name": ("metrics.csv", [header, '"x""; drop table t; --",awareness,new_media,reads,additive,,']),
        "a table nobody reads": ("metric.csv", [header, "x,awareness,new_media,reads,additive,,"]),
        "a duplicated column": ("metrics.csv", [header + ",unit", "x,awareness,new_media,reads,additive,,,reads"]),
        "too few cells": ("metrics.csv", [header, "x,awareness"]),
        "nothing but a quote": ("metrics.csv", ['"']),
        "two owners of one function": (
            "ownership.csv",
            ["profile,function,department,role", "default,new_media,marketing,accountable", "default,new_media,operations,accountable"],
        ),
        "a department nobody knows": ("ownership.csv", ["profile,function,department,role", "default,new_media,nobody,accountable"]),
        "a zone nobody knows": ("company.toml", ['time_zone = "Mars/Olympus"']),
        "a setting nobody knows": ("company.toml", ['colour = "blue"']),
        "broken settings": ("company.toml", ["name = "]),
    }
    for name, (file, lines) in tables.items():
        yield Case("I25", name, trial=lambda home, file=file, lines=lines: _refused_table(home, file, lines))  # type: ignore[misc]


def _refused_seed(home: Path, table: str, column: str, cell: str) -> list[str]:
    import csv

    seeds = home / "seeds"
    shutil.copytree(SEEDS, seeds)
    with (seeds / f"{table}.csv").open(encoding="utf-8", newline="") as source:
        records = list(csv.DictReader(source))
    chosen = random.Random(f"{table} {column} {cell}").choice(records)
    chosen[column] = cell
    with (seeds / f"{table}.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(chosen), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return _refused(seeds, home / "company", f"{table}.csv")


def _refused_table(home: Path, file: str, lines: list[str]) -> list[str]:
    (home / "company").mkdir(parents=True)
    (home / "company" / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _refused(SEEDS, home / "company", file)


def _refused(seeds: Path, company: Path, file: str) -> list[str]:
    from expectations.problems import Refused

    before = _stats(company) if company.is_dir() else {}
    try:
        load(seeds, company)
    except Refused as refused:
        named = [problem for problem in refused.problems if file in problem.file and problem.message]
        touched = company.is_dir() and _stats(company) != before
        return [] if named and not touched else [f"refused without naming {file}, or touched: {refused}"]
    except Exception as error:
        return [f"{type(error).__name__} instead of a refusal: {error}"]
    return ["accepted"]


HOSTILE = {
    "html": "<script>alert(1)</script>", "image": "<img src=x onerror=alert(1)>", "svg": "<svg/onload=alert(1)>",
    "css": "</style><style>*{display:none}</style>", "jinja": "{{ 7*7 }}{% raise %}", "formula": "=cmd|' /C calc'!A0", "at": "@SUM(A1)",
    "plus": "+1+1", "tab": "\t=1+1", "sql": "'; drop table kpi_daily; --", "identifier": 'x"; drop table t; --', "ansi": "\x1b[2J\x1b[31mred",
    "rtl": "\u202egnp.exe", "path": "../../etc/passwd", "null": "NULL", "zero width": "a\u200bb", "format": "%s%n${HOME}`id`", "bell": "a\x07b",
    "long": "x" * 100_000,
}  # fmt: skip


@kind("I26", "strings that are HTML, JS, SVG, CSS, templates, formulas, SQL, ANSI, right-to-left, 1 MB", "shown as text everywhere")
def _hostile() -> Iterator[Case]:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    for name, cell in HOSTILE.items():
        good = rows(f"hostile {name}")
        data = text(((*row, quoted(cell)) for row in good), f"{HEADER},campaign")
        yield one("I26", f"{name} as campaign", File(f"{FOLDER}/counts.csv", data, "N", frozenset(fact(*row, cell) for row in good), records=12))
        data = text([*good, (quoted(cell), "2026-03-18", "1")])
        file = File(f"{FOLDER}/counts.csv", data, "Q", facts(good), records=13, bad=1, rules=frozenset({"unknown_metric", "required_cell_empty"}))
        yield one("I26", f"{name} as metric", file)
        data = text(((*row, "1") for row in good), f"{HEADER},{quoted(cell)}")
        yield one("I26", f"{name} as column", File(f"{FOLDER}/counts.csv", data, "N", facts(good), records=12, says="columns not loaded"))
        if "/" not in cell and cell.isprintable() and len(cell) < 100:
            yield one("I26", f"{name} as file", File(f"{FOLDER}/counts {cell}.csv", text(good), "N", facts(good), records=12))
    good = rows("a megabyte")
    data = text([*((*row, "") for row in good), ("content_reads", "2026-03-18", "1", "x" * (1 << 20))], f"{HEADER},campaign")
    yield one("I26", "a cell of 1 MiB", File(f"{FOLDER}/counts.csv", data, "Q", facts(good), records=13, bad=1, rules=frozenset({"cell_too_long"})))


@kind("I27", "names with ../, absolute, symlink, FIFO, device, newline, 255 bytes", "F, never opened")
def _names() -> Iterator[Case]:
    inside = "acc/2026-03-19"

    def entry(name: str, make: Callable[[Path], None]) -> Callable[[Path], None]:
        def prepare(inbox: Path) -> None:
            path = inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            (inbox.parent / "secret.csv").write_bytes(text(rows("secret")))
            make(path)

        return prepare

    def sock(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as server, _in(path.parent):
            server.bind(path.name)

    makers: dict[str, tuple[str, str, Callable[[Path], None]]] = {
        "symlink out": ("counts.csv", "symlink", lambda p: p.symlink_to(p.parents[3] / "secret.csv")),
        "relative symlink": ("counts.csv", "symlink", lambda p: p.symlink_to("../../../secret.csv")),
        "dangling symlink": ("counts.csv", "symlink", lambda p: p.symlink_to("/nowhere/at/all")),
        "symlink to itself": ("counts.csv", "symlink", lambda p: p.symlink_to(p.name)),
        "symlink to a folder": ("counts", "symlink", lambda p: p.symlink_to("/")),
        "symlink to a device": ("counts.csv", "symlink", lambda p: p.symlink_to("/dev/zero")),
        "fifo": ("counts.csv", "not_a_file", lambda p: os.mkfifo(p)), "socket": ("counts.csv", "not_a_file", sock),
        "newline": ("counts\nforged.csv", "hostile_name", lambda p: _put(p)),
        "carriage return": ("counts\r.csv", "hostile_name", lambda p: _put(p)), "escape": ("counts\x1b[2J.csv", "hostile_name", lambda p: _put(p)),
        "line separator": ("counts\u2028.csv", "hostile_name", lambda p: _put(p)),
        "nested folder": ("2026-03-18/counts.csv", "", lambda p: _put(p)),
    }  # fmt: skip
    if os.geteuid() == 0 and _may_make_devices():
        makers["device"] = ("counts.csv", "not_a_file", lambda p: os.mknod(p, 0o600 | 0o020000, os.makedev(1, 5)))
    for name, (file, reason, make) in makers.items():
        shown = "".join(c if unicodedata.category(c) not in ("Cc", "Zl") else f"\\u{ord(c):04x}" for c in file)
        told = (f"{inside}/{shown}", reason) if reason else (f"{inside}/2026-03-18", "not_a_date_folder")
        yield Case("I27", name, prepare=entry(f"{inside}/{file}", make), refused=(told,))
    for name, path in {"a stray file": "counts.csv", "a linked account": "linked_account", "a linked date": "acc/2026-03-18"}.items():
        linked: Callable[[Path], None] = _put if name == "a stray file" else lambda p: p.symlink_to("/etc")
        yield Case("I27", name, prepare=entry(path, linked), refused=((path, "no_account_folder" if name == "a stray file" else "symlink"),))
    # Names that only look dangerous are names: nothing may be lost by them.
    for file in (
        "counts" + "x" * 245 + ".csv", "counts..%2e%2e%2f.csv", "counts C:\\windows\\x.csv", "counts -rf.csv", "counts $(id).csv", "counts *.csv",
        "counts ~.csv",
    ):  # fmt: skip
        good = rows(file)
        yield one("I27", file[:40], File(f"{inside}/{file}", text(good), "N", facts(good), records=12))


def _put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(rows("never opened")))


class _in:
    """A socket's path may not be long: bind from inside the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self.folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self.before)


def _may_make_devices() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.mknod(f"{folder}/null", 0o600 | 0o020000, os.makedev(1, 3))
        except OSError:
            return False
    return True


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
        "workbook bomb": ("followers.xlsx", lambda: zipped(_members(book(rows("w"))) | {"xl/worksheets/sheet1.xml": b" " * (100 << 20)}), set()),
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


def _members(pack: bytes) -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


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


def jsonl(records: Iterable[Row]) -> bytes:
    return "".join(json.dumps(dict(zip(("metric", "day", "value"), row, strict=True))) + "\n" for row in records).encode()


def parquet(records: Iterable[Row], **columns: pl.Series) -> bytes:
    target = io.BytesIO()
    frame = pl.DataFrame(list(records), schema=["metric", "day", "value"], orient="row").with_columns(**columns)
    frame.write_parquet(target)
    return target.getvalue()


@kind("I29", "corrupt Parquet footer, wrong magic, crafted schema, pickle named .parquet", "F, worker dies alone")
def _parquets() -> Iterator[Case]:
    place = f"{FOLDER}/counts.parquet"
    for seed in range(50):
        dice, good = random.Random(f"I29 {seed}"), rows(f"parquet {seed}")
        whole = parquet(good)
        footer = int.from_bytes(whole[-8:-4], "little")
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            at = len(whole) - 8 - dice.randint(1, footer)
            changed[at] ^= 1 << dice.randint(0, 7)
        # A bit of the footer that says nothing (who wrote it, a statistic) may change without a harm.
        yield one("I29", f"footer flipped, seed {seed}", File(place, bytes(changed), "FNQ", may=facts(good)))
    good = rows("parquet")
    whole = parquet(good)
    for name, data in {
        "first magic": b"PAR2" + whole[4:], "last magic": whole[:-4] + b"PARX", "encrypted magic": whole[:-4] + b"PARE",
        "footer length 0": whole[:-8] + b"\0\0\0\0PAR1", "footer longer than the file": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        "footer of -1": whole[:-8] + b"\xff\xff\xff\xffPAR1", "only the magic": b"PAR1PAR1", "pickle": pickle.dumps({"metric": ["content_reads"]}),
        "pickle that would run": b"cos\nsystem\n(S'touch pwned'\ntR.", "csv": text(good), "zeros": bytes(4096),
        "zeros in the magic": b"PAR1" + bytes(4096) + b"PAR1", "html": b"<html><table></table></html>", "two files": whole + whole[4:],
        "cut and closed": whole[:200] + whole[-4:], "random": random.Random("bytes").randbytes(4096),
        "random in the magic": b"PAR1" + random.Random("bytes").randbytes(4096) + b"PAR1",
    }.items():  # fmt: skip
        yield one("I29", name, File(place, data, "FN" if name == "two files" else "F", may=facts(good)))
    n = len(good)
    crafted = {
        "a list for a value": pl.Series([[1]] * n), "a struct for a value": pl.Series([{"a": 1}] * n), "bytes for a value": pl.Series([b"1"] * n),
        "durations for a value": pl.Series([timedelta(days=1)] * n), "all null": pl.Series([None] * n, dtype=pl.String),
        "days for a value": pl.Series([date(2026, 3, 1)] * n), "NaN": pl.Series([float("nan")] * n), "infinity": pl.Series([float("inf")] * n),
        "too large": pl.Series([2**63] * n, dtype=pl.UInt64),
    }  # fmt: skip
    for name, column in crafted.items():
        yield one("I29", name, File(place, parquet(good, value=column), "FQ"))


def book(records: Iterable[Row], dated: bool = False) -> bytes:
    """A followers workbook of LinkedIn: the value of each row is the day's new followers."""
    cells: list[list[Cell]] = [["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    for i, (_, day, value) in enumerate(records, 1):
        number = (date.fromisoformat(day) - date(1899, 12, 30)).days
        cells.append([number if dated else day, 0, int(value), int(value)])
        assert i
    marks = frozenset(("New followers", r, 0) for r in range(1, len(cells))) if dated else frozenset()
    return xlsx({"New followers": cells}, marks)


def _gained(records: Iterable[Row]) -> Facts:
    return frozenset(fact("followers_gained", day, value) for _, day, value in records)


@kind("I30", "corrupt or macro XLSX, merged headers, formulas without cached values, dates as serials", "F or declared handling")
def _workbooks() -> Iterator[Case]:
    place = "linked/2026-03-19/followers.xlsx"
    good = rows("book")
    whole = book(good)
    yield one("I30", "whole", File(place, whole, "N", _gained(good), records=12))
    yield one("I30", "dates as serials", File(place, book(good, dated=True), "N", _gained(good), records=12))
    macro = _members(whole) | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(512)}
    yield one("I30", "with a macro", File(place.replace("xlsx", "xlsm"), zipped(macro), "NF", may=_gained(good)))
    for seed in range(24):
        dice = random.Random(f"I30 {seed}")
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            changed[dice.randrange(len(whole))] ^= 1 << dice.randint(0, 7)
        yield one("I30", f"flipped, seed {seed}", File(place, bytes(changed), "FNQ", may=_gained(good)))
    parts = _members(whole)
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes)
    first = good[0][2].encode()
    edits: dict[str, tuple[dict[str, bytes | str], str]] = {
        "no sheet": ({"xl/worksheets/sheet1.xml": b""}, "F"),
        "no strings": ({"xl/sharedStrings.xml": b"<sst/>"}, "F"),
        "broken xml": ({"xl/workbook.xml": b"<workbook"}, "F"),
        "an entity bomb": ({"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet}, "F"),
        "a formula without a value": ({"xl/worksheets/sheet1.xml": sheet.replace(b"<v>" + first + b"</v>", b"<f>SUM(A1:A2)</f>")}, "NQF"),
        "an error for a value": (
            {
                "xl/worksheets/sheet1.xml": sheet.replace(b"<v>" + first + b"</v>", b"<v>#REF!</v>")
                .replace(b'<c r="D2"', b'<c r="D2" t="e"')
                .replace(b'<c r="C2"', b'<c r="C2" t="e"')
            },
            "QNF",
        ),
        "a row at the edge of the world": (
            {"xl/worksheets/sheet1.xml": sheet.replace(b'<row r="13">', b'<row r="1048576">').replace(b'13"', b'1048576"')},
            "NF",
        ),
        "merged header": (
            {"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:D1"/></mergeCells>')},
            "NF",
        ),
    }
    for name, (edit, may_be) in edits.items():
        yield one("I30", name, File(place, zipped(parts | edit), may_be, may=_gained(good)))
    hidden: list[list[Cell]] = [["Follower metrics", None, None, None], ["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    hidden += [[day, 0, int(v), int(v)] for _, day, v in good]
    yield one("I30", "merged title above the header", File(place, xlsx({"New followers": hidden}), "N", _gained(good), records=12))
    yield one("I30", "csv in xlsx", File(place, text(good), "F"))
    yield one("I30", "password", File(place, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "F"))
    cells: list[list[Cell]] = [["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    cells += [[d, 0, int(v), int(v)] for _, d, v in good]
    for name, data in {"xls": xls({"New followers": cells}), "html": html(cells), "sheetml": sheetml({"New followers": cells})}.items():
        yield one("I30", f"{name} whole", File("linked/2026-03-19/followers.xls", data, "N", _gained(good), records=12))
        for part in (0.2, 0.5, 0.8):
            yield one(
                "I30", f"{name} cut at {part:.0%}", File("linked/2026-03-19/followers.xls", data[: int(len(data) * part)], "F", may=_gained(good))
            )


@kind("I31", "file still growing while read", "left for the next run")
def _growing() -> Iterator[Case]:
    for seed in range(3):
        yield Case("I31", f"a writer at work, {seed}", trial=lambda home, seed=seed: _grow(home, seed))  # type: ignore[misc]
    for suffix in (".part", ".tmp", ".crdownload", ".partial", ".download"):

        def unfinished(home: Path, suffix: str = suffix) -> list[str]:
            path = home / "inbox" / FOLDER / f"counts.csv{suffix}"
            _put(path)
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


@kind("I33", "DST days, leap day, 23:59:59.999, with and without offset, ISO week 53", "the right instant and day")
def _clocks() -> Iterator[Case]:
    walls = [
        "2026-03-08 01:59:59", "2026-03-08 02:30:00", "2026-03-08 03:00:00", "2025-11-02 01:30:00", "2025-11-02 00:59:59.999",
        "2024-02-29 12:00:00", "2025-12-31 23:59:59.999", "2026-01-01 00:00:00", "2025-10-26 02:30:00", "2025-03-30 02:30:00",
        "2020-12-31 23:59:59.999999", "2011-12-29 23:59:59", "2011-12-31 00:00:00", "2026-03-01 00:00", "2026-03-01T24:00:00",
    ]  # fmt: skip
    for account, zone in (
        ("ny", "America/New_York"),
        ("ber", "Europe/Berlin"),
        ("apia", "Pacific/Apia"),
        ("nepal", "Asia/Kathmandu"),
        ("acc", "Asia/Shanghai"),
    ):
        said, lines, bad = set(), [], 0
        for i, wall in enumerate(walls):
            lines.append((f"p{i}", wall))
            try:
                at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
            except ValueError:
                bad += 1
                continue
            if "24:00" in wall:
                bad += 1
            else:
                said.add(("at", at.isoformat()))
        file = File(f"{account}/2026-03-19/activity.csv", text(lines, "person,at"), "Q", frozenset(said), records=len(walls), bad=bad)
        yield one("I33", f"local times of {zone}", file)
    for offset, minutes in (("Z", 0), ("+08:00", 480), ("-0330", -210), ("+14:00", 840), ("-12:00", -720), ("+05:45", 345), (" +0000", 0)):
        good = list(walls[:8])
        said = {("at", (datetime.fromisoformat(w) - timedelta(minutes=minutes)).isoformat()) for w in good}
        lines = [(f"p{i}", w + offset) for i, w in enumerate(good)]
        yield one("I33", f"offset {offset}", File("ny/2026-03-19/activity.csv", text(lines, "person,at"), "N", frozenset(said), records=8, bad=0))
    for bad_at in (
        "2026-03-01 12:00:00+19:00", "2026-03-01 12:00:00 EST", "2026-02-29 12:00:00", "2026-03-01 25:00", "2026-03-01 12:60", "12:00:00",
        "1772323200",
    ):  # fmt: skip
        file = File(
            "ny/2026-03-19/activity.csv", text([("p", bad_at), ("q", "2026-03-01 12:00:00Z")], "person,at"), "Q",
            frozenset({("at", "2026-03-01T12:00:00")}), records=2, bad=1,
        )  # fmt: skip
        yield one("I33", bad_at, file)
    days = [("content_reads", day, "5") for day in ("2024-02-29", "2026-01-01", "2020-12-31", "2021-01-03", "2025-12-29")]
    yield one("I33", "leap day and week 53 as days", File(f"{FOLDER}/counts.csv", text(days), "N", facts(days), records=5))


CANARIES = ("zoe.canary@example.org", "+86 139 1234 5678", "Zoë Canary-Müller")


@kind("I34", "personal data in an unexpected column", "not loaded, not shown")
def _personal() -> Iterator[Case]:
    for canary in CANARIES:
        for shape, header, line in (
            ("counts", f"{HEADER},who", f"content_reads,2026-03-01,5,{canary}"),
            ("touches", "person,at,channel,note", f"{canary},2026-03-01 10:00:00Z,email,{canary}"),
            ("orders", "order,person,at,value,currency,mail", f"o1,{canary},2026-03-01 10:00:00Z,5,CNY,{canary}"),
            ("activity", "person,at,phone", f"{canary},2026-03-01 10:00:00Z,{canary}"),
        ):
            # The second record is refused: what is shown of it must not show the person either.
            bad = line.replace("2026-03-01", "2026-02-31")
            for name, lines in (("good", [line]), ("good and refused", [line, bad]), ("too many cells", [line, f"{line},{canary}"])):
                data, n = "\n".join([header, *lines, ""]).encode(), len(lines)
                yield Case("I34", f"{canary} in {shape}, {name}", trial=lambda home, s=shape, d=data, n=n: _hidden(home, s, d, n))  # type: ignore[misc]


def _hidden(home: Path, shape: str, data: bytes, n: int) -> list[str]:
    path = home / "inbox" / FOLDER / f"{shape}.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    receive(home / "inbox", home / "archive", NOW)
    [entry] = land_all(home / "archive", home / "landing", intake())
    wrong = [] if (entry.physical_records, entry.accepted, entry.quarantined) == (n, 1, n - 1) else [f"{entry}"]
    shown = [(home / "landing" / entry.file_hash / "file.json").read_text(encoding="utf-8")]
    shown += [str(pl.read_parquet(p).rows()) for p in (home / "landing" / entry.file_hash).glob("*.parquet")]
    return wrong + [f"{canary} is shown: {text[:200]}" for canary in CANARIES for text in shown if canary in text]


# --- trying


def chosen(id: str, most: int | None) -> list[tuple[int, Case]]:
    """The cases of a kind with their numbers: all of them, or as many as asked for, the same ones every time."""
    cases = list(enumerate(KINDS[id].cases()))
    return cases if most is None or len(cases) <= most else sorted(random.Random(f"few of {id}").sample(cases, most), key=lambda case: case[0])


def try_kinds(ids: Iterable[str], root: Path, most: int | None = None) -> Iterator[Result]:
    for id in ids:
        for number, case in chosen(id, most):
            home = root / f"{id}-{number}"
            home.mkdir(parents=True)
            try:
                yield run(case, home)
            finally:
                shutil.rmtree(home, ignore_errors=True)


def main(words: list[str]) -> None:
    """Kinds to try (all without any), and `--most N` for only N cases of each."""
    most = int(words[words.index("--most") + 1]) if "--most" in words else None
    ids = [word for word in words if word in KINDS]
    with tempfile.TemporaryDirectory(prefix="faults-") as root:
        for result in try_kinds(ids or list(KINDS), Path(root), most):
            print(json.dumps([result.kind, result.name, result.outcome, result.wrong, result.lost], ensure_ascii=True), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
