"""Fills the page: asks read.py, ledgers.py and signals.py, words the answers, hands them to the template.

Belongs here: the order and the selection of what is said, and the banner a later night puts on top.
Never here: SQL, arithmetic on metrics, a department or metric by name, the clock.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import jinja2

from assets.page.outlook import Outlook
from assets.page.read import Row
from assets.page.scores import Kpi, Scores
from assets.page.signals import Signals
from assets.page.wording import FALLBACK, Wording, layout
from assets.versions import STATUS_CLOSE, STATUS_OPEN

SHOWN_CHANGES = 10
SHOWN_PASSES = 25  # of one layer; beyond that a single line says how many


class Settings(Protocol):
    """What the page needs of company.toml."""

    @property
    def name(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Banner:
    """What a later night that did not publish says above the last good version."""

    verdict: str  # failed or held
    reason: str
    at: str
    age: str
    command: str


@functools.cache
def templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def render(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: dt.date) -> str:
    """The page of one published database. The same database, settings and day give the same bytes."""
    published = Signals(con, settings.profile)
    say = Wording(settings.language, settings.currency, published.reasons(settings.language), published.accounts())
    page = _Page(published, say, as_of)
    return templates().get_template("leadership.html.j2").render(settings=settings, say=say, t=say.t, **page.parts())


def with_status(html: str, banner: Banner | None) -> str:
    """The page with its status line replaced; anything outside the two markers stays as it is."""
    if html.count(STATUS_OPEN) != 1 or html.count(STATUS_CLOSE) != 1 or html.index(STATUS_OPEN) > html.index(STATUS_CLOSE):
        raise ValueError("the page has no status line to replace: it was not written by this product")
    head, rest = html.split(STATUS_OPEN)
    tail = rest.split(STATUS_CLOSE)[1]
    language = head.partition('<html lang="')[2].partition('"')[0] or FALLBACK
    text = templates().get_template("banner.html.j2").render(banner=banner, t=Wording(language, "").t) if banner else ""
    return f"{head}{STATUS_OPEN}{text}{STATUS_CLOSE}{tail}"


class _Page(Outlook):
    def parts(self) -> dict[str, Any]:
        cards, unowned, silent = self._cards()
        feeds = self.feeds()
        changed, changes = self.db.restatements(SHOWN_CHANGES)
        checks = self.db.checks()
        verdicts = {v: sum(c["verdict"] == v for c in checks) for v in ("passed", "warned", "failed")}
        refusals = self.db.refusals()
        late, silent_channels = [f for f in feeds if f["late"]], self.silent_channels()
        unheard = sum(f["age"] is None for f in feeds)
        shown = [k for c in cards for k in c["kpis"]] + unowned
        return {
            "as_of": self.as_of,
            "span": self.span,
            "version": self.db.version()["version"],
            "cards": cards,
            "panels": self._panels(cards),
            "unowned": unowned,
            "unowned_silent": silent,
            "headline": self._headline(cards, unowned),
            "feeds": feeds,
            "ages": self.ages(feeds),
            "late": late,
            "unheard": unheard,
            "delivered": self._delivered(len(feeds), len(late), unheard, len(silent_channels)),
            "silent_channels": silent_channels,
            "audience": self.audience(),
            "campaigns": self.campaigns(),
            "way": self.on_the_way(),
            "assists": self.helpers(),
            "followed": self.followed(),
            "doubts": self.doubts(),
            "overlaps": self.overlaps(),
            "changes": [self.changed(r) for r in changes],
            "changed": changed,
            "verdicts": verdicts,
            "said": [f"{self.say.whole(n)} {self.say.term('verdicts', v)}" for v, n in verdicts.items()],
            "checks": self._listed(checks),
            "all_checks": len(checks),
            "refusals": refusals,
            "refused": sum(r["n"] for r in refusals),
            "refused_files": self.db.refused_files(),
            "reorgs": self.reorganisations(),
            "glossary": self.glossary(shown),
        }

    # departments -----------------------------------------------------------------
    def _cards(self) -> tuple[list[Row], list[Kpi], list[tuple[str, list[str]]]]:
        if not self.span:
            return [], [], []
        self.scores = Scores(self.db, self.span, self.say)
        nobody = layout()["unowned_kind"]
        owners, answering = self.db.owners(self.span.last, nobody), self.db.answering(self.span.last)
        accountable = {r["metric"]: r["department"] for r in owners if r["role"] == "accountable"}
        kinds, toned = layout()["kinds"], [kind for section in layout()["sections"] for kind in section]
        order = sorted(
            self.departments.values(),
            key=lambda d: (kinds.index(d["kind"]) if d["kind"] in kinds else len(kinds), d["department"]),
        )
        cards = []
        for d in order:
            key = d["department"]
            helped = [r["metric"] for r in owners if r["department"] == key and r["role"] != "accountable"]
            if key not in answering and not helped:
                continue  # a department that only lends a hand, to something that no metric measures, has nothing to show here
            cards.append(
                {
                    "key": key,
                    "name": self.department(key),
                    "kind": d["kind"],
                    "tone": d["kind"] if d["kind"] in toned else "rest",
                    "kpis": self.scores.of(key, [m for m, o in accountable.items() if o == key]),
                    "reports_to": self.department(d["reports_to"]) if d.get("reports_to") else "",
                    "silent": self.scores.silent(key, [m for m, o in accountable.items() if o == key]),
                    "helps": [self.say.t("contributes_item", metric=self.metric(m), department=self.department(accountable.get(m))) for m in helped],
                }
            )
        orphans = [m for m, o in accountable.items() if not o]
        return cards, self.scores.of(nobody, orphans), self.scores.silent(nobody, orphans)

    def _delivered(self, accounts: int, late: int, unheard: int, silent: int) -> list[str]:
        """How the accounts are, in a few words: one that never delivered is neither up to date nor late."""
        say, heard = self.say, accounts - unheard
        if not accounts:
            return [say.t("feeds_none")]
        said = [say.t("feeds_late", late=late, n=accounts)] if late else [say.t("feeds_current", n=heard)] if heard else []
        said += [say.t("n_unheard", n=unheard)] if unheard else []
        return said + ([say.t("n_channels_silent", n=silent)] if silent else [])

    def _listed(self, checks: Sequence[Row]) -> list[Row]:
        """Every check that did not pass, then the passed ones, a long layer as one line: what matters must be found."""
        order = {"failed": 0, "warned": 1}
        checks = [{**c, "check_name": c["check_name"].replace("_", " ")} for c in checks]  # names break lines at spaces only
        passed: dict[str, list[Row]] = {}
        for c in checks:
            if c["verdict"] == "passed":
                passed.setdefault(c["layer"], []).append(c)
        listed = sorted((c for c in checks if c["verdict"] != "passed"), key=lambda c: (order.get(c["verdict"], 0), c["check_name"]))
        for layer, some in sorted(passed.items(), key=lambda p: len(p[1])):
            if len(some) <= SHOWN_PASSES:
                listed += some
            else:
                name = self.say.t("quality_more", n=len(some))
                listed.append(
                    {
                        "check_name": name,
                        "layer": layer,
                        "verdict": "passed",
                        "rows_seen": None,
                        "offenders": 0,
                        "blocking": False,
                    }
                )
        return listed

    def _panels(self, cards: Sequence[Row]) -> list[Row]:
        sections: list[list[str]] = layout()["sections"]
        taken = {kind for kinds in sections for kind in kinds}
        panels: list[Row] = []
        for kinds in sections:
            mine = [c for c in cards if c["kind"] in kinds]
            kpis = _led([k for c in mine for k in c["kpis"]], kinds[0])
            title = mine[0]["name"] if len(mine) == 1 else self.say.term("kinds", kinds[0])
            lead = kpis[0] if kpis else None
            panels.append(
                {
                    "tone": kinds[0],
                    "title": title,
                    "duty": self.say.term("duties", kinds[0]),
                    "found": bool(mine),
                    "lead": lead,
                    "more": kpis[1:5],
                    "also": {c["key"]: c["name"] for c in mine} if len(mine) > 1 else {},
                }
            )
        leads = [p["lead"] for p in panels if p["lead"]]
        for p in panels:
            p["chart"] = self.scores.large(p["lead"], leads) if p["lead"] else ""
        rest = [(c, _led(c["kpis"], c["kind"])[:2]) for c in cards if c["kind"] not in taken]
        return [
            *panels,
            {"tone": "rest", "title": self.say.t("the_rest"), "duty": self.say.term("duties", "rest"), "also": {}, "rest": rest},
        ]

    def _headline(self, cards: Sequence[Row], unowned: Sequence[Kpi]) -> list[str]:
        say = self.say
        if not self.span:
            return [say.t("h_empty")]
        lines = []
        for panel in self._panels_led(cards):
            lead, change = panel["lead"], panel["lead"].change
            said = ""
            if change and change.more is None:
                said = say.t("h_same", before=change.before)
            elif change and change.by:
                said = say.t("h_more" if change.more else "h_less", by=change.by, before=change.before)
            lines.append(
                say.t(
                    "h_value" if lead.adds_up and lead.is_month else "h_level",
                    department=panel["title"],
                    metric=lead.name,
                    value=lead.spoken,
                    period=lead.period,
                    change=said,
                )
            )
        targets = [(k.target, k, c) for c in cards for k in c["kpis"] if k.target and k.target.met is not None]
        if targets:
            said = say.t("h_targets", met=sum(bool(x.met) for x, _, _ in targets), n=len(targets))
            missed = [t for t in targets if not t[0].met]
            if missed:
                x, k, c = max(missed, key=lambda t: t[0].distance)
                said += say.t("h_furthest", metric=k.name, share=x.text, department=c["name"])
            lines.append(said)
        names = [k.name for k in unowned[:4]] + ([say.t("and_more", n=len(unowned) - 4)] if len(unowned) > 4 else [])
        lines.append(say.t("h_unowned", n=len(unowned), names=say.join(names)) if unowned else say.t("h_owned"))
        return lines

    def _panels_led(self, cards: Sequence[Row]) -> list[Row]:
        found = []
        for kinds in layout()["sections"]:
            for card in (c for c in cards if c["kind"] in kinds):
                kpis = _led(card["kpis"], card["kind"])
                if kpis:
                    found.append({"title": card["name"], "lead": kpis[0]})
        return found[:3]


def _led(kpis: Sequence[Kpi], kind: str) -> list[Kpi]:
    """What a department is first asked about: its own kind of work, with a target, that adds up, early in the catalogue."""
    classes: list[str] = layout()["leads"].get(kind, [])
    return sorted(
        (k for k in kpis if k.value),
        key=lambda k: (
            k.kind not in classes,
            k.target is None,
            not k.adds_up,
            classes.index(k.kind) if k.kind in classes else 0,
            k.order,
        ),
    )
