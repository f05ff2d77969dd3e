"""Strings, names and columns that mean harm or show a person (I26, I27, I34).

Belongs here: what must be shown as text, never opened, or never shown. Never here: packed files (packs.py).
"""

from __future__ import annotations

import os
import socket
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from assets.archive import receive
from assets.landing import land_all
from tests.faults.case import FOLDER, HEADER, NOW, Case, File, fact, facts, kind, one, rows, text
from tests.faults.judge import intake

HOSTILE = {
    "html": "<script>alert(1)</script>", "image": "<img src=x onerror=alert(1)>", "svg": "<svg/onload=alert(1)>",
    "css": "</style><style>*{display:none}</style>", "jinja": "{{ 7*7 }}{% raise %}", "formula": "=cmd|' /C calc'!A0", "at": "@SUM(A1)",
    "plus": "+1+1", "tab": "\t=1+1", "sql": "'; drop table kpi_daily; --", "identifier": 'x"; drop table t; --', "ansi": "\x1b[2J\x1b[31mred",
    "rtl": "\u202egnp.exe", "path": "../../etc/passwd", "null": "NULL", "zero width": "a\u200bb", "format": "%s%n${HOME}`id`", "bell": "a\x07b",
    "long": "x" * 100_000,
}  # fmt: skip


@kind("I26", "strings that are HTML, JS, SVG, CSS, templates, formulas, SQL, ANSI, right-to-left, 1 MB", "shown as text everywhere")
def _hostile() -> Iterator[Case]:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    for name, cell in HOSTILE.items():
        good = rows(f"hostile {name}")
        data = text(((*row, quoted(cell)) for row in good), f"{HEADER},campaign")
        yield one("I26", f"{name} as campaign", File(f"{FOLDER}/counts.csv", data, "N", frozenset(fact(*row, cell) for row in good), records=12))
        data = text([*good, (quoted(cell), "2026-03-18", "1")])
        file = File(f"{FOLDER}/counts.csv", data, "Q", facts(good), records=13, bad=1, rules=frozenset({"unknown_metric", "required_cell_empty"}))
        yield one("I26", f"{name} as metric", file)
        data = text(((*row, "1") for row in good), f"{HEADER},{quoted(cell)}")
        yield one("I26", f"{name} as column", File(f"{FOLDER}/counts.csv", data, "N", facts(good), records=12, says="columns not loaded"))
        if "/" not in cell and cell.isprintable() and len(cell) < 100:
            yield one("I26", f"{name} as file", File(f"{FOLDER}/counts {cell}.csv", text(good), "N", facts(good), records=12))
    good = rows("a megabyte")
    data = text([*((*row, "") for row in good), ("content_reads", "2026-03-18", "1", "x" * (1 << 20))], f"{HEADER},campaign")
    yield one("I26", "a cell of 1 MiB", File(f"{FOLDER}/counts.csv", data, "Q", facts(good), records=13, bad=1, rules=frozenset({"cell_too_long"})))


@kind("I27", "names with ../, absolute, symlink, FIFO, device, newline, 255 bytes", "F, never opened")
def _names() -> Iterator[Case]:
    inside = "acc/2026-03-19"

    def entry(name: str, make: Callable[[Path], None]) -> Callable[[Path], None]:
        def prepare(inbox: Path) -> None:
            path = inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            (inbox.parent / "secret.csv").write_bytes(text(rows("secret")))
            make(path)

        return prepare

    def sock(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as server, _in(path.parent):
            server.bind(path.name)

    makers: dict[str, tuple[str, str, Callable[[Path], None]]] = {
        "symlink out": ("counts.csv", "symlink", lambda p: p.symlink_to(p.parents[3] / "secret.csv")),
        "relative symlink": ("counts.csv", "symlink", lambda p: p.symlink_to("../../../secret.csv")),
        "dangling symlink": ("counts.csv", "symlink", lambda p: p.symlink_to("/nowhere/at/all")),
        "symlink to itself": ("counts.csv", "symlink", lambda p: p.symlink_to(p.name)),
        "symlink to a folder": ("counts", "symlink", lambda p: p.symlink_to("/")),
        "symlink to a device": ("counts.csv", "symlink", lambda p: p.symlink_to("/dev/zero")),
        "fifo": ("counts.csv", "not_a_file", lambda p: os.mkfifo(p)), "socket": ("counts.csv", "not_a_file", sock),
        "newline": ("counts\nforged.csv", "hostile_name", lambda p: put(p)),
        "carriage return": ("counts\r.csv", "hostile_name", lambda p: put(p)), "escape": ("counts\x1b[2J.csv", "hostile_name", lambda p: put(p)),
        "line separator": ("counts\u2028.csv", "hostile_name", lambda p: put(p)),
        "nested folder": ("2026-03-18/counts.csv", "", lambda p: put(p)),
    }  # fmt: skip
    if os.geteuid() == 0 and _may_make_devices():
        makers["device"] = ("counts.csv", "not_a_file", lambda p: os.mknod(p, 0o600 | 0o020000, os.makedev(1, 5)))
    for name, (file, reason, make) in makers.items():
        shown = "".join(c if unicodedata.category(c) not in ("Cc", "Zl") else f"\\u{ord(c):04x}" for c in file)
        told = (f"{inside}/{shown}", reason) if reason else (f"{inside}/2026-03-18", "not_a_date_folder")
        yield Case("I27", name, prepare=entry(f"{inside}/{file}", make), refused=(told,))
    for name, path in {"a stray file": "counts.csv", "a linked account": "linked_account", "a linked date": "acc/2026-03-18"}.items():
        linked: Callable[[Path], None] = put if name == "a stray file" else lambda p: p.symlink_to("/etc")
        yield Case("I27", name, prepare=entry(path, linked), refused=((path, "no_account_folder" if name == "a stray file" else "symlink"),))
    # Names that only look dangerous are names: nothing may be lost by them.
    for file in (
        "counts" + "x" * 245 + ".csv", "counts..%2e%2e%2f.csv", "counts C:\\windows\\x.csv", "counts -rf.csv", "counts $(id).csv", "counts *.csv",
        "counts ~.csv",
    ):  # fmt: skip
        good = rows(file)
        yield one("I27", file[:40], File(f"{inside}/{file}", text(good), "N", facts(good), records=12))


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(rows("never opened")))


class _in:
    """A socket's path may not be long: bind from inside the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self.folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self.before)


def _may_make_devices() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.mknod(f"{folder}/null", 0o600 | 0o020000, os.makedev(1, 3))
        except OSError:
            return False
    return True


CANARIES = ("zoe.canary@example.org", "+86 139 1234 5678", "Zoë Canary-Müller")


@kind("I34", "personal data in an unexpected column", "not loaded, not shown")
def _personal() -> Iterator[Case]:
    for canary in CANARIES:
        for shape, header, line in (
            ("counts", f"{HEADER},who", f"content_reads,2026-03-01,5,{canary}"),
            ("touches", "person,at,channel,note", f"{canary},2026-03-01 10:00:00Z,email,{canary}"),
            ("orders", "order,person,at,value,currency,mail", f"o1,{canary},2026-03-01 10:00:00Z,5,CNY,{canary}"),
            ("activity", "person,at,phone", f"{canary},2026-03-01 10:00:00Z,{canary}"),
        ):
            # The second record is refused: what is shown of it must not show the person either.
            bad = line.replace("2026-03-01", "2026-02-31")
            for name, lines in (("good", [line]), ("good and refused", [line, bad]), ("too many cells", [line, f"{line},{canary}"])):
                data, n = "\n".join([header, *lines, ""]).encode(), len(lines)
                yield Case("I34", f"{canary} in {shape}, {name}", trial=lambda home, s=shape, d=data, n=n: _hidden(home, s, d, n))  # type: ignore[misc]


def _hidden(home: Path, shape: str, data: bytes, n: int) -> list[str]:
    path = home / "inbox" / FOLDER / f"{shape}.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    receive(home / "inbox", home / "archive", NOW)
    [entry] = land_all(home / "archive", home / "landing", intake())
    wrong = [] if (entry.physical_records, entry.accepted, entry.quarantined) == (n, 1, n - 1) else [f"{entry}"]
    shown = [(home / "landing" / entry.file_hash / "file.json").read_text(encoding="utf-8")]
    shown += [str(pl.read_parquet(p).rows()) for p in (home / "landing" / entry.file_hash).glob("*.parquet")]
    return wrong + [f"{canary} is shown: {text[:200]}" for canary in CANARIES for text in shown if canary in text]
