"""Days that a spreadsheet wrote back in digits: read when the column settles their order, refused when it does not, in one go and in pieces."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from assets import streamed
from assets.archive import Receipt
from assets.export import Landed, read_export
from assets.streamed import read_streamed
from tests.test_adapters_social import INTAKE

NAME = "Totals.csv"


def receipt() -> Receipt:
    return Receipt("f" * 64, f"youtube/{NAME}", "youtube", datetime.fromisoformat("2026-12-01"), True, 0, "")


def table(*days: str) -> bytes:
    return ("Date,Views\n" + "".join(f"{day},{number}\n" for number, day in enumerate(days, 1))).encode()


def days_of(landed: Landed) -> list[str]:
    return [day.isoformat() for frame in landed.frames.values() for day in frame.sort("value")["day"]]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1/12/2026", "1/13/2026"], ["2026-01-12", "2026-01-13"]),
        (["12/01/2026", "13/01/2026"], ["2026-01-12", "2026-01-13"]),
        (["3-4-2026", "4-4-2026", "5-4-2026"], ["2026-04-03", "2026-04-04", "2026-04-05"]),
        (["3/6/2026", "3/5/2026", "3/4/2026"], ["2026-03-06", "2026-03-05", "2026-03-04"]),
        (["1/13/26", "1/2/26"], ["2026-01-13", "2026-01-02"]),
        (["13/1/26", "14/1/26", "15/1/26"], ["2026-01-13", "2026-01-14", "2026-01-15"]),
        (["2026-01-02", "1/13/2026"], ["2026-01-02", "2026-01-13"]),
        (["4/4/2026"], ["2026-04-04"]),
        (["05.06.2026"], ["2026-06-05"]),
        (["2026/6/5"], ["2026-06-05"]),
    ],
)
def test_a_column_that_settles_the_order_is_read(written: list[str], meant: list[str]) -> None:
    landed = read_export(table(*written), receipt(), INTAKE)
    assert (landed.status, landed.quarantined, days_of(landed)) == ("accepted", 0, meant)


@pytest.mark.parametrize(
    "written",
    [
        ["3/4/2026"],
        ["3/4/2026", "4/4/2026"],
        ["3/4/2026", "4/4/2026", "6/4/2026"],
        # Three months, or three days: a report by month names its firsts.
        ["1/1/2026", "2/1/2026", "3/1/2026"],
        ["1/13/2026", "13/1/2026"],
        # The twentieth of May, or a year in front.
        ["13/1/26", "15/1/26"],
    ],
)
def test_a_column_that_does_not_is_refused_with_what_to_do(written: list[str]) -> None:
    landed = read_export(table(*written), receipt(), INTAKE)
    assert (landed.status, landed.reason, landed.frames) == ("refused", "day_order", {})
    assert "2026-04-03" in str(landed.message)
    assert "'Date'" in str(landed.message)


def test_what_is_no_day_in_either_order_is_set_aside_alone() -> None:
    landed = read_export(table("1/13/2026", "13/13/2026"), receipt(), INTAKE)
    assert (landed.quarantine["rule"].to_list(), days_of(landed)) == (["not_a_day"], ["2026-01-13"])


def test_of_a_long_file_the_whole_column_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "PIECEWISE_FROM", 1)
    monkeypatch.setattr(streamed, "PIECE", 60)
    path = tmp_path / NAME

    def written(form: str) -> Landed | None:
        path.write_text("Date,Package Name,Daily Device Installs\n" + "".join(f"{form.format(day)},a.b,1\n" for day in range(1, 14)))
        return read_streamed(path, receipt(), INTAKE, tmp_path)

    assert written("3/{}/2026") is None
    assert list(tmp_path.glob("*.parquet")) == []
    assert len(days_of(read_export(path.read_bytes(), receipt(), INTAKE))) == 13
    landed = written("2026-03-{:02}")
    assert landed is not None
    assert landed.accepted == 13


def test_of_a_long_file_the_whole_column_says_which_mark_is_the_decimal_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "PIECEWISE_FROM", 1)
    monkeypatch.setattr(streamed, "PIECE", 60)
    path = tmp_path / "r.csv"

    def written(last: str) -> Landed | None:
        days = "".join(f"2026-01-{day:02};A;{day}\n" for day in range(1, 31))
        path.write_text(f"Day;Account name;Amount spent (EUR)\n{days}2026-01-31;A;{last}\n")
        return read_streamed(path, receipt(), INTAKE, tmp_path)

    assert written("1.5") is not None
    for odd, status in (("1,5", "accepted"), ("1.500", "refused")):
        assert written(odd) is None
        landed = read_export(path.read_bytes(), receipt(), INTAKE)
        assert (landed.status, landed.quarantined) == (status, 31 if status == "refused" else 0)
