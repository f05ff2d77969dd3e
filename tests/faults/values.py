"""Records that say what cannot be: ragged rows, no numbers, no days, no metric of ours (I05 to I10, I18).

Belongs here: one bad cell among good ones. Never here: a number that is possible and odd (odd.py).
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator

from tests.faults.case import FOLDER, Case, File, each, fact, facts, kind, one, rows, spoilt, text
from tests.faults.judge import intake


@kind("I05", "too few or too many columns in some rows", "Q with line")
def _ragged() -> Iterator[Case]:
    for seed in range(20):
        dice, good = random.Random(f"I05 {seed}"), rows(f"ragged {seed}")
        lines = [list(row) for row in good]
        bad = dice.randint(1, 4)
        for _ in range(bad):
            line = list(dice.choice(good))
            line = dice.choice((line[:1], line[:2], [*line, "x"], [*line, "", ""], [*line, *line]))
            lines.insert(dice.randint(0, len(lines) - 1), line)
        file = File(
            f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=12 + bad, bad=bad, rules=frozenset({"too_few_cells", "too_many_cells"})
        )
        yield one("I05", f"seed {seed}", file)


@kind("I06", "text in a number, empty required cell", "Q")
def _text_in_number() -> Iterator[Case]:
    words = ("abc", "12a", "n/a", "-", "1 2", "0x10", "1e3", "٣٤", "十", "12.", ".5", "--5", "+5", "1_000", "TRUE", "=1+1", "12\u200b")
    yield from each("I06", {word: word for word in words}, 2, {"not_a_number"})
    yield from each("I06", {"empty value": "", "blank value": "  ", "nbsp value": "\u00a0"}, 2, {"required_cell_empty"})
    yield spoilt("I06", "empty day", "day", [""], 1, {"required_cell_empty"})
    yield spoilt("I06", "empty metric", "metric", [""], 0, {"required_cell_empty"})


@kind("I07", "impossible date, year 0001 or 9999, future day", "Q")
def _impossible_days() -> Iterator[Case]:
    days = (
        "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "2025-02-29", "0001-01-01", "0000-00-00", "1989-12-31", "9999-12-31", "2026-03-21",
        "2027-01-01", "10000-01-01", "-2026-01-01", "2026-2-3", "20260203", "2026-W05-1", "2026-034", "yesterday", "44927", "2026-03-05T25:00:00",
    )  # fmt: skip
    yield from each("I07", {day: day for day in days}, 1, {"not_a_day", "day_out_of_range", "future_day"})


@kind("I08", "day and month ambiguous, mixed formats", "Q, never guessed")
def _ambiguous_days() -> Iterator[Case]:
    days = (
        "01/02/2026", "1/2/2026", "02.01.2026", "2026/01/02", "01-02-2026", "Jan 2, 2026", "2 Jan 2026", "2026年1月2日", "02-Jan-26", "2026.01.02",
    )  # fmt: skip
    yield from each("I08", {day: day for day in days}, 1, {"not_a_day"})


@kind("I09", "locale numbers, thin spaces, currency and percent signs", "Q unless declared")
def _locale_numbers() -> Iterator[Case]:
    numbers = (
        "1.234,56", "1,234.56", "1,234", "1 234", "1\u202f234", "1\u2009234", "1\u00a0234", "1'234", "¥12", "$12", "12 €", "12%", "12％", "(12)",
        "1.2万", "3亿", "１２", "−5", "1.234.567",
    )  # fmt: skip
    yield from each("I09", {number: number for number in numbers}, 2, {"not_a_number"})
    for number in ("1,234", "1.234,56"):  # unquoted, the separator is one of the file
        good = rows(number)
        lines = [*good, (good[0][0], "2026-03-18", number)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=13, bad=1, rules=frozenset({"too_many_cells"}))
        yield one("I09", f"{number} unquoted", file)


@kind("I10", "NaN, inf, 1e400, -0, negative counts, 2^63", "Q")
def _not_finite() -> Iterator[Case]:
    numbers = (
        "NaN", "nan", "inf", "-inf", "Infinity", "∞", "1e400", "1E5", "-1", "-0.000001", "9223372036854775808", "9" * 25, "9" * 400,
        "-9223372036854775809", "1" + "0" * 40 + ".5",
    )  # fmt: skip
    rules = {"not_finite", "not_a_number", "negative_count", "out_of_range"}
    yield from each("I10", {number[:24]: number for number in numbers}, 2, rules)
    for zero in ("-0", "-0.0"):
        # Zero by another spelling: the number that lands is 0, and nothing is hidden by it.
        good = rows(zero)
        file = File(
            f"{FOLDER}/counts.csv", text([*good, ("content_reads", "2026-03-18", zero)]), "QN", facts(good),
            frozenset({fact("content_reads", "2026-03-18", "0")}), records=13,
        )  # fmt: skip
        yield one("I10", zero, file)
    good = rows("last")
    file = File(
        f"{FOLDER}/counts.csv",
        text([*good, ("content_reads", "2026-03-18", "9223372036854775807")]),
        "N",
        facts(good) | {fact("content_reads", "2026-03-18", "9223372036854775807")},
        records=13,
    )
    yield one("I10", "2^63 - 1 is a number", file)


@kind("I18", "unknown metric, misspelled, trailing blank, NFC or NFD, look-alike letters", "normalised only by declared aliases, else Q")
def _confusables() -> Iterator[Case]:
    names = [
        "content_readz", "content reads", "content-reads", "Content_Reads", "CONTENT_READS", "content_reads ", " content_reads",
        "content_reads\u00a0", "c\u043entent_reads", "content_re\u0430ds", "ｃontent_reads", "content\uff3freads", "content_reads\u200b",
        "content_read\u017f", "conten\u0442_reads", "content_reads\u0301", "contént_reads", unicodedata.normalize("NFD", "contént_reads"),
        "\u202econtent_reads", "null", "0", "reach", "AW999", "content_reads;content_reads", "__proto__",
    ]  # fmt: skip
    yield from each("I18", {ascii(name): name for name in names}, 0, {"unknown_metric"})
    alias, metric = next((a, m) for a, m in sorted(intake().aliases.items()) if m == "content_reads")
    good = rows("alias")
    data = text([*good, (alias, "2026-03-18", "7")])
    yield one("I18", "a declared alias", File(f"{FOLDER}/counts.csv", data, "N", facts(good) | {fact(metric, "2026-03-18", "7")}, records=13))
