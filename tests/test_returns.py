"""Who came back from which day to which, counted by the kernel, against the same in SQL and by hand.

Belongs here: what int_returns counts, whoever the people are and however they are cut. Never here: periods and cohorts (the unit tests of
int_moves and int_cohorts).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from types import ModuleType

import duckdb
import pytest

from tests.compiled import made_in_python, python_model, table

Presence = Sequence[tuple[str, int, date]]
# The model as SQL says it, at more than twice the cost.
IN_SQL = """
    with everybody as (
        from int_presence
        union all
        select account_id, person, day from int_people_accounts cross join (select person, day from int_presence)
        where is_company and (select count(distinct account_id) from int_presence) > 1
    ),
    followed as (
        select *, lag(day) over days as previous_day, first(day) over days as first_day
        from (select distinct account_id, person, day from everybody)
        window days as (partition by account_id, person order by day)
    )
    select account, first_day, previous_day, day, count(*) as people
    from followed inner join int_people_accounts using (account_id)
    group by all
"""


@pytest.fixture
def kernel() -> ModuleType:
    return python_model("int_returns")


def counted(kernel: ModuleType, presence: Presence) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the kernel counts and what SQL counts."""
    with duckdb.connect() as con:
        table(con, "int_presence", "account_id varchar, person ubigint, day date", presence)
        accounts = [("a", 1, False), ("b", 2, False), ("c", 3, False), ("quiet", 4, False), ("all", 5, True)]
        table(con, "int_people_accounts", "account_id varchar, account smallint, is_company boolean", accounts)
        made_in_python(con, "int_returns", kernel)
        return con.execute("from int_returns order by all").fetchall(), con.execute(f"from ({IN_SQL}) order by all").fetchall()


def presence(people: Sequence[int], records: int, accounts: str = "ab") -> Presence:
    dice = random.Random(records)
    return [(dice.choice(accounts), dice.choice(people), date(2026, 1, 1) + timedelta(dice.randrange(40) ** 2 // 10)) for _ in range(records)]


def test_a_day_counts_once_and_is_led_to_by_the_one_before() -> None:
    """Ann (1) is there on the 2nd twice, on the 4th and, in the other account, on the 3rd; Bob (2) on the 2nd and on the 4th."""
    day = {number: date(2026, 6, number) for number in (2, 3, 4)}
    found, _ = counted(
        python_model("int_returns"),
        [("a", 1, day[2]), ("a", 1, day[4]), ("a", 1, day[2]), ("b", 1, day[3]), ("a", 2, day[4]), ("a", 2, day[2])],
    )
    assert found == [
        (1, day[2], day[2], day[4], 2),
        (1, day[2], None, day[2], 2),
        (2, day[3], None, day[3], 1),
        (5, day[2], day[2], day[3], 1),
        (5, day[2], day[2], day[4], 1),
        (5, day[2], day[3], day[4], 1),
        (5, day[2], None, day[2], 2),
    ]


@pytest.mark.parametrize("accounts", ["a", "ab", "abc"])
def test_the_kernel_counts_what_sql_counts(kernel: ModuleType, accounts: str) -> None:
    dice = random.Random(7)
    people = [dice.randrange(2**64) for _ in range(200)] + [0, 1, 2**64 - 1]
    found, known = counted(kernel, presence(people, 3000, accounts))
    assert found == known
    assert len(found) > 500


@pytest.mark.parametrize("apart", [1, 2**63])
def test_people_whose_numbers_differ_in_one_bit_are_two(kernel: ModuleType, apart: int) -> None:
    found, known = counted(kernel, presence([5 * apart % 2**64, 5 * apart % 2**64 ^ apart, 77], 400))
    assert found == known


def test_where_people_are_cut_makes_no_difference(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "AT_ONCE", 2048)
    found, known = counted(kernel, presence(range(2**64 - 50, 2**64), 2000))
    assert found == known


def test_a_stray_day_of_long_ago_is_a_day_like_others(kernel: ModuleType) -> None:
    found, known = counted(kernel, [("a", 1, date(1, 1, 1)), ("a", 1, date(2026, 1, 1)), ("a", 2, date(9999, 12, 31)), ("a", 2, date(2026, 1, 1))])
    assert found == known


def test_where_nobody_was_there_nobody_came_back(kernel: ModuleType) -> None:
    assert counted(kernel, []) == ([], [])
