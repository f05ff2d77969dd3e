"""The odd deliveries, each on purpose and with its truth: late, restated, twice, cut, wrong, unknown.

Belongs here: what goes wrong on the way, and the record of it.
Never here: ordinary exports, the numbers behind them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from assets.demo import native
from assets.demo.exports import Exports
from assets.demo.parcels import Parcel, Window

Key = tuple[str, str, str]  # account, metric, campaign


@dataclass
class Told:
    record: dict[str, Any] = field(default_factory=dict)
    extra: list[Parcel] = field(default_factory=list)
    deltas: dict[Key, int] = field(default_factory=dict)  # what the odd files change in the final sums
    twice: dict[tuple[str, int], Parcel] = field(default_factory=dict)  # bytes are filled in when the original is written
    cut: tuple[str, int] | None = None

    def deliveries(self, parcel: Parcel, window: Window) -> list[Parcel]:
        """What really arrives for one ordinary parcel."""
        key = (parcel.account, window.first)
        if key == self.cut:
            whole = replace(parcel, received=parcel.received + timedelta(days=1))
            broken = replace(parcel, raw=_cut(parcel.raw))
            self.record["cut_file"] |= {"path": broken.path, "complete_path": whole.path}
            self.record["cut_file"]["whole_lines"] = broken.raw.count(b"\n") - 1
            return [broken, whole]
        if key in self.twice:
            return [parcel, replace(self.twice[key], raw=parcel.raw)]
        return [parcel]


def tell(exports: Exports) -> Told:
    told = Told()
    quiet = (_million, _mirror, _reorganisation, _outage, _purge, _evening, _quarter_hour, _closed)
    for story in (*quiet, _late, _restated, _duplicate, _cut_file, _bad, _unknown):
        story(exports, told, exports.world.spec["stories"])
    return told


def _iso(exports: Exports, name: str) -> str:
    return exports.days[exports.world.story_day(name)].isoformat()


def _million(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story, people = stories["million"], exports.world.people
    day = _iso(exports, "million")
    told.record["million_article"] = {
        "account": story["account"], "campaign": story["campaign"], "day": day, "metric": story["reads_metric"],
        "reads": story["reads"], "readers": story["readers"], "touches": len(people.story_persons),
        "orders_with_campaign": 0, "zero_order_accounts": [story["shop"], "web_ga4"],
    }  # fmt: skip


def _mirror(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story, people = stories["mirror"], exports.world.people
    import numpy as np

    cents = people.orders.extra["cents"][np.isin(people.orders.person, people.mirror_persons)]
    told.record["mirror"] = {
        "account": story["account"], "campaign": story["campaign"], "day": _iso(exports, "mirror"),
        "metric": story["reads_metric"], "reads": story["reads"], "orders_with_campaign": len(cents),
        "order_value": native.money(int(cents.sum())),
        "persons": [f"u{p:06d}" for p in people.mirror_persons],
    }  # fmt: skip


def _reorganisation(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """On the first of a month, as such things are decided: then every month of targets has one owner."""
    story = dict(stories["reorganisation"])
    story.pop("at")
    day = exports.days[exports.world.story_day("reorganisation")].replace(day=1)
    told.record["reorganisation"] = {**story, "date": day.isoformat()}


def _outage(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story, first = stories["outage"], exports.world.story_day("outage")
    missing = [exports.days[first + i].isoformat() for i in range(story["days"])]
    told.record["outage"] = {"account": story["account"], "days": missing}


def _purge(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story = stories["purge"]
    told.record["purge"] = {"account": story["account"], "day": _iso(exports, "purge"), "residual": -story["followers"]}


def _evening(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story, day = stories["evening"], exports.world.story_day("crisis")
    known, (begins, ends) = exports.cases_known(story["account"], len(exports.days)), story["hours"]
    promise = exports.world.spec["accounts"][story["account"]]["mentions"]["promise_seconds"]
    that = known.of_kind("mention") & (known.opened >= day * 86400 + begins * 3600) & (known.opened < day * 86400 + ends * 3600)
    by_person = that & (known.answered >= 0) & ~known.automatic
    told.record["bad_evening"] = {
        "account": story["account"], "day": exports.days[day].isoformat(), "hours": story["hours"], "mentions": int(that.sum()),
        "in_time": int((by_person & (known.answered - known.opened <= promise)).sum()), "never": int((that & (known.answered < 0)).sum()),
        "crisis": str(known.number[known.of_kind("crisis")][0]), "seconds_to_statement": story["statement"],
    }  # fmt: skip


def _quarter_hour(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story = stories["quarter_hour"]
    cases, start = exports.world.desks[story["account"]], exports.world.story_day("quarter_hour") * 86400
    promise = exports.world.spec["accounts"][story["account"]]["mentions"]["promise_seconds"]
    met, missed = (str(cases.number[cases.of_kind("mention") & (cases.answered - cases.opened == n)][0]) for n in (promise, promise + 1))
    told.record["quarter_hour"] = {
        "account": story["account"], "day": exports.days[start // 86400].isoformat(), "seconds": promise, "met": met, "missed": missed,
    }  # fmt: skip


def _closed(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """Closed days are zeros in the file: somebody looked, and nothing was sold. A period without the festival has none."""
    for account, spec in exports.world.spec["accounts"].items():
        if "tills" in spec:
            shut = [day.isoformat() for day in exports.days if exports.world.season.holds(spec["tills"]["closed"], day)]
            told.record["closed"] = {"account": account, "days": shut}


def _late(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """A week that the ordinary export does not hold; it comes alone, long after."""
    story = stories["late"]
    last = min(exports.world.story_day("late") + 6, len(exports.days) - 1 - story["days_late"])
    first = last - 6
    received = exports.days[last] + timedelta(days=1 + story["days_late"])
    label = f"{exports.days[first].isoformat()}_{exports.days[last].isoformat()}"
    window = Window(first, last, received, label)
    rows = exports.count_rows(story["account"], window)
    parcel = Parcel(story["account"], received, exports.counts_name(story["account"], window), native.counts(rows))
    exports.withheld[story["account"]] = (first, last)
    told.extra.append(parcel)
    told.record["late_file"] = {
        "account": story["account"], "path": parcel.path, "first_day": exports.days[first].isoformat(),
        "last_day": exports.days[last].isoformat(), "received": received.isoformat(), "days_late": story["days_late"],
        "records": len(rows),
    }  # fmt: skip


def _restated(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """The same window again with three other values: the later file is the truth."""
    story = stories["restated"]
    account, day = story["account"], exports.world.story_day("restated")
    closing = exports.days[-1] + timedelta(days=1)
    fits = [w for w in exports.windows(account) if w.received + timedelta(days=story["wait_days"]) <= closing]
    window = ([w for w in fits if w.first <= day] or fits)[-1]
    received = window.received + timedelta(days=story["wait_days"])
    span = window.last - window.first
    wanted = {exports.days[window.first + span * n // 6].isoformat(): f for n, f in zip((1, 3, 5), story["factors"], strict=True)}
    rows, changes = [], []
    for row in exports.count_rows(account, window):
        metric, at, value, campaign = row[:4]
        if metric == story["metric"] and not campaign and at in wanted:
            after = round(int(value) * wanted[at])
            changes.append({"metric": metric, "day": at, "before": int(value), "after": after})
            _add(told, (account, metric, ""), after - int(value))
            row = (metric, at, str(after), *row[3:])
        rows.append(row)
    parcel = Parcel(account, received, exports.counts_name(account, window), native.counts(rows))
    told.extra.append(parcel)
    told.record["restated_file"] = {
        "account": account, "path": parcel.path, "first_received": window.received.isoformat(),
        "received": received.isoformat(), "changes": changes,
    }  # fmt: skip


def _duplicate(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    story = stories["duplicate"]
    window = exports.windows(story["account"])[0]
    name = exports.counts_name(story["account"], window)
    again = Parcel(story["account"], window.received + timedelta(days=story["wait_days"]), name.replace(".csv", " - Kopie.csv"), b"")
    told.twice[story["account"], window.first] = again
    first = Parcel(story["account"], window.received, name, b"")
    told.record["duplicate_file"] = {"account": story["account"], "path": again.path, "same_as": first.path}


def _cut_file(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """One export arrives broken off in the middle of a day's cell; the whole one follows a day later."""
    account = stories["cut"]["account"]
    restated = told.record["restated_file"]["first_received"]
    able = [w for w in exports.windows(account) if w.received < exports.days[-1]]
    able = [w for w in able if w.received.isoformat() != restated] or able
    told.cut = (account, able[-2 if len(able) > 1 else -1].first)
    told.record["cut_file"] = {"account": account}


def _cut(raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    keep = len(lines) * 3 // 5
    metric, day = lines[keep].split(b",")[:2]
    return b"\n".join(lines[:keep]) + b"\n" + metric + b"," + day[:8]


def _add(told: Told, key: Key, value: int) -> None:
    told.deltas[key] = told.deltas.get(key, 0) + value


def _bad(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """A table somebody kept by hand: two sound records among seven that nothing may guess at."""
    story, day = stories["bad"], exports.world.story_day("bad")
    account, metric = story["account"], story["metric"]
    at, before = exports.days[day].isoformat(), exports.days[day - 1]
    sound = [(metric, at, "412", "reader_letters"), (metric, at, "321", story["hostile_campaign"])]
    wrong = [
        ("text in a number", (metric, at, "about 900", "late_count")),
        ("decimal comma", (metric, at, "1.234,56", "late_count_2")),
        ("a number that only half survived translation", (metric, at, "654.38+0 만", "million_case")),
        ("an impossible day", (metric, f"{before.year}-02-30", "77", "leap")),
        ("an ambiguous day", (metric, f"{before:%d/%m/%Y}", "65", "slash")),
        ("an unknown metric", (story["misspelt"], at, "58", "")),
        ("a required cell left empty", (metric, at, "", "blank")),
    ]
    order = [sound[0], *(row for _, row in wrong[:4]), sound[1], *(row for _, row in wrong[4:])]
    received = exports.days[day] + timedelta(days=2)
    parcel = Parcel(account, received, f"counts_{account}_by_hand.csv", native.table(native.COUNTS[:4], order))
    told.extra.append(parcel)
    for row in sound:
        _add(told, (account, metric, row[3]), int(row[2]))
    told.record["bad_file"] = {
        "account": account, "path": parcel.path, "physical_records": len(order), "accepted": len(sound),
        "quarantined": [{"line": order.index(row) + 2, "what": what} for what, row in wrong],
        "hostile_campaign": story["hostile_campaign"],
    }  # fmt: skip


def _unknown(exports: Exports, told: Told, stories: dict[str, Any]) -> None:
    """An agency's table in its own layout: no adapter may claim it."""
    story, day = stories["unknown"], exports.world.story_day("unknown")
    lines = ["Bericht;Quelle;Besuche gesamt;Verweildauer"]
    days: list[date] = exports.days[max(0, day - 6) : day + 1]
    lines += [f"{d:%d.%m.%Y};Netzwerk {1 + i % 2};{1400 + 37 * i},0;00:0{1 + i % 3}:2{i % 10}" for i, d in enumerate(days)]
    raw = ("\r\n".join(lines) + "\r\n").encode("cp1252")
    parcel = Parcel(story["account"], days[-1] + timedelta(days=1), story["name"], raw)
    told.extra.append(parcel)
    told.record["unknown_file"] = {"account": story["account"], "path": parcel.path, "records": len(days)}
