"""A long file is read piece by piece, and nobody could tell from the landing: every test reads the same bytes both ways."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import shutil
import subprocess
import sys
import textwrap
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import decode, judging, settling, spool, streamed, survey
from assets.archive import receive
from assets.cells import READERS, Spelling
from assets.collected import Measure
from assets.export import Account, Intake, MetricSpec
from assets.landed import frames_of
from assets.landing import land
from assets.lengthy import reads_record_by_record
from assets.map_files import load
from assets.people import pseudonym, pseudonyms

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
            patch.setattr(settling, "SETTLED_AT_ONCE", 3)
            patch.setattr(judging, "_TRIED", 6)
            patch.setattr(spool, "_ROW_GROUP", 7)
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
    entry = json.loads((folder / "file.json").read_text())
    entry["parts"] = sorted(entry["parts"])  # the same rows in other bytes: pieces are written as they come
    return ({name: frame.select(sorted(frame.columns)).sort(pl.all()) for name, frame in frames.items()}, entry), was_streamed


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
NUMBERS = [
    "0",
    "1",
    "12",
    "12.50",
    "-3",
    "+5",
    "1e5",
    " 7 ",
    "007",
    ".5",
    "5.",
    "nan",
    "inf",
    "1,5",
    "99999999999999999999",
    "0.1234567",
    "1_000",
    "",
]
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
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_both_ways_of_reading_land_the_same(shape: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    raw = data.draw(files(shape))
    name = f"{shape}.csv"
    if data.draw(st.integers(0, 5)) == 0:
        raw, name = gzip.compress(raw, mtime=0), f"{shape}.csv.gz"
    both(tmp_path_factory.mktemp("both"), name, raw, piece=data.draw(st.sampled_from([40, 150, 700, 5000])))


def lines_of(shape: str, count: int) -> list[str]:
    made = {
        "activity": lambda n: f"u{n % 97},2026-06-{n % 28 + 1:02}T08:{n % 60:02}:{n // 60 % 60:02}Z,open,{n},s{n},x",
        "touches": lambda n: f"u{n % 97},2026-06-{n % 28 + 1:02} 08:{n % 60:02}:{n // 60 % 60:02},,,,channel {n}",
        "orders": lambda n: f"o{n},u{n % 97},2026-06-{n % 28 + 1:02} 08:{n % 60:02},{n}.50,CNY,paid",
        "counts": lambda n: f"content_reads,2026-06-{n % 28 + 1:02},{n},campaign {n},,",
        "cases": lambda n: f"k{n},mention,2026-06-{n % 28 + 1:02} 08:{n % 60:02},,0,,{n}",
    }[shape]
    return [made(n) for n in range(count)]


@pytest.mark.parametrize("shape", list(HEADERS))
def test_a_good_long_file_is_read_piece_by_piece(shape: str, tmp_path: Path) -> None:
    raw = "\n".join([HEADERS[shape], *lines_of(shape, 500), ""]).encode()
    (frames, entry), was_streamed = both(tmp_path, f"{shape}.csv", raw, piece=2000)
    assert was_streamed
    assert (entry["physical_records"], entry["accepted"], entry["quarantined"], entry["duplicate"]) == (500, 500, 0, 0)
    [frame] = frames.values()
    assert sorted(frame["line"].to_list()) == list(range(2, 502))


@pytest.mark.parametrize("shape", list(HEADERS))
def test_duplicates_and_contradictions_pieces_apart_are_found(shape: str, tmp_path: Path) -> None:
    lines = lines_of(shape, 300)
    again, against = lines[3:7], [line.replace("mention", "crisis").replace("paid", "refunded").replace(",9,", ",90,") for line in lines[9:10]]
    raw = "\n".join([HEADERS[shape], *lines, *again, *against, lines[3], ""]).encode()
    (_, entry), was_streamed = both(tmp_path, f"{shape}.csv", raw, piece=1000)
    assert was_streamed
    keyed = shape in ("orders", "counts", "cases")
    assert (entry["duplicate"], entry["quarantined"]) == ((5, 2) if keyed else (6 if against[0] == lines[9] else 5, 0))


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_byte_order_mark_that_begins_a_record_stays_with_it_wherever_the_file_is_cut(quote: str, tmp_path: Path) -> None:
    lines = [f"\ufeffu{n},{quote}2026-06-01T08:00:00Z{quote}" for n in range(40)]
    (frames, entry), was_streamed = both(tmp_path, "activity.csv", "\n".join(["person,at", *lines, ""]).encode(), piece=100)
    assert was_streamed
    assert entry["accepted"] == 40
    assert frames["retention_activity.parquet"]["person"][0] == pseudonym("\ufeffu0", KEY)


def test_counts_told_apart_by_a_column_nobody_reads_are_disputed_pieces_apart(tmp_path: Path) -> None:
    lines = [f"{line},page" for line in lines_of("counts", 300)]
    raw = "\n".join([f"{HEADERS['counts']},page", *lines, lines[3], lines[9].replace("page", "other"), ""]).encode()
    (frames, entry), was_streamed = both(tmp_path, "counts.csv", raw, piece=1000)
    assert was_streamed
    assert (entry["duplicate"], entry["quarantined"]) == (1, 2)
    assert frames["quarantine.parquet"]["reason"].str.contains("may tell them apart").all()


def test_a_file_of_nothing_but_one_record_keeps_it_once(tmp_path: Path) -> None:
    raw = ("person,at\n" + "u1,2026-06-01T08:00:00Z\n" * 400).encode()
    (_, entry), was_streamed = both(tmp_path, "activity.csv", raw, piece=500)
    assert was_streamed
    assert (entry["accepted"], entry["duplicate"]) == (1, 399)


def test_texts_are_written_from_their_numbers(tmp_path: Path) -> None:
    """As they are read: values of nobody, a file's texts of which a row group says only some, and rows without numbers behind them."""
    numbered = pl.Categorical(pl.Categories.random())
    people = ["p_1", "p_1", None, "p_2", "p_3", None, None, "p_2"]
    known = pl.Series(people).cast(numbered)
    frames = [pl.DataFrame({"file_hash": "f" * 64, "line": [at, at + 1], "person": people[at : at + 2]}) for at in range(0, 8, 2)]
    for rows in (3, 4, 100):
        with pytest.MonkeyPatch.context() as patch, spool.Spool(tmp_path) as target:
            patch.setattr(spool, "_ROW_GROUP", rows)
            for at, frame in enumerate(frames):
                target.add("a.parquet", frame.with_columns(person=known[2 * at : 2 * at + 2]) if at < 3 else frame)
        written = pl.read_parquet(tmp_path / "a.parquet")
        assert written.equals(pl.concat(frames))
        assert written.schema == frames[0].schema


def test_a_numbered_currency_stands_beside_metrics_that_have_none() -> None:
    texts = pl.Series(["CNY", "EUR"]).cast(pl.Categorical(pl.Categories.random()))
    columns = {name: [""] * 2 for name in ("campaign", "post", "dimension", "member")} | {"is_whole": [False] * 2}
    kept = pl.DataFrame({"line": [2, 3], "day": [date(2026, 6, 1)] * 2, **columns, "currency": texts, "m1": [1, 2], "m2": [3, 4]})
    frames = frames_of(kept, "counts", {"m1": Measure("content_reads"), "m2": Measure("paid_spend")}, "f" * 64, INTAKE)
    assert frames[("reach", "counts")]["currency"].to_list() == [None, "CNY", None, "EUR"]


SECONDS = [f"2026-{m:02}-{d:02}T{h:02}:59:{s:02}Z" for m in (0, 2, 12) for d in (0, 29, 31) for h in (23, 24) for s in (0, 59)]


@given(st.lists(st.sampled_from(INSTANTS + SECONDS), max_size=8))
def test_an_instant_is_the_same_among_plain_ones_and_beside_an_odd_one(texts: list[str]) -> None:
    cell = READERS["instant"](pl.col("at"), Spelling("Asia/Shanghai", "UTC", date(2026, 7, 2), KEY))
    each = [read for text in texts for read in pl.DataFrame({"at": [text]}).select(cell.value)["at"]]
    beside = pl.DataFrame({"at": [*texts, "2026-06-01 08:15"]}).select(cell.value)["at"].to_list()
    assert beside[:-1] == each


GOOD = "\n".join(["metric,day,value", *(f"content_reads,2026-06-{n % 28 + 1:02},{n}" for n in range(28)), ""])
DAMAGED = {
    "unterminated_quote": GOOD.replace("2026-06-20", '"2026-06-20'),
    "stray quote": GOOD.replace("2026-06-20", '2026"-06-20'),
    "cut_file": GOOD[:-6],
    "header_twice": GOOD.replace("metric,day,value", "metric,day,value,value"),
    "late quote and header": GOOD.replace("metric,day,value", "metric,day,value,value")[:-2] + '"',
    "bad_encoding": GOOD.replace("2026-06-20", "\udcff"),
    "header_only": "metric,day,value\n\n\n\n",
    "no header": GOOD.replace("metric,day,value\n", ""),
    "nothing known": GOOD.replace("content_reads", "reeds"),
    "blank cells": GOOD.replace("content_reads", " "),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_refused_alike(name: str, packed: bool, tmp_path: Path) -> None:
    raw = DAMAGED[name].encode("utf-8", "surrogateescape")
    (frames, entry), _ = both(tmp_path, "counts.csv.gz" if packed else "counts.csv", gzip.compress(raw) if packed else raw, piece=90)
    assert entry["quarantined"] == entry["physical_records"]
    assert set(frames) == {"quarantine.parquet"}


@pytest.mark.parametrize("cut", [1, 9, 20])
def test_gzip_that_is_cut_or_damaged_is_refused_alike(cut: int, tmp_path: Path) -> None:
    packed = gzip.compress(GOOD.encode())
    assert both(tmp_path, "counts.csv.gz", packed[:-cut])[0][1]["status"] == "refused"
    (tmp_path / "two").mkdir()
    assert both(tmp_path / "two", "counts.csv.gz", packed[:30] + b"\xff" * 20 + packed[50:])[0][1]["status"] == "refused"


def test_gzip_in_two_members_is_read_whole(tmp_path: Path) -> None:
    half = GOOD.index("content_reads,2026-06-15")
    raw = gzip.compress(GOOD[:half].encode()) + b"\0\0" + gzip.compress(GOOD[half:].encode())
    assert both(tmp_path, "counts.csv.gz", raw, piece=90)[0][1]["accepted"] == 28


def test_a_platforms_own_export_is_read_piece_by_piece_where_its_map_allows(tmp_path: Path) -> None:
    """TikTok's wide daily table asks nothing of the file as a whole; Snowplow's events are several shapes at once, and are read whole."""
    wide = "\n".join(
        ["Date,Video Views,Profile Views,Likes,Comments,Shares", *(f"2026-0{n // 28 + 1}-{n % 28 + 1:02},{n},1,{n % 7},0,--" for n in range(150))]
    )
    events = "\n".join(
        ["domain_userid\tcollector_tstamp\tevent_name\tdomain_sessionid\tevent_vendor\tuser_ipaddress"]
        + [f"d{n % 50}\t2026-06-{n % 28 + 1:02} 10:{n % 60:02}:{n // 60:02}.123\tpage_view\ts{n % 9}\tcom.x\t10.0.0.{n % 250}" for n in range(400)]
        + ["\t2026-06-01 10:00:00\tpage_view\ts\tcom.x\t10.0.0.1"]
    )
    for name, raw, account, is_allowed in (("Overview.csv", wide, "page", True), ("events.tsv", events, "shop", False)):
        ((_, entry), was_streamed) = both(tmp_path, name, (raw + "\n").encode(), account, piece=900)
        assert was_streamed is is_allowed, entry["message"]
        assert entry["accepted"]
    assert entry["quarantined"] == 1


def test_what_a_map_asks_of_the_whole_file_keeps_it_in_memory() -> None:
    known = {adapter.name: adapter for adapter in load()}
    assert reads_record_by_record(known["plain_orders"])
    # Its lines are put together by order, wherever in the file they stand.
    assert not reads_record_by_record(known["shopify_orders"])
    for adapter in known.values():
        if reads_record_by_record(adapter):
            assert (adapter.layout, adapter.tables, adapter.group, adapter.totals, adapter.header_within) == ("header", (), None, frozenset(), 1)


def test_a_pseudonym_is_hmac_sha256_however_long_the_key_is() -> None:
    for key in (b"k", b"k" * 64, b"k" * 65, b"\xff" * 200):
        for person in ("", "u1", "名@example.com", "x" * 300):
            assert pseudonym(person, key) == "p_" + hmac.digest(key, person.encode(), "sha256").hex()[:32]
    people = pl.Series(["b", None, "a", "b"])
    for key in (b"one", b"other"):
        assert pseudonyms(people, key).to_list() == [None if p is None else pseudonym(p, key) for p in people]


def test_what_cannot_be_read_in_pieces_is_refused_before_it_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_WHOLE", 1000)
    raw = ('{"metric": "content_reads", "day": "2026-06-01", "value": 1}\n' * 50).encode()
    ((_, entry), _) = landed(tmp_path, "counts.jsonl", raw)
    assert (entry["status"], entry["reason"]) == ("refused", "too_large")
    assert "in parts" in str(entry["message"])
    ((_, entry), _) = landed(tmp_path, "counts2.jsonl.gz", gzip.compress(raw))
    assert (entry["status"], entry["reason"]) == ("refused", "too_large")


TOGETHER = """
    import polars as pl
    from concurrent.futures import ThreadPoolExecutor
    from assets.people import pseudonym, pseudonyms
    def read(start):
        frame = pl.DataFrame({f"c{n}": [f"{start}-{n}-{i}" for i in range(2000)] for n in range(4)})
        hashed = frame.with_columns(pl.col(c).map_batches(lambda s: pseudonyms(s, b"k"), return_dtype=pl.String) for c in frame.columns)
        assert hashed.row(7) == tuple(pseudonym(person, b"k") for person in frame.row(7))
        return hashed.height
    with ThreadPoolExecutor(2) as readers:
        print(sum(readers.map(read, range(40))))
"""


def test_people_of_pieces_that_are_read_at_once_do_not_wait_for_each_other() -> None:
    """A lock held across a join in Polars' own threads stopped the reading for ever; the night would have hung."""
    words = [sys.executable, "-c", textwrap.dedent(TOGETHER)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=300)
    assert int(done.stdout) == 80_000


LAND = """
    import resource, sys
    from datetime import datetime
    from pathlib import Path
    from assets.archive import receive
    from assets.export import Account, Intake
    from assets.landing import land_all
    home, rows = Path(sys.argv[1]), int(sys.argv[2])
    (home / "inbox" / "app").mkdir(parents=True)
    with (home / "inbox" / "app" / "activity.csv").open("w") as out:
        out.write("person,at,event,seconds\\n")
        for n in range(rows):
            out.write(f"u{n % 50021},2026-0{n % 6 + 1}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:{n * 13 % 60:02}Z,open{n},{n % 600}\\n")
    receive(home / "inbox", home / "archive", datetime(2026, 7, 1))
    intake = Intake({"app": Account("app", "UTC")}, {}, person_key=b"k")
    [entry] = land_all(home / "archive", home / "landing", intake)
    assert entry.accepted == rows, entry
    # what getrusage says begins with the peak of the process that started this one
    status = Path("/proc/self/status")
    peaks = [int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    print((peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """I32: a file many times the memory that reading it takes. In memory a fifth of this one took more than the whole may take here."""
    peaks = []
    for rows in (500_000, 5_000_000):
        words = [sys.executable, "-c", textwrap.dedent(LAND), str(tmp_path / str(rows)), str(rows)]
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=900)
        peaks.append(int(done.stdout))
        shutil.rmtree(tmp_path / str(rows))
    assert peaks[1] < peaks[0] + 250, f"MiB at 0.5 and at 5 million rows: {peaks}"
    assert peaks[1] < 1024
