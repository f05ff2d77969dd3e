"""A file that was read for the wrong account is taken out of the numbers, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.archive import inbox_fingerprint, receive
from assets.export import Account, Intake, MetricSpec
from assets.landing import FileEntry, entries, forget, land_all
from assets.withdrawals import restore, withdraw, withdrawals
from pipelines.cli import main
from pipelines.paths import Paths
from tests.worlds import World

NOW = datetime(2026, 2, 1, 3, 4, 5)
TODAY = date(2026, 2, 3)
COUNTS = "metric,day,value\ncontent_reads,2026-01-01,5\ncontent_reads,2026-01-02,x\n"
INTAKE = Intake({"blog": Account("blog"), "shop": Account("shop")}, {"content_reads": MetricSpec("reach")}, {}, "Asia/Shanghai", "CNY", b"test-key")


class Books:
    """A home that was read for the blog, though the file is the shop's."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths.at(root)
        self.drop("blog/2026-02-01/counts.csv")

    def drop(self, name: str) -> None:
        path = self.paths.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(COUNTS)

    def night(self) -> FileEntry:
        receive(self.paths.inbox, self.paths.archive, NOW)
        [entry] = land_all(self.paths.archive, self.paths.landing, INTAKE)
        return entry

    def rows(self) -> int:
        return sum(path.name != "quarantine.parquet" for path in self.paths.landing.glob(f"{64 * '[0-9a-f]'}/*.parquet"))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_what_is_withdrawn_gives_no_row_and_its_books_balance(books: Books) -> None:
    before = books.night()
    assert (before.accepted, before.quarantined, books.rows()) == (1, 1, 1)
    withdraw(books.paths.archive, before.file_hash, "blog", TODAY, "the shop's")
    entry = books.night()
    assert books.rows() == 0
    assert (entry.status, entry.reason, entry.accepted, entry.quarantined) == ("refused", "withdrawn", 0, 2)
    assert entry.physical_records == before.physical_records == entry.accepted + entry.quarantined + entry.duplicate
    assert entry.declined == 2, "a person's word is no sign that the platform has changed its exports"
    assert "it was withdrawn on 2026-02-03: the shop's. It is kept in the archive" in (entry.message or "")
    assert not books.night().is_new
    forget(books.paths.landing, [entry.file_hash])
    assert books.night() == entry


def test_what_is_withdrawn_from_one_account_is_read_for_the_other_it_was_moved_to(books: Books) -> None:
    first = books.night()
    books.drop("shop/2026-02-03/counts.csv")
    assert books.night().account_id == "blog", "the same bytes are nothing new"
    withdraw(books.paths.archive, first.file_hash, "blog", TODAY, "the shop's")
    moved = books.night()
    assert (moved.account_id, moved.source_file, moved.accepted) == ("shop", "shop/2026-02-03/counts.csv", 1)
    assert moved.received_at == first.received_at
    restore(books.paths.archive, first.file_hash, "blog")
    again = books.night()
    assert (again.account_id, again.source_file, again.accepted) == ("blog", first.source_file, 1)


def test_a_withdrawal_is_something_new_for_the_night(books: Books) -> None:
    entry = books.night()
    seen = inbox_fingerprint(books.paths.inbox, books.paths.archive)
    withdraw(books.paths.archive, entry.file_hash, "blog", TODAY, "the shop's")
    withdrawn = inbox_fingerprint(books.paths.inbox, books.paths.archive)
    withdraw(books.paths.archive, entry.file_hash, "blog", date(2026, 3, 1), "again")
    assert seen != withdrawn == inbox_fingerprint(books.paths.inbox, books.paths.archive)
    [one] = withdrawals(books.paths.archive)
    assert (one.withdrawn_on, one.reason) == ("2026-02-03", "the shop's"), "the first word stands"


class TestTheCommand:
    def kpi(self, books: Books, *words: str) -> int:
        return main(["--home", str(books.paths.home), "withdraw", *words])

    @pytest.fixture(autouse=True)
    def home(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KPI_PERSON_KEY", "a key for tests only")
        assert main(["--home", str(books.paths.home), "init"]) == 0
        with (books.paths.company / "accounts.csv").open("a") as table:
            table.write("blog,blog,,,media,,,,\nshop,shop,,,product,,,,\n")
        books.night()

    @pytest.mark.parametrize("named", ["blog/2026-02-01/counts.csv", "inbox/blog/2026-02-01/counts.csv", "hash"])
    def test_it_takes_a_file_by_its_path_or_its_hash(self, books: Books, named: str, capsys: pytest.CaptureFixture[str]) -> None:
        [entry] = entries(books.paths.landing)
        books.drop("shop/2026-02-03/counts.csv")
        receive(books.paths.inbox, books.paths.archive, NOW)
        asked = entry.file_hash[:12] if named == "hash" else named
        assert self.kpi(books, asked, "--because", "the shop's") == 0
        said = capsys.readouterr().out
        assert "withdrawn from blog: blog/2026-02-01/counts.csv" in said
        assert "they are read there" in said
        assert f"next: {books.paths.kpi} run" in said
        assert books.night().account_id == "shop"
        assert self.kpi(books, asked, "--undo") == 0
        assert books.night().account_id == "blog"

    def test_it_promises_no_reading_where_none_can_be(self, books: Books, capsys: pytest.CaptureFixture[str]) -> None:
        books.drop("shpo/2026-02-03/counts.csv")
        receive(books.paths.inbox, books.paths.archive, NOW)
        assert self.kpi(books, "blog/2026-02-01/counts.csv", "--because", "the shop's") == 0
        said = capsys.readouterr().out
        assert "lay at shpo/2026-02-03/counts.csv, but accounts.csv has no shpo: with a row there they are read" in said
        books.drop("shop/2026-02-03/counts.csv")
        receive(books.paths.inbox, books.paths.archive, NOW)
        withdraw(books.paths.archive, entries(books.paths.landing)[0].file_hash, "shop", TODAY, "nor the shop's")
        assert self.kpi(books, "blog/2026-02-01/counts.csv", "--because", "the shop's") == 0
        said = capsys.readouterr().out
        assert "they are read there" not in said, "they were withdrawn from the shop, too"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["blog/2026-02-01/counts.csv"], "say why"),
            (["blog/2026-02-01/counts.csv", "--because", " "], "say why"),
            (["blog/no.csv", "--because", "x"], "nothing was received as 'blog/no.csv'"),
            (["blog/2026-02-01/counts.csv", "--undo"], "was not withdrawn"),
        ],
    )
    def test_it_says_what_it_needs_and_touches_nothing(self, books: Books, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.kpi(books, *words) == 2
        assert said in capsys.readouterr().err
        assert withdrawals(books.paths.archive) == []

    def test_of_two_files_that_lay_there_one_after_another_it_asks_which(self, books: Books, capsys: pytest.CaptureFixture[str]) -> None:
        (books.paths.inbox / "blog/2026-02-01/counts.csv").write_text(COUNTS + "content_reads,2026-01-03,7\n")
        receive(books.paths.inbox, books.paths.archive, NOW)
        assert self.kpi(books, "blog/2026-02-01/counts.csv", "--because", "x") == 2
        assert "2 files lay at" in capsys.readouterr().err
        assert withdrawals(books.paths.archive) == []


def property_of(name: str, sessions: int, days: int = 4) -> str:
    head = ["# ---", "# Account: Lantern", f"# Property: {name}", "# ---", "#", "# All Users", "# Start date: 20260301", "# End date: 20260304"]
    return "\n".join([*head, "Date,Sessions", *(f"2026030{n + 1},{sessions + n}" for n in range(days)), ""])


def told(manifest: Mapping[str, Any]) -> tuple[str, str]:
    [check] = [check for check in manifest["checks"] if check["check_name"] == "no_account_holds_two_properties"]
    return check["verdict"], check["message"] if check["verdict"] != "passed" else ""


def test_two_properties_in_one_folder_are_warned_of_until_one_is_taken_out(tmp_path: Path) -> None:
    """The newer one took the other's days, and nothing said so. One that was renamed tells the same of them, and is the same."""
    world = World(tmp_path / "home")
    world.account("site", platform="ga4", surface="product")
    world.drop("site", "data-export.csv", property_of("Lantern", 300, 3).encode(), "2026-03-04")
    world.drop("site", "data-export (1).csv", property_of("Lantern - GA4", 300).encode(), "2026-03-05")
    assert told(world.night()) == ("passed", "")
    world.drop("site", "data-export (2).csv", property_of("Lantern Japan", 40).encode(), "2026-03-06")
    verdict, message = told(world.night())
    assert (verdict, "data-export (2).csv" in message) == ("warned", True)
    [wrong] = [entry for entry in entries(world.paths.landing) if entry.source_file.endswith("(2).csv")]
    assert "Japan" not in str(wrong.whose)
    withdraw(world.paths.archive, wrong.file_hash, "site", TODAY, "of another property")
    assert told(world.night()) == ("passed", "")
    assert world.value("sessions", "2026-03-04") == (303, None)
