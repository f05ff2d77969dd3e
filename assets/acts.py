"""Drafts the columns of a map for a file of acts: what somebody did at an instant, one record each.

Belongs here: telling such a file from one of numbers by a person and an instant, fields by their usual names. Never here: reading a file.
"""

from __future__ import annotations

import re

from assets.sightings import NAMED, capitals, day_form, instant_form, is_id, is_number, number_lines, quoted

# Who did it: a column of one person a record, not of a number of people.
_PERSON = re.compile(
    r"(?i)(user|visitor|customer|client|person|member|cookie|buyer|shopper|distinct|anonymous)[ _.-]?(id|uuid|guid|no|number|hash)?$|^uid$"
)
_BUYER = re.compile(r"(?i)e-?mail|buyer|会员名|买家昵称|customer name|^customer$")
_MOMENT = re.compile(r"(?i)creat|order[ _-]?date|purchas|sale date|placed|下单|创建")
_CLOCK = re.compile(r"^[0-2]?\d:\d{2}(:\d{2})?$")
_ORDER = re.compile(r"(?i)^((amazon|sales)[ _-])?(order|invoice|transaction|purchase|payment)[ _.-]?(id|no\.?|number|#)?$|^订单(编号|号)$")
# What was paid, the surest name first; never a part of it.
_VALUES = (
    re.compile(r"(?i)^(order|grand|payment)[ _-]?(total|amount)([ _]amount)?( \([\w ]+\))?$|实际支付金额|实付|^(订单|支付)金额"),
    re.compile(r"(?i)^total([ _](price|amount|value|sales))?$|^总金额$"),
    re.compile(r"(?i)^(?!.*(discount|tax|shipping|refund|fee|net|unit|sub)).*(total|value|revenue|amount|price|gross)$"),
)
_STATUS = re.compile(r"(?i)^((order|payment|financial)[ _-]?)?status$|^(订单|交易)?状态$")
_FIELDS = (
    ("currency", re.compile(r"(?i)^currency")),
    ("status", _STATUS),
    ("refunded", re.compile(r"(?i)^(?!.*(date|time|status)).*refund")),
    ("channel", re.compile(r"(?i)^(channel|marketing channel)$")),
    ("source", re.compile(r"(?i)^(utm_?)?source$")),
    ("medium", re.compile(r"(?i)^(utm_?)?medium$")),
    ("campaign", re.compile(r"(?i)^(utm_?)?campaign$")),
    ("event", re.compile(r"(?i)^(event|event[ _]?(type|name)|action|interaction|behaviou?r)$")),
    ("session", re.compile(r"(?i)session([ _.-]?id)?$")),
)
_STATUSES = (
    ("paid", re.compile(r"(?i)^(paid|completed?|succeeded|shipped|delivered|交易成功)$")),
    ("refunded", re.compile(r"(?i)^refunded$")),
    ("cancelled", re.compile(r"(?i)^(cancell?ed|voided|交易关闭)$")),
)
_QUANTITY = re.compile(r"(?i)^(quantity|qty)\b")
_OF_SHAPE = {
    "orders": ("order_id", "value", "currency", "status", "refunded"),
    "touches": ("channel", "source", "medium", "campaign"),
    "activity": ("event", "session"),
}


def drafted(header: list[str], body: list[list[str]]) -> tuple[str, list[str]] | None:
    """The shape and columns of a file each of whose records is what somebody did at an instant; nothing for a file of numbers."""
    columns = {name: [row[at].strip() for row in body if at < len(row) and row[at].strip()] for at, name in enumerate(header) if name.strip()}
    value = next((name for pattern in _VALUES for name in columns if pattern.search(name) and any(map(is_number, columns[name]))), None)
    order = next((name for name in columns if _ORDER.search(name)), None)
    if not order and any(_STATUS.search(name) or name.casefold().startswith("currency") for name in columns):
        order = next((name for name in columns if name.casefold() == "id"), None)
    is_order = bool(order and value)
    counting = [name for name, cells in columns.items() if not is_id(name, cells) and not NAMED.search(name)]
    counts_nothing = not any(is_number(cell) for name in counting for cell in columns[name])
    forms = {name: form for name, cells in columns.items() if (form := instant_form(cells)) is not None}
    if is_order:
        # A day is moment enough for an order.
        forms |= {name: days[0] for name, cells in columns.items() if name not in forms and (days := day_form(cells)) and days[1] == "en"}
    people = [name for name in columns if _PERSON.search(name) and name not in forms]
    people += [name for name in columns if (is_order or counts_nothing) and _BUYER.search(name) and name not in [*forms, *people]]
    if not forms or not people:
        return None
    moment, person = next((name for name in forms if _MOMENT.search(name)), next(iter(forms))), people[0]
    free = [name for name in columns if name not in (moment, person, value)]
    fields = {field: name for field, pattern in _FIELDS if (name := next((name for name in free if pattern.search(name)), None))}
    fields |= ({"value": value} if value else {}) | ({"order_id": order} if order else {})
    shape = "orders" if {"order_id", "value"} <= set(fields) else "touches" if set(fields) & set(_OF_SHAPE["touches"]) else "activity"
    said = {person: "person", moment: "at"} | {fields[field]: field for field in _OF_SHAPE[shape] if field in fields}
    lines = ["    # each record is an act of one person; as what it counts, its shape says: activity, touches, orders or cases"]
    if shape == "orders":
        lines += _orders(header, body, columns, fields, said)
    clock = next((name for name in free if columns[name] and all(map(_CLOCK.match, columns[name]))), None)
    lines += _moment(moment, forms[moment], columns, clock)
    lines.append("    columns:    # required: true on the columns by which the file is to be known")
    for name in columns:
        key = f"      {quoted(name)}:"
        if name in said:
            is_needed = said[name] in ("person", "at", "order_id", "value", "status")
            more = f", joined_with: [{quoted(clock)}]" if name == moment and clock else ""
            more += _meanings(columns[name]) if said[name] == "status" else capitals(columns[name]) if said[name] == "currency" else ""
            lines.append(f"{key} {{into: {said[name]}{', required: true' if is_needed else ''}{more}}}")
        elif name != clock and name not in forms and (name in people or NAMED.search(name) or any("@" in cell for cell in columns[name])):
            lines.append(f"{key} {{personal: true}}")
        elif name != clock:
            lines.append(f"      # {quoted(name)}: {{into: ?}}    # or under ignore")
    return shape, lines


def _orders(header: list[str], body: list[list[str]], columns: dict[str, list[str]], fields: dict[str, str], said: dict[str, str]) -> list[str]:
    """What is to be said of a file of orders besides its columns: whether a record is an order or a line of one, what its status means."""
    order, value = fields["order_id"], fields["value"]
    lines = [f"    {line}" for line in number_lines(columns[value] + columns.get(fields.get("refunded", ""), []), is_money=True)]
    worth: dict[str, set[str]] = {}
    for row in body:
        cell = dict(zip(header, map(str.strip, row), strict=False))
        worth.setdefault(cell.get(order, ""), set()).add(cell.get(value, ""))
    is_repeated = len(worth) < len(columns[order])
    if is_repeated and all(len(values - {""}) < 2 for values in worth.values()):
        first = [name for name, field in said.items() if field != "order_id"]
        lines.append(f"    group: {{by: {quoted(order)}, first_non_empty: [{', '.join(map(quoted, first))}]}}    # records are lines of orders")
    elif is_repeated or (any(_QUANTITY.search(name) for name in columns if len(worth) == len(body)) and not _is_whole(value)):
        # A line's price is not what the order was worth.
        del said[value]
        lines.append("    # records are lines of orders, which nothing adds up: give this file one record an order, with its total as value")
    if "currency" not in fields and not any("set:" in line for line in lines):
        lines.append("    # no column names a currency: the account's counts, or set: {currency: EUR}")
    if "status" in fields:
        lines.append(
            "    # a status other than paid, refunded, cancelled sets its record aside: say what it means, or what is no order under drop_where"
        )
    return lines


def _is_whole(value: str) -> bool:
    return bool(_VALUES[0].search(value) or _VALUES[1].search(value))


def _meanings(cells: list[str]) -> str:
    """The cells of a status whose meaning their own word says."""
    known = {cell: meaning for cell in dict.fromkeys(cells) for meaning, pattern in _STATUSES if pattern.search(cell)}
    return f", values: {{{', '.join(f'{quoted(cell)}: {meaning}' for cell, meaning in known.items())}}}" if known else ""


def _moment(moment: str, form: str, columns: dict[str, list[str]], clock: str | None) -> list[str]:
    """How the instants are written; a question where the records do not say whether the day or the month stands in front."""
    cells, remark = columns[moment], "without an offset in the account's zone, or zone: UTC"
    if form == "spreadsheet" or form.startswith(("%m/%d", "%d/%m")):
        parts = [re.split(r"[/-]", cell.split(" ")[0]) for cell in cells]
        firsts, seconds = ({int(part[at]) for part in parts} for at in (0, 1))
        mark = "-" if "-" in cells[0].split(" ")[0] else "/"
        if form == "spreadsheet":
            form = f"%m{mark}%d{mark}{'%Y' if len(parts[0][2]) == 4 else '%y'}"
        form = form.replace("%m/%d", "%d/%m").replace("%m-%d", "%d-%m") if max(firsts) > 12 else form
        remark = remark if max(firsts | seconds) > 12 else "or the day in front: these records do not say"
    if clock:
        form = (form or "%Y-%m-%d") + (" %H:%M:%S" if all(cell.count(":") == 2 for cell in columns[clock]) else " %H:%M")
    zone = ["    zone: UTC"] if re.search(r"(?i)\b(utc|gmt)\b", moment) else []
    if not form or form == "%Y-%m-%d":
        return zone
    return [*zone, f"    {'# ' if remark.startswith('or ') else ''}instant: {{formats: [{quoted(form)}]}}    # {remark}"]
