"""Drafts the columns of a map for a file of acts: what somebody did at an instant, one record each.

Belongs here: telling such a file from one of numbers by a person and an instant, fields by their usual names. Never here: reading a file.
"""

from __future__ import annotations

import json
import re

from assets.plain_names import plainly

# Columns that name somebody.
NAMED = re.compile(r"(?i)mail|user ?name|handle|author|phone|customer|posted by|昵称|手机|作者")
# Instants with a time of day; nothing: as they are read anyway.
_INSTANTS = (
    (re.compile(r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z| ?[+-]\d{2}:?\d{2})?$"), ""),
    (re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} (UTC|GMT)$"), "%Y-%m-%d %H:%M:%S %z"),
    (re.compile(r"^\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}$"), "%Y/%m/%d %H:%M"),
    (re.compile(r"^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}$"), "%d.%m.%Y %H:%M"),
    (re.compile(r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}$"), "%m/%d/%Y %H:%M"),
    (re.compile(r"^1\d{9}(\.\d+)?$"), "epoch"),
    (re.compile(r"^1\d{12}$"), "epoch_ms"),
)
# Who did it: a column of one person a record, not of a number of people.
_PERSON = re.compile(
    r"(?i)(user|visitor|customer|client|person|member|cookie|buyer|shopper|distinct|anonymous)[ _.-]?(id|uuid|guid|no|number|hash)?$|^uid$"
)
_FIELDS = (
    ("order_id", re.compile(r"(?i)^(order|invoice|transaction|purchase)[ _.-]?(id|no|number)?$")),
    ("value", re.compile(r"(?i)(total|value|revenue|amount|price)$")),
    ("currency", re.compile(r"(?i)^currency")),
    ("channel", re.compile(r"(?i)^(channel|marketing channel)$")),
    ("source", re.compile(r"(?i)^(utm_?)?source$")),
    ("medium", re.compile(r"(?i)^(utm_?)?medium$")),
    ("campaign", re.compile(r"(?i)^(utm_?)?campaign$")),
    ("event", re.compile(r"(?i)^(event|event[ _]?(type|name)|action|interaction|behaviou?r)$")),
    ("session", re.compile(r"(?i)session([ _.-]?id)?$")),
)
_QUANTITY = re.compile(r"(?i)^(quantity|qty)$")
_OF_SHAPE = {
    "orders": ("order_id", "value", "currency"),
    "touches": ("channel", "source", "medium", "campaign"),
    "activity": ("event", "session"),
}


def drafted(header: list[str], body: list[list[str]]) -> tuple[str, list[str]] | None:
    """The shape and columns of a file each of whose records is what somebody did at an instant; nothing for a file of numbers."""
    columns = {name: [row[at].strip() for row in body if at < len(row) and row[at].strip()] for at, name in enumerate(header) if name.strip()}
    forms = {name: form for name, cells in columns.items() if (form := format_of(cells, _INSTANTS)) is not None}
    people = [name for name in columns if _PERSON.search(name) and name not in forms]
    if not forms or not people:
        return None
    moment, person = next(iter(forms)), people[0]
    free = [name for name in columns if name not in (moment, person)]
    fields = {field: name for field, pattern in _FIELDS if (name := next((name for name in free if pattern.search(name)), None))}
    shape = "orders" if {"order_id", "value"} <= set(fields) else "touches" if set(fields) & set(_OF_SHAPE["touches"]) else "activity"
    said = {person: "person", moment: "at"} | {fields[field]: field for field in _OF_SHAPE[shape] if field in fields}
    lines = ["    # each record is an act of one person; as what it counts, its shape says: activity, touches, orders or cases"]
    orders = columns[fields["order_id"]] if shape == "orders" else []
    if len(set(orders)) < len(orders) or (orders and any(_QUANTITY.search(name) for name in columns)):
        # A line's price is not what the order was worth.
        del said[fields["value"]]
        lines.append("    # records are lines of orders, which nothing adds up: give this file one record an order, with its total as value")
    if shape == "orders" and "currency" not in fields:
        lines.append("    # no column names a currency: the account's counts, or set: {currency: EUR}")
    if forms[moment]:
        form, remark = forms[moment], "without an offset in the account's zone, or zone: UTC"
        if form.startswith("%m/%d"):
            firsts, seconds = ({int(cell.split("/")[at]) for cell in columns[moment]} for at in (0, 1))
            form = form.replace("%m/%d", "%d/%m") if max(firsts) > 12 else form
            remark = remark if max(firsts | seconds) > 12 else "or the day in front: these records do not say"
        is_settled = not remark.startswith("or ")
        lines.append(f"    {'' if is_settled else '# '}instant: {{formats: [{quoted(form)}]}}    # {remark}")
    lines.append("    columns:    # required: true on the columns by which the file is to be known")
    for name in columns:
        key = f"      {quoted(name)}:"
        if name in said:
            is_needed = said[name] in ("person", "at", "order_id", "value")
            lines.append(f"{key} {{into: {said[name]}{', required: true' if is_needed else ''}}}")
        elif name not in forms and (name in people or NAMED.search(name) or any("@" in cell for cell in columns[name])):
            lines.append(f"{key} {{personal: true}}")
        else:
            lines.append(f"      # {quoted(name)}: {{into: ?}}    # or under ignore")
    return shape, lines


def format_of(cells: list[str], formats: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    """The first of the formats in which all cells are written; nothing where there is no cell."""
    for pattern, form in formats:
        if cells and all(pattern.match(cell) for cell in cells):
            return form
    return None


def quoted(text: str) -> str:
    bare = plainly(text) == text.casefold() and re.match(r"^[\w][\w ()./-]*$", text) is not None
    return (
        text
        if bare and not re.match(r"^(?:[\d.]+|true|false|yes|no|on|off|null|y|n)$", text, re.IGNORECASE)
        else json.dumps(text, ensure_ascii=False)
    )
