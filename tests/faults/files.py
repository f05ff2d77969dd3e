"""Files that are broken as files: empty, cut, swallowed by a quote, in another encoding (I01 to I04, I11).

Belongs here: faults of the bytes of a text. Never here: a wrong value in a whole file (values.py), other formats (binary.py).
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator

from tests.faults.binary import book, jsonl, parquet
from tests.faults.case import FOLDER, HEADER, Case, File, fact, facts, kind, one, rows, text


@kind("I01", "0-byte file", "F empty")
def _empty() -> Iterator[Case]:
    shells = {
        "0 bytes": b"",
        "blank lines": b"\n\r\n\n",
        "blanks": b"  \t \n",
        "only a byte-order mark": b"\xef\xbb\xbf",
        "gzip of nothing": gzip.compress(b""),
    }
    for name, data in shells.items():
        for suffix in ("csv", "jsonl"):
            file = File(f"{FOLDER}/counts.{suffix}", data, "F", records=0, rules=frozenset({"empty_file"}))
            yield one("I01", f"{name} as {suffix}", file)
    for suffix in ("parquet", "xlsx", "csv.gz", "zip", "json"):
        yield one("I01", f"0 bytes as {suffix}", File(f"{FOLDER}/counts.{suffix}", b"", "F", rules=frozenset({"empty_file"})))
    beside = rows("beside an empty one")
    good = File(f"{FOLDER}/counts good.csv", text(beside), "N", facts(beside), records=12)
    yield Case("I01", "beside a good file", (File(f"{FOLDER}/counts.csv", b"", "F"), good))


@kind("I02", "header only", "F unless the feed allows empty days")
def _header_only() -> Iterator[Case]:
    for end in ("\n", "\r\n", ""):
        yield one("I02", f"counts {end!r}", File(f"{FOLDER}/counts.csv", (HEADER + end).encode(), "F", rules=frozenset({"header_only", "cut_file"})))
    events = {"orders": "order,person,at,value,currency", "touches": "person,at,channel", "activity": "person,at", "cases": "case,kind,opened_at"}
    for shape, header in events.items():
        yield one("I02", shape, File(f"{FOLDER}/{shape}.csv", f"{header}\n".encode(), "N", records=0))


@kind("I03", "cut in the middle of a row / no final newline", "cut: F; newline: N")
def _cut() -> Iterator[Case]:
    # A text column last: only the very last cell may look whole and not be.
    good = rows("cut", 40)
    header = "day,value,metric"
    turned = [(day, value, metric) for metric, day, value in ((m, f"2026-0{1 + i // 20}-{1 + i % 20:02}", v) for i, (m, _, v) in enumerate(good))]
    whole, said = text(turned, header), [fact(metric, day, value) for day, value, metric in turned]
    for cut in (*range(1, 91), *range(91, 201, 3)):
        data = whole[:-cut]
        full = data.count(b"\n") - 1
        tail = data.rsplit(b"\n", 1)[1].decode()
        cells = tail.split(",")
        if tail == "":
            file = File(f"{FOLDER}/counts.csv", data, "N", frozenset(said[:full]), records=full, bad=0)
        elif len(cells) < 3:
            file = File(f"{FOLDER}/counts.csv", data, "F", rules=frozenset({"cut_file"}))
        elif cells == list(turned[full]):
            file = File(f"{FOLDER}/counts.csv", data, "N", frozenset(said[: full + 1]), records=full + 1, bad=0)
        else:
            # The last cell is cut: no metric is called so.
            file = File(
                f"{FOLDER}/counts.csv", data, "QF", frozenset(said[:full]), rules=frozenset({"unknown_metric", "required_cell_empty", "cut_file"})
            )
        yield one("I03", f"{cut} bytes short", file)
    # A number last, cut inside its digits: without a final newline nobody can tell; it may only say what the bytes say.
    good = rows("digits")
    whole = text(good)
    for cut in (2, 3):
        data = whole[:-cut]
        metric, day, value = data.rsplit(b"\n", 1)[1].decode().split(",")
        file = File(f"{FOLDER}/counts.csv", data, "NF", facts(good[:-1]), frozenset({fact(metric, day, value)}), records=12)
        yield one("I03", f"the last number {cut - 1} digits short", file)
    for name, pack in (("json lines", jsonl(good)), ("gzip", gzip.compress(whole)), ("parquet", parquet(good)), ("xlsx", book(good))):
        suffix = {"json lines": "jsonl", "gzip": "csv.gz"}.get(name, name)
        place = f"linked/2026-03-19/followers.{suffix}" if name == "xlsx" else f"{FOLDER}/counts.{suffix}"
        for part in (0.3, 0.6, 0.9, 0.99):
            data = pack[: int(len(pack) * part)]
            yield one("I03", f"{name} cut at {part:.0%}", File(place, data, "F"))


@kind("I04", "unterminated quote", "F, line count proves it")
def _quotes() -> Iterator[Case]:
    for seed in range(40):
        dice, good = random.Random(f"I04 {seed}"), rows(f"quote {seed}", 30)
        whole = text(good)
        at = dice.randint(0, len(whole) - 1)
        data = whole[:at] + b'"' + whole[at:]
        yield one("I04", f"quote at byte {at}, seed {seed}", File(f"{FOLDER}/counts.csv", data, "F"))
    for seed in range(15):
        # Two of them: the parser finds them balanced, and swallows what is between.
        dice, good = random.Random(f"I04 two {seed}"), rows(f"quotes {seed}", 30)
        whole = text(good)
        first, second = sorted(dice.sample(range(len(HEADER) + 1, len(whole)), 2))
        data = whole[:first] + b'"' + whole[first:second] + b'"' + whole[second:]
        yield one("I04", f"quotes at bytes {first} and {second}, seed {seed}", File(f"{FOLDER}/counts.csv", data, "FQN", may=facts(good)))


@kind("I11", "Latin-1, UTF-16, BOM, NUL, lone surrogate, CR-only lines", "declared encoding: N or F; NUL: Q")
def _encodings() -> Iterator[Case]:
    good = [(*row, "été in 上海") for row in rows("encoding")]
    said = frozenset(fact(*row) for row in good)
    plain = text(good, HEADER + ",campaign").decode()
    latin = plain.replace("上海", "Köln")
    ways = {
        "utf-8": (plain.encode(), "N"), "utf-8 with mark": (b"\xef\xbb\xbf" + plain.encode(), "N"),
        "utf-16 with mark": (plain.encode("utf-16"), "N"), "utf-16 be with mark": (b"\xfe\xff" + plain.encode("utf-16-be"), "N"),
        "utf-16 le": (plain.encode("utf-16-le"), "F"), "utf-16 be": (plain.encode("utf-16-be"), "F"), "utf-32": (plain.encode("utf-32"), "F"),
        "gb18030": (plain.encode("gb18030"), "F"), "latin-1": (latin.encode("latin-1"), "F"), "cp1252": (latin.encode("cp1252"), "F"),
        "cr only": (plain.replace("\n", "\r").encode(), "N"), "crlf": (plain.replace("\n", "\r\n").encode(), "N"),
        "lone surrogate": (plain.replace("上", "\ud800").encode("utf-8", "surrogatepass"), "F"),
        "utf-16 lone surrogate": (plain.replace("上", "\ud800").encode("utf-16", "surrogatepass"), "F"),
        "overlong": (plain.encode().replace(b"\xc3\xa9", b"\xc0\xaf"), "F"), "two marks": (b"\xef\xbb\xbf" * 2 + plain.encode(), "NF"),
        "cut character": (plain.encode() + b"content_reads,2026-03-15,5,\xe4\xb8", "F"),
    }  # fmt: skip
    for name, (data, may_be) in ways.items():
        yield one(
            "I11",
            name,
            File(f"{FOLDER}/counts.csv", data, may_be, said if may_be == "N" else frozenset(), said, records=12 if may_be == "N" else None),
        )
    for seed in range(6):
        records = rows(f"nul {seed}")
        at = random.Random(f"I11 {seed}").randrange(12)
        lines = [list(row) for row in records]
        lines[at][seed % 3] += "\0"
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(r for i, r in enumerate(records) if i != at), records=12, bad=1)
        yield one("I11", f"NUL in line {at + 2}", file)
    mixed = rows("mixed ends")
    data = "".join([HEADER + "\n", *(",".join(row) + end for row, end in zip(mixed, ("\n", "\r\n") * 6, strict=True))]).encode()
    yield one("I11", "mixed line ends", File(f"{FOLDER}/counts.csv", data, "N", facts(mixed), records=12))
