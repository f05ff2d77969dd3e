"""Columns that are not what they were: headers, types, a label that claims an owner (I12, I13, I19).

Belongs here: faults of a whole column. Never here: one cell (values.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.faults.case import FOLDER, HEADER, Case, File, facts, kind, one, rows, spoilt, text


@kind(
    "I12",
    "column added, renamed, dropped, reordered, duplicated, case changed",
    "reorder, case: N; added: N + notice; renamed, dropped, duplicated: F",
)
def _headers() -> Iterator[Case]:
    good = rows("header")
    place = f"{FOLDER}/counts.csv"
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        names = HEADER.split(",")
        data = text(([row[i] for i in order] for row in good), ",".join(names[i] for i in order))
        yield one("I12", f"order {order}", File(place, data, "N", facts(good), records=12))
    for header in ("METRIC,DAY,VALUE", "Metric,Day,Value", " metric , day ,value ", "metric:,day,value", "\u00admetric,day,value"):
        yield one("I12", f"header {header!r}", File(place, text(good, header), "N", facts(good), records=12))
    for name in ("added", "department", "e-mail", "名", "x" * 300):
        data = text(((*row, "?") for row in good), f"{HEADER},{name}")
        yield one("I12", f"added {name[:20]}", File(place, data, "N", facts(good), records=12, says="columns not loaded"))
    for at, name in enumerate(HEADER.split(",")):
        others = [i for i in range(3) if i != at]
        yield one("I12", f"{name} renamed", File(place, text(good, HEADER.replace(name, name[:-1] + "x")), "F"))
        yield one("I12", f"{name} without a name", File(place, text(good, HEADER.replace(name, "")), "F"))
        dropped = text(([row[i] for i in others] for row in good), ",".join(HEADER.split(",")[i] for i in others))
        yield one("I12", f"{name} dropped", File(place, dropped, "F"))
        yield one("I12", f"{name} twice", File(place, text(((*row, row[at]) for row in good), f"{HEADER},{name}"), "F"))
        yield one("I12", f"{name} twice, in capitals", File(place, text(((*row, "7") for row in good), f"{HEADER},{name.upper()}"), "F"))


@kind("I13", "type drift: an integer feed starts to send text ids", "F or Q")
def _drift() -> Iterator[Case]:
    for share in (0, 3, 9, 11):
        good = rows(f"drift {share}")
        lines = [(m, d, v if i < share else f"id-{v}") for i, (m, d, v) in enumerate(good)]
        file = File(f"{FOLDER}/counts.csv", text(lines), "QF", facts(good[:share]), records=12, bad=12 - share, rules=frozenset({"not_a_number"}))
        yield one("I13", f"{12 - share} of 12 are text", file)
    lines = [(f"4711{i}", day, value) for i, (_, day, value) in enumerate(good)]
    yield one(
        "I13", "metrics become numbers", File(f"{FOLDER}/counts.csv", text(lines), "QF", bad=12, records=12, rules=frozenset({"unknown_metric"}))
    )
    mixed = [{"metric": m, "day": d, "value": v if i % 2 else int(v)} for i, (m, d, v) in enumerate(good)]
    mixed += [{"metric": "content_reads", "day": "2026-03-17", "value": bad} for bad in (True, [1], {"a": 1})]  # type: ignore[dict-item]
    data = "\n".join(json.dumps(record) for record in mixed).encode() + b"\n"
    yield one("I13", "json lines of many types", File(f"{FOLDER}/counts.jsonl", data, "Q", facts(good), records=15, bad=3))


@kind("I19", "metric labelled with the wrong team, both teams, or none", "Q, or the label is not believed; blocking check red if any reaches a mart")
def _labels() -> Iterator[Case]:
    for header in ("department", "team", "class", "function", "owner", "department_kind", "role", "profile"):
        good = rows(f"label {header}")
        data = text(((*row, team) for row, team in zip(good, ("sales", "marketing", "operations", "") * 3, strict=True)), f"{HEADER},{header}")
        yield one("I19", header, File(f"{FOLDER}/counts.csv", data, "N", facts(good), records=12, says="columns not loaded"))
    for name in ("content_reads@sales", "sales.content_reads", "content_reads;sales", "marketing", "operations/orders"):
        yield spoilt("I19", f"metric {name}", name, [name], 0, {"unknown_metric"})
