"""Tells whoever the operator named that a night was not published: by a command of the operator's own, which is given the status.

Belongs here: where that command is declared, running it, saying that it could not be run. Never here: how somebody is told, an outcome.
"""

from __future__ import annotations

import json
import os
import signal
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expectations.problems import Problem, Refused
from pipelines.person_key import settings_folder

SECONDS = 30
# No secret of the night is handed on: neither the key of persons nor the address of a database.
HANDED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ")
EXAMPLE = 'it is one line, as command = ["/usr/local/bin/tell", "ops"], in a file that only its owner may write'


def command() -> list[str] | None:
    """The words of alert.toml; None where there is no such file. Raises Refused when it is none that may be run.

    It lies outside the home: who may edit a company's tables must not choose what runs on this machine.
    """
    path = settings_folder() / "alert.toml"
    try:
        with open(path, "rb") as file:
            about, said = os.fstat(file.fileno()), tomllib.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as broken:
        raise Refused([Problem(str(path), None, None, f"cannot be read ({broken})", EXAMPLE)]) from broken
    words: Any = said.get("command")
    is_one = isinstance(words, list) and words and all(isinstance(word, str) and "\0" not in word for word in words) and os.path.isabs(words[0])
    if not is_one or len(said) > 1:
        raise Refused([Problem(str(path), None, "command", "is no list of words that begins with the whole path of a program", EXAMPLE)])
    if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
        raise Refused([Problem(str(path), None, None, "can be written by others", EXAMPLE)])
    return list(words)


def tell(home: Path, status: Mapping[str, object]) -> str:
    """Run the command, if one is declared, with the status as JSON on its standard input. Empty where it ended well, else a sentence."""
    try:
        words = command()
    except Refused as wrong:  # it was right when the night began
        return f"nobody was told: {wrong.problems[0]}"
    if not words:
        return ""
    import subprocess

    said = json.dumps({"home": str(home), **status}, default=str).encode() + b"\n"
    environment = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    null = subprocess.DEVNULL
    try:
        run = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=null, stderr=null, env=environment, cwd="/", start_new_session=True)  # noqa: S603 - the operator's own words, no shell
    except OSError as broken:
        return f"nobody was told: {words[0]} cannot be run ({broken.strerror})"
    try:
        run.communicate(said, SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)  # with whatever it has started
        run.wait()
        return f"perhaps nobody was told: {words[0]} had not ended after {SECONDS} s"
    return f"perhaps nobody was told: {words[0]} ended with {run.returncode}" if run.returncode else ""
