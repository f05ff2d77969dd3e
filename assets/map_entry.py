"""One part of a map while it is checked.

Belongs here: getting a word of a map as a type, and noting what is wrong with it. Never here: which words there are (vocabulary).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


class Entry:
    """One part of a map under inspection: every getter notes what is wrong and goes on, so that all mistakes are told at once."""

    def __init__(self, content: dict[str, Any], where: str, wrong: list[str], allowed: set[str]) -> None:
        self.content, self.where, self.wrong = content, where, wrong
        self.wrong += [f"{where}: unknown key {key!r}; keys are {sorted(allowed)}" for key in content if key not in allowed]

    def bad(self, text: str) -> None:
        self.wrong.append(f"{self.where}: {text}")

    def texts(self, key: str) -> tuple[str, ...]:
        said = self.content.get(key) or ()
        return (str(said),) if isinstance(said, str | int | float) else tuple(str(item) for item in said)

    def flag(self, key: str) -> bool:
        said = self.content.get(key, False)
        if not isinstance(said, bool):
            self.bad(f"{key} is true or false")
        return said is True

    def whole(self, key: str, otherwise: int) -> int:
        said = self.content.get(key, otherwise)
        if isinstance(said, bool) or not isinstance(said, int) or said < 0:
            self.bad(f"{key} is a whole number")
            return otherwise
        return said

    def word(self, key: str, allowed: Iterable[str]) -> str | None:
        said = self.content.get(key)
        if said is not None and said not in allowed:
            self.bad(f"{key} must be one of {sorted(allowed)}")
        return said

    def patterns(self, key: str) -> tuple[re.Pattern[str], ...]:
        found = []
        for text in self.texts(key):
            try:
                found.append(re.compile(text))
            except re.error as error:
                self.bad(f"{text!r} is no regular expression ({error})")
        return tuple(found)

    def pattern(self, key: str) -> re.Pattern[str] | None:
        found = self.patterns(key)
        return found[0] if found else None

    def part(self, key: str, allowed: set[str]) -> Entry:
        said = self.content.get(key) or {}
        if not isinstance(said, dict):
            self.bad(f"{key} is a map")
            said = {}
        return Entry(said, f"{self.where}, {key}", self.wrong, allowed)
