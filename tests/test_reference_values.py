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
