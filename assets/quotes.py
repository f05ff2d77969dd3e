"""Doubles the quotes that a platform wrote bare inside its quoted cells, so that the text can be taken apart like any other.

Belongs here: which quote ends a cell. Never here: taking records apart (records), judging them; what is still open afterwards is refused as ever.
"""

from __future__ import annotations

import re

# A file in which the platform quotes every cell shows it in its header; one that a spreadsheet wrote back does not.
_ALL_QUOTED = re.compile(rb'\A(?:\xef\xbb\xbf)?"[^"\r\n]*"(?:,"[^"\r\n]*")*\r?\n')
# No quote behind another cell or line begins a cell, none before the next one ends it.
_INSIDE = re.compile(rb'(?<!",)(?<!"\n)(?<!"\r\n)"(?!,")(?!\r?\n")(?!\s*\Z)')
_FORMULA = re.compile(rb'(?:(?<=[,;\t\n])|\A)="([^"\r\n]*)"(?=[,;\t\r\n]|\Z)')


def requoted(data: bytes) -> bytes:
    """The same text with every quote inside a cell doubled, where the platform quoted all cells; else the text as it is."""
    head = _ALL_QUOTED.match(data)
    if head is None:
        return data
    start = head.end() + (data[head.end() : head.end() + 1] == b'"')
    return data[:start] + _INSIDE.sub(b'""', data[start:])


def without_formulas(data: bytes) -> bytes:
    """The same text with ="0123" as "0123": a formula that keeps a spreadsheet from taking an id for a number."""
    return _FORMULA.sub(rb'"\1"', data)
