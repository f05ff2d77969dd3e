"""Which guards, tests of the build and tests hold each invariant; and every guard taken away, emptied or softened in turn is missed.

Belongs here: the table from invariant to what holds it, and the mutants of the gates themselves. Never here: what an invariant says
(the guards and tests named here do).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations import guard as shapes
from expectations import guards as registry
from expectations.guard import Guard, Verdict
from expectations.verdict import judge, judge_rows
from pipelines.paths import Paths
from tests.conftest import SCORE
from tests.test_guards import LAW, SABOTAGE, SPOILT

ALL = (*registry.guards("landing"), *registry.guards("publish"))

# A guard by its name, a test of the build as `dbt NAME`, a test of the suite as `FILE NAME`.
INVARIANTS: dict[str, tuple[str, ...]] = {
    "I1": ("one_accountable_owner", "only_lawful_owners", "owners_are_the_ones_the_rules_name", "every_owner_is_booked", "every_metric_has_an_owner"),
    "I2": ("departments_sum_to_the_company", "scorecard_agrees_with_its_days"),
    "I3": ("classes_agree_with_the_catalogue", "leaders_read_the_catalogue", "assists_stay_out_of_the_numbers"),
    "I4": (
        "credit_is_conserved", "dbt credit_gives_away_all_value", "dbt credit_counts_every_conversion",
        "dbt credit_by_channel_is_what_its_touches_earn", "dbt credit_by_campaign_is_what_its_touches_earn",
        "dbt sums_to_one_int_credit_by_removal_share__model__dimension__conversion_type",
    ),
    "I5": ("spend_is_kept", "dbt credit_spends_what_was_spent"),
    "I6": (
        "follower_ledgers_balance", "dbt always_follower_ledger_residual_is_null_or_residual_opening_gained_lost_closing",
        "test_followers.py test_what_does_not_balance_is_told_and_does_not_stop_the_night",
    ),
    "I7": ("profiles_change_no_total", "test_split_in_the_numbers.py test_every_profile_adds_up_to_the_same_company"),
    "I8": (
        "owners_are_the_ones_the_rules_name", "every_owner_is_booked",
        "test_split_in_the_numbers.py test_a_reorganisation_changes_no_owner_before_its_date",
    ),
    "I9": (
        "dbt follower_overlap_bounds_are_in_order", "scorecard_has_no_impossible_number",
        "test_followers.py test_their_followers_have_bounds_and_no_sum",
    ),
    "I10": (
        "test_night.py test_a_rebuild_from_the_archive_alone_gives_the_same_content",
        "test_ledger.py test_a_run_as_of_a_past_day_gives_what_was_known_then",
    ),
    "I11": (
        "test_split_in_the_numbers.py test_marketing_has_its_million", "test_split_in_the_numbers.py test_operations_have_a_measured_zero_that_day",
        "test_split_in_the_numbers.py test_the_mirror_is_full_for_operations_and_small_for_marketing",
    ),
    "I12": ("retention_is_a_share", "landed_numbers_are_possible", "dbt always_retention_cohorts_retained_between_0_and_cohort_size"),
    "I13": (
        "test_ledger.py test_any_order_of_delivery_leaves_the_same_receipts",
        "test_ledger.py test_a_late_file_moves_its_own_days_and_no_others",
    ),
    "I14": (
        "test_guards.py test_the_clean_batch_passes", "test_guards.py test_every_poison_is_caught", "test_guards.py test_no_evidence_at_all_fails",
    ),
}  # fmt: skip


def missing(holders: tuple[str, ...], required: set[str], built: set[str], tested: set[tuple[str, str]]) -> list[str]:
    """Those of the holders that are not there."""
    gone = []
    for holder in holders:
        first, _, second = holder.partition(" ")
        there = first in required if not second else second in built if first == "dbt" else (first, second) in tested
        if not there:
            gone.append(holder)
    return gone


def built_tests(home: Path) -> set[str]:
    nodes = json.loads((Paths.at(home).dbt_target / "manifest.json").read_text())["nodes"].values()
    return {node["name"] for node in nodes if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"}


def suite_tests() -> set[tuple[str, str]]:
    return {
        (path.name, node.name)
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_invariant_is_held_by_something_that_is_there(small_home: Path, record_property: Callable[[str, object], None]) -> None:
    required, built, tested = set(registry.required()), built_tests(small_home), suite_tests()
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 15)]
    assert {name: missing(holders, required, built, tested) for name, holders in INVARIANTS.items()} == {name: [] for name in INVARIANTS}
    for holders in INVARIANTS.values():  # and each one taken away is missed
        for holder in holders:
            word = holder.split(" ")[-1]
            without = missing(holders, required - {word}, built - {word}, {one for one in tested if one[1] != word})
            assert holder in without
    record_property(
        SCORE, f"invariants: {len(INVARIANTS)} held by {sum(map(len, INVARIANTS.values()))} guards and tests, each missed when it is gone"
    )


def test_a_guard_says_the_invariants_that_the_table_gives_it() -> None:
    said = {(one.strip(), guard.name) for guard in ALL for one in guard.invariant.split(",") if one.strip()}
    assert said - {(name, holder) for name, holders in INVARIANTS.items() for holder in holders} == set()


# --- every guard taken away, emptied or softened -------------------------------------------------------------------------------------


def verdict_of(guard: Guard) -> Verdict:
    return Verdict(guard.name, guard.gate, "passed", 1, 0, guard.blocking)


def is_missed(guards: list[Guard]) -> bool:
    """Would publishing be held, or does the list of guards differ from the list that is kept apart?"""
    ran = registry.required_guards_ran([verdict_of(guard) for guard in guards])
    return ran.verdict == "failed" or {guard.name: guard.blocking for guard in guards} != registry.required()


def not_judged(guard: Guard) -> bool:
    with duckdb.connect() as con:
        verdict = judge(guard, con, LAW)
    return verdict.holds_the_night


def toothless(guard: Guard) -> bool:
    """A guard whose evidence never names an offender: the sabotage that names this guard would find it green."""
    return guard.name in {name for _, name in (*SABOTAGE.values(), *SPOILT.values())}


WRITTEN = {path.stem for path in shapes.EVIDENCE.glob("*.sql")}  # evidence that no guard reads is a guard that is gone
REMOVALS: dict[str, Callable[[Guard], bool]] = {
    "deleted from the code": lambda guard: is_missed([one for one in ALL if one is not guard]),
    "deleted from the code and from the list": lambda guard: {one.name for one in ALL if one is not guard} != WRITTEN,
    "made to warn, or to block": lambda guard: is_missed([replace(one, blocking=not one.blocking) if one is guard else one for one in ALL]),
    "judged at the other gate": lambda guard: guard.name not in registry.required("publish" if guard.gate == "landing" else "landing"),
    "evidence emptied": lambda guard: not_judged(replace(guard, sql="")),
    "evidence of other columns": lambda guard: not_judged(replace(guard, sql="select 1 as one, 2 as two")),
    "expectations emptied": lambda guard: judge_rows(replace(guard, expects=lambda split: []), guard.clean, LAW).holds_the_night,
    "evidence that names nobody": toothless,
}


@pytest.mark.parametrize("how", REMOVALS)
def test_every_guard_that_is_removed_is_missed(how: str, record_property: Callable[[str, object], None]) -> None:
    survivors = [guard.name for guard in ALL if not REMOVALS[how](guard)]
    record_property(SCORE, f"mutants of the gates: {len(ALL)} guards {how}, {len(ALL) - len(survivors)} turned a gate red, {len(survivors)} survived")
    assert survivors == []
