"""Mentions, decisions and crises as a person at the desk writes them down, and what the published tables say of them.

Belongs here: cases from the file to the number, the edges of the promise. Never here: the arithmetic of ranks (the models' unit tests).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.worlds import World

HEADER = "case,kind,opened_at,answered_at,closed_at,is_auto_reply,topic,sentiment,approved_at,executed_at,hops,person_role"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A desk that answers and decides, an ear that only listens, and a desk that nobody judges."""
    world = World(tmp_path_factory.mktemp("cases") / "home")
    for account in ("desk", "ear", "mute"):
        world.account(account, platform="desk", surface="product")
    world.drop("desk", "cases_march.csv", [
        HEADER,
        "m1,mention,2026-03-02T10:00:00+08:00,2026-03-02T10:15:00.000+08:00,,,,-0.8,,,,",
        "m2,mention,2026-03-02T10:00:00+08:00,2026-03-02T10:15:00.001+08:00,,,,0.5,,,,",
        "m3,mention,2026-03-02T10:00:00+08:00,2026-03-02T10:00:02+08:00,,true,,0,,,,",
        "m4,mention,2026-03-02T10:00:00+08:00,,,,,-0.1,,,,",
        "m5,mention,2026-03-03T10:00:00+08:00,2026-03-03T10:01:00+08:00,,false,,,,,,",
        "m6,mention,2026-03-09T23:45:00+08:00,,,,,,,,,",
        "m7,mention,2026-03-09T23:45:01+08:00,,,,,,,,,",
        "d1,decision,2026-03-02T09:00:00+08:00,,,,,,2026-03-02T10:00:00+08:00,2026-03-02T11:00:00+08:00,2,head",
        "d2,decision,2026-03-02T09:00:00+08:00,,,,,,2026-03-03T09:00:00+08:00,2026-03-03T09:00:00+08:00,5,head",
        "d3,decision,2026-03-02T09:00:00+08:00,,,,,,2026-03-02T12:00:00+08:00,2026-03-02T15:30:00+08:00,3,head",
        "d4,decision,2026-03-02T23:00:00+08:00,,,,,,,,4,head",
        "d5,decision,2026-03-05T09:00:00+08:00,,,,,,,,1,head",
        "d6,decision,2026-03-02T09:00:00+08:00,,2026-03-02T10:00:00+08:00,,,,,,,head",
        "c1,crisis,2026-03-04T18:00:00+08:00,2026-03-04T20:05:30+08:00,,,,,,,,",
    ], "2026-03-10")  # fmt: skip
    world.drop("ear", "cases_march.csv", [
        "case,kind,opened_at,sentiment", "1,mention,2026-03-02T09:00:00+08:00,-1", "2,mention,2026-03-04T09:00:00+08:00,1",
    ], "2026-03-06")  # fmt: skip
    world.drop("mute", "cases_march.csv", ["case,kind,opened_at", "1,mention,2026-03-02T09:00:00+08:00"], "2026-03-04")
    world.night()
    return world


def times(world: World, clock: str, start: str, kind: str = "day") -> tuple[object, ...]:
    (row,) = world.ask(
        "select n, n_done, n_pending, n_within_target, p50_minutes, p50_missing_reason, p90_minutes, p90_missing_reason "
        "from response_times where account_id = 'desk' and clock = ? and period_kind = ? and period_start = ?",
        clock, kind, start,
    )  # fmt: skip
    return row


class TestTheQuarterOfAnHour:
    def test_a_thousandth_of_a_second_decides_and_a_machine_answers_nobody(self, desk: World) -> None:
        assert desk.value("reply_within_15m_rate", "2026-03-02", "desk") == (Decimal("0.25"), None)
        assert times(desk, "replied", "2026-03-02") == (4, 2, 0, 1, Decimal("15.000017"), None, None, "still_open")

    def test_silence_is_a_breach_once_the_time_is_over_and_not_before(self, desk: World) -> None:
        """The file was taken at midnight: one mention was fifteen minutes old, the other a second younger."""
        assert times(desk, "replied", "2026-03-09")[:4] == (2, 0, 1, 0)
        assert desk.value("reply_within_15m_rate", "2026-03-09", "desk") == (0, None)
        assert desk.value("mentions_inbound", "2026-03-09", "desk") == (2, None)

    def test_a_month_is_one_rate_of_all_its_mentions(self, desk: World) -> None:
        scored = desk.ask("select value from scorecard where metric = 'reply_within_15m_rate' and period_kind = 'month' and profile = 'default'")
        assert scored == [(Decimal("0.333333"),)]
        assert times(desk, "replied", "2026-03-01", "month")[:4] == (7, 3, 1, 2)

    def test_who_never_answers_in_a_file_is_not_known_to_be_silent(self, desk: World) -> None:
        assert desk.value("reply_within_15m_rate", "2026-03-02", "ear") is None
        assert desk.ask("select count(*) from response_times where account_id != 'desk'") == [(0,)]


class TestWhatPeopleSay:
    def test_the_mood_of_a_day_is_of_the_mentions_that_were_judged(self, desk: World) -> None:
        assert desk.value("net_sentiment", "2026-03-02", "desk") == (Decimal("-0.25"), None)
        assert desk.value("negative_mentions", "2026-03-02", "desk") == (2, None)

    def test_a_day_on_which_nobody_was_judged_has_none_of_them_negative_and_no_mood(self, desk: World) -> None:
        assert desk.value("negative_mentions", "2026-03-03", "ear") == (0, None)
        assert desk.value("net_sentiment", "2026-03-03", "ear") == (None, "no_denominator")

    def test_where_nobody_judges_nothing_is_said(self, desk: World) -> None:
        assert desk.value("mentions_inbound", "2026-03-02", "mute") == (1, None)
        assert desk.value("negative_mentions", "2026-03-02", "mute") is None
        assert desk.value("net_sentiment", "2026-03-02", "mute") is None


class TestDecisionsAndCrises:
    def test_a_day_shows_its_middle_decision(self, desk: World) -> None:
        """120, 390 and 1440 minutes, one still open, one refused: the second of four. The middle of 2, 3, 4 and 5 hops is 3."""
        assert desk.value("decision_to_execution_minutes", "2026-03-02", "desk") == (390, None)
        assert desk.value("approval_hops", "2026-03-02", "desk") == (3, None)
        assert times(desk, "executed", "2026-03-02") == (4, 3, 0, None, 390, None, None, "still_open")

    def test_an_open_decision_has_no_time_yet(self, desk: World) -> None:
        assert desk.value("decision_to_execution_minutes", "2026-03-05", "desk") == (None, "still_open")

    def test_a_day_without_a_decision_took_no_minutes_of_anybody(self, desk: World) -> None:
        assert desk.value("decision_to_execution_minutes", "2026-03-06", "desk") is None
        assert desk.value("approval_hops", "2026-03-06", "desk") is None

    def test_two_hours_are_fast_a_day_is_slow_seven_days_are_a_week(self, desk: World) -> None:
        bands = desk.ask("select n_fast, n_slow from response_times where clock = 'executed' and period_kind = 'day' and period_start = '2026-03-02'")
        assert bands == [(1, 1)]
        overdue = desk.ask("select sum(n_overdue), sum(n_open) from response_times where clock = 'approved' and period_kind = 'day'")
        assert overdue == [(1, 2)]

    def test_a_crisis_waits_for_its_first_statement(self, desk: World) -> None:
        assert desk.value("crisis_minutes_to_statement", "2026-03-04", "desk") == (Decimal("125.5"), None)
        assert desk.owner("crisis_minutes_to_statement", "2026-03-04") == {"executive"}

    def test_times_are_not_added_up(self, desk: World) -> None:
        rows = desk.ask(
            "select value, missing_reason from scorecard "
            "where metric = 'decision_to_execution_minutes' and period_kind = 'month' and profile = 'default'"
        )
        assert rows == [(None, "not_additive")]


class TestNothingBlocks:
    def test_the_night_is_published(self, desk: World) -> None:
        assert desk.ask("select check_name from data_quality where blocking and verdict != 'passed'") == []
