"""How a refusal is said: file, line, column, what is wrong, what to do.

Belongs here: the shape of one problem, and the exception that carries all of them at once.
Never here: deciding what is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that a person must change before a run can start."""

    file: str
    line: int | None
    column: str | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f" line {self.line}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class Refused(Exception):
    """The tables contradict themselves: nothing was touched, and every problem is listed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.column or "", p.message))
        self.problems: tuple[Problem, ...] = tuple(ordered)
        super().__init__("\n".join(str(p) for p in self.problems))


def near(name: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant; difflib is only paid for when something is wrong."""
    from difflib import get_close_matches

    found = get_close_matches(name, list(known), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(found)}?" if found else ""
