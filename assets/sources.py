"""The databases a company reads besides its exports: company/sources.toml, read and judged.

Belongs here: what may be declared, and every mistake in it at once. Never here: a connection, a password, a query that is run.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

FILE = "sources.toml"
LABEL = f"company/{FILE}"
KINDS = ("postgresql",)
MAX_BATCH_ROWS = 500_000
_PLAIN = Path(__file__).with_name("adapters") / "plain.yml"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,79}")


@cache
def shapes() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Shape -> (required, optional) columns, for the plain shapes of what a person did at an instant. From the map that will read
    the batches: a second list would one day allow what the landing refuses."""
    import yaml

    found = {}
    for plain in yaml.safe_load(_PLAIN.read_text(encoding="utf-8"))["adapters"]:
        needed = tuple(name for name, column in plain["columns"].items() if column.get("required"))
        if {"person", "at"} <= set(needed):
            found[plain["shape"]] = needed, tuple(name for name in plain["columns"] if name not in needed)
    return found


@dataclass(frozen=True)
class Source:
    """One declared query. `cursor` are the columns that only ever rise; `written_at` says when a row was written, where they do not."""

    name: str
    account_id: str
    shape: str
    dsn_env: str
    query: str
    cursor: tuple[str, ...]
    kind: str = KINDS[0]
    batch_rows: int = 50_000
    lag_seconds: int = 300
    timeout_seconds: int = 300
    written_at: str = ""
    cursor_zone: str = ""
    required: bool = False


@dataclass(frozen=True)
class Misdeclared:
    """One thing in sources.toml that a person must change. It never repeats a value: somebody may have put a password there."""

    line: int | None
    key: str | None
    message: str
    hint: str = ""
    file: str = LABEL

    def __str__(self) -> str:
        place = self.file + (f" line {self.line}" if self.line else "") + (f", {self.key}" if self.key else "")
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def read_sources(path: Path, accounts: Collection[str] | None = None) -> tuple[list[Source], list[Misdeclared]]:
    """The declared sources and everything wrong with them; no file means no source. `accounts`: the account ids there are."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        found = tomllib.loads(text)
    except FileNotFoundError:
        return [], []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = re.search(r"at line (\d+)", str(error))
        # not the error's own words: they may quote the line, and the line may be an address with a password
        return [], [Misdeclared(int(at[1]) if at else None, None, "cannot be read", 'write [[source]] and key = "value" lines below it')]
    problems = [Misdeclared(None, key, "unknown setting", "every source begins with [[source]]") for key in found if key != "source"]
    declared = found.get("source", [])
    if not isinstance(declared, list) or not all(isinstance(entry, dict) for entry in declared):
        return [], [*problems, Misdeclared(None, "source", "must be a list of tables", "begin every source with [[source]], twice bracketed")]
    starts = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*source\s*\]\]", line)]
    sources: list[Source] = []
    for index, entry in enumerate(declared):
        line = starts[index] if index < len(starts) else None
        source, wrong = _judge(entry, line)
        problems += wrong
        if source is None:
            continue
        if any(other.name == source.name for other in sources):
            problems.append(Misdeclared(line, "name", f"two sources are called {source.name!r}", "a name keeps one cursor"))
        if accounts is not None and source.account_id not in accounts:
            hint = get_close_matches(source.account_id, list(accounts), n=1)
            text_of = f"no account {source.account_id!r} in accounts.csv"
            problems.append(Misdeclared(line, "account_id", text_of, f"did you mean {hint[0]}?" if hint else ""))
        sources.append(source)
    return sources, problems


def _judge(entry: dict[str, object], line: int | None) -> tuple[Source | None, list[Misdeclared]]:
    problems: list[Misdeclared] = []

    def wrong(key: str, message: str, hint: str = "") -> None:
        problems.append(Misdeclared(line, key, message, hint))

    fields = Source.__dataclass_fields__
    for key in entry:
        if key in ("dsn", "password", "url", "uri", "host", "user"):
            wrong(key, "addresses and passwords do not belong in a file", 'put the address into the environment and name it: dsn_env = "SHOP_DB_DSN"')
        elif key not in fields:
            near = get_close_matches(key, list(fields), n=1)
            wrong(key, "unknown setting", f"did you mean {near[0]}?" if near else f"there are {', '.join(fields)}")

    def text(key: str, default: str = "", is_needed: bool = True) -> str:
        value = entry.get(key, default)
        if not isinstance(value, str):
            wrong(key, "must be text", 'put it in "quotes"')
        elif value.strip():
            return value.strip()
        elif is_needed:
            wrong(key, "is missing")
        return ""

    def number(key: str, default: int, lowest: int, highest: int) -> int:
        value = entry.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        wrong(key, f"must be a whole number from {lowest:,} to {highest:,}")
        return default

    name, account_id, shape, variable = text("name"), text("account_id"), text("shape"), text("dsn_env")
    kind, query = text("kind", KINDS[0]), text("query")
    if name and not _NAME.fullmatch(name):
        wrong("name", "must be a lower-case word of letters, digits and _, 40 at most", "it names files")
    if account_id and (account_id.startswith(".") or not account_id.isprintable() or set("/\\") & set(account_id)):
        wrong("account_id", "names a folder of the inbox: no slash, no leading dot")
    if shape and shape not in shapes():
        wrong("shape", f"must be {' or '.join(sorted(shapes()))}")
    if kind and kind not in KINDS:
        wrong("kind", f"must be {' or '.join(KINDS)}")
    if variable and not _VARIABLE.fullmatch(variable):
        # what stands there is not repeated: it is most likely the address itself
        wrong("dsn_env", "must be the name of an environment variable, not the address itself", 'such as dsn_env = "SHOP_DB_DSN"')
    cursor = entry.get("cursor")
    columns = (cursor,) if isinstance(cursor, str) else tuple(cursor) if isinstance(cursor, list) else ()
    if not 1 <= len(columns) <= 4 or not all(isinstance(column, str) and column.strip() for column in columns) or len(set(columns)) < len(columns):
        wrong("cursor", "must be one to four different columns of the query", 'such as cursor = ["updated_at", "id"]')
    zone = text("cursor_zone", is_needed=False)
    if zone and not _is_zone(zone):
        wrong("cursor_zone", "is no time zone that never changes its clock", 'such as "UTC": where clocks go back, rows would be skipped')
    required = entry.get("required", False)
    if not isinstance(required, bool):
        wrong("required", "must be true or false, without quotes")
    source = Source(
        name=name, account_id=account_id, shape=shape, dsn_env=variable, kind=kind, query=query.rstrip("; \n\t"),
        cursor=tuple(str(column) for column in columns), written_at=text("written_at", is_needed=False), cursor_zone=zone,
        batch_rows=number("batch_rows", 50_000, 1, MAX_BATCH_ROWS), lag_seconds=number("lag_seconds", 300, 0, 7 * 86_400),
        timeout_seconds=number("timeout_seconds", 300, 1, 86_400), required=required is True,
    )  # fmt: skip
    return (None if problems else source), problems


def _is_zone(name: str) -> bool:
    """A zone whose local time never runs backwards: an hour that comes twice would be read once."""
    from datetime import datetime

    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return len({datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}) == 1
