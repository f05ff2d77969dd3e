"""Work in a process of its own, so that somebody is left to say how it ended.

Belongs here: forking before anything heavy is imported, passing a stop on, reading what the work left. Never here: what the work is.
An engine that finds no memory ends its process in C++, and the kernel ends it without a word: no `except` meets either.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# what a stop is given to end cleanly; a service manager waits ten seconds and more
GRACE_SECONDS = 8


class Died(Exception):
    """The work has left no answer; the message says why, and what to do."""


class Stopped(Died):
    """It was asked to stop, and has."""


def apart(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the work answers. Raises Stopped when a signal asked it to stop, Died when its process ended by itself before it could answer.

    A signal that reaches this process is passed on; work that does not end by it is ended for it.
    """
    from multiprocessing import get_context

    context = get_context("fork")
    reading, writing = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(work, writing))
    child.start()
    writing.close()
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)
        if number != signal.SIGINT:  # a terminal tells every process of the command itself, and a second time would cut off its farewell
            child.terminate()
        signal.alarm(GRACE_SECONDS)

    handlers: dict[signal.Signals, Callable[[int, Any], None]] = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGALRM: lambda *_: child.kill()}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        answer: dict[str, Any] = json.loads(reading.recv_bytes())
    except (EOFError, OSError):  # nothing, or the half of a word
        answer = {}
    finally:
        child.join(GRACE_SECONDS)
        child.kill()  # it has answered, and a thread of a library keeps it
        child.join()
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked and answer.get("outcome") != "published":
        raise Stopped(f"it was stopped ({signal.Signals(asked[0]).name}); the next run goes on from what it has read")
    if not answer:
        code = child.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        raise Died(
            f"its process died ({how}): most often the machine had no memory left, and the kernel's log names what was ended for it. "
            "Give it more, or end what else runs at that hour; nothing that it has read is lost"
        )
    return answer


def _answer(work: Callable[[], dict[str, Any]], writing: Connection) -> None:
    try:
        writing.send_bytes(json.dumps(work(), default=str).encode())
    except KeyboardInterrupt:  # stopped before anything was begun that must be ended; the other process says so
        pass
    finally:
        writing.close()
