"""What may reach a terminal: names out of files are shown, never obeyed.

Belongs here: the one filter that everything printed goes through. Never here: what is printed.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

# what turns the direction of writing around: a name could end a line with words that it does not hold
TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(text: str) -> str:
    """The text with every control character and turn of direction spelt out; line ends stay."""
    return "".join(
        f"\\u{ord(letter):04x}" if letter in TURNS or (letter != "\n" and unicodedata.category(letter) in ("Cc", "Cs")) else letter for letter in text
    )


class _Shown:
    """A stream that spells out what it must not do; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(shown(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def only_shown() -> Iterator[None]:
    """Within it, print shows names and obeys none."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Shown(before[0]), _Shown(before[1])  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
