"""What a column of a map may be read into, per shape, and how the cells of each field are spelt.

Belongs here: the fields of the five shapes, which of them a table must have, which may be empty. Never here: how a cell is read
(cells), what lands (shapes).
"""

from __future__ import annotations

# What a column may be read into, per shape, and how its cells are spelt.
FIELDS: dict[str, dict[str, str]] = {
    "counts": {
        "metric": "metric",
        "day": "day",
        "value": "number",
        "campaign": "text",
        "post": "id",
        "currency": "currency",
    },
    "activity": {"person": "person", "at": "instant", "event": "text", "seconds": "duration", "session": "text"},
    "touches": {
        "person": "person",
        "at": "instant",
        "source": "text",
        "medium": "text",
        "campaign": "text",
        "channel": "text",
    },
    "orders": {
        "order_id": "id",
        "person": "person",
        "at": "instant",
        "value": "amount",
        "currency": "currency",
        "status": "status",
        "refunded": "amount",
    },
    "cases": {
        "case_id": "id",
        "kind": "kind",
        "opened_at": "instant",
        "answered_at": "instant",
        "closed_at": "instant",
        "is_auto_reply": "flag",
        "topic": "text",
        "sentiment": "real",
        "approved_at": "instant",
        "executed_at": "instant",
        "hops": "whole",
        "person_role": "text",
    },
}

NEEDED = {
    "counts": {"day"},
    "activity": {"person", "at"},
    "touches": {"person", "at"},
    "orders": {"order_id", "person", "at", "value"},
    "cases": {"case_id", "kind", "opened_at"},
}

# Of the needed columns those whose cells may be empty: who buys as a guest has still bought.
MAY_BE_EMPTY = {"orders": {"person"}}

# The fields whose cells are people: hashed in every adapter, whatever its map says.
PEOPLE = "person"
