"""The split: the product's statute book and the company's own tables, merged into one validated set.

Belongs here: which row wins when both speak, defaults of what was left blank, and typed questions about the result.
Never here: a metric, function or department by name; numbers; ownership of a single fact (SQL joins it by day).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from expectations.bonds import check_bonds
from expectations.inheritance import Answer, answers
from expectations.ownership import check_departments, check_ownership
from expectations.problems import Problem, Refused, near
from expectations.reading import Record, read_table
from expectations.settings import Company, read_settings
from expectations.statute import COMPANY_TABLES, LANGUAGES, OWNERS, TABLES
from expectations.targets import check_targets
from expectations.timeline import ALWAYS, FOREVER

Records = dict[str, list[Record]]


@dataclass(frozen=True)
class Split:
    """One merged, validated set of rules. `tables` holds plain typed rows; `hash` names the whole set."""

    settings: Company
    tables: dict[str, list[dict[str, object]]]

    @cached_property
    def hash(self) -> str:
        import hashlib
        import json

        whole = {"settings": asdict(self.settings), "tables": self.tables}
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()

    def _set(self, table: str, column: str, **where: object) -> frozenset[str]:
        rows = (row for row in self.tables[table] if all(row[key] == value for key, value in where.items()))
        return frozenset(str(row[column]) for row in rows)

    def metric_ids(self) -> frozenset[str]:
        return self._set("metrics", "metric")

    def money_metrics(self) -> frozenset[str]:
        return self._set("metrics", "metric", unit="money")

    def functions(self) -> frozenset[str]:
        return self._set("functions", "function")

    def kinds(self) -> frozenset[str]:
        """Every department kind, the one of what nobody owns included."""
        return self._set("department_kinds", "department_kind")

    def profiles(self) -> frozenset[str]:
        return self._set("departments", "profile")

    def departments(self, profile: str) -> frozenset[str]:
        return self._set("departments", "department", profile=profile)

    def missing_reasons(self) -> frozenset[str]:
        return self._set("missing_reasons", "reason")

    def classes(self) -> dict[str, str]:
        return {str(row["metric"]): str(row["class"]) for row in self.tables["metrics"]}

    def lawful_pairs(self) -> set[tuple[str, str]]:
        """Which department kind may answer for which metric without a written reason."""
        law = [(row["class"], str(row["department_kind"])) for row in self.tables["class_rules"]]
        return {(str(m["metric"]), kind) for m in self.tables["metrics"] for class_, kind in law if class_ == m["class"]}


def load(seeds: Path, company: Path) -> Split:
    """Read, merge and judge everything; raises Refused with every problem there is."""
    problems: list[Problem] = []
    settings, setting_lines = read_settings(company / "company.toml", problems)
    book: Records = {name: read_table(seeds / f"{name}.csv", f"seeds/{name}.csv", t, problems) for name, t in TABLES.items()}
    own: Records = {
        name: read_table(company / f"{name}.csv", f"company/{name}.csv", TABLES[name], problems, partial=name == "metrics") for name in COMPANY_TABLES
    }
    _no_stray_tables(company, problems)

    merged = dict(book)
    for name in ("targets", "fx_rates", "accounts", "bridge_metrics", "experiments", "acknowledged"):
        merged[name] = own[name] or book[name]
    merged["departments"] = _replace(book["departments"], own["departments"], "profile", "department")
    merged["ownership"] = _replace(book["ownership"], own["ownership"], "profile", "function")
    merged["attribution_models"] = _replace(book["attribution_models"], own["attribution_models"], "model")
    merged["channels"] = _ranked(own["channels"]) + _ranked(book["channels"])
    merged["metrics"] = _overlay(book["metrics"], own["metrics"], problems)
    merged["functions"] = book["functions"] + _new_functions(book["functions"], own)
    merged["brands"] = own["brands"] or book["brands"] or _brands_of(merged["accounts"])

    measures = {record.values["measure"] for record in book["metrics"]} - {None}
    check_bonds(merged, settings, setting_lines, measures, problems)
    check_departments(merged["departments"], problems)
    check_ownership(merged, problems)
    owners = answers(merged, problems)
    check_targets(merged, owners, problems)
    if problems:
        raise Refused(problems)
    _fill_blanks(merged, settings)
    return Split(settings, {name: _plain(name, merged[name]) for name in TABLES} | {OWNERS.name: [_answer(a) for a in owners]})


def _no_stray_tables(company: Path, problems: list[Problem]) -> None:
    """A misspelt file name would be a table that everybody believes in and nobody reads."""
    known = [f"{name}.csv" for name in COMPANY_TABLES]
    for path in sorted(company.glob("*.csv")) if company.is_dir() else []:
        if path.name not in known and not path.name.startswith("."):
            problems.append(Problem(f"company/{path.name}", None, None, "no such company table", near(path.name, known)))


def _replace(book: list[Record], own: list[Record], *pair: str) -> list[Record]:
    """The company's rows of a pair stand in for all of the product's rows of that pair."""

    def of(record: Record) -> tuple[object, ...]:
        return tuple(record.values[name] for name in pair)

    spoken = {of(record) for record in own}
    return [record for record in book if of(record) not in spoken] + own


def _ranked(channels: list[Record]) -> list[Record]:
    """In the order they are tried: by priority where one is written, else as they stand in the file."""
    return sorted(channels, key=lambda r: (r.values["priority"] is None, r.values["priority"] or 0, r.line))


def _overlay(book: list[Record], own: list[Record], problems: list[Problem]) -> list[Record]:
    """A company row changes only the cells it fills; a metric that is new must fill what every metric needs."""
    by_name = {record.values["metric"]: record for record in book}
    for record in own:
        default = by_name.get(record.values["metric"])
        if default is None:
            for column in TABLES["metrics"].columns:
                if column.is_required and column.name not in record.given:
                    message = "must not be empty: the product has no such metric to take it from"
                    problems.append(record.problem(column.name, message))
                    record.is_sound = False
            by_name[record.values["metric"]] = record
        else:
            values = {k: (v if k in record.given else default.values[k]) for k, v in record.values.items()}
            by_name[record.values["metric"]] = Record(record.file, record.line, values, record.is_sound, record.given)
    return list(by_name.values())


def _new_functions(book: list[Record], own: Records) -> list[Record]:
    """A function is the company's own when its catalogue uses it and its ownership places it: two files must agree, so that
    a slip of the pen in one of them does not become a function."""
    known = {record.values["function"] for record in book}
    placed = {record.values["function"] for record in own["ownership"]}
    new = {r.values["function"]: r for r in own["metrics"] if r.values["function"] in placed - known - {None}}
    blank = dict.fromkeys(TABLES["functions"].names)
    return [Record(r.file, r.line, {**blank, "function": name, "described_by": r.file}) for name, r in new.items()]


def _brands_of(accounts: list[Record]) -> list[Record]:
    """Without a table of brands, every brand that an account names stands for itself."""
    first = {record.values["brand"]: record for record in reversed(accounts) if record.values["brand"] is not None}
    blank = dict.fromkeys(TABLES["brands"].names)
    return [Record(r.file, r.line, {**blank, "brand": name}) for name, r in sorted(first.items(), key=lambda pair: str(pair[0]))]


def _fill_blanks(merged: Records, settings: Company) -> None:
    """Defaults of what was left blank. Only reached when nothing is wrong."""
    for rank, record in enumerate(merged["channels"], 1):
        record.values["priority"] = rank
        record.values["is_direct"] = bool(record.values["is_direct"])
        record.values["is_paid"] = bool(record.values["is_paid"])
    for record in merged["accounts"]:
        record.values["time_zone"] = record.values["time_zone"] or settings.time_zone
        record.values["currency"] = record.values["currency"] or settings.currency
    for record in merged["attribution_models"]:
        defaults = {"look_back_days": 30, "journey_resets": False, "collapse_repeats": False}
        record.values.update({k: v for k, v in defaults.items() if record.values[k] is None})
        if record.values["family"] == "markov":
            record.values["markov_order"] = record.values["markov_order"] or 1
    _fill_metrics(merged["metrics"])
    for name, key in _NAMED.items():
        for record in merged[name]:
            key_text = str(record.values[key])
            # a brand is spelt as its owner spells it, an account as its folder is; an identifier is made readable
            english = record.values["name_en"] or (key_text if name in ("brands", "accounts") else key_text.replace("_", " ").capitalize())
            for language in LANGUAGES:
                record.values[f"name_{language}"] = record.values[f"name_{language}"] or english


def _fill_metrics(metrics: list[Record]) -> None:
    """A company's metric takes what it does not say from the habit of its class in the product's catalogue."""
    habits: dict[tuple[object, str], Counter[object]] = {}
    for record in metrics:
        for column in ("feed", "horizon", "lands_in_product_data"):
            if record.values[column] is not None:
                habits.setdefault((record.values["class"], column), Counter())[record.values[column]] += 1
    policies = {r.values["measure"]: r.values["null_policy"] for r in metrics if r.values["measure"] and r.values["null_policy"]}
    for record in metrics:
        values = record.values
        for column in ("feed", "horizon", "lands_in_product_data"):
            if values[column] is None:
                habit = habits.get((values["class"], column))
                # most_common breaks ties by first seen, which is the order of the seed: the same every night
                values[column] = habit.most_common(1)[0][0] if habit else _WITHOUT_HABIT[column]
        defaults: dict[str, object] = {
            "code": values["metric"],
            "grain": "account/day",
            "direction": "up",
            # what feeds a metric decides whether silence is a zero; a file of counts never says zero by leaving a day out
            "null_policy": policies.get(values["measure"], "absent_is_missing"),
            "multiplier": 1.0 if values["numerator"] else None,
            "definition_version": 1,
        }
        values.update({k: v for k, v in defaults.items() if values[k] is None})


_NAMED = {
    table: TABLES[table].names[at]
    for table, at in {"metrics": 0, "functions": 0, "departments": 1, "department_kinds": 0, "brands": 0, "accounts": 0}.items()
}
_WITHOUT_HABIT: dict[str, object] = {"feed": "reach", "horizon": "short", "lands_in_product_data": False}


def _plain(name: str, records: list[Record]) -> list[dict[str, object]]:
    if name != "ownership":
        return [{column: record.values[column] for column in TABLES[name].names} for record in records]
    return [{"ownership_rule": f"{r.file}:{r.line}", **{c: r.values[c] for c in TABLES[name].names}} for r in records]


def _answer(answer: Answer) -> dict[str, object]:
    row = answer.record.values
    dates = {"valid_from": None if answer.begins == ALWAYS else answer.begins, "valid_to": None if answer.ends == FOREVER else answer.ends}
    said = {**row, **dates, "function": answer.function, "through": row["function"], "share": answer.share}
    return {"ownership_rule": f"{answer.record.file}:{answer.record.line}", **{c: said[c] for c in OWNERS.names if c in said}}
