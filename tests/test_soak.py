"""One home through thirty faults in a row, nothing mended in between (P29): what it publishes in the end is what a home of the same files publishes.

Belongs here: what can happen to a machine between two mornings, drawn by a seed. Never here: bad files (tests/faults), damage to what cannot be
rebuilt (the archive's bytes, the company's tables).
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.paths import Paths
from tests.conftest import AS_OF, SCORE, kpi, one

SEED = int(os.environ.get("KPI_SOAK_SEED", "7"))
TIMES = int(os.environ.get("KPI_SOAK", "30"))
KPI = str(Path(sys.executable).with_name("kpi"))
ENDS = (0, 1, 3)  # published, failed, held: whatever happened, somebody said how it ended
LATEST = 40.0  # seconds after which a night is over, or as good as over

Dice = random.Random
Fault = Callable[[Path, Dice], int]


def night(home: Path, before: Callable[[], object] | None = None) -> subprocess.Popen[bytes]:
    words = [KPI, "--home", str(home), "run", "--as-of", AS_OF.isoformat()]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=before)


def ended(home: Path, before: Callable[[], object] | None = None) -> int:
    return night(home, before).wait(900)


def _after_a_while(home: Path, dice: Dice, do: Callable[[subprocess.Popen[bytes]], object]) -> int:
    run = night(home)
    try:
        return run.wait(dice.uniform(0.3, LATEST))
    except subprocess.TimeoutExpired:
        do(run)
        return run.wait(60)


def power_cut(home: Path, dice: Dice) -> int:
    code = _after_a_while(home, dice, lambda run: os.killpg(run.pid, signal.SIGKILL))
    return 1 if code == -signal.SIGKILL else code


def out_of_memory(home: Path, dice: Dice) -> int:
    def kill_the_larger(run: subprocess.Popen[bytes]) -> None:
        for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    return _after_a_while(home, dice, kill_the_larger)


def stopped(home: Path, dice: Dice) -> int:
    return _after_a_while(home, dice, lambda run: run.send_signal(signal.SIGTERM))


def small_memory(home: Path, dice: Dice) -> int:
    limit = dice.randint(600, 3000) << 20
    return ended(home, lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))


def no_room(home: Path, dice: Dice) -> int:
    limit = dice.choice((1, 40, 300, 1000, 3000, 9000)) << 10
    return ended(home, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))


def own_file_damaged(home: Path, dice: Dice) -> int:
    kept = ("warehouse.duckdb", "state/status.json", "state/dbt/*.json", "state/dbt/*.msgpack", "state/dagster/history/*.db", "state/dagster/*.yaml")
    victim = dice.choice(sorted(path for pattern in (*kept, "landing/[0-9a-f]*/*") for path in home.glob(pattern)))
    whole = victim.read_bytes()
    victim.chmod(0o644)
    victim.write_bytes(dice.choice((b"", whole[: len(whole) // 2], whole[:-30], whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))))
    return ended(home)


def own_folder_gone(home: Path, dice: Dice) -> int:
    victim = home / dice.choice(("landing", "state", "state/dbt", "state/dagster", "state/rules", "quarantine", "warehouse.duckdb"))
    shutil.rmtree(victim) if victim.is_dir() else victim.unlink(missing_ok=True)
    return ended(home)


def published_file_damaged(home: Path, dice: Dice) -> int:
    """Gone under its published name, or cut under both of its names."""
    victim = home / "published" / dice.choice(("kpi.duckdb", "leadership.html", "manifest.json", "scorecard.parquet"))
    if dice.random() < 0.5:
        victim.unlink()
    else:
        victim.chmod(0o644)
        os.truncate(victim, victim.stat().st_size // 2)
    return ended(home)


def foreign_log(home: Path, dice: Dice) -> int:
    for name in ("warehouse.duckdb.wal", "published/kpi.duckdb.wal", "published/.kpi.duckdb.new", "archive/.tmp-x", "landing/.tmp-x"):
        (home / name).write_bytes(dice.randbytes(512))
    return ended(home)


FAULTS: tuple[Fault, ...] = (
    power_cut, out_of_memory, stopped, small_memory, no_room, own_file_damaged, own_folder_gone, published_file_damaged, foreign_log,
)  # fmt: skip


def content(home: Path) -> dict[str, str]:
    tables = json.loads((home / "published" / "manifest.json").read_text())["tables"]
    return {name: table["content_hash"] for name, table in tables.items() if name not in ("data_quality", "published_version")}


@pytest.mark.skipif(not os.environ.get("KPI_FAULTS"), reason="thirty nights that fail: `make faults`")
def test_thirty_faults_in_a_row_change_nothing_in_the_end(
    copy_of_small: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """P29. Replay: KPI_FAULTS=1 KPI_SOAK_SEED=7 KPI_SOAK=30 pytest tests/test_soak.py"""
    home, dice, paths, told = copy_of_small, Dice(SEED), Paths.at(copy_of_small), []
    for turn in range(TIMES):
        new = home / "inbox" / "wechat_main" / AS_OF.isoformat() / f"counts_{turn}.csv"
        new.parent.mkdir(exist_ok=True)
        new.write_text(f"metric,day,value,campaign\ncontent_reads,2026-06-{1 + turn % 30:02},{dice.randint(1, 999)},c{turn % 9}\n")
        fault = dice.choice(FAULTS)
        code = fault(home, dice)
        told.append(f"{turn} {fault.__name__} {code}")
        assert code in ENDS, told
        with duckdb.connect(str(paths.database), read_only=True) as con:
            assert one(con, "select version from published_version") == json.loads(paths.manifest.read_text())["version"], told
        assert kpi(home, "status").returncode == 0, told
    done = kpi(home, "run", "--as-of", AS_OF.isoformat())
    assert done.returncode == 0, (told, done.stderr)
    clean = tmp_path / "clean"
    for folder in ("company", "inbox"):
        shutil.copytree(home / folder, clean / folder)
    assert kpi(clean, "run", "--as-of", AS_OF.isoformat()).returncode == 0
    assert content(home) == content(clean), told
    assert kpi(home, "verify").returncode == 0, told
    left = [path for pattern in ("*.wal", ".*.new", ".tmp-*", ".old-*") for path in home.rglob(pattern) if paths.building not in path.parents]
    assert left == [], told
    record_property(SCORE, f"soak: {TIMES} faults in a row (seed {SEED}) on one home, final content that of a clean night")
