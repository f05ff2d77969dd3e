"""Numbers that are possible and odd: units, volumes, silence, counters, shares (I20 to I24).

Belongs here: what lands as the file says, or at its bound does not. Never here: what a night calls it (test_faults.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.faults.case import FOLDER, Case, File, facts, kind, one, rows, spoilt, text


@kind("I20", "unit change: cents for euros, percent for ratio, thousand-fold", "lands as the file says; the night warns or holds by anomaly_rules")
def _units() -> Iterator[Case]:
    for factor in ("100", "0.01", "1000", "0.001"):
        good = rows(f"unit {factor}")
        m, d, v = good[5]
        lines = [*good[:5], (m, d, format(Decimal(v) * Decimal(factor), "f")), *good[6:]]
        yield one("I20", f"one day times {factor}", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=12))


@kind("I21", "volume -90 % or x10, a channel missing", "lands as the file says; the night warns by anomaly_rules and channel_freshness")
def _volume() -> Iterator[Case]:
    good = rows("volume", 18)
    for name, kept in (("90 % gone", good[:2]), ("one row", good[:1]), ("half", good[:9])):
        yield one("I21", name, File(f"{FOLDER}/counts.csv", text(kept), "N", facts(kept), records=len(kept)))
    many = [(m, d, str(10 * int(v))) for m, d, v in good]
    yield one("I21", "ten times", File(f"{FOLDER}/counts.csv", text(many), "N", facts(many), records=18))


@kind("I22", "feed silent for 1, 2, 7 days", "stale since a day, by its own habit; those days are missing, never zero")
def _silence() -> Iterator[Case]:
    for days in (1, 2, 7):
        good = rows(f"silence {days}", 18)
        kept = good[:5] + good[5 + days :]
        yield one("I22", f"{days} days left out", File(f"{FOLDER}/counts.csv", text(kept), "N", facts(kept), records=18 - days))


@kind("I23", "followers go backwards, counter reset, cumulative sent as daily", "as the file says, residual shown; the night warns by anomaly_rules")
def _followers() -> Iterator[Case]:
    series = {"backwards": (1000, 900, 1010), "reset": (1000, 0, 12), "cumulative": (10, 30, 60)}
    for name, numbers in series.items():
        for metric in ("followers_total", "followers_gained"):
            lines = [(metric, f"2026-03-{i:02}", str(n)) for i, n in enumerate(numbers, 1)]
            yield one("I23", f"{metric} {name}", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=3))


@kind("I24", "ratio fed with a zero denominator, retention above 100 %", "null with reason / Q")
def _denominators() -> Iterator[Case]:
    lines = [("installs", "2026-03-01", "5"), ("store_page_views", "2026-03-01", "0")]
    yield one("I24", "zero denominator", File(f"{FOLDER}/counts.csv", text(lines), "N", facts(lines), records=2))
    for value in ("#DIV/0!", "NaN", "inf", "1/0", "∞"):
        yield spoilt("I24", value, value, [value], 2, {"not_a_number", "not_finite"})
    # A share of a whole, just within, at and just beyond what the catalogue holds possible.
    for metric, within, beyond in (
        ("retention_d7", ("0", "1", "0.4"), ("1.000001", "1.4", "40", "-0.1")),
        ("net_sentiment", ("-1", "0", "1"), ("-1.01", "55")),
        ("unaided_recall", ("0", "12.5", "100"), ("100.5", "-1")),
        ("conversion_rate", ("0", "1.7"), ("-0.01",)),
    ):
        lines = [(metric, f"2026-03-{day:02}", value) for day, value in enumerate((*within, *beyond), 1)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(lines[: len(within)]), records=len(lines), bad=len(beyond),
                    rules=frozenset({"beyond_bounds"}))  # fmt: skip
        yield one("I24", f"{metric} beyond its bounds", file)
