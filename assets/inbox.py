"""Walks the drop zone and says which entries are files to receive, which are left for later, and which are never opened.

Belongs here: names, folders, links, devices. Never here: opening a file.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

_DATE_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", ".download")
UNDATED = "9999-99-99"


@dataclass(frozen=True)
class Problem:
    """Something in the inbox that was not opened, and why."""

    source_file: str
    account_id: str
    reason: str
    message: str


@dataclass(order=True)
class Found:
    stated: str
    source_file: str
    path: Path = field(compare=False)
    account_id: str = field(compare=False)


@dataclass
class Walk:
    """What one walk through the inbox met."""

    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def walk(inbox: Path) -> Walk:
    """Every entry of inbox/<account>/[date/], sorted: by stated date (undated last), then by path."""
    met = Walk()
    met.found = sorted(_walk(inbox, met))
    return met


def _walk(inbox: Path, met: Walk) -> Iterator[Found]:
    for account in _entries(inbox):
        if not account.is_dir(follow_symlinks=False):
            if not account.name.startswith("."):
                _refuse(met, inbox, account, "", *_why_not_a_file(account, "no_account_folder"))
            continue
        if account.name.startswith("."):
            continue
        if not _plain(account.name):
            _refuse(met, inbox, account, "", "hostile_name", "its name holds control characters; it was not entered")
            continue
        for entry in _entries(Path(account.path)):
            if not entry.is_dir(follow_symlinks=False):
                yield from _file(inbox, entry, account.name, UNDATED, met)
            elif entry.name.startswith("."):
                continue
            elif not _is_date(entry.name):
                text = "only folders named YYYY-MM-DD may stand inside an account's folder; it was not entered"
                _refuse(met, inbox, entry, account.name, "not_a_date_folder", text)
            else:
                for inner in _entries(Path(entry.path)):
                    if inner.is_dir(follow_symlinks=False):
                        text = "folders may not be nested below a date; it was not entered"
                        _refuse(met, inbox, inner, account.name, "not_a_date_folder", text)
                    else:
                        yield from _file(inbox, inner, account.name, entry.name, met)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    return sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else []


def _file(inbox: Path, entry: os.DirEntry[str], account: str, stated: str, met: Walk) -> Iterator[Found]:
    source_file = Path(entry.path).relative_to(inbox).as_posix()
    if not _plain(entry.name):
        _refuse(met, inbox, entry, account, "hostile_name", "its name holds control or undecodable characters; rename it")
    elif not entry.is_file(follow_symlinks=False):
        _refuse(met, inbox, entry, account, *_why_not_a_file(entry, "not_a_file"))
    elif entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
        met.left.append(source_file)
    elif not Path(entry.path).resolve().is_relative_to(inbox.resolve()):
        _refuse(met, inbox, entry, account, "outside_inbox", "it leads out of the inbox; it was not opened")
    else:
        yield Found(stated, source_file, Path(entry.path), account)


def _why_not_a_file(entry: os.DirEntry[str], otherwise: str) -> tuple[str, str]:
    if entry.is_symlink():
        return "symlink", "it is a link; copy the file itself into the inbox"
    if not entry.is_file(follow_symlinks=False):
        return "not_a_file", "it is a pipe or device, not a file; it was not opened"
    return otherwise, "files belong into inbox/<account_id>/; move it into the folder of its account"


def _refuse(met: Walk, inbox: Path, entry: os.DirEntry[str], account: str, reason: str, text: str) -> None:
    source_file = shown(Path(entry.path).relative_to(inbox).as_posix())
    met.problems.append(Problem(source_file, account, reason, f"inbox/{source_file}: {text}."))


def _plain(name: str) -> bool:
    # Control characters, line separators and undecodable bytes could forge lines in logs and reports. Any script is welcome.
    return not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)


def shown(name: str) -> str:
    return "".join(c if _plain(c) else f"\\u{ord(c):04x}" for c in name)


def _is_date(name: str) -> bool:
    try:
        return bool(_DATE_FOLDER.fullmatch(name)) and date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
