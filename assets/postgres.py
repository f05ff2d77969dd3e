"""One declared query against PostgreSQL: connect, judge its columns, stream its rows behind a cursor.

Belongs here: the driver, SQL around the declared query, what a failure may say aloud. Never here: files, cursors on disk.
Every cell comes as the text that PostgreSQL writes, so that what a Python type cannot hold (infinity, the year 44 BC) reaches the
quarantine of the landing like any other bad cell, and does not end the reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assets.source_state import Cursor, SourceFailed
from assets.sources import Source, shapes

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 15
# A server ends a slow statement itself. One that says nothing for so much longer is frozen: its machine keeps the connection alive, and for ever.
SILENT_SECONDS = 15
FETCH_ROWS = 1_000  # rows in memory at a time; a batch is written as they come
# A cell that alone makes its record too long to be read is cut there: it goes to quarantine either way, and never fills the memory.
MAX_CELL = (1 << 20) + 1
_AWARE, _NAIVE, _DATE = 1184, 1114, 1082
_NUMBERS = {20: "bigint", 21: "smallint", 23: "integer", 1700: "numeric"}
_CLOCKS = {_AWARE: "timestamp with time zone", _NAIVE: "timestamp without time zone"}
_TIE_BREAKERS = {25: "text", 1043: "character varying", 2950: "uuid", _DATE: "date"}
_FLOATS = (700, 701)
# What a failed connection may say, by words that libpq uses; the message itself names users and hosts, and may quote the address.
_CONNECTING = (
    ("password", "the user name or password was refused"),
    ("authentication failed", "the user name or password was refused"),
    ("pg_hba", "the server does not let this machine or user in"),
    ("refused", "nobody listens at the address (connection refused)"),
    ("timeout", f"no answer within {CONNECT_SECONDS} seconds"),
    ("timed out", "no answer in time"),
    ("translate host", "the host's name is not known"),
    ("resolve", "the host's name is not known"),
    ("no such file", "there is no server at the socket named"),
    ("too many clients", "the server has no free connection"),
    ("ssl", "no encrypted connection could be agreed"),
    ("certificate", "the server's certificate is not trusted"),
    ("does not exist", "the database or role does not exist"),
    ("starting up", "the server is starting up"),
    ("shutting down", "the server is shutting down"),
)


@dataclass(frozen=True)
class Row:
    cursor: Cursor
    cells: dict[str, str | None]


@contextmanager
def opened(source: Source, environment: Mapping[str, str], now: datetime) -> Iterator[Query]:
    """One read-only transaction that sees one moment of the database. Every failure in it comes out as a SourceFailed."""
    address = environment.get(source.dsn_env, "").strip()
    if not address:
        raise SourceFailed(f"the environment variable {source.dsn_env} is not set: it holds the address of the database")
    try:
        import psycopg
    except ImportError:
        raise SourceFailed("the PostgreSQL driver is not installed: pip install 'kpi-attribution[postgres]'") from None
    connection = _connect(address, source)
    try:
        with connection:
            yield Query(connection, source, now)
            connection.rollback()
    except psycopg.errors._WaitTimeout:
        raise SourceFailed(f"the server did not answer within {source.timeout_seconds + SILENT_SECONDS} seconds, nor end the query") from None
    except psycopg.errors.QueryCanceled:
        raise SourceFailed(f"the query ran longer than {source.timeout_seconds} seconds and was stopped") from None
    except psycopg.Error as error:
        raise SourceFailed(_querying(error, address)) from None
    except UnicodeError:
        raise SourceFailed("the database holds text that is not in its own encoding") from None
    finally:
        connection.close()


def _connect(address: str, source: Source) -> psycopg.Connection[tuple[Any, ...]]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(address)
    except psycopg.Error:  # its message quotes the address
        form = "postgresql://user:password@host:5432/database"
        raise SourceFailed(f"what {source.dsn_env} holds is no address of a PostgreSQL database; write it as {form}") from None
    try:
        connection = psycopg.connect(
            address, connect_timeout=CONNECT_SECONDS, application_name="kpi-attribution", client_encoding="UTF8",
            # a network that swallows packets must end the reading, not hang the night
            keepalives=1, keepalives_idle=30, keepalives_interval=10, keepalives_count=3, prepare_threshold=None,
        )  # fmt: skip
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    except psycopg.Error as error:
        said = str(error).casefold()
        reason = next((sentence for words, sentence in _CONNECTING if words in said), "the connection failed")
        raise SourceFailed(f"the database of {source.dsn_env} cannot be reached: {reason}") from None
    _never_wait_longer(connection, source.timeout_seconds + SILENT_SECONDS)
    return connection


def _never_wait_longer(connection: psycopg.Connection[tuple[Any, ...]], seconds: int) -> None:
    import psycopg

    wait = connection.wait

    def limited(*words: Any, **more: Any) -> Any:
        try:
            return wait(*words, **{**more, "timeout": seconds})
        except psycopg.errors._WaitTimeout:
            connection.close()  # or the farewell of the transaction would wait for the same silence
            raise

    connection.wait = limited  # type: ignore[method-assign]


def _querying(error: psycopg.Error, address: str) -> str:
    """Errors of class 42 speak of the query's own words; any other may quote a row, and is only named."""
    if error.sqlstate and error.sqlstate.startswith("42") and error.diag.message_primary:
        said = error.diag.message_primary.splitlines()[0][:200]
        return f"PostgreSQL refused the query: {said.replace(address, '…')}"
    if error.sqlstate == "25006":
        return "PostgreSQL refused the query: it writes, and sources are only read"
    if error.sqlstate:
        return f"PostgreSQL ended the query with {type(error).__name__} ({error.sqlstate})"
    return "the connection to the database was lost"


class Query:
    """The declared query, wrapped: its own text is never put together with a value."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], source: Source, now: datetime) -> None:
        self._connection, self._source = connection, source
        # one spelling of every cell, whatever the role, database or server is set to
        for name, value in (
            ("statement_timeout", f"{source.timeout_seconds}s"), ("idle_in_transaction_session_timeout", "3600s"), ("timezone", "UTC"),
            ("datestyle", "ISO, YMD"), ("extra_float_digits", "1"), ("bytea_output", "hex"),
        ):  # fmt: skip
            connection.execute("select set_config(%s, %s, true)", (name, value))
        # on lines of their own: a comment at the end of the query would swallow the bracket
        self._from = f"from (\n{source.query.replace('%', '%%')}\n) as source"
        found = connection.execute(f"select * {self._from} limit 0".encode(), ()).description or []
        self._kinds = {column.name: column.type_code for column in found}
        self._judge([column.name for column in found])
        self.types = tuple((_NUMBERS | _CLOCKS | _TIE_BREAKERS)[self._kinds[name]] for name in source.cursor)
        self._now = now
        self._upto_moment, self._too_young = self._bounds()

    def _judge(self, names: list[str]) -> None:
        source = self._source
        needed, optional = shapes()[source.shape]
        extra = {*source.cursor, source.written_at} - {""}
        wrong = [f"column {name!r} is missing" for name in (*needed, *sorted(extra - set(needed))) if name not in names]
        wrong += [f"column {name!r} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
        wrong += [f"column {name!r} is not one of {source.shape}" for name in sorted(set(names) - {*needed, *optional, *extra})]
        for at, name in enumerate(source.cursor):
            allowed = _NUMBERS | _CLOCKS | (_TIE_BREAKERS if at else {})
            if name in names and self._kinds[name] not in allowed:
                wrong.append(f"cursor column {name!r} must be {'a number, a timestamp, a date, text or a uuid' if at else 'a number or a timestamp'}")
        if wrong:
            columns = ", ".join((*needed, *(f"[{name}]" for name in optional)))
            raise SourceFailed(f"the query does not fit: {'; '.join(wrong)}. A query of {source.shape} gives {columns} and the cursor's columns")
        self.columns = [name for name in (*needed, *optional) if name in names]

    def _bounds(self) -> tuple[str, str]:
        """Which rows may be read at all, and which one ends the reading, as conditions.

        Only rows that were written `lag_seconds` ago: a transaction may still be putting one between those of this minute. And none of
        the future: it would take the cursor with it, past all that is yet to come.
        """
        source = self._source
        first = source.cursor[0]
        has_clock = self._kinds[first] in _CLOCKS
        if not has_clock and not source.written_at and source.lag_seconds:
            text = "a number is given out before its row is committed, so a row can appear behind one that was read already"
            raise SourceFailed(f"{text}: name the column that says when a row was written (written_at), or accept the gap (lag_seconds = 0)")
        filtered = f"not ({self._later(first)})" if has_clock else "true"
        # The second is no filter: rows behind a young one have to wait with it, or the cursor would pass it by.
        return filtered, f"coalesce({self._later(source.written_at)}, false)" if source.written_at else "false"

    def _later(self, column: str) -> str:
        kind = self._kinds[column]
        moment = self._now - timedelta(seconds=self._source.lag_seconds)
        if kind not in _CLOCKS:
            raise SourceFailed(f"written_at: column {column!r} must be a timestamp")
        if kind == _NAIVE:
            if not self._source.cursor_zone:
                raise SourceFailed(f"column {column!r} is a timestamp without a zone: say which it is written in, such as cursor_zone = 'UTC'")
            moment = moment.astimezone(ZoneInfo(self._source.cursor_zone)).replace(tzinfo=None)
        return f"{_quoted(column)} > '{moment.isoformat(sep=' ')}'::{_CLOCKS[kind]}"

    def has_unplaced_rows(self) -> bool:
        """A row whose cursor is null stands nowhere in the order: no later night would ever read it."""
        missing = " or ".join(f"{_quoted(name)} is null" for name in self._source.cursor)
        found = self._connection.execute(f"select exists (select 1 {self._from} where {missing})".encode(), ()).fetchone()
        return bool(found and found[0])

    def rows(self, after: Cursor | None, upto: Cursor | None = None) -> Iterator[Row]:
        """Rows behind `after`, in the cursor's order, up to and with `upto`, else until the first that is too young to be trusted."""
        source = self._source
        place = ", ".join(_quoted(name) for name in source.cursor)
        marks = ", ".join(f"%s::{kind}" for kind in self.types)
        where: list[str] = []
        values: list[str] = []
        for sign, edge in ((">", after), ("<=", upto)):
            if edge is not None:
                where.append(f"({place}) {sign} ({marks})")
                values += edge
        young = "false"
        if upto is None:
            where.append(self._upto_moment)
            young = self._too_young
        cells = ", ".join(f"left({_quoted(name)}::text, {MAX_CELL})" for name in self.columns)
        edges = ", ".join(f"{_quoted(name)}::text" for name in source.cursor)
        statement = f"select {edges}, ({young})::text, {cells} {self._from} where {' and '.join(where)} order by {place}"
        width = len(source.cursor)
        with self._connection.cursor(name="kpi_attribution") as stream:
            stream.itersize = FETCH_ROWS
            stream.execute(statement.encode(), values)
            for record in stream:
                if record[width] == "true":
                    return
                spelt = {name: self._spell(name, value) for name, value in zip(self.columns, record[width + 1 :], strict=True)}
                yield Row(tuple(record[:width]), spelt)

    def _spell(self, name: str, value: str | None) -> str | None:
        kind = self._kinds[name]
        if value is not None and kind == _AWARE and value.endswith("+00"):
            return f"{value[:-3]}Z"
        if value is not None and kind in _FLOATS and "e" in value:
            return format(Decimal(value), "f")  # 1e-05 -> 0.00001: the same number, in the spelling that exports use
        return value


def _quoted(name: str) -> str:
    # With its table: a bare name behind `order by` means the column of the answer, which is text, and 10 would come before 9.
    # Doubled percent signs: the driver reads the statement for placeholders.
    return 'source."' + name.replace('"', '""').replace("%", "%%") + '"'
