"""The company's settings: five words in company.toml, each with a default.

Belongs here: reading and judging company.toml.
Never here: anything that could be a table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from expectations.cells import Unreadable, currency, zone
from expectations.problems import Problem, near
from expectations.statute import LANGUAGES

LABEL = "company/company.toml"


@dataclass(frozen=True)
class Company:
    name: str = "Company"
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    profile: str = "default"
    language: str = "en"


def read_settings(path: Path, problems: list[Problem]) -> tuple[Company, dict[str, int]]:
    """The settings and the line of each: the profile can only be judged once the departments are known."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        found = tomllib.loads(text)
    except FileNotFoundError:
        return Company(), {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = re.search(r"at line (\d+)", str(error))
        problems.append(Problem(LABEL, int(at[1]) if at else None, None, f"cannot be read: {error}", 'write key = "value" lines'))
        return Company(), {}
    lines = {
        match[1]: number
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.match(r"\s*\[*[\"']?([\w-]+)", line)) and not line.lstrip().startswith("#")
    }
    known = [f.name for f in fields(Company)]
    values: dict[str, str] = {}
    for key, value in found.items():
        if key not in known:
            problems.append(Problem(LABEL, lines.get(key), key, f"unknown setting {key!r}", near(key, known)))
            continue
        try:
            values[key] = _JUDGE[key](value) if isinstance(value, str) else _refuse(value)
        except Unreadable as error:
            problems.append(Problem(LABEL, lines.get(key), key, str(error), error.hint))
    return Company(**values), lines


def _refuse(value: object) -> str:
    raise Unreadable(f"{value!r} is not text", 'put it in "quotes"')


def _name(text: str) -> str:
    if not text.strip() or len(text) > 120 or not text.isprintable():
        raise Unreadable("the name must be 1 to 120 printable characters")
    return text.strip()


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise Unreadable(f"{text!r} is not one of {', '.join(LANGUAGES)}")
    return text


_JUDGE: dict[str, Callable[[str], str]] = {
    "name": _name,
    "time_zone": zone,
    "currency": currency,
    "profile": str,
    "language": _language,
}
