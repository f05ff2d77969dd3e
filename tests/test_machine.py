"""What the machine does to a night: death and errors at any call that writes, full and read-only disks, damaged files of our own, other zones.

Belongs here: faults of the process, the disk and the clock (P01 to P31 of the fault matrix). Never here: bad input (test_faults.py).
"""

from __future__ import annotations

import builtins
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.archive import receipts, receive, verify
from assets.versions import put_in_place
from pipelines.cli import main
from pipelines.paths import Paths
from tests.conftest import AS_OF, kpi, one

NOW = datetime(2026, 3, 20, 9)
CALLS = ("replace", "link", "fsync", "fchmod", "unlink")
ERRORS = {"no space": errno.ENOSPC, "a bad disk": errno.EIO, "no right": errno.EACCES}
DIED = 9
STEP = 1 if os.environ.get("KPI_FAULTS") else 3  # every call with `make faults`, every third otherwise


class Machine:
    """Counts every call that writes; the k-th one fails, or the process is gone, and of a write only half is on the disk."""

    def __init__(self, k: int, error: int | None) -> None:
        self.k, self.error, self.calls = k, error, 0

    def meets(self) -> bool:
        self.calls += 1
        return self.calls == self.k

    def fails(self, name: str) -> None:
        if self.error is None:
            os._exit(DIED)
        raise OSError(self.error, os.strerror(self.error), name)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(os, name, self._counted(name, getattr(os, name)))
        patch.setattr(builtins, "open", self._opened(builtins.open))

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*words: Any, **more: Any) -> Any:
            if self.meets():
                self.fails(name)
            return call(*words, **more)

        return counted

    def _opened(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", *words: Any, **more: Any) -> Any:
            handle = call(file, mode, *words, **more)
            if not set(mode) & set("wax+"):
                return handle
            write = handle.write

            def torn(data: Any) -> Any:
                if self.meets():
                    write(data[: len(data) // 2])
                    handle.flush()
                    self.fails("write")
                return write(data)

            handle.write = torn
            return handle

        return opened


def at_every_call(work: Callable[[], object], error: int | None) -> Iterator[int]:
    """Runs the work with one writing call after another failing, until it has no such call; yields after each failure."""
    for k in range(1, 500, STEP):
        machine = Machine(k, error)
        if error is None:
            child = os.fork()
            if child == 0:
                try:
                    with pytest.MonkeyPatch.context() as patch:
                        machine.install(patch)
                        work()
                finally:
                    os._exit(0)
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != DIED:
                return
        else:
            try:
                with pytest.MonkeyPatch.context() as patch:
                    machine.install(patch)
                    work()
            except OSError as failed:
                if failed.errno != error:
                    raise
            if machine.calls < k:
                return
        yield k
    raise AssertionError("the work never ends")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


FAULTS = {"killed": None, **ERRORS}


@pytest.mark.parametrize("fault", FAULTS)
def test_receiving_loses_nothing_whatever_call_fails(fault: str, tmp_path: Path) -> None:
    """P01 to P04, P06: the archive is begun from nothing each time, and one plain run after the fault makes it what it would have been."""
    inbox, clean = tmp_path / "inbox", tmp_path / "clean"
    for name, data in (("a/2026-03-01/counts.csv", b"one"), ("a/2026-03-02/counts.csv", b"two"), ("b/counts.csv", b"three" * 1000)):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(data)
    (inbox / "a" / "link.csv").symlink_to("/etc/hostname")
    receive(inbox, clean, NOW)
    tried = 0
    archive = tmp_path / "archive"
    for k in at_every_call(lambda: receive(inbox, archive, NOW), FAULTS[fault]):
        tried += 1
        for receipt in receipts(archive):
            assert (archive / receipt.file_hash).is_file(), f"call {k}: a receipt without its bytes"
        receive(inbox, archive, NOW)
        assert tree(archive) == tree(clean), f"call {k}"
        assert verify(archive) == []
        shutil.rmtree(archive)
    assert tried * STEP > 15


@pytest.fixture(scope="module")
def versions(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a second finished version that is not published yet."""
    home = tmp_path_factory.mktemp("versions") / "home"
    shutil.copytree(small_home, home)
    paths = Paths.at(home)
    old, new = paths.versions / f"{AS_OF}.1", paths.versions / f"{AS_OF}.2"
    shutil.copytree(old, new)
    for path in new.iterdir():
        path.chmod(0o644)
    with duckdb.connect(str(new / "kpi.duckdb")) as con:
        con.execute("update published_version set version = ?", [new.name])
    manifest = json.loads((new / "manifest.json").read_text())
    (new / "manifest.json").write_text(json.dumps({**manifest, "version": new.name}))
    (new / "leadership.html").write_text("the second page")
    return home


def published_version(paths: Paths) -> str:
    with duckdb.connect(str(paths.database), read_only=True) as con:
        return str(one(con, "select version from published_version"))


@pytest.mark.parametrize("fault", FAULTS)
def test_publishing_shows_one_version_or_the_other_whatever_call_fails(fault: str, versions: Path, tmp_path: Path) -> None:
    """P01, P03, P04: whoever opens the database meets a whole version, and the next publishing makes everything of one piece."""
    home = tmp_path / "home"
    shutil.copytree(versions, home)
    paths = Paths.at(home)
    old, new = paths.versions / f"{AS_OF}.1", paths.versions / f"{AS_OF}.2"
    tried = 0
    for k in at_every_call(lambda: put_in_place(new, paths.published), FAULTS[fault]):
        tried += 1
        seen = published_version(paths)
        assert seen in (old.name, new.name), f"call {k}"
        assert (json.loads(paths.manifest.read_text())["version"] == new.name) <= (seen == new.name), f"call {k}: the manifest runs ahead"
        put_in_place(new, paths.published)
        assert {name: (paths.published / name).read_bytes() for name in tree(new)} == tree(new)
        assert sorted(path.name for path in paths.published.iterdir() if path.is_file()) == sorted(tree(new)), f"call {k}: something is left over"
        put_in_place(old, paths.published)
    assert tried * STEP > 20


READER = """
import sys, duckdb
seen, torn = set(), 0
print("reading", flush=True)
while not sys.stdin.isatty():
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as con:
            seen.add(con.execute("select version from published_version").fetchone()[0])
            con.execute("select count(*), sum(value) from kpi_daily").fetchone()
    except Exception as broken:
        print(broken, flush=True)
        torn += 1
    import select
    if select.select([sys.stdin], [], [], 0)[0]:
        break
print(len(seen), torn, flush=True)
"""


def test_readers_meet_no_torn_version_during_fifty_publishings(versions: Path, tmp_path: Path) -> None:
    """P13."""
    home = tmp_path / "home"
    shutil.copytree(versions, home)
    paths = Paths.at(home)
    reader = subprocess.Popen([sys.executable, "-c", READER, str(paths.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == "reading"
    for turn in range(50):
        put_in_place(paths.versions / f"{AS_OF}.{turn % 2 + 1}", paths.published)
    said, _ = reader.communicate("enough\n", timeout=60)
    assert said.split()[-1] == "0", said
    assert int(said.split()[-2]) >= 1


def test_a_leftover_log_beside_what_is_published_is_swept_before_the_next_version(versions: Path, tmp_path: Path) -> None:
    """P15: a database renamed beside another one's log could be opened by nobody."""
    home = tmp_path / "home"
    shutil.copytree(versions, home)
    paths = Paths.at(home)
    (paths.published / "kpi.duckdb.wal").write_bytes(b"\0" * 4096)
    put_in_place(paths.versions / f"{AS_OF}.2", paths.published)
    assert published_version(paths) == f"{AS_OF}.2"
    assert not list(paths.published.glob("*.wal"))


def test_our_own_files_damaged_and_another_zone_and_language_change_no_number(copy_of_small: Path) -> None:
    """P15, P16, P18, P21: warehouse zero-filled, a foreign log beside it, a landed file gone, what is published cut; the numbers stay."""
    paths = Paths.at(copy_of_small)
    before = json.loads(paths.manifest.read_text())["tables"]
    raw = paths.warehouse.read_bytes()
    paths.warehouse.chmod(0o644)
    paths.warehouse.write_bytes(raw[: len(raw) // 2] + bytes(8192))
    paths.warehouse.with_name("warehouse.duckdb.wal").write_bytes(b"\0" * 512)
    paths.database.with_name("kpi.duckdb.wal").write_bytes(b"\0" * 512)
    shutil.rmtree(next(path for path in paths.landing.iterdir() if len(path.name) == 64))
    again = next((paths.inbox / "wechat_main").rglob("counts.csv"))
    shutil.copy(again, again.with_name("counts again.csv"))
    # in a home these are two names of one file, in its copy they are two files: nothing can be put back
    for file in (folder / name for folder in (paths.published, paths.versions / f"{AS_OF}.1") for name in ("kpi.duckdb", "manifest.json")):
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:5000])
    done = kpi(copy_of_small, "run", "--as-of", AS_OF.isoformat(), TZ="America/St_Johns", LC_ALL="tr_TR.UTF-8", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "versions/ has no whole copy: made anew from what was received" in done.stdout
    manifest = json.loads(paths.manifest.read_text())
    assert manifest["version"] == f"{AS_OF}.2"
    assert {name: table for name, table in manifest["tables"].items() if name not in ("data_quality", "published_version")} == {
        name: table for name, table in before.items() if name not in ("data_quality", "published_version")
    }
    assert not list(copy_of_small.rglob("*.wal"))
    _damaged_again_with_nothing_new(paths)


def _damaged_again_with_nothing_new(paths: Paths) -> None:
    """P18: put right without a new version, and the run after it has nothing to say any more."""
    known = paths.manifest.read_bytes()
    paths.database.unlink()
    paths.page.unlink()
    assert "NOT as it was published: kpi.duckdb, leadership.html" in kpi(paths.home, "status").stdout
    assert "BAD  published: not as it was published: kpi.duckdb" in kpi(paths.home, "doctor").stdout
    done = kpi(paths.home, "run", "--as-of", AS_OF.isoformat())
    assert done.returncode == 0, done.stderr
    assert "(kpi.duckdb, leadership.html of version" in done.stdout
    assert paths.manifest.read_bytes() == known
    assert kpi(paths.home, "run", "--as-of", AS_OF.isoformat()).stdout.count("\n") == 1
    assert kpi(paths.home, "verify").returncode == 0


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_home_that_cannot_be_written_ends_with_1_before_any_change(
    fault: int, small_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """P19, P08: said in a sentence, and nothing is touched."""
    home = tmp_path / "home"
    shutil.copytree(small_home, home, symlinks=True)
    (home / "inbox" / "wechat_main" / "counts_more.csv").write_text("metric,day,value\ncontent_reads,2026-06-30,5\n")
    before = tree(home)
    opened = os.open

    def closed(path: Any, flags: int, *words: Any, **more: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(path).startswith(str(home)):
            raise OSError(fault, os.strerror(fault), str(path))
        return opened(path, flags, *words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", closed)
        assert main(["--home", str(home), "run", "--as-of", AS_OF.isoformat()]) == 1
    assert os.strerror(fault) in capsys.readouterr().err
    assert tree(home) == before


def test_the_oldest_client_that_is_promised_opens_every_table(small_home: Path) -> None:
    """P30: `KPI_OLD_DUCKDB` is a Python with DuckDB 1.2; `python -m venv old && old/bin/pip install duckdb==1.2.2` makes one."""
    old = os.environ.get("KPI_OLD_DUCKDB")
    if not old:
        pytest.skip("KPI_OLD_DUCKDB names no Python with DuckDB 1.2")
    script = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
tables = [name for (name,) in con.execute("select table_name from information_schema.tables where table_schema = 'main'").fetchall()]
print(duckdb.__version__, *sorted(f"{name}={len(con.execute(f'select * from {name}').fetchall())}" for name in tables))
"""
    paths = Paths.at(small_home)
    done = subprocess.run([old, "-c", script, str(paths.database)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, *counted = done.stdout.split()
    assert version.startswith("1.2.")
    assert counted == sorted(f"{name}={table['rows']}" for name, table in json.loads(paths.manifest.read_text())["tables"].items())
