"""Credit and its kin against numbers that others have worked out, through a whole night.

Belongs here: worlds whose answer is known from outside. Never here: an answer that our own code gave.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.worlds import World

EXPORTS = Path(__file__).resolve().parents[1].parent / "shared" / "exports"
PATHS = ("A", "AB", "ABC", "B", "BA", "BCA", "C", "CA", "CBA")
# paths of ChannelAttribution's kind, three orders each: what A, B and C are credited with
KNOWN = {
    "first": (9, 9, 9),
    "last": (15, 6, 6),
    "linear": (10.5, 9, 7.5),
    "position": (11.1, 8.4, 7.5),
    "markov": (10.643154, 8.514523, 7.842324),
}
# Snowplow's attribution package: paths of its integration test with what they brought, and the revenue that it expects by channel
SOLD = (("Direct Direct", 50.0), ("Direct", 20.42), ("Video", 200.0), ("Display_Other Organic_Search", 66.5),
        ("Direct Organic_Search Organic_Search Direct", 140.0), ("Direct Direct", 24.0))  # fmt: skip
REVENUE = {
    "first": {"Direct": 234.42, "Video": 200, "Display_Other": 66.5},
    "last": {"Direct": 234.42, "Video": 200, "Organic_Search": 66.5},
    "linear": {"Direct": 187.753333, "Video": 200, "Display_Other": 33.25, "Organic_Search": 79.916667},
    "position": {"Direct": 206.42, "Video": 200, "Display_Other": 33.25, "Organic_Search": 61.25},
}
# a hundred orders by the channels that they met
SETS = {"F": 20, "O": 10, "L": 17, "FO": 17, "LF": 30, "FOL": 6}


def walked(world: World, journeys: Iterable[tuple[str, Iterable[str], float | None]]) -> None:
    """(person, channels in order, value of the order or None): a touch a minute, then the order, all on one day."""
    touches, orders = ["person,at,channel"], ["order,person,at,value,currency"]
    for person, channels, value in journeys:
        steps = list(channels)
        touches += [f"{person},2026-03-02 10:{minute:02}:00,{channel}" for minute, channel in enumerate(steps)]
        if value is not None:
            orders.append(f"order {person},{person},2026-03-02 10:{len(steps):02}:00,{value},CNY")
    world.account("shop", platform="shop", surface="product")
    world.drop("shop", "touches.csv", touches)
    world.drop("shop", "orders.csv", orders)


def credited(world: World, dimension: str = "channel") -> dict[str, dict[str, tuple[float, float]]]:
    """model -> member -> (conversions, value), over all months and kinds; members without credit left out."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for model, member, conversions, value in world.ask(
        "select model, member, sum(conversions), sum(value)::double from credit where dimension = ? group by all having sum(conversions) > 0",
        dimension,
    ):
        found.setdefault(model, {})[member] = (conversions, value)
    return found


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[float, float]]]:
    world = World(tmp_path_factory.mktemp("nine") / "home")
    walked(world, ((f"{path}{copy}", path, 10.0) for path in PATHS for copy in range(3)))
    world.night()
    return credited(world)


@pytest.mark.parametrize("model", KNOWN)
def test_the_nine_paths_give_the_known_credit(nine: dict[str, dict[str, tuple[float, float]]], model: str) -> None:
    found = nine[model]
    assert [found[member][0] for member in "ABC"] == pytest.approx(KNOWN[model], abs=1e-6)
    assert [found[member][1] for member in "ABC"] == pytest.approx([10 * part for part in KNOWN[model]], abs=1e-5)


def test_every_model_gives_the_nine_paths_away_whole(nine: dict[str, dict[str, tuple[float, float]]]) -> None:
    assert {model: sum(part[0] for part in members.values()) for model, members in nine.items()} == pytest.approx(dict.fromkeys(nine, 27), abs=1e-9)
    assert {model: sum(part[1] for part in members.values()) for model, members in nine.items()} == dict.fromkeys(nine, 270)
    assert len(nine) == 11


def test_journeys_that_did_not_convert_count_as_in_the_best_known_example(tmp_path: Path) -> None:
    """Bryl', analyzecore.com, "Multi-Channel Attribution model with R (part 1)": removal effects 1/2, 1 and 1 of three journeys and one order."""
    world = World(tmp_path / "home")
    walked(world, [("ann", ("C1", "C2", "C3"), 10.0), ("bob", ("C1",), None), ("cleo", ("C2", "C3"), None)])
    world.night()
    found = credited(world)["markov"]
    assert found == {"C1": pytest.approx((0.2, 2.0)), "C2": pytest.approx((0.4, 4.0)), "C3": pytest.approx((0.4, 4.0))}


def test_who_is_touched_before_anything_was_sold_waits_for_the_first_order(tmp_path: Path) -> None:
    """Puzyrov, "Markov chain attribution: simple explanation of removal effect" (2019): removal effects 3/4 and 1/2 of four conversions.

    Its touches came a night before its orders: a company of which only touches are known is published, with nothing to credit.
    """
    world = World(tmp_path / "home")
    journeys = [("1", "G", 10.0), ("2", "G", 10.0), ("3", "M", 10.0), ("4", "GM", 10.0), ("5", "G", None)]
    walked(world, ((person, channels, None) for person, channels, _ in journeys))
    (world.paths.inbox / "shop" / "orders.csv").unlink()
    world.night()
    assert credited(world) == {}
    assert world.ask("select distinct member, missing_reason from credit where dimension = 'channel' order by 1") == [
        ("G", "no_conversions"), ("M", "no_conversions"),
    ]  # fmt: skip
    walked(world, journeys)
    world.night()
    assert credited(world)["markov"] == {"G": pytest.approx((2.4, 24.0)), "M": pytest.approx((1.6, 16.0))}


def test_a_channel_that_follows_itself_is_one_place_of_the_chain(tmp_path: Path) -> None:
    """pychattr's README prints A 1.991106 and B 1.008894 from ten thousand simulated walks, and 8.1 to 0.9 for three rules together."""
    world = World(tmp_path / "home")
    walked(world, [("ann", "ABABBA", 1.0), ("bob", "ABBAA", 1.0), ("cleo", "AA", 1.0)])
    world.night()
    found = credited(world)
    assert found["markov"] == {"A": pytest.approx((2, 2)), "B": pytest.approx((1, 1))}
    assert found["markov"]["B"][0] == pytest.approx(1.008894, abs=0.01)
    together = [sum(found[rule].get(member, (0, 0))[1] for rule in ("first", "last", "linear")) for member in "AB"]
    assert together == pytest.approx([8.1, 0.9], abs=1e-6)


def test_what_comes_back_from_nowhere_is_lost_by_its_chances(tmp_path: Path) -> None:
    """eeghor/mta, test_probabilistic_models.py: a leads to b in 2/3 and to c in 1/3, which convert in 3/4 and 1/2: removal effects 1, 3/4, 1/4."""
    world = World(tmp_path / "home")
    journeys = [*(("ab", 10.0) for _ in range(3)), ("ab", None), ("ac", 10.0), ("ac", None)]
    walked(world, ((f"person{n}", path, value) for n, (path, value) in enumerate(journeys)))
    world.night()
    for model in ("markov", "markov_2", "markov_3"):
        assert credited(world)[model] == {"a": pytest.approx((2, 20)), "b": pytest.approx((1.5, 15)), "c": pytest.approx((0.5, 5))}, model


# the tests of eeghor/mta (search to z) and takuti/mtapy (a to c): paths and how often each sold; nothing of the one is met by the other
TESTED = {"search email": 3, "search social email": 5, "p": 4, "p q": 6, "x y": 10, "z z w": 6, "a": 2, "b c": 1, "c a b": 5}
ANSWERS = {
    "first": {"search": 8, "email": 0, "a": 2, "b": 1, "c": 5},
    "last": {"search": 0, "email": 8, "a": 2, "b": 5, "c": 1},
    "linear": {"search": 19 / 6, "email": 19 / 6, "social": 5 / 3, "z": 4, "w": 2, "a": 2 + 5 / 3, "b": 0.5 + 5 / 3, "c": 0.5 + 5 / 3},
    "position": {"search": 3.5, "email": 3.5, "social": 1, "x": 5, "y": 5, "a": 3, "b": 2.5, "c": 2.5},
    "uneven": {"x": 3, "y": 7},
    # takuti's give 7 1/3 of eight conversions away and are no answer
    "shapley": {"p": 7, "q": 3},
    # Google Ads API, AttributionModel: "half-life is 1 week", so a week before counts half of the day itself, two a quarter
    "time_decay": {"today": 4 / 7, "last_week": 2 / 7, "fortnight": 1 / 7},
}


class TestTheTestsOfOtherPackages:
    @pytest.fixture(scope="class")
    def found(self, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[float, float]]]:
        world = World(tmp_path_factory.mktemp("packages") / "home")
        world.table("attribution_models.csv", [
            "model,family,look_back_days,half_life_days,first_share,last_share,markov_order,journey_resets,collapse_repeats",
            "uneven,position,30,,0.3,0.7,,false,false",
        ])  # fmt: skip
        walked(world, ((f"{path} {n}", path.split(), 1.0) for path, times in TESTED.items() for n in range(times)))
        weeks = zip(("2026-03-17", "2026-03-10", "2026-03-03"), ANSWERS["time_decay"], strict=True)
        world.drop("shop", "touches_of_weeks.csv", ["person,at,channel", *(f"weekly,{day} 10:00:00,{channel}" for day, channel in weeks)])
        world.drop("shop", "orders_of_weeks.csv", ["order,person,at,value,currency", "weekly,weekly,2026-03-17 10:00:00,1,CNY"])
        world.night()
        return credited(world)

    @pytest.mark.parametrize("model", ANSWERS)
    def test_their_answers_are_ours(self, found: dict[str, dict[str, tuple[float, float]]], model: str) -> None:
        ours = {member: found[model].get(member, (0, 0))[0] for member in ANSWERS[model]}
        assert ours == pytest.approx(ANSWERS[model], abs=1e-9)


class TestPathsThatRepeatThemselves:
    """Snowplow's attribution package: of a channel met twice in a row one touch stays, which here is what `collapse_repeats` says.

    In the same night the Shapley values of "Data-Driven Marketing Attribution" (towardsdatascience.com, 2018): a hundred orders.
    """

    @pytest.fixture(scope="class")
    def found(self, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[float, float]]]:
        world = World(tmp_path_factory.mktemp("repeats") / "home")
        world.table("attribution_models.csv", [
            "model,family,look_back_days,half_life_days,first_share,last_share,markov_order,journey_resets,collapse_repeats",
            *(f"{family}_once,{family},30,,{'0.4,0.4' if family == 'position' else ','},,false,true" for family in REVENUE),
        ])  # fmt: skip
        walked(world, [
            *((f"buyer{n}", path.split(), value) for n, (path, value) in enumerate(SOLD)),
            *((f"{members}{n}", members, 1.0) for members, times in SETS.items() for n in range(times)),
        ])  # fmt: skip
        world.night()
        return credited(world)

    @pytest.mark.parametrize("family", REVENUE)
    def test_their_revenue_is_ours(self, found: dict[str, dict[str, tuple[float, float]]], family: str) -> None:
        ours = {member: value for member, (_, value) in found[f"{family}_once"].items() if member not in "FOL"}
        assert ours == pytest.approx(REVENUE[family], abs=1e-5)

    def test_a_set_shares_what_it_won_alike(self, found: dict[str, dict[str, tuple[float, float]]]) -> None:
        assert {member: found["shapley"][member][0] for member in "FOL"} == pytest.approx({"F": 45.5, "O": 20.5, "L": 34}, abs=1e-6)


class TestFractribution:
    """Snowplow's fractribution package, its own regression answers: sessions in, channels out."""

    @pytest.fixture(scope="class")
    def found(self, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple[float, float]]]:
        folder = EXPORTS / "snowplow_fractribution_with_expected"
        if not folder.is_dir():
            pytest.skip("shared/exports/snowplow_fractribution_with_expected is not here")
        world = World(tmp_path_factory.mktemp("fractribution") / "home")
        walked(world, _journeys(folder))
        world.night()
        return credited(world)

    @pytest.mark.parametrize(("model", "theirs"), [("counterfactual", "shapley"), ("last", "last_touch")])
    def test_their_answers_are_ours(self, found: dict[str, dict[str, tuple[float, float]]], model: str, theirs: str) -> None:
        known = json.loads((EXPORTS / "snowplow_fractribution_with_expected" / "expected.json").read_text())["by_type_channel"]
        expected = {key.split("|")[1]: about for key, about in known.items() if key.startswith(theirs)}
        for member, about in expected.items():
            conversions, value = found[model].get(member, (0, 0))
            assert conversions == pytest.approx(float(about["conversions"]), abs=1e-9), member
            assert value == pytest.approx(float(about["revenue"]), abs=1e-6), member


def _journeys(folder: Path) -> Iterable[tuple[str, list[str], float | None]]:
    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"snowplow_fractribution_{name}_expected.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    for n, row in enumerate(rows("paths_to_conversion")):
        yield f"buyer{n}", row["path"].split(" > "), float(row["revenue"])
    for n, row in enumerate(rows("paths_to_non_conversion")):
        yield f"other{n}", row["path"].split(" > "), None
