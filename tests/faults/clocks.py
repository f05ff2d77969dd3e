"""Instants and days on the edges of clocks and calendars (I33).

Belongs here: local times, offsets, leap days. Never here: when a file came (deliveries.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.faults.case import FOLDER, Case, File, facts, kind, one, text


@kind("I33", "DST days, leap day, 23:59:59.999, with and without offset, ISO week 53", "the right instant and day")
def _clocks() -> Iterator[Case]:
    walls = [
        "2026-03-08 01:59:59", "2026-03-08 02:30:00", "2026-03-08 03:00:00", "2025-11-02 01:30:00", "2025-11-02 00:59:59.999",
        "2024-02-29 12:00:00", "2025-12-31 23:59:59.999", "2026-01-01 00:00:00", "2025-10-26 02:30:00", "2025-03-30 02:30:00",
        "2020-12-31 23:59:59.999999", "2011-12-29 23:59:59", "2011-12-31 00:00:00", "2026-03-01 00:00", "2026-03-01T24:00:00",
    ]  # fmt: skip
    for account, zone in (
        ("ny", "America/New_York"),
        ("ber", "Europe/Berlin"),
        ("apia", "Pacific/Apia"),
        ("nepal", "Asia/Kathmandu"),
        ("acc", "Asia/Shanghai"),
    ):
        said, lines, bad = set(), [], 0
        for i, wall in enumerate(walls):
            lines.append((f"p{i}", wall))
            try:
                at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
            except ValueError:
                bad += 1
                continue
            if "24:00" in wall:
                bad += 1
            else:
                said.add(("at", at.isoformat()))
        file = File(f"{account}/2026-03-19/activity.csv", text(lines, "person,at"), "Q", frozenset(said), records=len(walls), bad=bad)
        yield one("I33", f"local times of {zone}", file)
    for offset, minutes in (("Z", 0), ("+08:00", 480), ("-0330", -210), ("+14:00", 840), ("-12:00", -720), ("+05:45", 345), (" +0000", 0)):
        good = list(walls[:8])
        said = {("at", (datetime.fromisoformat(w) - timedelta(minutes=minutes)).isoformat()) for w in good}
        lines = [(f"p{i}", w + offset) for i, w in enumerate(good)]
        yield one("I33", f"offset {offset}", File("ny/2026-03-19/activity.csv", text(lines, "person,at"), "N", frozenset(said), records=8, bad=0))
    for bad_at in (
        "2026-03-01 12:00:00+19:00", "2026-03-01 12:00:00 EST", "2026-02-29 12:00:00", "2026-03-01 25:00", "2026-03-01 12:60", "12:00:00",
        "1772323200",
    ):  # fmt: skip
        file = File(
            "ny/2026-03-19/activity.csv", text([("p", bad_at), ("q", "2026-03-01 12:00:00Z")], "person,at"), "Q",
            frozenset({("at", "2026-03-01T12:00:00")}), records=2, bad=1,
        )  # fmt: skip
        yield one("I33", bad_at, file)
    days = [("content_reads", day, "5") for day in ("2024-02-29", "2026-01-01", "2020-12-31", "2021-01-03", "2025-12-29")]
    yield one("I33", "leap day and week 53 as days", File(f"{FOLDER}/counts.csv", text(days), "N", facts(days), records=5))
