"""The page of a reorganisation: what moves, that no total does, as sentences, bars and tables, for whoever has to sign it.

Belongs here: choosing and wording what was found. Never here: comparing organisations, SQL, the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from assets.page.bars import Part, divided
from assets.page.names import Names
from assets.page.read import Row
from assets.page.render import Settings, templates
from assets.page.wording import Wording


def render_reorg(found: Mapping[str, Any], settings: Settings, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One comparison as a page. `tables` are the rules it was made with: they name things in the company's language."""
    say = Wording(settings.language, settings.currency)
    page = _Page(found, say, Names(say, tables["metrics"], tables["functions"], tables["departments"]))
    return templates().get_template("reorg.html.j2").render(settings=settings, say=say, t=say.t, found=found, **page.parts())


class _Page:
    def __init__(self, found: Mapping[str, Any], say: Wording, names: Names) -> None:
        self.found, self.say, self.names = found, say, names
        self.before, self.after = str(found["from_profile"]), str(found["to_profile"])

    def parts(self) -> dict[str, Any]:
        found = self.found
        added = [row for row in found["totals"] if row["aggregation"] == "additive"]
        moving = [row for row in found["departments"] if row["before"] is not None]
        functions = {row["function"] for row in found["functions"] if row["from_department"] != row["to_department"]}
        return {
            "kept": all(row["is_kept"] for row in found["totals"]),
            "added": len(added),
            "moving": len(functions),
            "halves": [self._half(row) for row in found["halves"]],
            "unlawful": sorted({f"{self._owner(row['department'])}: {self.names.metric(row['metric'])}" for row in found["unlawful"]}),
            "bars": [self._bar(row) for row in added if row["is_moved"] and row["company"]],
            "legend": self._legend(),
            "departments": self._departments(moving),
            "shown": self._shown(),
            "functions": [self._function(row) for row in found["functions"]],
            "totals": [
                {**row, **self._amounts(row, "company", "before", "after", "difference"), "name": self.names.metric(row["metric"])} for row in added
            ],
        }

    def _owner(self, department: str) -> str:
        """A department of either side; the new organisation's name for it first."""
        profile = self.after if (self.after, department) in self.names.departments else self.before
        return self.names.department(profile, department)

    def _tone(self, department: str) -> str:
        profile = self.after if (self.after, department) in self.names.departments else self.before
        return self.names.tone(profile, department)

    def _ink(self, department: str) -> str:
        profile = self.after if (self.after, department) in self.names.departments else self.before
        return self.names.ink(profile, department)

    def _rank(self, department: str) -> tuple[int, str]:
        profile = self.after if (self.after, department) in self.names.departments else self.before
        return self.names.rank(profile, department)

    def _amounts(self, row: Row, *columns: str) -> dict[str, str]:
        unit, how, currency = row["unit"], row["aggregation"], row["currency"]
        return {c: self.say.spoken(row[c], unit, how, currency) if row[c] is not None else "–" for c in columns}

    def _half(self, row: Row) -> str:
        day = self.found["changes_on"][0]
        said = "r_before" if row["is_before"] else "r_ever" if day == dt.date.min else "r_after"
        return self.say.t(said, day=self.say.day(day), moved=row["moved"], n=row["numbers"])

    def _bar(self, total: Row) -> Row:
        """Two bars of one whole. Where a correction makes a part negative there is no share to draw; the table still says it."""
        moves = [row for row in self.found["moves"] if row["metric"] == total["metric"] and row["value"]]
        name, sides = self.names.metric(total["metric"]), []
        for column in ("from_department", "to_department"):
            order = sorted(moves, key=lambda row: (self._rank(row[column]), row[column]))
            parts = [(key, sum(row["value"] for row in some)) for key, some in groupby(order, key=lambda row: row[column])]
            if any(value < 0 for _, value in parts):
                return {"name": name, "value": self._amounts(total, "company")["company"], "chart": "", "desc": self._desc(total)}
            sides.append([Part(float(value / total["company"]), self._owner(key), self._ink(key)) for key, value in parts])
        chart = divided(sides[0], sides[1], f"{name}: {self.say.t('r_chart')}", self._desc(total))
        return {"name": name, "value": self._amounts(total, "company")["company"], "chart": chart, "desc": self._desc(total)}

    def _desc(self, total: Row) -> str:
        moved = [row for row in self.found["moves"] if row["metric"] == total["metric"] and row["is_moved"] and row["value"]]
        said = [f"{self._owner(r['from_department'])} → {self._owner(r['to_department'])} {self._amounts(r, 'value')['value']}" for r in moved]
        return self.say.join(said)

    def _legend(self) -> list[tuple[str, str]]:
        keys = {row[column] for row in self.found["moves"] if row["value"] for column in ("from_department", "to_department")}
        return [(self._owner(key), self._tone(key)) for key in sorted(keys, key=lambda key: (self._rank(key), key))]

    def _departments(self, moving: Sequence[Row]) -> list[Row]:
        found = []
        for key, rows in groupby(sorted(moving, key=lambda r: (self._rank(r["department"]), r["department"])), key=lambda r: r["department"]):
            lines = [
                {
                    **self._amounts(r, "before", "gained", "lost", "after"),
                    "name": self.names.metric(r["metric"]),
                    "class": self.say.term("classes", r["class"]),
                    "is_gain": r["numbers_gained"],
                    "is_loss": r["numbers_lost"],
                }
                for r in rows
            ]
            found.append({"name": self._owner(key), "tone": self._tone(key), "rows": lines})
        return found

    def _shown(self) -> list[Row]:
        rows = [row for row in self.found["moves"] if row["is_moved"] and row["aggregation"] != "additive"]
        return [
            {"name": self.names.metric(r["metric"]), "before": self._owner(r["from_department"]), "after": self._owner(r["to_department"]),
             "numbers": r["numbers"], "how": self.say.term("aggregations", r["aggregation"])} for r in rows
        ]  # fmt: skip

    def _function(self, row: Row) -> Row:
        def said(profile: str, department: str, helpers: str) -> str:
            owner = self.names.department(profile, department)
            who = self.say.join(self.names.department(profile, one) for one in helpers.split("|")) if helpers else ""
            return f"{owner} ({self.say.t('r_helpers', who=who)})" if who else owner

        return {
            **row,
            "name": self.names.function(row["function"]),
            "before": said(self.before, row["from_department"], row["from_helpers"]),
            "after": said(self.after, row["to_department"], row["to_helpers"]),
            "day": self.say.day(row["first_day"]),
        }
