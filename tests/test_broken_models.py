"""The project of models is broken on the disk, or its engine gets no memory (P22, P07): the night says which, keeps the version, and heals.

Belongs here: nights of a damaged copy of the product. Never here: wrong numbers (test_guards.py), a damaged home (test_stops.py, test_soak.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import AS_OF, REPOSITORY, kpi

MODEL, PROFILE = "models/intermediate/int_counted.sql", "profiles.yml"
# What is done to a file of the project, how the night must end, and what it must say.
BREAKS = {
    "a model that cannot be parsed": (MODEL, lambda sql: "select {{ nothing_known( }}", 3, "Compilation Error in model int_counted"),
    "a model that cannot be run": (MODEL, lambda sql: f"{sql}\nwhere no_such_column = 1\n", 3, "int_counted: Runtime Error"),
    "a unit test that is none": ("models/intermediate/broken.yml", lambda _: "unit_tests: [{name: x}]", 3, "broken.yml"),
    "an engine without memory": (
        PROFILE,
        lambda text: text.replace("TimeZone: UTC", "TimeZone: UTC\n        memory_limit: 12MB\n        max_temp_directory_size: 0KB"),
        1,
        "Out of Memory Error",
    ),
}


@pytest.mark.skipif(not os.environ.get("KPI_FAULTS"), reason="eight nights: `make faults`")
@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_project_is_named_and_the_night_after_is_whole(broken: str, copy_of_small: Path, tmp_path: Path) -> None:
    file, change, code, sentence = BREAKS[broken]
    product = tmp_path / "product"
    for room in ("assets", "expectations", "pipelines", "dbt_project"):
        shutil.copytree(REPOSITORY / room, product / room, ignore=shutil.ignore_patterns("__pycache__", "target"))
    path = product / "dbt_project" / file
    path.write_text(change(path.read_text(encoding="utf-8") if path.is_file() else ""), encoding="utf-8")  # type: ignore[no-untyped-call]
    manifest = copy_of_small / "published" / "manifest.json"
    before = manifest.read_bytes()
    command = [sys.executable, "-m", "pipelines.cli", "--home", str(copy_of_small), "run", "--as-of", AS_OF.isoformat(), "--json"]
    done = subprocess.run(command, cwd=product, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == code, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert [reason for reason in told["reasons"] if sentence in reason], told
    assert manifest.read_bytes() == before
    assert told["reasons"][0][:30] in (copy_of_small / "published" / "leadership.html").read_text(encoding="utf-8")
    assert kpi(copy_of_small, "run", "--as-of", AS_OF.isoformat()).returncode == 0
    tables = [json.loads(raw)["tables"] for raw in (before, manifest.read_bytes())]
    own = ("data_quality", "published_version")
    assert {name: table for name, table in tables[0].items() if name not in own} == {
        name: table for name, table in tables[1].items() if name not in own
    }
