"""Reads event-export rows (nested Parquet, or the same in JSON, as lines or as one array) into activity, touches and orders, column by column.

Belongs here: flattening key/value parameters, one touch a session, one order a purchase event, as the map declares them.
Never here: an event, parameter or column name (they are in the YAML), attribution, sessions by time-out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.adapter import Adapter
from assets.cells import Spelling
from assets.decode import Decoded, Refusal
from assets.jsondoc import document, json_line
from assets.parquet import read_parquet
from assets.people import pseudonym, pseudonyms
from assets.rejection import Rejection, rejections

_VALUES = ("string_value", "int_value", "float_value", "double_value")
_EARLIEST_MICROS = 631_152_000_000_000  # 1990-01-01


@dataclass
class Events:
    """Typed frames per shape (with `row`), what was set aside, and how to show a record."""

    frames: dict[str, pl.DataFrame]
    rejected: pl.DataFrame
    physical: int
    duplicate: int
    source: pl.DataFrame
    person: str
    person_key: bytes

    def shown(self, row: int) -> str:
        """The event as people may see it: who did it is hashed."""
        if row >= self.source.height:
            return "…"
        content = self.source.row(row, named=True)
        if content.get(self.person):
            content[self.person] = pseudonym(str(content[self.person]), self.person_key)
        return json.dumps(content, default=str, ensure_ascii=False)[:4000]


def read_events(decoded: Decoded, adapter: Adapter, how: Spelling) -> Events:
    """All rows of one export; one bad declared cell sets its whole event aside."""
    spec = dict(adapter.events)
    source, broken = (read_parquet(decoded.data), []) if decoded.kind == "parquet" else _json_rows(decoded, spec)
    order, touch = spec["order"], spec["touch"]
    wanted = [spec["session"], spec["seconds"]["param"], *touch.values()]
    frame = source.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    try:
        record = pl.col(order["record"]).struct
        flat = frame.select(
            "row",
            person=pl.col(spec["person"]).cast(pl.String),
            # In JSON every number is a text, and one that is none is that record's fault alone.
            micros=pl.col(spec["at_micros"]).cast(pl.Int64, strict=decoded.kind == "parquet"),
            event=pl.col(spec["event"]).cast(pl.String),
            transaction=record.field(order["transaction"]).cast(pl.String),
            amount=record.field(order["value"]).cast(pl.Float64, strict=decoded.kind == "parquet"),
        )
        flat = flat.filter(~pl.col("row").is_in([row for row, *_ in broken]))
        flat = flat.join(_params(frame, spec["params"], wanted), on="row", how="left", maintain_order="left")
    except (pl.exceptions.PolarsError, KeyError, AttributeError) as error:
        found = str(error).splitlines()[0][:160]
        text = f"a nested column is not what the export documents ({found}); export the rows as they are, all columns, as Parquet or JSON lines"
        raise Refusal("wrong_schema", text) from error
    flat = _checked(flat, spec, how)
    bad = flat.filter(pl.col("rule").is_not_null()).select("row", "rule", "column", detail=pl.lit(None, pl.String))
    bad = pl.concat([bad, rejections(broken)])
    good = flat.filter(pl.col("rule").is_null()).drop("rule", "column")
    twins = _twins(good, source)
    good = good.filter(~pl.col("row").is_in(twins))
    good = good.with_columns(pseudonyms(good["person"], how.person_key))
    good = good.with_columns(
        at=pl.from_epoch("micros", time_unit="us"),
        session_key=pl.when(pl.col(spec["session"]).is_not_null()).then(pl.concat_str(["person", spec["session"]], separator="|")),
    )
    orders = _orders(good, order)
    disputed = orders.filter(pl.col("order_id").is_duplicated())["row"].to_list()
    if disputed:
        bad = pl.concat([bad, rejections([(row, "conflicting_duplicate", None, None) for row in disputed])])
        good, orders = good.filter(~pl.col("row").is_in(disputed)), orders.filter(~pl.col("row").is_in(disputed))
    activity = good.select("row", "person", "at", "event", seconds=pl.col("seconds"), session=pl.col("session_key"))
    frames = {"activity": activity, "touches": _touches(good, spec), "orders": orders}
    return Events(frames, bad, source.height, len(twins), source, spec["person"], how.person_key)


def _json_rows(decoded: Decoded, spec: dict[str, Any]) -> tuple[pl.DataFrame, list[Rejection]]:
    """JSON as the nested frame that Parquet would hold, every value as text; a record that is no event is an empty row and a rejection.

    `row` counts the lines of the file, blank ones left out, as the parts of a frame do; in an array, its elements.
    """
    order, rows, broken = spec["order"], [], list[Rejection]()
    names = [spec["person"], spec["at_micros"], spec["event"], spec["params"], order["record"]]
    found = [("", item) for item in document(decoded.data, ())] if decoded.kind == "json" else _lines(decoded.data)
    for row, (rule, content) in enumerate(found):
        if not rule and not isinstance(content, dict):
            rule = "not_json"
        event = None if rule else _event_of(content, names, order)
        if event is None:
            broken.append((row, rule or "not_a_value", None, None))
        rows.append(event or dict.fromkeys(names))
    value = pl.Struct(dict.fromkeys(_VALUES, pl.String()))
    types = dict.fromkeys(names[:3], pl.String()) | {
        names[3]: pl.List(pl.Struct({"key": pl.String(), "value": value})),
        names[4]: pl.Struct({order["transaction"]: pl.String(), order["value"]: pl.String()}),
    }
    return pl.DataFrame(rows, schema=types), broken


def _lines(data: bytes) -> list[tuple[str, Any]]:
    """What each line says, or the rule it breaks."""
    lines = [(at, line) for at, line in enumerate(data.split(b"\n")) if line.strip()]
    found = [json_line(line) for _, line in lines]
    if found and found[-1][0] == "not_json" and not data.endswith(b"\n"):
        at = lines[-1][0]
        raise Refusal("cut_file", f"the file ends in the middle of line {at + 1}: deliver the file again", at + 1)
    return found


def _event_of(content: dict[str, Any], names: list[str], order: dict[str, Any]) -> dict[str, Any] | None:
    """The fields of one event that are read; null when one is not what the export documents."""
    plain = {name: content.get(name) for name in names[:3]}
    params, record = content.get(names[3]) or [], content.get(names[4]) or {}
    if not isinstance(params, list) or not isinstance(record, dict):
        return None
    pairs = []
    for param in params:
        value = (param.get("value") or {}) if isinstance(param, dict) else None
        if not isinstance(value, dict):
            return None
        pairs.append((param.get("key"), {kind: value.get(kind) for kind in _VALUES}))
    bought = {name: record.get(name) for name in (order["transaction"], order["value"])}
    said = [*plain.values(), *bought.values(), *(key for key, _ in pairs), *(text for _, value in pairs for text in value.values())]
    if any(not isinstance(text, str | None) or (text and "\0" in text) for text in said):
        return None
    return plain | {names[3]: [{"key": key, "value": value} for key, value in pairs], names[4]: bought}


def _params(frame: pl.DataFrame, column: str, wanted: list[str]) -> pl.DataFrame:
    """Parameter name -> column of text, one row an event; the first of a repeated key counts."""
    pairs = frame.select("row", pl.col(column).alias("pair")).explode("pair").drop_nulls("pair").unnest("pair")
    kinds = [f.name for f in pairs.schema["value"].fields]  # type: ignore[attr-defined]
    pairs = pairs.filter(pl.col("key").is_in(wanted)).select(
        "row", "key", text=pl.coalesce(pl.col("value").struct.field(kind).cast(pl.String) for kind in kinds)
    )
    said = pairs.filter(pl.col("text").is_not_null())
    return said.group_by("row", maintain_order=True).agg(
        pl.col("text").filter(pl.col("key") == name).first().alias(name) for name in dict.fromkeys(wanted)
    )


def _checked(flat: pl.DataFrame, spec: dict[str, Any], how: Spelling) -> pl.DataFrame:
    seconds = pl.col(spec["seconds"]["param"])
    number = seconds.cast(pl.Float64, strict=False)
    day = pl.from_epoch("micros", time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(how.company_zone).dt.date()
    is_order = pl.col("event") == spec["order"]["event"]
    rules: list[tuple[pl.Expr, str, str]] = [
        (pl.col("person").is_null() | (pl.col("person") == ""), "required_cell_empty", spec["person"]),
        (pl.col("event").is_null() | (pl.col("event") == ""), "required_cell_empty", spec["event"]),
        (pl.col("micros").is_null(), "required_cell_empty", spec["at_micros"]),
        (pl.col("micros") < _EARLIEST_MICROS, "day_out_of_range", spec["at_micros"]),
        # Compared as a number first: a timestamp of the year 300000 is no date at all.
        (pl.col("micros") >= 4_102_444_800_000_000, "future_day", spec["at_micros"]),
        (pl.when(pl.col("micros") < 4_102_444_800_000_000).then(day > how.last_day), "future_day", spec["at_micros"]),
        (seconds.is_not_null() & number.is_null(), "not_a_number", spec["seconds"]["param"]),
        (number.is_not_null() & ~number.is_finite(), "not_finite", spec["seconds"]["param"]),
        (number < 0, "negative_count", spec["seconds"]["param"]),
        (is_order & ~pl.col("amount").is_finite(), "not_finite", spec["order"]["value"]),
        (is_order & (pl.col("amount") < 0), "negative_count", spec["order"]["value"]),
        (is_order & (pl.col("amount") >= 2**63), "out_of_range", spec["order"]["value"]),
    ]
    return flat.with_columns(
        seconds=number / spec["seconds"]["divide_by"],
        rule=pl.coalesce(pl.when(broken).then(pl.lit(rule)) for broken, rule, _ in rules),
        column=pl.coalesce(pl.when(broken).then(pl.lit(column)) for broken, _, column in rules),
    )


def _twins(good: pl.DataFrame, source: pl.DataFrame) -> list[int]:
    """Rows that repeat an earlier row in every column. Only rows that agree in person, instant and event are compared in full."""
    alike = good.filter(pl.struct("person", "micros", "event").is_duplicated())["row"].to_list()
    seen: set[str] = set()
    twins = []
    for row in alike:
        text = repr(source.row(row))
        if text in seen:
            twins.append(row)
        seen.add(text)
    return twins


def _orders(good: pl.DataFrame, order: dict[str, Any]) -> pl.DataFrame:
    return good.filter(pl.col("event") == order["event"]).select(
        "row",
        order_id=pl.concat_str("person", pl.col("micros").cast(pl.String), pl.col("transaction").fill_null(""), separator="|"),
        person="person",
        at="at",
        value=pl.col("amount").fill_null(0.0).cast(pl.Decimal(38, 6)),
        currency=pl.lit(order["currency"]),
        status=pl.lit(order["status"]),
        refunded=pl.lit(None, pl.Decimal(38, 6)),
    )


def _touches(good: pl.DataFrame, spec: dict[str, Any]) -> pl.DataFrame:
    touch, otherwise = spec["touch"], spec["otherwise"]
    source, medium, said = pl.col(touch["source"]), pl.col(touch["medium"]), pl.col(touch["campaign"])
    campaign = pl.when(~said.is_in(spec.get("no_campaign", []))).then(said)
    named = source.is_not_null() | medium.is_not_null() | campaign.is_not_null()
    able = good.filter(pl.col("session_key").is_not_null()).with_columns(named=named)
    able = able.filter(pl.col("named") | (pl.col("event") == spec["touch_start"]))
    first = able.sort(~pl.col("named"), "micros", "row").unique("session_key", keep="first", maintain_order=True).sort("row")
    return first.select(
        "row",
        "person",
        "at",
        source=pl.when("named").then(source).otherwise(pl.lit(otherwise["source"])),
        medium=pl.when("named").then(medium).otherwise(pl.lit(otherwise["medium"])),
        campaign=campaign,
        channel=pl.lit(None, pl.String),
    )
