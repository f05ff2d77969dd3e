"""Checks one entry of the adapter maps and turns it into types: the words that `adapters/README.md` explains, and no others.

Belongs here: the words of an entry and its tables, which exclude each other. Never here: those of a column (column_words) and of days
(date_words), what any platform writes.
"""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assets.column_words import NUMBER_WORDS, column_of, number_of
from assets.date_words import dates_of, window_of
from assets.fields import FIELDS, NEEDED
from assets.map_entry import Entry
from assets.maps import Adapter, Column, Group, Title
from assets.plain_names import plainly
from assets.shapes import SHAPES

KINDS = frozenset({"csv", "tsv", "jsonl", "json", "parquet", "xlsx", "xls"})
_LAYOUTS = {"header", "titled_blocks", "tables", "events"}
_SNAPSHOTS = {"from_receipt", "from_file_name", "from_preamble", "from_column"}
_FLAGS: tuple[str, ...] = ("flatten", "side_by_side", "ignore_table", "short_records", "apostrophes", "lifetime", "corrections", "count")
_FLAGS += ("dimensions_first", "every_day", "no_counters", "bare_quotes", "formula_texts")
_PATTERNS = ("name_matches", "sheet", "ignore_sheets", "title", "filters")
_TOP = {"name", "reads", "layout", "shape", "platforms", "name_starts_with", "delimiter", "encodings", "json_path", "json_keys", "header_within"}
_TOP |= {"above", "comments", "description_rows", "tables", "columns", "ignore", "ignore_matches", "totals", "footers", "missing", "number"}
_TOP |= {"day", "instant", "window", "snapshot_day", "set", "keep_where", "drop_where", "group", "zone", "delay_days", "titles"}
_TOP |= {"refuse", "without", "events", "later_wins", "unnest", "and_as", "first_per", *_FLAGS, *_PATTERNS}
_INHERITED = {"name", "reads", "platforms", "missing", "number", "day", "instant", "zone", "apostrophes", "delay_days"}
_FURTHER = {"shape", "columns", "set", "keep_where", "drop_where", "first_per", "count", "missing", "number", "day", "instant", "lifetime"}
_EVENTS = {"person", "at_micros", "event", "params", "session", "seconds", "touch", "touch_start", "otherwise", "no_campaign", "order"}
_EVENT_ORDER = {"event", "record", "transaction", "value", "currency", "status"}
_TEXT_KINDS = {"text", "id", "metric", "currency", "status", "kind"}


def adapter_of(entry: Any, where: str, wrong: list[str]) -> Adapter | None:
    """One entry of a file; null, with its mistakes added to `wrong`, when it says something impossible."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        wrong.append(f"{where}: every adapter is a map with a name")
        return None
    where = f"{where}, adapter {entry['name']}"
    before = len(wrong)
    tables = entry.get("tables")
    if tables is None:
        return _table_of(entry, where, wrong)
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        wrong.append(f"{where}: tables is a list of maps")
        return None
    inherited = {key: value for key, value in entry.items() if key not in ("tables", "layout")}
    parts = []
    for number, table in enumerate(tables, 1):
        for key in ("name", "reads", "tables", "platforms", "delimiter", "encodings", "window", "zone", "delay_days", "layout"):
            if key in table:
                wrong.append(f"{where}, table {number}: {key} belongs to the whole entry")
        parts.append(_table_of(inherited | table, f"{where}, table {number}", wrong))
    whole = _table_of({key: value for key, value in inherited.items() if key != "columns"} | {"refuse": None}, where, wrong, is_frame=True)
    if len(wrong) > before or whole is None:
        return None
    return replace(whole, layout="tables", tables=tuple(part for part in parts if part))


def _table_of(content: dict[str, Any], where: str, wrong: list[str], is_frame: bool = False, is_further: bool = False) -> Adapter | None:
    entry = Entry(content, where, wrong, _TOP)
    before = len(wrong)
    reads = {kind.removesuffix(".gz") for kind in entry.texts("reads")}
    shape, layout = str(content.get("shape")), str(content.get("layout", "header"))
    if not reads or not reads <= KINDS:
        entry.bad(f"reads must list some of {sorted(KINDS)}")
    if shape not in SHAPES:
        entry.bad(f"shape must be one of {list(SHAPES)}")
    if layout not in _LAYOUTS:
        entry.bad(f"layout must be one of {sorted(_LAYOUTS)}")
    if len(wrong) > before:
        return None
    number = number_of(entry.part("number", NUMBER_WORDS))
    columns = tuple(
        column_of(str(header), value, shape, number, f"{where}, column {header}", wrong) for header, value in (content.get("columns") or {}).items()
    )
    constants = _constants(entry, shape)
    snapshot, window = entry.word("snapshot_day", _SNAPSHOTS), window_of(entry)
    if not is_frame:
        _check_columns(entry, columns, shape, layout, {name for name, _ in constants}, snapshot)
    if snapshot in ("from_file_name", "from_preamble") and window is None:
        entry.bad(f"snapshot_day {snapshot} needs a window that says where the day stands")
    refuse, events = entry.part("refuse", {"reason", "message"}), entry.part("events", _EVENTS)
    events.part("order", _EVENT_ORDER)
    if (layout == "events") != bool(events.content):
        entry.bad("events belongs to layout events, and only there")
    if refuse.content and set(refuse.content) != {"reason", "message"}:
        entry.bad("refuse needs a reason and a message")
    delimiters = (*entry.texts("delimiter"), *(("\t",) if "tsv" in reads else ())) or (",",)
    if any(len(mark) != 1 or not mark.isascii() for mark in delimiters):
        entry.bad("a delimiter is one ASCII character")
    day, instant, titles, group = dates_of(entry, "day"), dates_of(entry, "instant"), _titles(entry), _group(entry)
    _check_zone(entry)
    _check_encodings(entry)
    flags = {key: entry.flag(key) for key in _FLAGS}
    patterns = {"title_matches" if key == "title" else key: entry.pattern(key) for key in _PATTERNS}
    made = {
        "header_within": max(1, entry.whole("header_within", 1)),
        "description_rows": entry.whole("description_rows", 0),
        "delay_days": entry.whole("delay_days", 0),
        "footers": entry.patterns("footers"),
        "ignore_matches": entry.patterns("ignore_matches"),
    }
    and_as = _further_shapes(entry, content, where, wrong)
    for key in ("count", "first_per"):
        if content.get(key) and not is_further:
            entry.bad(f"{key} belongs to an entry of and_as")
    if len(wrong) > before:
        return None
    return Adapter(
        name=str(content["name"]),
        and_as=and_as,
        later_wins=content.get("later_wins"),
        unnest=content.get("unnest"),
        json_keys=entry.texts("json_keys"),
        first_per=content.get("first_per"),
        reads=frozenset(reads),
        shape=shape,
        layout=layout,
        platforms=tuple(name.casefold() for name in entry.texts("platforms")),
        name_starts_with=content.get("name_starts_with"),
        delimiters=tuple(dict.fromkeys(delimiters)),
        encodings=entry.texts("encodings"),
        json_path=tuple(step for step in str(content.get("json_path") or "").split(".") if step),
        comments=content.get("comments"),
        above=tuple((plainly(str(key)), str(said)) for key, said in entry.part("above", set(content.get("above") or {})).content.items()),
        columns=columns,
        ignore=frozenset(plainly(name) for name in entry.texts("ignore")),
        totals=frozenset(plainly(name) for name in entry.texts("totals")),
        missing=entry.texts("missing"),
        number=number,
        day=day,
        instant=instant,
        window=window,
        snapshot_day=None if snapshot == "from_column" else snapshot,
        constants=constants,
        keep_where=_where(entry, "keep_where"),
        drop_where=_where(entry, "drop_where"),
        group=group,
        zone=content.get("zone"),
        titles=titles,
        refuse=(refuse.content["reason"], refuse.content["message"]) if refuse.content else None,
        without=frozenset(plainly(name) for name in entry.texts("without")),
        events=tuple(events.content.items()),
        **flags,  # type: ignore[arg-type]
        **patterns,  # type: ignore[arg-type]
        **made,  # type: ignore[arg-type]
    )


def _check_columns(entry: Entry, columns: tuple[Column, ...], shape: str, layout: str, constant: set[str], snapshot: str | None) -> None:
    into = {column.into for column in columns if column.into} | constant | ({"day"} if snapshot and snapshot != "from_column" else set())
    free = layout == "events" or bool(entry.content.get("refuse")) or bool(entry.content.get("ignore_table"))
    if not free and not NEEDED[shape] <= into:
        entry.bad(f"no column is read into {sorted(NEEDED[shape] - into)}")
    if entry.content.get("ignore_table") and not columns and not entry.content.get("title") and not entry.content.get("sheet"):
        entry.bad("ignore_table needs a title, a sheet or columns to be recognised by")
    free = free or bool(entry.content.get("count"))
    if not free and shape == "counts" and "value" not in into and not any(column.counts for column in columns):
        entry.bad("no column is a value or a metric")
    if "value" in into and any(column.counts for column in columns):
        entry.bad("a table has either one value column or metric columns, not both")


def _further_shapes(entry: Entry, content: dict[str, Any], where: str, wrong: list[str]) -> tuple[Adapter, ...]:
    """The other shapes of the same records: each says its shape and columns anew and inherits how cells are written."""
    said = content.get("and_as") or []
    if not isinstance(said, list) or not all(isinstance(part, dict) and "shape" in part for part in said):
        entry.bad("and_as is a list of maps, each with its shape")
        return ()
    if said and (entry.content.get("tables") or entry.content.get("layout")):
        entry.bad("and_as belongs to one table, not to a layout of several")
    inherited = {key: value for key, value in content.items() if key in _INHERITED}
    found = []
    for number, part in enumerate(said, 1):
        for key in sorted(set(part) - _FURTHER):
            wrong.append(f"{where}, and_as {number}: {key} belongs to the whole entry")
        made = _table_of(inherited | part, f"{where}, and_as {number}", wrong, is_further=True)
        found += [made] if made else []
    return tuple(found)


def _titles(entry: Entry) -> tuple[tuple[str, Title], ...]:
    titles = []
    for title, value in (entry.content.get("titles") or {}).items():
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            entry.bad(f"title {title}: must name a metric")
            continue
        part = Entry(value, f"{entry.where}, title {title}", entry.wrong, {"metric", "platforms"})
        titles.append((plainly(str(title)), Title(value["metric"], part.texts("platforms"))))
    return tuple(titles)


def _constants(entry: Entry, shape: str) -> tuple[tuple[str, str], ...]:
    said = entry.content.get("set") or {}
    if not isinstance(said, dict):
        entry.bad("set is a map from field to text")
        return ()
    extra = {"dimension", "member"} if shape == "counts" else set()
    for name in said:
        if name not in extra and FIELDS[shape].get(name) not in _TEXT_KINDS:
            entry.bad(f"set: {name!r} is no text field of {shape}")
    return tuple((str(name), str(text)) for name, text in said.items())


def _where(entry: Entry, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    part = entry.part(key, set(entry.content.get(key) or {}))
    return tuple((str(column), part.texts(column)) for column in part.content)


def _group(entry: Entry) -> Group | None:
    part = entry.part("group", {"by", "first_non_empty"})
    if part.content and not isinstance(part.content.get("by"), str):
        part.bad("needs by, the column that names the group")
        return None
    return Group(part.content["by"], part.texts("first_non_empty")) if part.content else None


def _check_zone(entry: Entry) -> None:
    if "zone" in entry.content:
        try:
            ZoneInfo(str(entry.content["zone"]))
        except (ZoneInfoNotFoundError, ValueError):
            entry.bad(f"zone {entry.content['zone']!r} is no time zone")


def _check_encodings(entry: Entry) -> None:
    for name in entry.texts("encodings"):
        try:
            codecs.lookup(name)
        except LookupError:
            entry.bad(f"encoding {name!r} is not known")
