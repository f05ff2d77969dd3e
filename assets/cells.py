"""Reads text cells into typed values, each with the rule that it breaks, if any; everything as column expressions.

Belongs here: how numbers, days, instants, flags and codes may be spelt. Never here: which column is which, what a number means.
Nothing is guessed: a spelling that is not declared is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from assets.dates import NO_DAY, NO_YEAR, UNKNOWN, Window, day_text, instant_text, spelt_out
from assets.maps import ISO, PLAIN, Dates, Number
from assets.numbers import plain_number
from assets.people import pseudonyms
from assets.plain_names import plainly

_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"
_SMALL = r"^-?0*[0-9]{1,19}(?:\.[0-9]+)?$"
_NOT_FINITE = ("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞", "-∞")
_LIMIT = 2**63
_EARLIEST = date(1990, 1, 1)
_INSTANT = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<minute>[0-2]?[0-9]:[0-5][0-9])(?P<second>:[0-5][0-9])?(?P<fraction>\.[0-9]{1,9})?"
    r" ?(?P<offset>Z|z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
# The plainest of these.
_UTC_SECOND = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$"

# An id that a spreadsheet has rounded: its last digits are gone, and another post may have the same first ones.
_ROUNDED = r"^[ \t\u00a0]*[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}[ \t\u00a0]*$"


@dataclass(frozen=True)
class Spelling:
    """What the reading of a file's cells depends on besides the cells."""

    zone: str
    company_zone: str
    last_day: date
    person_key: bytes = field(repr=False)
    day: Dates = ISO
    instant: Dates = ISO
    number: Number = PLAIN
    missing: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    apostrophes: bool = False
    window: Window = UNKNOWN
    # A workbook types its dates itself; they arrive as ISO, whatever the map says of dates written as text.
    has_native_days: bool = False
    # The table was saved again where 12.5 is written 12,5.
    has_turned_marks: bool = False
    # The cells are a piece of a column whose rest is not known here.
    is_piece: bool = False

    @property
    def first_future_instant(self) -> datetime:
        """UTC of the company's midnight behind the last day that may be spoken of."""
        midnight = datetime.combine(self.last_day + timedelta(days=1), time(), ZoneInfo(self.company_zone))
        return midnight.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Cell:
    """A typed value, and from that value the rule that the cell breaks (null when fine). A missing cell has neither.

    The rule is a function of the finished column: as one expression it would parse every cell a second time.
    """

    value: pl.Expr
    rule: Callable[[pl.Expr], pl.Expr]


def present(column: pl.Expr, missing: tuple[str, ...] = ()) -> pl.Expr:
    """The cell without the blanks around it; null when it says nothing."""
    text = column.str.strip_chars(" \t\u00a0")
    gone = text == ""
    if missing:
        gone = gone | text.is_in(missing)
    return pl.when(~gone).then(text)


def prepared(column: pl.Expr, how: Spelling) -> pl.Expr:
    """The cell as its platform meant it: without the apostrophe that a spreadsheet put before it, and translated where the map says so."""
    if how.apostrophes:
        column = column.str.strip_prefix("'")
    if how.values:
        meanings = dict(how.values)
        if "" in meanings:
            # Left alone, an empty cell is null and would never be asked what it means.
            column = column.fill_null("")
        column = column.map_batches(lambda cells: spelt_out(cells, lambda cell: meanings.get(plainly(cell), cell)), return_dtype=pl.String)
    return column


def required(cell: Cell, column: pl.Expr, missing: tuple[str, ...]) -> Cell:
    def rule(value: pl.Expr) -> pl.Expr:
        # What has a value is not empty, and need not be looked at again.
        is_empty = value.is_null() & present(pl.when(value.is_null()).then(column), missing).is_null()
        return pl.when(is_empty).then(pl.lit("required_cell_empty")).otherwise(cell.rule(value))

    return Cell(cell.value, rule)


def _unless(text: pl.Expr, rule: str) -> Callable[[pl.Expr], pl.Expr]:
    """The rule of cells that say something which has no value."""
    return lambda value: pl.when(text.is_not_null() & value.is_null()).then(pl.lit(rule)).otherwise(pl.lit(None, pl.String))


def _text(column: pl.Expr, how: Spelling) -> Cell:
    # Kept to the last blank: trimming a metric or a person would join what the platform kept apart.
    value = pl.when(present(column, how.missing).is_not_null()).then(column)
    return Cell(value, lambda _: pl.lit(None, pl.String))


def _id(column: pl.Expr, how: Spelling) -> Cell:
    cell = _text(column, how)
    rounded = column.str.contains(_ROUNDED)
    if how.missing:
        rounded = rounded & cell.value.is_not_null()
    return Cell(cell.value, lambda _: pl.when(rounded).then(pl.lit("id_lost_digits")).otherwise(pl.lit(None, pl.String)))


def hashed(cell: Cell, how: Spelling) -> Cell:
    """A person, as everybody else will know them."""
    return Cell(cell.value.map_batches(lambda people: pseudonyms(people, how.person_key), return_dtype=pl.String), cell.rule)


def _person(column: pl.Expr, how: Spelling) -> Cell:
    return hashed(_id(column, how), how)


def _decimal(column: pl.Expr, how: Spelling, lowest: int | None) -> Cell:
    text = present(column, how.missing)
    if not how.number.is_plain:
        text = text.map_batches(lambda cells: spelt_out(cells, lambda cell: plain_number(cell, how.number)), return_dtype=pl.String)

    def rule(value: pl.Expr) -> pl.Expr:
        # Nearly every cell has a value: only of the others is it asked why.
        odd = pl.when(value.is_null()).then(text)
        broken = (
            pl.when(odd.str.to_lowercase().is_in(_NOT_FINITE))
            .then(pl.lit("not_finite"))
            .when(~odd.str.contains(_NUMBER))
            .then(pl.lit("not_a_number"))
            .when(odd.is_not_null() | (value.abs() >= _LIMIT))
            .then(pl.lit("out_of_range"))
        )
        return broken.when(value < lowest).then(pl.lit("negative_count")) if lowest is not None else broken

    return Cell(pl.when(text.str.contains(_SMALL)).then(text).cast(pl.Decimal(38, 6), strict=False), rule)


def _number(column: pl.Expr, how: Spelling) -> Cell:
    return _decimal(column, how, None)


def _amount(column: pl.Expr, how: Spelling) -> Cell:
    return _decimal(column, how, 0)


def _real(column: pl.Expr, how: Spelling) -> Cell:
    cell = _decimal(column, how, None)
    return Cell(cell.value.cast(pl.Float64), cell.rule)


def _duration(column: pl.Expr, how: Spelling) -> Cell:
    cell = _decimal(column, how, 0)
    return Cell(cell.value.cast(pl.Float64), cell.rule)


def _whole(column: pl.Expr, how: Spelling) -> Cell:
    cell = _decimal(column, how, 0)
    text = present(column, how.missing)
    is_whole = text.str.contains(r"^-?[0-9]+(?:\.0+)?$")
    value = pl.when(is_whole).then(cell.value).cast(pl.Int64, strict=False)
    return Cell(value, lambda whole: pl.when(~is_whole).then(pl.lit("not_a_number")).otherwise(cell.rule(whole)))


def _within(value: pl.Expr, first: date | datetime, after_last: date | datetime) -> pl.Expr:
    return (
        pl.when(value < first)
        .then(pl.lit("day_out_of_range"))
        .when(value >= after_last)
        .then(pl.lit("future_day"))
        .otherwise(pl.lit(None, pl.String))
    )


def _declared(text: pl.Expr, how: Spelling, dates: Dates, read: Callable[[str, Dates, Window], str]) -> pl.Expr:
    """Cells in declared formats, as ISO; what a workbook typed as a date itself is that already."""

    def spelt(cell: str) -> str:
        return cell if how.has_native_days and re.match(_INSTANT, cell) else read(cell, dates, how.window)

    return text.map_batches(lambda cells: spelt_out(cells, spelt), return_dtype=pl.String)


def _no_day_because(text: pl.Expr, rule: str) -> Callable[[pl.Expr], pl.Expr]:
    otherwise = _unless(text, rule)
    return lambda value: pl.when(text == NO_YEAR).then(pl.lit("no_year")).when(text == NO_DAY).then(pl.lit("no_day")).otherwise(otherwise(value))


def _day(column: pl.Expr, how: Spelling) -> Cell:
    text = present(column, how.missing)
    pattern, form = how.day.pattern, how.day.pattern_format
    if how.day.formats:
        text = _declared(text, how, how.day, day_text)
    elif how.has_native_days and pattern == Dates.pattern:
        # An export's own hour on a typed date says when it was made up, not when it was counted.
        pattern = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T].*)?$"
    if how.day.formats:
        pattern, form = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T].*)?$", "%Y-%m-%d"
    bad = _no_day_because(text, "not_a_day")
    value = text.str.extract(pattern, 1).str.to_date(form, strict=False)
    return Cell(value, lambda day: pl.coalesce(bad(day), _within(day, _EARLIEST, how.last_day + timedelta(days=1))))


def _instant(column: pl.Expr, how: Spelling) -> Cell:
    text = present(column, how.missing)
    if how.instant.formats:
        text = _declared(text, how, how.instant, instant_text)
    bad = _no_day_because(text, "not_an_instant")
    first, after_last = datetime.combine(_EARLIEST, time()), how.first_future_instant
    value = text.map_batches(lambda series: _utc(series, how.zone), return_dtype=pl.Datetime("us"))
    return Cell(value, lambda instant: pl.coalesce(bad(instant), _within(instant, first, after_last)))


def _utc(text: pl.Series, zone: str) -> pl.Series:
    """Step by step, each finished before the next: as one expression the pattern would be matched once for every part."""
    if text.str.contains(_UTC_SECOND).all():
        # Nothing to take apart: the same days and times of day as below, in half of the time.
        return text.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=False)
    part = text.str.extract_groups(_INSTANT).struct.unnest()
    spelt = pl.concat_str("day", pl.lit("T"), pl.col("minute").str.zfill(5).fill_null("00:00"), pl.col("second").fill_null(":00"))
    form = "%Y-%m-%dT%H:%M:%S"
    if part["fraction"].null_count() < part.height:
        spelt, form = pl.concat_str(spelt, pl.col("fraction").fill_null("")), form + "%.f"
    part = part.select("offset", wall=spelt.str.to_datetime(form, time_unit="us", strict=False))
    # A file has a handful of offsets; each is read once.
    minutes = {offset: _minutes(offset) for offset in part["offset"].unique().to_list() if offset is not None}
    away = pl.col("offset").replace_strict(minutes, default=None, return_dtype=pl.Int64) if minutes else pl.lit(None, pl.Int64)
    part = part.with_columns(utc=pl.col("wall") - pl.duration(minutes=away))
    if part["offset"].null_count():
        local = _local_to_utc(part.filter(pl.col("offset").is_null())["wall"].unique().drop_nulls(), zone)
        part = part.join(local, on="wall", how="left", maintain_order="left").with_columns(
            utc=pl.when(pl.col("offset").is_null()).then("local").otherwise("utc")
        )
    return part["utc"]


def _minutes(offset: str) -> int | None:
    """+08:00, -0330, +08, Z -> minutes east; null beyond 18 hours, which no place on Earth is."""
    if offset[0] not in "+-":
        return 0
    minutes = int(offset[1:3]) * 60 + int(offset[3:].removeprefix(":") or 0)
    return None if minutes > 18 * 60 else minutes if offset[0] == "+" else -minutes


def _local_to_utc(walls: pl.Series, zone: str) -> pl.DataFrame:
    """An hour that a clock shows twice is its first; an hour that it skips lies as long after the jump as it says."""
    wall = pl.col("wall")

    def at(shift: timedelta) -> pl.Expr:
        local = (wall - shift).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        return local.dt.convert_time_zone("UTC").dt.replace_time_zone(None) + shift

    found = walls.alias("wall").to_frame().with_columns(local=at(timedelta(0)))
    # Skipped hours end within 3 h; the day that Apia skipped within 27.
    for shift in (timedelta(hours=3), timedelta(hours=27)):
        if found["local"].null_count():
            found = found.with_columns(local=pl.coalesce("local", at(shift)))
    return found


def _one_of(rule: str, allowed: tuple[str, ...]) -> Callable[[pl.Expr, Spelling], Cell]:
    def read(column: pl.Expr, how: Spelling) -> Cell:
        text = present(column, how.missing).str.to_lowercase()
        return Cell(pl.when(text.is_in(allowed)).then(text), _unless(text, rule))

    return read


def _flag(column: pl.Expr, how: Spelling) -> Cell:
    cell = _one_of("not_a_flag", ("true", "false", "1", "0"))(column, how)
    return Cell(cell.value.is_in(("true", "1")), cell.rule)


def _currency(column: pl.Expr, how: Spelling) -> Cell:
    text = present(column, how.missing)
    return Cell(pl.when(text.str.contains("^[A-Z]{3}$")).then(text), _unless(text, "not_a_currency"))


READERS: Mapping[str, Callable[[pl.Expr, Spelling], Cell]] = {
    "text": _text,
    "id": _id,
    "person": _person,
    "metric": _text,
    "number": _number,
    "amount": _amount,
    "real": _real,
    "duration": _duration,
    "whole": _whole,
    "day": _day,
    "instant": _instant,
    "flag": _flag,
    "currency": _currency,
    "status": _one_of("unknown_status", ("paid", "refunded", "cancelled")),
    "kind": _one_of("unknown_kind", ("mention", "decision", "crisis")),
}
