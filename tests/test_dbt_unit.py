"""The arithmetic of the models on rows that a person can check by hand: dbt's unit tests, run once, counted, and all of them passed.

Belongs here: that they ran. Never here: what they say; each stands in the YAML beside its model.
"""

from __future__ import annotations

import json

import pytest

from tests.worlds import NOW, World

# Fewer means that some were lost on the way. dbt itself is content with none: a build that selects nothing but unit tests runs none of
# them and succeeds, because it hangs them on models that the selection left out.
AT_LEAST = 16


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Unit test -> status, from one build of models, data tests and unit tests over a company that has sent nothing yet."""
    from assets.landing import land_all
    from pipelines.night import begin
    from pipelines.plain import build_models

    world = World(tmp_path_factory.mktemp("unit") / "home")
    evening = begin(world.paths, world.as_of, NOW)
    land_all(world.paths.archive, world.paths.landing, evening.intake)
    build_models(world.paths, "--exclude-resource-type", "snapshot")
    results = json.loads((world.paths.dbt_target / "run_results.json").read_text())["results"]
    written = json.loads((world.paths.dbt_target / "manifest.json").read_text())["unit_tests"]
    status = {str(result["unique_id"]): str(result["status"]) for result in results}
    return {unit_test: status.get(unit_test, "did not run") for unit_test in written}


def test_every_unit_test_of_the_project_ran_and_passed(outcome: dict[str, str]) -> None:
    assert {name: status for name, status in outcome.items() if status != "pass"} == {}


def test_none_was_lost_on_the_way(outcome: dict[str, str]) -> None:
    assert len(outcome) >= AT_LEAST


def test_whatever_apportions_credit_or_counts_people_is_among_them(outcome: dict[str, str]) -> None:
    """The models whose arithmetic nobody could redo from the published table alone."""
    proven = {name.split(".")[2] for name in outcome}
    credit = {f"int_credit_by_{way}" for way in ("rule", "set", "counterfactual")}  # by removal is Python: test_credit_properties
    journeys = {"int_conversions", "int_paths", "int_lost_touches", "int_journeys", "int_credit"}  # Python: test_chain_steps, test_path_shares
    people = {"int_presence", "int_moves", "int_activity_summary", "int_visits", "int_sessions", "int_follower_rates", "int_follower_overlap"}
    assert {*credit, *journeys, *people, "int_follower_ledger", "int_cohorts", "int_growth"} <= proven
