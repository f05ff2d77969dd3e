"""The ordinary exports of every account: world in, parcels out.

Belongs here: which files an account's platform writes for a window of days.
Never here: the odd deliveries (late, wrong, twice): those are told in stories.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from assets.demo import native, native_ga4
from assets.demo.awareness import Series
from assets.demo.desk import Cases
from assets.demo.parcels import Parcel, Window, windows
from assets.demo.world import World


class Exports:
    """Writes one account's window at a time; keeps what is needed to write the same window again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.days = [world.season.day(i) for i in range(world.season.days)]
        self.hours = int(world.spec["company"]["utc_offset_hours"])
        self.statuses = ["paid", *world.spec["statuses"]]
        self.withheld: dict[str, tuple[int, int]] = {}  # days that an account's ordinary exports leave out
        self._number_orders()

    def windows(self, account: str) -> list[Window]:
        spec = self.world.spec["accounts"][account]
        return list(windows(self.world.season, spec["cadence"], bool(spec.get("weekly"))))

    def series(self, account: str) -> list[Series]:
        return [s for s in self.world.series if s.account == account]

    def parcels(self, account: str, window: Window) -> Iterator[Parcel]:
        writer = self.world.spec["accounts"][account]["writer"]
        for name, raw in getattr(self, f"_{writer}")(account, window):
            yield Parcel(account, window.received, name, raw)

    def count_rows(self, account: str, window: Window) -> list[tuple[str, ...]]:
        return native.count_rows(self.series(account), self.days, window.first, window.last)

    def counts_name(self, account: str, window: Window) -> str:
        return f"counts_{account}_{window.label}.csv"

    def _counts(self, account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        rows = self.count_rows(account, window)
        if account in self.withheld:
            out = {self.days[i].isoformat() for i in range(self.withheld[account][0], self.withheld[account][1] + 1)}
            rows = [row for row in rows if row[1] not in out]
        if rows:
            yield self.counts_name(account, window), native.counts(rows)

    def _daily(self, one: Series, window: Window) -> list[tuple[date, int]]:
        drops = bool(one.written.get("drops_zero"))
        return [
            (self.days[i], int(one.values[i])) for i in range(window.first, window.last + 1) if one.seen[i] and not (drops and one.values[i] == 0)
        ]

    def _meta(self, account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        blocks: dict[str, list[tuple[str, list[tuple[date, int]]]]] = {}
        for one in self.series(account):
            blocks.setdefault(one.written["file"], []).append((one.written["title"], self._daily(one, window)))
        for name, content in blocks.items():
            if any(days for _, days in content):
                yield name, native.meta_series(content)

    def _youtube(self, account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        import numpy as np

        (views,) = self.series(account)
        daily = self._daily(views, window)
        yield "Totals.csv", native.youtube_totals(daily)
        places = self.world.spec["accounts"][account]["geographies"]
        rows = []
        rng = self.world.streams.named(account, "geography", window.label)
        for day, value in daily:
            # Some views have no place: the last share is nobody's row, so the chart stays below the total.
            shares = np.array([*places.values(), 1 - sum(places.values())])
            parts = rng.multinomial(value, shares)
            rows += [(day, place, int(n)) for place, n in zip(places, parts, strict=False)]
        yield "Chart data.csv", native.youtube_chart(rows)

    def _activity(self, _account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        people = self.world.people
        rows = people.activity.between(window.first, window.last)
        if len(rows):
            frame = native.activity(self.world.season.first_day, rows, people.events, self.hours)
            if "_" in window.label:
                yield f"activity_{window.label}.jsonl", native.json_lines(frame)
            else:
                yield f"activity_{window.label}.csv.gz", native.packed(native.csv(frame))

    def _ga4(self, _account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        import numpy as np

        visits = self.world.visits
        day = visits.event_at // 86_400_000_000
        rows = np.flatnonzero((day >= window.first) & (day <= window.last))
        rows = rows[np.argsort(visits.event_at[rows], kind="stable")]
        if len(rows):
            frame = native_ga4.export(self.world.season.first_day, visits, rows, self.world.spec, self.hours)
            yield f"events_{window.label.replace('-', '')}.parquet", native.parquet(frame)

    def _number_orders(self) -> None:
        """Order numbers run on by day, as shops write them, and stay the same in every export that repeats an order."""
        import polars as pl

        orders = self.world.people.orders
        stamp = native.instants(self.world.season.first_day, orders.at, 0, "%y%m%d")
        number = pl.Series("order", range(1, len(orders) + 1), dtype=pl.Int64).cast(pl.String).str.zfill(6)
        orders.extra["order"] = ("MW" + stamp + "-" + number).to_numpy()

    def _shop(self, _account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        """Orders placed in the window, and older ones whose refund was decided in it: a shop exports what changed."""
        import numpy as np

        first_day, people = self.world.season.first_day, self.world.people
        orders = people.orders
        placed, decided = orders.at // 86400, orders.extra["decided"] // 86400
        mine = (placed >= window.first) & (placed <= window.last)
        changed = ~mine & (decided >= window.first) & (decided <= window.last)
        known = np.where(decided <= window.last, orders.kind, 0)
        rows = np.flatnonzero(mine | changed)
        if len(rows):
            states = [self.statuses[i] for i in known[rows]]
            frame = native.shop_orders(first_day, orders.take(rows), states, self.hours)
            yield f"orders_{window.label}.csv", native.csv(frame)
        touches = people.touches.between(window.first, window.last)
        if len(touches):
            yield f"touches_{window.label}.csv", native.csv(native.touches(first_day, touches, people.ways))

    def cases_known(self, account: str, midnight: int) -> Cases:
        """What the desk knows of its cases when day number `midnight` begins."""
        return self.world.desks[account].known_at(midnight * 86400)

    def _cases(self, account: str, window: Window) -> Iterator[tuple[str, bytes]]:
        """Cases opened in the window, and older ones that something happened to since the export before it."""
        import numpy as np

        earlier = [w for w in self.windows(account) if w.first < window.first]
        since = self.world.season.index(earlier[-1].received) if earlier else 0
        known = self.cases_known(account, self.world.season.index(window.received))
        opened = known.opened // 86400
        mine = (opened >= window.first) & (opened <= window.last)
        rows = np.flatnonzero(mine | ((opened < window.first) & (known.latest() >= since * 86400)))
        if len(rows):
            yield f"cases_{window.label}.csv", native.csv(native.cases(self.world.season.first_day, known.take(rows)))

    def final_statuses(self) -> Any:
        """What each order is known to be when the last file has arrived."""
        import numpy as np

        orders = self.world.people.orders
        return np.where(orders.extra["decided"] < self.world.season.days * 86400, orders.kind, 0)
