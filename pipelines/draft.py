"""Tables that are not in force: the company's own with a draft in the place of one or two of them, judged by the same loader.

Belongs here: laying the draft over the company's tables, and naming the draft in what the loader says about it.
Never here: a rule of its own; writing into the home. The merged copy lives in a temporary folder and goes with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from expectations.problems import Problem, Refused
from expectations.split import Split, load
from pipelines.paths import SEEDS


def load_draft(company: Path, drafts: Mapping[str, Path]) -> Split:
    """The rules as they would be. `drafts` maps a table's name to the file that would be it. Raises Refused with every problem."""
    called = {f"company/{table}.csv": path.name for table, path in drafts.items()}
    with TemporaryDirectory(prefix="kpi-draft-") as folder:
        merged = Path(folder)
        for path in [*company.glob("*.csv"), *company.glob("*.toml")]:
            shutil.copyfile(path, merged / path.name)
        for table, path in drafts.items():
            shutil.copyfile(path, merged / f"{table}.csv")
        try:
            split = load(SEEDS, merged)
        except Refused as refused:
            raise Refused(_of_the_draft(problem, called) for problem in refused.problems) from None
    # a table may carry the rows of another on; each says which row it came of
    for row in (row for rows in split.tables.values() for row in rows if row.get("ownership_rule")):
        file, _, line = str(row["ownership_rule"]).rpartition(":")
        row["ownership_rule"] = f"{called.get(file, file)}:{line}"
    return split


def _of_the_draft(problem: Problem, called: Mapping[str, str]) -> Problem:
    """A problem of two rows names both their places."""
    for file, name in called.items():
        problem = replace(
            problem, file=name if problem.file == file else problem.file,
            message=problem.message.replace(file, name), hint=problem.hint.replace(file, name),
        )  # fmt: skip
    return problem
