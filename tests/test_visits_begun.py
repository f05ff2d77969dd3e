"""When visits began that the platform did not name, found by the kernel, against the same in SQL and by hand.

Belongs here: what int_visits_begun counts, whoever the people are and whenever they came. Never here: days and named visits (the unit test
of int_sessions).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import ModuleType

import duckdb
import numpy as np
import pytest

from tests.compiled import made_in_python, python_model, table

Records = Sequence[tuple[str, str, datetime, str | None, bool]]
NOON = datetime(2026, 6, 1, 12)
# The model as SQL says it, at four times the cost.
IN_SQL = """
    with followed as (
        select account_id, at_utc, lag(at_utc) over (partition by account_id, person order by at_utc) as previous_at
        from stg_activity
        where is_current and session is null
    )
    select account_id, epoch_us(at_utc) // 60000000 as minute, count(*) as visits
    from followed
    where previous_at is null or at_utc > previous_at + interval 30 minute
    group by all
"""


@pytest.fixture
def kernel() -> ModuleType:
    return python_model("int_visits_begun")


def counted(kernel: ModuleType, records: Records) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the kernel counts and what SQL counts."""
    with duckdb.connect() as con:
        table(con, "stg_activity", "account_id varchar, person varchar, at_utc timestamp, session varchar, is_current boolean", records)
        table(con, "int_people_accounts", "account_id varchar, is_company boolean", [("a", False), ("b", False), ("quiet", False), ("all", True)])
        made_in_python(con, "int_visits_begun", kernel)
        return con.execute("from int_visits_begun order by all").fetchall(), con.execute(f"from ({IN_SQL}) order by all").fetchall()


def records(people: int, instants: int, apart: timedelta) -> Records:
    dice = random.Random(people)
    return [
        (dice.choice("ab"), f"p{dice.randrange(people)}", NOON + apart * dice.randrange(1000), dice.choice([None, None, "1"]), dice.random() < 0.9)
        for _ in range(instants)
    ]


def test_a_visit_ends_with_a_pause_of_more_than_thirty_minutes(kernel: ModuleType) -> None:
    """Ann: noon, 12:30 (the same visit), 13:00:00.000001 (a new one), and at noon in another account. Bob: at noon as well."""
    half = timedelta(minutes=30)
    found, _ = counted(
        kernel,
        [
            ("a", "ann", NOON + 2 * half + timedelta(microseconds=1), None, True),
            ("a", "ann", NOON, None, True),
            ("a", "ann", NOON + half, None, True),
            ("a", "ann", NOON + 5 * half, None, False),
            ("a", "ann", NOON + 9 * half, "named", True),
            ("b", "ann", NOON, None, True),
            ("a", "bob", NOON, None, True),
        ],
    )
    noon = round((NOON - datetime(1970, 1, 1)).total_seconds()) // 60
    assert found == [("a", noon, 2), ("a", noon + 60, 1), ("b", noon, 1)]


@pytest.mark.parametrize("apart", [timedelta(microseconds=1), timedelta(minutes=10), timedelta(days=1), timedelta(days=50)])
@pytest.mark.parametrize("people", [1, 30, 900])
def test_the_kernel_counts_what_sql_counts(kernel: ModuleType, people: int, apart: timedelta) -> None:
    found, known = counted(kernel, records(people, 2000, apart))
    assert found == known
    assert found


def test_how_many_are_read_at_a_time_makes_no_difference(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "AT_ONCE", 2048)
    found, known = counted(kernel, records(50, 5000, timedelta(minutes=7)))
    assert found == known


def test_people_whose_numbers_differ_in_one_bit_are_two(kernel: ModuleType) -> None:
    """Their records alternate, ten minutes apart: one visit each."""
    found = kernel.begun([(np.array([8, 9] * 50, np.uint64), np.arange(100) * 10 * 60 * 1_000_000)])
    assert [list(column) for column in found] == [[0, 10], [1, 1]]


def test_thousands_of_years_apart_are_apart(kernel: ModuleType) -> None:
    """The turns of two hundred people and instants so far from each other do not fit into one number."""
    minute, visits = kernel.begun([(np.repeat(np.arange(200, dtype=np.uint64) << 16, 2), np.tile([0, 2**58], 200))])
    assert (list(minute), list(visits)) == ([0, 2**58 // 60_000_000], [200, 200])


def test_where_nobody_was_there_no_visit_began(kernel: ModuleType) -> None:
    assert counted(kernel, []) == ([], [])
