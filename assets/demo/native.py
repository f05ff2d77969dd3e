"""Writes the bytes that each platform would have written: one function a format.

Belongs here: encodings, preambles, quoting, cell spelling, nested columns.
Never here: which days a file covers, when it arrives, what is true.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assets.demo.desk import KINDS

if TYPE_CHECKING:
    import polars as pl

    from assets.demo.awareness import Series
    from assets.demo.desk import Cases


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def cell(text: str) -> str:
    """One CSV cell, quoted only where it must be."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    lines = [",".join(header), *(",".join(map(cell, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


COUNTS = ("metric", "day", "value", "campaign", "post", "currency")


def count_rows(series: Iterable[Series], days: Sequence[date], first: int, last: int) -> list[tuple[str, ...]]:
    """Long rows by day; a day that was not seen is left out, because an empty day is not a zero."""
    rows = []
    for one in series:
        for i in range(first, last + 1):
            if one.seen[i]:
                value = int(one.values[i])
                text = money(value) if one.decimals else str(value)
                rows.append((days[i].isoformat(), one.metric, text, one.campaign, one.post, one.currency))
    rows.sort(key=lambda r: (r[0], r[1], r[3], r[4]))
    return [(metric, day, value, campaign, post, currency) for day, metric, value, campaign, post, currency in rows]


def counts(rows: list[tuple[str, ...]]) -> bytes:
    """Our plain drop format; optional columns appear only when something fills them."""
    used = [i for i, name in enumerate(COUNTS) if i < 3 or any(row[i] for row in rows)]
    return table([COUNTS[i] for i in used], ([row[i] for i in used] for row in rows))


def meta_series(blocks: Sequence[tuple[str, Sequence[tuple[date, int]]]]) -> bytes:
    """Business Suite's daily series: UTF-16 with BOM, a separator line, a title, quoted cells, blocks apart by a blank line."""
    lines = ["sep=,"]
    for number, (title, days) in enumerate(blocks):
        lines += ([""] if number else []) + [f'"{title}"', '"Date","Primary"']
        for day, value in days:
            hour = 0 if _summer_in_california(day) else 1  # the hour flips with US daylight saving; only the date means anything
            lines.append(f'"{day.isoformat()}T{hour:02d}:00:00","{value}"')
    return b"\xff\xfe" + ("\r\n".join(lines) + "\r\n").encode("utf-16-le")


def _summer_in_california(day: date) -> bool:
    def sunday(month: int, nth: int) -> date:
        first = date(day.year, month, 1)
        return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))

    return sunday(3, 2) <= day < sunday(11, 1)


def youtube_totals(days: Sequence[tuple[date, int]]) -> bytes:
    return table(("Date", "Views"), ((day.isoformat(), str(value)) for day, value in days))


def youtube_chart(rows: Sequence[tuple[date, str, int]]) -> bytes:
    return table(("Date", "Geography", "Views"), ((day.isoformat(), place, str(value)) for day, place, value in rows))


def packed(raw: bytes) -> bytes:
    """gzip without name and time, so that the same rows are the same bytes tomorrow."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=6) as file:
        file.write(raw)
    return out.getvalue()


def csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv(line_terminator="\n").encode()


def json_lines(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_ndjson(out)
    return out.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, compression="snappy", row_group_size=100_000)
    return out.getvalue()


def instants(first_day: date, at: Any, offset_hours: int, text: str) -> pl.Series:
    """Seconds since the first day's local midnight, spelt as text. `text` decides between UTC and local spelling."""
    import polars as pl

    start = (first_day - date(1970, 1, 1)).days * 86400
    shift = offset_hours * 3600 if text.endswith("Z") else 0
    return pl.Series("at", (at + start - shift) * 1_000_000).cast(pl.Datetime("us")).dt.strftime(text)


def activity(first_day: date, rows: Any, events: Sequence[str], offset_hours: int) -> pl.DataFrame:
    import polars as pl

    seconds = pl.Series("seconds", rows.extra["seconds"])
    return pl.DataFrame(
        [
            people(rows.person),
            instants(first_day, rows.at, offset_hours, "%Y-%m-%dT%H:%M:%SZ"),
            pl.Series("event", list(events)).gather(pl.Series(rows.kind).cast(pl.UInt32)),
            seconds.set(seconds < 0, None),
        ]
    )


def touches(first_day: date, rows: Any, ways: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Wall time without an offset, as a shop's back office writes it; the account's zone says which."""
    import polars as pl

    kinds = pl.Series(rows.kind).cast(pl.UInt32)
    names = [pl.Series(key, [w.get(key) for w in ways], dtype=pl.String).gather(kinds) for key in ("source", "medium", "campaign")]
    return pl.DataFrame([people(rows.person), instants(first_day, rows.at, 0, "%Y-%m-%d %H:%M:%S"), *names])


def shop_orders(first_day: date, rows: Any, statuses: Any, offset_hours: int) -> pl.DataFrame:
    import polars as pl

    cents = pl.Series("value", rows.extra["cents"])
    value = (cents // 100).cast(pl.String) + "." + (cents % 100).cast(pl.String).str.zfill(2)
    return pl.DataFrame(
        [
            pl.Series("order", rows.extra["order"]),
            people(rows.person),
            instants(first_day, rows.at, 0, f"%Y-%m-%dT%H:%M:%S+{offset_hours:02d}:00"),
            value.alias("value"),
            pl.Series("currency", rows.extra["currency"]),
            pl.Series("status", statuses),
        ]
    )


def cases(first_day: date, rows: Cases) -> pl.DataFrame:
    """Wall time, as the desk's own tool shows it; what has not happened is an empty cell."""
    import polars as pl

    def at(name: str) -> pl.Series:
        seconds = getattr(rows, name)
        text = instants(first_day, seconds, 0, "%Y-%m-%d %H:%M:%S").alias(f"{name}_at")
        return known(text, seconds >= 0)

    def known(values: pl.Series, where: Any) -> pl.Series:
        return pl.select(pl.when(pl.Series(where)).then(values).alias(values.name)).to_series()

    def word(name: str, names: Sequence[str], index: Any) -> pl.Series:
        return known(pl.Series(name, list(names)).gather(pl.Series(index).clip(0).cast(pl.UInt32)), index >= 0)

    return pl.DataFrame(
        [
            pl.Series("case", rows.number),
            word("kind", KINDS, rows.kind),
            at("opened"),
            at("answered"),
            at("closed"),
            known(pl.Series("is_auto_reply", rows.automatic), rows.of_kind("mention") & (rows.answered >= 0)),
            word("topic", rows.topics, rows.topic),
            known(pl.Series("sentiment", rows.mood / 100), rows.of_kind("mention")),
            at("approved"),
            at("executed"),
            known(pl.Series("hops", rows.hops), rows.hops >= 0),
            word("person_role", rows.roles, rows.role),
        ]
    )


def people(index: Any) -> pl.Series:
    import polars as pl

    return ("u" + pl.Series("person", index).cast(pl.String).str.zfill(6)).alias("person")  # adding to text forgets the name
