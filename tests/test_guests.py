"""Orders of buyers whom nobody knows: their money counts, their person does not exist.

Belongs here: guest checkout from the file to credit and cohorts. Never here: how credit is shared (test_credit_properties).
"""

from __future__ import annotations

import pytest

from tests.worlds import World


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("guests") / "home")
    world.account("shop", platform="shop", surface="product")
    world.account("boutique", platform="shopify", surface="product")
    world.drop("shop", "orders_march.csv", [
        "order,person,at,value,currency,status",
        "1,,2026-03-01T10:00:00+08:00,100,CNY,paid",
        "2,ann,2026-03-02T10:00:00+08:00,20,CNY,paid",
        "3,,2026-03-02T11:00:00+08:00,30.50,CNY,paid",
        "4,ann,2026-03-03T10:00:00+08:00,7,CNY,paid",
        "5, ,2026-03-03T11:00:00+08:00,9,CNY,refunded",
    ], "2026-03-10")  # fmt: skip
    world.drop("shop", "touches_march.csv", ["person,at,source,medium,campaign", "ann,2026-03-02T09:00:00+08:00,wechat,social,tea"], "2026-03-10")
    world.drop("boutique", "orders_export.csv", [
        "Name,Email,Financial Status,Total,Currency,Created at,Lineitem name,Phone",
        "#1,,paid,55.00,CNY,2026-03-04 10:00:00 +0800,Tea,",
        "#1,,,,,,Cup,",
        "#2,bea@example.com,paid,5.00,CNY,2026-03-04 11:00:00 +0800,Tea,",
    ], "2026-03-10")  # fmt: skip
    world.night()
    return world


def test_no_order_is_set_aside_and_every_one_is_money(shop: World) -> None:
    assert shop.ask("select count(*) from quarantine") == [(0,)]
    totals = shop.ask("select metric, sum(value) from kpi_daily where metric in ('orders', 'revenue') group by metric order by metric")
    assert [(metric, float(value)) for metric, value in totals] == [("orders", 6.0), ("revenue", 217.5)]
    assert shop.value("orders", "2026-03-04", "boutique") == (2, None)


def test_they_are_nobody_in_the_counts_of_people(shop: World) -> None:
    assert shop.value("paying_users", "2026-03-01", "shop") == (0, None)
    assert shop.value("paying_users", "2026-03-02", "shop") == (1, None)
    whole = "account_id = 'company' and period_kind = 'month' and period_number = 0 and definition = 'classic'"
    assert shop.ask(f"select sum(cohort_size) from retention_cohorts where {whole}") == [(2,)]
    assert shop.ask("select sum(new_users) from growth_accounting where account_id = 'company' and period_kind = 'day'") == [(2,)]


def test_credit_shares_all_orders_and_theirs_are_unattributed(shop: World) -> None:
    rows = shop.ask("""
        select conversion_type, member, sum(conversions), sum(value) from credit
        where model = 'last' and dimension = 'channel' group by all having sum(conversions) > 0 order by all
    """)
    told = {(kind, member): (count, float(value)) for kind, member, count, value in rows}
    assert told.pop(("first_order", "unattributed")) == (4.0, 190.5), "three guests and Bea, whom nothing is known to have touched"
    assert {kind for kind, _ in told} == {"first_order", "repeat_order"}
    assert sum(count for count, _ in told.values()) == 2
    assert sum(value for _, value in told.values()) == 27
