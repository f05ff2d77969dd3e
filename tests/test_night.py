"""The night as the operator meets it: exit codes, what is left behind, and what never changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from expectations.guards import guards
from pipelines.commands.outcome import left_out
from pipelines.durable import only_one
from pipelines.paths import Paths
from pipelines.plain import plain_night
from tests.conftest import AS_OF, kpi, one


def hashes(home: Path) -> dict[str, str]:
    manifest = json.loads((home / "published" / "manifest.json").read_text())
    return {table: summary["content_hash"] for table, summary in manifest["tables"].items()}


class TestADemoNight:
    def test_it_is_published_with_every_promised_table(self, demo_home: Path, demo: duckdb.DuckDBPyConnection) -> None:
        promised = {
            "kpi_daily", "owned_kpi_daily", "scorecard", "follower_ledger", "retention_cohorts", "growth_accounting", "credit", "assists",
            "awareness_bridge", "restatements", "metric_catalogue", "ownership", "departments", "accounts", "files", "quarantine",
            "data_quality", "published_version",
        }  # fmt: skip
        found = {row[0] for row in demo.execute("select table_name from information_schema.tables where table_schema = 'main'").fetchall()}
        assert promised <= found
        assert {path.stem for path in (demo_home / "published").glob("*.parquet")} == found

    def test_nothing_new_is_found_out_without_a_new_version(self, demo_home: Path) -> None:
        before = (demo_home / "published" / "manifest.json").read_bytes()
        again = kpi(demo_home, "run", "--as-of", AS_OF.isoformat())
        assert again.returncode == 0
        assert "nothing new" in again.stdout
        assert (demo_home / "published" / "manifest.json").read_bytes() == before

    def test_nothing_new_is_found_out_without_importing_the_heavy_ones(self, demo_home: Path) -> None:
        script = (
            "import sys; from pipelines.cli import main; code = main(sys.argv[1:]); "
            "print([m for m in ('dagster', 'dbt', 'pandas', 'polars', 'great_expectations', 'duckdb') if m in sys.modules]); sys.exit(code)"
        )
        words = ["--home", str(demo_home), "run", "--as-of", AS_OF.isoformat()]
        done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "[]"

    def test_its_record_is_one_that_dagster_itself_can_read(self, demo_home: Path, tmp_path: Path) -> None:
        """Nights write events through one open connection; the web server of another installation knows nothing of that."""
        import dagster as dg

        shutil.copytree(demo_home / "state" / "dagster", tmp_path / "dagster")
        (tmp_path / "dagster" / "stock.yaml").write_text("telemetry:\n  enabled: false\n")
        manifest = json.loads((demo_home / "published" / "manifest.json").read_text())
        with dg.DagsterInstance.from_config(str(tmp_path / "dagster"), "stock.yaml") as instance:
            run = instance.get_run_by_id(manifest["run_id"])
            assert run is not None
            assert run.is_success
            events = instance.all_logs(run.run_id)
            judged = {event.dagster_event.asset_check_evaluation_data.check_name for event in events
                      if event.dagster_event and event.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION}  # fmt: skip
            assert {guard.name for layer in ("landing", "publish") for guard in guards(layer)} <= judged
            for table in set(manifest["tables"]) - {"data_quality", "published_version"}:
                latest = instance.get_latest_materialization_event(dg.AssetKey(table))
                assert latest is not None
                assert latest.run_id == run.run_id

    def test_a_rebuild_from_the_archive_alone_gives_the_same_content(self, demo_home: Path, tmp_path: Path) -> None:
        """Deleting all but company/, archive/ and published/ loses nothing; and the plain steps publish what Dagster published."""
        home = tmp_path / "rebuilt"
        for folder in ("company", "archive"):
            shutil.copytree(demo_home / folder, home / folder)
        plain_night(Paths.at(home), AS_OF)
        first, second = hashes(demo_home), hashes(home)
        assert {table for table in first if first[table] != second.get(table) and table not in ("data_quality",)} == set()

    def test_the_demo_tells_the_truth_it_knows(self, demo: duckdb.DuckDBPyConnection, demo_home: Path, tmp_path: Path) -> None:
        from assets.demo.write import write_demo

        truth = write_demo(tmp_path / "inbox", None)
        published = {
            (account, metric): value
            for account, metric, value in demo.execute(
                "select account_id, metric, sum(value) from kpi_daily where aggregation = 'additive' group by all"
            ).fetchall()
        }
        compared = 0
        for account, metrics in truth.totals.items():
            for metric, value in metrics.items():
                if (account, metric) in published:
                    assert float(published[account, metric]) == pytest.approx(float(value), abs=0.01), (account, metric)
                    compared += 1
        assert compared >= 30

    def test_the_million_reads_of_the_demo(self, demo: duckdb.DuckDBPyConnection) -> None:
        story = "select value from kpi_daily where metric = 'content_reads' and campaign = 'spring_story' and day = date '2026-03-19'"
        assert one(demo, story) == 1_000_000
        assert one(demo, "select sum(value) from kpi_daily where metric = 'orders' and day = date '2026-03-19'") == 0

    def test_files_balance_and_the_bad_ones_say_what_to_do(self, demo: duckdb.DuckDBPyConnection) -> None:
        assert one(demo, "select count(*) from files where physical_records != accepted + quarantined + superseded") == 0
        refused = demo.execute("select message from files where status = 'refused'").fetchall()
        assert refused
        assert all("kpi inspect" in message for (message,) in refused)
        assert one(demo, "select count(*) from quarantine where raw is null or reason is null or rule is null") == 0

    def test_what_was_believed_last_is_what_is_published(self, demo: duckdb.DuckDBPyConnection) -> None:
        """Restatements add up differences of deliveries, the daily table takes the newest of each key: two ways to one number."""
        differ = """
            with last as (select metric, account_id, day, arg_max(value_after, version) as believed from restatements group by all),
            published as (select metric, account_id, day, sum(value) as value from kpi_daily where aggregation = 'additive' group by all)
            select count(*), count(*) filter (where believed is distinct from value) from last join published using (metric, account_id, day)
        """
        compared, apart = demo.execute(differ).fetchall()[0]
        assert compared > 100
        assert apart == 0

    def test_a_late_file_and_a_restated_one_are_in_the_list_of_changed_numbers(self, demo: duckdb.DuckDBPyConnection) -> None:
        changed = demo.execute("select day::varchar, source_file from restatements where account_id = 'weibo_main' order by 1").fetchall()
        assert [day for day, _ in changed] == ["2026-05-06", "2026-05-16", "2026-05-26"]
        assert all("2026-06-11" in file for _, file in changed)


class TestCommands:
    def test_explain_says_who_and_by_which_line(self, demo_home: Path) -> None:
        told = kpi(demo_home, "explain", "content_reads", "2026-01-20", "--account", "wechat_main")
        assert told.returncode == 0
        assert "accountable: operations" in told.stdout
        assert "company/ownership.csv:" in told.stdout
        assert "approved by" in told.stdout

    def test_explain_takes_the_catalogues_code_too(self, demo_home: Path) -> None:
        told = json.loads(kpi(demo_home, "explain", "AW03", "2026-03-19", "--account", "wechat_main", "--json").stdout)
        assert {row["department"] for row in told["rows"] if row["role"] == "accountable"} == {"marketing"}

    def test_status_and_verify_and_doctor_are_content(self, demo_home: Path) -> None:
        status = json.loads(kpi(demo_home, "status", "--json").stdout)
        assert status["version"] == f"{AS_OF.isoformat()}.1"
        assert status["last_night"]["outcome"] == "published"
        assert kpi(demo_home, "verify").returncode == 0
        doctor = kpi(demo_home, "doctor")
        assert doctor.returncode == 0, doctor.stdout

    def test_verify_sees_a_flipped_bit_in_what_is_published(self, copy_of_small: Path) -> None:
        parquet = copy_of_small / "published" / "kpi_daily.parquet"
        parquet.unlink()
        assert kpi(copy_of_small, "verify").returncode == 1

    def test_verify_does_not_call_damaged_what_another_version_of_the_code_hashed_otherwise(self, copy_of_small: Path) -> None:
        file = copy_of_small / "published" / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest["code_version"] = "of before"
        for table in manifest["tables"].values():
            table["content_hash"] = "hashed otherwise"
        file.unlink()
        file.write_text(json.dumps(manifest))
        done = kpi(copy_of_small, "verify")
        assert done.returncode == 0, done.stderr
        assert f"{len(manifest['files'])} files and the archive are as their hashes say" in done.stdout
        manifest["tables"]["kpi_daily"]["rows"] += 1
        file.write_text(json.dumps(manifest))
        assert "table kpi_daily is not what was published" in kpi(copy_of_small, "verify").stderr

    def test_verify_sees_damage_in_the_archive(self, copy_of_small: Path) -> None:
        victim = next(path for path in (copy_of_small / "archive").iterdir() if path.suffix == "")
        victim.chmod(0o644)
        raw = bytearray(victim.read_bytes())
        raw[len(raw) // 2] ^= 1
        victim.write_bytes(raw)
        done = kpi(copy_of_small, "verify")
        assert done.returncode == 1
        assert victim.name in done.stderr

    def test_inspect_reads_without_keeping(self, demo_home: Path) -> None:
        before = sorted(path.name for path in (demo_home / "archive").iterdir())
        export = next((demo_home / "inbox" / "youtube_main").rglob("Totals.csv"))
        told = kpi(demo_home, "inspect", str(export))
        assert told.returncode == 0
        assert "youtube_daily" in told.stdout
        assert sorted(path.name for path in (demo_home / "archive").iterdir()) == before

    def test_wrong_words_are_refused_with_the_right_ones(self, demo_home: Path) -> None:
        assert "YYYY-MM-DD" in kpi(demo_home, "run", "--as-of", "yesterday").stderr
        assert kpi(demo_home, "run", "--as-of", "yesterday").returncode == 2
        assert kpi(demo_home, "backfill", "2026-02-02", "2026-02-01").returncode == 2
        assert "metric_catalogue" in kpi(demo_home, "explain", "no_such_thing", "2026-03-19").stderr


def test_files_that_came_after_the_day_asked_for_are_named(small_home: Path) -> None:
    paths = Paths.at(small_home)
    assert [said for said in left_out(paths, AS_OF) if "came after" in said] == []
    [said] = [said for said in left_out(paths, date(2020, 1, 1)) if "came after" in said]
    assert re.match(r"files that came after 2020-01-01 are not in this version \([1-9][0-9]*\): \w+/", said)


class TestWhenItGoesWrong:
    def test_wrong_tables_are_refused_all_at_once_before_anything_is_touched(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        kpi(home, "init", "--company", "empty")
        before = sorted(path.relative_to(home) for path in home.rglob("*"))
        (home / "company" / "targets.csv").write_text(
            "profile,department,metric,period_kind,period_start,target\nnobody,none,nothing,month,2026-01-01,1\n"
        )
        (home / "company" / "accounts.csv").write_text("account_id,platform,colour\nx,y,red\n")
        done = kpi(home, "run")
        assert done.returncode == 2
        assert "targets.csv line 2" in done.stderr
        assert "accounts.csv line 1" in done.stderr
        assert sorted(path.relative_to(home) for path in home.rglob("*")) == before

    def test_no_home_is_no_run(self, tmp_path: Path) -> None:
        done = kpi(tmp_path / "nowhere", "run")
        assert done.returncode == 2
        assert "init" in done.stderr
        assert not (tmp_path / "nowhere").exists()

    def test_the_second_of_two_runs_does_nothing(self, copy_of_small: Path) -> None:
        with only_one(Paths.at(copy_of_small).lock):
            done = kpi(copy_of_small, "run")
        assert done.returncode == 75
        assert str(os.getpid()) in done.stderr

    def test_a_lock_of_a_dead_run_locks_nobody_out(self, tmp_path: Path) -> None:
        lock = tmp_path / "night.lock"
        script = """
import sys, time, pathlib
from expectations.guards import guards
from pipelines.commands.outcome import left_out
from pipelines.durable import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
        holder = subprocess.Popen([sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with only_one(lock):
            pass

    def test_a_held_night_keeps_the_version_and_says_so_everywhere(self, copy_of_small: Path) -> None:
        """An owner against the law, with no reason: exit 3, the version stays, the page and `kpi status` carry age and reason."""
        database = copy_of_small / "published" / "kpi.duckdb"
        before = hashlib.sha256(database.read_bytes()).hexdigest()
        (copy_of_small / "company" / "ownership.csv").write_text(
            "profile,function,department,role,share,valid_from,valid_to,reason,approved_by\ndefault,new_media,operations,accountable,,,,,\n"
        )
        done = kpi(copy_of_small, "run", "--as-of", AS_OF.isoformat())
        assert done.returncode == 3, done.stdout + done.stderr
        assert "only_lawful_owners" in done.stderr
        assert hashlib.sha256(database.read_bytes()).hexdigest() == before
        status = json.loads(kpi(copy_of_small, "status", "--json").stdout)
        assert status["last_night"]["outcome"] == "held"
        assert status["version"] == f"{AS_OF.isoformat()}.1"
        assert "only_lawful_owners" in (copy_of_small / "published" / "leadership.html").read_text()

    def test_an_analyst_with_the_file_open_keeps_the_version_he_opened(self, copy_of_small: Path) -> None:
        script = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
asked = "select version from published_version"
print(con.execute(asked).fetchone()[0], flush=True)
sys.stdin.readline()
print(con.execute(asked).fetchone()[0], con.execute("select count(*) from kpi_daily").fetchone()[0], flush=True)
"""
        database = copy_of_small / "published" / "kpi.duckdb"
        reader = subprocess.Popen([sys.executable, "-c", script, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert reader.stdout is not None
        first = reader.stdout.readline().strip()
        plain_night(Paths.at(copy_of_small), AS_OF)
        answer, _ = reader.communicate("go on\n")
        assert answer.split()[0] == first
        with duckdb.connect(str(database), read_only=True) as con:
            assert one(con, "select version from published_version") == f"{AS_OF.isoformat()}.2"
        assert not list((copy_of_small / "published").rglob("*.wal"))

    def test_a_version_before_can_be_published_again_and_the_night_after_goes_forward(self, copy_of_small: Path) -> None:
        first, database = hashes(copy_of_small), copy_of_small / "published" / "kpi.duckdb"
        assert kpi(copy_of_small, "rollback").returncode == 2, "there is nothing before the first version"
        (copy_of_small / "inbox" / "wechat_main" / "counts_more.csv").write_text("metric,day,value,campaign\ncontent_reads,2026-06-30,5,extra\n")
        plain_night(Paths.at(copy_of_small), AS_OF, datetime(2026, 7, 1, 9))
        second = hashes(copy_of_small)
        assert second["kpi_daily"] != first["kpi_daily"]
        back = kpi(copy_of_small, "rollback")
        assert back.returncode == 0, back.stderr
        assert hashes(copy_of_small) == first
        assert kpi(copy_of_small, "verify").returncode == 0
        with duckdb.connect(str(database), read_only=True) as con:
            assert one(con, "select version from published_version") == f"{AS_OF.isoformat()}.1"
        assert kpi(copy_of_small, "rollback", f"{AS_OF.isoformat()}.2").returncode == 0
        assert hashes(copy_of_small) == second

    def test_a_night_killed_at_any_moment_leaves_a_version_and_heals(self, copy_of_small: Path) -> None:
        """P01, P05, P07: dead at once, asked to stop, without memory; the two that leave somebody behind say so, and exit with 1."""
        database = copy_of_small / "published" / "kpi.duckdb"
        new = copy_of_small / "inbox" / "wechat_main" / "2026-07-01"
        new.mkdir(parents=True, exist_ok=True)
        (new / "counts_extra.csv").write_text("metric,day,value,campaign\ncontent_reads,2026-06-30,5,extra\n")
        command = [str(Path(sys.executable).with_name("kpi")), "--home", str(copy_of_small), "run", "--as-of", AS_OF.isoformat()]
        for seconds, how, sentence in (
            (1.5, signal.SIGKILL, ""),
            (6.0, signal.SIGTERM, "it was stopped (SIGTERM)"),
            (8.0, None, "its process died (SIGKILL): most often the machine had no memory left"),
        ):
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, text=True)
            time.sleep(seconds)
            if how:
                os.killpg(run.pid, how)
            else:  # as the kernel does it: the largest process, and nobody else
                for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split():
                    os.kill(int(child), signal.SIGKILL)
            said = run.communicate(timeout=10)[1]
            with duckdb.connect(str(database), read_only=True) as con:
                assert one(con, "select count(*) from published_version") == 1
            if sentence:
                status = json.loads(kpi(copy_of_small, "status", "--json").stdout)["last_night"]
                assert (run.returncode, sentence in said, status["outcome"], sentence in status["reasons"][0]) == (1, True, "failed", True), said
                assert sentence in (copy_of_small / "published" / "leadership.html").read_text(), "the page carries it"
        plain_night(Paths.at(copy_of_small), AS_OF)
        with duckdb.connect(str(database), read_only=True) as con:
            assert one(con, "select value from kpi_daily where campaign = 'extra'") == 5

    def test_a_night_killed_after_publishing_is_not_published_twice(self, copy_of_small: Path) -> None:
        """P14: the version is there, only the word of it is missing; the next run finds out and writes it."""
        (copy_of_small / "inbox" / "wechat_main" / "counts_late.csv").write_text("metric,day,value,campaign\ncontent_reads,2026-06-30,5,extra\n")
        script = """
import os, signal, sys
from datetime import date
from pipelines.commands import night
from pipelines.paths import Paths
night._end = lambda *ending: os.kill(os.getpid(), signal.SIGKILL)
night.run(Paths.at(sys.argv[1]), date.fromisoformat(sys.argv[2]), None)
"""
        died = subprocess.run([sys.executable, "-c", script, str(copy_of_small), AS_OF.isoformat()], capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL
        told = json.loads(kpi(copy_of_small, "status", "--json").stdout)
        assert (told["version"], told["last_night"]["outcome"]) == (f"{AS_OF.isoformat()}.2", "died")
        again = kpi(copy_of_small, "run", "--as-of", AS_OF.isoformat())
        assert (again.returncode, "nothing new" in again.stdout) == (0, True), again.stdout + again.stderr
        told = json.loads(kpi(copy_of_small, "status", "--json").stdout)
        assert (told["version"], told["last_night"]["outcome"]) == (f"{AS_OF.isoformat()}.2", "published")


def test_versions_are_named_for_their_run_date(demo_home: Path) -> None:
    manifest = json.loads((demo_home / "published" / "manifest.json").read_text())
    assert date.fromisoformat(manifest["as_of"]) == AS_OF
    assert (demo_home / "published" / "versions" / manifest["version"] / "kpi.duckdb").is_file()
