"""`python -m tests.faults I03 I29 --most 4`: tries kinds, prints a line a case.

Belongs here: which cases are tried. Never here: a case, a verdict.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults import KINDS
from tests.faults.case import Case, Result
from tests.faults.judge import run


def chosen(id: str, most: int | None) -> list[tuple[int, Case]]:
    """The cases of a kind with their numbers: all of them, or as many as asked for, the same ones every time."""
    cases = list(enumerate(KINDS[id].cases()))
    return cases if most is None or len(cases) <= most else sorted(random.Random(f"few of {id}").sample(cases, most), key=lambda case: case[0])


def try_kinds(ids: Iterable[str], root: Path, most: int | None = None) -> Iterator[Result]:
    for id in ids:
        for number, case in chosen(id, most):
            home = root / f"{id}-{number}"
            home.mkdir(parents=True)
            try:
                yield run(case, home)
            finally:
                shutil.rmtree(home, ignore_errors=True)


def main(words: list[str]) -> None:
    """Kinds to try (all without any), and `--most N` for only N cases of each."""
    most = int(words[words.index("--most") + 1]) if "--most" in words else None
    ids = [word for word in words if word in KINDS]
    with tempfile.TemporaryDirectory(prefix="faults-") as root:
        for result in try_kinds(ids or list(KINDS), Path(root), most):
            print(json.dumps([result.kind, result.name, result.outcome, result.wrong, result.lost], ensure_ascii=True), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
