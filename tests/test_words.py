"""The words of the maps for columns that depend on each other, nested records and records of several shapes, on bytes made here."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.adapter import BadAdapters
from assets.jsondoc import nested_elements, unnested
from tests.test_formats import DAY, INTAKE, VIEWS, Maps, counts, entry, maps, read, refusals

__all__ = ["maps"]


def pairs(landed: object) -> set[tuple[str, Decimal]]:
    return {(metric, value) for metric, value in counts(landed, "metric", "value")}  # type: ignore[arg-type]


PARTS = f"{DAY}, Shares: {{metric: views, sum_into: gained}}, Likes: {{sum_into: gained}}, Saves: {{sum_into: gained}}"


def test_one_column_is_a_metric_and_a_part_of_a_sum(maps: Maps) -> None:
    maps(entry(columns=PARTS))
    landed = read(b"Date,Shares,Likes,Saves\n2026-01-01,5,6,7\n2026-01-02,1,,2\n")
    assert pairs(landed) == {("views", 5), ("gained", 18), ("views", 1)}


def test_a_part_that_was_not_exported_makes_no_smaller_sum(maps: Maps) -> None:
    maps(entry(columns=PARTS))
    landed = read(b"Date,Shares,Likes\n2026-01-01,5,6\n")
    assert pairs(landed) == {("views", 5)}
    assert "gained not summed" in str(landed.message)
    assert "missing: Saves" in str(landed.message)


def test_the_platforms_own_total_wins_over_its_parts(maps: Maps) -> None:
    maps(entry(columns=PARTS + ", All: {metric: gained}"))
    landed = read(b"Date,Shares,Likes,All\n2026-01-01,5,6,100\n")
    assert pairs(landed) == {("views", 5), ("gained", 100)}
    assert landed.message is None


def test_the_first_filled_of_several_columns_counts(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Views: {{metric: views, required: true, first_of: [Plays, Impressions]}}"))
    landed = read(b"Date,Impressions,Plays\n2026-01-01,5,6\n2026-01-02,7,\n")
    assert [value for (value,) in counts(landed, "value")] == [6, 7]
    assert read(b"Date,Impressions\n2026-01-01,5\n").accepted == 1
    assert read(b"Date,Reach\n2026-01-01,5\n").reason == "no_adapter"


def test_of_one_of_several_columns_only_one_may_speak(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Views: {{metric: views, required: true, one_of: [Album, Story]}}"))
    landed = read(b"Date,Album,Story\n2026-01-01,5,\n2026-01-02,7,7\n2026-01-03,7,8\n")
    assert [value for (value,) in counts(landed, "value")] == [5, 7]
    assert refusals(landed) == [(4, "'Album' (column 2) and 'Story' (column 3)", "columns_disagree")]


def test_a_column_given_twice_counts_once_or_is_set_aside(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Views: {{metric: views, required: true, also: [Aufrufe]}}"))
    landed = read(b"Date,Views,Aufrufe\n2026-01-01,5,5\n2026-01-02,5,6\n")
    assert pairs(landed) == {("views", 5)}
    assert refusals(landed) == [(3, "'Views' (column 2) and 'Aufrufe' (column 3)", "columns_disagree")]


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_state_of_a_day_supersedes_the_earlier_wherever_it_stands(maps: Maps, turned: bool) -> None:
    day = "day: {pattern: '^([0-9-]{10})', format: '%Y-%m-%d'}"
    maps(entry(f"{day}\nlifetime: true\nlater_wins: At", "At: {into: day, required: true}, Id: {into: post}, Views: {metric: views, required: true}"))
    rows = [b"2026-01-01T03:00:00,p,4", b"2026-01-01T14:00:00,p,6", b"2026-01-01T14:00:00,q,1"]
    landed = read(b"At,Id,Views\n" + b"\n".join(reversed(rows) if turned else rows) + b"\n")
    assert sorted(counts(landed, "post", "value")) == [("p", 6), ("q", 1)]
    assert (landed.accepted, landed.duplicate, landed.quarantined) == (2, 1, 0)
    again = read(b"At,Id,Views\n2026-01-01T03:00:00,p,4\n2026-01-01T03:00:00,p,5\nlater,p,6\n")
    assert [rule for _, _, rule in refusals(again)] == ["conflicting_duplicate", "conflicting_duplicate", "not_a_day"]


def test_corrections_are_kept_where_the_platform_sends_them(maps: Maps) -> None:
    columns = f"{DAY}, Views: {{metric: views, required: true, corrections: true}}, Likes: {{metric: likes}}"
    maps(entry(columns=columns))
    landed = read(b"Date,Views,Likes\n2026-01-01,-5,1\n2026-01-02,5,-1\n")
    assert pairs(landed) == {("views", -5), ("likes", 1)}
    assert refusals(landed) == [(3, "Likes", "negative_count")]
    assert landed.corrects == ["views"]


def test_an_instant_of_two_columns(maps: Maps) -> None:
    columns = "Day: {into: opened_at, required: true, joined_with: [Time]}, Id: {into: case_id, required: true}"
    maps(entry("set: {kind: mention}\ninstant: {formats: ['%d.%m.%Y %H:%M']}\nzone: UTC", columns, shape="cases"))
    landed = read(b"Id,Time,Day\n1,08:15,31.01.2026\n2,,31.01.2026\n")
    assert [str(at) for (at,) in landed.frames[("retention", "cases")].select("opened_at_utc").rows()] == ["2026-01-31 08:15:00"]
    assert refusals(landed) == [(3, "Day", "not_an_instant")]
    assert read(b"Id,Day\n1,31.01.2026\n").reason == "no_adapter"


def test_two_days_that_must_be_one(maps: Maps) -> None:
    maps(entry(columns=f"From: {{into: day, required: true, same_as: [To]}}, {VIEWS}"))
    landed = read(b"From,To,Views\n2026-01-01,2026-01-01,1\n2026-01-02,2026-01-08,2\n2026-01-03,,3\n")
    assert counts(landed, "day", "value") == [("2026-01-01", 1), ("2026-01-03", 3)]
    assert refusals(landed) == [(3, "From and To", "no_day")]


def test_other_spellings_are_honoured_where_records_are_chosen(maps: Maps) -> None:
    maps(entry("keep_where: {Kind: [a]}", f"{DAY}, {VIEWS}, Kind: {{filter: true, also: [Art]}}"))
    assert [value for (value,) in counts(read(b"Date,Views,Art\n2026-01-01,1,a\n2026-01-02,2,b\n"), "value")] == [1]
    maps(entry("group: {by: Id, first_non_empty: [Views]}", f"{DAY}, {VIEWS}, Id: {{into: post, also: [Nr]}}"))
    assert counts(read(b"Nr,Date,Views\n1,2026-01-01,\n1,2026-01-01,7\n"), "post", "value") == [("1", 7)]


@pytest.mark.parametrize(
    ("cell", "count"),
    [("1234", 1234), ("1.234", 1234), ("1,234", 1234), ("1.234.567", 1234567), ("12\u202f345", 12345), ("1'234", 1234), ("1.000", 1000),
     ("825.0", 825), ("1,00", 1), ("0", 0), ("12.5", None), ("1,23", None), ("0.123", None), ("1.234,567", None), ("1e5", None), ("12,34,567", None)],
)  # fmt: skip
def test_counts_are_read_in_any_grouping_and_never_as_fractions(maps: Maps, cell: str, count: int | None) -> None:
    maps(entry("number: {whole: true}"))
    landed = read(f'Date,Views\n2026-01-01,"{cell}"\n'.encode())
    if count is None:
        assert (refusals(landed), landed.frames) == ([(2, "Views", "not_a_number")], {})
    else:
        assert counts(landed, "value") == [(count,)]


def test_a_fraction_of_a_count_is_set_aside_where_nobody_said_how_numbers_are_grouped(maps: Maps, monkeypatch: pytest.MonkeyPatch) -> None:
    maps(entry())
    file = b"Date,Views\n2026-01-01,1.25\n2026-01-02,825.0\n"
    # A metric of which the catalogue does not say that it is counted may be anything.
    assert counts(read(file), "value") == [(1.25,), (825,)]
    monkeypatch.setitem(INTAKE.metrics, "views", replace(INTAKE.metrics["views"], aggregation="additive"))
    landed = read(file)
    assert pairs(landed) == {("views", 825)}
    assert refusals(landed) == [(2, "views", "fraction_of_a_count")]


def test_records_that_differ_in_a_column_nobody_reads_are_no_repeats(maps: Maps) -> None:
    maps(entry("ignore: [Note]"))
    same = read(b"Date,Views,Note\n2026-01-01,1,a\n2026-01-01,1,b\n")
    assert (counts(same, "value"), same.duplicate) == ([(1,)], 1)
    # A breakdown that the map does not know: one page's view is not the day's.
    landed = read(b"Date,Page,Views\n2026-01-01,/a,1\n2026-01-01,/b,1\n2026-01-02,/a,1\n2026-01-02,/a,1\n")
    assert counts(landed, "day", "value") == [("2026-01-02", 1)]
    assert refusals(landed) == [(2, None, "conflicting_duplicate"), (3, None, "conflicting_duplicate")]
    assert "not loaded may tell them apart" in landed.quarantine["reason"][0]


def test_an_unknown_column_where_breakdowns_stand_is_no_number_left_out(maps: Maps) -> None:
    maps(entry("dimensions_first: true\nignore: [Title]"))
    landed = read(b"Date,Page,Views\n2026-01-01,/a,1\n2026-01-02,/a,1\n")
    assert (landed.reason, landed.frames) == ("unknown_breakdown", {})
    assert "column 'Page'" in str(landed.message)
    assert counts(read(b"Date,Title,Views,Hype\n2026-01-01,a,1,9\n"), "value") == [(1,)]


def test_a_zero_that_other_columns_contradict_says_nothing(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Views: {{metric: views, required: true, zero_with: [Events, People]}}"))
    landed = read(b"Date,Views,Events\n2026-01-01,0,22\n2026-01-02,0,0\n2026-01-03,3,0\n2026-01-04,0,\n2026-01-05,00.0,5\n")
    assert counts(landed, "day", "value") == [("2026-01-02", 0), ("2026-01-03", 3), ("2026-01-04", 0)]
    assert (landed.accepted, landed.quarantined) == (5, 0)
    assert counts(read(b"Date,Views\n2026-01-01,0\n"), "value") == [(0,)]


def test_the_key_of_a_breakdown_does_not_hang_on_the_order_of_columns(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, {VIEWS}, Land: {{dimension: country}}, Age: {{dimension: age}}"))
    one = counts(read(b"Date,Views,Land,Age\n2026-01-01,1,DE,18\n"), "dimension", "member")
    assert one == counts(read(b"Age,Land,Date,Views\n18,DE,2026-01-01,1\n"), "dimension", "member") == [("age|country", "18|DE")]


# --- JSON


def test_nested_records_take_what_stands_above_them(maps: Maps) -> None:
    maps(entry("json_path: list\nunnest: details", f"{DAY}, {VIEWS}, id: {{into: post}}", reads="json"))
    items = [{"id": "p", "details": [{"Date": "2026-01-01", "Views": 1}, {"Date": "2026-01-02", "Views": 3}]}, {"id": "q", "details": []}]
    landed = read(json.dumps({"list": items}).encode(), "x.json")
    assert counts(landed, "post", "value") == [("p", 1), ("p", 3)]
    # An article without a number is a record that was set aside, not one that was lost.
    assert (landed.physical, landed.accepted, landed.quarantined) == (3, 2, 1)


def test_an_object_and_its_part_that_name_one_thing_twice_are_set_aside(maps: Maps) -> None:
    maps(entry("unnest: details", f"{DAY}, {VIEWS}", reads="json"))
    items = [{"Views": 9, "details": [{"Date": "2026-01-01", "Views": 1}, {"Date": "2026-01-02"}]}]
    landed = read(json.dumps(items).encode(), "x.json")
    assert counts(landed, "day", "value") == [("2026-01-02", 9)]
    assert [rule for _, _, rule in refusals(landed)] == ["duplicate_key"]


LEAF = st.one_of(st.integers(), st.text('a[]{},:"\\ ', max_size=4), st.lists(st.integers(), max_size=3), st.none())
PART = st.dictionaries(st.sampled_from(["x", "y", "details"]), LEAF, max_size=3)
ITEM = st.dictionaries(st.sampled_from(["id", "details", "z"]), st.one_of(LEAF, st.lists(PART, max_size=4)), max_size=3)


@settings(max_examples=150, deadline=None)
@given(st.lists(ITEM, max_size=5))
def test_nested_elements_are_counted_by_brackets_as_the_parser_counts_them(items: list[dict[str, object]]) -> None:
    data = json.dumps({"more": {"list": [[1]]}, "list": items}).encode()
    assert nested_elements(data, ("list",), "details") == len(unnested(data, ("list",), "details"))


def test_a_json_record_that_leaves_out_what_it_cannot_say_hides_no_column(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, {VIEWS}, Likes: {{metric: likes, required: true}}", reads="jsonl"))
    landed = read(b'{"Date": "2026-01-01", "Views": 1}\n{"Date": "2026-01-02", "Views": 2, "Likes": 3}\n', "x.jsonl")
    assert pairs(landed) == {("views", 1), ("views", 2), ("likes", 3)}


# --- several shapes

EVENTS = """
and_as:
  - shape: touches
    keep_where: {What: [view]}
    first_per: Session
    columns: {Who: {into: person, required: true}, At: {into: at, required: true}, From: {into: source, required: true}}
  - shape: orders
    drop_where: {Total: ['']}
    columns: {Who: {into: person, required: true}, At: {into: at, required: true}, Total: {into: value, required: true},
              Order: {into: order_id, required: true}, Currency: {into: currency}}
  - shape: counts
    count: true
    set: {metric: views}
    day: {formats: ['%Y-%m-%d %*']}
    columns: {At: {into: day, required: true}}
"""
ACTIVITY = "Who: {into: person, required: true}, At: {into: at, required: true}, What: {into: event}, Session: {into: session}"


def test_one_record_may_be_activity_a_touch_an_order_and_a_count(maps: Maps) -> None:
    maps(entry(EVENTS, ACTIVITY, shape="activity"))
    head = b"Who,At,What,Session,From,Total,Order\n"
    landed = read(
        head + b"a,2026-01-01 09:00,view,s1,,,\na,2026-01-01 08:00,view,s1,mail,,\na,2026-01-02 10:00,pay,s1,,7.5,o1\n"
        b"b,2026-01-02 11:00,pay,s2,,x,o2\nc,2026-01-02 12:00,pay,s3,,1,o3\nd,2026-01-02 12:00,pay,s3,,2,o3\n"
    )
    assert (landed.physical, landed.accepted) == (6, 3)
    assert landed.frames[("retention", "activity")].height == 3
    assert landed.frames[("conversion", "touches")]["source"].to_list() == ["mail"]
    assert landed.frames[("conversion", "orders")]["value"].to_list() == [Decimal("7.5")]
    assert counts(landed, "day", "value") == [("2026-01-01", 2), ("2026-01-02", 1)]
    # What one of its shapes cannot read, or contradicts, is set aside whole: no half of a record is activity.
    assert refusals(landed) == [(5, "Total", "not_a_number"), (6, None, "conflicting_duplicate"), (7, None, "conflicting_duplicate")]


def test_a_shape_whose_columns_were_not_exported_is_left_out_and_said(maps: Maps) -> None:
    maps(entry(EVENTS, ACTIVITY, shape="activity"))
    landed = read(b"Who,At,What,Session\na,2026-01-01 09:00,view,s1\n")
    assert sorted(landed.frames) == [("reach", "counts"), ("retention", "activity")]
    assert landed.message is not None
    assert "not read as orders: the header lacks Total, Order" in landed.message


@pytest.mark.parametrize(
    ("more", "columns", "told"),
    [
        ("", f"{DAY}, Views: {{metric: views, dimension: country}}", "exactly one of"),
        ("", f"{DAY}, Views: {{metric: views, sum_into: views}}", "not both"),
        ("", f"{DAY}, Views: {{metric: views, first_of: [a], one_of: [b]}}", "either first_of or one_of"),
        ("", f"{DAY}, Views: {{metric: views, same_as: [b]}}", "only days and instants"),
        ("", f"{DAY}, {VIEWS}, c: {{into: campaign, corrections: true}}", "only a metric column"),
        ("", f"{DAY}, {VIEWS}, c: {{into: campaign, zero_with: [a]}}", "only a metric column"),
        ("number: {whole: true, thousands: '.'}", f"{DAY}, {VIEWS}", "whole says all"),
        ("count: true", f"{DAY}, {VIEWS}", "belongs to an entry of and_as"),
        ("and_as: [{columns: {}}]", f"{DAY}, {VIEWS}", "each with its shape"),
        ("and_as: [{shape: counts, window: {}, columns: {}}]", f"{DAY}, {VIEWS}", "belongs to the whole entry"),
    ],
)
def test_words_that_contradict_each_other_are_refused_when_the_maps_load(maps: Maps, more: str, columns: str, told: str) -> None:
    with pytest.raises(BadAdapters, match=told):
        maps(entry(more, columns))
