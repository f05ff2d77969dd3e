"""Checks one entry of the adapter maps and turns it into types: the words that `adapters/README.md` explains, and no others.

Belongs here: which words there are, what they may say, which exclude each other. Never here: what any platform writes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assets.dates import LANGUAGES, SPREADSHEET, Unreadable, compiled
from assets.maps import FIELDS, NEEDED, Adapter, Column, Dates, Group, Number, Title, WindowRule, plainly
from assets.shapes import SHAPES

KINDS = frozenset({"csv", "tsv", "jsonl", "json", "parquet", "xlsx", "xls"})
_LAYOUTS = {"header", "titled_blocks", "tables", "events"}
_SNAPSHOTS = {"from_receipt", "from_file_name", "from_preamble", "from_column"}
_FLAGS: tuple[str, ...] = ("flatten", "side_by_side", "ignore_table", "short_records", "apostrophes", "lifetime", "corrections", "count")
_FLAGS += ("dimensions_first", "every_day")
_PATTERNS = ("name_matches", "sheet", "ignore_sheets", "title", "filters")
_TOP = {"name", "reads", "layout", "shape", "platforms", "name_starts_with", "delimiter", "encodings", "json_path", "json_keys", "header_within"}
_TOP |= {"above", "comments", "description_rows", "tables", "columns", "ignore", "ignore_matches", "totals", "footers", "missing", "number"}
_TOP |= {"day", "instant", "window", "snapshot_day", "set", "keep_where", "drop_where", "group", "zone", "delay_days", "titles"}
_TOP |= {"refuse", "without", "events", "later_wins", "unnest", "and_as", "first_per", *_FLAGS, *_PATTERNS}
_PURPOSES = ("into", "metric", "sum_into", "dimension", "filter")
_INHERITED = {"name", "reads", "platforms", "missing", "number", "day", "instant", "zone", "apostrophes", "delay_days"}
_FURTHER = {"shape", "columns", "set", "keep_where", "drop_where", "first_per", "count", "missing", "number", "day", "instant", "lifetime"}
_NUMBER = {"decimal", "thousands", "whole", "chinese"}
_COLUMN = {*_PURPOSES, "also", "matches", "required", "lifetime", "unit", "or_title", "personal", "values", "missing"}
_COLUMN |= {"number", "percent", "duration", "times", "first_of", "one_of", "joined_with", "same_as", "zero_with", "corrections"}
_EVENTS = {"person", "at_micros", "event", "params", "session", "seconds", "touch", "touch_start", "otherwise", "order"}
_EVENT_ORDER = {"event", "record", "transaction", "value", "currency", "status"}
_WINDOW_GROUPS = {"start", "end", "day", "currency"}
_TEXT_KINDS = {"text", "id", "metric", "currency", "status", "kind"}


class _Entry:
    """One part of a map under inspection: every getter notes what is wrong and goes on, so that all mistakes are told at once."""

    def __init__(self, content: dict[str, Any], where: str, wrong: list[str], allowed: set[str]) -> None:
        self.content, self.where, self.wrong = content, where, wrong
        self.wrong += [f"{where}: unknown key {key!r}; keys are {sorted(allowed)}" for key in content if key not in allowed]

    def bad(self, text: str) -> None:
        self.wrong.append(f"{self.where}: {text}")

    def texts(self, key: str) -> tuple[str, ...]:
        said = self.content.get(key) or ()
        return (str(said),) if isinstance(said, str | int | float) else tuple(str(item) for item in said)

    def flag(self, key: str) -> bool:
        said = self.content.get(key, False)
        if not isinstance(said, bool):
            self.bad(f"{key} is true or false")
        return said is True

    def whole(self, key: str, otherwise: int) -> int:
        said = self.content.get(key, otherwise)
        if isinstance(said, bool) or not isinstance(said, int) or said < 0:
            self.bad(f"{key} is a whole number")
            return otherwise
        return said

    def word(self, key: str, allowed: Iterable[str]) -> str | None:
        said = self.content.get(key)
        if said is not None and said not in allowed:
            self.bad(f"{key} must be one of {sorted(allowed)}")
        return said

    def patterns(self, key: str) -> tuple[re.Pattern[str], ...]:
        found = []
        for text in self.texts(key):
            try:
                found.append(re.compile(text))
            except re.error as error:
                self.bad(f"{text!r} is no regular expression ({error})")
        return tuple(found)

    def pattern(self, key: str) -> re.Pattern[str] | None:
        found = self.patterns(key)
        return found[0] if found else None

    def part(self, key: str, allowed: set[str]) -> _Entry:
        said = self.content.get(key) or {}
        if not isinstance(said, dict):
            self.bad(f"{key} is a map")
            said = {}
        return _Entry(said, f"{self.where}, {key}", self.wrong, allowed)


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
    entry = _Entry(content, where, wrong, _TOP)
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
    number = _number(entry.part("number", _NUMBER))
    columns = tuple(
        _column(str(header), value, shape, number, f"{where}, column {header}", wrong) for header, value in (content.get("columns") or {}).items()
    )
    constants = _constants(entry, shape)
    snapshot, window = entry.word("snapshot_day", _SNAPSHOTS), _window(entry)
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
    day, instant, titles, group = _dates(entry, "day"), _dates(entry, "instant"), _titles(entry), _group(entry)
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
        json_keys=content.get("json_keys"),
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


def _check_columns(entry: _Entry, columns: tuple[Column, ...], shape: str, layout: str, constant: set[str], snapshot: str | None) -> None:
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


def _further_shapes(entry: _Entry, content: dict[str, Any], where: str, wrong: list[str]) -> tuple[Adapter, ...]:
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


def _column(header: str, value: Any, shape: str, number: Number, where: str, wrong: list[str]) -> Column:
    entry = _Entry(value if isinstance(value, dict) else {}, where, wrong, _COLUMN)
    said = entry.content
    purposes = [key for key in _PURPOSES if key in said]
    # One number may be a metric of its own and a part of a sum; one cell may name the day and the hour, a part of it.
    is_both = purposes == ["metric", "sum_into"] or (purposes == ["into", "dimension"] and said["into"] == "day")
    if (len(purposes) > 1 and not is_both) or (not purposes and not said.get("personal")):
        entry.bad(f"needs exactly one of {', '.join(_PURPOSES)} (or metric with sum_into, or into: day with dimension), or personal alone")
    if said.get("metric") and said.get("metric") == said.get("sum_into"):
        entry.bad("a column is a metric or a part of it, not both")
    if "first_of" in said and "one_of" in said:
        entry.bad("either first_of or one_of")
    if said.get("same_as") and FIELDS[shape].get(said.get("into", "")) not in ("day", "instant"):
        entry.bad("only days and instants are the same as another column's")
    for key in ("corrections", "zero_with"):
        if said.get(key) and not {"metric", "sum_into"} & set(purposes):
            entry.bad(f"only a metric column has {key}")
    if "into" in said and said["into"] not in FIELDS[shape]:
        entry.bad(f"{said['into']!r} is no field of {shape}; fields are {sorted(FIELDS[shape])}")
    if shape != "counts" and {"metric", "sum_into", "dimension"} & set(purposes):
        entry.bad("only counts have metric, sum_into and dimension columns")
    if said.get("personal") and {"metric", "sum_into"} & set(purposes):
        entry.bad("a personal column is no number")
    if said.get("personal") and "into" in said and FIELDS[shape].get(said["into"]) not in ("text", "id", "person"):
        entry.bad("a personal column is read into a text field")
    values = said.get("values") or {}
    if not isinstance(values, dict):
        entry.bad("values is a map from cell to meaning")
        values = {}
    return Column(
        header=header,
        also=entry.texts("also"),
        matches=entry.pattern("matches"),
        into=said.get("into"),
        metric=said.get("metric"),
        sum_into=said.get("sum_into"),
        dimension=said.get("dimension"),
        unit=said.get("unit"),
        values=tuple((plainly(str(cell)), str(meaning)) for cell, meaning in values.items()),
        missing=entry.texts("missing"),
        number=_column_number(entry, number),
        **{key: entry.texts(key) for key in ("first_of", "one_of", "joined_with", "same_as", "zero_with")},  # type: ignore[arg-type]
        **{key: entry.flag(key) for key in ("required", "lifetime", "or_title", "personal", "filter", "corrections")},  # type: ignore[arg-type]
    )


def _number(entry: _Entry) -> Number:
    decimal, thousands = str(entry.content.get("decimal", ".")), entry.texts("thousands")
    if len(decimal) != 1 or any(len(mark) != 1 for mark in thousands) or decimal in thousands:
        entry.bad("decimal and thousands are single characters, and differ")
    whole = entry.flag("whole")
    if whole and len(entry.content) > 1:
        entry.bad("whole says all: counts in any grouping")
    return Number(decimal=decimal, thousands=thousands, whole=whole, chinese=entry.flag("chinese"))


def _column_number(entry: _Entry, whole: Number) -> Number | None:
    said = entry.content
    if not {"number", "percent", "duration", "times"} & set(said):
        return None
    base = _number(entry.part("number", _NUMBER)) if "number" in said else whole
    try:
        times = Decimal(str(said.get("times", 1)))
    except InvalidOperation:
        entry.bad("times is a number")
        times = Decimal(1)
    percent = entry.word("percent", {"sign", "hundred", "fraction"})
    duration = entry.flag("duration")
    if percent and duration:
        entry.bad("a share is no duration")
    return replace(base, percent=percent, duration=duration, times=times)


def _dates(entry: _Entry, key: str) -> Dates:
    part = entry.part(key, {"pattern", "format", "formats", "months"})
    part.pattern("pattern")
    formats, months = part.texts("formats"), part.texts("months") or ("en",)
    if formats and {"pattern", "format"} & set(part.content):
        part.bad("either formats, or pattern and format")
    _check_formats(part, formats, months)
    return Dates(formats, months, part.content.get("pattern", Dates.pattern), part.content.get("format", Dates.pattern_format))


def _check_formats(part: _Entry, formats: tuple[str, ...], months: tuple[str, ...]) -> None:
    if set(months) - set(LANGUAGES):
        part.bad(f"months are languages of {sorted(LANGUAGES)}")
        return
    orders: dict[str, str] = {}
    for text in formats:
        try:
            compiled(text, months)
        except Unreadable as error:
            part.bad(f"format {text!r}: {error}")
        skeleton = re.sub(r"%[md]", "%#", text)
        if orders.setdefault(skeleton, text) != text:
            part.bad(f"{orders[skeleton]!r} and {text!r} read one cell as two days")
        if SPREADSHEET in formats and re.fullmatch(r"%[md]([/-])%[md]\1%[Yy]", text):
            part.bad(f"{text!r} declares what spreadsheet leaves to the column")


def _window(entry: _Entry) -> WindowRule | None:
    if "window" not in entry.content:
        return None
    part = entry.part("window", {"file_name", "preamble", "format", "months", "end_exclusive"})
    file_name, preamble = part.pattern("file_name"), part.patterns("preamble")
    formats, months = part.texts("format") or ("%Y-%m-%d",), part.texts("months") or ("en",)
    _check_formats(part, formats, months)
    groups = {name for pattern in (file_name, *preamble) if pattern for name in pattern.groupindex}
    if not groups or groups - _WINDOW_GROUPS:
        part.bad(f"the patterns of a window have groups named {sorted(_WINDOW_GROUPS)}, and no others")
    return WindowRule(file_name, preamble, Dates(formats, months), part.flag("end_exclusive"))


def _titles(entry: _Entry) -> tuple[tuple[str, Title], ...]:
    titles = []
    for title, value in (entry.content.get("titles") or {}).items():
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            entry.bad(f"title {title}: must name a metric")
            continue
        part = _Entry(value, f"{entry.where}, title {title}", entry.wrong, {"metric", "platforms"})
        titles.append((plainly(str(title)), Title(value["metric"], part.texts("platforms"))))
    return tuple(titles)


def _constants(entry: _Entry, shape: str) -> tuple[tuple[str, str], ...]:
    said = entry.content.get("set") or {}
    if not isinstance(said, dict):
        entry.bad("set is a map from field to text")
        return ()
    extra = {"dimension", "member"} if shape == "counts" else set()
    for name in said:
        if name not in extra and FIELDS[shape].get(name) not in _TEXT_KINDS:
            entry.bad(f"set: {name!r} is no text field of {shape}")
    return tuple((str(name), str(text)) for name, text in said.items())


def _where(entry: _Entry, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    part = entry.part(key, set(entry.content.get(key) or {}))
    return tuple((str(column), part.texts(column)) for column in part.content)


def _group(entry: _Entry) -> Group | None:
    part = entry.part("group", {"by", "first_non_empty"})
    if part.content and not isinstance(part.content.get("by"), str):
        part.bad("needs by, the column that names the group")
        return None
    return Group(part.content["by"], part.texts("first_non_empty")) if part.content else None


def _check_zone(entry: _Entry) -> None:
    if "zone" in entry.content:
        try:
            ZoneInfo(str(entry.content["zone"]))
        except (ZoneInfoNotFoundError, ValueError):
            entry.bad(f"zone {entry.content['zone']!r} is no time zone")


def _check_encodings(entry: _Entry) -> None:
    for name in entry.texts("encodings"):
        try:
            codecs.lookup(name)
        except LookupError:
            entry.bad(f"encoding {name!r} is not known")
