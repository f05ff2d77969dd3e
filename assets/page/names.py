"""What things are called on a page that speaks of several organisations at once.

Belongs here: finding a name in the page's language, or making an identifier readable. Never here: HTML, SQL, who owns what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assets.page.wording import Wording, layout

Rows = Iterable[Mapping[str, Any]]


class Names:
    def __init__(self, say: Wording, metrics: Rows, functions: Rows, departments: Rows) -> None:
        self._say = say
        self.metrics = {str(row["metric"]): row for row in metrics}
        self._functions = {str(row["function"]): row for row in functions}
        # a later row of a department replaces an earlier one: the name of today is the one a reader knows
        self.departments = {(str(row["profile"]), str(row["department"])): row for row in departments}

    def metric(self, key: str) -> str:
        return self._say.name(self.metrics.get(key, {}), key)

    def function(self, key: str) -> str:
        return self._say.name(self._functions.get(key, {}), key)

    def department(self, profile: str, key: str | None) -> str:
        row = self.departments.get((profile, key or ""))
        return self._say.name(row, key or "") if row else self._say.term("kinds", key) if key else self._say.t("nobody")

    def kind(self, profile: str, key: str) -> str:
        return str(self.departments.get((profile, key), {}).get("kind") or layout()["unowned_kind"])

    def tone(self, profile: str, key: str) -> str:
        """The colour of a department: kinds with a panel of their own have their own, the others share one, nobody has none."""
        kind = self.kind(profile, key)
        toned = [one for section in layout()["sections"] for one in section]
        return kind if kind in toned else "gap" if kind == layout()["unowned_kind"] else "rest"

    def ink(self, profile: str, key: str) -> str:
        """The same colour inside a drawing, where it is called by the place of its panel."""
        toned = [one for section in layout()["sections"] for one in section]
        tone = self.tone(profile, key)
        return f"part{toned.index(tone)}" if tone in toned else tone

    def rank(self, profile: str, key: str) -> tuple[int, str]:
        kinds: list[str] = layout()["kinds"]
        kind = self.kind(profile, key)
        return (kinds.index(kind) if kind in kinds else len(kinds), key)
