"""The adapter maps of `adapters/*.yml`: what a map may say, loaded and validated, all mistakes at once.

Belongs here: the vocabulary of the maps. Never here: a header, metric or platform name (they are in the YAML), a file.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.shapes import SHAPES

FOLDER = Path(__file__).parent / "adapters"

# What a column may be read into, per shape, and how its cells are spelt.
FIELDS: dict[str, dict[str, str]] = {
    "counts": {
        "metric": "metric",
        "day": "day",
        "value": "number",
        "campaign": "text",
        "post": "text",
        "currency": "currency",
    },
    "activity": {"person": "text", "at": "instant", "event": "text", "seconds": "duration", "session": "text"},
    "touches": {
        "person": "text",
        "at": "instant",
        "source": "text",
        "medium": "text",
        "campaign": "text",
        "channel": "text",
    },
    "orders": {
        "order_id": "text",
        "person": "text",
        "at": "instant",
        "value": "amount",
        "currency": "currency",
        "status": "status",
    },
    "cases": {
        "case_id": "text",
        "kind": "kind",
        "opened_at": "instant",
        "answered_at": "instant",
        "closed_at": "instant",
        "is_auto_reply": "flag",
        "topic": "text",
        "sentiment": "real",
        "approved_at": "instant",
        "executed_at": "instant",
        "hops": "whole",
        "person_role": "text",
    },
}
NEEDED = {
    "counts": {"day"},
    "activity": {"person", "at"},
    "touches": {"person", "at"},
    "orders": {"order_id", "person", "at", "value"},
    "cases": {"case_id", "kind", "opened_at"},
}
_READS = {"csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"}
_LAYOUTS = {"header", "titled_blocks", "events"}
_TOP = {"name", "reads", "layout", "shape", "platforms", "name_starts_with", "delimiter", "columns", "ignore", "totals"}
_TOP |= {"footers", "missing", "titles", "refuse", "without", "events", "day"}
_COLUMN = {"into", "also", "required", "metric", "dimension", "lifetime", "unit", "or_title"}
_TITLE = {"metric", "platforms"}
_REFUSE = {"reason", "message"}
_DAY = {"pattern", "format"}
_EVENTS = {"person", "at_micros", "event", "params", "session", "seconds", "touch", "touch_start", "otherwise", "order"}
_EVENT_ORDER = {"event", "record", "transaction", "value", "currency", "status"}


class BadAdapters(Exception):
    """The shipped maps contradict themselves; every contradiction is listed."""


@dataclass(frozen=True)
class Column:
    header: str
    also: tuple[str, ...] = ()
    into: str | None = None
    required: bool = False
    metric: str | None = None
    dimension: str | None = None
    lifetime: bool = False
    unit: str | None = None
    or_title: bool = False

    @functools.cached_property
    def spellings(self) -> frozenset[str]:
        return frozenset(plainly(name) for name in (self.header, *self.also))


@dataclass(frozen=True)
class Title:
    metric: str
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adapter:
    name: str
    reads: frozenset[str]
    shape: str
    layout: str = "header"
    platforms: tuple[str, ...] = ()
    name_starts_with: str | None = None
    delimiter: str = ","
    columns: tuple[Column, ...] = ()
    ignore: frozenset[str] = frozenset()
    totals: frozenset[str] = frozenset()
    footers: tuple[re.Pattern[str], ...] = ()
    missing: tuple[str, ...] = ()
    titles: tuple[tuple[str, Title], ...] = ()
    refuse: tuple[str, str] | None = None
    without: frozenset[str] = frozenset()
    day_pattern: str = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$"
    day_format: str = "%Y-%m-%d"
    events: tuple[tuple[str, Any], ...] = ()

    def title(self, text: str) -> Title | None:
        return dict(self.titles).get(plainly(text))

    def metrics(self) -> set[str]:
        named = {column.metric for column in self.columns if column.metric}
        return named | {title.metric for _, title in self.titles}


def plainly(name: str) -> str:
    """A header as it is compared: soft hyphens, marks, NBSP, trailing colons and case make no difference."""
    text = unicodedata.normalize("NFC", name)
    for invisible in ("\u00ad", "\ufeff", "\u200b", "\u200e", "\u200f"):
        text = text.replace(invisible, "")
    return " ".join(text.replace("\u00a0", " ").split()).rstrip(":： ").casefold()


def fingerprint(folder: Path = FOLDER) -> str:
    """Changes with any byte of any map: what was read with the old maps is then read again."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> tuple[Adapter, ...]:
    """All maps, validated; all mistakes at once."""
    import yaml

    wrong: list[str] = []
    adapters: list[Adapter] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            wrong.append(f"{path.name}: {error}")
            continue
        if not isinstance(content, dict) or set(content) != {"adapters"} or not isinstance(content["adapters"], list):
            wrong.append(f"{path.name}: must hold one list named adapters")
            continue
        for entry in content["adapters"]:
            adapter = _adapter(entry, path.name, wrong)
            if adapter:
                adapters.append(adapter)
    names = [adapter.name for adapter in adapters]
    wrong += [f"two adapters are named {name}" for name in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        raise BadAdapters("\n".join(wrong))
    return tuple(adapters)


def _adapter(entry: Any, where: str, wrong: list[str]) -> Adapter | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        wrong.append(f"{where}: every adapter is a map with a name")
        return None
    where = f"{where}, adapter {entry['name']}"
    _unknown(entry, _TOP, where, wrong)
    before = len(wrong)
    reads, shape, layout = set(entry.get("reads") or []), str(entry.get("shape")), str(entry.get("layout", "header"))
    if not reads or not reads <= _READS:
        wrong.append(f"{where}: reads must list some of {sorted(_READS)}")
    if shape not in SHAPES:
        wrong.append(f"{where}: shape must be one of {list(SHAPES)}")
    if layout not in _LAYOUTS:
        wrong.append(f"{where}: layout must be one of {sorted(_LAYOUTS)}")
    if len(wrong) > before:
        return None
    columns = tuple(_column(header, value, shape, where, wrong) for header, value in (entry.get("columns") or {}).items())
    into = {column.into for column in columns if column.into}
    if layout != "events" and "refuse" not in entry and not NEEDED[shape] <= into:
        wrong.append(f"{where}: no column is read into {sorted(NEEDED[shape] - into)}")
    titles = []
    for title, value in (entry.get("titles") or {}).items():
        if not isinstance(value, dict) or not isinstance(value.get("metric"), str):
            wrong.append(f"{where}, title {title}: must name a metric")
            continue
        _unknown(value, _TITLE, f"{where}, title {title}", wrong)
        titles.append((plainly(title), Title(value["metric"], tuple(value.get("platforms") or ()))))
    refuse, day, events = entry.get("refuse") or {}, entry.get("day") or {}, entry.get("events") or {}
    for part, allowed, name in ((refuse, _REFUSE, "refuse"), (day, _DAY, "day"), (events, _EVENTS, "events")):
        _unknown(part, allowed, f"{where}, {name}", wrong)
    _unknown(events.get("order") or {}, _EVENT_ORDER, f"{where}, events.order", wrong)
    if (layout == "events") != bool(events):
        wrong.append(f"{where}: events belongs to layout events, and only there")
    if refuse and set(refuse) != _REFUSE:
        wrong.append(f"{where}: refuse needs a reason and a message")
    footers = []
    for pattern in (*(entry.get("footers") or ()), *([day["pattern"]] if "pattern" in day else [])):
        try:
            footers.append(re.compile(pattern))
        except re.error as error:
            wrong.append(f"{where}: {pattern!r} is no regular expression ({error})")
    if len(wrong) > before:
        return None
    return Adapter(
        name=entry["name"],
        reads=frozenset(reads),
        shape=shape,
        layout=layout,
        platforms=tuple(name.casefold() for name in entry.get("platforms") or ()),
        name_starts_with=entry.get("name_starts_with"),
        delimiter=entry.get("delimiter", ","),
        columns=columns,
        ignore=frozenset(plainly(name) for name in entry.get("ignore") or ()),
        totals=frozenset(plainly(name) for name in entry.get("totals") or ()),
        footers=tuple(footers[: len(entry.get("footers") or ())]),
        missing=tuple(str(token) for token in entry.get("missing") or ()),
        titles=tuple(titles),
        refuse=(refuse["reason"], refuse["message"]) if refuse else None,
        without=frozenset(plainly(name) for name in entry.get("without") or ()),
        day_pattern=day.get("pattern", Adapter.day_pattern),
        day_format=day.get("format", Adapter.day_format),
        events=tuple(events.items()),
    )


def _column(header: Any, value: Any, shape: str, where: str, wrong: list[str]) -> Column:
    where = f"{where}, column {header}"
    value = value if isinstance(value, dict) else {}
    _unknown(value, _COLUMN, where, wrong)
    purposes = [key for key in ("into", "metric", "dimension") if key in value]
    if len(purposes) != 1:
        wrong.append(f"{where}: needs exactly one of into, metric, dimension")
    if "into" in value and value["into"] not in FIELDS[shape]:
        wrong.append(f"{where}: {value['into']!r} is no field of {shape}; fields are {sorted(FIELDS[shape])}")
    if shape != "counts" and set(purposes) - {"into"}:
        wrong.append(f"{where}: only counts have metric and dimension columns")
    known = {key: item for key, item in value.items() if key in _COLUMN and key != "also"}
    return Column(header=str(header), also=tuple(str(name) for name in value.get("also") or ()), **known)


def _unknown(part: Any, allowed: set[str], where: str, wrong: list[str]) -> None:
    wrong += [f"{where}: unknown key {key!r}; keys are {sorted(allowed)}" for key in part if key not in allowed]
