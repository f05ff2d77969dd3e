"""A long file is read piece by piece, and nobody could tell from the landing: every test reads the same bytes both ways."""

from __future__ import annotations

import gzip
import hashlib
import json
import resource
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import streamed, survey
from assets.archive import receive
from assets.cells import READERS, Spelling
from assets.decode import MAX_WHOLE
from assets.export import Account, Intake, MetricSpec
from assets.judging import each_cell, each_distinct
from assets.landing import land
from assets.maps import Adapter, load
from assets.people import pseudonym

KEY = b"a key for tests"
INTAKE = Intake(
    {"shop": Account("shop", "Asia/Shanghai", "CNY", "product"), "page": Account("tiktok", "UTC", "", "media"), "bare": Account("x", "UTC")},
    {
        "content_reads": MetricSpec("reach"),
        "paid_spend": MetricSpec("reach", is_money=True),
        "followers_total": MetricSpec("followers"),
        "net_sentiment": MetricSpec("reach", is_ratio=True),
        "video_plays": MetricSpec("reach"),
        "social_likes": MetricSpec("reach"),
        "social_comments": MetricSpec("reach"),
        "social_shares": MetricSpec("reach"),
    },
    {"reads": "content_reads"},
    "Europe/Berlin",
    "EUR",
    person_key=KEY,
)
NOW = datetime(2026, 7, 1, 9)
Landing = tuple[dict[str, pl.DataFrame], dict[str, object]]


def landed(home: Path, name: str, raw: bytes, account: str = "shop", piece: int | None = None) -> tuple[Landing, bool]:
    """The landing of one file, read piece by piece in pieces of so many bytes or in one go; and whether it was read piece by piece."""
    inbox, archive, landing = home / "inbox", home / "archive", home / f"landing-{piece}"
    (inbox / account).mkdir(parents=True, exist_ok=True)
    (inbox / account / name).write_bytes(raw)
    receive(inbox, archive, NOW)
    receipt = next(r for r in receipts_of(archive) if r.file_hash == hashlib.sha256(raw).hexdigest())
    was_streamed = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streamed, "PIECEWISE_FROM", 0 if piece else 1 << 40)
        if piece:
            patch.setattr(streamed, "PIECE", piece)
            patch.setattr(survey, "BLOCK", max(1, piece // 3))
            patch.setattr(streamed, "_SETTLED_AT_ONCE", 3)
        real = streamed._all_pieces

        def spy(*given: object) -> object:
            nonlocal was_streamed
            was_streamed = True
            return real(*given)  # type: ignore[arg-type]

        patch.setattr(streamed, "_all_pieces", spy)
        land(receipt, archive, landing, INTAKE)
    folder = landing / receipt.file_hash
    assert {path.suffix for path in folder.iterdir()} <= {".parquet", ".json"}, "something else was left behind"
    frames = {path.name: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    return (
        {name: frame.select(sorted(frame.columns)).sort(pl.all()) for name, frame in frames.items()},
        json.loads((folder / "file.json").read_text()),
    ), was_streamed


def receipts_of(archive: Path) -> list:  # type: ignore[type-arg]
    from assets.archive import receipts

    return receipts(archive)


def both(home: Path, name: str, raw: bytes, account: str = "shop", piece: int = 256) -> tuple[Landing, bool]:
    """Reads both ways, holds the results against each other, and gives the one."""
    at_once, was = landed(home, name, raw, account)
    assert not was
    by_pieces, was = landed(home, name, raw, account, piece)
    assert by_pieces[1] == at_once[1]
    assert set(by_pieces[0]) == set(at_once[0])
    for file, frame in at_once[0].items():
        assert by_pieces[0][file].schema == frame.schema, file
        assert by_pieces[0][file].equals(frame), f"{file}\n{by_pieces[0][file]}\n{frame}"
    return by_pieces, was


HEADERS = {
    "activity": "person,at,event,seconds,session,unknown",
    "touches": "person,at,source,medium,campaign,channel",
    "orders": "order,person,at,value,currency,status",
    "counts": "metric,day,value,campaign,post,currency",
    "cases": "case,kind,opened_at,answered_at,is_auto_reply,topic,hops",
}
WORDS = ["", " ", "a", "b", "open", "\u00a0x", "é", "名", "a b", "Ａ", "1.5E+10", "=1+1", "-", "null"]
NUMBERS = ["0", "1", "12", "12.50", "-3", "+5", "1e5", " 7 ", "007", ".5", "5.", "nan", "inf", "1,5", "99999999999999999999", "0.1234567", "1_000", ""]
DAYS = ["2026-06-01", "2026-06-02", "2026-6-1", "2026-02-30", "1989-12-31", "2030-01-01", "01/02/2026", "+2026-6-11", " 2026-06-03", "", "0001-01-01"]
INSTANTS = [
    "2026-06-01T08:15:00Z", "2026-06-01T08:15:01Z", "2026-06-01 08:15", "2026-06-01T08:15:00+08:00", "2026-06-01T08:15:00.123456Z", "2026-06-01",
    "2026-06-01T24:00:00Z", "2026-06-01T23:59:60Z", "2026-06-01T08:15:5 Z", "2026-6-1T08:15:00.1Z", "2026-03-29 02:30:00", "2026-10-25 02:30:00",
    "2026-06-01T08:15:00+19:00", "2030-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "now", "", " 2026-06-01T08:15:00Z", "2026-06-01T08Z",
]  # fmt: skip
CELLS = {
    "person": ["u1", "u2", "u3", *WORDS],
    "at": INSTANTS, "opened_at": INSTANTS, "answered_at": INSTANTS, "day": DAYS, "value": NUMBERS, "seconds": NUMBERS, "hops": NUMBERS,
    "metric": ["content_reads", "paid_spend", "followers_total", "reads", "net_sentiment", "content_read", "Content_reads", " content_reads", ""],
    "currency": ["CNY", "EUR", "", "eur", "EURO"],
    "status": ["paid", "refunded", "PAID", "", "open"],
    "kind": ["mention", "crisis", "Mention", "x", ""],
    "is_auto_reply": ["true", "0", "", "yes"],
    "order": ["o1", "o2", "o3", "5.7E+17", ""],
    "case": ["k1", "k2", "k3", ""],
    "unknown": ["x", "secret", ""],
}  # fmt: skip


@st.composite
def files(draw: st.DrawFn, shape: str) -> bytes:
    """A file of one shape: mostly good records, with every kind of damage somewhere."""
    names = HEADERS[shape].split(",")
    mark = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))

    def cell(name: str) -> str:
        choices = CELLS.get(name, WORDS)
        text = draw(st.sampled_from(choices[:2] if draw(st.integers(0, 5)) else choices))
        if "," in text or draw(st.integers(0, 40)) == 0:
            text = '"' + text.replace('"', '""') + '"'
        return text

    lines = []
    for _ in range(draw(st.integers(1, 40))):
        odd = draw(st.integers(0, 60))
        cells = [cell(name) for name in names]
        line = ",".join(cells)
        if odd == 0:
            line = ""
        elif odd == 1:
            line = ",".join(cells[:-1])
        elif odd == 2:
            line += ",more"
        elif odd == 3:
            line = line.replace("a", "\0", 1)
        elif odd == 4:
            line = ",".join(['"two' + mark + 'lines, ""said"" so"', *cells[1:]])
        elif odd == 5:
            line = draw(st.sampled_from(['a"b', '"open', "   ", "\ufeffx", "x\ry"])) + line
        elif odd == 6 and lines:
            line = draw(st.sampled_from(lines))
        lines.append(line)
    text = ("\ufeff" if draw(st.integers(0, 9)) == 0 else "") + mark.join([",".join(names), *lines])
    end = draw(st.sampled_from([mark, mark, mark, "", mark + mark]))
    raw = (text + end).encode()
    return raw + draw(st.sampled_from([b"", b"", b"", b"", b"", b"", b"", b"", b"", b"\xff", b"\xc3"]))


@pytest.mark.parametrize("shape", list(HEADERS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_both_ways_of_reading_land_the_same(shape: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    raw = data.draw(files(shape))
    name = f"{shape}.csv"
    if data.draw(st.integers(0, 5)) == 0:
        raw, name = gzip.compress(raw, mtime=0), f"{shape}.csv.gz"
    both(tmp_path_factory.mktemp("both"), name, raw, piece=data.draw(st.sampled_from([40, 150, 700, 5000])))
