"""Every attribution model on random small worlds, held against the long way round and against what must hold of any division of credit.

Belongs here: properties and the brute-force comparison. Never here: known worlds (test_reference_values), one model by hand (the YAML beside it).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import credit_reference as reference
from tests.compiled import Compiled, table
from tests.credit_reference import Journey
from tests.sources import seed

DIRECT = "d"
SOLD = datetime(2026, 3, 15, 12)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MODELS = [row["model"] for row in seed("attribution_models")]
FAMILY = {row["model"]: row["family"] for row in seed("attribution_models")}
EXACT = 1e-9

TOUCHES = """person varchar, at_utc timestamp, day date, channel varchar, campaign varchar, is_direct boolean, function varchar, account_id varchar,
    delivery_order bigint, line bigint, is_current boolean"""
CONVERSIONS = """conversion bigint, conversion_type varchar, conversion_key varchar, account_id varchar, person varchar, at_utc timestamp, month date,
    value decimal(38, 6), carries_value boolean, previous_order_at timestamp"""
RULES = """model varchar, family varchar, look_back_days integer, half_life_days double, first_share double, last_share double,
    markov_order integer, journey_resets boolean, collapse_repeats boolean"""
Shares = dict[str, dict[str, tuple[float, Fraction]]]
World = Sequence[Journey]
Rows = Sequence[tuple[object, ...]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled(tmp_path_factory.mktemp("compiled") / "home")


def journeys(channels: str = "abcd") -> st.SearchStrategy[World]:
    """Up to a dozen people; ages fall towards the last touch; the value is in whole money, None is a journey that did not convert."""
    steps = st.lists(st.tuples(st.sampled_from(channels), st.integers(0, 60 * 24 * 3)), min_size=1, max_size=6)

    def laid(drawn: tuple[list[tuple[str, int]], int | None]) -> Journey:
        minutes = [minutes for _, minutes in drawn[0]]
        ages = [sum(minutes[i + 1 :]) for i in range(len(minutes))]
        return Journey(tuple(channel for channel, _ in drawn[0]), tuple(Fraction(age, 60 * 24) for age in ages), drawn[1])

    one = st.tuples(steps, st.one_of(st.none(), st.integers(0, 1000))).map(laid)
    return st.lists(one, min_size=1, max_size=12).filter(lambda world: any(journey.value is not None for journey in world))


def rules(**changes: object) -> list[tuple[object, ...]]:
    """The product's models, each with the same changes; repeats are never collapsed, so that all models see what the reference sees."""
    rows = []
    for row in seed("attribution_models"):
        numbers = [None if row[name] == "" else float(row[name]) for name in ("half_life_days", "first_share", "last_share", "markov_order")]
        walk = (changes.get("resets", False), changes.get("collapse", False))
        rows.append((row["model"], row["family"], changes.get("look_back", 30), *numbers, *walk))
    return rows


def credit(compiled: Compiled, world: World, shuffled: int | None = None, models: Rows | None = None) -> Shares:
    """model -> channel -> (conversions, value): one person a journey, each order at the moment of the last touch."""
    touches, orders = [], []
    for n, journey in enumerate(world):
        for line, (channel, age) in enumerate(zip(journey.path, journey.ages, strict=True)):
            at = SOLD - timedelta(minutes=round(age * 60 * 24))
            touches.append((f"p{n:02}", at, at.date(), channel, None, channel == DIRECT, None, "w", "1", n * 100 + line, True))
        if journey.value is not None:
            orders.append((n + 1, "first_order", str(n), "shop", f"p{n:02}", SOLD, SOLD.date().replace(day=1), journey.value, True, None))
    if shuffled is not None:
        random.Random(shuffled).shuffle(touches)
        random.Random(shuffled).shuffle(orders)
    return divided(compiled, touches, orders, models or rules())


def divided(compiled: Compiled, touches: Rows, orders: Rows, models: Rows) -> Shares:
    with duckdb.connect(config={"threads": 1}) as con:
        table(con, "stg_touches", TOUCHES, touches)
        table(con, "int_conversions", CONVERSIONS, orders)
        table(con, "rules_attribution_models", RULES, models)
        compiled.run(con, "int_credit")
        rows = con.execute(
            "select model, member, sum(conversions)::double, sum(value) from int_credit where dimension = 'channel' group by all"
        ).fetchall()
    found: Shares = defaultdict(dict)
    for model, member, conversions, value in rows:
        found[model][member] = (conversions, Fraction(value))
    return found


def expected(world: World, model: str) -> dict[str, tuple[float, float]]:
    """channel -> (conversions, value), the long way."""
    sold = [journey for journey in world if journey.value is not None]
    family = FAMILY[model]
    if family == "markov":
        order = int(next(row["markov_order"] for row in seed("attribution_models") if row["model"] == model))
        value = sum(journey.value or 0 for journey in sold)
        return {c: (float(share * len(sold)), float(share * value)) for c, share in reference.removal(world, order).items()}
    if family == "shapley":
        counts = reference.shapley([(journey.path, 1) for journey in sold])
        values = reference.shapley([(journey.path, journey.value or 0) for journey in sold])
        return {c: (float(counts[c]), float(values[c])) for c in counts}
    pairs = reference.counterfactual(world) if family == "counterfactual" else ((j, reference.by_place(family, j, DIRECT)) for j in sold)
    found: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for journey, shares in pairs:
        for c, share in shares.items():
            found[c] = (found[c][0] + float(share), found[c][1] + float(share * (journey.value or 0)))
    return found


def near(found: Mapping[str, tuple[float, Fraction]], known: Mapping[str, tuple[float, float]]) -> bool:
    nothing = (0.0, 0.0)
    return all(
        abs(float(found.get(c, nothing)[i]) - known.get(c, nothing)[i]) <= EXACT * (1 if i == 0 else 1000) for c in {*found, *known} for i in (0, 1)
    )


@FEW
@given(world=journeys())
def test_every_model_is_what_its_definition_says(compiled: Compiled, world: World) -> None:
    found = credit(compiled, world)
    wrong = {model: (found[model], dict(expected(world, model))) for model in MODELS if not near(found[model], expected(world, model))}
    assert wrong == {}


@FEW
@given(world=journeys(), data=st.data())
def test_each_conversion_is_given_once_and_all_of_its_value(compiled: Compiled, world: World, data: st.DataObject) -> None:
    """Whatever the look-back leaves, whether journeys reset or repeats collapse, and with a second order of some people."""
    touches, orders = [], []
    for n, journey in enumerate(world):
        for line, (channel, age) in enumerate(zip(journey.path, journey.ages, strict=True)):
            at = SOLD - timedelta(minutes=round(age * 60 * 24))
            touches.append((f"p{n}", at, at.date(), channel, "x" if line % 2 else None, False, None, "w", "1", n * 100 + line, True))
        previous = None
        for again in range(data.draw(st.integers(0, 2))):
            at = SOLD + timedelta(days=again * data.draw(st.integers(0, 40)))
            kind = "repeat_order" if again else "first_order"
            orders.append((len(orders) + 1, kind, str(len(orders)), "shop", f"p{n}", at, at.date().replace(day=1), journey.value, True, previous))
            previous = at
    changes = data.draw(st.fixed_dictionaries({"look_back": st.sampled_from([1, 7, 30]), "resets": st.booleans(), "collapse": st.booleans()}))
    found = divided(compiled, touches, orders, rules(**changes))
    priced = sum(order[7] or 0 for order in orders)
    assert {model: sum(part[0] for part in members.values()) for model, members in found.items()} == pytest.approx(
        dict.fromkeys(MODELS if orders else [], len(orders)), abs=EXACT
    )
    assert {model: sum(part[1] for part in members.values()) for model, members in found.items()} == dict.fromkeys(MODELS if orders else [], priced)


@FEW
@given(world=journeys("abc"), seeds=st.integers(0, 99))
def test_the_order_of_rows_leaves_no_trace(compiled: Compiled, world: World, seeds: int) -> None:
    assert credit(compiled, world, shuffled=seeds) == credit(compiled, world)


@FEW
@given(world=journeys("abc"))
def test_names_do_not_matter(compiled: Compiled, world: World) -> None:
    """Symmetry: who changes names changes credit, and nothing else."""
    other = {"a": "c", "b": "a", "c": "b"}
    renamed = [Journey(tuple(other[c] for c in j.path), j.ages, j.value) for j in world]
    before, after = credit(compiled, world), credit(compiled, renamed)
    for model in MODELS:
        mapped = {other[c]: (part[0], float(part[1])) for c, part in before[model].items()}
        assert near(after[model], mapped), model


@FEW
@given(world=journeys("abc"))
def test_who_was_never_met_on_the_way_to_an_order_earns_nothing(compiled: Compiled, world: World) -> None:
    lost = [*world, Journey(("n", "a"), (Fraction(1), Fraction(0)), None), Journey(("n",), (Fraction(0),), None)]
    found = credit(compiled, lost)
    # a chain believes that a journey past n could have converted further on: the removal effect of n is not nothing by definition
    assert {model for model in MODELS if found[model].get("n", (0, 0))[0] > 0 and FAMILY[model] != "markov"} == set()


@FEW
@given(world=journeys("abc"), value=st.integers(1, 1000))
def test_one_more_order_through_a_channel_takes_nothing_from_it(compiled: Compiled, world: World, value: int) -> None:
    """Monotonicity, where it is promised: rules and Shapley values. Removal effects and counterfactuals compare rates, which may fall."""
    promised = [model for model in MODELS if FAMILY[model] not in ("markov", "counterfactual")]
    more = [*world, Journey(("a", "b"), (Fraction(1), Fraction(0)), value)]
    before, after = credit(compiled, world), credit(compiled, more)
    for model in promised:
        for c in "ab":
            was, now = before[model].get(c, (0, Fraction(0))), after[model][c] if c in after[model] else (0, Fraction(0))
            assert now[0] >= was[0] - EXACT, (model, c)
            assert now[1] >= was[1] - Fraction(EXACT), (model, c)


def test_a_chain_too_large_to_solve_at_once_is_walked_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    from tests.compiled import python_model

    removal = python_model("int_credit_by_removal")
    dice = random.Random(7)
    steps: dict[tuple[int, ...], int] = defaultdict(int)
    for _ in range(400):
        state = (0, 0, 0)
        for code in [dice.randrange(1, 6) for _ in range(dice.randrange(1, 30))]:
            steps[(*state, code)] += 1
            state = (*state[1:], code)
        steps[(*state, -1 if dice.random() < 0.3 else -2)] += 1
    # and one person a hundred thousand times in one channel, which nobody should walk
    steps[(5, 5, 5, 5)] += 10**5
    rows = np.array([(*step, count) for step, count in sorted(steps.items())])
    answers = []
    # equations, a table of all places, a list of those walked, and a list that becomes a table on the way
    for solved, crowded in ((10**6, 0.0), (0, 0.0), (0, 1.0), (0, 0.2)):
        monkeypatch.setattr(removal, "SOLVED", solved)
        monkeypatch.setattr(removal, "CROWDED", crowded)
        answers.append(removal.removal_effects(rows[:, :3], rows[:, 3], rows[:, 4].astype(float), 3))
    for members, effects in answers:
        assert list(members) == [1, 2, 3, 4, 5]
        assert effects == pytest.approx(answers[0][1], abs=1e-12)
