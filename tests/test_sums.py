"""Adding up, done again in plain Python over worlds drawn by chance: every cell of the scorecard and of the trees, and no cell more.

Two worlds go through a whole night; many small ones, which hypothesis draws and shrinks, through the models that add up.

Belongs here: a second arithmetic that shares nothing with the models but the numbers of kpi_daily. Never here: who may own what (test_split).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compiled import Compiled, table
from tests.worlds import World

FIRST, LAST = date(2025, 11, 20), date(2026, 3, 15)
MOVED = date(2026, 2, 11)  # a Wednesday within a month and a quarter: the reorganisation
BRANDS = {"north": "lantern", "south": "wick", "east": "harbour", "west": "harbour"}
PARENTS = {"wick": "lantern", "lantern": "house"}  # harbour stands by itself
# metric: (how it adds up, its two parts, the multiplier), written down again here on purpose
KINDS: dict[str, tuple[str, tuple[str, str] | None, int]] = {
    "content_reads": ("additive", None, 1),
    "paid_spend": ("additive", None, 1),
    "paid_impressions": ("additive", None, 1),
    "social_engagements": ("additive", None, 1),
    "followers_total": ("stock", None, 1),
    "reach_unique": ("unique", None, 1),
    "branded_search_volume": ("index", None, 1),
    "engagement_rate": ("ratio", ("social_engagements", "reach_unique"), 1),
    "cpm": ("ratio", ("paid_spend", "paid_impressions"), 1000),
}
FED = [metric for metric, (_, parts, _) in KINDS.items() if parts is None]
# profile X: who owns the function of a metric, before and from the day on which it moved
FUNCTION = {
    "content_reads": "new_media", "followers_total": "new_media", "reach_unique": "new_media", "social_engagements": "interactive_marketing",
    "engagement_rate": "interactive_marketing", "paid_spend": "media_placement", "paid_impressions": "media_placement", "cpm": "media_placement",
    "branded_search_volume": "brand",
}  # fmt: skip
OWNERS = {"new_media": ("studio", "agency"), "interactive_marketing": ("studio", "studio"), "brand": ("image", "image")}
ABOVE = {"studio": "image", "agency": "board", "image": "board"}  # media placement is nobody's


def owner(metric: str, day: date) -> str:
    return OWNERS.get(FUNCTION[metric], ("unassigned", "unassigned"))[day >= MOVED]


def chain(name: str, above: dict[str, str]) -> list[str]:
    return [name, *(chain(above[name], above) if name in above else [])]


@dataclass(frozen=True)
class Cell:
    metric: str
    account: str
    campaign: str
    day: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None


@pytest.fixture(scope="module", params=[1, 2])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[Cell]]:
    chance = random.Random(request.param)
    world = World(tmp_path_factory.mktemp("drawn") / "home", as_of=LAST, profile="X")
    header = "account_id,platform,kind,brand,surface,time_zone,currency,valid_from,valid_to"
    world.table("accounts.csv", [header, *(f"{name},wechat,account,{brand},media,Asia/Shanghai,CNY,," for name, brand in BRANDS.items())])
    world.table("brands.csv", ["brand,parent,kind", "house,,main", "lantern,house,sub", "wick,lantern,sub", "harbour,,single"])
    world.table("departments.csv", [
        "profile,department,kind,centre,reports_to,valid_from,valid_to",
        "X,board,executive,,,,", "X,image,marketing,,board,,", "X,studio,marketing,,image,,", "X,agency,marketing,,board,,",
    ])  # fmt: skip
    lines = ["profile,function,department,role,share,valid_from,valid_to,reason,approved_by"]
    for function, (before, after) in OWNERS.items():
        if before == after:
            lines.append(f"X,{function},{before},accountable,,,,,")
        else:
            lines += [f"X,{function},{before},accountable,,,{MOVED},,", f"X,{function},{after},accountable,,{MOVED},,moved,the board"]
    world.table("ownership.csv", lines)
    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days)]
    for account in BRANDS:
        rows = ["metric,day,value,campaign"]
        for metric in FED:
            often = chance.choice([0.2, 0.7, 0.95])
            for day in days:
                if chance.random() < often:
                    campaign = chance.choice(["", "", "tea"]) if metric in ("paid_spend", "paid_impressions") else ""
                    rows.append(f"{metric},{day},{chance.choice([0, 1, chance.randrange(5000)])},{campaign}")
        world.drop(account, "counts.csv", rows, LAST.isoformat())
    world.night()
    cells = world.ask("select metric, account_id, campaign, day, value, numerator, denominator from kpi_daily")
    return world, [Cell(*cell) for cell in cells if cell[0] in KINDS]


def start(kind: str, day: date) -> date:
    return {
        "day": day,
        "week": day - timedelta(day.weekday()),
        "month": day.replace(day=1),
        "quarter": date(day.year, 3 * ((day.month - 1) // 3) + 1, 1),
    }[kind]


def rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def plainly(metric: str, kind: str, own: list[Cell], period: list[Cell]) -> Decimal | None:
    """The one number of `own` cells of a period, of which `period` holds everybody's cells of that metric; None where none is true."""
    how, parts, multiplier = KINDS[metric]
    known = [cell for cell in own if cell.value is not None]
    if how == "additive":
        return sum((cell.value for cell in known if cell.value is not None), Decimal(0)) if known else None
    if how == "stock" and kind == "day":
        return sum((cell.value or Decimal(0) for cell in known), Decimal(0)) if len(known) == len(own) else None
    if how == "stock":
        last: dict[tuple[str, str], Cell] = {}
        for cell in sorted(period, key=lambda one: one.day):
            if cell.value is not None:
                last[cell.account, cell.campaign] = cell
        mine = [cell for cell in last.values() if cell in own]
        return sum((cell.value or Decimal(0) for cell in mine), Decimal(0)) if mine else None
    if parts and all(KINDS[part][0] == "additive" for part in parts):
        both = [cell for cell in own if cell.numerator is not None and cell.denominator is not None]
        below = sum((cell.denominator or Decimal(0) for cell in both), Decimal(0))
        above = sum((cell.numerator or Decimal(0) for cell in both), Decimal(0))
        return multiplier * above / below if below else None
    return own[0].value if len(own) == 1 and kind == "day" else None


def expected(cells: list[Cell], nodes: Callable[[Cell], list[str]]) -> dict[tuple[str, str, str, date], Decimal | None]:
    """(node, metric, period kind, period start) -> value, for every group that has a cell."""
    periods: dict[tuple[str, str, date], list[Cell]] = defaultdict(list)
    groups: dict[tuple[str, str, str, date], list[Cell]] = defaultdict(list)
    for cell in cells:
        for kind in ("day", "week", "month", "quarter"):
            key = (cell.metric, kind, start(kind, cell.day))
            periods[key].append(cell)
            for node in nodes(cell):
                groups[node, *key].append(cell)
    return {key: plainly(key[1], key[2], own, periods[key[1:]]) for key, own in groups.items()}


def same(found: list[tuple[str, str, str, date, Decimal | None]], wanted: dict[tuple[str, str, str, date], Decimal | None]) -> None:
    shown = {(node, metric, kind, begin): value for node, metric, kind, begin, value in found if metric in KINDS}
    assert shown.keys() == wanted.keys()
    wrong = {
        key: (shown[key], value)
        for key, value in wanted.items()
        if (shown[key] is None) != (value is None) or (value is not None and abs(rounded(value) - (shown[key] or 0)) > Decimal("0.000001"))
    }
    assert not wrong, list(wrong.items())[:5]
    assert any(value is not None for value in wanted.values())
    assert any(value is None for value in wanted.values())


def test_every_department_s_number_is_what_plain_arithmetic_gives(drawn: tuple[World, list[Cell]]) -> None:
    world, cells = drawn
    found = world.ask("select department, metric, period_kind, period_start, value from scorecard where profile = 'X' and n_days > 0")
    same(found, expected(cells, lambda cell: [owner(cell.metric, cell.day)]))


def test_the_company_s_number_is_what_plain_arithmetic_gives(drawn: tuple[World, list[Cell]]) -> None:
    world, cells = drawn
    found = world.ask("select node, metric, period_kind, period_start, value from scorecard_trees where tree = 'company'")
    same(found, expected(cells, lambda cell: [""]))


def test_a_brand_with_all_below_it_is_what_plain_arithmetic_gives(drawn: tuple[World, list[Cell]]) -> None:
    world, cells = drawn
    found = world.ask("select node, metric, period_kind, period_start, value from scorecard_trees where tree = 'brands'")
    same(found, expected(cells, lambda cell: chain(BRANDS[cell.account], PARENTS)))


def test_a_department_with_all_below_it_is_what_plain_arithmetic_gives(drawn: tuple[World, list[Cell]]) -> None:
    """Until the day it moves, new media counts under image; from then on it does not, and the board has it all the time."""
    world, cells = drawn
    found = world.ask("select node, metric, period_kind, period_start, value from scorecard_trees where tree = 'departments' and profile = 'X'")
    same(found, expected(cells, lambda cell: chain(owner(cell.metric, cell.day), ABOVE)))


def test_what_adds_up_adds_up_over_departments_brands_and_days(drawn: tuple[World, list[Cell]]) -> None:
    world, _ = drawn
    totals = world.ask("""
        select metric, period_kind, period_start, value from scorecard_trees where tree = 'company' and aggregation = 'additive'
    """)
    for shown in ("scorecard where profile = 'X' and", "scorecard_trees where tree = 'brands' and node in ('house', 'harbour') and"):
        parts = world.ask(f"""
            select metric, period_kind, period_start, sum(value) from {shown} aggregation = 'additive' and n_days > 0 group by all
        """)
        assert sorted(parts) == sorted(totals)
        assert totals


# --- the models that add up, over many small worlds ------------------------------------------------------------------------------

NUMBERS = """
    metric varchar, class varchar, aggregation varchar, unit varchar, direction varchar, grain varchar, currency varchar, brand varchar,
    account_id varchar, campaign varchar, day date, value decimal(38, 6),
    numerator decimal(38, 6), denominator decimal(38, 6), multiplier double, parts_add_up boolean, missing_reason varchar, is_provisional boolean
"""
OWNERS_BY_DAY = "metric varchar, day date, profile varchar, department varchar, department_kind varchar, role varchar"
DAYS = st.dates(date(2025, 12, 24), date(2026, 2, 3))  # the end of a week, of a month, of a quarter and of a year lie between
COUNTS = st.none() | st.sampled_from([0, 1]) | st.integers(0, 5000)


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[list[Cell], dict[str, tuple[str, str]], date]:
    """Cells, who owns each function before and from a day on, and the day."""
    # few series and few days: only then do two accounts, a last value, a change of owner and a missing day meet
    metrics = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=2, unique=True))
    series = st.tuples(st.sampled_from(metrics), st.sampled_from(sorted(BRANDS)[:2]), st.sampled_from(["", "", "tea"]))
    days = draw(st.lists(DAYS, min_size=1, max_size=6, unique=True))
    cells = []
    for (metric, account, campaign), day in draw(st.lists(st.tuples(series, st.sampled_from(days)), min_size=1, max_size=20, unique=True)):
        _, parts, multiplier = KINDS[metric]
        above, below = (draw(COUNTS.map(lambda n: n if n is None else Decimal(n))) for _ in range(2))
        if parts is None:
            cells.append(Cell(metric, account, campaign, day, above, None, None))
        else:
            value = rounded(multiplier * above / below) if above is not None and below else None
            cells.append(Cell(metric, account, campaign, day, value, above, below))
    departments = st.sampled_from(["studio", "agency", "image"])
    owners = {function: draw(st.tuples(departments, departments)) for function in sorted(set(FUNCTION.values()))}
    return cells, owners, draw(DAYS)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled(tmp_path_factory.mktemp("compiled"), "int_day_totals", "int_owned_facts", "int_owned_days", "int_scores")


@settings(max_examples=150, deadline=None)
@given(world=small_worlds())
def test_of_any_small_world_a_department_s_number_is_what_plain_arithmetic_gives(
    compiled: Compiled, world: tuple[list[Cell], dict[str, tuple[str, str]], date]
) -> None:
    cells, owners, moved = world

    def owner_of(cell: Cell) -> str:
        return owners[FUNCTION[cell.metric]][cell.day >= moved]

    rows = []
    for cell in cells:
        how, parts, multiplier = KINDS[cell.metric]
        adds = bool(parts) and all(KINDS[part][0] == "additive" for part in parts or ())
        why = None if cell.value is not None else "not_reported"
        said = ("awareness", how, "count", "up", "account/day", None, BRANDS[cell.account], cell.account, cell.campaign, cell.day)
        numbers = (cell.value, cell.numerator, cell.denominator, multiplier, adds, why, False)
        rows.append((cell.metric, *said, *numbers))
    with duckdb.connect() as con:
        table(con, "int_scorable", NUMBERS, rows)
        answering = {(cell.metric, cell.day, "X", owner_of(cell), "marketing", "accountable") for cell in cells}
        table(con, "int_owner_by_day", OWNERS_BY_DAY, answering)
        compiled.run(con, "int_scores")
        found = con.execute("select department, metric, period_kind, period_start, value, missing_reason from int_scores").fetchall()
    wanted = expected(cells, lambda cell: [owner_of(cell)])
    shown = {row[:4]: row[4] for row in found}
    assert shown.keys() == wanted.keys()
    for key, value in wanted.items():
        assert (shown[key] is None) == (value is None), key
        assert value is None or abs(rounded(value) - shown[key]) <= Decimal("0.000001"), key
    assert [row for row in found if (row[4] is None) != (row[5] is not None)] == [], "a null has a reason, a number has none"
