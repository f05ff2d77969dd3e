"""The steps of chains, counted by the kernel, against the same in SQL and by hand.

Belongs here: what int_chain_steps counts, whatever the number of members and however journeys are read.
Never here: removal effects (test_credit_properties).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import ModuleType

import duckdb
import pytest

from tests.compiled import made_in_python, python_model, table

Walks = Sequence[tuple[int, str, str, list[int], bool]]
JOURNEYS = "way bigint, dimension varchar, conversion_type varchar, path integer[], converts boolean"
# The model as SQL says it, at three times the cost.
IN_SQL = """
    with walked as (
        select
            way, dimension, conversion_type,
            unnest(list_resize([0, 0, 0] || path, len(path) + 1)) as third_last, unnest(list_resize([0, 0] || path, len(path) + 1)) as second_last,
            unnest([0] || path) as latest, unnest(path || [if(converts, -1, -2)]) as next_step
        from int_journeys
        where way = 1
    )
    select *, count(*) as journeys from walked group by all
"""


@pytest.fixture
def kernel() -> ModuleType:
    return python_model("int_chain_steps")


def counted(kernel: ModuleType, walks: Walks) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the kernel counts and what SQL counts."""
    with duckdb.connect() as con:
        table(con, "int_journeys", JOURNEYS, walks)
        con.execute("create table int_models as select 1::bigint as way, 2 as markov_order union all select 2, null")
        con.execute("create table int_members as select dimension, unnest(path) as code from int_journeys")
        made_in_python(con, "int_chain_steps", kernel)
        return con.execute("from int_chain_steps order by all").fetchall(), con.execute(f"from ({IN_SQL}) order by all").fetchall()


def walks(members: int, journeys: int) -> Walks:
    dice = random.Random(members)
    return [
        (dice.choice([1, 1, 2]), dice.choice(["channel", "campaign"]), dice.choice(["first_order", "registration"]),
         [dice.randrange(1, members + 1) for _ in range(dice.choice([1, 2, 3, 4, 9]))], dice.random() < 0.4)
        for _ in range(journeys)
    ]  # fmt: skip


def test_a_chain_counts_what_came_after_the_last_three(kernel: ModuleType) -> None:
    """Three of a, b, a, c that converted and two of a that did not. -1 is the conversion, -2 its absence, 0 what was before the beginning."""
    here = (1, "channel", "first_order")
    found, _ = counted(kernel, [(*here, [1, 2, 1, 3], True)] * 3 + [(*here, [1], False)] * 2 + [(2, "channel", "first_order", [1], True)] * 7)
    assert found == [
        (*here, 0, 0, 0, 1, 5),
        (*here, 0, 0, 1, -2, 2),
        (*here, 0, 0, 1, 2, 3),
        (*here, 0, 1, 2, 1, 3),
        (*here, 1, 2, 1, 3, 3),
        (*here, 2, 1, 3, -1, 3),
    ]


# a counter for each possible step; sorted; pairs by number, because four members no longer fit into one
@pytest.mark.parametrize("members", [3, 400, 60_000])
def test_the_kernel_counts_what_sql_counts(kernel: ModuleType, members: int) -> None:
    found, known = counted(kernel, walks(members, 600))
    assert found == known
    assert len(found) > 100


@pytest.mark.parametrize("members", [3, 400, 60_000])
def test_how_many_are_read_at_a_time_makes_no_difference(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch, members: int) -> None:
    monkeypatch.setattr(kernel, "TOUCHES_AT_ONCE", 7)
    found, known = counted(kernel, walks(members, 300))
    assert found == known


def test_where_nobody_walked_there_are_no_steps(kernel: ModuleType) -> None:
    assert counted(kernel, []) == ([], [])
