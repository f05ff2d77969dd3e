"""Hides whom the name of a file names: an address, a telephone number or a long number in it never reaches what people read.

Belongs here: what in a name may be a person, and what stands there instead. Never here: the name in the inbox and in the archive's
receipt, which stay true; names of people in words, which nothing can tell from other words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.people import pseudonym

if TYPE_CHECKING:
    from assets.export import Intake, Landed

REASON = "personal_name"
_KEPT = 14  # of a pseudonym: enough to tell names apart, short enough to read
_ENDING = re.compile(r"(?:\.(?:csv|tsv|txt|jsonl?|ndjson|parquet|xlsx?|xlsm|html?|xml|zip|gz))+$", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+(?:@|%40|＠)[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![^\W_])\+?\(?\d(?:[ .()-]{0,2}\d){7,}(?![^\W_])")
# Exports carry the days and the second they were made in their names: those are nobody's number.
_DAY = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_MADE_AT = re.compile(rf"{_DAY}(?:\d{{4}}|\d{{6}}|\d{{9}})?|{_DAY}{_DAY}|1\d{{9}}|1\d{{12}}")
_SHORTEST = 9  # digits; with a + before them, eight are a number to call


def hidden(source_file: str, intake: Intake) -> dict[str, str]:
    """What of a file's path may be a person -> what stands for it; the same person is the same in every name. A declared account is no person."""
    account, _, rest = source_file.partition("/")
    parts = [rest] if account in intake.accounts else [account, rest]
    found = [match for part in parts for name in re.split(r"[/!]", part) for match in _people(_ENDING.sub("", name))]
    return {person: pseudonym(person, intake.person_key)[:_KEPT] for person in found}


def _people(name: str) -> list[str]:
    found = [match.group() for match in _ADDRESS.finditer(name)]
    for match in _NUMBER.finditer(_ADDRESS.sub(" ", name)):
        digits = re.sub(r"\D", "", match.group())
        is_called = match.group().startswith("+")
        if is_called or (len(digits) >= _SHORTEST and not _MADE_AT.fullmatch(digits)):
            found.append(match.group())
    return found


def told(text: str, people: dict[str, str]) -> str:
    """The longest first: one may be a part of another."""
    for person in sorted(people, key=lambda person: (-len(person), person)):
        text = text.replace(person, people[person])
    return text


def without_people(read: Landed, source_file: str, intake: Intake) -> tuple[str, Landed]:
    """The path as it may be shown, and what was read with that path in its words; flagged where they differ from the truth."""
    import polars as pl

    names = [source_file, *read.quarantine["source_file"].unique().sort()]
    people = {person: mask for name in names for person, mask in hidden(name, intake).items()}
    if not people:
        return source_file, read
    shown = told(source_file, people)
    why = f"the name of {shown} held an address or a long number and is shown without it: rename such files before they are dropped"
    quarantine = read.quarantine.with_columns(
        pl.col(column).map_elements(lambda text: told(text, people), return_dtype=pl.String) for column in ("source_file", "reason")
    )
    message = ". ".join([*([told(read.message, people).rstrip(".")] if read.message else []), why])
    return shown, replace(read, quarantine=quarantine, message=message, reason=read.reason or REASON)
