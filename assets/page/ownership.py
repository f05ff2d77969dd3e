"""The ownership page: the written split as a head of department reads it, profile by profile, in the company's language.

Belongs here: choosing and wording the published rows of who owns what.
Never here: who owns what (the rows say so), SQL, the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

import duckdb

from assets.page.names import Names
from assets.page.read import Published, Row
from assets.page.render import Settings, templates
from assets.page.wording import Wording, layout

SHOWN_CHANGES = 12
ALWAYS, FOREVER = dt.date.min, dt.date.max


def render_ownership(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: dt.date) -> str:
    """The page of one published database. The same database, settings and day give the same bytes."""
    say = Wording(settings.language, settings.currency)
    split = _Split(Published(con, settings.profile), say, as_of)
    profiles = sorted(split.profiles, key=lambda name: (name != settings.profile, name))
    return (
        templates()
        .get_template("ownership.html.j2")
        .render(
            settings=settings,
            say=say,
            t=say.t,
            as_of=as_of,
            version=split.version,
            profiles=[split.profile(name) for name in profiles],
            law=split.law(),
        )
    )


class _Split:
    def __init__(self, published: Published, say: Wording, as_of: dt.date) -> None:
        self.say, self.as_of = say, as_of
        self.version = published.version()["version"]
        self._catalogue = published.catalogue()
        departments = published.all_departments()
        self.names = Names(say, self._catalogue.values(), published.functions().values(), departments)
        self.profiles = sorted({str(row["profile"]) for row in departments})
        self._lawful = {(row["class"], row["department_kind"]) for row in published.law()}
        self._order = [row["class"] for row in published.law()]
        self._owners = published.held()
        self._metrics: dict[str, list[Row]] = {}
        for row in sorted(self._catalogue.values(), key=lambda row: (row["code"] or "", row["metric"])):
            self._metrics.setdefault(row["function"], []).append(row)

    def profile(self, name: str) -> Row:
        rows = [row for row in self._owners if row["profile"] == name]
        current = [row for row in rows if row["valid_from"] <= self.as_of < row["valid_to"]]
        # a row may say that nobody answers; it stands where no row stands otherwise
        nobody = layout()["unowned_kind"]
        accountable = {r["function"]: r["department"] for r in current if r["role"] == "accountable" and r["department_kind"] != nobody}
        departments = sorted({d for p, d in self.names.departments if p == name}, key=lambda d: self.names.rank(name, d))
        changes = self._changes(name, rows)
        return {
            "name": name,
            "departments": [self._department(name, d, current, accountable) for d in departments],
            "unassigned": [self._function(f) for f in sorted(self._metrics) if f not in accountable],
            "contested": self._contested(name, current),
            "next": sorted((c for c in changes if c["on"] > self.as_of), key=lambda c: (c["on"], c["function"]["name"])),
            "last": sorted((c for c in changes if c["on"] <= self.as_of), key=lambda c: (-c["on"].toordinal(), c["function"]["name"]))[
                :SHOWN_CHANGES
            ],
        }

    def law(self) -> list[tuple[str, str]]:
        say = self.say
        classes = sorted(dict.fromkeys(self._order), key=lambda c: (say.rank("classes", c), c))
        kinds = {c: sorted((k for one, k in self._lawful if one == c), key=lambda k: (say.rank("kinds", k), k)) for c in classes}
        return [(say.term("classes", c), say.join(say.term("kinds", k) for k in kinds[c])) for c in classes]

    # rows ------------------------------------------------------------------------
    def _function(self, function: str) -> Row:
        metrics = self._metrics.get(function, [])
        return {
            "name": self.names.function(function),
            "key": function,
            "metrics": [
                {"class": self.say.term("classes", c), "names": self.say.join(self.names.metric(m["metric"]) for m in some)}
                for c, some in groupby(sorted(metrics, key=lambda m: (self.say.rank("classes", m["class"]), m["class"])), key=lambda m: m["class"])
            ],
        }

    def _department(self, profile: str, department: str, current: Sequence[Row], accountable: dict[str, str]) -> Row:
        rows = sorted(
            (row for row in current if row["department"] == department),
            key=lambda row: (row["role"] != "accountable", self.names.function(row["function"])),
        )
        about = self.names.departments[(profile, department)]
        boss = about.get("reports_to")
        return {
            "name": self.names.department(profile, department),
            "kind": self.say.term("kinds", about.get("kind")),
            "tone": self.names.tone(profile, department),
            "reports_to": self.names.department(profile, boss) if boss else "",
            "rows": [
                {
                    "function": self._function(row["function"]),
                    "role": self._role(profile, row, accountable),
                    "days": self._days(row),
                    "law": self._against(row),
                    "reason": row["reason"] or "",
                    "approved_by": row["approved_by"] or "",
                    "source": row["ownership_rule"],
                }
                for row in rows
            ],
        }

    def _role(self, profile: str, row: Row, accountable: dict[str, str]) -> str:
        said = []
        if row["role"] != "accountable":
            said.append(self.say.t("o_contributes", whom=self.names.department(profile, accountable.get(row["function"]))))
        if row["share"] is not None:
            said.append(self.say.t("o_share", share=self.say.percent(row["share"], 0)))
        return self.say.join(said)

    def _days(self, row: Row) -> list[str]:
        begins = self.say.t("o_always") if row["valid_from"] == ALWAYS else self.say.t("o_since", day=self.say.day(row["valid_from"]))
        ends = self.say.t("o_onward") if row["valid_to"] == FOREVER else self.say.t("o_until", day=self.say.day(row["valid_to"]))
        return [begins, ends]

    def _against(self, row: Row) -> str:
        """Empty where the law allows it. Who only contributes needs no law: the number is not his."""
        if row["role"] != "accountable":
            return ""
        classes = {m["class"] for m in self._metrics.get(row["function"], []) if (m["class"], row["department_kind"]) not in self._lawful}
        if not classes:
            return ""
        said = self.say.join(self.say.term("classes", c) for c in sorted(classes, key=lambda c: (self.say.rank("classes", c), c)))
        written = (row["reason"] or "").strip() and (row["approved_by"] or "").strip()
        return self.say.t("o_override" if written else "o_unlawful", classes=said)

    def _contested(self, profile: str, current: Sequence[Row]) -> list[Row]:
        found = []
        for function, some in groupby(current, key=lambda row: row["function"]):
            rows = sorted(some, key=lambda row: (row["role"] != "accountable", row["department"]))
            if len(rows) > 1:
                found.append({"function": self._function(function), "who": [self._part(profile, row) for row in rows]})
        return found

    def _part(self, profile: str, row: Row) -> str:
        role = self.say.t("o_accountable") if row["role"] == "accountable" else self.say.t("contributor")
        share = f", {self.say.t('o_share', share=self.say.percent(row['share'], 0))}" if row["share"] is not None else ""
        return f"{self.names.department(profile, row['department'])} ({role}{share})"

    def _changes(self, profile: str, rows: Sequence[Row]) -> list[Row]:
        """A day on which a role of a function passes on, begins or ends. A row that is only continued by a like one changes nothing."""
        found = []
        for (function, role), some in groupby(sorted(rows, key=lambda r: (r["function"], r["role"])), key=lambda r: (r["function"], r["role"])):
            held = list(some)
            days = sorted({r["valid_from"] for r in held} | {r["valid_to"] for r in held} - {ALWAYS, FOREVER})
            for day in [d for d in days if d not in (ALWAYS, FOREVER)]:
                before = sorted({r["department"] for r in held if r["valid_to"] == day})
                begun = [r for r in held if r["valid_from"] == day]
                after = sorted({r["department"] for r in begun})
                ending = next((r for r in held if r["valid_to"] == day), None)
                row = begun[0] if begun else ending
                if before == after or row is None:
                    continue
                found.append(
                    {
                        "on": day,
                        "day": self.say.day(day),
                        "function": self._function(function),
                        "contributes": role != "accountable",
                        "before": self.say.join(self.names.department(profile, d) for d in before) or self.say.t("nobody"),
                        "after": self.say.join(self.names.department(profile, d) for d in after) or self.say.t("nobody"),
                        "law": self._against(row) if begun else "",
                        "reason": row["reason"] or "",
                        "approved_by": row["approved_by"] or "",
                        "source": row["ownership_rule"],
                    }
                )
        return found
