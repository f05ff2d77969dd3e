"""From which day to which day people came back: of those who were first there on one day, how many were there on another, and when before.

Belongs here: putting each person's days in order, and counting. Never here: who was there (int_presence), which days make a period and
what a return means (int_moves).
SQL says the same with a window over distinct days, at more than twice the cost (tests/test_returns.py holds this against it).
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from duckdb import ColumnExpression, ConstantExpression
from kernels.heaps import Records, changes, dealt, ordered

DAYS = ("first_day", "previous_day", "day")
ROWS = pa.schema([("account", pa.int16()), *((name, pa.date32()) for name in DAYS), ("people", pa.int64())])
AT_ONCE = 2**17


def returns(heaps: list[Records]) -> list[np.ndarray]:
    """The columns of DAYS and how many people. Where no day was before, it is one before the earliest."""
    days = np.unique(np.concatenate([_distinct(day) for _, day in heaps]))
    # A day is its place among the days that there are, counted from one: three of them fit into one number for five thousand years.
    bits, place = len(days).bit_length(), np.zeros(days[-1] - days[0] + 1, np.uint64)
    place[days - days[0]] = np.arange(1, len(days) + 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        steps = ordered(np.concatenate(list(pool.map(lambda heap: _steps(heap[0], place[heap[1] - days[0]], bits), heaps))))
    begins = np.flatnonzero(changes(steps))
    named = np.append(days[0] - 1, days)
    return [
        *(named[steps[begins] >> bits * part & np.uint64(2**bits - 1)] for part in (2, 1, 0)),
        np.diff(begins, append=len(steps)),
    ]


def _steps(person: np.ndarray, place: np.ndarray, bits: int) -> np.ndarray:
    """First place, place before (zero where there was none) and place as one number, for each place at which each person was."""
    keys = ordered(_with_room(person, bits) | place)
    keys = keys[changes(keys)]
    now, begins = keys & np.uint64(2**bits - 1), np.flatnonzero(changes(keys >> bits))
    before = np.roll(now, 1)
    before[begins] = 0
    return (np.repeat(now[begins], np.diff(begins, append=len(now))) << bits | before) << bits | now


def _with_room(person: np.ndarray, bits: int) -> np.ndarray:
    """The numbers with so many bits free at their end. If two people became one by that, they are counted through instead."""
    people = ordered(person)
    between = people[1:] ^ people[:-1]
    if np.count_nonzero(between) == np.count_nonzero(between >> bits):
        return person >> bits << bits
    return np.unique(person, return_inverse=True)[1].astype(np.uint64) << bits


def _distinct(day: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.bincount(day - day.min())) + day.min()


def _rows(account: int, *columns: np.ndarray) -> pa.Table:
    days = [pa.array(column, pa.int32(), mask=column < columns[2].min()).cast(pa.date32()) for column in columns[:3]]
    return pa.table([pa.repeat(pa.scalar(account, pa.int16()), len(columns[0])), *days, columns[3]], schema=ROWS)


def model(dbt, session):  # type: ignore[no-untyped-def]
    """One row per account, first day, previous day and day."""
    dbt.config(materialized="table")
    presence, seen, parts = dbt.ref("int_presence"), [], []
    accounts = dbt.ref("int_people_accounts").order("account").project("account, account_id, is_company")
    for account, account_id, is_company in accounts.fetchall():
        if is_company:
            heaps = list(dealt(seen)) if len(parts) > 1 else []
        else:
            of_account = presence.filter(ColumnExpression("account_id") == ConstantExpression(account_id))
            batches = of_account.project("person, cast(day - date '1970-01-01' as integer) as day").to_arrow_reader(AT_ONCE)
            heaps = list(dealt((batch["person"].to_numpy(), batch["day"].to_numpy()) for batch in batches))
        if heaps:
            parts.append(_rows(account, *returns(heaps)))
            seen += heaps
    return session.from_arrow(pa.concat_tables([ROWS.empty_table(), *parts]))
