"""The sentence for people behind every rule code of a refused record.

Belongs here: wording. Never here: deciding that something is wrong.
"""

from __future__ import annotations

SENTENCES = {
    "too_few_cells": "the record has fewer cells than the header",
    "too_many_cells": "the record has more cells than the header; quote cells that contain the separator",
    "nul_byte": "the record contains a NUL byte",
    "cell_too_long": "the record is longer than 1 MiB",
    "not_json": "the line is not one JSON object",
    "duplicate_key": "the JSON object names a key twice",
    "not_a_value": "the cell holds a list or an object where one value is expected",
    "required_cell_empty": "the cell is empty and the record means nothing without it",
    "not_a_number": "the cell is not a plain number such as 1234 or -12.5 (no separators, currency or percent signs, exponents)",
    "fraction_of_a_count": "this quantity is counted and has no fractions; if the point or comma groups thousands, export plain numbers",
    "not_finite": "the cell is not a finite number",
    "out_of_range": "the number is 2^63 or larger",
    "negative_count": "the number is negative, which this quantity cannot be",
    "beyond_bounds": "the catalogue says that this metric cannot be so small or so large; is a share given in per cent, or the other way round?",
    "not_a_day": "the cell is not a day written as this format declares it (YYYY-MM-DD in plain files)",
    "day_out_of_range": "the day lies before 1990",
    "future_day": "the day lies more than one day after the file was received",
    "not_an_instant": "the cell is not an instant such as 2026-01-31T08:15:00+08:00 or 2026-01-31 08:15 (local time)",
    "not_a_flag": "the cell is not true or false",
    "unknown_metric": "the catalogue has no such metric; spelling, blanks and accents count",
    "unknown_status": "the status is not paid, refunded or cancelled",
    "refund_beyond_value": "more is given back than the order was worth",
    "unknown_kind": "the kind is not mention, decision or crisis",
    "not_a_currency": "the currency is not a three-letter ISO 4217 code in capitals, such as USD",
    "money_without_currency": "an amount of money has no currency, and its account has none either",
    "no_year": "the day has no year, and the file does not say which days it covers; export it with years or with its period in the name, as in "
    "name_2026-02-01_2026-02-28.csv",
    "no_day": "the cell names a period and not a day, so the number cannot be booked to days; export it day by day",
    "day_order": "the days are written in digits, and the column does not settle whether the day or the month stands in front",
    "number_marks": "nothing in the table says whether a number such as 1.234 is thousands or a fraction",
    "id_lost_digits": "a spreadsheet has rounded this id (5.7E+17), so that it may be another post's; export it again and do not open it in between",
    "id_rewritten": "a spreadsheet has rewritten the moment that names this post, which would count twice; deliver the file as it was downloaded",
    "conflicting_duplicate": "another record of the same file has the same key and another content; neither can be believed",
    "columns_disagree": "these columns are the same thing to this format and say different things; which one counts cannot be known",
    "no_metric": "the catalogue has no metric for this table",
    "filtered": "the export shows a part of the numbers, and it would be booked as the whole",
    "other_platform": "this table belongs to another network than the account of the folder; drop it in that account's folder",
}


def sentence(rule: str, column: str | None, detail: str | None = None) -> str:
    """What is wrong, where, and what happened to the record."""
    where = f"column {column}: " if column else ""
    more = f" ({detail})" if detail else ""
    return f"{where}{SENTENCES.get(rule, 'the table could not be read')}{more}; the record was set aside, the rest of the file was read"
