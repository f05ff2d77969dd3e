"""A company of two accounts over two nights, small enough to work out by hand: what explaining and reorganising are asked about.

Belongs here: the files dropped and the nights run. Never here: what must come of it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from tests.worlds import World

OWNERSHIP = "profile,function,department,role,share,valid_from,valid_to,reason,approved_by"
COUNTS = [
    "metric,day,value,campaign",
    "content_reads,2026-03-02,{first},",
    "content_reads,2026-03-02,1000,spring",
    "content_reads,2026-03-04,30,",
    "reach_unique,2026-03-02,400,",
    "social_engagements,2026-03-02,60,",
    "followers_total,2026-03-02,500,",
    "store_page_views,2026-03-02,70,",
]
ORDERS = [
    "order,person,at,value,currency",
    "o1,p1,2026-03-02T10:00:00+08:00,100,CNY",
    "o2,p2,2026-03-02T11:00:00+08:00,50,CNY",
    "o3,p1,2026-03-04T11:00:00+08:00,25,CNY",
]


def two_nights(home: Path) -> World:
    """The first night believes 20 reads of 2 March, the second 22: the same export came again."""
    world = World(home)
    world.account("blog")
    world.account("shop", platform="shop", surface="product")
    world.drop("blog", "counts_march.csv", [line.format(first=20) for line in COUNTS], "2026-03-05")
    world.drop("shop", "orders_march.csv", ORDERS, "2026-03-05")
    world.night(date(2026, 3, 6))
    world.drop("blog", "counts_march.csv", [line.format(first=22) for line in COUNTS], "2026-03-08")
    world.night(date(2026, 3, 10))
    return world


_BUILT: list[World] = []


def shared(factory: pytest.TempPathFactory) -> World:
    """The same company for every module of a session that only looks at it: two nights are what such a test costs."""
    if not _BUILT:
        _BUILT.append(two_nights(factory.mktemp("organisations") / "home"))
    return _BUILT[0]


def copy_of(world: World, home: Path) -> World:
    """A home of its own for a test that breaks something."""
    shutil.copytree(world.paths.home, home, symlinks=True)
    copied = World.__new__(World)
    copied.paths, copied.as_of, copied.accounts = type(world.paths).at(home), world.as_of, dict(world.accounts)
    return copied


def tree(home: Path) -> dict[str, str]:
    """Every file of a home and a hash of it, but for the pages that somebody asked for."""
    files = [path for path in home.rglob("*") if path.is_file() and "reports" not in path.relative_to(home).parts]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Said:
    """Types a command and keeps what it said."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self._world, self._capsys = world, capsys

    def __call__(self, *words: str) -> tuple[int, str]:
        code = main(["--home", str(self._world.paths.home), *words])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def json(self, *words: str) -> Any:
        code, told = self(*words, "--json")
        assert code == 0, told
        return json.loads(told)
