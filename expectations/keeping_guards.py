"""What came in is in the candidate, all of it, and what looks odd or has fallen silent is said.

Belongs here: guards of conservation, of money, and of what to doubt, each with a batch it must pass and batches it must fail.
Never here: SQL (evidence/ has it, by the guard's name), a metric's or a department's name, who answers for a number.
"""

from __future__ import annotations

from expectations.guard import NOTHING, UNCOUNTED, Between, Expectation, Guard, Split, Zero, one, some_seen_none_offends


def nothing_lost(split: Split) -> list[Expectation]:
    return [Zero("lost"), Between("held", 0), Between("came", 0)]


KEEPING = (
    Guard(
        name="files_balance",
        gate="publish",
        reads=("files",),
        says="records = accepted + quarantined + superseded, in every file",
        expects=some_seen_none_offends,
        poison={"one lost": one("shop/orders.csv", "10 records, 9 accepted"), "no file": NOTHING, "uncounted": UNCOUNTED},
        wrong="files whose records do not add up, so something was lost or counted twice",
        then="`kpi inspect FILE`, and compare with its row in `files`",
    ),
    Guard(
        name="spend_is_kept",
        gate="publish",
        reads=("credit", "kpi_daily"),
        invariant="I5",
        says="credit shows all that was spent",
        poison={"dropped": one("linear orders by channel", "credit shows 90 and the company spent 100"), "uncounted": UNCOUNTED},
        wrong="models whose spend is not what the company spent",
        then="lines without a conversion are dropped: report it",
    ),
    Guard(
        name="credit_is_conserved",
        gate="publish",
        reads=("credit",),
        invariant="I4",
        says="every model shares out the same conversions",
        poison={"lost credit": one("first_order 2026-01-01", "conversions from 9 to 10"), "uncounted": UNCOUNTED},
        wrong="months whose conversions differ by model",
        then="the unattributed is a member too: report it",
    ),
    Guard(
        name="tables_have_what_came_in",
        gate="publish",
        reads=("files", "kpi_daily", "credit", "owned_kpi_daily", "scorecard", "metric_catalogue", "departments", "ownership"),
        says="no published table is empty that had input",
        weight="held",
        expects=nothing_lost,
        columns=("table_name", "held", "came", "lost"),
        clean=[("kpi_daily", 30, 30, 0), ("scorecard", 0, 0, 0)],
        poison={"empty": [("kpi_daily", 0, 30, 1)], "not counted": [("kpi_daily", None, 30, None)]},
        wrong="tables that are empty although records came in for them",
        then="`kpi status` names the step; delete warehouse.duckdb and type `kpi run`",
    ),
    Guard(
        name="no_number_lies_by_a_unit",
        gate="publish",
        reads=("anomalies",),
        says="no recent number stands a unit's factor away from what it has been",
        poison={"cents": one("spend of ads unit_slip", "24320 instead of 243.20"), "uncounted": UNCOUNTED},
        wrong="recent numbers that look multiplied by a unit's factor",
        then="deliver the file again in the right unit; or, if the number is right, write it into company/acknowledged.csv "
        "(metric,account_id,day,kind,reason,approved_by); then `kpi run`",
    ),
    Guard(
        name="odd_numbers_are_looked_at",
        gate="publish",
        reads=("anomalies",),
        blocking=False,
        says="no recent number looks odd",
        poison={"a spike": one("reads of a spike", "first on 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="recent numbers that look odd",
        then="look at them in the table anomalies; what is right is written into company/acknowledged.csv",
    ),
    Guard(
        name="money_has_a_rate",
        gate="publish",
        reads=("kpi_daily",),
        blocking=False,
        says="all money could be told in the company's currency",
        poison={"no rate": one("takings of shop", "no rate on 2 days from 2026-01-01 to 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="money that every total leaves out, because no exchange rate of the day is known",
        then="write the rates of these days into company/fx_rates.csv (day,currency,rate), then `kpi run`",
    ),
    Guard(
        name="numbers_lie_in_their_accounts_days",
        gate="publish",
        reads=("kpi_daily", "accounts"),
        blocking=False,
        says="no number is of a day on which its account is said not to exist",
        poison={"closed": one("old_shop", "numbers of 2026-02-01 to 2026-02-03"), "uncounted": UNCOUNTED},
        wrong="accounts with numbers of days before they were opened or after they were closed; the numbers count",
        then="look whether the exports lie in the right folder, or correct valid_from and valid_to in company/accounts.csv, then `kpi run`",
    ),
    Guard(
        name="feeds_are_current",
        gate="publish",
        reads=("feed_freshness", "channel_freshness"),
        blocking=False,
        says="every feed and every channel that used to come still comes",
        poison={
            "silent": one("media reach counts", "silent since 2026-01-05"),
            "a channel": one("site ads", "no touch since 2026-01-05"),
            "uncounted": UNCOUNTED,
        },
        wrong="feeds and channels that used to come and have stopped",
        then="drop the newest export of the account into inbox/; a closed account gets valid_to in company/accounts.csv; "
        "of a channel ask whether it was paused or lost its tags",
    ),
    Guard(
        name="follower_ledgers_balance",
        gate="publish",
        reads=("follower_ledger",),
        invariant="I6",
        blocking=False,
        says="followers who came and left explain how the audience changed",
        poison={"unexplained": one("page", "-400 of 9000 followers unexplained on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="accounts whose followers changed by more than came and left",
        then="compare the export with the platform: removed fans, or a day that was counted late",
    ),
    Guard(
        name="followers_of_linked_networks_are_not_one_number",
        gate="publish",
        reads=("follower_overlap",),
        blocking=False,
        says="no two networks with followers here count the same people",
        poison={"linked": one("one and two", "together between 100 and 210 people on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="days on which two linked networks count the same people",
        then="read their followers apart, or between the bounds of follower_overlap; a total over both is too large",
    ),
    Guard(
        name="campaigns_fit_into_their_account",
        gate="publish",
        reads=("kpi_breakdown",),
        blocking=False,
        says="no account's campaigns add up to more than the account's own report says",
        poison={"too much": one("spend of ads", "campaigns say 90, the account 80 on 2026-01-02"), "uncounted": UNCOUNTED},
        wrong="days on which campaigns add up to more than their account; the campaigns stand",
        then="deliver both reports of those days again, downloaded together; two ad accounts need a folder each",
    ),
)
