"""In which minute visits began that the platform did not name: with a person's first record, or the first after a pause.

Belongs here: putting each person's records in order and finding pauses. Never here: visits that have a name, and the day on which a
visit counts (int_sessions).
SQL says the same with a window over the records of each person, at four times the cost (tests/test_visits_begun.py holds this against it).
"""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from duckdb import ColumnExpression, ConstantExpression
from kernels.heaps import Records, changes, dealt, ordered

ROWS = pa.schema([("account_id", pa.string()), ("minute", pa.int64()), ("visits", pa.int64())])
PAUSE_US, MINUTE_US = 30 * 60 * 1_000_000, 60 * 1_000_000
AT_ONCE = 2**17
# Up to so many minutes, sixteen years, there is a counter for each; a stray date of long ago does not take all memory.
COUNTERS = 2**23


def begun(records: Iterable[Records]) -> Records:
    """Minutes and how many visits began in each, of numbers of people and microseconds."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        minute = np.concatenate([np.zeros(0, np.int64), *pool.map(_minutes, dealt(records))])
    if not len(minute) or minute.max() - minute.min() >= COUNTERS:
        return np.unique(minute, return_counts=True)
    visits = np.bincount(minute - minute.min())
    there = np.flatnonzero(visits)
    return there + minute.min(), visits[there]


def _minutes(records: Records) -> np.ndarray:
    """In which minute each visit of a heap began."""
    person, at = _in_order(*records)
    begins = changes(person)
    begins[1:] |= np.diff(at) > PAUSE_US
    return at[begins] // MINUTE_US


def _in_order(person: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By person and instant: by the person's upper bits and the place in the heap first, then by the person's turn and the instant."""
    bits = len(person).bit_length()
    place = (ordered(person >> bits << bits | np.arange(len(person), dtype=np.uint64)) & np.uint64(2**bits - 1)).astype(np.int64)
    people, turns = person[place], changes(person[place])
    since = at - at.min()
    span = int(since.max()).bit_length()
    if np.count_nonzero(turns) != np.count_nonzero(changes(people >> bits)) or bits + span > 64:
        order = np.lexsort((at, person))
        return person[order], at[order]
    keys = ordered(np.cumsum(turns, dtype=np.uint64) << span | since[place].astype(np.uint64))
    return keys >> span, (keys & np.uint64(2**span - 1)).astype(np.int64) + at.min()


def model(dbt, session):  # type: ignore[no-untyped-def]
    """One row per account and minute in which a visit began."""
    dbt.config(materialized="table")
    parts, unnamed = [ROWS.empty_table()], dbt.ref("stg_activity").filter("is_current and session is null")
    for (account_id,) in dbt.ref("int_people_accounts").filter("not is_company").order("account_id").project("account_id").fetchall():
        of_account = unnamed.filter(ColumnExpression("account_id") == ConstantExpression(account_id))
        batches = of_account.project("hash(person) as person, epoch_us(at_utc) as at_us").to_arrow_reader(AT_ONCE)
        minute, visits = begun(tuple(column.to_numpy() for column in batch.columns) for batch in batches)
        parts.append(pa.table([pa.repeat(account_id, len(minute)), minute, visits], schema=ROWS))
    return session.from_arrow(pa.concat_tables(parts))
