"""Dagster's record of runs in SQLite: the files Dagster would write, with less waiting.

Belongs here: how that record is written. Never here: anything that a number, a version or a ledger depends on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy.pool import StaticPool

# the index and a run or two: a webserver that shows every run must not keep every file open
OPEN = 4


class Events(SqliteEventLogStorage):
    """A thousand events a night: an engine, a connection and a compiled statement for each cost as much as the models."""

    def __init__(self, base_dir: str) -> None:
        self._engines: dict[str, sqlalchemy.Engine] = {}
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        # one connection serves all threads: the lock lets one of them in at a time
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._engines:
            while len(self._engines) >= OPEN:
                self._engines.pop(next(iter(self._engines))).dispose()
            address = self.conn_string_for_shard(shard)
            self._engines[shard] = sqlalchemy.create_engine(address, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": 60})
            self._initdb(self._engines[shard])
        return self._engines[shard]

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


class RunHistory(DagsterSqliteStorage):
    """Dagster's own storage in all but the writing of events."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = Events(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> RunHistory:
        return cls.from_local(inst_data=inst_data, **config_value)


def write_without_waiting() -> None:
    """Events that are each synced to disk cost more than the models. No truth lives there: delete it, and the next night is right."""

    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        if type(connection).__module__.startswith("sqlite3"):
            connection.execute("pragma synchronous = off")
