"""The key that people are hidden behind, kept outside the data.

Belongs here: where the key is and how it comes to be. Never here: what is hashed with it (assets/people.py).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from expectations.problems import Problem, Refused

VARIABLE = "KPI_PERSON_KEY"
SHORTEST = 16


def settings_folder() -> Path:
    """The operator's own settings, which are of no home."""
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(settings).expanduser() / "kpi-attribution"


def key_file() -> Path:
    """In the operator's own settings: a copy of a home must not carry the key that opens it."""
    return settings_folder() / "person.key"


def known_key() -> bytes | None:
    """The key from the environment, else from the operator's settings; None where there is none yet. Raises Refused when it is no key."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        if len(given.encode()) < SHORTEST:
            raise Refused([Problem("environment", None, VARIABLE, f"is shorter than {SHORTEST} characters", "set a long random text")])
        return given.encode()
    path = key_file()
    try:
        return _read(path)
    except FileNotFoundError:
        return None
    except OSError as closed:
        raise Refused([Problem(str(path), None, "", f"cannot be read ({closed.strerror})", f"open it to this user, or set {VARIABLE}")]) from closed


def person_key() -> bytes:
    """The known key, else one that is made once and for all. Raises Refused when there can be none.

    Another key makes other pseudonyms, and everything is read again with it; published numbers do not change.
    """
    if known := known_key():
        return known
    path = key_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # made under another name and linked: two first nights at once must not end with two keys
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    except OSError as closed:
        raise Refused([Problem(str(path), None, "", f"cannot be made ({closed.strerror})", f"set {VARIABLE} to a long random text")]) from closed
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < SHORTEST:
        raise Refused([Problem(str(path), None, "", f"is shorter than {SHORTEST} characters", "delete it, and a new one is made")])
    return key
