"""What stands under the published names, looked at again before a night: damaged, half put in place, gone.

Belongs here: versions made of a few small files. Never here: how a version is made, a whole night over a damaged one (test_machine.py).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.versions import drop_old_versions, file_hashes, put_in_place, seal
from pipelines.cli import main
from pipelines.night import say_on_the_page
from pipelines.paths import Paths
from pipelines.standing import RUNNING, finished, not_as_published, put_right
from tests.conftest import AS_OF

PAGE = "<html><!--status--><!--/status--><p>numbers</p></html>"


def version(paths: Paths, number: int, created_at: str = "2026-07-01 09:00:30") -> Path:
    folder = paths.versions / f"{AS_OF}.{number}"
    folder.mkdir(parents=True)
    (folder / "kpi.duckdb").write_text(f"the database of {number}" * 99)
    (folder / "leadership.html").write_text(PAGE.replace("numbers", f"numbers {number}"))
    manifest = {"version": folder.name, "as_of": str(AS_OF), "created_at": created_at, "files": file_hashes(folder)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A home where version 1 is published and the night has said so."""
    paths = Paths.at(tmp_path)
    put_in_place(version(paths, 1), paths.published)
    return paths


def said(paths: Paths) -> dict[str, Any]:
    return {"outcome": "published", "version": f"{AS_OF}.1", "seal": seal(paths.published)}


def cut(file: Path) -> None:
    """In place, as a disk does it: the kept version is the same file."""
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def replaced(file: Path) -> None:
    file.unlink()
    file.write_bytes(b"another")


@pytest.mark.parametrize("name", ["kpi.duckdb", "leadership.html", "manifest.json"])
@pytest.mark.parametrize("damage", [Path.unlink, replaced, cut])
@pytest.mark.parametrize("knows", [True, False])
def test_what_is_damaged_comes_back_from_the_version_that_is_kept_or_is_told(
    name: str, damage: Callable[[Path], None], knows: bool, paths: Paths
) -> None:
    """P18: also where the night before was held and nobody remembers the seal."""
    before = said(paths) if knows else {"outcome": "held", "version": f"{AS_OF}.1"}
    assert put_right(paths, before) == ([], [])
    damage(paths.published / name)
    assert not_as_published(paths, before) == [name]
    mended, lost = put_right(paths, before)
    if damage is cut:
        assert mended == []
        assert f"({name} of version {AS_OF}.1), and versions/ has no whole copy" in lost[0]
    else:
        assert lost == []
        assert f"({name} of version {AS_OF}.1): put in place again from versions/" in mended[0]
        assert put_right(paths, before) == ([], [])


def test_a_flipped_bit_in_the_manifest_is_seen_by_who_remembers_it(paths: Paths) -> None:
    before = said(paths)
    text = paths.manifest.read_text()
    paths.manifest.write_text(text.replace("09:00:30", "09:00:31"))
    assert not_as_published(paths, before) == ["manifest.json"]


def test_only_what_somebody_touched_is_read_again(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    before = said(paths)

    def never(*words: object) -> list[str]:
        raise AssertionError("a night with nothing new must not read what is published")

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.standing.damaged", never)
        assert put_right(paths, before) == ([], [])
    shutil.copytree(paths.published, paths.home / "copy")  # as from a backup: other times, the same bytes
    shutil.rmtree(paths.published)
    (paths.home / "copy").rename(paths.published)
    assert seal(paths.published) != before["seal"]
    assert put_right(paths, before) == ([], [])


def test_the_word_of_a_night_on_a_page_is_no_damage_and_a_cut_page_holds_up_nobody(paths: Paths) -> None:
    told = {"outcome": "held", "reasons": ["two owners"], "finished_at": "now", "version_created_at": "then"}
    say_on_the_page(paths, told)
    assert "two owners" in paths.page.read_text()
    assert put_right(paths, {"outcome": "held"}) == ([], [])
    paths.page.write_bytes(paths.page.read_bytes()[:30] + b"\xff\xfe")
    say_on_the_page(paths, told)
    assert put_right(paths, {"outcome": "held"})[0] != []
    assert paths.page.read_text() == PAGE.replace("numbers", "numbers 1")


@pytest.mark.parametrize("reached", [0, 1, 2])
def test_a_version_that_was_made_and_not_put_in_place_is_put_in_place_and_not_made_again(reached: int, paths: Paths) -> None:
    """P14, between the folder's name and the word of it: none, some or all of its files stand under the published names."""
    began = {"outcome": RUNNING, "began_at": "2026-07-01 09:00:10 UTC", "version": f"{AS_OF}.1", "as_of": str(AS_OF), "fingerprint": "x"}
    assert finished(paths, began) == {}
    made = version(paths, 2, "2026-07-01 09:00:40")
    for name in ("kpi.duckdb", "leadership.html", "manifest.json")[: (0, 1, 3)[reached]]:
        (paths.published / name).unlink()
        (paths.published / name).hardlink_to(made / name)
    put_right(paths, began)
    assert finished(paths, began) == {"as_of": str(AS_OF), "fingerprint": "x", "outcome": "published", "reasons": []}
    assert json.loads(paths.manifest.read_text())["version"] == made.name
    assert paths.database.read_text().startswith("the database of 2")


def test_a_version_of_a_night_before_or_one_that_is_damaged_is_not_taken_for_this_nights(paths: Paths) -> None:
    began = {"outcome": RUNNING, "began_at": "2026-07-01 09:00:10 UTC", "version": f"{AS_OF}.1", "as_of": str(AS_OF), "fingerprint": "x"}
    version(paths, 2, "2026-07-01 09:00:09")
    cut(version(paths, 3, "2026-07-01 09:00:40") / "kpi.duckdb")
    assert finished(paths, began) == {}
    assert finished(paths, began | {"outcome": "failed"}) == {}


def test_a_version_whose_manifest_was_cut_is_dropped_in_its_turn_and_holds_up_no_night(paths: Paths) -> None:
    for number in (2, 3, 4):
        version(paths, number, f"2026-07-0{number} 09:00:00")
    cut(paths.versions / f"{AS_OF}.3" / "manifest.json")
    (paths.versions / "not of ours").mkdir()
    drop_old_versions(paths.versions, keep=2)
    assert sorted(path.name for path in paths.versions.iterdir()) == [f"{AS_OF}.2", f"{AS_OF}.4", "not of ours"]


def test_a_damaged_version_is_not_rolled_back_to(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    cut(paths.versions / f"{AS_OF}.1" / "kpi.duckdb")
    put_in_place(version(paths, 2, "2026-07-02 09:00:00"), paths.published)
    assert main(["--home", str(paths.home), "rollback"]) == 2
    assert "is damaged (kpi.duckdb) and stays where it is" in capsys.readouterr().err
    assert json.loads(paths.manifest.read_text())["version"] == f"{AS_OF}.2"
