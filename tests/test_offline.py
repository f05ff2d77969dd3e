"""A night calls nobody: no telemetry, no package index, no version check. Wanted by people whose numbers are theirs alone.

Belongs here: one real `kpi run`, watched from inside and, where the kernel lets us, cut off from outside. Never here: what was published.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.worlds import World

# Every Python of the night loads this at its start, dbt's and Dagster's helpers included, because PYTHONPATH is inherited. An audit hook
# cannot be gone around by a library that keeps its own reference to connect(), and cannot be taken off again.
WITNESS = """
import os, sys

def write(kind, text):
    log = os.open(os.environ["NIGHT_WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(log, f"{kind} {text}\\n".encode("utf-8", "replace"))
    os.close(log)

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # anything else is a file on this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if host in (None, "", "localhost", "::1") or str(host).startswith("127."):
        return
    write("called", f"{event} {host}")
    raise OSError(f"a night may call nobody, and called {host}")

sys.addaudithook(watch)
write("began", " ".join(sys.orig_argv))
"""


@dataclass(frozen=True)
class Night:
    """How one watched run ended, and what its witness wrote."""

    home: Path
    code: int
    said: str
    is_cut_off: bool
    began: list[str]
    called: list[str]


def can_be_cut_off() -> bool:
    """Whether this user may make a network of its own with nothing in it."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


def witnessed(folder: Path) -> tuple[dict[str, str], Path]:
    """The environment in which every Python is watched, and the file that the witness writes to."""
    site, log = folder / "site", folder / "witness.txt"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(WITNESS, encoding="utf-8")
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "NIGHT_WITNESS": str(log)}, log


def wrote(log: Path, kind: str) -> list[str]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    return [line.removeprefix(f"{kind} ") for line in lines if line.startswith(f"{kind} ")]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One small company's night through the real command, Dagster and dbt; run once, because it takes half a minute."""
    folder = tmp_path_factory.mktemp("offline")
    world = World(folder / "home")
    world.account("paper")
    world.account("shop", platform="shop", surface="product")
    world.drop("paper", "counts.csv", ["metric,day,value,campaign", "content_reads,2026-03-18,1000,tea"], "2026-03-19")
    world.drop("shop", "orders.csv", ["order,person,at,value,currency", "1,ann,2026-03-18 10:00:00,25,CNY"], "2026-03-19")
    environment, log = witnessed(folder)
    is_cut_off = can_be_cut_off()
    kpi = [str(Path(sys.executable).with_name("kpi")), "--home", str(world.paths.home), "run", "--as-of", "2026-03-20"]
    done = subprocess.run(
        [*(["unshare", "-rn"] if is_cut_off else []), *kpi],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return Night(world.paths.home, done.returncode, done.stdout + done.stderr, is_cut_off, wrote(log, "began"), wrote(log, "called"))


def test_the_witness_would_have_seen_a_call(tmp_path: Path) -> None:
    """Names, connections and datagrams to elsewhere are refused and written down; this machine may talk to itself."""
    environment, log = witnessed(tmp_path)
    script = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
for call in (
    lambda: socket.getaddrinfo("pypi.example", 443),
    lambda: socket.socket().connect(("192.0.2.1", 443)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("192.0.2.1", 53)),
):
    try:
        call()
    except OSError as refused:
        assert "may call nobody" in str(refused), refused
    else:
        raise SystemExit("a call went out")
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in wrote(log, "called")] == ["socket.getaddrinfo", "socket.connect", "socket.sendto"]


def test_a_night_is_published_and_calls_nobody(night: Night) -> None:
    assert night.code == 0, night.said
    assert night.called == []
    assert (night.home / "published" / "kpi.duckdb").is_file()


def test_the_witness_sat_in_the_process_of_the_night(night: Night) -> None:
    """The command, Dagster, dbt and the guards are one process; one that began beside it would be named here, and watched too."""
    assert any("kpi --home" in line for line in night.began)
    assert not [line for line in night.began if "dbt" in line.split("kpi --home")[0]]


def test_a_night_needs_no_network_at_all(night: Night) -> None:
    """The engines written in C and Rust ask no Python before they call; without a network there is nothing to ask."""
    if not night.is_cut_off:
        pytest.skip("unshare -rn is not allowed here: the night ran with its network on, and was only watched")
    assert night.code == 0, night.said
