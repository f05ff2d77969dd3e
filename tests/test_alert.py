"""P25: a night that was not published is told by the operator's own command; the telling changes nothing of the night.

Belongs here: which commands are run, with what, and what is said when they cannot be. Never here: why a night is held.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expectations.problems import Refused
from pipelines import alert
from pipelines.cli import main
from pipelines.commands import night
from pipelines.durable import read_json
from pipelines.paths import Paths

FAILED: dict[str, Any] = {"outcome": "failed", "step": "landing", "reasons": ["disk; $(touch owned) `id`"], "seconds": 1, "mended": []}
Declare = Callable[..., Path]


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Writes a program that leaves what it was given in `told`, or does what it is told to do, and declares it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("KPI_PERSON_KEY", "a long and random secret")

    def write(does: str = "", *more: str) -> Path:
        told, program = tmp_path / "told", tmp_path / "tell"
        keep = f"import json, os, sys; json.dump([sys.argv[1:], json.load(sys.stdin), dict(os.environ)], open({str(told)!r}, 'w'))"
        program.write_text(f"#!{sys.executable}\n{does or keep}\n")
        program.chmod(0o755)
        settings = tmp_path / "settings" / "kpi-attribution"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "alert.toml").write_text(f"command = {json.dumps([str(program), *more])}\n")
        return told

    return write


def test_without_a_declared_command_nobody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert alert.command() is None
    assert alert.tell(tmp_path, FAILED) == ""


def test_a_failed_night_is_told_on_standard_input_and_nothing_of_it_in_the_words(declare: Declare, tmp_path: Path) -> None:
    told = declare("", "--to", "$(ops)")
    paths = Paths.at(tmp_path / "home")
    assert night._end(paths, dict(FAILED), as_json=True) == 1
    words, status, environment = json.loads(told.read_text())
    assert words == ["--to", "$(ops)"]
    assert (status["home"], status["outcome"], status["reasons"]) == (str(paths.home), "failed", FAILED["reasons"])
    assert set(environment) <= {*alert.HANDED_ON, "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}, "no key, no address of a database"
    assert "alert" not in read_json(paths.status)


def test_how_a_night_ended_is_told_though_the_disk_takes_no_word_of_it(
    declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """P02, as it fills up while a night publishes: its reasons were lost, and the operator read of a device without a name."""

    def full(*words: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(night, "write_json", full)
    told = declare()
    assert night._end(Paths.at(tmp_path / "home"), dict(FAILED), as_json=False) == 1
    said = capsys.readouterr().err
    assert FAILED["reasons"][0] in said
    assert "could not be written down (No space left on device)" in said
    assert "could not be written down" in json.loads(told.read_text())[1]["mended"][0]


def test_a_declaration_spoilt_while_a_night_is_at_work_changes_nothing_of_it(declare: Declare, tmp_path: Path) -> None:
    declare()
    (tmp_path / "settings" / "kpi-attribution" / "alert.toml").write_text("command = [")
    paths = Paths.at(tmp_path / "home")
    assert night._end(paths, FAILED | {"outcome": "held"}, as_json=True) == 3
    assert "nobody was told" in str(read_json(paths.status)["alert"])


def test_refused_tables_are_told_too(declare: Declare, tmp_path: Path) -> None:
    told = declare()
    company = tmp_path / "home" / "company"
    company.mkdir(parents=True)
    (company / "accounts.csv").write_text("account_id,platform,colour\nx,y,red\n")
    assert main(["--home", str(tmp_path / "home"), "run"]) == 2
    assert "accounts.csv line 1" in json.loads(told.read_text())[1]["reasons"][0]
    assert not (tmp_path / "home" / "state").exists(), "nothing was touched"


def test_a_published_night_is_told_to_nobody(declare: Declare, tmp_path: Path) -> None:
    told = declare()
    assert night._end(Paths.at(tmp_path / "home"), FAILED | {"outcome": "published", "nothing_new": True, "set_aside": []}, as_json=True) == 0
    assert not told.exists()


BROKEN = {
    "ends badly": ("import sys; sys.exit(3)", "perhaps nobody was told: {} ended with 3"),
    "reads nothing": ("import sys; sys.stdin.close(); sys.exit(4)", "perhaps nobody was told: {} ended with 4"),
    "does not end": ("import subprocess; subprocess.run(['sleep', '77.125'])", "perhaps nobody was told: {} had not ended after 1 s"),
    "is no program": (None, "nobody was told: {} cannot be run (Permission denied)"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_command_that_fails_is_said_and_changes_nothing_of_the_night(
    how: str, declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    does, sentence = BROKEN[how]
    declare(does or "")
    program, paths = tmp_path / "tell", Paths.at(tmp_path / "home")
    if does is None:
        program.chmod(0o644)
    monkeypatch.setattr(alert, "SECONDS", 1 if how == "does not end" else 30)
    began = time.monotonic()
    assert night._end(paths, FAILED | {"reasons": ["x" * 200_000]}, as_json=False) == 1
    assert time.monotonic() - began < 20
    status = read_json(paths.status)
    assert (status["outcome"], status["alert"]) == ("failed", sentence.format(program))
    assert sentence.format(program) in capsys.readouterr().err
    assert main(["--home", str(paths.home), "status"]) == 0
    assert sentence.format(program) in capsys.readouterr().out
    left = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()] if how == "does not end" else []
    assert not [line for line in left if b"77.125" in line], "what it started is ended with it"


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ('command = "tell ops"', 0o600, "is no list of words"),
        ("command = []", 0o600, "is no list of words"),
        ('command = ["tell"]', 0o600, "is no list of words"),
        ('command = ["/bin/true", 1]', 0o600, "is no list of words"),
        ('command = ["/bin/true"]\nshell = true', 0o600, "is no list of words"),
        ("command = [", 0o600, "cannot be read"),
        ('command = ["/bin/true"]', 0o620, "can be written by others"),
        ('command = ["/bin/true"]', 0o602, "can be written by others"),
    ],
)
def test_a_declaration_that_could_be_anybodys_is_refused_before_anything_is_touched(
    text: str, mode: int, why: str, declare: Declare, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declare()
    file = tmp_path / "settings" / "kpi-attribution" / "alert.toml"
    file.write_text(text)
    file.chmod(mode)
    assert stat.S_IMODE(os.stat(file).st_mode) == mode
    with pytest.raises(Refused, match=why):
        alert.command()
    (tmp_path / "home" / "company").mkdir(parents=True)
    assert main(["--home", str(tmp_path / "home"), "run"]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "home" / "state").exists()


def test_a_long_reason_keeps_what_is_wrong_at_its_end() -> None:
    """Of a model that fails, dbt says the path first and the fault last, many lines later."""
    from pipelines.commands.outcome import in_one_line

    said = in_one_line("Runtime Error in model int_bridge_lags\n" + "  File x, line 1\n" * 99 + "ValueError: (0,36) (74,36)")
    assert said.startswith("Runtime Error in model int_bridge_lags")
    assert said.endswith("ValueError: (0,36) (74,36)")
    assert len(said) < 420
    assert in_one_line("short\nreason") == "short reason"
