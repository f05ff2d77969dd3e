"""The one way to refuse a whole file.

Belongs here: the exception. Never here: deciding.
"""

from __future__ import annotations


class Refusal(Exception):
    """The whole file is refused: a rule code and a sentence for people."""

    def __init__(self, rule: str, message: str, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.rule, self.message, self.line, self.column = rule, message, line, column
