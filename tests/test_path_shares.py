"""What paths give their members, divided by the kernel, against the same in SQL and by hand.

Belongs here: what int_path_shares divides, whatever the number of members and however many are divided at a time.
Never here: what the shares are worth (the unit test of int_credit_by_counterfactual), the definition (test_credit_properties).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import ModuleType

import duckdb
import pytest

from tests.compiled import made_in_python, python_model, table

Walks = Sequence[tuple[int, str, str, list[int], str | None, int | None]]
JOURNEYS = "way bigint, dimension varchar, conversion_type varchar, path integer[], month date, value decimal(38, 6)"
# The model as SQL says it, at twice the cost and twice the memory.
IN_SQL = """
    with sets as (
        select way, dimension, conversion_type, path, month, converts, count(*) as journeys, coalesce(sum(value), 0) as value,
            count(*) filter (where converts and value is null) as unpriced
        from int_journeys
        where way = 1
        group by all
    ),
    paths as materialized (
        select way, dimension, conversion_type, path, coalesce(sum(journeys) filter (where converts), 0) / sum(journeys) as rate,
            row_number() over () as path_number
        from sets
        group by all
    ),
    met as (select *, unnest(list_distinct(path)) as code from paths where rate > 0),
    removed as (
        select met.path_number, met.code, met.path[-1] = met.code as is_last, greatest(met.rate - coalesce(paths.rate, 0), 0) as loss
        from met
        left join paths
            on met.way = paths.way and met.dimension = paths.dimension and met.conversion_type = paths.conversion_type
                and list_filter(met.path, lambda member: member != met.code) = paths.path
    ),
    compared as (select *, sum(cast(loss * 1e18 as bigint)) over (partition by path_number) / 1e18 as losses from removed),
    divided as (select *, cast(coalesce(loss / nullif(losses, 0), 0) as decimal(13, 12)) as rounded from compared),
    shared as (select path_number, code, rounded + if(is_last, 1 - sum(rounded) over (partition by path_number), 0) as share from divided)
    select way, dimension, conversion_type, month, code, cast(share as double) as share, journeys, value, unpriced
    from sets join paths using (way, dimension, conversion_type, path) join shared using (path_number)
    where converts
"""
BY_SHARE = """
    select way, dimension, conversion_type, month, code, share, sum(journeys), sum(value), sum(unpriced)
    from ({rows}) where share > 0 group by all order by all
"""
UNNESTED = "select * exclude (codes, shares), unnest(codes) as code, unnest(shares) as share from int_path_shares"


@pytest.fixture
def kernel() -> ModuleType:
    return python_model("int_path_shares")


def divided(kernel: ModuleType, walks: Walks) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What the kernel gives and what SQL gives."""
    with duckdb.connect() as con:
        table(con, "walked", JOURNEYS, walks)
        con.execute("create view int_journeys as select *, month is not null as converts from walked")
        con.execute("create table int_models as select 1::bigint as way, 'counterfactual' as family union all select 2, 'markov'")
        con.execute("create table int_members as select dimension, unnest(path) as code from walked")
        made_in_python(con, "int_path_shares", kernel)
        found, known = (con.execute(BY_SHARE.format(rows=rows)).fetchall() for rows in (UNNESTED, IN_SQL))
        return found, known


def walks(members: int, journeys: int) -> Walks:
    """Short walks of few members come again, with and without one of them; every seventh conversion has no price."""
    dice = random.Random(members)
    known = [dice.randrange(1, members + 1) for _ in range(4)]
    return [
        (dice.choice([1, 1, 2]), dice.choice(["channel", "campaign"]), dice.choice(["first_order", "registration"]),
         [dice.choice([*known, members]) for _ in range(dice.choice([1, 2, 3, 3, 4, 9]))],
         dice.choice([None, None, "2026-05-01", "2026-06-01"]), dice.choice([None, 1, 2, 3, 10, 20, 30]))
        for _ in range(journeys)
    ]  # fmt: skip


HERE = (1, "channel", "first_order")


def test_a_path_is_compared_with_what_is_left_of_it() -> None:
    """
    a converts one in four, b one in ten, and one of two of a, b: 0.5 - 0.1 is missed without a, 0.5 - 0.25 without b, so 8/13 and 5/13.
    c alone always converted, and c, a and c, b convert worse than either of theirs alone: nobody is missed in them, so the last touch
    takes all. A path of one has nothing to be compared with but nothing.
    """
    counts = [([1], 1, 3), ([2], 1, 9), ([1, 2], 1, 1), ([3, 1], 1, 9), ([3], 1, 0), ([3, 2], 1, 19)]
    journeys = [(*HERE, path, "2026-05-01", 10) for path, sold, _ in counts for _ in range(sold)]
    journeys += [(*HERE, path, None, None) for path, _, lost in counts for _ in range(lost)]
    found, _ = divided(python_model("int_path_shares"), journeys)
    assert [(row[4], row[5], row[6], row[7]) for row in found] == [
        (1, 0.615384615385, 1, 10),
        (1, 1, 2, 20),
        (2, 0.384615384615, 1, 10),
        (2, 1, 2, 20),
        (3, 1, 1, 10),
    ]


def test_journeys_alike_are_one_path_by_month(kernel: ModuleType) -> None:
    """Two of a in May and one in June, whose price is not known; one that did not convert. Other orders are other paths; sets ask for none."""
    journeys = [(*HERE, [1, 1], "2026-05-01", 5), (*HERE, [1, 1], "2026-05-01", 6), (*HERE, [1, 1], "2026-06-01", None), (*HERE, [1, 1], None, None)]
    found, known = divided(kernel, [*journeys, (2, "channel", "first_order", [1], "2026-05-01", 1)])
    assert [(str(row[3]), *row[4:]) for row in found] == [("2026-05-01", 1, 1, 2, 11, 0), ("2026-06-01", 1, 1, 1, 0, 1)]
    assert found == known


# members of one byte, of two, of four
@pytest.mark.parametrize("members", [5, 400, 70_000])
def test_the_kernel_divides_as_sql_does(kernel: ModuleType, members: int) -> None:
    found, known = divided(kernel, walks(members, 900))
    assert found == known
    assert len(found) > 100
    assert len({row[5] for row in found}) > 10


@pytest.mark.parametrize("members", [5, 400])
def test_how_many_are_divided_at_a_time_makes_no_difference(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch, members: int) -> None:
    for constant in ("JOURNEYS_AT_ONCE", "DIVIDED_AT_ONCE", "LAID_AT_ONCE"):
        monkeypatch.setattr(kernel, constant, 7)
    found, known = divided(kernel, walks(members, 600))
    assert found == known


def test_where_nobody_converted_nothing_is_divided(kernel: ModuleType) -> None:
    assert divided(kernel, []) == ([], [])
    assert divided(kernel, [(*HERE, [1, 2], None, None)]) == ([], [])
