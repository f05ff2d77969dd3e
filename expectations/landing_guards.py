"""What must be true of everything that landed before a model reads it.

Belongs here: one Guard for each such truth, with a batch it must pass and batches it must fail.
Never here: SQL (evidence/ has it, by the guard's name), a metric's or a department's name, the reading of files.
"""

from __future__ import annotations

from expectations.guard import NOTHING, UNCOUNTED, Between, Expectation, Guard, PairsIn, Split, Zero, one, some_seen_none_offends
from expectations.views import FEEDS


def feeds(split: Split) -> list[Expectation]:
    return [
        PairsIn("metric", "feed", frozenset((str(row["metric"]), str(row["feed"])) for row in split.tables["metrics"])),
        Between("cells", 1),
    ]


def known_files(split: Split) -> list[Expectation]:
    return [Between("files", 1), Between("contents", 1), Zero("nameless")]


def same_rules(split: Split) -> list[Expectation]:
    return [Zero("differing"), Between("declared", 1)]


LANDING = (
    Guard(
        name="some_file_is_known",
        gate="landing",
        reads=FEEDS,
        says="at least one received file is known",
        expects=known_files,
        columns=("files", "contents", "nameless"),
        clean=[(2, 2, 0)],
        poison={"no file": [(0, 0, 0)], "a file without a hash": [(2, 1, 1)]},
        wrong="no received file is known, or one has no hash",
        then="drop an export into inbox/<account>/ and type `kpi run`",
    ),
    Guard(
        name="landed_metrics_are_in_the_catalogue",
        gate="landing",
        reads=FEEDS,
        weight="cells",
        says="every landed metric is in the catalogue and in the feed it declares",
        expects=feeds,
        columns=("metric", "feed", "cells", "file_hash"),
        clean=[("reads", "reach", 9, "f1")],
        poison={
            "unknown metric": [("reads", "reach", 9, "f1"), ("raeds", "reach", 1, "f2")],
            "another feed": [("reads", "conversion", 9, "f1")],
            "wrong case": [("Reads", "reach", 9, "f1")],
            "no metric": [(None, "reach", 9, "f1")],
            "neither": [(None, None, 9, "f1")],
        },
        empty_when="select count(*) = 0 from landing_counts",
        wrong="metrics landed that the catalogue does not have, or has in another feed",
        then="`kpi inspect FILE` shows what was read; add the metric to company/metrics.csv or correct the export",
    ),
    Guard(
        name="records_are_conserved",
        gate="landing",
        reads=FEEDS,
        says="records = accepted + quarantined + duplicate, in every file",
        expects=some_seen_none_offends,
        poison={"one lost": one("shop/orders.csv", "10 records, 9 accepted"), "no file": NOTHING, "uncounted": UNCOUNTED},
        wrong="files whose records do not add up, so something was lost or invented",
        then="`kpi inspect FILE`, then delete its folder in landing/ and type `kpi run`: the archive has every byte",
    ),
    Guard(
        name="accepted_records_have_landed",
        gate="landing",
        reads=FEEDS,
        says="accepted records have rows, and rows have a file",
        expects=some_seen_none_offends,
        poison={"rows gone": one("shop/orders.csv", "9 records accepted, 0 rows landed"), "no file": NOTHING, "uncounted": UNCOUNTED},
        wrong="files whose accepted records have no rows, or rows of files that nobody accepted",
        then="delete the file's folder in landing/ and type `kpi run`: it is read again from the archive",
    ),
    Guard(
        name="quarantined_records_are_kept",
        gate="landing",
        reads=FEEDS,
        says="every quarantined record is kept with its raw text",
        expects=some_seen_none_offends,
        poison={"not kept": one("shop/orders.csv", "3 quarantined, 0 kept"), "no file": NOTHING, "uncounted": UNCOUNTED},
        wrong="files with quarantined records that are nowhere to be seen",
        then="delete the file's folder in landing/ and type `kpi run`: it is read again from the archive",
    ),
    Guard(
        name="landed_numbers_are_possible",
        gate="landing",
        reads=FEEDS,
        says="counts are there, finite, not negative and within the bounds of their metric",
        poison={"negative": one("reads in media/counts.csv", "negative"), "uncounted": UNCOUNTED},
        wrong="numbers that cannot be: negative counts, shares beyond the whole, absent values, NaN or infinity",
        then="correct the export and drop it again; `kpi inspect FILE` names the lines",
    ),
    Guard(
        name="no_day_lies_after_its_file",
        gate="landing",
        reads=FEEDS,
        says="no day lies after the day its file was received, plus one",
        poison={"from the future": one("media/counts.csv", "newest day 2031-01-01"), "uncounted": UNCOUNTED},
        wrong="files that speak of days after they were received",
        then="look at the day's format and at the date folder in inbox/; `kpi inspect FILE` shows both",
    ),
    Guard(
        name="money_has_a_currency",
        gate="landing",
        reads=FEEDS,
        says="every amount of money has a currency",
        poison={"no currency": one("order values in shop/orders.csv", "no currency code"), "uncounted": UNCOUNTED},
        wrong="amounts of money without a currency",
        then="give the account a currency in company/accounts.csv, or the export a currency column, then `kpi run`",
    ),
    Guard(
        name="rules_handed_over_are_the_rules_judged",
        gate="landing",
        reads=FEEDS,
        says="the rules that the models will read are the validated ones",
        expects=same_rules,
        columns=("rule_table", "declared", "differing"),
        clean=[("metrics", 70, 0), ("ownership", 90, 0)],
        poison={"one row differs": [("metrics", 70, 1)], "no law": [("class_rules", 0, 0)], "uncounted": [("ownership", 90, None)]},
        weight="declared",
        wrong="rows of the rules that the models would read otherwise than they were validated",
        then="delete the rules folder and type `kpi run`: it is written again from the seeds and company/",
    ),
    Guard(
        name="no_account_holds_two_properties",
        gate="landing",
        reads=FEEDS,
        says="no account has the exports of two properties, pages or channels of its platform",
        blocking=False,
        poison={"two": one("site", "site/b.csv tells other numbers than site/a.csv on 28 of 28 counts"), "uncounted": UNCOUNTED},
        empty_when="select count(*) = 0 from landing_counts",
        wrong="accounts whose exports name two properties, pages or channels (or a single video) and tell other numbers of the same days, "
        "of which the newer ones count",
        then="give the other one an account in company/accounts.csv, move its files into that account's folder, and take them out of this one: "
        "`kpi withdraw FILE --because WHY`",
    ),
    Guard(
        name="quarantine_is_the_exception",
        gate="landing",
        reads=FEEDS,
        says="no file has more than half of its records refused",
        blocking=False,
        poison={"most refused": one("shop/orders.csv", "8 of 10 records quarantined"), "uncounted": UNCOUNTED},
        wrong="files of which more than half was refused",
        then="`kpi quarantine list` gives the reasons",
    ),
    Guard(
        name="metrics_come_with_their_columns",
        gate="landing",
        reads=FEEDS,
        says="no metric is missing since its export has another column",
        blocking=False,
        poison={"another name": one("reads of media", "not in media/Report.csv whose columns not loaded are Plays"), "uncounted": UNCOUNTED},
        empty_when="select count(*) = 0 from landing_counts",
        wrong="metrics that stopped when their export got a column that nobody reads; the platform may have renamed theirs",
        then="`kpi inspect FILE` shows the columns; add the new name to the platform's map in assets/adapters, then `kpi run` reads the file again",
    ),
    Guard(
        name="rates_are_of_their_time",
        gate="landing",
        reads=FEEDS,
        says="no money is told at an exchange rate of long before its day",
        blocking=False,
        poison={"an old rate": one("USD", "the rate of 2024-01-01 tells money up to 2026-01-01"), "uncounted": UNCOUNTED},
        wrong="currencies whose money is told at a rate of long before its day; the numbers count",
        then="write newer rates into company/fx_rates.csv (day,currency,rate), or the same rate for a later day where it still holds, then `kpi run`",
    ),
    Guard(
        name="files_are_not_named_for_people",
        gate="landing",
        reads=FEEDS,
        says="no file's name holds an address or a long number",
        blocking=False,
        poison={"an address": one("shop/orders p_0123456789ab.csv", "the name held an address"), "uncounted": UNCOUNTED},
        wrong="files whose names held an address, a telephone number or another long number; they are shown with a pseudonym",
        then="rename such exports before they are dropped into inbox/",
    ),
)
