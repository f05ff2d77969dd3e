"""One line on the terminal for each step of a night, so that a long one is seen to move.

Belongs here: saying. Never here: anything that a step does, or that a log or a test would read.
"""

from __future__ import annotations

import sys
import time

_started: float | None = None


def begin() -> None:
    """From here on `say` speaks; before it, and in every process that never calls it, it is silent."""
    global _started
    _started = time.monotonic()


def say(text: str) -> None:
    if _started is not None:
        print(f"  {time.monotonic() - _started:5.1f} s  {text}", file=sys.stderr, flush=True)
