"""Faults of the process of a night and of what it keeps for itself: it dies, it is stopped, its own records are damaged, its settings are wrong.

Belongs here: P05, P07, P10, P22, P26, P27 of the fault matrix where no whole night is needed. Never here: writing calls (test_machine.py).
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import shlex
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.shapes import write_empty
from pipelines import building, dagster_home, transform
from pipelines.apart import Died, Stopped, apart
from pipelines.cli import main
from pipelines.dagster_home import make_ready
from pipelines.durable import only_one
from pipelines.night import begin
from pipelines.paths import Paths
from tests.conftest import AS_OF, UGLY, kpi


def _beyond_its_memory() -> dict[str, Any]:
    import resource

    import numpy as np

    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    return {"rows": len(np.ones(1 << 30))}


SETTINGS = "telemetry:\n  enabled: false\n"
DEATHS: dict[str, tuple[Callable[[], Any], str]] = {
    "ended by the kernel": (lambda: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
    "aborted by an engine": (lambda: (faulthandler.disable(), os.abort()), "SIGABRT"),
    "gone without a word": (lambda: os._exit(5), "code 5"),
    "refused by the allocator": (_beyond_its_memory, "code 1"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_process_that_dies_leaves_somebody_who_says_so(death: str) -> None:
    """P07: no `except` meets an engine without memory; what to do is said all the same."""
    work, how = DEATHS[death]
    with pytest.raises(Died, match=rf"its process died \({how}\): most often the machine had no memory left"):
        apart(work)
    assert apart(lambda: {"outcome": "published"}) == {"outcome": "published"}


@pytest.mark.parametrize("deaf", [False, True])
def test_a_stop_is_passed_on_and_ends_what_does_not_hear_it(deaf: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """P05: what is computing in C hears no signal; it is gone within ten seconds anyhow."""
    monkeypatch.setattr("pipelines.apart.GRACE_SECONDS", 1)

    def work() -> dict[str, Any]:
        if deaf:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
        return {"outcome": "published"}

    before, began = signal.getsignal(signal.SIGTERM), time.monotonic()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(Stopped, match="SIGTERM"):
        apart(work)
    assert time.monotonic() - began < 10
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_night_that_is_done_before_the_stop_reaches_it_is_done() -> None:
    def work() -> dict[str, Any]:
        time.sleep(0.2)
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(0.2)
        return {"outcome": "published"}

    assert apart(work)["outcome"] == "published"


def _locked(file: Path) -> Any:
    con = sqlite3.connect(file, isolation_level=None)
    con.execute("begin exclusive")
    return con


@pytest.mark.parametrize("damage", [b"SQLite format 3\0" + bytes(90), b"no record at all" * 99])
def test_a_record_of_runs_that_cannot_be_read_is_set_aside(damage: bytes, tmp_path: Path) -> None:
    """P26: the record of runs is Dagster's, and no number depends on it; a night must not fail by it until somebody deletes it."""
    record = tmp_path / "dagster" / "history" / "runs.db"
    record.parent.mkdir(parents=True)
    with sqlite3.connect(record) as con:
        con.execute("create table runs as select 1 as run")
    make_ready(tmp_path / "dagster", SETTINGS)
    assert record.is_file(), "a whole record stays"
    record.write_bytes(damage)
    make_ready(tmp_path / "dagster", SETTINGS)
    assert not record.exists()
    assert (tmp_path / "dagster.damaged" / "history" / "runs.db").read_bytes() == damage


@pytest.mark.parametrize(("written", "stays"), [("storage: {sqlite: {base_dir: x}}", True), ("", False), ("{{{ :", False), ("\0", False)])
def test_settings_of_dagster_that_are_none_are_written_again(written: str, stays: bool, tmp_path: Path) -> None:
    """P26: what somebody wrote into them is his; half a file is nobody's, and would fail every night."""
    file = tmp_path / "dagster.yaml"
    file.write_text(written)
    make_ready(tmp_path, SETTINGS)
    assert file.read_text() == (written if stays else SETTINGS)


def test_a_record_of_runs_that_somebody_holds_stays_and_is_named(tmp_path: Path) -> None:
    """P26: `make dev` may be at work in it."""
    from sqlalchemy.exc import OperationalError

    file = tmp_path / "dagster" / "history" / "runs.db"
    file.parent.mkdir(parents=True)
    held = _locked(file)
    make_ready(tmp_path / "dagster", SETTINGS)
    held.close()
    assert file.is_file()
    said = dagster_home.said_of(OperationalError("insert into runs", {}, Exception("database is locked")), tmp_path)
    assert "database is locked" in said
    assert "insert" not in said
    assert dagster_home.said_of(ValueError("another"), tmp_path) == ""


def test_a_parsed_project_that_was_cut_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P22: dbt writes it anew every night, so a night can die over it; the stamp beside it is right, and it is not."""
    paths = Paths.at(tmp_path)
    parsed: list[Paths] = []

    def parse(of: Paths) -> None:
        parsed.append(of)
        of.dbt_target.mkdir(parents=True, exist_ok=True)
        (of.dbt_target / "manifest.json").write_text(json.dumps({"nodes": {}}))

    monkeypatch.setattr(transform, "parse", parse)
    for damage, times in (("", 1), ("", 1), ('{"nod', 2), ("", 2), ("[]", 3)):
        if damage:
            (paths.dbt_target / "manifest.json").write_text(damage)
        assert transform.manifest(paths) == {"nodes": {}}
        assert len(parsed) == times


def test_another_project_is_not_parsed_as_a_patch_of_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P22: after a step back to code without a model, dbt looked for it for its unit tests, and every night failed."""
    paths = Paths.at(tmp_path)
    last = paths.dbt_target / "partial_parse.msgpack"
    last.parent.mkdir(parents=True)
    last.write_bytes(b"of another project")
    there: list[bool] = []
    monkeypatch.setattr(building, "_invoke", lambda *_: there.append(last.exists()))
    building.parse(paths)
    building.parse(paths)
    assert there == [False, False]


def test_models_are_built_again_over_what_stands(copy_of_small: Path) -> None:
    """A table is made under its own name: what a build by hand left there is put away, and nothing stands beside it."""
    paths = Paths.at(copy_of_small)
    begin(paths, AS_OF)

    def built() -> list[tuple[str, str, int]]:
        models = ("--select", "+accounts", "+int_visits_begun", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        assert building.wrong(building.build(paths, *models)) == ""
        found = []
        for file in (paths.warehouse_building, paths.candidate):
            with duckdb.connect(str(file), read_only=True) as con:
                found += con.sql("select schema_name, table_name, estimated_size from duckdb_tables() order by all").fetchall()
        return found

    first = built()
    assert {"accounts", "int_visits_begun"} < {name for _, name, _ in first}
    assert not [name for _, name, _ in first if "__dbt" in name]
    assert built() == first


def test_a_command_looks_for_garbage_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, ...]] = []
    monkeypatch.setattr(gc, "set_threshold", lambda *numbers: said.append(numbers))
    main(["--home", str(tmp_path), "status"])
    assert said[0][0] > 10_000


def test_a_command_that_is_told_can_be_copied_into_a_shell() -> None:
    home = Path(f"/somewhere/{UGLY}")
    assert shlex.split(Paths(home).kpi) == ["kpi", "--home", str(home)]
    assert Paths(Path("/srv/acme")).kpi == "kpi --home /srv/acme"


@pytest.mark.parametrize("name", ["a#b", "a?b", "a*", "[2026]", "two\nlines", "\udce4"])
def test_a_home_that_an_engine_could_not_open_is_refused_before_it_is_made(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P27: a night used to be held by it after a minute, with a line of SQL for a reason."""
    assert main(["--home", str(tmp_path / name), "init"]) == 2
    assert "move the home" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"PAR1"])
def test_an_empty_table_of_the_landing_that_was_damaged_is_written_again(damage: bytes, tmp_path: Path) -> None:
    """P16: it belongs to no file that could be read again, and failed every night until somebody deleted it."""
    write_empty(tmp_path)
    files = sorted((tmp_path / "empty").glob("*.parquet"))
    assert len(files) > 5
    for file in files:
        file.write_bytes(damage)
    write_empty(tmp_path)
    assert {pl.read_parquet(file).height for file in files} == {0}


def test_a_backfill_beside_a_night_at_work_is_refused(copy_of_small: Path) -> None:
    """P10: whichever of the two comes second does nothing, and says who is at work."""
    with only_one(Paths.at(copy_of_small).lock):
        done = kpi(copy_of_small, "backfill", "2026-04-01", "2026-06-30")
    assert (done.returncode, str(os.getpid()) in done.stderr) == (75, True), done.stderr


def test_settings_tables_sources_and_environment_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """P27: all that is wrong is said the first time, each with its place, and nothing is made: not even a key."""
    home, company = tmp_path / "home", tmp_path / "home" / "company"
    company.mkdir(parents=True)
    (company / "company.toml").write_text('time_zone = "Mars/Olympus"\ncolour = "red"\n')
    (company / "accounts.csv").write_text("account_id,platform,colour\nx,y,red\n")
    (company / "sources.toml").write_text('[[source]]\nname = "shop"\nrequird = true\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    places = ["company.toml line 1", "company.toml line 2", "accounts.csv line 1", "sources.toml line 1"]
    for key, told in (("short", ["KPI_PERSON_KEY"]), (None, [])):
        monkeypatch.delenv("KPI_PERSON_KEY", raising=False)
        if key:
            monkeypatch.setenv("KPI_PERSON_KEY", key)
        assert main(["--home", str(home), "run"]) == 2
        said = capsys.readouterr().err
        assert [place for place in (*places, *told) if place not in said] == [], said
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["accounts.csv", "company", "company.toml", "home", "sources.toml"]
