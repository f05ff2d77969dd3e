"""Bad input survived: every kind of the fault matrix on its way in (tests/faults), and what of it two nights publish. Nothing received is lost.

Belongs here: the two nights, what their tables must say, the score. Never here: making bad files, judging the landing.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.conftest import REPOSITORY, SCORE, kpi
from tests.faults import KINDS
from tests.faults.case import Result, rows, text
from tests.faults.hostile import CANARIES, HOSTILE
from tests.worlds import World

# A few cases a kind, always the same ones, unless the whole matrix is asked for (`make faults`).
MOST = () if os.environ.get("KPI_FAULTS") else ("--most", "4")
# Kinds whose crash or hang could take the tests with it, or that are measured by the memory they take.
ALONE = ("I28", "I29", "I30", "I32")
LIMIT = 480  # seconds that all cases on the way in may take, on a machine that has other things to do
HEADER = "metric,day,value"
FIRST, SECOND = "2026-03-19", "2026-03-21"
IN_FIRST_LINE, IN_NAME = "first.canary@example.org", "name.canary@example.org"
# Accounts with ten quiet weeks and one odd day, the 17th: what is delivered, what that day is multiplied by, what the night must call it.
ODD = {
    "thousandfold": ("content_reads", 1000, "unit_slip"),
    "thinned": ("content_reads", 0.3, "drop"),
    "swollen": ("content_reads", 4, "spike"),
    "backwards": ("followers_total", 0.5, "counter_backwards"),
}
TRIED: dict[str, list[Result]] = {}


def reads(days: range | list[int], factor: int = 1, month: str = "2026-03") -> list[str]:
    return [HEADER, *(f"content_reads,{month}-{d:02},{1000 * d * factor}" for d in days)]


class _Way:
    """The cases on the way in, tried in processes of their own while the nights run here: a crash is a result, and ends nobody else."""

    def __init__(self, groups: list[list[str]]) -> None:
        self.results: list[Result] = []
        self.died: list[str] = []
        self.threads = [threading.Thread(target=self._try, args=(ids,)) for ids in groups]
        for thread in self.threads:
            thread.start()

    def _try(self, ids: list[str]) -> None:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.faults", *ids, *MOST], capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=LIMIT
            )
            out, code, said = done.stdout, done.returncode, done.stderr[-400:]
        except subprocess.TimeoutExpired as late:
            out, code, said = (late.stdout or b"").decode(), -1, "took too long"
        last = "nothing"
        for line in out.splitlines():
            result = Result(*json.loads(line))
            last = f"{result.kind} {result.name}"
            self.results.append(result)
        if code:
            self.died.append(f"{' '.join(ids)}: the process ended with {code} after {last}: {said}")

    def finish(self) -> _Way:
        for thread in self.threads:
            thread.join()
        return self


@pytest.fixture(scope="module")
def _started() -> _Way:
    return _Way([["I32", *ALONE[:-1]], [id for id in KINDS if id not in ALONE]])


@pytest.fixture(scope="module")
def way(_started: _Way, nights: Nights) -> _Way:
    return _started.finish()


@dataclass
class Nights:
    """The same company after its first and its second night."""

    world: World
    before: duckdb.DuckDBPyConnection

    def now(self, sql: str, *values: object) -> list[Any]:
        return self.world.ask(sql, *values)

    def then(self, sql: str, *values: object) -> list[Any]:
        return self.before.execute(sql, list(values)).fetchall()

    def daily(self, account: str, metric: str = "content_reads", then: bool = False) -> dict[str, object]:
        sql = "select strftime(day, '%m-%d'), value, missing_reason from kpi_daily where account_id = ? and metric = ? order by day"
        return {d: v if r is None else r for d, v, r in (self.then if then else self.now)(sql, account, metric)}  # type: ignore[misc]


@pytest.fixture(scope="module")
def nights(_started: _Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPI_PERSON_KEY", "a key for tests only, and long")
        yield from _nights(World(tmp_path_factory.mktemp("faults") / "home"))


def _nights(world: World) -> Iterator[Nights]:
    for account in (
        "restated",
        "late",
        "twice",
        "packed",
        "labels",
        "units",
        "volume",
        "quiet",
        "fans",
        "zero",
        "names",
        "mixed",
        "person",
        "silent",
        "weekly",
        "tags",
        *ODD,
    ):
        world.account(account)
    world.account("clock", platform="web", surface="product", zone="America/New_York", currency="USD")
    world.account("shop", platform="shop", surface="product")
    world.account("store", platform="app", surface="product")
    for name in ("restated", "late", "units"):
        days = [1, 2, 4, 5] if name == "late" else range(1, 6)
        world.drop(name, "counts.csv", reads(days), FIRST)  # type: ignore[arg-type]
    world.drop("units", "counts.csv", [*reads([1, 2, 4, 5]), "content_reads,2026-03-03,300000"], FIRST)
    world.drop("twice", "counts a.csv", [*reads(range(1, 6)), "content_reads,2026-03-02,2000", "content_reads,2026-03-04,9"], "2026-03-18")
    world.drop("twice", "counts b.csv", reads([5, 6], 2), FIRST)
    packed = "\n".join([*reads(range(1, 4)), ""]).encode()
    world.drop("packed", "counts.csv", packed, "2026-03-18")
    world.drop("packed", "counts.csv.gz", gzip.compress(packed), FIRST)
    world.drop("packed", "counts again.csv", packed, FIRST)
    world.drop(
        "labels",
        "counts.csv",
        [f"{HEADER},department", *(f"{line},{team}" for line, team in zip(reads([1, 2, 3])[1:], ("sales", "operations", ""), strict=True))],
        FIRST,
    )
    world.drop("labels", "counts2.csv", [HEADER, "sales.content_reads,2026-03-01,7"], FIRST)
    world.drop("volume", "counts.csv", ["metric,day,value", *(f"content_reads,2026-03-{d:02},{1000 if d != 4 else 100}" for d in range(1, 7))], FIRST)
    world.drop("quiet", "counts.csv", reads([1, 2, 4, 9, 10]), "2026-03-11")
    world.drop(
        "shop",
        "orders.csv",
        ["order,person,at,value,currency", "o1,ann,2026-03-01T10:00:00+08:00,100,CNY", "o2,bob,2026-03-03T10:00:00+08:00,50,CNY"],
        "2026-03-06",
    )
    # Two accounts with a habit: one came every day and stopped, one comes once a week and is not due yet.
    for d in (13, 14, 15, 16):
        world.drop("silent", "counts.csv", reads([d - 1]), f"2026-03-{d}")
    for d in (2, 9, 16):
        world.drop("weekly", "counts.csv", reads([d - 1]), f"2026-03-{d:02}")
    for name, (metric, factor, _) in ODD.items():
        quiet = [(date(2026, 1, 8) + timedelta(days=n), 50_000 + 1000 * (n % 7) + n) for n in range(70)]
        world.drop(name, "counts.csv", [HEADER, *(f"{metric},{d},{round(v * factor) if d == date(2026, 3, 17) else v}" for d, v in quiet)], FIRST)
    # Every day until the 18th, but one of the two channels only until the 14th: four days, and never away for more than one before.
    heard = [f"p{d},2026-03-{d:02} 10:00,{channel}" for channel, last in (("search", 18), ("ads", 14)) for d in range(1, last + 1)]
    world.drop("tags", "touches.csv", ["person,at,channel", *heard], FIRST)
    fans = [f"followers_total,2026-03-{d:02},{n}" for d, n in ((1, 1000), (2, 900), (3, 0), (4, 1010))]
    world.drop("fans", "counts.csv", [HEADER, *fans, *(f"followers_{w},2026-03-{d:02},0" for w in ("gained", "lost") for d in (2, 3, 4))], FIRST)
    world.drop("store", "counts.csv", [HEADER, "installs,2026-03-01,5", "store_page_views,2026-03-01,0", "installs,2026-03-02,1",
                                       "store_page_views,2026-03-02,4",
                                       "retention_d1,2026-03-01,1.4", "retention_d7,2026-03-01,140"], FIRST)  # fmt: skip
    quoted = [text for name, text in HOSTILE.items() if name != "long"]
    campaigns = pl.DataFrame(
        {"metric": "content_reads", "day": "2026-03-01", "value": list(range(1, len(quoted) + 1)), "campaign": quoted}, strict=False
    )
    world.drop("names", "counts.csv", campaigns.write_csv(quote_style="always").encode(), FIRST)
    world.drop("names", "counts" + "x" * 245 + ".csv", [HEADER, "video_plays,2026-03-01,3"], FIRST)
    instants = ["2026-03-08 01:59:59.999", "2026-03-08 03:00:00", "2026-03-08 12:00:00", "2026-03-11 11:59:59.999", "2026-03-11 12:00:00",
                "2024-02-29 12:00:00+08:00", "2025-12-31T23:59:59.999+08:00", "2026-01-01T00:00:00+08:00"]  # fmt: skip
    world.drop("clock", "activity.csv", ["person,at", *(f"p{i},{at}" for i, at in enumerate(instants))], FIRST)
    mail, phone, name = CANARIES
    world.drop(
        "person",
        "touches.csv",
        ["person,at,channel,note", f"{mail},2026-03-01 10:00:00Z,email,{name}", f"{phone},2026-02-31 10:00:00Z,email,{name}"],
        FIRST,
    )
    world.drop(
        "person", "counts.csv", [f"{HEADER},mail,phone", f"content_reads,2026-03-01,5,{mail},{phone}", f"content_reads,soon,5,{mail},{phone}"], FIRST
    )
    # No header: what stands first is a person. And a name that somebody gave the file in good faith.
    world.drop("person", "touches of the day.csv", [f"{IN_FIRST_LINE},2026-03-01 10:00:00Z,email", "x,2026-03-01 10:00:00Z,email"], FIRST)
    world.drop("person", f"counts {IN_NAME}.csv", reads([2]), FIRST)
    bad = ["content_reads,2026-02-30,1", "content_reads,2026-03-02,1e400", "content_readz,2026-03-02,1",
           "content_reads,2026-03-02", "content_reads,01/02/2026,1", "content_reads,2026-03-02,-1",
           "content_reads,2027-03-02,1"]  # fmt: skip
    world.drop("mixed", "counts.csv", [*reads(range(1, 6)), *bad], FIRST)
    world.drop("mixed", "counts cut.csv", text(rows("night"))[:-20], FIRST)
    world.drop("mixed", "counts quote.csv", text(rows("quote")).replace(b"2026", b'"2026', 1), FIRST)
    world.drop("mixed", "counts empty.csv", b"", FIRST)
    world.drop("mixed", "counts.parquet", b"PAR1" + bytes(64) + b"PAR1", FIRST)
    (world.paths.inbox / "mixed" / "counts link.csv").symlink_to("/etc/passwd")
    world.night(date(2026, 3, 20), datetime(2026, 3, 20, 9))
    kept = world.paths.home / "first night.duckdb"
    kept.write_bytes(world.paths.database.read_bytes())
    # The second night: what was restated, what came late, what was repaired; most accounts say nothing more.
    world.drop("restated", "counts.csv", [HEADER, "content_reads,2026-03-01,1000", "content_reads,2026-03-02,2001", "content_reads,2026-03-03,3002",
                                          "content_reads,2026-03-04,4003", "content_reads,2026-03-05,5000"], SECOND)  # fmt: skip
    late = world.drop("late", "counts late.csv", [HEADER, "content_reads,2026-03-03,3000", "content_reads,2025-12-20,77"], SECOND)
    os.utime(late, (0, 10**9))
    # Bytes of its own: the same bytes from two accounts are one file, and only the first of them is read (I14).
    world.drop("units", "counts.csv", [*reads(range(1, 6)), "content_reads,2026-03-06,6001"], SECOND)
    world.drop("packed", "counts (7).csv", packed, SECOND)
    world.night(date(2026, 3, 22), datetime(2026, 3, 22, 9))
    with duckdb.connect(str(kept), read_only=True) as con:
        yield Nights(world, con)


Publication = Callable[[Nights], None]
PUBLISHED: list[tuple[str, str, Publication]] = []


def published(kind: str, name: str) -> Callable[[Publication], Publication]:
    def known(check: Publication) -> Publication:
        PUBLISHED.append((kind, name, check))
        return check

    return known


@published("I14", "the same under other names, in gzip, in other folders: counted once, restating nothing")
def _same(n: Nights) -> None:
    assert n.daily("packed") == {"03-01": 1000, "03-02": 2000, "03-03": 3000}
    assert n.now("select count(*) from restatements where account_id = 'packed'") == [(0,)]


@published("I15", "a restatement replaces, one row a changed number, with its file")
def _restatement(n: Nights) -> None:
    assert n.daily("restated") == {"03-01": 1000, "03-02": 2001, "03-03": 3002, "03-04": 4003, "03-05": 5000}
    found = n.now("select strftime(day, '%d'), value_before, value_after, source_file from restatements where account_id = 'restated' order by day")
    assert found == [(f"0{d}", 1000 * d, 1001 * d - 1, f"restated/{SECOND}/counts.csv") for d in (2, 3, 4)]


@published("I16", "a late file and one of 90 days ago rebuild their own days and no others")
def _late(n: Nights) -> None:
    assert n.daily("late", then=True)["03-03"] == "not_reported"
    assert (n.daily("late")["03-03"], n.daily("late")["12-20"]) == (3000, 77)
    keys = "metric, account_id, campaign, day, value, missing_reason, received_at, source_file"
    untouched = f"select {keys} from kpi_daily where account_id not in ('restated', 'units', 'packed') and value is not null"
    untouched += " and metric in ('content_reads', 'followers_total', 'orders', 'installs') and received_at < '2026-03-20' order by all"
    then, now = n.then(untouched), n.now(untouched)
    assert len(then) > 30
    assert then == now


@published("I17", "repeats count once, a dispute is nobody's number, the newest of two files has the word")
def _overlap(n: Nights) -> None:
    assert n.daily("twice") == {"03-01": 1000, "03-02": 2000, "03-03": 3000, "03-04": "not_reported", "03-05": 10000, "03-06": 12000}
    balance = n.now("select physical_records, accepted, quarantined, superseded from files where source_file like 'twice/%' order by source_file")
    assert balance == [(7, 3, 2, 2), (2, 2, 0, 0)]


@published("I19", "a label in a file moves nothing to another team")
def _owner(n: Nights) -> None:
    sql = "select distinct profile, department, department_kind from owned_kpi_daily where account_id = ? and role = 'accountable'"
    found, lawful = (n.now(f"{sql} and metric = 'content_reads'", account) for account in ("labels", "mixed"))
    assert sorted(found, key=str) == sorted(lawful, key=str)
    assert ("default", "marketing", "marketing") in found
    assert n.now("select rule from quarantine where source_file like 'labels/%'") == [("unknown_metric",)]


@published("I20", "a hundred-fold day is published as the file says, with its file, and its repair is restated once")
def _unit(n: Nights) -> None:
    assert (n.daily("units", then=True)["03-03"], n.daily("units")["03-03"]) == (300_000, 3000)
    found = n.now("select value_before, value_after from restatements where account_id = 'units'")
    assert found == [(300_000, 3000)]


@published("I21", "a day of a tenth is published as the file says")
def _tenth(n: Nights) -> None:
    assert list(n.daily("volume").values()) == [1000, 1000, 1000, 100, 1000, 1000]


@published("I20, I21, I23", "an odd day among quiet weeks is called what it is, with the factor where it is one, and stands as delivered")
def _odd(n: Nights) -> None:
    ask = "select kind, factor, policy, is_recent from anomalies where account_id = ? and day = date '2026-03-17'"
    found = {name: [(kind, factor) for kind, factor, policy, is_recent in n.now(ask, name) if (policy, is_recent) == ("warn", True)] for name in ODD}
    assert {name: kinds for name, (_, _, kind) in ODD.items() if kind not in (kinds := [said for said, _ in found[name]])} == {}, found
    assert ("unit_slip", 1000) in found["thousandfold"]
    assert n.daily("swollen")["03-17"] == 4 * (50_000 + 1000 * (68 % 7) + 68)


@published("I21", "a channel that is missing while its account goes on is named with its day, and holds nobody up")
def _untagged(n: Nights) -> None:
    found = n.now("select account_id, channel, cast(silent_since as varchar), longest_pause_days from channel_freshness where is_silent")
    assert found == [("tags", "ads", "2026-03-15", 1)]
    told = kpi(n.world.paths.home, "status").stdout
    assert "no touch of ads in tags since 2026-03-15" in told


@published("I22", "silent days are missing and never zero; after the last delivery nothing is said at all")
def _quiet(n: Nights) -> None:
    said = n.daily("quiet")
    assert [d for d, v in said.items() if v == "not_reported"] == ["03-03", *(f"03-{d:02}" for d in (5, 6, 7, 8))]
    assert max(said) == "03-10"
    orders = n.daily("shop", "orders")
    assert orders == {"03-01": 1, "03-02": 0, "03-03": 1, "03-04": 0, "03-05": 0}


@published("I22", "an account that used to come and stopped is named with its day, and holds nobody up")
def _stopped(n: Nights) -> None:
    ask = "select account_id, cast(stale_since as varchar), usual_gap_days from feed_freshness where is_stale"
    # The first night: the file of the 17th onwards is not there. The second: a week later the weekly account is still within its week.
    assert n.then(ask) == [("silent", "2026-03-16", 1)]
    assert n.now(ask) == [("silent", "2026-03-16", 1)]
    assert n.now("select verdict, offenders, blocking from data_quality where check_name = 'feeds_are_current'") == [("warned", 2, False)]
    assert "silent</dt><dd>stale since 16 March 2026" in n.world.paths.page.read_text(encoding="utf-8")
    assert n.now("select count(*) from feed_freshness where account_id = 'quiet' and not is_stale and usual_gap_days is null") == [(1,)]


@published("I23", "followers that go backwards show as a residual that nobody explained away")
def _backwards(n: Nights) -> None:
    found = n.now(
        "select strftime(day, '%d'), opening, closing, residual from follower_ledger where account_id = 'fans' and residual is not null order by day"
    )
    assert found == [("02", 1000, 900, 100), ("03", 900, 0, 900), ("04", 0, 1010, -1010)]


@published("I24", "nothing to divide by is null with its reason")
def _nothing_to_divide_by(n: Nights) -> None:
    found = n.daily("store", "store_conversion_rate")
    assert found["03-01"] == "no_denominator"
    assert float(found["03-02"]) == 0.25  # type: ignore[arg-type]


@published("I24", "a retention above 100 % is published nowhere")
def _more_than_all(n: Nights) -> None:
    assert n.now("select metric, value from kpi_daily where metric like 'retention_d%' and value > 1") == []
    assert n.now("select metric, value from scorecard where metric like 'retention_d%' and value > 1") == []


@published("I26", "each campaign has its number under its own name; the page runs none of them")
def _shown(n: Nights) -> None:
    found: dict[object, object] = dict(n.now("select campaign, value from kpi_daily where account_id = 'names' and metric = 'content_reads'"))
    assert found == {cell: i for i, cell in enumerate((c for k, c in HOSTILE.items() if k != "long"), 1)}
    page = n.world.paths.page.read_text(encoding="utf-8")
    assert not [cell for k, cell in HOSTILE.items() if k in ("html", "image", "svg", "css") and cell in page]


@published("I27", "a name of 255 bytes is a name; a link is told of and not followed")
def _long_name(n: Nights) -> None:
    assert n.daily("names", "video_plays") == {"03-01": 3}
    assert not n.now("select 1 from files where source_file like '%link%'")


@published("I33", "every instant is on its day of the company, over the change of clocks, the leap day and the year's end")
def _days(n: Nights) -> None:
    found = n.now(
        "select strftime(day, '%Y-%m-%d'), value from kpi_daily where account_id = 'clock' and metric = 'active_users_day' and value > 0 order by day"
    )
    # 12:00 in New York in summer is 00:00 of the next day in Shanghai; 01:59:59.999 before the change is 14:59:59 of the same day.
    assert found == [
        ("2024-02-29", 1),
        ("2025-12-31", 1),
        ("2026-01-01", 1),
        ("2026-03-08", 2),
        ("2026-03-09", 1),
        ("2026-03-11", 1),
        ("2026-03-12", 1),
    ]


@published("I34", "nobody is shown: not in a table, page, log or quarantine")
def _nobody(n: Nights) -> None:
    assert leaks(n.world, CANARIES) == []


@published("I34", "nobody is shown who stands in the first line of a file without a header")
def _first_line(n: Nights) -> None:
    assert leaks(n.world, (IN_FIRST_LINE,)) == []


@published("I34", "nobody is shown whose address is in the name of a file")
def _file_name(n: Nights) -> None:
    assert leaks(n.world, (IN_NAME,)) == []
    found = n.now("select source_file, reason, message from files where source_file like 'person/%counts p_%'")
    assert [(name.count("p_"), reason) for name, reason, _ in found] == [(1, "personal_name")]
    assert "rename such files" in found[0][2]
    assert n.daily("person")["03-02"] == 2000, "its numbers are as good as any"
    assert n.now("select verdict from data_quality where check_name = 'files_are_not_named_for_people'") == [("warned",)]
    receipts = "".join(path.read_text(encoding="utf-8") for path in (n.world.paths.archive).glob("*.json"))
    assert IN_NAME in receipts, "the archive keeps the truth"


@published("I05", "good records beside bad ones are published, the bad ones with line and reason")
def _beside(n: Nights) -> None:
    assert n.daily("mixed") == {f"03-{d:02}": 1000 * d for d in range(1, 6)}
    found = n.now("select count(*), count(line), count(reason) from quarantine where source_file like 'mixed/%counts.csv'")
    assert found == [(7, 7, 7)]


@published("I01", "a file that is refused is in the ledger with its reason, and holds nobody up")
def _refused(n: Nights) -> None:
    found = dict(
        n.now("select split_part(source_file, '/', -1), status || ' ' || reason from files where account_id = 'mixed' and status != 'accepted'")
    )
    assert found["counts cut.csv"] == "refused cut_file"
    assert found["counts empty.csv"] == "empty empty_file"
    assert found["counts quote.csv"].startswith("refused ")
    assert found["counts.parquet"] == "refused not_parquet"


def leaks(world: World, canaries: tuple[str, ...]) -> list[str]:
    """Where a canary is shown in anything that people read: published tables, page, manifest, quarantine."""
    texts = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in (world.paths.page, world.paths.manifest, *world.paths.quarantine.rglob("*.json*"))
    }
    for (table,) in world.ask("select table_name from information_schema.tables where table_schema = 'main'"):
        texts[table] = str(world.ask(f'select * from "{table}"'))
    return [f"{canary} in {name}" for name, said in texts.items() for canary in canaries if canary in said]


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_kind_is_survived_on_its_way_in(way: _Way, kind: str) -> None:
    TRIED[kind] = [result for result in way.results if result.kind == kind]
    assert TRIED[kind], way.died
    wrong = [f"{r.name}: {'; '.join(r.wrong)}" for r in TRIED[kind] if r.wrong or r.lost]
    assert not wrong, f"{len(wrong)} of {len(TRIED[kind])} cases of {kind} ({KINDS[kind].what}); replay: python -m tests.faults {kind}\n" + "\n".join(
        wrong[:10]
    )


@pytest.mark.parametrize(
    ("kind", "name", "check"),
    [pytest.param(kind, name, check, id=f"{kind}: {name}") for kind, name, check in PUBLISHED],
)
def test_the_kind_is_survived_in_what_is_published(nights: Nights, kind: str, name: str, check: Publication) -> None:
    result = Result(kind, name, "published")
    TRIED.setdefault(f"{kind} {name}", []).append(result)
    try:
        check(nights)
    except BaseException as error:
        result.wrong.append(str(error)[:500])
        raise


def test_no_record_is_lost_in_any_file_of_both_nights(nights: Nights) -> None:
    sums = nights.now("select source_file from files where physical_records != accepted + quarantined + superseded")
    assert sums == []


def test_a_catalogue_error_ends_the_command_with_2_and_touches_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "company").mkdir(parents=True)
    (home / "company" / "metrics.csv").write_text("metric,class\ncontent_reads,both\n")
    before = sorted(str(path) for path in home.rglob("*"))
    done = kpi(home, "run", "--as-of", "2026-03-20")
    assert (done.returncode, sorted(str(path) for path in home.rglob("*"))) == (2, before), done.stderr
    assert "company/metrics.csv line 2, column class" in done.stdout + done.stderr


def test_score(way: _Way, record_property: Callable[[str, object], None]) -> None:
    results = [result for tried in TRIED.values() for result in tried]
    if set(KINDS) - {result.kind for result in results}:
        pytest.skip("only a part of the matrix was tried")
    survived = sum(not result.wrong and not result.lost for result in results)
    lost = sum(result.lost for result in results)
    asked = "" if not MOST else "; `make faults` tries all cases"
    record_property(SCORE, f"bad input: {len(KINDS)} kinds, {len(results)} cases tried, {survived} survived, {lost} rows lost{asked}")
    assert way.died == []
    assert lost == 0
    assert {result.kind for result in results if result.wrong} == set()
    assert len(KINDS) == 34
