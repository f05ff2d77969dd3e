"""What arrives is kept, once, under its hash, before anything reads it; and what was read lands whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from assets import archive as keeper
from assets import landing as lander
from assets.archive import inbox_fingerprint, problems, receipts, receive, verify
from assets.export import Account, Intake, MetricSpec
from assets.landing import DamagedArchive, entries, forget, land_all
from assets.shapes import FEED_SHAPES, parquet_name, schema

NOW = datetime(2026, 2, 1, 3, 4, 5, 678)
COUNTS = b"metric,day,value\ncontent_reads,2026-01-01,5\ncontent_reads,2026-01-02,x\n"
INTAKE = Intake({"blog": Account("blog"), "shop": Account("shop")}, {"content_reads": MetricSpec("reach")}, {}, "Asia/Shanghai", "CNY", b"test-key")


class Home:
    def __init__(self, root: Path) -> None:
        self.inbox, self.archive, self.landing = root / "inbox", root / "archive", root / "landing"
        self.inbox.mkdir()

    def drop(self, name: str, content: bytes = COUNTS) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def tree(self, folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_bytes_are_kept_under_their_hash_with_a_receipt(home: Home) -> None:
    home.drop("blog/2026-01-05/counts (2).csv")
    [receipt] = receive(home.inbox, home.archive, NOW)
    assert receipt.file_hash == hashlib.sha256(COUNTS).hexdigest()
    assert (receipt.source_file, receipt.account_id, receipt.received_stated) == ("blog/2026-01-05/counts (2).csv", "blog", True)
    assert receipt.received_at == datetime(2026, 1, 5)
    assert receipt.delivery_order == f"2026-01-05T00:00:00|counts|000002|000000|{receipt.file_hash}"
    kept = home.archive / receipt.file_hash
    assert kept.read_bytes() == COUNTS
    assert kept.stat().st_mode & 0o777 == 0o444
    assert receipts(home.archive) == [receipt]
    assert verify(home.archive) == []


def test_an_undated_file_was_received_when_it_was_first_seen_and_that_is_remembered(home: Home) -> None:
    home.drop("blog/counts.csv")
    receive(home.inbox, home.archive, NOW)
    assert receive(home.inbox, home.archive, datetime(2027, 1, 1)) == []
    home.drop("blog/2026-01-05/counts.csv")
    receive(home.inbox, home.archive, datetime(2027, 1, 1))
    [receipt] = receipts(home.archive)
    assert (receipt.received_at, receipt.received_stated) == (NOW.replace(microsecond=0), False)
    assert receipt.also_seen_as == ("blog/2026-01-05/counts.csv",)


def test_the_same_bytes_under_other_names_are_one_file_whatever_order_they_are_found_in(home: Home, tmp_path: Path) -> None:
    names = ["blog/z.csv", "blog/2026-01-09/a.csv", "blog/2026-01-05/counts.csv", "shop/2026-01-05/a.csv"]
    for name in names:
        home.drop(name)
    [receipt] = receive(home.inbox, home.archive, NOW)
    assert receipt.source_file == "blog/2026-01-05/counts.csv"
    assert receipt.also_seen_as == ("blog/2026-01-09/a.csv", "blog/z.csv", "shop/2026-01-05/a.csv")
    (tmp_path / "again").mkdir()
    other = Home(tmp_path / "again")
    for name in reversed(names):
        other.drop(name)
    receive(other.inbox, other.archive, NOW)
    assert other.tree(other.archive) == home.tree(home.archive)


def test_generations_sort_by_day_then_by_the_browsers_number(home: Home) -> None:
    for number, name in enumerate(["2026-01-06/Reach.csv", "2026-01-05/Reach (10).csv", "2026-01-05/Reach (2).csv", "2026-01-05/Reach.csv"]):
        home.drop(f"blog/{name}", COUNTS + bytes([48 + number]))
    receive(home.inbox, home.archive, NOW)
    assert [r.source_file.split("/", 1)[1] for r in receipts(home.archive)] == [
        "2026-01-05/Reach.csv",
        "2026-01-05/Reach (2).csv",
        "2026-01-05/Reach (10).csv",
        "2026-01-06/Reach.csv",
    ]


def test_links_pipes_and_hostile_names_are_never_opened(home: Home, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(b"secret")
    (home.inbox / "blog").mkdir()
    (home.inbox / "blog" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (home.inbox / "blog" / "2026-01-01").symlink_to(tmp_path)
    (home.inbox / "linked_account").symlink_to(tmp_path)
    os.mkfifo(home.inbox / "blog" / "pipe.csv")
    home.drop("blog/two\nlines.csv")
    home.drop("blog/bell\a.csv")
    home.drop("blog/2026-02-30/counts.csv")
    home.drop("blog/2026-01-02/deeper/counts.csv")
    home.drop("stray.csv")
    with open(os.fsencode(home.inbox / "blog") + b"/\xff.csv", "wb") as undecodable:
        undecodable.write(b"x")
    home.drop("blog/名前 – ünï (1).csv")
    reception = receive(home.inbox, home.archive, NOW)
    assert [receipt.source_file for receipt in reception] == ["blog/名前 – ünï (1).csv"]
    assert sorted((problem.reason, problem.source_file) for problem in reception.problems) == [
        ("hostile_name", "blog/\\udcff.csv"),
        ("hostile_name", "blog/bell\\u0007.csv"),
        ("hostile_name", "blog/two\\u000alines.csv"),
        ("no_account_folder", "stray.csv"),
        ("not_a_date_folder", "blog/2026-01-02/deeper"),
        ("not_a_date_folder", "blog/2026-02-30"),
        ("not_a_file", "blog/pipe.csv"),
        ("symlink", "blog/2026-01-01"),
        ("symlink", "blog/link.csv"),
        ("symlink", "linked_account"),
    ]
    assert {problem.source_file for problem in problems(home.archive)} == {problem.source_file for problem in reception.problems}


def test_files_that_are_not_finished_wait_for_the_next_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop("blog/.hidden.csv")
    home.drop("blog/counts.csv.part")
    growing = home.drop("blog/growing.csv")
    copy = keeper._copy

    def slow(*args: object) -> None:
        copy(*args)  # type: ignore[arg-type]
        with open(growing, "ab") as more:
            more.write(b"content_reads,2026-01-03,7\n")

    monkeypatch.setattr(keeper, "_copy", slow)
    reception = receive(home.inbox, home.archive, NOW)
    assert list(reception) == []
    assert sorted(reception.left) == ["blog/.hidden.csv", "blog/counts.csv.part", "blog/growing.csv"]
    monkeypatch.undo()
    assert [receipt.source_file for receipt in receive(home.inbox, home.archive, NOW)] == ["blog/growing.csv"]


def test_a_writer_at_work_never_leads_to_a_torn_copy(home: Home) -> None:
    path = home.drop("blog/growing.csv", b"")
    stop = threading.Event()

    def write() -> None:
        with open(path, "ab", buffering=0) as target:
            while not stop.is_set():
                target.write(b"content_reads,2026-01-01,5\n")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(5):
        receive(home.inbox, home.archive, NOW)
    stop.set()
    writer.join()
    assert all(hashlib.sha256((home.archive / r.file_hash).read_bytes()).hexdigest() == r.file_hash for r in receipts(home.archive))


def test_a_crash_between_bytes_and_receipt_heals_on_the_next_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop("blog/counts.csv")
    monkeypatch.setattr(keeper, "_write_receipt", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        receive(home.inbox, home.archive, NOW)
    assert len(verify(home.archive)) == 1  # bytes without a receipt
    monkeypatch.undo()
    (home.archive / ".tmp-left-over").write_bytes(b"half")
    receive(home.inbox, home.archive, NOW)
    assert verify(home.archive) == []
    assert not list(home.archive.glob(".tmp-*"))


def test_damage_is_named_and_stops_the_reading(home: Home) -> None:
    home.drop("blog/counts.csv")
    [receipt] = receive(home.inbox, home.archive, NOW)
    kept = home.archive / receipt.file_hash
    kept.chmod(0o644)
    kept.write_bytes(COUNTS.replace(b"5", b"6"))
    assert verify(home.archive) == [receipt.file_hash]
    with pytest.raises(DamagedArchive, match=r"blog/counts\.csv"):
        land_all(home.archive, home.landing, INTAKE)


def test_the_fingerprint_sees_every_change_of_the_inbox_and_survives_its_own_run(home: Home) -> None:
    path = home.drop("blog/counts.csv")
    before = inbox_fingerprint(home.inbox, home.archive)
    receive(home.inbox, home.archive, NOW)
    assert inbox_fingerprint(home.inbox, home.archive) == before
    stat = path.stat()
    path.write_bytes(COUNTS.replace(b"5", b"6"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    changed = inbox_fingerprint(home.inbox, home.archive)
    assert changed != before
    home.drop("blog/2026-01-01/new.csv")
    assert inbox_fingerprint(home.inbox, home.archive) != changed


def test_receiving_imports_nothing_heavy() -> None:
    code = "import sys, assets.archive, assets.landing, assets.export; "
    code += "print([m for m in ('polars', 'numpy', 'yaml') if m in sys.modules])"
    root = Path(__file__).resolve().parents[1]
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert shown.stdout.strip() == "[]"


# --- landing


def test_landing_is_the_ledger_and_the_rows_of_one_file(home: Home) -> None:
    home.drop("blog/2026-01-05/counts.csv")
    receive(home.inbox, home.archive, NOW)
    [entry] = land_all(home.archive, home.landing, INTAKE)
    folder = home.landing / entry.file_hash
    assert sorted(p.name for p in folder.iterdir()) == ["file.json", "quarantine.parquet", "reach_counts.parquet"]
    written = json.loads((folder / "file.json").read_text(encoding="utf-8"))
    assert (written["physical_records"], written["accepted"], written["quarantined"], written["duplicate"]) == (2, 1, 1, 0)
    assert (written["received_at"], written["received_stated"], written["status"]) == ("2026-01-05 00:00:00", True, "accepted")
    assert (entry.is_new, entry.rows) == (True, {"reach": 1})
    assert pl.read_parquet_schema(folder / "reach_counts.parquet") == schema("counts")


def test_landing_twice_changes_nothing_and_from_the_archive_alone_gives_the_same_bytes(home: Home) -> None:
    home.drop("blog/2026-01-05/counts.csv")
    home.drop("blog/2026-01-05/strange.bin", b"\x00\xff")
    home.drop("nobody/2026-01-05/counts.csv", COUNTS + b"\n")
    receive(home.inbox, home.archive, NOW)
    first = land_all(home.archive, home.landing, INTAKE)
    before = home.tree(home.landing)
    second = land_all(home.archive, home.landing, INTAKE)
    assert first == second == entries(home.landing)
    assert not any(entry.is_new for entry in second)
    forget(home.landing, [entry.file_hash for entry in first])
    assert entries(home.landing) == []
    assert all(entry.is_new for entry in land_all(home.archive, home.landing, INTAKE))
    assert home.tree(home.landing) == before
    assert sorted(entry.reason or "" for entry in first) == ["", "bad_encoding", "no_account"]


def test_a_file_moved_out_of_the_folder_of_no_account_is_read_where_it_lies_now(home: Home) -> None:
    """The message says: move the file. Its bytes are known by then, and known bytes are nothing new."""
    dropped = home.drop("blogg/counts.csv")
    receive(home.inbox, home.archive, NOW)
    [refused] = land_all(home.archive, home.landing, INTAKE)
    (home.inbox / "blog").mkdir()
    dropped.rename(home.inbox / "blog" / "counts.csv")
    receive(home.inbox, home.archive, NOW)
    [read] = land_all(home.archive, home.landing, INTAKE)
    assert (refused.reason, read.reason, read.account_id, read.source_file) == ("no_account", None, "blog", "blog/counts.csv")
    assert read.received_at == refused.received_at
    assert not land_all(home.archive, home.landing, INTAKE)[0].is_new


def test_a_file_that_its_folders_account_refused_is_read_where_it_was_moved_to(home: Home) -> None:
    """The message says: drop it into its account's folder. Until then it gave no number, so none changes its account."""
    intake = Intake(
        {"talk": Account("wechat"), "films": Account("youtube")},
        {"video_plays": MetricSpec("reach"), "social_shares": MetricSpec("reach")}, {}, "Asia/Shanghai", "CNY", b"test-key",
    )  # fmt: skip
    export = (Path(__file__).parent / "exports" / "youtube" / "Totals.csv").read_bytes()
    dropped = home.drop("talk/2026-02-01/Totals.csv", export)
    receive(home.inbox, home.archive, NOW)
    [refused] = land_all(home.archive, home.landing, intake)
    (home.inbox / "films" / "2026-02-01").mkdir(parents=True)
    dropped.rename(home.inbox / "films" / "2026-02-01" / "Totals.csv")
    receive(home.inbox, home.archive, NOW)
    [read] = land_all(home.archive, home.landing, intake)
    assert (refused.status, refused.account_id) == ("refused", "talk")
    assert (read.status, read.account_id, read.source_file, read.is_new) == ("accepted", "films", "films/2026-02-01/Totals.csv", True)
    assert not land_all(home.archive, home.landing, intake)[0].is_new
    closed = Intake({"talk": intake.accounts["talk"]}, intake.metrics, {}, "Asia/Shanghai", "CNY", b"test-key")
    assert [entry.account_id for entry in land_all(home.archive, home.landing, closed)] == ["talk"]


def test_a_change_of_what_reading_depends_on_reads_only_that_accounts_files_again(home: Home) -> None:
    home.drop("blog/2026-01-05/counts.csv")
    home.drop("shop/2026-01-05/counts.csv", COUNTS + b"content_reads,2026-01-03,7\n")
    receive(home.inbox, home.archive, NOW)
    land_all(home.archive, home.landing, INTAKE)
    accounts = INTAKE.accounts | {"shop": Account("shop", "Europe/Berlin"), "new": Account("new")}
    moved = Intake(accounts, INTAKE.metrics, INTAKE.aliases, INTAKE.company_time_zone, INTAKE.company_currency, b"test-key")
    assert {e.account_id for e in land_all(home.archive, home.landing, moved) if e.is_new} == {"shop"}


@pytest.mark.parametrize("call", ["_sync", "_sync_folder"])
def test_a_crash_at_any_sync_leaves_no_half_landed_file(home: Home, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    home.drop("blog/2026-01-05/counts.csv")
    receive(home.inbox, home.archive, NOW)
    clean = home.archive.parent / "clean"
    land_all(home.archive, clean, INTAKE)
    for k in range(4):
        done = 0
        original = getattr(lander, call)

        def failing(descriptor: object, original: object = original, k: int = k) -> None:
            nonlocal done
            done += 1
            if done == k + 1:
                raise OSError(5, "Input/output error")
            original(descriptor)  # type: ignore[operator]

        with monkeypatch.context() as patch:
            patch.setattr(lander, call, failing)
            with contextlib.suppress(OSError):
                land_all(home.archive, home.landing, INTAKE)
        for folder in home.landing.glob("[0-9a-f]*"):
            assert (folder / "file.json").is_file()
        forget(home.landing, [entry.file_hash for entry in entries(home.landing)])
    land_all(home.archive, home.landing, INTAKE)
    assert home.tree(home.landing) == home.tree(clean)


def test_the_first_night_has_every_shape_typed_and_empty(home: Home) -> None:
    home.archive.mkdir()
    assert land_all(home.archive, home.landing, INTAKE) == []
    for feed, shape in FEED_SHAPES:
        frame = pl.read_parquet(home.landing / "empty" / parquet_name(feed, shape))
        assert (frame.height, frame.schema) == (0, schema(shape))
    assert pl.read_parquet(home.landing / "empty" / "quarantine.parquet").schema == schema("quarantine")
