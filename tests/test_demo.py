"""The demo company: the same bytes every time, and a truth that the written files bear out when counted afresh."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assets.demo.truth import Truth
from assets.demo.world import simulate
from assets.demo.write import write_demo
from pipelines.cli import main

ROOT = Path(__file__).resolve().parents[1]
CHINA = timezone(timedelta(hours=8))
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass
class Demo:
    home: Path
    truth: Truth

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    def files(self, account: str, starts: str = "") -> list[Path]:
        """In the order of their arrival."""
        found = [p for p in (self.inbox / account).glob("*/*") if p.name.startswith(starts)]
        return sorted(found, key=lambda p: (p.parent.name, p.name))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("year")
    return Demo(home, write_demo(home / "inbox", home / "company"))


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("short")
    return Demo(home, write_demo(home / "inbox", home / "company", days=60, scale=0.2))


@pytest.fixture(params=["year", "short"])
def demo(request: pytest.FixtureRequest) -> Demo:
    found: Demo = request.getfixturevalue(request.param)
    return found


def tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sound_counts(demo: Demo, account: str) -> dict[tuple[str, str, str, str], str]:
    """(metric, day, campaign, post) -> value as the last file to arrive says it; records nobody could read are passed over."""
    known = {m for totals in demo.truth.totals.values() for m in totals} | {"followers_total"}
    out: dict[tuple[str, str, str, str], str] = {}
    for path in demo.files(account, "counts"):
        for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            day, value = row["day"] or "", row["value"] or ""
            try:
                date.fromisoformat(day)
            except ValueError:
                continue
            if row["metric"] in known and NUMBER.fullmatch(value):
                out[row["metric"], day, row.get("campaign") or "", row.get("post") or ""] = value
    return out


def records(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))


def final_orders(demo: Demo) -> dict[str, dict[str, Any]]:
    return {row["order"]: row for path in demo.files("shop_main", "orders") for row in records(path)}


def final_cases(demo: Demo) -> dict[str, dict[str, Any]]:
    return {row["case"]: row for path in demo.files("service_desk", "cases") for row in records(path)}


def waited(row: dict[str, Any]) -> timedelta | None:
    """How long a mention waited for a person; a machine's answer is none."""
    if not row["answered_at"] or row["is_auto_reply"] == "true":
        return None
    return datetime.fromisoformat(row["answered_at"]) - datetime.fromisoformat(row["opened_at"])


QUARTER = timedelta(minutes=15)


def meta_blocks(path: Path) -> dict[str, dict[str, int]]:
    raw = path.read_bytes()
    assert raw[:2] == b"\xff\xfe", "Business Suite writes a little-endian mark"
    lines = raw[2:].decode("utf-16-le").split("\r\n")
    assert lines[0] == "sep=,"
    blocks: dict[str, dict[str, int]] = {}
    for title, header, *days in (block.split("\n") for block in "\n".join(lines[1:]).strip().split("\n\n")):
        assert header == '"Date","Primary"'
        found = [re.fullmatch(r'"(.{10})T0[01]:00:00","(\d+)"', line) for line in days]
        assert all(found)
        blocks[title.strip('"')] = {match[1]: int(match[2]) for match in found if match}
    return blocks


# --- the same every time ---


def test_equal_arguments_write_equal_bytes_in_any_zone_and_language(short: Demo, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from assets.demo.write import write_demo; h = Path(sys.argv[1]);"
        "write_demo(h / 'inbox', h / 'company', days=60, scale=0.2)"
    )
    env = {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "99", "PYTHONPATH": str(ROOT), "PATH": "/bin",
           "POLARS_MAX_THREADS": "1"}  # fmt: skip
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env, cwd=tmp_path)
    assert tree_hash(tmp_path) == tree_hash(short.home)


def test_another_seed_is_another_year(short: Demo, tmp_path: Path) -> None:
    other = write_demo(tmp_path / "inbox", None, days=60, scale=0.2, seed=8)
    assert other.totals != short.truth.totals
    assert not (tmp_path / "company").exists()


def test_writing_again_touches_nothing(short: Demo) -> None:
    before = {p: p.stat().st_mtime_ns for p in short.home.rglob("*") if p.is_file()}
    write_demo(short.inbox, short.home / "company", days=60, scale=0.2)
    assert {p: p.stat().st_mtime_ns for p in short.home.rglob("*") if p.is_file()} == before


def test_a_company_table_edited_by_people_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "company").mkdir()
    (tmp_path / "company" / "targets.csv").write_text("mine")
    truth = write_demo(tmp_path / "inbox", tmp_path / "company", days=60, scale=0.05)
    assert (tmp_path / "company" / "targets.csv").read_text() == "mine"
    assert truth.company_files_kept == ["targets.csv"]


@pytest.mark.parametrize("company", ["empty", "a"])
def test_the_demo_after_init_has_the_demo_s_accounts(tmp_path: Path, company: str) -> None:
    """Both commands are offered to somebody without a home, and doing one after the other left every export without an account."""
    assert main(["--home", str(tmp_path), "init", "--company", company]) == 0
    assert main(["--home", str(tmp_path), "demo", "--days", "60", "--scale", "0.05"]) == 0
    table = (tmp_path / "company" / "accounts.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split(",")[0] for line in table} >= {folder.name for folder in (tmp_path / "inbox").iterdir()}


def test_the_demo_is_not_written_into_the_home_of_a_company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "init"]) == 0
    accounts = tmp_path / "company" / "accounts.csv"
    accounts.write_text(accounts.read_text() + "our_shop,shop,shop,ours,product,,,,\n")
    before = tree_hash(tmp_path)
    assert main(["--home", str(tmp_path), "demo", "--days", "60", "--scale", "0.05"]) == 2
    assert "holds the tables of another company" in capsys.readouterr().err
    assert tree_hash(tmp_path) == before


def test_an_account_more_moves_no_other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    from assets.demo import world as demo_world

    plain = simulate(60, 0.05, 7, date(2026, 6, 30))
    spec = demo_world.read_spec()
    spec["accounts"] = {"zz_new": {**spec["accounts"]["toutiao_main"], "followers": None}, **spec["accounts"]}
    del spec["accounts"]["zz_new"]["followers"]
    spec["accounts"]["zz_new"]["exposure"] = {**spec["accounts"]["toutiao_main"]["exposure"], "silent": True}
    monkeypatch.setattr(demo_world, "read_spec", lambda: spec)
    more = simulate(60, 0.05, 7, date(2026, 6, 30))
    mine = {(s.account, s.metric, s.campaign, s.post): s.values.tolist() for s in more.media.series if s.account != "zz_new"}
    assert mine == {(s.account, s.metric, s.campaign, s.post): s.values.tolist() for s in plain.media.series}
    assert more.people.orders.at.tolist() == plain.people.orders.at.tolist()


def test_too_few_days_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 60 days"):
        simulate(59, 1.0, 7, date(2026, 6, 30))


# --- the truth, counted afresh from the files ---


def test_counts_add_up_to_the_truth(demo: Demo) -> None:
    counted = 0
    for account in demo.truth.accounts:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for (metric, *_), value in sound_counts(demo, account).items():
            if metric != "followers_total":
                sums[metric] += Decimal(value)
        counted += len(sums)
        if sums:
            assert {m: str(v) for m, v in sums.items()} == demo.truth.totals[account], account
    assert counted >= 20


def test_followers_close_where_the_truth_says(demo: Demo) -> None:
    for account, closing in demo.truth.closing_followers.items():
        stock = {day: int(v) for (m, day, *_), v in sound_counts(demo, account).items() if m == "followers_total"}
        assert stock[max(stock)] == closing


def test_follower_ledger_closes_except_where_fans_were_removed_or_days_are_missing(demo: Demo) -> None:
    stories = demo.truth.stories
    for account in demo.truth.closing_followers:
        by_metric: dict[str, dict[str, int]] = defaultdict(dict)
        for (metric, day, *_), value in sound_counts(demo, account).items():
            if metric.startswith("followers_"):
                by_metric[metric][day] = int(value)
        total, gained, lost = (by_metric[f"followers_{x}"] for x in ("total", "gained", "lost"))
        days = sorted(total)
        gaps = {
            b: total[b] - total[a] - gained[b] + lost[b] for a, b in pairwise(days)
            if date.fromisoformat(b) - date.fromisoformat(a) == timedelta(days=1)
        }  # fmt: skip
        expected = {stories["purge"]["day"]: stories["purge"]["residual"]} if account == stories["purge"]["account"] else {}
        assert {d: r for d, r in gaps.items() if r} == expected


def test_meta_series_are_native_and_add_up(demo: Demo) -> None:
    spec = yaml.safe_load((ROOT / "assets/demo/moonwell.yml").read_text(encoding="utf-8"))
    two_blocks = 0
    for account in ("facebook_page", "instagram_main"):
        metric_of = {s["title"]: s["metric"] for s in spec["accounts"][account]["series"]}
        sums: Counter[str] = Counter()
        for path in demo.files(account):
            blocks = meta_blocks(path)
            two_blocks += len(blocks) > 1
            for title, days in blocks.items():
                sums[metric_of[title]] += sum(days.values())
                assert 0 not in days.values() or "follows" not in title
        assert {m: str(n) for m, n in sums.items()} == demo.truth.totals[account]
    assert two_blocks


def test_youtube_chart_stays_below_its_totals(demo: Demo) -> None:
    whole, placed = 0, 0
    for path in demo.files("youtube_main", "Totals"):
        totals = {row["Date"]: int(row["Views"]) for row in records(path)}
        chart: Counter[str] = Counter()
        for row in records(path.with_name("Chart data.csv")):
            chart[row["Date"]] += int(row["Views"])
        assert all(chart[day] <= n for day, n in totals.items())
        whole, placed = whole + sum(totals.values()), placed + chart.total()
    assert str(whole) == demo.truth.totals["youtube_main"]["video_plays"]
    assert placed < whole


def test_orders_add_up_and_refunds_arrive_later(demo: Demo) -> None:
    orders, truth = final_orders(demo), demo.truth.orders
    assert len(orders) == truth["placed"]
    status = Counter(row["status"] for row in orders.values())
    assert {s: status[s] for s in truth["by_status"]} == truth["by_status"]
    value: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in orders.values():
        value[row["status"], row["currency"]] += Decimal(row["value"])
    for name, by_currency in truth["value_by_status"].items():
        assert {c: str(value[name, c] + Decimal("0.00")) for c in by_currency} == by_currency
    by_day = Counter(row["at"][:10] for row in orders.values())
    first = date.fromisoformat(demo.truth.first_day)
    assert [by_day[(first + timedelta(days=i)).isoformat()] for i in range(demo.truth.days)] == truth["by_day"]
    seen = Counter(row["order"] for path in demo.files("shop_main", "orders") for row in records(path))
    assert max(seen.values()) == 2, "a refund decided after its first export repeats the order in a later one"


def test_activity_and_touches_add_up(demo: Demo) -> None:
    rows = [row for path in demo.files("app_main") for row in records(path)]
    assert len(rows) == demo.truth.activity["records"]
    assert Counter(r["event"] for r in rows) == {e: n for e, n in demo.truth.activity["by_event"].items() if n}
    active: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        at = datetime.fromisoformat(row["at"].replace("Z", "+00:00")).astimezone(CHINA)
        active[at.date().isoformat()].add(row["person"])
    first = date.fromisoformat(demo.truth.first_day)
    found = [len(active[(first + timedelta(days=i)).isoformat()]) for i in range(demo.truth.days)]
    assert found == demo.truth.activity["active_people_by_day"]
    assert sum(r["event"] == "registration" for r in rows) == demo.truth.persons["registered_in_period"]
    touches = [row for path in demo.files("shop_main", "touches") for row in records(path)]
    assert len(touches) == demo.truth.touches
    assert len({t["person"] for t in touches}) == demo.truth.persons["touched"]


def test_mentions_and_their_answers_add_up(demo: Demo) -> None:
    truth, cases = demo.truth.cases["service_desk"], final_cases(demo)
    assert len(cases) == truth["records"]
    assert Counter(row["kind"] for row in cases.values()) == truth["by_kind"]
    mentions = [row for row in cases.values() if row["kind"] == "mention"]
    came = Counter(row["opened_at"][:10] for row in mentions)
    in_time = Counter(row["opened_at"][:10] for row in mentions if (wait := waited(row)) is not None and wait <= QUARTER)
    first = date.fromisoformat(demo.truth.first_day)
    days = [(first + timedelta(days=i)).isoformat() for i in range(demo.truth.days)]
    assert [came[day] for day in days] == truth["mentions_by_day"]
    assert [in_time[day] for day in days] == truth["in_time_by_day"]
    assert (came.total(), in_time.total()) == (truth["mentions"], truth["in_time"])
    waits = [wait for row in mentions if (wait := waited(row)) is not None]
    assert sum(wait > QUARTER for wait in waits) == truth["late"] > 0
    assert sum(row["is_auto_reply"] == "true" for row in mentions) == truth["automatic"] > 0
    assert sum(not row["answered_at"] for row in mentions) == truth["never"] > 0
    assert all((row["is_auto_reply"] == "") == (row["answered_at"] == "") for row in mentions), "an answer says who wrote it"


def test_decisions_go_forward_in_time_and_their_later_steps_arrive_later(demo: Demo) -> None:
    truth = demo.truth.cases["service_desk"]
    decisions = [row for row in final_cases(demo).values() if row["kind"] == "decision"]
    assert sum(bool(row["approved_at"]) for row in decisions) == truth["approved"]
    assert sum(bool(row["executed_at"]) for row in decisions) == truth["executed"] > 0
    assert sum(int(row["hops"]) for row in decisions) == truth["hops"]
    for row in decisions:
        steps = [row[step] for step in ("opened_at", "approved_at", "executed_at") if row[step]]
        assert steps == sorted(set(steps))
        assert row["approved_at"] or not row["executed_at"]
        assert row["person_role"]
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in demo.files("service_desk"):
        for row in records(path):
            known = [row[step] for step in ("opened_at", "answered_at", "closed_at", "approved_at", "executed_at") if row[step]]
            assert max(known) < path.parent.name, "an export knows nothing of the days after it"
            told[row["case"]].append(row)
    again = [rows for rows in told.values() if len(rows) > 1]
    assert again or demo.truth.days < 365, "a decision carried out after its first export is repeated in a later one"
    for rows in again:
        for earlier, later in pairwise(rows):
            assert earlier != later
            assert all(later[cell] == value for cell, value in earlier.items() if value), "what was known does not change"


def test_the_desk_is_good_but_not_perfect(year: Demo) -> None:
    truth = year.truth.cases["service_desk"]
    assert 6_000 <= truth["mentions"] <= 9_500
    by_month: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    first = date.fromisoformat(year.truth.first_day)
    for i, (came, met) in enumerate(zip(truth["mentions_by_day"], truth["in_time_by_day"], strict=True)):
        month = by_month[(first + timedelta(days=i)).isoformat()[:7]]
        month[0], month[1] = month[0] + came, month[1] + met
    rates = {month: met / came for month, (came, met) in by_month.items()}
    assert sum(rate >= 0.9 for rate in rates.values()) >= 6, rates
    assert min(rates, key=lambda month: rates[month]) == year.truth.stories["bad_evening"]["day"][:7]


def test_nobody_uses_the_app_before_joining(year: Demo) -> None:
    joined: dict[str, str] = {}
    first: dict[str, str] = {}
    for path in year.files("app_main"):
        for row in records(path):
            first.setdefault(row["person"], row["at"])
            if row["event"] == "registration":
                joined[row["person"]] = row["at"]
    late = [p for p, at in joined.items() if (datetime.fromisoformat(at) - datetime.fromisoformat(first[p])).total_seconds() > 60]
    assert late == []


def test_ga4_rows_are_nested_and_add_up(demo: Demo) -> None:
    frame = pl.concat([pl.read_parquet(path) for path in demo.files("web_ga4")])
    truth = demo.truth.web
    assert frame.height == truth["records"]
    whole, real = pl.Int64, pl.Float64
    value = pl.Struct({"string_value": pl.String, "int_value": whole, "float_value": real, "double_value": real})
    assert frame.schema["event_params"] == pl.List(pl.Struct({"key": pl.String, "value": value}))
    bought = frame.filter(pl.col("event_name") == "purchase")
    assert bought.height == truth["purchases"] > 0
    revenue = sum(Decimal(str(v)) for v in bought["ecommerce"].struct.field("purchase_revenue_in_usd"))
    assert revenue == Decimal(truth["value_usd"])
    entry = pl.element()
    number = entry.filter(entry.struct.field("key") == "ga_session_id").struct.field("value").struct.field("int_value")
    session = frame.select("user_pseudo_id", session=pl.col("event_params").list.eval(number).list.first())
    assert session["session"].null_count() == 0
    assert session.unique().height == truth["sessions_opened"]
    local = (frame["event_timestamp"] + 8 * 3_600_000_000).cast(pl.Datetime("us")).dt.strftime("%Y%m%d")
    assert local.to_list() == frame["event_date"].to_list(), "the property's day is the day in its own zone"


# --- the stories ---


def test_a_million_reads_and_no_sale(demo: Demo) -> None:
    story = demo.truth.stories["million_article"]
    reads = {k: v for k, v in sound_counts(demo, "wechat_main").items() if k[0] == "content_reads" and k[2] == "spring_story"}
    assert reads == {("content_reads", story["day"], "spring_story", ""): "1000000"}
    readers = {p["person"] for path in demo.files("shop_main", "touches") for p in records(path) if p["campaign"] == "spring_story"}
    assert len(readers) >= 20
    assert readers.isdisjoint(row["person"] for row in final_orders(demo).values())
    days = Counter(row["at"][:10] for row in final_orders(demo).values())
    assert days[story["day"]] == 0
    assert min(days) < story["day"] < max(days), "records before and after make the zero a measured one"
    sold = pl.concat([pl.read_parquet(p, columns=["event_name", "event_date"]) for p in demo.files("web_ga4")])
    assert sold.filter((pl.col("event_name") == "purchase") & (pl.col("event_date") == story["day"].replace("-", ""))).height == 0


def test_its_mirror_ten_reads_and_ten_orders(demo: Demo) -> None:
    story = demo.truth.stories["mirror"]
    reads = {k: v for k, v in sound_counts(demo, "wechat_main").items() if k[0] == "content_reads" and k[2] == "friends_coupon"}
    assert reads == {("content_reads", story["day"], "friends_coupon", ""): "10"}
    touches: dict[str, list[str]] = defaultdict(list)
    for path in demo.files("shop_main", "touches"):
        for row in records(path):
            touches[row["person"]].append(row["campaign"])
    friends = {p for p, seen in touches.items() if "friends_coupon" in seen}
    assert all(touches[p] == ["friends_coupon"] for p in friends), "no other touch can claim a share of these orders"
    orders = [row for row in final_orders(demo).values() if row["person"] in friends]
    assert len(orders) == len(friends) == 10
    assert {(row["at"][:10], row["status"]) for row in orders} == {(story["day"], "paid")}


def test_the_reorganisation_explains_the_past_and_the_move(demo: Demo) -> None:
    rows, story = records(demo.home / "company" / "ownership.csv"), demo.truth.stories["reorganisation"]
    assert story["functions"] == ["new_media", "interactive_marketing"]
    assert (story["from"], story["to"]) == ("operations", "marketing")
    lines = {tuple(r[c] for c in ("function", "department", "valid_from", "valid_to", "reason", "approved_by")) for r in rows}
    before = [(f, story["from"], "", story["date"], story["reason"], story["approved_by"]) for f in story["functions"]]
    after = [(f, story["to"], story["date"], "", story["since"], story["approved_by"]) for f in story["functions"]]
    assert lines == {*before, *after}
    assert "founded inside operations" in story["reason"]
    assert story["approved_by"]
    assert {(r["profile"], r["role"], r["share"]) for r in rows} == {("default", "accountable", "")}


def test_the_reorganisation_of_the_default_year_is_the_first_of_february(year: Demo) -> None:
    assert year.truth.stories["reorganisation"]["date"] == "2026-02-01"


@pytest.mark.parametrize(("days", "last_day"), [(60, "2026-06-30"), (75, "2026-06-30"), (200, "2026-06-30"), (60, "2026-03-01"), (365, "2026-03-14")])
def test_the_reorganisation_lies_in_the_period_and_before_the_million_reads(days: int, last_day: str, tmp_path: Path) -> None:
    truth = write_demo(tmp_path / "inbox", None, days=days, scale=0.02, last_day=date.fromisoformat(last_day))
    moved = truth.stories["reorganisation"]["date"]
    assert truth.first_day < moved < truth.stories["million_article"]["day"]
    assert moved.endswith("-01"), "each month of targets has one owner"


def test_one_answer_comes_on_the_last_second_and_one_after_it(demo: Demo) -> None:
    story, cases = demo.truth.stories["quarter_hour"], final_cases(demo)
    waits = {case: wait for case, row in cases.items() if row["kind"] == "mention" and (wait := waited(row)) is not None}
    assert [case for case, wait in waits.items() if wait == QUARTER] == [story["met"]]
    assert [case for case, wait in waits.items() if wait == QUARTER + timedelta(seconds=1)] == [story["missed"]]
    assert {cases[story[case]]["opened_at"][:10] for case in ("met", "missed")} == {story["day"]}
    assert story["seconds"] == 900


def test_the_evening_of_the_crisis_is_a_bad_one(demo: Demo) -> None:
    story, cases = demo.truth.stories["bad_evening"], final_cases(demo)
    begins, ends = (f"{story['day']} {hour:02d}:" for hour in story["hours"])
    evening = [row for row in cases.values() if row["kind"] == "mention" and begins <= row["opened_at"] < ends]
    waits = [wait for row in evening if (wait := waited(row)) is not None]
    assert len(evening) == story["mentions"] >= 14
    assert sum(wait <= QUARTER for wait in waits) == story["in_time"]
    assert sum(not row["answered_at"] for row in evening) == story["never"]
    assert story["in_time"] / story["mentions"] < 0.15
    crisis = cases[story["crisis"]]
    assert (crisis["kind"], crisis["opened_at"][:10]) == ("crisis", story["day"])
    opened, answered = (datetime.fromisoformat(crisis[step]) for step in ("opened_at", "answered_at"))
    assert (answered - opened).total_seconds() == story["seconds_to_statement"]


def test_the_evening_falls_on_the_day_of_the_press_crisis(year: Demo) -> None:
    bad = {day: int(v) for (m, day, *_), v in sound_counts(year, "press_monitor").items() if m == "negative_mentions"}
    assert max(bad, key=lambda day: bad[day]) == year.truth.stories["bad_evening"]["day"]


def test_shops_of_bricks_say_zero_when_they_are_closed(demo: Demo) -> None:
    story = demo.truth.stories["closed"]
    by_metric: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for (metric, day, *_), value in sound_counts(demo, story["account"]).items():
        by_metric[metric][day] = Decimal(value)
    assert set(by_metric) == {"orders_offline", "revenue_offline"}
    for values in by_metric.values():
        assert len(values) == demo.truth.days, "a closed day is a zero, not a gap"
        assert sorted(day for day, value in values.items() if value == 0) == story["days"]
    assert {day for day, n in by_metric["orders_offline"].items() if not n} == {day for day, v in by_metric["revenue_offline"].items() if not v}
    rows = [row for path in demo.files(story["account"]) for row in records(path)]
    assert {(row["metric"], row["currency"]) for row in rows} == {("orders_offline", ""), ("revenue_offline", "CNY")}


def test_shops_of_bricks_close_for_new_year(year: Demo) -> None:
    assert year.truth.stories["closed"]["days"] == ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19"]


def test_missing_days_are_left_out(demo: Demo) -> None:
    story = demo.truth.stories["outage"]
    days = {day for _, day, *_ in sound_counts(demo, story["account"])}
    assert len(story["days"]) == 3
    assert days.isdisjoint(story["days"])
    assert len(days) == demo.truth.days - 3


def test_a_week_comes_forty_days_late(demo: Demo) -> None:
    story = demo.truth.stories["late_file"]
    late = {row["day"] for row in records(demo.inbox / story["path"])}
    assert (min(late), max(late), len(late)) == (story["first_day"], story["last_day"], 7)
    others = {r["day"] for p in demo.files(story["account"]) if p != demo.inbox / story["path"] for r in records(p)}
    assert others.isdisjoint(late)
    assert (date.fromisoformat(story["received"]) - date.fromisoformat(story["last_day"])).days == 41


def test_a_restated_file_changes_three_values(demo: Demo) -> None:
    story = demo.truth.stories["restated_file"]
    again = demo.inbox / story["path"]
    first = again.parents[1] / story["first_received"] / again.name
    before, after = records(first), records(again)
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert [(a["day"], int(a["value"]), int(b["value"])) for a, b in changed] == [(c["day"], c["before"], c["after"]) for c in story["changes"]]
    assert len(changed) == 3


def test_the_same_bytes_come_twice_under_another_name(demo: Demo) -> None:
    story = demo.truth.stories["duplicate_file"]
    assert (demo.inbox / story["path"]).read_bytes() == (demo.inbox / story["same_as"]).read_bytes()
    hashes = Counter(hashlib.sha256(p.read_bytes()).hexdigest() for p in demo.inbox.rglob("*") if p.is_file())
    assert sorted(hashes.values())[-2:] == [1, 2], "only the one duplicate is a duplicate"


def test_a_file_is_cut_in_the_middle_and_comes_whole_the_next_day(demo: Demo) -> None:
    story = demo.truth.stories["cut_file"]
    cut, whole = ((demo.inbox / story[key]).read_bytes() for key in ("path", "complete_path"))
    assert whole.startswith(cut)
    assert not cut.endswith(b"\n")
    assert len(cut.split(b"\n")[-1].split(b",")) < 3


def test_the_bad_file_holds_what_it_says(demo: Demo) -> None:
    story = demo.truth.stories["bad_file"]
    lines = (demo.inbox / story["path"]).read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == story["physical_records"] == story["accepted"] + len(story["quarantined"])
    text = "\n".join(lines)
    assert "654.38+0 만" in text
    assert "<img" in text
    assert "-02-30" in text


def test_one_file_is_in_nobodys_layout(demo: Demo) -> None:
    assert (demo.inbox / demo.truth.stories["unknown_file"]["path"]).read_bytes().startswith(b"Bericht;Quelle;")


# --- deliveries, size, tables ---


def test_every_file_lies_in_a_dated_folder_of_its_account(demo: Demo) -> None:
    last = date.fromisoformat(demo.truth.last_day) + timedelta(days=1)
    written = sorted(p.relative_to(demo.inbox).as_posix() for p in demo.inbox.rglob("*") if p.is_file())
    assert written == sorted(demo.truth.files)
    for path in written:
        account, received, _ = path.split("/")
        assert account in demo.truth.accounts
        assert date.fromisoformat(received) <= last
    assert max(p.split("/")[1] for p in written) == last.isoformat()


def test_every_regular_account_reaches_the_last_day(demo: Demo) -> None:
    last = (date.fromisoformat(demo.truth.last_day) + timedelta(days=1)).isoformat()
    assert {path.split("/")[0] for path in demo.truth.files if path.split("/")[1] == last} == set(demo.truth.accounts)


def test_a_year_stays_small(year: Demo) -> None:
    assert len(year.truth.files) <= 190
    assert sum((year.inbox / path).stat().st_size for path in year.truth.files) <= 12_000_000
    assert 1_200 <= year.truth.persons["registered_in_period"] <= 1_900
    assert 2_000 <= year.truth.orders["placed"] <= 3_200
    assert 20_000 <= year.truth.touches <= 30_000


def test_journeys_have_lengths(year: Demo) -> None:
    length = Counter(row["person"] for path in year.files("shop_main", "touches") for row in records(path))
    buyers = {row["person"] for row in final_orders(year).values()}
    lengths = Counter(min(length[p], 8) for p in buyers)
    assert all(lengths[n] > 20 for n in range(1, 9)), lengths


def test_scale_multiplies_people_and_not_audiences() -> None:
    small, large = (simulate(60, scale, 7, date(2026, 6, 30)) for scale in (0.2, 1.0))
    assert 3.5 < len(large.people.touches) / len(small.people.touches) < 6.5
    assert 3.5 < len(large.people.activity) / len(small.people.activity) < 6.5
    assert 3.0 < len(large.people.orders) / len(small.people.orders) < 7.0
    assert [s.values.tolist() for s in large.media.series] == [s.values.tolist() for s in small.media.series]


def test_awareness_comes_back_later_as_the_truth_says(year: Demo) -> None:
    world = simulate(365, 1.0, 7, date(2026, 6, 30))
    day = world.story_day("million")
    lift = world.media.lift_people
    assert lift[day + 1] == lift.max(), "the article works from the next day on"
    assert lift[day + 1] > lift[day] * 1.1
    assert round(float(lift.max()), 6) == year.truth.awareness_effect["largest_lift_of_people"]


def test_targets_follow_the_owner_of_their_month(demo: Demo) -> None:
    rows, story = records(demo.home / "company" / "targets.csv"), demo.truth.stories["reorganisation"]
    for metric in ("content_reads", "followers_gained"):
        mine = [r for r in rows if r["metric"] == metric]
        assert {r["department"] for r in mine if r["period_start"] < story["date"]} == {"operations"}
        assert {r["department"] for r in mine if r["period_start"] >= story["date"]} == {"marketing"}
    others = {(r["metric"], r["department"]) for r in rows if r["metric"] not in ("content_reads", "followers_gained")}
    assert len(others) == len({metric for metric, _ in others})


def test_the_desk_and_the_shops_of_bricks_have_targets(year: Demo) -> None:
    rows = records(year.home / "company" / "targets.csv")
    promised = [(r["department"], r["period_kind"], r["target"]) for r in rows if r["metric"] == "reply_within_15m_rate"]
    assert promised == [("service", "month", "0.9")] * 12
    sold: dict[str, Decimal] = defaultdict(Decimal)
    for (metric, day, *_), value in sound_counts(year, "stores").items():
        if metric == "revenue_offline":
            sold[f"{day[:7]}-01"] += Decimal(value)
    plans = {r["period_start"]: Decimal(r["target"]) for r in rows if r["metric"] == "revenue_offline"}
    assert {r["department"] for r in rows if r["metric"] == "revenue_offline"} == {"sales"}
    assert set(plans) == set(sold)
    assert all(Decimal("0.7") < plan / sold[month] < Decimal("1.4") for month, plan in plans.items()), "planned in yuan, as they are sold"


def test_no_metric_function_or_department_is_named_in_the_code() -> None:
    seeds = ROOT / "dbt_project" / "seeds"
    names = {row["metric"] for row in records(seeds / "metrics.csv")} | {row["function"] for row in records(seeds / "functions.csv")}
    names |= {row["department"] for row in records(seeds / "departments.csv")}
    names -= {"orders", "brand"}  # also a plain shape and a column of accounts.csv
    for path in (ROOT / "assets" / "demo").glob("*.py"):
        assert names.isdisjoint(re.findall(r"[\"']([a-z0-9_]+)[\"']", path.read_text(encoding="utf-8"))), path.name
