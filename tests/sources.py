"""The repository's own text, read as a reviewer would: what Python says in strings, what SQL says without its comments.

Belongs here: finding and taking apart source files. Never here: what they may say (test_wiring.py).
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import REPOSITORY

ROOMS = ("pipelines", "assets", "expectations")
SEEDS = REPOSITORY / "dbt_project" / "seeds"
_GENERATED = {"__pycache__", "target", "logs", "dbt_packages"}
_TEXT = {".py", ".sql", ".yml", ".yaml", ".toml", ".csv", ".txt", ".md", ".j2", ".css", ".html", ".lock", ".cfg", ".sh", ""}


def files(*tops: str) -> list[Path]:
    """Every text file below the given folders of the repository (or the given files themselves), generated ones left out."""
    found: list[Path] = []
    for top in tops:
        path = REPOSITORY / top
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and p.suffix in _TEXT]
    return sorted(p for p in found if not _GENERATED.intersection(p.parts))


def place(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def seed(table: str) -> list[dict[str, str]]:
    """Rows of a seed as they stand in the file: the statute book is read here without the code that reads it for the night."""
    with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def names_of_the_split() -> frozenset[str]:
    """Every metric (by name and by code), function and department of the product's seeds."""
    columns = (("metrics", "metric"), ("metrics", "code"), ("functions", "function"), ("departments", "department"))
    return frozenset(row[column] for table, column in columns for row in seed(table) if row[column])


@dataclass(frozen=True)
class Literal:
    file: str
    line: int
    text: str

    def says(self, name: str) -> bool:
        """A name with an underscore is nobody's everyday word, so it counts inside a longer text too; `orders` only by itself or quoted."""
        if "_" in name:
            return re.search(rf"\b{name}\b", self.text) is not None
        return self.text.strip() == name or re.search(rf"'{name}'|\"{name}\"", self.text) is not None


def python_trees() -> Iterator[tuple[str, ast.Module]]:
    for path in files(*ROOMS):
        if path.suffix == ".py":
            yield place(path), ast.parse(path.read_text(encoding="utf-8"))


def python_literals() -> list[Literal]:
    """String literals of the product's Python, except docstrings, and except the specimen rows on which a guard proves that it bites."""
    found = []
    for file, tree in python_trees():
        skipped = {id(node) for passage in (*_docstrings(tree), *_specimens(tree)) for node in ast.walk(passage)}
        found += [
            Literal(file, node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
        ]
    return found


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first


def _specimens(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Guard":
            yield from (word.value for word in node.keywords if word.arg in ("clean", "poison"))


def sql_files() -> list[Path]:
    return [path for path in files("dbt_project/models", "dbt_project/macros", "expectations/evidence") if path.suffix == ".sql"]


def sql_of(path: Path) -> str:
    """The statement without its comments: a comment may name what the statement must not."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", text)


def sql_literals(sql: str) -> list[str]:
    """What SQL says in quotes; a table that happens to be called like a metric is no name of one."""
    return re.findall(r"'([^'\n]*)'", re.sub(r"ref\('\w+'\)", "", sql))


def literals_in_cases(sql: str) -> list[str]:
    """Literals between `case` and its `end`, however deep: the place where a rule would hide from the tables."""
    depth, found = 0, []
    for token in re.findall(r"'[^'\n]*'|\bcase\b|\bend\b", sql, flags=re.IGNORECASE):
        if token.startswith("'"):
            found += [token[1:-1]] if depth else []
        else:
            depth += 1 if token.lower() == "case" else -1
    return found
