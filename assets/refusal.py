"""The one way to refuse a whole file.

Belongs here: the exception, and what of a refused file may be quoted. Never here: deciding.
"""

from __future__ import annotations

import re


class Refusal(Exception):
    """The whole file is refused: a rule code and a sentence for people."""

    def __init__(self, rule: str, message: str, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.rule, self.message, self.line, self.column = rule, message, line, column


_NAMES_SOMEBODY = re.compile(r"[^\s,;|\"]*(?:@|[0-9]{4,})[^\s,;|\"]*")


def unnamed(text: str) -> str:
    """A first line as it may be shown: a file without a header begins with somebody's record, so what looks like an address or a long
    number is left out. A header has neither."""
    return _NAMES_SOMEBODY.sub("…", text)
